//! Estimates of what a site has in a typical week, each with its 90 % interval.

use serde::Serialize;
use statrs::distribution::{ContinuousCDF, StudentsT};
use tollgate_traffic::{NO_DOMAIN, NO_OWNER};

use crate::evidence::{self as counts, CountSources, Evidence};
use crate::power_law::PowerLaw;
use crate::typical::{LevelKind, TypicalWeek, days, hour_of_week, levels};

/// The probability that an interval has the true value.
const CONFIDENCE: f64 = 0.9;
/// The levels of spam on a day: sigma and correlation of consecutive days (assumed: the defaults of the scenario format).
const SPAM_SIGMA: f64 = 0.2;
const SPAM_MEMORY: f64 = 0.96;
/// The same of campaigns, whose mail comes within days.
const CAMPAIGN_SIGMA: f64 = 0.15;
const CAMPAIGN_MEMORY: f64 = 0.85;
/// The correlation of the levels of other mail on consecutive days (assumed, too).
const USER_MEMORY: f64 = 0.18;
/// The hours of a part of a working day.
const PART_HOURS: usize = 3;
/// The fewest days whose spread says something.
const LEAST_DAYS: usize = 5;

/// An estimate and the interval that has the true value with a probability of 90 %.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SiteEstimate {
    /// The estimated quantity.
    pub name: String,
    /// The estimate.
    pub value: f64,
    /// The ends of its interval.
    pub low: f64,
    /// See `low`.
    pub high: f64,
}

/// The relative error of a mean over days.
#[derive(Clone, Copy)]
struct RelativeError {
    /// Its standard deviation.
    sigma: f64,
    /// The degrees of freedom with which it is known.
    freedom: f64,
}

impl SiteEstimate {
    fn new(name: &str, value: f64, error: RelativeError) -> Self {
        // Levels are lognormal, so an estimate is as likely to be half of the true value as twice it.
        let factor = error.reach().exp();
        SiteEstimate { name: name.to_owned(), value, low: value / factor, high: value * factor }
    }
}

impl RelativeError {
    fn reach(self) -> f64 {
        let student = StudentsT::new(0.0, 1.0, self.freedom.max(1.0));
        student.map_or(0.0, |student| student.inverse_cdf(0.5 + CONFIDENCE / 2.0)) * self.sigma
    }

    /// The error of a sum, of which a share has the first error and the rest the other.
    fn mixed(self, other: RelativeError, share: f64) -> RelativeError {
        let [one, two] = [(share * self.sigma).powi(2), ((1.0 - share) * other.sigma).powi(2)];
        RelativeError { sigma: (one + two).sqrt(), freedom: if one > two { self.freedom } else { other.freedom } }
    }
}

/// The power law of the counts of keys: a count has a probability in proportion to its power of -exponent.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KeyLaw {
    /// The keys and their counts.
    pub name: &'static str,
    /// The exponent, by maximum likelihood.
    pub exponent: f64,
    /// The standard deviation of the exponent, if the smallest count is right.
    pub error: f64,
    /// The smallest count that follows the law.
    pub least: f64,
    /// The number of keys with at least this count.
    pub keys: usize,
}

/// The power laws of keys, if all keys are known.
pub(crate) fn power_laws(evidence: &Evidence<'_>) -> Vec<KeyLaw> {
    let laws = [
        ("domains by accepted connections", 4, "Accepted"),
        ("network owners by accepted connections", 6, "Connections Accepted"),
        ("destinations by messages", 29, "Total Messages"),
    ];
    let law = |(name, table, column)| {
        let is_whole = evidence.figures.table(table).is_some_and(|table| table.keys.one_in == 1);
        let counts = evidence.by_key(table, &[column]).unwrap_or_default().into_iter();
        let named = counts.filter(|(key, _)| ![NO_DOMAIN, NO_OWNER].contains(key));
        let law = PowerLaw::of(&named.map(|(_, count)| count).collect::<Vec<f64>>()).filter(|_| is_whole)?;
        Some(KeyLaw { name, exponent: law.exponent, error: law.error(), least: law.cut, keys: law.keys })
    };
    laws.into_iter().filter_map(law).collect()
}

/// The estimates that the tables allow. Empty for fewer than five whole days.
pub(crate) fn estimates(evidence: &Evidence<'_>) -> Vec<SiteEstimate> {
    let mut found = Vec::new();
    volumes(evidence, &mut found);
    working_day(evidence, &mut found);
    ratios(evidence, &mut found);
    found
}

/// Volumes of a week.
fn volumes(evidence: &Evidence<'_>, found: &mut Vec<SiteEstimate>) {
    let error = |sources: &[CountSources], kind| error_of(evidence, sources, kind);
    let spam = || error(&[counts::SPAM], LevelKind::Spam);
    let received = || error(&[counts::CLEAN, counts::FILTERED], LevelKind::Received);
    let total = |sources| evidence.total(sources).unwrap_or_default();
    let threats = total(counts::SPAM) + total(counts::INVALID);
    let share = threats / (threats + total(counts::CLEAN) + total(counts::FILTERED)).max(1.0);
    let accepted = || Some(spam()?.mixed(received()?, share));
    let all: [(&str, &[CountSources], LevelKind, Option<RelativeError>); 7] = [
        (
            "rejected connections a week",
            &[counts::REJECTED],
            LevelKind::Spam,
            error(&[counts::REJECTED], LevelKind::Spam),
        ),
        ("accepted connections a week", &[counts::ACCEPTED], LevelKind::Received, accepted()),
        ("relayed connections a week", &[counts::RELAYED], LevelKind::Sent, error(&[counts::RELAYED], LevelKind::Sent)),
        ("clean incoming recipients a week", &[counts::CLEAN], LevelKind::Received, received()),
        ("spam recipients a week", &[counts::SPAM], LevelKind::Spam, spam()),
        ("invalid recipients a week", &[counts::INVALID], LevelKind::Spam, error(&[counts::INVALID], LevelKind::Spam)),
        (
            "outgoing recipients a week",
            &[counts::SENT_CLEAN, counts::SENT_FILTERED, counts::SENT_VIRUS],
            LevelKind::Sent,
            error(&[counts::SENT_CLEAN], LevelKind::Sent),
        ),
    ];
    for (name, sources, kind, error) in all {
        let series = sum_of(evidence, sources);
        if let Some(error) = error.filter(|_| series.iter().any(|count| *count > 0.0)) {
            found.push(SiteEstimate::new(name, TypicalWeek::of(evidence, &series, kind).volume, error));
        }
    }
}

fn sum_of(evidence: &Evidence<'_>, sources: &[CountSources]) -> Vec<f64> {
    let mut sum = vec![0.0; evidence.grid.steps];
    for source in sources {
        sum.iter_mut().zip(evidence.series_or_zeros(source)).for_each(|(sum, count)| *sum += count);
    }
    sum
}

/// The relative error of the volume of a week: that of the mean level over the days, whose levels depend on each other.
fn error_of(evidence: &Evidence<'_>, sources: &[CountSources], kind: LevelKind) -> Option<RelativeError> {
    let series = sum_of(evidence, sources);
    let week = TypicalWeek::of(evidence, &series, kind);
    let levels = levels(&days(evidence, &series), &week);
    let count = levels.len();
    let free = count.checked_sub(7).filter(|_| count >= LEAST_DAYS + 7)? as f64;
    let variance = levels.iter().map(|level| (level - 1.0).powi(2)).sum::<f64>() / free;
    Some(match kind {
        // The days of a few weeks show little of a level that changes slowly.
        LevelKind::Spam => {
            let slow = SPAM_SIGMA.powi(2) * variance_of_mean(count, SPAM_MEMORY);
            let campaigns = CAMPAIGN_SIGMA.powi(2) * variance_of_mean(count, CAMPAIGN_MEMORY);
            RelativeError { sigma: (slow + campaigns).sqrt(), freedom: 100.0 }
        }
        LevelKind::Received | LevelKind::Sent => {
            RelativeError { sigma: (variance * variance_of_mean(count, USER_MEMORY)).sqrt(), freedom: free }
        }
    })
}

/// The variance of the mean of values with a variance of 1, if each value depends on the one before.
fn variance_of_mean(count: usize, memory: f64) -> f64 {
    let number = count as f64;
    let sum: f64 = (1..count).map(|apart| (number - apart as f64) * memory.powi(apart as i32)).sum();
    (number + 2.0 * sum) / (number * number)
}

/// The parts of a working day in the incoming clean mail.
fn working_day(evidence: &Evidence<'_>, found: &mut Vec<SiteEstimate>) {
    const HOUR: i64 = 3600;
    if evidence.grid.step > HOUR {
        return;
    }
    let series = evidence.series_or_zeros(counts::CLEAN);
    let working = days(evidence, &series).into_iter().filter(|day| hour_of_week(day.begin_seconds) < 120);
    let working: Vec<_> = working.filter(|day| day.count > 0.0).collect();
    for part in 0..24 / PART_HOURS {
        let [from, to] = [part * PART_HOURS, (part + 1) * PART_HOURS];
        let counts = |begin: i64| {
            let place =
                |hour: usize| ((begin + hour as i64 * HOUR - evidence.grid.begin) / evidence.grid.step) as usize;
            series[place(from)..place(to)].iter().sum::<f64>()
        };
        let pairs: Vec<(f64, f64)> = working.iter().map(|day| (counts(day.begin_seconds), day.count)).collect();
        let name = format!("clean mail of a working day from {from:02}:00 to {to:02}:00 GMT");
        found.extend(ratio(&name, &pairs));
    }
}

/// Ratios of counts.
fn ratios(evidence: &Evidence<'_>, found: &mut Vec<SiteEstimate>) {
    let by_day = |sources: &[CountSources]| -> Vec<f64> {
        days(evidence, &sum_of(evidence, sources)).into_iter().map(|day| day.count).collect()
    };
    let mut add = |name: &str, part: &[CountSources], of: &[CountSources]| {
        let pairs: Vec<(f64, f64)> = by_day(part).into_iter().zip(by_day(of)).filter(|(_, of)| *of > 0.0).collect();
        found.extend(ratio(name, &pairs));
    };
    add("recipients of an outgoing message", &[counts::DELIVERED], &[counts::MESSAGES_OUT]);
    add("share of outgoing recipients that bounce", &[counts::BOUNCED], &[counts::BOUNCED, counts::DELIVERED]);
    let filters: [(&str, CountSources, &[CountSources]); 2] = [
        ("share of incoming mail that content filters stop", counts::FILTERED, &[counts::FILTERED, counts::CLEAN]),
        (
            "share of outgoing mail that content filters stop",
            counts::SENT_FILTERED,
            &[counts::SENT_FILTERED, counts::SENT_CLEAN],
        ),
    ];
    filters.into_iter().for_each(|(name, part, of)| add(name, &[part], of));
    found.extend(processor_time(evidence));
}

/// The processor share of the functions for each message an hour, by days.
fn processor_time(evidence: &Evidence<'_>) -> Option<SiteEstimate> {
    let table = evidence.figures.table(42)?;
    let columns: Vec<usize> = ["Anti-Spam", "Anti-Virus", "Mail Processing", "Reporting", "Quarantine"]
        .iter()
        .filter_map(|name| table.column(name))
        .collect();
    let busy: Vec<f64> = evidence
        .grid
        .series(table, &columns)
        .into_iter()
        .map(|percent| percent / 100.0 * evidence.grid.step as f64)
        .collect();
    let messages = sum_of(evidence, &[counts::MESSAGES_IN, counts::MESSAGES_OUT]);
    let pairs = days(evidence, &busy).into_iter().zip(days(evidence, &messages));
    let pairs: Vec<(f64, f64)> =
        pairs.map(|(busy, sent)| (busy.count, sent.count)).filter(|(_, sent)| *sent > 0.0).collect();
    ratio("seconds of full CPU usage for a message", &pairs)
}

/// A ratio of sums over days. Its error follows from the days' deviations. `None` if there are too few of them.
fn ratio(name: &str, pairs: &[(f64, f64)]) -> Option<SiteEstimate> {
    let (part, of) = pairs.iter().fold((0.0, 0.0), |(part, of), pair| (part + pair.0, of + pair.1));
    let count = pairs.len() as f64;
    if pairs.len() < LEAST_DAYS || part <= 0.0 || of <= 0.0 {
        return None;
    }
    let value = part / of;
    let squares: f64 = pairs.iter().map(|(part, of)| (part - value * of).powi(2)).sum();
    let sigma = (count / (count - 1.0) * squares).sqrt() / of / value;
    Some(SiteEstimate::new(name, value, RelativeError { sigma, freedom: count - 1.0 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_that_depend_on_each_other_say_less() {
        assert!((variance_of_mean(28, 0.0) - 1.0 / 28.0).abs() < 1e-12);
        // Two values with a correlation of one half: (1 + 1 + 2 x 0.5) / 4.
        assert!((variance_of_mean(2, 0.5) - 0.75).abs() < 1e-12);
        assert!(variance_of_mean(28, 0.96) > 0.6);
    }

    #[test]
    fn a_ratio_has_the_error_of_its_days() {
        let pairs: Vec<(f64, f64)> = (0..10).map(|day| (10.0 + f64::from(day % 2) * 2.0, 100.0)).collect();
        let found = ratio("share", &pairs).unwrap_or_else(|| panic!("no ratio"));
        assert!((found.value - 0.11).abs() < 1e-12);
        // Each day is 1 off, so the error of the sum is sqrt(10 x 10 / 9), and t(9) is 1.833.
        let reach = 1.833 * (100.0f64 / 9.0).sqrt() / 1000.0 / 0.11;
        assert!((found.high / 0.11 - reach.exp()).abs() < 1e-4, "{found:?}");
        assert!((found.low * found.high - 0.11 * 0.11).abs() < 1e-9);
        assert_eq!(ratio("share", &pairs[..4]), None);
    }
}
