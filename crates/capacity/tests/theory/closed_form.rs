//! Theory of queues with Poisson arrivals. Times are in mean service times.

/// A queue with exponential service times (M/M/c).
#[derive(Clone, Copy, Debug)]
pub struct Exponential {
    pub workers: u32,
    /// The mean share of busy workers.
    pub load: f64,
}

impl Exponential {
    /// The probability that a message has to wait, by Erlang's C formula. It is computed from the B formula.
    pub fn waiting(self) -> f64 {
        let blocking = loss(self.workers, self.load * f64::from(self.workers));
        blocking / (1.0 - self.load * (1.0 - blocking))
    }

    /// The mean wait over all messages.
    pub fn mean_wait(self) -> f64 {
        self.waiting() / self.relief()
    }

    /// The wait that a share of the messages does not exceed. The waits of messages that wait are exponential.
    pub fn wait_not_exceeded(self, share: f64) -> f64 {
        ((self.waiting() / (1.0 - share)).ln() / self.relief()).max(0.0)
    }

    /// The rate of the workers minus the rate of arrivals, in messages for each mean service time.
    fn relief(self) -> f64 {
        f64::from(self.workers) * (1.0 - self.load)
    }
}

/// The probability that all places are taken, by Erlang's B formula. `offered` is the mean number of taken places if the
/// number of places were unlimited. The recursion over places avoids large numbers.
pub fn loss(places: u32, offered: f64) -> f64 {
    (1..=places).fold(1.0, |blocking, place| {
        let carried = offered * blocking;
        carried / (f64::from(place) + carried)
    })
}

/// The mean wait for one worker, by the formula of Pollaczek and Khinchine. `second_moment` is the second moment of the
/// service time divided by the square of its mean.
pub fn pollaczek_khinchine(load: f64, second_moment: f64) -> f64 {
    load * second_moment / (2.0 * (1.0 - load))
}

/// The second moment of a lognormal time, divided by the square of its mean.
pub fn lognormal_second_moment(sigma: f64) -> f64 {
    (sigma * sigma).exp()
}

#[test]
fn closed_forms_agree_with_textbook_formulas() {
    // With one worker, the probability of waiting is the share of time that the worker is busy.
    let one = Exponential { workers: 1, load: 0.7 };
    assert!((one.waiting() - 0.7).abs() < 1e-12);
    assert!((one.mean_wait() - 0.7 / 0.3).abs() < 1e-12);
    assert!((pollaczek_khinchine(0.7, 2.0) - one.mean_wait()).abs() < 1e-12);
    // The C formula as in textbooks, with sums and factorials.
    for (workers, load) in [(4u32, 0.3), (4, 0.95), (16, 0.3), (16, 0.8)] {
        let offered = load * f64::from(workers);
        let term = |count: u32| (1..=count).fold(1.0, |product, factor| product * offered / f64::from(factor));
        let all_busy = term(workers) / (1.0 - load);
        let textbook = all_busy / ((0..workers).map(term).sum::<f64>() + all_busy);
        assert!((Exponential { workers, load }.waiting() / textbook - 1.0).abs() < 1e-12);
    }
    // Half of the messages that wait do so for less than ln 2 times the mean wait of such messages.
    let four = Exponential { workers: 4, load: 0.8 };
    let median_of_waiting = four.wait_not_exceeded(1.0 - four.waiting() / 2.0);
    assert!((median_of_waiting - std::f64::consts::LN_2 * four.mean_wait() / four.waiting()).abs() < 1e-12);
}
