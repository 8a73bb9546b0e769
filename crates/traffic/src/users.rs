//! The volumes of mail that users send and receive, and the days on which they send nothing.

use std::f64::consts::FRAC_1_SQRT_2;

use rand_distr::{Distribution, StandardNormal};
use tollgate_scenario::{Inequality, Share, Users};

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
    /// received by a normal copula. A listed user with a share has that share of the sum.
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
        let mut weights = UserWeights {
            received: like(received, 1.0, users.received),
            exposed: like(exposed, users.exposed_like_received.get(), users.exposed),
            sent: like(sent, users.sent_like_received.get(), users.sent),
        };
        set_shares(&mut weights.received, users.listed.iter().map(|user| user.received));
        set_shares(&mut weights.exposed, users.listed.iter().map(|user| user.exposed));
        set_shares(&mut weights.sent, users.listed.iter().map(|user| user.sent));
        weights
    }
}

/// Gives the first users the shares that the scenario lists. The other users divide the rest in proportion to their weights.
fn set_shares(weights: &mut [f64], shares: impl Iterator<Item = Option<Share>>) {
    let shares: Vec<(usize, f64)> =
        shares.enumerate().filter_map(|(place, share)| Some((place, share?.get()))).collect();
    if shares.is_empty() {
        return;
    }
    shares.iter().for_each(|&(place, _)| weights[place] = 0.0);
    let rest = 1.0 - shares.iter().map(|(_, share)| share).sum::<f64>();
    let scale = rest.max(0.0) / weights.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    weights.iter_mut().for_each(|weight| *weight *= scale);
    shares.iter().for_each(|&(place, share)| weights[place] = share);
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

    #[test]
    fn listed_users_have_their_shares_and_the_others_divide_the_rest() {
        let with = |shares: &[Option<f64>]| {
            let mut weights = vec![4.0, 1.0, 3.0, 2.0];
            set_shares(&mut weights, shares.iter().map(|share| share.map(Share::new)));
            weights
        };
        assert_eq!(with(&[]), [4.0, 1.0, 3.0, 2.0]);
        assert_eq!(with(&[None, None]), [4.0, 1.0, 3.0, 2.0]);
        assert_eq!(with(&[Some(0.5)]), [0.5, 0.5 / 6.0, 3.0 * (0.5 / 6.0), 2.0 * (0.5 / 6.0)]);
        assert_eq!(with(&[None, Some(0.25), Some(0.0)]), [4.0 * 0.125, 0.25, 0.0, 2.0 * 0.125]);
        assert_eq!(with(&[Some(0.75), Some(0.25)]), [0.75, 0.25, 0.0, 0.0]);
        // Without other users, shares are relative to their sum.
        assert_eq!(with(&[Some(0.1), Some(0.2), Some(0.0), Some(0.1)]), [0.1, 0.2, 0.0, 0.1]);
    }

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
