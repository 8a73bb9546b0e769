//! The expected number of different domains among connections.

/// Numbers of domains.
const DOMAINS: [f64; 9] = [1.0, 4.0, 12.0, 40.0, 130.0, 400.0, 1500.0, 6000.0, 100_000.0];

/// Inequalities of domains: the domain of rank r has connections in proportion to r^-slope.
const SLOPES: [f64; 2] = [0.0, 0.9];

/// The largest number of groups of domains with similar ranks.
const GROUPS: usize = 40;

/// The expected number of different domains by the number of connections.
pub(crate) struct Domains {
    /// Number of domains in a group, and the share of the connections that goes to each.
    groups: Vec<(f64, f64)>,
    /// The expected numbers at the steps of connections.
    table: Vec<f64>,
}

/// Steps of connections per factor e.
const STEPS: f64 = 4.0;
/// The logarithms of the smallest and the largest number of connections in the table.
const RANGE: [f64; 2] = [-5.0, 20.0];

impl Domains {
    /// All numbers and inequalities of domains that are tried.
    pub(crate) fn all() -> Vec<Domains> {
        DOMAINS.iter().flat_map(|&count| SLOPES.map(|slope| Domains::new(count, slope))).collect()
    }

    fn new(count: f64, slope: f64) -> Self {
        let mut groups = Vec::with_capacity(GROUPS);
        let mut from = 1.0;
        let step = libm::exp(libm::log(count) / GROUPS as f64).max(1.0);
        while from <= count {
            let to = libm::floor(from * step).max(from);
            let to = to.min(count);
            let rank = libm::sqrt(from * to);
            groups.push((to - from + 1.0, libm::pow(rank, -slope)));
            from = to + 1.0;
        }
        let sum: f64 = groups.iter().map(|(number, share)| number * share).sum();
        groups.iter_mut().for_each(|(_, share)| *share /= sum);
        let mut domains = Domains { groups, table: Vec::new() };
        let steps = ((RANGE[1] - RANGE[0]) * STEPS) as usize;
        domains.table = (0..=steps).map(|step| domains.compute(libm::exp(RANGE[0] + step as f64 / STEPS))).collect();
        domains
    }

    fn compute(&self, connections: f64) -> f64 {
        self.groups.iter().map(|(number, share)| -number * libm::expm1(-share * connections)).sum()
    }

    /// The expected number of different domains among connections.
    pub(crate) fn among(&self, connections: f64) -> f64 {
        if connections <= 0.0 {
            return 0.0;
        }
        let place = (libm::log(connections) - RANGE[0]) * STEPS;
        if place <= 0.0 {
            return connections;
        }
        let at = (place as usize).min(self.table.len() - 2);
        let part = (place - at as f64).min(1.0);
        self.table[at] + part * (self.table[at + 1] - self.table[at])
    }
}
