//! The variance of the counts of intervals.

/// The scatter of counts: the variance is burst * mean + mean^2 / shape.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scatter {
    /// Small if the connections of an interval have a cause in common. 1,000,000 if they have none.
    pub(crate) shape: f64,
    /// Connections that one message makes, such as one to many recipients. 1 if connections are independent.
    burst: f64,
}

/// The possible scatters. Without bursts, a site whose small counts vary much would have large counts that vary as much.
const ALL: [Scatter; 9] = [
    Scatter { shape: 1e6, burst: 16.0 },
    Scatter { shape: 1e6, burst: 4.0 },
    Scatter { shape: 120.0, burst: 4.0 },
    independent(2.0),
    independent(8.0),
    independent(30.0),
    independent(120.0),
    independent(1000.0),
    independent(1e6),
];

/// The first of them that is possible if the intervals are few and cannot show a large scatter.
const FIRST_OF_FEW: usize = 5;

const fn independent(shape: f64) -> Scatter {
    Scatter { shape, burst: 1.0 }
}

impl Scatter {
    /// A rough choice, to search the best values of other unknowns.
    pub(crate) const ROUGH: [Scatter; 2] = [independent(100.0), independent(1e6)];

    /// The possible scatters of a number of intervals.
    pub(crate) fn of_intervals(count: usize) -> &'static [Scatter] {
        const FEW: usize = 4;
        if count < FEW { &ALL[FIRST_OF_FEW..] } else { &ALL }
    }

    /// The variance of a count with a mean.
    pub(crate) fn variance(self, mean: f64) -> f64 {
        self.burst * mean + mean * mean / self.shape
    }
}
