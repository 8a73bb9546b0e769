//! The possible numbers of plain connections of each interval.

/// The figures of one interval.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row {
    pub(crate) begin_seconds: i64,
    pub(crate) length_seconds: i64,
    /// Messages in clear.
    pub(crate) messages: f64,
    /// Unencrypted connections.
    pub(crate) unencrypted: f64,
    /// Failed - Preferred.
    pub(crate) failures: f64,
    /// Connections on which TLS was tried.
    pub(crate) tried: f64,
    /// Successful - Preferred and Failed - Preferred.
    pub(crate) tried_preferred: f64,
}

/// Connections per message. Most sites have at most 3.5 messages on a connection, and a site that sends newsletters may have 50. Deferrals
/// and hard bounces may cost many connections per message, so more connections than expected never speak against a rule that counts all.
pub(crate) const RATIO: [f64; 2] = [0.02, 100.0];
const USUAL_LEAST: f64 = 0.28;

/// The cost of so few connections per message that they are unusual. It never decides alone.
pub(crate) fn ratio_cost(ratio: f64) -> f64 {
    const LARGEST: f64 = 10.0;
    /// The ratio from which on the cost is the largest.
    const RARE: f64 = 0.05;
    let excess = libm::log(USUAL_LEAST / ratio.max(RARE)) / libm::log(USUAL_LEAST / RARE);
    LARGEST * excess.max(0.0)
}

/// The largest number of groups of intervals that are judged together.
const GROUPS: usize = 100;

/// Number of intervals in a group, so that there are not more than `GROUPS`.
pub(crate) fn group_length(intervals: usize) -> usize {
    intervals.div_ceil(GROUPS).max(1)
}

/// Connections of an interval that carry no message.
const IDLE: f64 = 0.02;

/// The possible numbers of plain connections per message. If it was measured while TLS was off, it is not very different afterwards.
pub(crate) fn ratios(measured: Option<f64>) -> [f64; 2] {
    const CHANGE: f64 = 2.2;
    measured
        .map_or(RATIO, |measured| [(measured / CHANGE).max(RATIO[0]), (measured * CHANGE).clamp(RATIO[0], RATIO[1])])
}

/// Possible numbers of plain connections, but for a factor. The messages of an interval do not measure its connections well if they vary
/// by chance, because a few connections may carry many of them. So the number of connections may lie between that of the messages and
/// that of a usual interval: the mean of its neighbours, or of all if the messages vary little. If much mail is deferred, intervals without
/// messages have as many.
pub(crate) fn bases(rows: &[Row], messages: f64) -> Vec<Vec<f64>> {
    /// The largest variance of messages by chance, as a multiple of their mean.
    const CHANCE: f64 = 10.0;
    const WEIGHTS: [f64; 3] = [0.6, 0.3, 0.0];
    /// Numbers of neighbours on each side, in groups.
    const NEIGHBOURS: [usize; 2] = [2, 8];
    let step = rows.len().div_ceil(GROUPS);
    let count = rows.len() as f64;
    let mean = messages / count;
    let variance =
        rows.iter().map(|row| (row.messages - mean) * (row.messages - mean)).sum::<f64>() / (count - 1.0).max(1.0);
    let least = (1.0 - CHANCE * mean / variance.max(1e-9)).max(0.0);
    let mixed = |weight: f64, usual: &[f64]| -> Vec<f64> {
        let of_row = |(row, usual): (&Row, &f64)| match row.messages > 0.0 {
            true => weight * row.messages + (1.0 - weight) * usual + IDLE,
            false => IDLE,
        };
        rows.iter().zip(usual).map(of_row).collect()
    };
    // Deferred mail has connections in intervals without messages, too.
    let retried = |weight: f64, usual: &[f64]| -> Vec<f64> {
        let of_row = |(row, usual): (&Row, &f64)| weight * row.messages + (1.0 - weight) * usual + IDLE;
        rows.iter().zip(usual).map(of_row).collect()
    };
    let constant = vec![mean; rows.len()];
    let mut bases = vec![mixed(1.0, &constant)];
    if rows.len() < 3 {
        return bases;
    }
    for weight in WEIGHTS {
        bases.push(mixed(least + weight * (1.0 - least), &constant));
        for neighbours in NEIGHBOURS {
            let smoothed = smoothed(rows, neighbours * step);
            bases.extend([mixed(weight, &smoothed), retried(weight, &smoothed)]);
        }
        bases.push(retried(weight, &constant));
    }
    bases
}

/// The mean messages of each interval and its neighbours.
fn smoothed(rows: &[Row], neighbours: usize) -> Vec<f64> {
    let of_row = |at: usize| {
        let near = &rows[at.saturating_sub(neighbours)..(at + neighbours + 1).min(rows.len())];
        near.iter().map(|row| row.messages).sum::<f64>() / near.len() as f64
    };
    (0..rows.len()).map(of_row).collect()
}
