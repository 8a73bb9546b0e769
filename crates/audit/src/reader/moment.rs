//! Moments as the exports write them.

/// A moment in seconds since the Unix epoch as a date and a time, such as `2008-11-18 00:59 GMT`.
pub(crate) fn gmt(seconds: i64) -> String {
    const DAY: i64 = 86_400;
    let (day, second) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let (year, month, day) = date(day);
    let (hour, minute) = (second / 3600, second / 60 % 60);
    // An odd second is shown, so that two moments that differ look different.
    let odd = if second % 60 == 0 { String::new() } else { format!(":{:02}", second % 60) };
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}{odd} GMT")
}

/// The date of a day since the Unix epoch. Years are taken to begin in March, so that the leap day is the last of one.
fn date(day: i64) -> (i64, i64, i64) {
    const FOUR_CENTURIES: i64 = 146_097;
    const BEFORE_EPOCH: i64 = 719_468;
    let day = day + BEFORE_EPOCH;
    let (era, of_era) = (day.div_euclid(FOUR_CENTURIES), day.rem_euclid(FOUR_CENTURIES));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (400 * era + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_in_exports() {
        for (seconds, expected) in [
            (0, "1970-01-01 00:00 GMT"),
            (1_226_966_400, "2008-11-18 00:00 GMT"),
            (1_226_969_999, "2008-11-18 00:59:59 GMT"),
            (1_344_310_440, "2012-08-07 03:34 GMT"),
            (951_782_400, "2000-02-29 00:00 GMT"),
            (1_709_251_199, "2024-02-29 23:59:59 GMT"),
            (-1, "1969-12-31 23:59:59 GMT"),
            (4_107_542_400, "2100-03-01 00:00 GMT"),
        ] {
            assert_eq!(gmt(seconds), expected);
        }
    }
}
