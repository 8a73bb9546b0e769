//! Campaigns of spam over time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use rand_distr::{Distribution, Exp1, StandardNormal};
use tollgate_scenario::{Campaigns, DAY, HOUR};

use crate::calendar::{STEP, STEPS};
use crate::stream::{Chance, StreamKey, mix, unit};

/// The longest life.
const LONGEST: u64 = Campaigns::MOST_DAYS * DAY;
/// Number of days whose campaigns are kept, at most. An hour needs those of 61 days.
const DAYS_KEPT: usize = 200;
/// Sigma of the logarithm of the time in which a burst decays (assumed).
const DECAY_SIGMA: f64 = 0.7;
/// The part of a campaign that a class gets, in units of the mean. The mean of all is one (assumed).
const REACHES: [f64; 8] = [0.0, 0.0, 0.25, 0.5, 0.75, 1.0, 1.5, Campaigns::MOST_REACH];

/// The campaigns of all time.
#[derive(Clone, Debug)]
pub(crate) struct CampaignList {
    law: Campaigns,
    key: StreamKey,
    /// The campaigns that begin on a day, of the days that were asked for.
    days: Arc<Mutex<BTreeMap<u64, Arc<[Campaign]>>>>,
}

/// A campaign.
#[derive(Clone, Copy, Debug)]
struct Campaign {
    begin: u64,
    /// Its life in microseconds.
    life: f64,
    /// Time in which its burst decays to 1/e, in microseconds.
    decay: f64,
    /// Its mail, in units of the mean.
    size: f64,
    identity: u64,
    /// Number of hosts that its burst comes from, or 0 if it comes from all.
    hosts: u8,
}

/// A campaign in one hour.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CampaignHour {
    identity: u64,
    hosts: u8,
    /// Its mail in each step, in units of the mean mail of all campaigns in a step, and the part of it that is in the burst.
    steps: [f64; STEPS],
    burst: f64,
}

/// A burst from a few hosts in one hour, as a share of the mail of a class.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flood {
    /// The end of its part of a random number from 0 to 1.
    pub(crate) end: Chance,
    pub(crate) identity: u64,
    pub(crate) hosts: u8,
}

impl CampaignList {
    pub(crate) fn new(law: &Campaigns, key: StreamKey) -> Self {
        CampaignList { law: *law, key, days: Arc::default() }
    }

    /// The campaigns in the hour that begins at `begin`.
    pub(crate) fn in_hour(&self, begin: u64) -> Vec<CampaignHour> {
        let recent = (begin / DAY).saturating_sub(Campaigns::MOST_DAYS)..=begin / DAY;
        let mut found = Vec::new();
        for day in recent {
            let campaigns = self.of_day(day);
            found.extend(campaigns.iter().filter_map(|campaign| self.campaign_hour(campaign, begin)));
        }
        found
    }

    /// The campaigns that begin on a day.
    fn of_day(&self, day: u64) -> Arc<[Campaign]> {
        // If a thread that had the lock has panicked, the run ends anyway.
        let Ok(mut days) = self.days.lock() else { return self.drawn(day).into() };
        if days.len() > DAYS_KEPT {
            days.clear();
        }
        Arc::clone(days.entry(day).or_insert_with(|| self.drawn(day).into()))
    }

    /// Draws the campaigns that begin on a day.
    fn drawn(&self, day: u64) -> Vec<Campaign> {
        let law = &self.law;
        let mut generator = self.key.numbered(day).generator();
        let exponent = law.size_exponent();
        let smallest = libm::pow(Campaigns::MOST_SIZES, -exponent);
        let mut campaigns = Vec::new();
        let mut passed = 0.0;
        loop {
            let gap: f64 = Exp1.sample(&mut generator);
            passed += gap / law.per_day.get();
            if passed >= 1.0 {
                return campaigns;
            }
            let place = smallest + (1.0 - smallest) * unit(generator.bits());
            let mut factor = |sigma: f64| -> f64 {
                let normal: f64 = StandardNormal.sample(&mut generator);
                libm::exp(sigma * normal)
            };
            let life = law.life.micros() as f64 * factor(law.life_sigma.get());
            let decay = law.burst_decay.micros() as f64 * factor(DECAY_SIGMA);
            let identity = generator.bits();
            let is_from_few = Chance::new(law.from_few_hosts.get()).hit(generator.bits());
            campaigns.push(Campaign {
                begin: day * DAY + (passed * DAY as f64) as u64,
                life: life.clamp(HOUR as f64 / 4.0, LONGEST as f64),
                decay: decay.min((2 * DAY) as f64),
                size: libm::pow(place, -1.0 / exponent) / law.mean_size(),
                identity,
                hosts: if is_from_few { 1 + (identity & 3) as u8 } else { 0 },
            });
        }
    }

    fn campaign_hour(&self, campaign: &Campaign, begin: u64) -> Option<CampaignHour> {
        let since = |at: u64| at.saturating_sub(campaign.begin) as f64;
        if campaign.begin >= begin + HOUR {
            return None;
        }
        // After 30 times the decay, a burst has 3e-12 of its mail left.
        let burst_is_over = since(begin) > 30.0 * campaign.decay;
        if since(begin) > campaign.life && burst_is_over {
            return None;
        }
        let edges: [f64; STEPS + 1] = std::array::from_fn(|edge| since(begin + edge as u64 * STEP));
        // The rate is highest in the middle of the life.
        let evenly = edges.map(|passed| {
            let part = (passed / campaign.life).min(1.0);
            part * part * (3.0 - 2.0 * part)
        });
        // The rate rises until the time of decay has passed once.
        let bursting = edges.map(|passed| {
            let decays = passed / campaign.decay;
            if burst_is_over { 1.0 } else { 1.0 - (1.0 + decays) * libm::exp(-decays) }
        });
        let burst = self.law.burst.get();
        let scale = campaign.size / (self.law.per_day.get() * STEP as f64 / DAY as f64);
        let steps = std::array::from_fn(|step| {
            let [evenly, bursting] = [evenly, bursting].map(|passed| passed[step + 1] - passed[step]);
            scale * (burst * bursting + (1.0 - burst) * evenly)
        });
        let burst = scale * burst * (bursting[STEPS] - bursting[0]);
        Some(CampaignHour { identity: campaign.identity, hosts: campaign.hosts, steps, burst })
    }
}

/// The mail of a class in campaigns in each step of an hour, in units of its mean.
pub(crate) fn steps_of_class(campaigns: &[CampaignHour], class: StreamKey) -> [f64; STEPS] {
    let mut sums = [0.0; STEPS];
    for campaign in campaigns {
        let reach = campaign.reach(class);
        sums.iter_mut().zip(campaign.steps).for_each(|(sum, mail)| *sum += reach * mail);
    }
    sums
}

/// The bursts from few hosts in the mail of a class, which has `share` of its mean mail in campaigns.
pub(crate) fn floods(campaigns: &[CampaignHour], class: StreamKey, share: f64) -> Vec<Flood> {
    // In most hours no burst comes from few hosts, so the mail of all campaigns is not needed.
    let from_few: Vec<&CampaignHour> =
        campaigns.iter().filter(|campaign| campaign.hosts > 0 && campaign.burst > 0.0).collect();
    if from_few.is_empty() {
        return Vec::new();
    }
    let all: f64 = steps_of_class(campaigns, class).iter().sum();
    let mail = STEPS as f64 * (1.0 - share) + share * all;
    let mut end = 0.0;
    let flood = from_few.into_iter().filter_map(|campaign| {
        let part = share * campaign.reach(class) * campaign.burst / mail;
        end += part;
        (part > 1e-6).then(|| Flood { end: Chance::new(end), identity: campaign.identity, hosts: campaign.hosts })
    });
    flood.collect()
}

impl CampaignHour {
    /// The part that a class gets.
    fn reach(&self, class: StreamKey) -> f64 {
        REACHES[(class.number(self.identity) >> 61) as usize]
    }
}

impl Flood {
    /// The bits of the host that sends a connection, by bits of the connection.
    #[inline]
    pub(crate) fn host(&self, bits: u64) -> u64 {
        mix(self.identity ^ (bits % u64::from(self.hosts)))
    }
}

#[cfg(test)]
mod tests {
    use tollgate_scenario::WEEK;

    use super::*;

    fn campaigns(seed: u64) -> CampaignList {
        CampaignList::new(&Campaigns::default(), StreamKey::new(seed).named("campaigns"))
    }

    #[test]
    fn campaigns_have_a_mean_of_one_for_every_class() {
        let (hours, seeds) = (5_000u64, 4u64);
        for class in ["bots", "worms", "servers"] {
            let class = StreamKey::new(1).named(class);
            let mut sum = 0.0;
            for seed in 0..seeds {
                let list = campaigns(seed);
                // Hours that are far apart are nearly independent.
                for hour in 0..hours {
                    sum += steps_of_class(&list.in_hour(100 * WEEK + hour * 37 * HOUR), class).iter().sum::<f64>();
                }
            }
            let mean = sum / (STEPS as u64 * hours * seeds) as f64;
            assert!((0.95..1.05).contains(&mean), "{mean}");
        }
    }

    /// The mail of each campaign, added up over its life, is its size.
    #[test]
    fn a_campaign_has_all_of_its_mail_within_its_life() {
        let list = campaigns(7);
        let begin = 100 * WEEK;
        let of_day = list.of_day(begin / DAY);
        assert!(!of_day.is_empty());
        for campaign in of_day.iter() {
            let hours = (0..24 * (Campaigns::MOST_DAYS + 2))
                .filter_map(|hour| list.campaign_hour(campaign, begin + hour * HOUR));
            let mail: f64 = hours.map(|hour| hour.steps.iter().sum::<f64>()).sum();
            // In units of the mail of a step.
            let expected = campaign.size / (list.law.per_day.get() * STEP as f64 / DAY as f64);
            assert!((mail / expected - 1.0).abs() < 1e-6, "{mail} {expected}");
        }
    }

    #[test]
    fn an_hour_does_not_depend_on_the_hours_before_it() {
        let (fresh, used) = (campaigns(3), campaigns(3));
        for day in 0..300 {
            used.in_hour(50 * WEEK + day * DAY);
        }
        let class = StreamKey::new(1);
        let steps = |list: &CampaignList| steps_of_class(&list.in_hour(60 * WEEK), class);
        assert_eq!(steps(&fresh), steps(&used));
        let floods = floods(&fresh.in_hour(60 * WEEK), class, 0.5);
        assert!(floods.is_sorted_by_key(|flood| flood.end));
    }
}
