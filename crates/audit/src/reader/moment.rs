//! Moments as the exports write them.

use chrono::DateTime;

/// A moment in seconds since the Unix epoch as a date and a time, such as `2008-11-18 00:59 GMT`.
pub(crate) fn gmt(seconds: i64) -> String {
    // An odd second is shown, so that two moments that differ look different.
    let format = if seconds % 60 == 0 { "%Y-%m-%d %H:%M GMT" } else { "%Y-%m-%d %H:%M:%S GMT" };
    let moment = DateTime::from_timestamp(seconds, 0);
    moment.map_or_else(|| format!("second {seconds} since 1970"), |moment| moment.format(format).to_string())
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
