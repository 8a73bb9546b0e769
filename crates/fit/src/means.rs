//! The accepted mail of sender groups over time, and its means.

use crate::evidence::{self as counts, Evidence};

/// Mean recipients of a connection whose recipients do not exist, if the exports do not show it (assumed).
const HARVESTED: f64 = 5.0;

/// The accepted mail of a part of the sender groups, as series.
#[derive(Clone, Debug)]
pub(crate) struct AcceptedMail {
    pub(crate) clean: Vec<f64>,
    pub(crate) spam: Vec<f64>,
    pub(crate) virus: Vec<f64>,
    pub(crate) invalid: Vec<f64>,
    /// Connections.
    pub(crate) connections: f64,
}

/// The means of incoming mail.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IncomingMeans {
    /// Recipients of a message of clean mail and of other mail.
    pub(crate) recipients: [f64; 2],
    /// Messages of a connection that brings any.
    pub(crate) messages: f64,
    /// Connections that bring only recipients who do not exist, and the recipients of each.
    pub(crate) harvested: f64,
    /// Bytes of a message of clean mail and of other mail, if known.
    pub(crate) bytes: Option<[f64; 2]>,
}

impl AcceptedMail {
    pub(crate) fn keep(&mut self, parts: [f64; 4]) {
        let [clean, spam, virus, invalid] = parts;
        for (series, part) in
            [(&mut self.clean, clean), (&mut self.spam, spam), (&mut self.virus, virus), (&mut self.invalid, invalid)]
        {
            series.iter_mut().for_each(|count| *count *= part);
        }
    }

    /// A part of the mail of each kind, with its connections.
    pub(crate) fn part(&self, parts: [f64; 4], connections: f64) -> AcceptedMail {
        let mut mail = AcceptedMail { connections, ..self.clone() };
        mail.keep(parts);
        mail
    }

    /// Connections that are spread over time as the accepted mail.
    pub(crate) fn shape(&self, total: f64) -> Vec<f64> {
        let all: Vec<f64> = self.clean.iter().zip(&self.spam).zip(&self.invalid).map(|((a, b), c)| a + b + c).collect();
        let sum: f64 = all.iter().sum();
        let steps = all.len() as f64;
        all.iter().map(|count| if sum > 0.0 { count / sum * total } else { total / steps }).collect()
    }

    fn sums(&self) -> [f64; 4] {
        [&self.clean, &self.spam, &self.virus, &self.invalid].map(|series| series.iter().sum())
    }
}

impl IncomingMeans {
    /// The means of a sender group with its own connections, and its messages. `None` if its connections are not known. A message has about so
    /// many recipients as in all groups, but not more than a connection.
    pub(crate) fn of_group(mail: &AcceptedMail, recipients: [f64; 2], bytes: Option<[f64; 2]>) -> Option<(Self, f64)> {
        let [clean, spam, virus, invalid] = mail.sums();
        let all = clean + spam + virus + invalid;
        if mail.connections < 1.0 || all < 1.0 {
            return None;
        }
        let each = (all / mail.connections).max(1.0);
        let recipients = recipients.map(|mean| mean.min(each));
        let messages = clean / recipients[0] + (spam + virus) / recipients[1];
        // A message of recipients who do not exist is none.
        let share = (all - invalid) / all;
        let per_connection = (messages / (mail.connections * share).max(1.0)).max(1.0);
        Some((IncomingMeans { recipients, messages: per_connection, harvested: each, bytes }, messages))
    }

    /// The means with which the recipients, messages and connections of accepted mail agree. `recipients` are about those of a message of
    /// clean mail and of other mail.
    pub(crate) fn of(
        mail: &AcceptedMail,
        messages: Option<f64>,
        recipients: [f64; 2],
        bytes: Option<[f64; 2]>,
    ) -> Self {
        let [clean, spam, virus, invalid] = mail.sums();
        let expected = clean / recipients[0] + (spam + virus) / recipients[1];
        let messages = messages.unwrap_or(expected).clamp(1.0, (clean + spam + virus).max(1.0));
        let recipients = recipients.map(|mean| (mean * expected / messages).max(1.0));
        // Those that are 1 may not be less, so the others are again as many as there are messages.
        let messages = clean / recipients[0] + (spam + virus) / recipients[1];
        // Connections beyond one for each message bring only recipients who do not exist.
        let spare = mail.connections - messages;
        let (harvests, per_connection) = if mail.connections <= 0.0 {
            (invalid / HARVESTED, 1.1)
        } else if spare > 0.0 && invalid > 0.0 {
            (spare.min(invalid), 1.0)
        } else {
            let harvests = (invalid / HARVESTED).min(0.5 * mail.connections);
            (harvests, (messages / (mail.connections - harvests)).max(1.0))
        };
        IncomingMeans {
            recipients,
            messages: per_connection,
            harvested: if harvests > 0.0 { (invalid / harvests).max(1.0) } else { 1.0 },
            bytes,
        }
    }
}

/// The mean recipients of a message of clean mail and of other mail: least squares over the intervals, in which their parts differ.
pub(crate) fn mean_recipients(evidence: &Evidence<'_>, mail: &AcceptedMail) -> [f64; 2] {
    /// With fewer intervals, their errors are large.
    const LEAST: usize = 12;
    let [clean, spam, virus, _] = mail.sums();
    let Some(messages) = evidence.series(counts::MESSAGES_IN) else { return [1.2; 2] };
    let mean = ((clean + spam + virus) / messages.iter().sum::<f64>().max(1.0)).max(1.0);
    let mut fit = LeastSquares::default();
    for (place, &messages) in messages.iter().enumerate().filter(|(_, messages)| **messages > 0.0) {
        fit.add(mail.clean[place], mail.spam[place] + mail.virus[place], messages, messages);
    }
    let of = |of_recipient: f64| (1.0 / of_recipient.max(0.02)).clamp(1.0, 5.0 * mean);
    match fit.solve().filter(|_| fit.points >= LEAST) {
        Some([clean, others]) => [of(clean), of(others)],
        None => [mean; 2],
    }
}

/// Least squares of a sum of two amounts, each with a factor.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LeastSquares {
    points: usize,
    /// The sums of the two amounts.
    pub(crate) sums: [f64; 2],
    /// The sums of the normal equations.
    squares: [f64; 3],
    products: [f64; 2],
}

impl LeastSquares {
    /// Adds the amounts of an interval and their sum. Its variance is in proportion to `variance`.
    pub(crate) fn add(&mut self, one: f64, other: f64, sum: f64, variance: f64) {
        self.points += 1;
        self.sums = [self.sums[0] + one, self.sums[1] + other];
        let squares = [one * one, one * other, other * other];
        self.squares.iter_mut().zip(squares).for_each(|(sum, square)| *sum += square / variance);
        self.products.iter_mut().zip([one, other]).for_each(|(product, amount)| *product += amount * sum / variance);
    }

    /// The two factors. `None` with nearly the same parts in all intervals, with which the two cannot be told apart.
    pub(crate) fn solve(&self) -> Option<[f64; 2]> {
        let ([aa, ab, bb], [ay, by]) = (self.squares, self.products);
        let determinant = aa * bb - ab * ab;
        (determinant > 1e-6 * aa * bb).then(|| [(ay * bb - by * ab) / determinant, (by * aa - ay * ab) / determinant])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn least_squares_tell_two_kinds_apart() {
        let mut fit = LeastSquares::default();
        for hour in 0..24 {
            let (one, other) = (f64::from(20 + hour), f64::from(50 - 2 * hour));
            fit.add(one, other, 0.7 * one + 0.4 * other, one + other);
        }
        let [one, other] = fit.solve().unwrap_or_default();
        assert!((one - 0.7).abs() < 1e-9 && (other - 0.4).abs() < 1e-9, "{one} {other}");
        let mut same = LeastSquares::default();
        (1..9).for_each(|hour| same.add(f64::from(hour), f64::from(2 * hour), 1.0, 1.0));
        assert_eq!(same.solve(), None);
    }
}
