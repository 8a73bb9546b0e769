//! Durations, and sizes in bytes.

use crate::decimal::{NOT_FINITE, fixed, grouped, rounded, trimmed};

const MINUTE: u128 = 60;
const HOUR: u128 = 60 * MINUTE;
const DAY: u128 = 24 * HOUR;

/// Names for powers of 1,024 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteNames {
    /// KB, MB, GB, TB, as on the appliance's pages.
    Appliance,
    /// KiB, MiB, GiB, TiB, used everywhere else.
    Binary,
}

impl ByteNames {
    /// The names, from 1,024 bytes up.
    pub fn names(self) -> [&'static str; 4] {
        match self {
            ByteNames::Appliance => ["KB", "MB", "GB", "TB"],
            ByteNames::Binary => ["KiB", "MiB", "GiB", "TiB"],
        }
    }
}

/// A duration in seconds. A minute or more has two units (`2 d 4 h`, `3 h 20 min`, `4 min 18 s`). Less than a minute is in
/// seconds with one decimal (`2.3 s`), less than a second with two (`0.42 s`). Less than a tenth of a second is in
/// milliseconds (`3.4 ms`, `<0.1 ms`).
pub fn duration(seconds: f64) -> String {
    match seconds {
        _ if !seconds.is_finite() => NOT_FINITE.into(),
        0.0 => "0 s".into(),
        _ if rounded(seconds, 4) < 1_000 => trimmed(seconds, 3, 1, " ms"),
        _ if rounded(seconds, 2) < 100 => trimmed(seconds, 0, 2, " s"),
        _ if rounded(seconds, 1) < 600 => trimmed(seconds, 0, 1, " s"),
        _ => {
            let sign = if seconds < 0.0 { "-" } else { "" };
            format!("{sign}{}", two_units(seconds))
        }
    }
}

/// A duration in whole seconds, not rounded: `1 h`, `1 h 3 s`, `1 d 10 min`, `0 s`.
pub fn exact_duration(seconds: u64) -> String {
    let seconds = u128::from(seconds);
    let units =
        [(seconds / DAY, "d"), (seconds % DAY / HOUR, "h"), (seconds % HOUR / MINUTE, "min"), (seconds % MINUTE, "s")];
    let parts: Vec<String> = units
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|&(count, name)| format!("{} {name}", grouped(count)))
        .collect();
    if parts.is_empty() { "0 s".into() } else { parts.join(" ") }
}

/// A size in bytes. A size below 1,024 bytes is whole. A larger one has one decimal and at most three digits before the
/// decimal point: `1,023 B`, `1.5 KiB`, `68 GiB`, `<1 B`.
pub fn bytes(bytes: f64, names: ByteNames) -> String {
    if !bytes.is_finite() || rounded(bytes, 0) < 1_024 {
        return fixed(bytes, 0, 0, " B");
    }
    let [kilo, mega, giga, tera] = names.names();
    let mut amount = bytes / 1_024.0;
    for name in [kilo, mega, giga] {
        if rounded(amount, 1) < 10_000 {
            return trimmed(amount, 0, 1, &format!(" {name}"));
        }
        amount /= 1_024.0;
    }
    trimmed(amount, 0, 1, &format!(" {tera}"))
}

/// A duration of at least a minute in its two largest units, rounded to the smaller one.
fn two_units(seconds: f64) -> String {
    // Half a minute and half an hour are whole seconds, so fractions of a second do not affect the rounding.
    let whole = seconds.abs().floor() as u128;
    let (minutes, hours) = ((whole + MINUTE / 2) / MINUTE, (whole + HOUR / 2) / HOUR);
    match rounded(seconds, 0) {
        rounded if rounded < HOUR => pair((rounded / MINUTE, "min"), (rounded % MINUTE, "s")),
        _ if minutes < DAY / MINUTE => pair((minutes / 60, "h"), (minutes % 60, "min")),
        _ => pair((hours / 24, "d"), (hours % 24, "h")),
    }
}

fn pair((long, long_name): (u128, &str), (short, short_name): (u128, &str)) -> String {
    let long = format!("{} {long_name}", grouped(long));
    if short == 0 { long } else { format!("{long} {short} {short_name}") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn durations_have_one_unit_or_two() {
        let cases = [
            (0.0, "0 s"),
            (0.000_01, "<0.1 ms"),
            (-0.000_01, ">-0.1 ms"),
            (0.003_4, "3.4 ms"),
            (0.099_94, "99.9 ms"),
            (0.099_95, "0.1 s"),
            (0.42, "0.42 s"),
            (0.994_9, "0.99 s"),
            (0.995, "1 s"),
            (2.328_373_015_87, "2.3 s"),
            (2.25, "2.3 s"),
            (30.0, "30 s"),
            (59.94, "59.9 s"),
            (59.95, "1 min"),
            (252.4, "4 min 12 s"),
            (-300.0, "-5 min"),
            (3_599.4, "59 min 59 s"),
            (3_599.5, "1 h"),
            (3_629.9, "1 h"),
            (3_630.0, "1 h 1 min"),
            (12_000.0, "3 h 20 min"),
            (14_400.0, "4 h"),
            (86_369.0, "23 h 59 min"),
            (86_370.0, "1 d"),
            (187_200.0, "2 d 4 h"),
            (86_400_000.0, "1,000 d"),
            (f64::NAN, "n/a"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(duration(seconds), expected, "{seconds}");
        }
    }

    #[test]
    fn bytes_have_three_digits_before_the_point() {
        let cases = [
            (0.0, "0 B", "0 B"),
            (0.3, "<1 B", "<1 B"),
            (512.0, "512 B", "512 B"),
            (1_023.0, "1,023 B", "1,023 B"),
            (1_023.5, "1 KB", "1 KiB"),
            (1_024.0, "1 KB", "1 KiB"),
            (-1_536.0, "-1.5 KB", "-1.5 KiB"),
            (1_023_948.0, "999.9 KB", "999.9 KiB"),
            (1_023_949.0, "1 MB", "1 MiB"),
            (1_048_576.0, "1 MB", "1 MiB"),
            (73_014_444_032.0, "68 GB", "68 GiB"),
            (1e13, "9.1 TB", "9.1 TiB"),
            (1.1e15, "1,000.4 TB", "1,000.4 TiB"),
            (f64::NAN, "n/a", "n/a"),
        ];
        for (size, appliance, binary) in cases {
            assert_eq!(
                [bytes(size, ByteNames::Appliance), bytes(size, ByteNames::Binary)],
                [appliance, binary],
                "{size}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_unit_rolls_over(exponent in -6.0..9.0_f64) {
            let seconds = 10_f64.powf(exponent);
            let text = duration(seconds);
            let mut words = text.split(' ');
            while let (Some(figure), Some(unit)) = (words.next(), words.next()) {
                let figure: f64 = figure.trim_start_matches('<').replace(',', "").parse().unwrap_or(f64::MAX);
                let most = match unit { "ms" => 100.0, "s" | "min" => 60.0, "h" => 24.0, _ => f64::MAX };
                prop_assert!(figure < most, "{} reads {}", seconds, text);
            }
        }
    }
}
