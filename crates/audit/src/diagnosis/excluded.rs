//! The cost of connections to destinations with the setting No, which every rule counts.

/// The largest cost of single intervals, because TLS may have been off in a part of one.
pub(crate) const OFF_COST: f64 = 8.0;

/// The largest cost of connections to destinations with the setting No. It alone makes a rule unlikely, but does not rule it out.
pub(crate) const LARGEST_COST: f64 = 12.5;

/// The cost of connections to destinations with the setting No, by their number per plain message.
pub(crate) fn cost(per_message: f64, intervals: usize) -> f64 {
    const COSTS: [(f64, f64); 5] = [(0.0, 0.0), (0.05, 1.0), (0.15, 2.0), (0.3, 9.0), (0.36, LARGEST_COST)];
    let after = COSTS.iter().position(|(at, _)| *at >= per_message);
    let cost = match after {
        None => LARGEST_COST,
        Some(0) => 0.0,
        Some(at) => {
            let ((from, low), (to, high)) = (COSTS[at - 1], COSTS[at]);
            low + (high - low) * (per_message - from) / (to - from)
        }
    };
    if intervals == 1 { cost.min(OFF_COST) } else { cost }
}
