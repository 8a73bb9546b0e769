//! Reads the dates of rows.

use chrono::{NaiveDate, NaiveDateTime};

/// The forms of a date, without its time zone, and the seconds that each leaves open. The appliance writes the first.
const FORMS: [(&str, i64); 2] = [("%Y-%m-%d %H:%M", 60), ("%Y-%m-%d %H:%M:%S", 1)];

/// Time zones, with their differences from GMT in minutes. Several zones share some names.
const ZONES: [(&str, &[i64]); 39] = [
    ("GMT", &[0]),
    ("UTC", &[0]),
    ("Z", &[0]),
    ("WET", &[0]),
    ("WEST", &[60]),
    ("BST", &[60, 360]),
    ("IST", &[60, 120, 330]),
    ("CET", &[60]),
    ("CEST", &[120]),
    ("MET", &[60]),
    ("MEST", &[120]),
    ("EET", &[120]),
    ("EEST", &[180]),
    ("SAST", &[120]),
    ("MSK", &[180, 240]),
    ("MSD", &[240]),
    ("SGT", &[480]),
    ("HKT", &[480]),
    ("AWST", &[480]),
    ("JST", &[540]),
    ("KST", &[540]),
    ("ACST", &[570]),
    ("ACDT", &[630]),
    ("AEST", &[600]),
    ("AEDT", &[660]),
    ("NZST", &[720]),
    ("NZDT", &[780]),
    ("BRT", &[-180]),
    ("BRST", &[-120]),
    ("EST", &[-300, 600]),
    ("EDT", &[-240, 660]),
    ("CST", &[-360, 480]),
    ("CDT", &[-300]),
    ("MST", &[-420]),
    ("MDT", &[-360]),
    ("PST", &[-480]),
    ("PDT", &[-420]),
    ("AKST", &[-540]),
    ("HST", &[-600]),
];

/// The moments that a date may name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Date {
    /// The possible moments, in seconds since the Unix epoch. There are several if zones share the name of its zone.
    pub(crate) moments: Vec<i64>,
    /// The seconds that it leaves open.
    pub(crate) resolution_seconds: i64,
}

impl Date {
    /// Reads a date such as `2008-11-18 00:59 GMT`. `None` if its form or its time zone is unknown.
    pub(crate) fn parse(text: &str) -> Option<Date> {
        let text = text.trim();
        let (text, offsets) = split_zone(text)?;
        let read = |(form, resolution)| Some((NaiveDateTime::parse_from_str(text, form).ok()?, resolution));
        let of_appliance = parse_minutes(text).map(|local| (local, FORMS[0].1));
        let (local, resolution_seconds) = of_appliance.or_else(|| FORMS.into_iter().find_map(read))?;
        let local_seconds = local.and_utc().timestamp();
        let moments = offsets.into_iter().map(|minutes| local_seconds - 60 * minutes).collect();
        Some(Date { moments, resolution_seconds })
    }

    /// Returns true if it may name one of some moments.
    pub(crate) fn is_any_of(&self, seconds: &[i64]) -> bool {
        seconds.iter().any(|seconds| self.moments.contains(&(seconds - seconds.rem_euclid(self.resolution_seconds))))
    }
}

/// Reads `2008-11-18 00:59`, the first of the forms. Nearly all dates have it, and a form takes ten times as long.
fn parse_minutes(text: &str) -> Option<NaiveDateTime> {
    let bytes: &[u8; 16] = text.as_bytes().try_into().ok()?;
    if [bytes[4], bytes[7], bytes[10], bytes[13]] != *b"-- :" {
        return None;
    }
    let number = |places: std::ops::Range<usize>| {
        let mut digits = bytes[places].iter();
        digits.try_fold(0, |number, byte| byte.is_ascii_digit().then(|| 10 * number + u32::from(byte - b'0')))
    };
    let date = NaiveDate::from_ymd_opt(number(0..4)? as i32, number(5..7)?, number(8..10)?)?;
    date.and_hms_opt(number(11..13)?, number(14..16)?, 0)
}

/// The text before the time zone, and the possible differences of the zone from GMT in minutes.
fn split_zone(text: &str) -> Option<(&str, Vec<i64>)> {
    let before_letters = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let name = &text[before_letters.len()..];
    if !name.is_empty() {
        let (_, minutes) = ZONES.iter().find(|(zone, _)| *zone == name)?;
        return Some((before_letters.trim_end(), minutes.to_vec()));
    }
    let sign_at = text.rfind(['+', '-'])?;
    let (before, offset) = text.split_at(sign_at);
    let digits = offset[1..].replace(':', "");
    if digits.len() != 4 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = (digits[..2].parse::<i64>().ok()?, digits[2..].parse::<i64>().ok()?);
    let minutes = 60 * hours + minutes;
    Some((before.trim_end(), vec![if offset.starts_with('-') { -minutes } else { minutes }]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_with_their_resolution_and_time_zone() {
        let read = |text| Date::parse(text).map(|date| (date.moments, date.resolution_seconds));
        let minute = 1_226_969_940;
        assert_eq!(read("2008-11-18 00:59 GMT"), Some((vec![minute], 60)));
        assert_eq!(read(" 2008-11-18 00:59:58 UTC "), Some((vec![minute + 58], 1)));
        assert_eq!(read("2008-11-18 01:59 CET"), Some((vec![minute], 60)));
        assert_eq!(read("2008-11-18  0:59 GMT"), Some((vec![minute], 60)));
        assert_eq!(read("2008-11-17 19:59 -0500"), Some((vec![minute], 60)));
        assert_eq!(read("2008-11-18 06:29:00+05:30"), Some((vec![minute], 1)));
        assert_eq!(read("2008-11-17 19:59 EST"), Some((vec![minute, minute - 15 * 3600], 60)));
        let unknown = [
            "",
            "GMT",
            "?",
            "2008-11-18 00:59",
            "2008-11-18 00:59 XYZ",
            "2008-13-18 00:59 GMT",
            "2008-11-18 00:60 GMT",
            "2008-11-18 24:00 GMT",
            "18.11.2008",
        ];
        for text in unknown {
            assert_eq!(read(text), None, "{text:?}");
        }
    }
}
