//! Values in words.

use super::graph::Unit;

const MINUTE: f64 = 60.0;
const HOUR: f64 = 60.0 * MINUTE;
const DAY: f64 = 24.0 * HOUR;
const KILOBYTE: f64 = 1_024.0;

impl Unit {
    /// A value in full, as where there is room: `12,609`, `96.6%`, `3.5 min`, `1.2 MB`.
    pub(super) fn exact(self, value: f64) -> String {
        match self {
            Unit::Count if value.fract() == 0.0 => grouped(value),
            Unit::Count if value < 100.0 => format!("{value:.1}"),
            Unit::Count => grouped(value.round()),
            _ => self.short(value),
        }
    }

    /// A value as the appliance shows it beside graphs: `9,715` in full, `12.6k` from ten thousand on.
    pub(super) fn short(self, value: f64) -> String {
        match self {
            Unit::Count if value >= 999_950.0 => format!("{:.1}M", value / 1e6),
            Unit::Count if value >= 9_999.5 => format!("{:.1}k", value / 1e3),
            Unit::Count => self.exact(value),
            Unit::Percent => format!("{value:.1}%"),
            Unit::Seconds | Unit::Bytes | Unit::BinaryBytes => {
                let (size, name) = self.magnitude(value);
                let value = value / size;
                if value.fract() == 0.0 || value >= 100.0 {
                    format!("{} {name}", grouped(value.round()))
                } else {
                    format!("{value:.1} {name}")
                }
            }
        }
    }

    /// A value with two or three digits that say something, however small it is: `0.42 s`, `3.1 s`, `12 min`, `2.4 h`, `0.034`.
    pub fn precise(self, value: f64) -> String {
        let sign = if value < 0.0 { "-" } else { "" };
        let value = value.abs();
        let text = match self {
            Unit::Percent => format!("{value:.1}%"),
            Unit::Count => digits(value),
            Unit::Seconds if value == 0.0 => String::from("0 s"),
            Unit::Seconds if value < 0.0995 => format!("{} ms", digits(value * 1e3)),
            Unit::Seconds | Unit::Bytes | Unit::BinaryBytes => {
                let (size, name) = self.magnitude(value);
                format!("{} {name}", digits(value / size))
            }
        };
        let is_nothing = !text.contains(|letter: char| ('1'..='9').contains(&letter));
        if is_nothing { text } else { format!("{sign}{text}") }
    }

    /// What values up to a largest are told in: its size, and its name behind figures.
    pub(super) fn magnitude(self, largest: f64) -> (f64, &'static str) {
        match self {
            Unit::Count if largest >= 1e6 => (1e6, "M"),
            Unit::Count if largest >= 1e4 => (1e3, "k"),
            Unit::Count => (1.0, ""),
            Unit::Percent => (1.0, "%"),
            Unit::Seconds if largest >= 2.0 * DAY => (DAY, "d"),
            Unit::Seconds if largest >= 2.0 * HOUR => (HOUR, "h"),
            Unit::Seconds if largest >= 2.0 * MINUTE => (MINUTE, "min"),
            Unit::Seconds => (1.0, "s"),
            Unit::Bytes => power_of_kilobyte(largest, ["B", "KB", "MB", "GB", "TB"]),
            Unit::BinaryBytes => power_of_kilobyte(largest, ["B", "KiB", "MiB", "GiB", "TiB"]),
        }
    }
}

/// The largest power of 1,024 that is not above a value, with its name.
fn power_of_kilobyte(value: f64, names: [&'static str; 5]) -> (f64, &'static str) {
    let place = (1..5).rev().find(|&place| value >= KILOBYTE.powi(place)).unwrap_or(0);
    (KILOBYTE.powi(place), names[place as usize])
}

/// A number that is not negative, with as many decimals as its size is worth.
fn digits(value: f64) -> String {
    match value {
        _ if value.fract() == 0.0 || value >= 9.95 => grouped(value.round()),
        _ if value >= 0.995 => format!("{value:.1}"),
        _ if value >= 0.0995 => format!("{value:.2}"),
        _ if value >= 0.001 => format!("{value:.3}"),
        _ => String::from("0"),
    }
}

/// A whole number, its thousands set off.
pub(super) fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_as_the_appliance_does() {
        let cases = [
            (Unit::Count, 0.0, "0", "0"),
            (Unit::Count, 9_715.0, "9,715", "9,715"),
            (Unit::Count, 12_609.0, "12,609", "12.6k"),
            (Unit::Count, 16_000.0, "16,000", "16.0k"),
            (Unit::Count, 12_345_678.0, "12,345,678", "12.3M"),
            (Unit::Count, 3.25, "3.2", "3.2"),
            (Unit::Percent, 96.649, "96.6%", "96.6%"),
            (Unit::Seconds, 12.0, "12 s", "12 s"),
            (Unit::Seconds, 150.0, "2.5 min", "2.5 min"),
            (Unit::Seconds, 14_400.0, "4 h", "4 h"),
            (Unit::Bytes, 512.0, "512 B", "512 B"),
            (Unit::Bytes, 1_536.0, "1.5 KB", "1.5 KB"),
            (Unit::Bytes, 3.0 * 1_048_576.0, "3 MB", "3 MB"),
        ];
        for (unit, value, exact, short) in cases {
            assert_eq!((unit.exact(value).as_str(), unit.short(value).as_str()), (exact, short), "{unit:?} {value}");
        }
    }

    #[test]
    fn small_values_keep_two_digits() {
        let cases = [
            (Unit::Count, 0.0, "0"),
            (Unit::Count, 0.000_01, "0"),
            (Unit::Count, 0.034, "0.034"),
            (Unit::Count, 3.25, "3.2"),
            (Unit::Count, 9.96, "10"),
            (Unit::Count, 42.4, "42"),
            (Unit::Count, -12_609.4, "-12,609"),
            (Unit::Count, -0.000_01, "0"),
            (Unit::Percent, 96.649, "96.6%"),
            (Unit::Percent, -0.04, "0.0%"),
            (Unit::Seconds, 0.0, "0 s"),
            (Unit::Seconds, 0.003_4, "3.4 ms"),
            (Unit::Seconds, 0.42, "0.42 s"),
            (Unit::Seconds, 3.12, "3.1 s"),
            (Unit::Seconds, 95.2, "95 s"),
            (Unit::Seconds, 150.0, "2.5 min"),
            (Unit::Seconds, 725.0, "12 min"),
            (Unit::Seconds, 8_640.0, "2.4 h"),
            (Unit::Seconds, 864_000.0, "10 d"),
            (Unit::Bytes, 1_536.0, "1.5 KB"),
            (Unit::BinaryBytes, 512.0, "512 B"),
            (Unit::BinaryBytes, 1_023.0, "1,023 B"),
            (Unit::BinaryBytes, 1_024.0, "1 KiB"),
            (Unit::BinaryBytes, 71_303_168.0 * 1_024.0, "68 GiB"),
            (Unit::BinaryBytes, 1e13, "9.1 TiB"),
        ];
        for (unit, value, expected) in cases {
            assert_eq!(unit.precise(value), expected, "{unit:?} {value}");
        }
    }
}
