//! Moments in words.

use tollgate_wording::moment;

/// A moment in seconds since the Unix epoch, such as `Tue 18 Nov 2008 00:59 GMT`.
pub(crate) fn gmt(seconds: i64) -> String {
    moment(micros(seconds))
}

/// Converts seconds to microseconds. The result may exceed 64 bits.
pub(crate) fn micros(seconds: i64) -> i128 {
    i128::from(seconds) * 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_to_the_second() {
        for (seconds, expected) in [
            (1_226_966_400, "Tue 18 Nov 2008 00:00 GMT"),
            (1_226_969_999, "Tue 18 Nov 2008 00:59:59 GMT"),
            (-1, "Wed 31 Dec 1969 23:59:59 GMT"),
            (i64::MAX, "second 9223372036854775807 since 1970"),
        ] {
            assert_eq!(gmt(seconds), expected);
        }
    }
}
