//! The scale of values: from zero to a round number above the largest.

use super::Unit;
use super::number::grouped;

/// The most gaps between the values that are marked on a scale.
const MOST_GAPS: f64 = 5.0;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scale {
    /// The value at the top.
    pub(super) top: f64,
    /// The marked values from zero to the top, each with its label.
    pub(super) marks: Vec<(f64, String)>,
}

impl Scale {
    /// The scale of values up to a largest. Where all values are whole, no mark lies between whole numbers.
    pub(super) fn new(largest: f64, unit: Unit, whole: bool) -> Scale {
        let largest = if largest > 0.0 { largest } else { 1.0 };
        let (size, name) = unit.magnitude(largest);
        let mut step = round_step(largest / size / MOST_GAPS);
        if whole && size == 1.0 {
            step = step.max(1.0);
        }
        // Rounded, so that 0.3 / 0.1 has three gaps and not four.
        let mut gaps = (largest / size / step - 1e-9).ceil().max(1.0);
        if unit == Unit::Percent && largest <= 100.0 {
            gaps = gaps.min((100.0 / step).round());
        }
        let decimals = if step < 1.0 { (-step.log10()).ceil() as usize } else { 0 };
        let mark = |place: u32| {
            let value = f64::from(place) * step;
            let digits = if decimals == 0 { grouped(value) } else { format!("{value:.decimals$}") };
            let label = match name {
                _ if place == 0 => String::from("0"),
                "" | "%" | "k" | "M" => format!("{digits}{name}"),
                _ => format!("{digits} {name}"),
            };
            (value * size, label)
        };
        Scale { top: gaps * step * size, marks: (0..=gaps as u32).map(mark).collect() }
    }
}

/// The smallest of 1, 2 and 5 times a power of ten that is not below a value.
fn round_step(at_least: f64) -> f64 {
    let power = 10_f64.powf(at_least.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= at_least * (1.0 - 1e-9));
    factor.unwrap_or(10.0) * power
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(largest: f64, unit: Unit, whole: bool) -> String {
        let scale = Scale::new(largest, unit, whole);
        let labels: Vec<&str> = scale.marks.iter().map(|(_, label)| label.as_str()).collect();
        labels.join(" | ")
    }

    #[test]
    fn marks_are_round_numbers_from_zero_to_above_the_largest() {
        let cases = [
            (0.0, Unit::Count, true, "0 | 1"),
            (1.0, Unit::Count, true, "0 | 1"),
            (3.0, Unit::Count, true, "0 | 1 | 2 | 3"),
            (3.0, Unit::Count, false, "0 | 1 | 2 | 3"),
            (0.3, Unit::Count, false, "0 | 0.1 | 0.2 | 0.3"),
            (9_715.0, Unit::Count, true, "0 | 2,000 | 4,000 | 6,000 | 8,000 | 10,000"),
            (12_609.0, Unit::Count, true, "0 | 5k | 10k | 15k"),
            (2_400_000.0, Unit::Count, true, "0 | 0.5M | 1.0M | 1.5M | 2.0M | 2.5M"),
            (100.0, Unit::Percent, false, "0 | 20% | 40% | 60% | 80% | 100%"),
            (96.6, Unit::Percent, false, "0 | 20% | 40% | 60% | 80% | 100%"),
            (0.7, Unit::Seconds, false, "0 | 0.2 s | 0.4 s | 0.6 s | 0.8 s"),
            (1_000.0, Unit::Seconds, false, "0 | 5 min | 10 min | 15 min | 20 min"),
            (5_000_000.0, Unit::Bytes, true, "0 | 1 MB | 2 MB | 3 MB | 4 MB | 5 MB"),
        ];
        for (largest, unit, whole, expected) in cases {
            assert_eq!(labels(largest, unit, whole), expected, "{largest} {unit:?}");
        }
    }

    #[test]
    fn a_scale_holds_its_largest_value_and_has_few_marks() {
        for unit in [Unit::Count, Unit::Percent, Unit::Seconds, Unit::Bytes] {
            for exponent in -20..150 {
                let largest = 1.37_f64.powi(exponent);
                let scale = Scale::new(largest, unit, false);
                let fits = scale.top >= largest * (1.0 - 1e-6) && scale.top <= largest * 2.5;
                assert!(fits && (2..=6).contains(&scale.marks.len()), "{unit:?} {largest}: {scale:?}");
            }
        }
    }
}
