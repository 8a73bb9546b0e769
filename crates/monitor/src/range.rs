//! Ranges of time, as requests name them.

use tollgate_history::{History, Resolution};
use tollgate_scenario::{DAY, HOUR};

use crate::refusal::Refusal;

/// A range as the menu and URLs name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Choice {
    CurrentHour,
    CurrentDay,
    CurrentWeek,
    CurrentMonth,
    CurrentQuarter,
    PreviousDay,
    PreviousMonth,
    Custom,
}

/// A stretch of time in whole intervals, all of them over.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Range {
    pub(crate) choice: Choice,
    /// The beginning of the first interval, in microseconds since the Unix epoch.
    pub(crate) from_micros: u64,
    /// The end of the last interval; equal to the beginning if there is no whole interval yet.
    pub(crate) to_micros: u64,
    /// The length of the intervals.
    pub(crate) resolution: Resolution,
    /// That length in microseconds.
    pub(crate) interval_micros: u64,
}

/// The parameters of a URL, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Query(pub(crate) Vec<(String, String)>);

impl Query {
    /// The first value of a parameter.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Choice {
    /// Every choice, in the order of the menu.
    pub(crate) const ALL: [Choice; 8] = [
        Choice::CurrentHour,
        Choice::CurrentDay,
        Choice::CurrentWeek,
        Choice::CurrentMonth,
        Choice::CurrentQuarter,
        Choice::PreviousDay,
        Choice::PreviousMonth,
        Choice::Custom,
    ];

    /// Its name in a URL.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Choice::CurrentHour => "current_hour",
            Choice::CurrentDay => "current_day",
            Choice::CurrentWeek => "current_week",
            Choice::CurrentMonth => "current_month",
            Choice::CurrentQuarter => "current_quarter",
            Choice::PreviousDay => "previous_day",
            Choice::PreviousMonth => "previous_month",
            Choice::Custom => "custom",
        }
    }

    /// Its name in the menu.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Choice::CurrentHour => "Hour",
            Choice::CurrentDay => "Day",
            Choice::CurrentWeek => "Week",
            Choice::CurrentMonth => "30 days",
            Choice::CurrentQuarter => "90 days",
            Choice::PreviousDay => "Yesterday (00:00 to 23:59)",
            Choice::PreviousMonth => "Previous calendar month",
            Choice::Custom => "Custom range",
        }
    }
}

impl Range {
    /// The range that a request names; the past day if it names none.
    ///
    /// # Errors
    /// If it names one that there is not.
    pub(crate) fn read(query: &Query, history: &History) -> Result<Range, Refusal> {
        let name = query.get("date_range").unwrap_or("current_day");
        let Some(choice) = Choice::ALL.into_iter().find(|choice| choice.name() == name) else {
            let allowed: Vec<_> = Choice::ALL.iter().map(|choice| choice.name()).collect();
            return Err(Refusal::bad(format!("date_range: found {name:?}, allowed are {}", allowed.join(", "))));
        };
        let (resolution, length) = match choice {
            Choice::CurrentHour => (Resolution::Raw, HOUR),
            Choice::CurrentWeek => (Resolution::Hour, 7 * DAY),
            Choice::CurrentMonth => (Resolution::Day, 30 * DAY),
            Choice::CurrentQuarter => (Resolution::Day, 90 * DAY),
            _ => (Resolution::Hour, DAY),
        };
        let now = history.now_micros();
        let interval_micros = history.interval_micros(resolution);
        let to_micros = now / interval_micros * interval_micros;
        let from_micros =
            to_micros.saturating_sub(length).max(history.kept_from_micros(resolution, now)).min(to_micros);
        Ok(Range { choice, from_micros, to_micros, resolution, interval_micros })
    }

    /// The beginnings of its intervals, in order.
    pub(crate) fn begins(&self) -> impl Iterator<Item = u64> + use<> {
        (self.from_micros..self.to_micros).step_by(self.interval_micros as usize)
    }
}
