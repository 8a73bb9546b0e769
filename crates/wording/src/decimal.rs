//! Rounding and grouping. Only this module turns numbers into digits.

/// Larger values are written as this one.
const LARGEST: f64 = 1e18;

/// The largest number of decimals.
pub(crate) const MOST_DECIMALS: usize = 18;

/// The text of a value that is not finite.
pub(crate) const NOT_FINITE: &str = "n/a";

/// The absolute value in units of the last decimal, rounded half up. With a negative number of decimals, the unit is
/// ten, a hundred and so on.
pub(crate) fn rounded(value: f64, decimals: i32) -> u128 {
    let text = value.abs().min(LARGEST).to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let digit =
        |place: usize| whole.bytes().chain(fraction.bytes()).nth(place).map_or(0, |digit| u128::from(digit - b'0'));
    let Ok(kept) = usize::try_from(whole.len() as i32 + decimals) else { return 0 };
    let number = (0..kept).fold(0, |number, place| 10 * number + digit(place));
    number + u128::from(digit(kept) >= 5)
}

/// A value with a fixed number of decimals, followed by a unit. The decimal point first moves `shift` places to the
/// right.
pub(crate) fn fixed(value: f64, shift: i32, decimals: usize, unit: &str) -> String {
    written(value, shift, decimals, false, unit)
}

/// Like [`fixed`], but without trailing zeros in the decimals.
pub(crate) fn trimmed(value: f64, shift: i32, decimals: usize, unit: &str) -> String {
    written(value, shift, decimals, true, unit)
}

/// A value with at least `digits` significant digits, without trailing zeros in the decimals.
pub(crate) fn significant(value: f64, digits: usize) -> String {
    let scientific = format!("{:e}", value.abs());
    let exponent: i32 = scientific.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0);
    let decimals = (digits as i32 - 1 - exponent).clamp(0, MOST_DECIMALS as i32);
    trimmed(value, 0, decimals as usize, "")
}

/// A whole number with commas between thousands.
pub(crate) fn grouped(number: u128) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn written(value: f64, shift: i32, decimals: usize, is_trimmed: bool, unit: &str) -> String {
    if !value.is_finite() {
        return NOT_FINITE.into();
    }
    let number = rounded(value, shift + decimals as i32);
    if number == 0 && value != 0.0 {
        let sign = if value < 0.0 { ">-" } else { "<" };
        return format!("{sign}{}{unit}", pointed(1, decimals, is_trimmed));
    }
    let sign = if value < 0.0 { "-" } else { "" };
    format!("{sign}{}{unit}", pointed(number, decimals, is_trimmed))
}

/// A number of units of the last decimal, with its decimal point.
fn pointed(number: u128, decimals: usize, is_trimmed: bool) -> String {
    let unit = 10_u128.pow(decimals as u32);
    let whole = grouped(number / unit);
    let fraction = format!("{:0decimals$}", number % unit);
    match if is_trimmed { fraction.trim_end_matches('0') } else { &fraction } {
        _ if decimals == 0 => whole,
        "" => whole,
        fraction => format!("{whole}.{fraction}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn halves_go_up() {
        let cases = [
            (0.0, 1, 0),
            (0.05, 1, 1),
            (0.15, 1, 2),
            (0.25, 1, 3),
            (2.675, 2, 268),
            (-0.25, 1, 3),
            (0.049_999, 1, 0),
            (9.95, 1, 100),
            (10_049.6, -2, 100),
            (10_050.0, -2, 101),
            (4.0, -1, 0),
            (5.0, -1, 1),
            (5.0, -2, 0),
            (1e-300, 3, 0),
            (1e300, 0, 1_000_000_000_000_000_000),
        ];
        for (value, decimals, expected) in cases {
            assert_eq!(rounded(value, decimals), expected, "{value} to {decimals}");
        }
    }

    #[test]
    fn digits_have_commas_and_a_point() {
        let cases = [
            (fixed(0.0, 0, 1, "%"), "0.0%"),
            (fixed(0.966_49, 2, 1, "%"), "96.6%"),
            (fixed(-1_234_567.85, 0, 1, ""), "-1,234,567.9"),
            (trimmed(3.0, 0, 1, " s"), "3 s"),
            (trimmed(0.02, 0, 1, " s"), "<0.1 s"),
            (trimmed(-0.02, 0, 1, " s"), ">-0.1 s"),
            (trimmed(-0.0, 0, 1, " s"), "0 s"),
            (trimmed(f64::NAN, 0, 1, " s"), "n/a"),
            (significant(9.996, 3), "10"),
            (significant(0.000_123_45, 3), "0.000123"),
            (significant(1e-30, 3), "<0.000000000000000001"),
        ];
        for (text, expected) in cases {
            assert_eq!(text, expected);
        }
    }

    proptest! {
        #[test]
        fn rounding_errs_by_half_a_unit_at_most(value in 0.0..1e9_f64, decimals in 0..4_i32) {
            let unit = 10_f64.powi(-decimals);
            let error = (rounded(value, decimals) as f64 * unit - value).abs();
            prop_assert!(error <= unit / 2.0 + 1e-6 * unit + value * 1e-12, "{} to {}", value, decimals);
        }

        #[test]
        fn a_larger_value_is_not_rounded_to_less(value in 0.0..1e6_f64, more in 0.0..1.0_f64, decimals in -3..6_i32) {
            prop_assert!(rounded(value, decimals) <= rounded(value + more, decimals));
        }
    }
}
