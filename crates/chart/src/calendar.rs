//! The marks of the time axis, at whole minutes, hours, days, weeks and months in GMT.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, TimeDelta, Utc};

/// A mark of the time axis, with its two lines of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) at_micros: u64,
    /// The upper line: a time of day, a day or a month.
    pub(super) near: String,
    /// The lower line: the day, month or year, at its first mark only.
    pub(super) far: Option<String>,
}

/// The distance between marks.
#[derive(Clone, Copy, Debug)]
enum MarkStep {
    Minutes(u32),
    Days(u32),
    Months(u32),
}

const STEPS: [MarkStep; 20] = [
    MarkStep::Minutes(5),
    MarkStep::Minutes(10),
    MarkStep::Minutes(15),
    MarkStep::Minutes(30),
    MarkStep::Minutes(60),
    MarkStep::Minutes(120),
    MarkStep::Minutes(180),
    MarkStep::Minutes(360),
    MarkStep::Minutes(720),
    MarkStep::Days(1),
    MarkStep::Days(2),
    MarkStep::Days(7),
    MarkStep::Days(14),
    MarkStep::Months(1),
    MarkStep::Months(2),
    MarkStep::Months(3),
    MarkStep::Months(6),
    MarkStep::Months(12),
    MarkStep::Months(60),
    MarkStep::Months(600),
];

/// At most `most` marks, from one moment to before another.
pub(super) fn marks(from_micros: u64, to_micros: u64, most: usize) -> Vec<Mark> {
    for step in STEPS {
        if (to_micros - from_micros) / step.shortest_micros() > 2 * most as u64 {
            continue;
        }
        let moments = step.moments(from_micros, to_micros);
        if moments.len() <= most {
            return labelled(step, &moments);
        }
    }
    Vec::new()
}

fn time(micros: u64) -> DateTime<Utc> {
    i64::try_from(micros).ok().and_then(DateTime::from_timestamp_micros).unwrap_or_default()
}

impl MarkStep {
    fn shortest_micros(self) -> u64 {
        let minutes = match self {
            MarkStep::Minutes(minutes) => minutes,
            MarkStep::Days(days) => days * 24 * 60,
            MarkStep::Months(months) => months * 28 * 24 * 60,
        };
        u64::from(minutes) * 60_000_000
    }

    fn moments(self, from_micros: u64, to_micros: u64) -> Vec<DateTime<Utc>> {
        let from = time(from_micros);
        let mut next = Some(self.before(from));
        let mut moments = Vec::new();
        while let Some(moment) = next.filter(|&moment| moment < time(to_micros)) {
            if moment >= from {
                moments.push(moment);
            }
            next = self.after(moment);
        }
        moments
    }

    /// The last whole step at or before a moment. Weeks begin on Mondays.
    fn before(self, moment: DateTime<Utc>) -> DateTime<Utc> {
        let midnight = |date: NaiveDate| date.and_time(NaiveTime::MIN).and_utc();
        let today = moment.date_naive();
        match self {
            MarkStep::Minutes(minutes) => {
                let since = (moment - midnight(today)).num_minutes();
                midnight(today) + TimeDelta::minutes(since - since % i64::from(minutes))
            }
            MarkStep::Days(1..7) => midnight(today),
            MarkStep::Days(days) => {
                // The first Monday after the epoch is its fifth day.
                let since = i64::from(today.to_epoch_days()) - 4;
                midnight(today) - TimeDelta::days(since.rem_euclid(i64::from(days)))
            }
            MarkStep::Months(months) => {
                let since = today.year() as u32 * 12 + today.month0();
                let begin = today.with_day(1).and_then(|first| first.checked_sub_months(Months::new(since % months)));
                midnight(begin.unwrap_or(today))
            }
        }
    }

    fn after(self, moment: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self {
            MarkStep::Minutes(minutes) => moment.checked_add_signed(TimeDelta::minutes(i64::from(minutes))),
            MarkStep::Days(days) => moment.checked_add_signed(TimeDelta::days(i64::from(days))),
            MarkStep::Months(months) => moment.checked_add_months(Months::new(months)),
        }
    }

    /// The formats of the upper and the lower line of a mark.
    fn formats(self) -> (&'static str, &'static str) {
        match self {
            MarkStep::Minutes(_) => ("%H:%M", "%a %-d %b"),
            MarkStep::Days(1..7) => ("%a %-d", "%b %Y"),
            MarkStep::Days(_) => ("%-d", "%b %Y"),
            MarkStep::Months(1..12) => ("%b", "%Y"),
            MarkStep::Months(_) => ("%Y", ""),
        }
    }
}

fn labelled(step: MarkStep, moments: &[DateTime<Utc>]) -> Vec<Mark> {
    let (near, far) = step.formats();
    let mut previous = String::new();
    let mark = |moment: &DateTime<Utc>| {
        let here = moment.format(far).to_string();
        let begins = here != previous;
        previous.clone_from(&here);
        Mark {
            at_micros: u64::try_from(moment.timestamp_micros()).unwrap_or_default(),
            near: moment.format(near).to_string(),
            far: begins.then_some(here),
        }
    };
    moments.iter().map(mark).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60_000_000;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;
    /// Monday 2 March 2009.
    const MONDAY: u64 = 14_305 * DAY;

    fn written(from: u64, to: u64, most: usize) -> String {
        let words = marks(from, to, most).into_iter().map(|mark| match mark.far {
            Some(far) => format!("{} ({far})", mark.near),
            None => mark.near,
        });
        words.collect::<Vec<String>>().join(", ")
    }

    #[test]
    fn marks_stand_at_whole_steps_and_say_where_a_larger_one_begins() {
        let cases = [
            (MONDAY, MONDAY + HOUR, 8, "00:00 (Mon 2 Mar), 00:10, 00:20, 00:30, 00:40, 00:50"),
            (MONDAY + 22 * HOUR, MONDAY + 26 * HOUR, 4, "22:00 (Mon 2 Mar), 23:00, 00:00 (Tue 3 Mar), 01:00"),
            (MONDAY, MONDAY + DAY, 8, "00:00 (Mon 2 Mar), 03:00, 06:00, 09:00, 12:00, 15:00, 18:00, 21:00"),
            (MONDAY, MONDAY + DAY, 4, "00:00 (Mon 2 Mar), 06:00, 12:00, 18:00"),
            (MONDAY, MONDAY + 7 * DAY, 8, "Mon 2 (Mar 2009), Tue 3, Wed 4, Thu 5, Fri 6, Sat 7, Sun 8"),
            (MONDAY, MONDAY + 7 * DAY, 5, "Mon 2 (Mar 2009), Wed 4, Fri 6, Sun 8"),
            (MONDAY + HOUR, MONDAY + 3 * DAY, 3, "Tue 3 (Mar 2009), Wed 4"),
            (MONDAY, MONDAY + 31 * DAY, 8, "2 (Mar 2009), 9, 16, 23, 30"),
            (MONDAY - DAY, MONDAY + 89 * DAY, 7, "9 (Mar 2009), 23, 6 (Apr 2009), 20, 4 (May 2009), 18"),
            (MONDAY - DAY, MONDAY + 89 * DAY, 4, "Mar (2009), Apr, May"),
            (MONDAY, MONDAY + 1_000 * DAY, 4, "2010, 2011"),
        ];
        for (from, to, most, expected) in cases {
            assert_eq!(written(from, to, most), expected);
        }
    }

    #[test]
    fn there_are_few_marks_over_any_span() {
        for exponent in 0..46 {
            let span = 5 * MINUTE + 1.5_f64.powi(exponent) as u64 * MINUTE;
            let count = marks(MONDAY, MONDAY + span, 8).len();
            assert!((1..=8).contains(&count), "{span}: {count}");
        }
    }
}
