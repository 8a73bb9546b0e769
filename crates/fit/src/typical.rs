//! The typical week of a volume: its factors for the hours of a week, by maximum likelihood, and its variation from day to day.

use crate::draft::{Origin, ScenarioDraft, digits, quoted};
use crate::evidence::{self as counts, CountSources, Evidence};
use crate::keys::{zeta_lump, zeta_of_mean};

/// The hours of a week, which begins on Monday.
pub(crate) const HOURS: usize = 168;
const HOUR: i64 = 3600;
const DAY: i64 = 86_400;
/// The hours from the Monday before the Unix epoch, which was a Thursday.
const EPOCH_HOUR: i64 = 72;
/// Hours with fewer counts are shrunk towards the product of their day and their time of day.
const FEW_COUNTS: f64 = 30.0;
/// Fewer weeks say little about the variation from day to day.
const FEW_WEEKS: f64 = 3.0;
/// The standard deviation of the level of spam on a day that is due to campaigns (assumed, as in the default variation).
const CAMPAIGNS: f64 = 0.15;

/// A kind of mail whose volumes vary alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LevelKind {
    Spam,
    Received,
    Sent,
}

/// The typical week of a volume.
#[derive(Clone, Debug)]
pub(crate) struct TypicalWeek {
    /// The expected volume of a week.
    pub(crate) volume: f64,
    /// The share of each hour of the week.
    pub(crate) shares: Vec<f64>,
    /// False if some hours of the week are not in the exports.
    pub(crate) is_whole: bool,
}

/// The counts of one day.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DayCount {
    pub(crate) begin_seconds: i64,
    pub(crate) count: f64,
}

/// The place of a moment in the week, in hours from Monday.
pub(crate) fn hour_of_week(seconds: i64) -> usize {
    (seconds.div_euclid(HOUR) + EPOCH_HOUR).rem_euclid(HOURS as i64) as usize
}

fn is_weekend(hour: usize) -> bool {
    hour >= 120
}

impl LevelKind {
    /// Volume on a day of the weekend, relative to a working day, if the exports have no such day: that of c650-week (assumed).
    fn weekend(self) -> f64 {
        match self {
            LevelKind::Spam => 0.9,
            LevelKind::Received | LevelKind::Sent => 0.26,
        }
    }

    /// The counts that have the levels of this kind.
    pub(crate) fn sources(self) -> &'static [CountSources] {
        match self {
            LevelKind::Spam => &[counts::SPAM, counts::INVALID],
            LevelKind::Received => &[counts::CLEAN, counts::FILTERED],
            LevelKind::Sent => &[counts::SENT_CLEAN],
        }
    }
}

impl TypicalWeek {
    /// The typical week of counts in each step of the exports.
    pub(crate) fn of(evidence: &Evidence<'_>, series: &[f64], kind: LevelKind) -> TypicalWeek {
        let (mut counts, mut exposure) = (vec![0.0; HOURS], vec![0.0; HOURS]);
        let gaps = evidence.gaps();
        for (place, &count) in series.iter().enumerate() {
            let begin = evidence.grid.begin + place as i64 * evidence.grid.step;
            let end = begin + evidence.grid.step;
            if gaps.iter().any(|&(from, to)| begin < to && from < end) {
                continue;
            }
            // A step that is longer than an hour is spread evenly over its hours.
            let mut at = begin;
            while at < end {
                let next = ((at.div_euclid(HOUR) + 1) * HOUR).min(end);
                counts[hour_of_week(at)] += count * (next - at) as f64 / evidence.grid.step as f64;
                exposure[hour_of_week(at)] += (next - at) as f64 / HOUR as f64;
                at = next;
            }
        }
        TypicalWeek::from_hours(&counts, &exposure, kind)
    }

    /// The week of counts in each hour of the week, each of which was seen for a number of hours.
    fn from_hours(counts: &[f64], exposure: &[f64], kind: LevelKind) -> TypicalWeek {
        let rate = |hours: &mut dyn Iterator<Item = usize>| {
            let (count, seen) =
                hours.fold((0.0, 0.0), |(count, seen), hour| (count + counts[hour], seen + exposure[hour]));
            (seen > 0.0).then(|| count / seen)
        };
        let same_kind = |hour: usize| (0..HOURS).filter(move |&other| is_weekend(other) == is_weekend(hour));
        let at_time = |hours: &mut dyn Iterator<Item = usize>, hour: usize| {
            let same: Vec<usize> = hours.filter(|other| other % 24 == hour % 24).collect();
            rate(&mut same.into_iter())
        };
        let product = |hour: usize| {
            let day = rate(&mut (0..HOURS).filter(|other| other / 24 == hour / 24));
            let all = rate(&mut same_kind(hour));
            match (at_time(&mut same_kind(hour), hour), all) {
                (Some(time), Some(all)) if all > 0.0 => time * day.unwrap_or(all) / all,
                // Without a day of this kind, the hours are those of the other kind.
                _ => {
                    let factor = if is_weekend(hour) { kind.weekend() } else { 1.0 / kind.weekend() };
                    at_time(&mut (0..HOURS), hour).or(rate(&mut (0..HOURS))).unwrap_or_default() * factor
                }
            }
        };
        let rates: Vec<f64> = (0..HOURS)
            .map(|hour| {
                if exposure[hour] <= 0.0 {
                    return product(hour);
                }
                // The weight depends on the expected count. If it depended on the count itself, only low counts would be corrected.
                let (own, expected) = (counts[hour] / exposure[hour], product(hour));
                let weight = (expected * exposure[hour] / FEW_COUNTS).min(1.0);
                weight * own + (1.0 - weight) * expected
            })
            .collect();
        let volume: f64 = rates.iter().sum();
        let shares = rates.iter().map(|rate| if volume > 0.0 { rate / volume } else { 1.0 / HOURS as f64 }).collect();
        TypicalWeek { volume, shares, is_whole: exposure.iter().all(|&seen| seen > 0.0) }
    }

    /// Writes the factors of the hours. `list` is the key of the list that the class or flow is in.
    pub(crate) fn write(&self, document: &mut ScenarioDraft, list: &str) {
        document.text += &format!("\n[{list}.rhythm]\n");
        let mut factors = String::new();
        for (hour, share) in self.shares.iter().enumerate() {
            factors += if hour % 24 == 0 { "\n    " } else { " " };
            factors += &format!("{:.4},", share * HOURS as f64);
        }
        let how = match self.is_whole {
            true => "the mean of each hour of the week",
            false => "the mean of each hour of the week; the hours that the exports do not have are assumed",
        };
        document.long_value("hours", format!("[{factors}\n]"), Origin::Fitted, how);
    }
}

/// The counts of the whole days without gaps.
pub(crate) fn days(evidence: &Evidence<'_>, series: &[f64]) -> Vec<DayCount> {
    let (grid, gaps) = (evidence.grid, evidence.gaps());
    let first = (grid.begin + DAY - 1).div_euclid(DAY);
    let whole = first..grid.end().div_euclid(DAY).max(first);
    let is_seen = |begin: &i64| !gaps.iter().any(|&(from, to)| *begin < to && from < begin + DAY);
    whole
        .map(|day| day * DAY)
        .filter(is_seen)
        .map(|begin_seconds| {
            let places = (begin_seconds - grid.begin) / grid.step..(begin_seconds + DAY - grid.begin) / grid.step;
            let count = series[places.start as usize..places.end as usize].iter().sum();
            DayCount { begin_seconds, count }
        })
        .collect()
}

/// Each day's count, relative to the expected count of its day of the week.
pub(crate) fn levels(days: &[DayCount], week: &TypicalWeek) -> Vec<f64> {
    let expected = |day: &DayCount| {
        let first = hour_of_week(day.begin_seconds);
        week.volume * week.shares[first..first + 24].iter().sum::<f64>()
    };
    days.iter().filter(|day| expected(day) > 0.0).map(|day| day.count / expected(day)).collect()
}

/// Writes the variation from day to day.
pub(crate) fn write_variation(document: &mut ScenarioDraft, evidence: &Evidence<'_>) {
    document.section("[variation]", "variation");
    document.value("holidays", quoted("none"), Origin::Assumed, "exports do not tell the country");
    let is_long = evidence.grid.weeks() >= FEW_WEEKS;
    for (key, kind, by_campaigns) in [
        ("spam_days", LevelKind::Spam, CAMPAIGNS),
        ("received_days", LevelKind::Received, 0.0),
        ("sent_days", LevelKind::Sent, 0.0),
    ] {
        let sigma = day_sigma(evidence, kind).filter(|_| is_long);
        match sigma.map(|sigma| (sigma * sigma - by_campaigns * by_campaigns).max(0.0).sqrt()) {
            Some(sigma) => document.value(key, digits(sigma.min(1.0)), Origin::Fitted, "levels of days, by moments"),
            None => document.comment(&format!("{key}: assumed: the default; the exports are shorter than three weeks")),
        }
    }
}

/// The standard deviation of the logarithm of the level of a day, by moments. `None` without two days for each day of the week.
fn day_sigma(evidence: &Evidence<'_>, kind: LevelKind) -> Option<f64> {
    let mut series = vec![0.0; evidence.grid.steps];
    for source in kind.sources() {
        series.iter_mut().zip(evidence.series_or_zeros(source)).for_each(|(sum, count)| *sum += count);
    }
    let week = TypicalWeek::of(evidence, &series, kind);
    let days = days(evidence, &series);
    let levels = levels(&days, &week);
    let free = levels.len().checked_sub(7).filter(|&free| free >= 7)? as f64;
    let mean = days.iter().map(|day| day.count).sum::<f64>() / days.len().max(1) as f64;
    let variance = levels.iter().map(|level| (level - 1.0).powi(2)).sum::<f64>() / free;
    // The counts of a day vary by themselves. They come in messages with several recipients.
    let own = lump(evidence, kind) / mean.max(1.0);
    Some((1.0 + (variance - own).max(0.0)).ln().sqrt())
}

/// The mean square of the recipients of a message in relation to their mean.
fn lump(evidence: &Evidence<'_>, kind: LevelKind) -> f64 {
    let (recipients, messages) = match kind {
        LevelKind::Sent => (counts::DELIVERED, counts::MESSAGES_OUT),
        LevelKind::Spam | LevelKind::Received => (counts::CLEAN, counts::MESSAGES_IN),
    };
    let ratio =
        evidence.total(recipients).zip(evidence.total(messages)).map_or(1.0, |(one, other)| one / other.max(1.0));
    zeta_of_mean(ratio).map_or(1.0, zeta_lump)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_that_were_seen_have_their_own_mean() {
        let counts: Vec<f64> = (0..HOURS).map(|hour| 100.0 * (1 + hour % 3) as f64).collect();
        let week = TypicalWeek::from_hours(&counts, &vec![2.0; HOURS], LevelKind::Sent);
        assert!((week.volume - counts.iter().sum::<f64>() / 2.0).abs() < 1e-9 && week.is_whole);
        assert!((week.shares[5] / week.shares[3] - 3.0).abs() < 1e-9);
        assert_eq!([hour_of_week(0), hour_of_week(4 * DAY), hour_of_week(4 * DAY - 1)], [72, 0, 167]);
    }

    #[test]
    fn hours_that_were_not_seen_follow_the_days_that_were() {
        // One working day, twice as busy at noon.
        let seen = |hour: usize| (24..48).contains(&hour);
        let count = |hour: usize| {
            if !seen(hour) {
                0.0
            } else if hour % 24 == 12 {
                200.0
            } else {
                100.0
            }
        };
        let counts: Vec<f64> = (0..HOURS).map(count).collect();
        let exposure: Vec<f64> = (0..HOURS).map(|hour| f64::from(u8::from(seen(hour)))).collect();
        let week = TypicalWeek::from_hours(&counts, &exposure, LevelKind::Sent);
        assert!(!week.is_whole);
        assert!((week.shares[12] - week.shares[36]).abs() < 1e-12);
        assert!((week.shares[120 + 12] / week.shares[36] - 0.26).abs() < 1e-9);
    }

    #[test]
    fn few_counts_are_shrunk_towards_their_day_and_their_time() {
        let mut counts = vec![100.0; HOURS];
        counts[30] = 15.0;
        let few: Vec<f64> = counts.iter().map(|count| count / 10.0).collect();
        let rate = |counts: &[f64]| {
            let week = TypicalWeek::from_hours(counts, &vec![1.0; HOURS], LevelKind::Spam);
            week.shares[30] * week.volume
        };
        // Its day and its time have 96.46 x 83 / 99.29 = 80.63.
        assert!((rate(&counts) - 15.0).abs() < 1e-9);
        assert!((rate(&few) - (0.2688 * 1.5 + 0.7312 * 8.063)).abs() < 0.01, "{}", rate(&few));
    }
}
