//! Public holidays, and the mail of the days on and around them.

use chrono::{Datelike, Days, NaiveDate, Weekday};
use tollgate_scenario::Holidays;

/// The volumes of a day in relation to those of a usual day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DayVolumes {
    /// Spam.
    pub spam: f64,
    /// Incoming mail other than spam.
    pub received: f64,
    /// Outgoing mail.
    pub sent: f64,
}

/// A rule for the date of a holiday.
#[derive(Clone, Copy, Debug)]
enum Rule {
    /// A day of a month.
    Date(u32, u32),
    /// The n-th weekday of a month.
    Nth(u32, Weekday, u8),
    /// The last weekday of a month.
    Last(u32, Weekday),
    /// Days after Easter Sunday.
    Easter(i64),
    /// The day after the n-th Thursday of November.
    AfterThanksgiving,
}

/// A holiday, and the share of their usual mail that users send on it.
type Holiday = (Rule, f64);

// Shares of mail sent, computed from the Enron corpus (United States): Thanksgiving 0.04-0.05, the Friday after 0-0.31, 25 December 0-0.06,
// 26 December 0.28-0.59, 1 January 0.23, Martin Luther King Day 0.17, Presidents' Day 0.20, Good Friday 0.62, Memorial Day 0.07,
// 4 July 0.04, Labor Day 0-0.17. Single holidays of the mail of an EU institution: 0.13.
const US: &[Holiday] = &[
    (Rule::Date(1, 1), 0.23),
    (Rule::Nth(1, Weekday::Mon, 3), 0.17),
    (Rule::Nth(2, Weekday::Mon, 3), 0.20),
    (Rule::Easter(-2), 0.62),
    (Rule::Last(5, Weekday::Mon), 0.07),
    (Rule::Date(7, 4), 0.04),
    (Rule::Nth(9, Weekday::Mon, 1), 0.09),
    (Rule::Nth(11, Weekday::Thu, 4), 0.045),
    (Rule::AfterThanksgiving, 0.15),
    (Rule::Date(12, 25), 0.03),
    (Rule::Date(12, 26), 0.45),
];
const GB: &[Holiday] = &[
    (Rule::Date(1, 1), USUAL),
    (Rule::Easter(-2), USUAL),
    (Rule::Easter(1), USUAL),
    (Rule::Nth(5, Weekday::Mon, 1), USUAL),
    (Rule::Last(5, Weekday::Mon), USUAL),
    (Rule::Last(8, Weekday::Mon), USUAL),
    (Rule::Date(12, 25), 0.03),
    (Rule::Date(12, 26), USUAL),
];
const DE: &[Holiday] = &[
    (Rule::Date(1, 1), USUAL),
    (Rule::Easter(-2), USUAL),
    (Rule::Easter(1), USUAL),
    (Rule::Date(5, 1), USUAL),
    (Rule::Easter(39), USUAL),
    (Rule::Easter(50), USUAL),
    (Rule::Date(10, 3), USUAL),
    (Rule::Date(12, 25), 0.03),
    (Rule::Date(12, 26), USUAL),
];
const FR: &[Holiday] = &[
    (Rule::Date(1, 1), USUAL),
    (Rule::Easter(1), USUAL),
    (Rule::Date(5, 1), USUAL),
    (Rule::Date(5, 8), USUAL),
    (Rule::Easter(39), USUAL),
    (Rule::Easter(50), USUAL),
    (Rule::Date(7, 14), USUAL),
    (Rule::Date(8, 15), USUAL),
    (Rule::Date(11, 1), USUAL),
    (Rule::Date(11, 11), USUAL),
    (Rule::Date(12, 25), 0.03),
];

/// The share of mail sent on a single holiday of the EU institution.
const USUAL: f64 = 0.13;
/// Mail sent on 24 December (Enron corpus).
const CHRISTMAS_EVE: f64 = 0.13;
/// Mail sent on a working day from 26 to 31 December (0.72 on 27 December in the Enron corpus, at most 0.03 in a closed institution).
const AFTER_CHRISTMAS: f64 = 0.6;
/// Spam around Christmas and around New Year: 21 % and 32 % less (Project Honey Pot).
const CHRISTMAS_SPAM: f64 = 0.79;
const NEW_YEAR_SPAM: f64 = 0.68;
/// Of the received mail, the part that depends on the site's own country. The rest comes from elsewhere (assumed).
const FROM_THE_COUNTRY: f64 = 0.6;

/// The volumes of a day in a country, in relation to a usual day of the same weekday.
pub fn volumes(country: Holidays, date: NaiveDate) -> DayVolumes {
    let holidays = match country {
        Holidays::None => return DayVolumes { spam: 1.0, received: 1.0, sent: 1.0 },
        Holidays::De => DE,
        Holidays::Fr => FR,
        Holidays::Gb => GB,
        Holidays::Us => US,
    };
    let spam = match (date.month(), date.day()) {
        (12, 24..=26) => CHRISTMAS_SPAM,
        (12, 31) | (1, 1) => NEW_YEAR_SPAM,
        _ => 1.0,
    };
    let around = match (date.month(), date.day()) {
        (12, 24) => CHRISTMAS_EVE,
        (12, 26..=31) => AFTER_CHRISTMAS,
        _ => 1.0,
    };
    let on_holiday = holidays.iter().filter(|(rule, _)| is_observed(country, *rule, date)).map(|&(_, share)| share);
    let sent = on_holiday.fold(around, f64::min);
    DayVolumes { spam, received: 1.0 - FROM_THE_COUNTRY + FROM_THE_COUNTRY * sent, sent }
}

/// True if a holiday is on a day, or if people have the day off because the holiday is on a weekend.
fn is_observed(country: Holidays, rule: Rule, date: NaiveDate) -> bool {
    let Some(holiday) = rule.date(date.year()) else { return false };
    // 31 December is off if 1 January of the next year is a Saturday in the United States.
    let next = rule.date(date.year() + 1).filter(|_| country == Holidays::Us && date.month() == 12);
    [Some(holiday), next]
        .into_iter()
        .flatten()
        .any(|holiday| date == holiday || Some(date) == day_off(country, holiday))
}

/// The working day that people have off instead of a holiday on a weekend.
fn day_off(country: Holidays, holiday: NaiveDate) -> Option<NaiveDate> {
    let after = |days| holiday.checked_add_days(Days::new(days));
    match (country, holiday.weekday()) {
        (Holidays::Us, Weekday::Sat) => holiday.pred_opt(),
        (Holidays::Us, Weekday::Sun) => after(1),
        // Monday and Tuesday are off if Christmas Day or Boxing Day is on a weekend.
        (Holidays::Gb, Weekday::Sat) => after(2),
        (Holidays::Gb, Weekday::Sun) if holiday.month() == 12 => after(2),
        (Holidays::Gb, Weekday::Sun) => after(1),
        _ => None,
    }
}

impl Rule {
    /// The date in a year.
    fn date(self, year: i32) -> Option<NaiveDate> {
        match self {
            Rule::Date(month, day) => NaiveDate::from_ymd_opt(year, month, day),
            Rule::Nth(month, weekday, number) => NaiveDate::from_weekday_of_month_opt(year, month, weekday, number),
            Rule::Last(month, weekday) => {
                let [fifth, fourth] = [5, 4].map(|n| NaiveDate::from_weekday_of_month_opt(year, month, weekday, n));
                fifth.or(fourth)
            }
            Rule::Easter(days) => easter(year)?.checked_add_signed(chrono::TimeDelta::days(days)),
            Rule::AfterThanksgiving => NaiveDate::from_weekday_of_month_opt(year, 11, Weekday::Thu, 4)?.succ_opt(),
        }
    }
}

/// Easter Sunday in the Gregorian calendar (Meeus, Astronomical Algorithms, chapter 8).
fn easter(year: i32) -> Option<NaiveDate> {
    let (golden, century, rest) = (year % 19, year / 100, year % 100);
    let lunar = (century - (century + 8) / 25 + 1) / 3;
    let epact = (19 * golden + century - century / 4 - lunar + 15) % 30;
    let to_sunday = (32 + 2 * (century % 4) + 2 * (rest / 4) - epact - rest % 4) % 7;
    let late = (golden + 11 * epact + 22 * to_sunday) / 451;
    let days = epact + to_sunday - 7 * late + 114;
    NaiveDate::from_ymd_opt(year, (days / 31) as u32, (days % 31 + 1) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    /// The dates are those of public calendars: gov.uk, opm.gov, and the tables of Easter of the US Census Bureau.
    #[test]
    fn holidays_are_on_their_published_dates() {
        for easter_day in ["2008-03-23", "2009-04-12", "2010-04-04", "2011-04-24", "2000-04-23", "2038-04-25"] {
            assert_eq!(easter(day(easter_day).year()), Some(day(easter_day)));
        }
        let off = |country, days: &[&str]| {
            for text in days {
                assert!(volumes(country, day(text)).sent < 0.7, "{text} {country:?}");
            }
        };
        off(Holidays::Gb, &["2009-01-01", "2009-04-10", "2009-04-13", "2009-05-04", "2009-05-25", "2009-08-31"]);
        off(
            Holidays::Gb,
            &["2009-12-25", "2009-12-28", "2010-12-27", "2010-12-28", "2011-12-26", "2011-12-27", "2012-01-02"],
        );
        off(Holidays::Us, &["2008-11-27", "2008-11-28", "2009-01-19", "2009-02-16", "2009-05-25", "2009-07-03"]);
        off(Holidays::Us, &["2009-09-07", "2010-12-24", "2010-12-31", "2011-12-26", "2012-01-02"]);
        off(Holidays::De, &["2009-05-21", "2009-06-01", "2008-10-03"]);
        off(Holidays::Fr, &["2009-07-14", "2009-11-11"]);
        for usual in ["2009-04-14", "2009-05-05", "2009-12-29", "2009-01-02"] {
            assert!(volumes(Holidays::Gb, day(usual)).sent >= 0.6, "{usual}");
        }
    }
}
