//! Numbers without a unit, and percentages.

use crate::decimal::{fixed, grouped, rounded, significant, trimmed};

/// A count in full: `12,609`.
pub fn count(count: u64) -> String {
    grouped(count.into())
}

/// A number that may have decimals, such as a mean. A number of at least 10 is rounded to a whole one, a smaller one to
/// two significant digits and at most three decimals: `12,609`, `42`, `3.3`, `0.034`, `<0.001`.
pub fn number(value: f64) -> String {
    let decimals = [3, 2, 1].into_iter().find(|&decimals| rounded(value, decimals) < 100);
    trimmed(value, 0, decimals.unwrap_or(0) as usize, "")
}

/// An abbreviated number, as on the appliance's pages. A number below 10,000 is written as by [`number`], a larger one in
/// thousands or millions with one decimal: `9,715`, `12.6k`, `16.0k`, `1.2M`.
pub fn short(value: f64) -> String {
    if rounded(value, 0) < 10_000 {
        number(value)
    } else if rounded(value, -2) < 10_000 {
        fixed(value, -3, 1, "k")
    } else {
        fixed(value, -6, 1, "M")
    }
}

/// A number for exact comparison: up to twelve digits, or more if its whole part has more: `111,587.886555`.
pub fn exact(value: f64) -> String {
    significant(value, 12)
}

/// A load, to three digits, or more if its whole part has more: `0.5`, `9.31`, `64`, `1,000`.
pub fn load(load: f64) -> String {
    significant(load, 3)
}

/// A share of 1 as a percentage with one decimal: `96.6%`, `100.0%`, `<0.1%`.
pub fn percent(share: f64) -> String {
    fixed(share, 2, 1, "%")
}

/// A share of 1 in whole percent, if decimals are of no use: `95%`, `1,642%`, `<1%`.
pub fn whole_percent(share: f64) -> String {
    fixed(share, 2, 0, "%")
}

/// A count as a percentage of another, written as by [`percent`]. A percentage of zero reads `0.0%`.
pub fn percent_of(part: u64, whole: u64) -> String {
    percent(if whole == 0 { 0.0 } else { part as f64 / whole as f64 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_say_something() {
        let cases = [
            (0.0, "0", "0", "0"),
            (0.000_01, "<0.001", "<0.001", "0.00001"),
            (-0.000_01, ">-0.001", ">-0.001", "-0.00001"),
            (0.034, "0.034", "0.034", "0.034"),
            (0.099_5, "0.1", "0.1", "0.0995"),
            (0.5, "0.5", "0.5", "0.5"),
            (3.25, "3.3", "3.3", "3.25"),
            (9.94, "9.9", "9.9", "9.94"),
            (9.96, "10", "10", "9.96"),
            (42.4, "42", "42", "42.4"),
            (999.0, "999", "999", "999"),
            (9_715.0, "9,715", "9,715", "9,715"),
            (9_999.4, "9,999", "9,999", "9,999.4"),
            (9_999.5, "10,000", "10.0k", "9,999.5"),
            (10_049.0, "10,049", "10.0k", "10,049"),
            (10_050.0, "10,050", "10.1k", "10,050"),
            (15_990.0, "15,990", "16.0k", "15,990"),
            (198_232.0, "198,232", "198.2k", "198,232"),
            (-12_609.4, "-12,609", "-12.6k", "-12,609.4"),
            (999_949.0, "999,949", "999.9k", "999,949"),
            (999_950.0, "999,950", "1.0M", "999,950"),
            (1_050_000.0, "1,050,000", "1.1M", "1,050,000"),
            (1_234_567_890.0, "1,234,567,890", "1,234.6M", "1,234,567,890"),
            (111_587.886_555, "111,588", "111.6k", "111,587.886555"),
            (0.1 + 0.2, "0.3", "0.3", "0.3"),
            (f64::NAN, "n/a", "n/a", "n/a"),
            (f64::INFINITY, "n/a", "n/a", "n/a"),
        ];
        for (value, full, in_short, all) in cases {
            assert_eq!([number(value), short(value), exact(value)], [full, in_short, all], "{value}");
        }
        assert_eq!(count(u64::MAX), "18,446,744,073,709,551,615");
        assert_eq!(count(12_609), "12,609");
    }

    #[test]
    fn loads_have_three_digits() {
        let cases = [
            (0.0, "0"),
            (0.000_5, "0.0005"),
            (0.001, "0.001"),
            (0.5, "0.5"),
            (1.890_6, "1.89"),
            (2.0, "2"),
            (9.996, "10"),
            (-17.421_9, "-17.4"),
            (320.4, "320"),
            (1_000.5, "1,001"),
        ];
        for (value, expected) in cases {
            assert_eq!(load(value), expected, "{value}");
        }
    }

    #[test]
    fn percentages_have_one_decimal_or_none() {
        let cases = [
            (0.0, "0.0%", "0%"),
            (0.000_4, "<0.1%", "<1%"),
            (0.000_5, "0.1%", "<1%"),
            (0.123_4, "12.3%", "12%"),
            (0.966_5, "96.7%", "97%"),
            (0.999_9, "100.0%", "100%"),
            (-0.2, "-20.0%", "-20%"),
            (16.42, "1,642.0%", "1,642%"),
        ];
        for (share, one, none) in cases {
            assert_eq!([percent(share), whole_percent(share)], [one, none], "{share}");
        }
    }

    #[test]
    fn percentages_of_counts_are_those_of_their_share() {
        let cases = [
            (1_904, 1_972, "96.6%"),
            (34, 1_972, "1.7%"),
            (3_390, 15_990, "21.2%"),
            (12_600, 15_990, "78.8%"),
            (0, 5, "0.0%"),
            (5, 5, "100.0%"),
            (1, 2_000, "0.1%"),
            (1, 2_001, "<0.1%"),
            (7, 0, "0.0%"),
            (u64::MAX, u64::MAX, "100.0%"),
        ];
        for (part, whole, expected) in cases {
            assert_eq!(percent_of(part, whole), expected, "{part} of {whole}");
        }
    }
}
