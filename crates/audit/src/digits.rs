//! The digits with which a file shows its averages.

/// Half a unit of the twelfth digit is at most 5e-12 of the number. The rest is for rounding in this program's arithmetic.
const TWELVE_DIGITS: f64 = 5.01e-12;

/// The number of significant digits that the appliance writes.
const WRITTEN_DIGITS: u8 = 12;

/// The fewest averages that show that a file has no decimals.
const FEWEST_WHOLE: u8 = 5;

/// The most digits of the averages in a file. Another program may have rounded all of them to a number of decimals, or to a number of
/// significant digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileDigits {
    /// The most decimals.
    decimals: u8,
    /// The most significant digits.
    significant: u8,
    /// Number of numbers other than 0, up to 255.
    numbers: u8,
}

impl Default for FileDigits {
    /// All digits that the appliance writes.
    fn default() -> Self {
        FileDigits { decimals: u8::MAX, significant: WRITTEN_DIGITS, numbers: 0 }
    }
}

impl FileDigits {
    /// The digits of a file without averages.
    pub(crate) const NONE: FileDigits = FileDigits { decimals: 0, significant: 0, numbers: 0 };

    /// Takes a number in a cell into account.
    pub(crate) fn add(&mut self, cell: &[u8]) {
        let mantissa = cell.split(|byte| matches!(byte, b'e' | b'E')).next().unwrap_or_default();
        if mantissa.len() < cell.len() {
            // A program that writes exponents writes all digits.
            (self.decimals, self.significant) = (u8::MAX, WRITTEN_DIGITS);
        }
        let is_digit = |byte: &&u8| byte.is_ascii_digit();
        let after_point = mantissa.iter().rev().take_while(|byte| **byte != b'.');
        let decimals = if mantissa.contains(&b'.') { after_point.filter(is_digit).count() } else { 0 };
        let significant = mantissa.iter().filter(is_digit).skip_while(|digit| **digit == b'0').count();
        self.decimals = self.decimals.max(decimals.min(255) as u8);
        self.significant = self.significant.max(significant.min(255) as u8);
        self.numbers = self.numbers.saturating_add(u8::from(significant > 0));
    }

    /// Returns true if the numbers have all digits that the appliance writes.
    pub(crate) fn are_all(self) -> bool {
        self.significant >= WRITTEN_DIGITS
    }

    /// The largest part that an average of the file has lost if it was rounded. A file with few whole averages counts as one with one
    /// decimal, because they may end in 0. A file in which all are 0, without decimals, has lost nothing.
    pub(crate) fn lost(self, value: f64) -> f64 {
        let written = TWELVE_DIGITS * value.abs();
        if self.are_all() || (self.numbers == 0 && self.decimals == 0) {
            return written;
        }
        let is_whole = self.decimals == 0 && self.numbers >= FEWEST_WHOLE;
        let decimals = if is_whole { 0 } else { self.decimals.max(1) };
        let by_decimals = 10_f64.powi(-i32::from(decimals));
        let magnitude = value.abs().log10().floor() as i32 + 1;
        let by_digits =
            if value == 0.0 || self.decimals == 0 { 0.0 } else { 10_f64.powi(magnitude - i32::from(self.significant)) };
        written + 0.500001 * by_decimals.max(by_digits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(cells: &[&str]) -> FileDigits {
        let mut digits = FileDigits::NONE;
        cells.iter().for_each(|cell| digits.add(cell.as_bytes()));
        digits
    }

    #[test]
    fn a_number_lost_at_most_half_a_unit_of_its_last_digit() {
        let lost = |cells: &[&str], value: f64| format!("{:.1e}", file(cells).lost(value));
        // All digits of the appliance.
        assert_eq!(lost(&["0.0644750586123", "0.06"], 0.06), "3.0e-13");
        // Two decimals, in all cells.
        assert_eq!(lost(&["0.06", "1234.5", "0"], 0.0), "5.0e-3");
        assert_eq!(lost(&["0.06", "1234.56"], 1234.56), "5.0e-3");
        // Cells of at most eleven characters.
        assert_eq!(lost(&["30017.74252", "0.018904852"], 30017.74252), "5.2e-6");
        assert_eq!(lost(&["30017.74252", "0.018904852"], 0.018904852), "5.0e-10");
        // Whole numbers.
        assert_eq!(lost(&["62833"], 62833.0), "5.0e-2");
        assert_eq!(lost(&["1", "2", "3", "4", "62833"], 62833.0), "5.0e-1");
        // Nothing, or less than a decimal shows.
        assert_eq!(lost(&["0", "0"], 0.0), "0.0e0");
        assert_eq!(lost(&["0.0", "0.0"], 0.0), "5.0e-2");
    }
}
