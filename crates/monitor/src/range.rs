//! Time ranges of requests.

use chrono::{DateTime, Datelike, Months, NaiveDateTime, NaiveTime};
use tollgate_history::{History, Resolution};
use tollgate_scenario::{DAY, HOUR};
use tollgate_wording::list;

use crate::address::Query;
use crate::refusal::{HttpRefusal, shown};

/// A choice in the menu of ranges, which URLs name too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum RangeChoice {
    CurrentHour,
    CurrentDay,
    CurrentWeek,
    CurrentMonth,
    CurrentQuarter,
    PreviousDay,
    PreviousMonth,
    Custom,
}

/// A time range that consists of complete intervals.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Range {
    pub(crate) choice: RangeChoice,
    /// The beginning of the first interval, in microseconds since the Unix epoch.
    pub(crate) from_micros: u64,
    /// The end of the last interval. It equals the beginning if no interval is complete yet.
    pub(crate) to_micros: u64,
    /// The resolution of the intervals.
    pub(crate) resolution: Resolution,
    /// The length of the intervals in microseconds.
    pub(crate) interval_micros: u64,
}

/// The intervals that the history keeps at one moment, and their lengths.
#[derive(Clone, Copy, Debug)]
struct Retention {
    now_micros: u64,
    /// The length of the intervals of each resolution, the finest resolution first.
    interval_micros: [u64; Resolution::ALL.len()],
    /// The beginning of the first kept interval of each resolution.
    from_micros: [u64; Resolution::ALL.len()],
    /// The beginning of the first interval of the scenario.
    begin_micros: u64,
}

impl RangeChoice {
    /// Every choice, in the order of the menu.
    pub(crate) const ALL: [RangeChoice; 8] = [
        RangeChoice::CurrentHour,
        RangeChoice::CurrentDay,
        RangeChoice::CurrentWeek,
        RangeChoice::CurrentMonth,
        RangeChoice::CurrentQuarter,
        RangeChoice::PreviousDay,
        RangeChoice::PreviousMonth,
        RangeChoice::Custom,
    ];

    /// Other names of some choices, which vendors' tools use.
    const ALIASES: [(&str, RangeChoice); 2] =
        [("calendar_day", RangeChoice::PreviousDay), ("calendar_month", RangeChoice::PreviousMonth)];

    /// The choice with a name in a URL.
    fn find(name: &str) -> Result<RangeChoice, HttpRefusal> {
        let named = RangeChoice::ALL.into_iter().find(|choice| choice.name() == name);
        let alias = || RangeChoice::ALIASES.into_iter().find(|(alias, _)| *alias == name).map(|(_, choice)| choice);
        named.or_else(alias).ok_or_else(|| {
            let allowed = list(RangeChoice::ALL.iter().map(|choice| choice.name()));
            HttpRefusal::bad(format!("date_range: found {}, allowed are {allowed}", shown(name)))
        })
    }

    /// Its name in a URL.
    pub(crate) fn name(self) -> &'static str {
        match self {
            RangeChoice::CurrentHour => "current_hour",
            RangeChoice::CurrentDay => "current_day",
            RangeChoice::CurrentWeek => "current_week",
            RangeChoice::CurrentMonth => "current_month",
            RangeChoice::CurrentQuarter => "current_quarter",
            RangeChoice::PreviousDay => "previous_day",
            RangeChoice::PreviousMonth => "previous_month",
            RangeChoice::Custom => "custom",
        }
    }

    /// Its name in the menu.
    pub(crate) fn label(self) -> &'static str {
        match self {
            RangeChoice::CurrentHour => "Hour",
            RangeChoice::CurrentDay => "Day",
            RangeChoice::CurrentWeek => "Week",
            RangeChoice::CurrentMonth => "30 days",
            RangeChoice::CurrentQuarter => "90 days",
            RangeChoice::PreviousDay => "Yesterday (00:00 to 23:59)",
            RangeChoice::PreviousMonth => "Previous calendar month",
            RangeChoice::Custom => "Custom range",
        }
    }
}

impl Range {
    /// The range that a request names, or the past day if it names none.
    ///
    /// # Errors
    /// If there is no range of that name, or a custom range is malformed or outside the kept history.
    pub(crate) fn read(query: &Query, history: &History) -> Result<Range, HttpRefusal> {
        Range::find(query, &Retention::now(history))
    }

    /// The beginnings of the intervals, in order.
    pub(crate) fn begins(&self) -> impl Iterator<Item = u64> + use<> {
        (self.from_micros..self.to_micros).step_by(self.interval_micros as usize)
    }

    fn find(query: &Query, retention: &Retention) -> Result<Range, HttpRefusal> {
        let choice = RangeChoice::find(query.get("date_range").unwrap_or("current_day"))?;
        let past = |resolution, length| {
            let to_micros = floor(retention.now_micros, retention.interval_of(resolution));
            Ok(retention.cut(choice, resolution, to_micros.saturating_sub(length), to_micros))
        };
        match choice {
            RangeChoice::CurrentHour => past(Resolution::Raw, HOUR),
            RangeChoice::CurrentDay => past(Resolution::Hour, DAY),
            RangeChoice::CurrentWeek => past(Resolution::Hour, 7 * DAY),
            RangeChoice::CurrentMonth => past(Resolution::Day, 30 * DAY),
            RangeChoice::CurrentQuarter => past(Resolution::Day, 90 * DAY),
            RangeChoice::PreviousDay => {
                let today = floor(retention.now_micros, DAY);
                Ok(retention.cut(choice, Resolution::Hour, today.saturating_sub(DAY), today))
            }
            RangeChoice::PreviousMonth => {
                let (from_micros, to_micros) = month_before(retention.now_micros);
                Ok(retention.cut(choice, Resolution::Day, from_micros, to_micros))
            }
            RangeChoice::Custom => {
                let from_micros = read_moment(query, "datestamp_from")?;
                let to_micros = read_moment(query, "datestamp_to")?;
                if to_micros <= from_micros {
                    let (from, to) = (stamp(from_micros), stamp(to_micros));
                    return Err(HttpRefusal::bad(format!(
                        "datestamp_to: found {to}, allowed are moments after datestamp_from, {from}"
                    )));
                }
                retention.custom(from_micros, to_micros)
            }
        }
    }
}

impl Retention {
    fn now(history: &History) -> Self {
        let now_micros = history.now_micros();
        Retention {
            now_micros,
            interval_micros: Resolution::ALL.map(|resolution| history.interval_micros(resolution)),
            from_micros: Resolution::ALL.map(|resolution| history.kept_from_micros(resolution, now_micros)),
            begin_micros: history.kept_from_micros(Resolution::Raw, 0),
        }
    }

    fn interval_of(&self, resolution: Resolution) -> u64 {
        self.interval_micros[resolution as usize]
    }

    /// The kept part of a time range. The ends move outwards to whole intervals, but not beyond the last complete one.
    fn cut(&self, choice: RangeChoice, resolution: Resolution, from_micros: u64, to_micros: u64) -> Range {
        let interval_micros = self.interval_of(resolution);
        let first = self.from_micros[resolution as usize];
        let end = to_micros.next_multiple_of(interval_micros).min(floor(self.now_micros, interval_micros)).max(first);
        let begin = floor(from_micros, interval_micros).clamp(first, end);
        Range { choice, from_micros: begin, to_micros: end, resolution, interval_micros }
    }

    /// A custom range, in the finest intervals that suit its length and are still kept at its beginning.
    fn custom(&self, from_micros: u64, to_micros: u64) -> Result<Range, HttpRefusal> {
        let earliest = self.from_micros.into_iter().min().unwrap_or_default();
        if from_micros >= self.now_micros {
            let (found, now) = (stamp(from_micros), stamp(self.now_micros));
            return Err(HttpRefusal::bad(format!(
                "datestamp_from: found {found}, allowed are moments before now, {now}"
            )));
        }
        // A range before the scenario is empty. A range that is not kept any more is an error.
        if to_micros <= earliest && to_micros > self.begin_micros {
            let (found, earliest) = (stamp(to_micros), stamp(earliest));
            return Err(HttpRefusal::bad(format!(
                "datestamp_to: found {found}, allowed are moments after {earliest}, the beginning of the kept history"
            )));
        }
        let suiting = match to_micros - from_micros {
            0..=HOUR => Resolution::Raw,
            length if length <= 8 * DAY => Resolution::Hour,
            _ => Resolution::Day,
        };
        let begin = from_micros.max(earliest);
        let is_kept = |resolution: &Resolution| self.from_micros[*resolution as usize] <= begin;
        let resolution = Resolution::ALL.into_iter().filter(|finer| *finer >= suiting).find(is_kept);
        Ok(self.cut(RangeChoice::Custom, resolution.unwrap_or(Resolution::Day), from_micros, to_micros))
    }
}

/// The format of moments in a URL, in GMT.
const MOMENT: &str = "%d %b %Y %H:%M:%S";

fn read_moment(query: &Query, name: &str) -> Result<u64, HttpRefusal> {
    let found = query.get(name);
    let moment = found.and_then(|text| NaiveDateTime::parse_from_str(text.trim(), MOMENT).ok());
    let micros = moment.and_then(|moment| u64::try_from(moment.and_utc().timestamp_micros()).ok());
    micros.ok_or_else(|| {
        let found = found.map_or("none".into(), shown);
        HttpRefusal::bad(format!(
            "{name}: found {found}, allowed is DD Mon YYYY HH24:MM:SS in GMT, such as 18 Nov 2008 09:00:00"
        ))
    })
}

/// A moment in the format of URLs: `17 Nov 2008 14:05:00`.
pub(crate) fn stamp(micros: u64) -> String {
    moment(micros).format(MOMENT).to_string()
}

fn moment(micros: u64) -> NaiveDateTime {
    DateTime::from_timestamp_micros(micros as i64).unwrap_or_default().naive_utc()
}

/// The beginning and end of the calendar month before a moment.
fn month_before(micros: u64) -> (u64, u64) {
    let today = moment(micros).date();
    let this = today.with_day(1).unwrap_or(today);
    let before = this.checked_sub_months(Months::new(1)).unwrap_or(this);
    let begin_of = |date: chrono::NaiveDate| date.and_time(NaiveTime::MIN).and_utc().timestamp_micros().max(0) as u64;
    (begin_of(before), begin_of(this))
}

fn floor(micros: u64, interval_micros: u64) -> u64 {
    micros / interval_micros * interval_micros
}

#[cfg(test)]
mod tests;
