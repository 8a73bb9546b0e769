//! Numbers as the appliance's pages write them.

/// A count in full, with commas: `12,600`.
pub(super) fn in_full(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count in short: in full below 10,000, above with one decimal and `k`, and with `M` from where that would be a
/// thousand of them. Halves are rounded up.
pub(super) fn short(count: u64) -> String {
    match count {
        0..10_000 => in_full(count),
        10_000..999_950 => tenths((count + 50) / 100, "k"),
        _ => tenths(count.saturating_add(50_000) / 100_000, "M"),
    }
}

/// A count as a percentage of another with one decimal: `96.6%`. Of nothing, it is `0.0%`.
pub(super) fn percent(part: u64, whole: u64) -> String {
    let (part, whole) = (u128::from(part), u128::from(whole));
    let rounded = if whole == 0 { 0 } else { (part * 2_000 + whole) / (whole * 2) };
    tenths(rounded as u64, "%")
}

/// A number of bytes: `1.5 KB` is 1,536 of them.
pub(super) fn bytes(bytes: f64) -> String {
    let units = ["KB", "MB", "GB", "TB"];
    // What would be written as 1024.0 of a unit is written as 1.0 of the next.
    let mut amount = bytes / 1024.0;
    if amount < 1.0 {
        return format!("{} B", decimal(bytes, 0));
    }
    let mut place = 0;
    while amount >= 1023.95 && place + 1 < units.len() {
        amount /= 1024.0;
        place += 1;
    }
    format!("{} {}", decimal(amount, 1), units[place])
}

/// A stretch of seconds: `2.3 s`, `4 min 12 s`, `3 h 20 min`, `2 d 4 h`.
pub(super) fn seconds(seconds: f64) -> String {
    if seconds < 59.95 {
        return format!("{} s", decimal(seconds, 1));
    }
    let whole = seconds.round() as u64;
    let (long, short) = match whole {
        0..3_600 => ((whole / 60, "min"), (whole % 60, "s")),
        3_600..86_400 => ((whole / 3_600, "h"), (whole % 3_600 / 60, "min")),
        _ => ((whole / 86_400, "d"), (whole % 86_400 / 3_600, "h")),
    };
    let long = format!("{} {}", in_full(long.0), long.1);
    if short.0 == 0 { long } else { format!("{long} {} {}", short.0, short.1) }
}

/// A number that is no count, with so many decimals and commas.
pub(super) fn decimal(number: f64, decimals: usize) -> String {
    let text = format!("{number:.decimals$}");
    let (sign, text) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    let whole = whole.parse().map_or_else(|_| whole.to_owned(), in_full);
    fraction.map_or_else(|| format!("{sign}{whole}"), |fraction| format!("{sign}{whole}.{fraction}"))
}

fn tenths(tenths: u64, unit: &str) -> String {
    format!("{}.{}{unit}", in_full(tenths / 10), tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_short_from_ten_thousand_on() {
        let expected = [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (9_715, "9,715"),
            (9_999, "9,999"),
            (10_000, "10.0k"),
            (10_049, "10.0k"),
            (10_050, "10.1k"),
            (12_600, "12.6k"),
            (15_990, "16.0k"),
            (198_232, "198.2k"),
            (999_949, "999.9k"),
            (999_950, "1.0M"),
            (1_049_999, "1.0M"),
            (1_050_000, "1.1M"),
            (1_234_567_890, "1,234.6M"),
        ];
        for (count, text) in expected {
            assert_eq!(short(count), text, "of {count}");
        }
        assert_eq!(in_full(u64::MAX), "18,446,744,073,709,551,615");
        assert!(short(u64::MAX).ends_with('M'));
    }

    #[test]
    fn percentages_have_one_decimal_and_halves_go_up() {
        let expected = [
            (1_904, 1_972, "96.6%"),
            (34, 1_972, "1.7%"),
            (3_390, 15_990, "21.2%"),
            (12_600, 15_990, "78.8%"),
            (0, 5, "0.0%"),
            (5, 5, "100.0%"),
            (1, 2_000, "0.1%"),
            (1, 2_001, "0.0%"),
            (7, 0, "0.0%"),
            (u64::MAX, u64::MAX, "100.0%"),
        ];
        for (part, whole, text) in expected {
            assert_eq!(percent(part, whole), text, "{part} of {whole}");
        }
    }

    #[test]
    fn bytes_and_seconds_take_the_unit_that_suits_them() {
        let sizes = [
            (0.0, "0 B"),
            (1_023.0, "1,023 B"),
            (1_024.0, "1.0 KB"),
            (1_536.0, "1.5 KB"),
            (1_048_575.0, "1.0 MB"),
            (1_048_576.0, "1.0 MB"),
            (73_014_444_032.0, "68.0 GB"),
        ];
        for (size, text) in sizes {
            assert_eq!(bytes(size), text, "of {size}");
        }
        let stretches = [
            (0.0, "0.0 s"),
            (2.32837301587, "2.3 s"),
            (59.94, "59.9 s"),
            (59.96, "1 min"),
            (252.4, "4 min 12 s"),
            (14_400.0, "4 h"),
            (12_000.0, "3 h 20 min"),
            (187_200.0, "2 d 4 h"),
        ];
        for (stretch, text) in stretches {
            assert_eq!(seconds(stretch), text, "of {stretch}");
        }
        assert_eq!(decimal(111_587.886555, 1), "111,587.9");
        assert_eq!(decimal(-3.456, 2), "-3.46");
    }
}
