//! A figure as it was read: exact, or the range of an abbreviation.

use std::fmt::{self, Display};
use std::str::FromStr;

use tollgate_wording::count;

/// A count: exact, or the range of whole numbers that an abbreviated one stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct Figure {
    /// The smallest possible count.
    pub low: f64,
    /// The largest possible count. Infinite if there is no limit; JSON has null for it.
    pub high: f64,
}

/// A text that is no figure.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("found {found:?}, allowed is a whole number such as 943 or 1,019, or an abbreviated one such as 12.6k or 1.2M")]
pub struct FigureError {
    found: String,
}

/// The largest figure. Up to it, a floating-point number holds every whole number.
const MAX: f64 = (1u64 << 53) as f64;

impl Figure {
    /// An exact count.
    pub fn exact(count: f64) -> Self {
        Figure { low: count, high: count }
    }

    /// The middle of its range. 0 if the count may be 0, so that an abbreviated 0 proves nothing.
    pub fn middle(self) -> f64 {
        if self.low == 0.0 { 0.0 } else { self.low.midpoint(self.high) }
    }
}

impl std::ops::Add for Figure {
    type Output = Figure;
    fn add(self, other: Figure) -> Figure {
        Figure { low: self.low + other.low, high: self.high + other.high }
    }
}

impl FromStr for Figure {
    type Err = FigureError;

    /// Reads a count as a page shows it. An abbreviated count stands for all numbers that round to it.
    fn from_str(text: &str) -> Result<Self, FigureError> {
        let refused = || FigureError { found: text.to_owned() };
        let trimmed = text.trim();
        let (digits, unit) = match trimmed.char_indices().last() {
            Some((at, 'k' | 'K')) => (&trimmed[..at], 1e3),
            Some((at, 'm' | 'M')) => (&trimmed[..at], 1e6),
            _ => (trimmed, 1.0),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let abbreviated = unit > 1.0;
        if !is_grouped(whole) || (digits.contains('.') && !(abbreviated && is_number(fraction))) {
            return Err(refused());
        }
        let number: f64 = digits.replace(',', "").parse().map_err(|_| refused())?;
        let count = (number * unit).round();
        if count > MAX {
            return Err(refused());
        }
        let half = if abbreviated { unit * libm::pow(10.0, -(fraction.len() as f64)) / 2.0 } else { 0.0 };
        // The range is half a unit of the last digit up and down, in whole numbers. The upper end itself rounds to the next figure.
        let high = if half >= 1.0 { count + half - 1.0 } else { count };
        Ok(Figure { low: (count - half.floor()).max(0.0), high })
    }
}

/// Returns true if a text is a whole number, with or without commas between its thousands.
fn is_grouped(text: &str) -> bool {
    let mut groups = text.split(',');
    let first = groups.next().unwrap_or_default();
    let grouped = text.contains(',');
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    is_number(first) && (!grouped || first.len() <= 3) && groups.all(|group| group.len() == 3 && is_number(group))
}

impl Display for Figure {
    /// Writes commas between thousands, and a range with both its ends: `12,550-12,649`, `147 or more`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&grouped(self.low))?;
        match self.high {
            f64::INFINITY => formatter.write_str(" or more"),
            high if high > self.low => write!(formatter, "-{}", grouped(high)),
            _ => Ok(()),
        }
    }
}

/// A number, rounded to whole and without its sign, with commas between thousands.
pub(crate) fn grouped(number: f64) -> String {
    count(number.abs().round() as u64)
}
