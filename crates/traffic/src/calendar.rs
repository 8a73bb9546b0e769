//! The time of a site: hours in its time zone, with everything that all volumes share in them.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, TimeZone, Timelike};
use chrono_tz::Tz;
use rand_distr::{Distribution, StandardNormal};
use tollgate_scenario::{HOUR, Holidays, MINUTE, SECOND, Scenario, VariesLike};

use crate::campaigns::{CampaignHour, CampaignList};
use crate::holidays::{self, DayVolumes};
use crate::stream::StreamKey;

/// Time zones shift by whole quarters of an hour.
const QUARTER: u64 = 15 * MINUTE;
/// A rate is constant over a step, and an hour has so many steps.
pub(crate) const STEP: u64 = 5 * MINUTE;
pub(crate) const STEPS: usize = 12;
/// The levels of days and the holidays begin at this time of day, because people work, celebrate and sleep beyond midnight (assumed).
const DAY_BEGINS: u64 = 4 * HOUR;

/// The calendar of a site.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    zone: Tz,
    country: Holidays,
    /// The random levels of days, if volumes vary.
    levels: Option<DayLevels>,
    campaigns: Option<CampaignList>,
}

/// The laws of the levels of days.
#[derive(Clone, Debug)]
struct DayLevels {
    key: StreamKey,
    /// Sigmas of the logarithms.
    sigmas: DayVolumes,
    /// The weights of a day and of the days before it, for spam and for other mail.
    spam_weights: Vec<f64>,
    user_weights: Vec<f64>,
    /// The weights of what outgoing mail shares with received mail, and of the rest.
    shared: [f64; 2],
}

/// One clock hour in local time.
#[derive(Clone, Debug)]
pub struct LocalHour {
    /// The beginning of the hour in microseconds since the Unix epoch.
    pub begin: u64,
    pub(crate) quarters: [LocalQuarter; 4],
    pub(crate) campaigns: Vec<CampaignHour>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LocalQuarter {
    /// Days since Monday.
    pub(crate) weekday: usize,
    pub(crate) hour: usize,
    pub(crate) day: u64,
    /// The date whose holidays and levels it has.
    date: NaiveDate,
    /// The volumes of its day, in relation to a usual day: on holidays, and by random levels.
    holiday: DayVolumes,
    level: DayVolumes,
}

impl Calendar {
    /// The calendar of a scenario.
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let (variation, zone) = (&scenario.variation, scenario.time.zone);
        let country = variation.holidays_in(zone);
        let key = StreamKey::new(scenario.seed).named("variation");
        if variation.none {
            return Calendar { zone, country, levels: None, campaigns: None };
        }
        let like = variation.sent_like_received.get();
        let levels = DayLevels {
            key: key.named("days"),
            sigmas: DayVolumes {
                spam: variation.spam_days.get(),
                received: variation.received_days.get(),
                sent: variation.sent_days.get(),
            },
            spam_weights: weights(variation.spam_days_memory.get()),
            user_weights: weights(variation.user_days_memory.get()),
            shared: [like, (1.0 - like * like).max(0.0).sqrt()],
        };
        let campaigns = Some(CampaignList::new(&variation.campaigns, key.named("campaigns")));
        Calendar { zone, country, levels: Some(levels), campaigns }
    }

    /// The clock hour that begins at `begin`, in microseconds since the Unix epoch.
    pub(crate) fn hour(&self, begin: u64) -> LocalHour {
        let mut known: Option<LocalQuarter> = None;
        let mut quarter = |number: u64| {
            let seconds = (begin + number * QUARTER) / SECOND;
            let utc = DateTime::from_timestamp(seconds as i64, 0).unwrap_or_default().naive_utc();
            let local = self.zone.from_utc_datetime(&utc);
            let day = local.num_days_from_ce() as u64;
            let date = (local.naive_local() - TimeDelta::microseconds(DAY_BEGINS as i64)).date();
            // Most hours have one day.
            let (holiday, level) = match known.filter(|known| known.date == date) {
                Some(same) => (same.holiday, same.level),
                None => (holidays::volumes(self.country, date), self.level(date.num_days_from_ce() as u64)),
            };
            let weekday = local.weekday().num_days_from_monday() as usize;
            let quarter = LocalQuarter { weekday, hour: local.hour() as usize, day, date, holiday, level };
            known = Some(quarter);
            quarter
        };
        let quarters = [quarter(0), quarter(1), quarter(2), quarter(3)];
        let campaigns = self.campaigns.as_ref().map_or_else(Vec::new, |campaigns| campaigns.in_hour(begin));
        LocalHour { begin, quarters, campaigns }
    }

    /// The random levels of a day.
    fn level(&self, day: u64) -> DayVolumes {
        let Some(levels) = &self.levels else { return DayVolumes { spam: 1.0, received: 1.0, sent: 1.0 } };
        let normal = |name, weights: &[f64]| moving_average(levels.key.named(name), day, weights);
        let received = normal("received", &levels.user_weights);
        let [like, rest] = levels.shared;
        let sent = like * received + rest * normal("sent", &levels.user_weights);
        let spam = normal("spam", &levels.spam_weights);
        DayVolumes {
            spam: lognormal(levels.sigmas.spam, spam),
            received: lognormal(levels.sigmas.received, received),
            sent: lognormal(levels.sigmas.sent, sent),
        }
    }
}

impl LocalHour {
    /// The number of the day of its first quarter, counted from a Monday.
    pub fn day(&self) -> u64 {
        // The first day of the common era is a Monday and has the number 1.
        self.quarters[0].day - 1
    }

    /// The quarters, each with its beginning.
    pub(crate) fn quarters_by_time(&self) -> [(u64, LocalQuarter); 4] {
        std::array::from_fn(|number| (self.begin + number as u64 * QUARTER, self.quarters[number]))
    }
}

impl LocalQuarter {
    /// True if people do not work: on weekends and holidays.
    pub(crate) fn is_free(&self) -> bool {
        self.weekday >= 5 || self.holiday.sent < 0.5
    }

    /// The volume that its day has because of holidays, in relation to a usual day.
    pub(crate) fn holiday(&self, varies_like: VariesLike) -> f64 {
        self.holiday.of(varies_like)
    }

    /// The volume that its day has by chance, in relation to a usual day.
    pub(crate) fn level(&self, varies_like: VariesLike) -> f64 {
        self.level.of(varies_like)
    }
}

impl DayVolumes {
    fn of(&self, varies_like: VariesLike) -> f64 {
        match varies_like {
            VariesLike::Spam => self.spam,
            VariesLike::Received => self.received,
            VariesLike::Sent => self.sent,
            VariesLike::Nothing => 1.0,
        }
    }
}

/// A lognormal number of mean 1, from a standard normal one.
pub(crate) fn lognormal(sigma: f64, normal: f64) -> f64 {
    libm::exp(sigma * (normal - 0.5 * sigma))
}

/// A standard normal number that goes on from those before it: the sum of independent numbers of this and earlier places, by weights.
pub(crate) fn moving_average(key: StreamKey, at: u64, weights: &[f64]) -> f64 {
    let places = weights.iter().zip((0..=at).rev());
    let normal = |at: u64| -> f64 { StandardNormal.sample(&mut key.numbered(at).generator()) };
    places.map(|(weight, at)| weight * normal(at)).sum()
}

/// The weights of a moving average in which two numbers that follow each other have a correlation of about `memory`. Their squares add
/// up to one.
fn weights(memory: f64) -> Vec<f64> {
    let mut weights = vec![1.0];
    // Weights below a hundredth are left out.
    while let Some(&last) = weights.last().filter(|&&last| last * memory > 0.01) {
        weights.push(last * memory);
    }
    let length = weights.iter().map(|weight| weight * weight).sum::<f64>().sqrt();
    weights.iter().map(|weight| weight / length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moving_averages_are_standard_normal_and_remember() {
        for memory in [0.0, 0.18, 0.94] {
            let weights = weights(memory);
            let key = StreamKey::new(1).named("test");
            let levels: Vec<f64> = (1_000..21_000).map(|day| moving_average(key, day, &weights)).collect();
            let mean = |values: &mut dyn Iterator<Item = f64>| values.sum::<f64>() / levels.len() as f64;
            let variance = mean(&mut levels.iter().map(|level| level * level));
            let lag = mean(&mut levels.windows(2).map(|pair| pair[0] * pair[1]));
            // A long memory leaves few independent values.
            assert!((variance - 1.0).abs() < 0.15, "{memory}: {variance}");
            assert!((lag / variance - memory).abs() < 0.02, "{memory}: {lag}");
        }
    }
}
