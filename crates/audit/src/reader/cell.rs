//! Parses the cells of a row. An error is the text of what is allowed in the cell.

/// 2^53: every whole number up to it is exact as `f64`.
const MOST_EXACT: u64 = 1 << 53;

/// Parses a count. Commas may separate groups of three digits. Three zeros after a point are refused, because they may also be such a group.
#[inline]
pub(crate) fn count(cell: &[u8]) -> Result<f64, &'static str> {
    const ALLOWED: &str = "a whole number from 0 to 9007199254740992";
    let count = match cell {
        // Most counts have one digit.
        [digit @ b'0'..=b'9'] => u64::from(digit - b'0'),
        _ if cell.trim_ascii().ends_with(b".000") => return Err(ALLOWED),
        _ => whole(cell).or_else(|| whole(&without_commas(cell)?.digits)).ok_or(ALLOWED)?,
    };
    if count > MOST_EXACT { Err(ALLOWED) } else { Ok(count as f64) }
}

/// Parses a number that need not be whole, with or without a percent sign. Commas may separate groups of three digits, unless a single
/// comma may also be a decimal comma.
pub(crate) fn number(cell: &[u8]) -> Result<f64, &'static str> {
    const ALLOWED: &str = "a number, 0 or more";
    let cell = cell.trim_ascii();
    let cell = cell.strip_suffix(b"%").unwrap_or(cell);
    let parse = |cell: &[u8]| -> Option<f64> { std::str::from_utf8(cell).ok()?.parse().ok() };
    let number = parse(cell).or_else(|| parse(&without_commas(cell).filter(|grouped| grouped.is_clear)?.digits));
    number.filter(|number| number.is_finite() && *number >= 0.0).ok_or(ALLOWED)
}

/// Parses a cell of a row of percentages. `--` is no value: the column has no percentage.
pub(crate) fn percentage(cell: &[u8]) -> Result<Option<f64>, &'static str> {
    if is_none(cell) {
        return Ok(None);
    }
    number(cell).map(Some).map_err(|_| "a percentage, or -- for none")
}

/// Parses a moment in whole seconds since the Unix epoch.
pub(crate) fn seconds(cell: &[u8]) -> Result<i64, &'static str> {
    // The limit is some 31 million years away and keeps sums of seconds from overflowing.
    let seconds = whole(cell).filter(|&seconds| seconds < 1_000_000_000_000_000);
    seconds.map(|seconds| seconds as i64).ok_or("whole seconds since the Unix epoch, such as 1226966400.0")
}

/// Returns true if a cell has no value.
pub(crate) fn is_none(cell: &[u8]) -> bool {
    cell.trim_ascii() == b"--"
}

/// Returns true if a cell ends with a percent sign.
pub(crate) fn is_percentage(cell: &[u8]) -> bool {
    cell.trim_ascii().ends_with(b"%")
}

/// A number without the commas between its groups of digits.
struct Grouped {
    digits: Vec<u8>,
    /// True if the commas cannot be a decimal comma: there are several, or a decimal point follows.
    is_clear: bool,
}

/// Removes the commas between groups of three digits, such as in `1,234,567.5`. `None` if there are no such groups.
fn without_commas(cell: &[u8]) -> Option<Grouped> {
    let cell = cell.trim_ascii();
    let point = cell.iter().position(|&byte| byte == b'.').unwrap_or(cell.len());
    let groups: Vec<&[u8]> = cell[..point].split(|&byte| byte == b',').collect();
    let (first, others) = groups.split_first()?;
    let is_first = (1..=3).contains(&first.len()) && first[0] != b'0';
    let has_digits = groups.concat().iter().all(u8::is_ascii_digit);
    let is_grouped = is_first && has_digits && !others.is_empty() && others.iter().all(|group| group.len() == 3);
    is_grouped.then(|| Grouped {
        digits: cell.iter().copied().filter(|&byte| byte != b',').collect(),
        is_clear: others.len() > 1 || point < cell.len(),
    })
}

/// Parses digits that may be followed by a decimal point and zeros.
fn whole(cell: &[u8]) -> Option<u64> {
    let cell = cell.trim_ascii();
    let digits = cell.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = cell.split_at(digits);
    let is_zero_fraction = matches!(rest, [b'.', zeros @ ..] if zeros.iter().all(|&byte| byte == b'0'));
    // 19 digits always fit. A number with more digits would not be exact.
    if digits.is_empty() || digits.len() > 19 || !(rest.is_empty() || is_zero_fraction) {
        return None;
    }
    Some(digits.iter().fold(0, |number, digit| 10 * number + u64::from(digit - b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_whole_numbers_that_are_exact() {
        for (cell, expected) in [
            ("0", 0.0),
            ("9", 9.0),
            ("12", 12.0),
            ("12.0", 12.0),
            ("12.", 12.0),
            (" 7 ", 7.0),
            ("9007199254740992", 9_007_199_254_740_992.0),
            ("1,234", 1234.0),
            (" 12,345,678 ", 12_345_678.0),
            ("1,000.0", 1000.0),
        ] {
            assert_eq!(count(cell.as_bytes()), Ok(expected), "{cell:?}");
        }
        let bad = [
            "",
            " ",
            "-1",
            "+1",
            "1.5",
            ".0",
            "1,20",
            "1,2345",
            ",123",
            "0,123",
            "1234,567",
            "1,234,5",
            "1.000",
            "1,234k",
            "--",
            "12k",
            "1e3",
            "None",
            "9007199254740993",
            "99999999999999999999",
            "１",
        ];
        for cell in bad {
            assert_eq!(count(cell.as_bytes()), Err("a whole number from 0 to 9007199254740992"), "{cell:?}");
        }
    }

    #[test]
    fn numbers_are_finite_and_not_negative() {
        for (cell, expected) in [
            ("0", 0.0),
            ("1.76650943396", 1.766_509_433_96),
            ("5e-07", 5e-7),
            ("96.6%", 96.6),
            ("100.0", 100.0),
            ("1,234.5", 1234.5),
            ("1,234,567", 1_234_567.0),
        ] {
            assert_eq!(number(cell.as_bytes()), Ok(expected), "{cell:?}");
        }
        for cell in ["", "%", "-1", "nan", "inf", "1 %", "--", "1,5", "1,234", "None"] {
            assert!(number(cell.as_bytes()).is_err(), "{cell:?}");
        }
    }

    #[test]
    fn percentages_may_be_missing() {
        assert_eq!(percentage(b"--"), Ok(None));
        assert_eq!(percentage(b"1.7%"), Ok(Some(1.7)));
        assert_eq!(percentage(b"1.7"), Ok(Some(1.7)));
        assert!(percentage(b"-").is_err());
    }

    #[test]
    fn moments_are_whole_seconds() {
        assert_eq!(seconds(b"1344310200.0"), Ok(1_344_310_200));
        assert_eq!(seconds(b"1344310200"), Ok(1_344_310_200));
        for cell in ["1344310200.5", "", "2012-08-07 03:34 GMT", "-5", "1000000000000000"] {
            assert!(seconds(cell.as_bytes()).is_err(), "{cell:?}");
        }
    }
}
