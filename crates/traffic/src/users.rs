//! The volumes of mail that users send and receive, and the days on which they send nothing.

use std::f64::consts::FRAC_1_SQRT_2;

use rand_distr::{Distribution, StandardNormal};
use tollgate_scenario::{Inequality, Users};

use crate::stream::{Chance, StreamKey};

/// The relative volumes of the users, in the order of the scenario.
#[derive(Clone, Debug)]
pub struct UserWeights {
    /// Mail that is received, except spam.
    pub received: Vec<f64>,
    /// Spam that is received.
    pub exposed: Vec<f64>,
    /// Mail that is sent.
    pub sent: Vec<f64>,
}

/// The days and weeks in which users send nothing.
#[derive(Clone, Copy, Debug)]
pub struct Absence {
    key: StreamKey,
    day: Chance,
    week: Chance,
}

impl UserWeights {
    /// Draws the volumes. Each is a lognormal number with an upper cut. Those that are sent, and the spam, depend on the volume that is
    /// received by a normal copula.
    pub fn new(users: &Users, key: StreamKey) -> Self {
        let [received, sent, exposed] = ["received", "sent", "exposed"].map(|name| key.named(name));
        let normal = |key: StreamKey, user: u32| -> f64 {
            StandardNormal.sample(&mut key.numbered(u64::from(user)).generator())
        };
        let normals: Vec<f64> = (0..users.count).map(|user| normal(received, user)).collect();
        let like = |key, correlation: f64, inequality| {
            let rest = (1.0 - correlation * correlation).max(0.0).sqrt();
            let volumes = normals.iter().zip(0..);
            volumes.map(|(first, user)| volume(correlation * first + rest * normal(key, user), inequality)).collect()
        };
        UserWeights {
            received: like(received, 1.0, users.received),
            exposed: like(exposed, users.exposed_like_received.get(), users.exposed),
            sent: like(sent, users.sent_like_received.get(), users.sent),
        }
    }
}

/// The volume of a user, as a quantile of the lognormal distribution with an upper cut. `normal` is a standard normal number.
fn volume(normal: f64, inequality: Inequality) -> f64 {
    let (sigma, cut) = (inequality.sigma.get(), inequality.cut.get());
    // The quantile is below both numbers. Newton's steps begin there, because the density is high enough between it and them.
    let highest = normal.min(cut);
    let probability = below(normal) * below(cut);
    let mut quantile = highest;
    for _ in 0..20 {
        let density = libm::exp(-0.5 * quantile * quantile) * FRAC_1_SQRT_2 * FRAC_1_SQRT_PI;
        let step = (below(quantile) - probability) / density.max(f64::MIN_POSITIVE);
        quantile = (quantile - step).clamp(-9.0, highest);
        if step.abs() < 1e-9 {
            break;
        }
    }
    libm::exp(sigma * quantile)
}

/// The probability of a standard normal number below another.
fn below(number: f64) -> f64 {
    0.5 * libm::erfc(-number * FRAC_1_SQRT_2)
}

/// 1 divided by the square root of pi.
const FRAC_1_SQRT_PI: f64 = 0.564_189_583_547_756_3;

impl Absence {
    /// The absence of the site's users.
    pub fn new(users: &Users, key: StreamKey) -> Self {
        Absence { key, day: Chance::new(users.absent_days.get()), week: Chance::new(users.absent_weeks.get()) }
    }

    /// True if a user sends nothing on a day. `user` is the user's place in the scenario, and `day` is the number of the day in the
    /// site's time zone, counted from a Monday.
    #[inline]
    pub fn has(&self, user: u32, day: u64) -> bool {
        let key = self.key.numbered(u64::from(user));
        self.day.hit(key.number(2 * day)) || self.week.hit(key.number(2 * (day / 7) + 1))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tollgate_scenario::Amount;

    use super::*;

    proptest! {
        #[test]
        fn a_volume_is_the_quantile_of_the_cut_distribution(normal in -6.0..6.0f64, cut in -1.0..8.0f64) {
            let cut = cut.max(0.0);
            let inequality = Inequality { sigma: Amount::new(1.0), cut: Amount::new(cut) };
            let quantile = libm::log(volume(normal, inequality));
            prop_assert!(quantile <= cut + 1e-9);
            let (found, expected) = (below(quantile) / below(cut), below(normal));
            prop_assert!((found - expected).abs() <= 1e-6 * expected.max(1e-3), "{normal} {cut}: {found} {expected}");
        }
    }
}
