//! Scales: a linear scale of values from zero, a logarithmic scale of values, and a scale of loads.

use tollgate_wording::{ByteNames, duration, exact, load};

use super::graph::Unit;

/// The maximum number of gaps between the marks of a linear scale.
const MOST_GAPS: f64 = 5.0;

/// The maximum number of gaps between the marks of a logarithmic scale.
const MOST_ORDERS: usize = 7;

/// The marks of a logarithmic scale of seconds.
const SECONDS: [f64; 12] = [1e-4, 1e-3, 0.01, 0.1, 1.0, 10.0, MINUTE, 600.0, HOUR, DAY, 864_000.0, 8_640_000.0];

const MINUTE: f64 = 60.0;
const HOUR: f64 = 60.0 * MINUTE;
const DAY: f64 = 24.0 * HOUR;
const KILOBYTE: f64 = 1_024.0;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Scale {
    /// The value at the bottom. It is above zero on a logarithmic scale only.
    bottom: f64,
    /// The value at the top.
    pub(super) top: f64,
    /// The marked values from bottom to top, each with its label.
    pub(super) marks: Vec<(f64, String)>,
}

impl Scale {
    /// A linear scale from zero to a round number at or above the largest value. If all values are whole, so are the marks.
    pub(super) fn new(largest: f64, unit: Unit, whole: bool) -> Scale {
        let largest = if largest > 0.0 { largest } else { 1.0 };
        let (size, name) = magnitude(unit, largest);
        let mut step = round_step(largest / size / MOST_GAPS);
        if whole && size == 1.0 {
            step = step.max(1.0);
        }
        // The tolerance makes 0.3 / 0.1 three gaps, not four.
        let mut gaps = (largest / size / step - 1e-9).ceil().max(1.0);
        if unit == Unit::Percent && largest <= 100.0 {
            gaps = gaps.min((100.0 / step).round());
        }
        let decimals = if step < 1.0 { (-step.log10()).ceil() as usize } else { 0 };
        let mark = |place: u32| {
            let value = f64::from(place) * step;
            let digits = if decimals == 0 { exact(value) } else { format!("{value:.decimals$}") };
            let label = match name {
                _ if place == 0 => String::from("0"),
                "" | "%" | "k" | "M" => format!("{digits}{name}"),
                _ => format!("{digits} {name}"),
            };
            (value * size, label)
        };
        Scale { bottom: 0.0, top: gaps * step * size, marks: (0..=gaps as u32).map(mark).collect() }
    }

    /// A logarithmic scale; both values are above zero. Values far below the largest are drawn at the bottom, like zero.
    /// [`Scale::note`] marks the bottom if there are any.
    pub(super) fn logarithmic(smallest: f64, largest: f64, unit: Unit) -> Scale {
        let orders = orders(unit);
        let last = orders.len() - 1;
        let to = orders.iter().position(|(value, _)| *value >= largest).unwrap_or(last).max(1);
        // If counts go above 10, a count below 0.1 may be drawn as zero.
        let floor = if unit == Unit::Count && largest > 10.0 { 0.1 } else { 0.0 };
        let from = orders.iter().rposition(|(value, _)| *value <= smallest.max(floor)).unwrap_or(0);
        let from = from.max(to.saturating_sub(MOST_ORDERS)).min(to - 1);
        Scale { bottom: orders[from].0, top: orders[to].0, marks: orders[from..=to].to_vec() }
    }

    /// Notes a value that is drawn. On a logarithmic scale, zeros and other values below the bottom sit on the baseline, and
    /// its label then begins with `≤`.
    pub(super) fn note(&mut self, value: f64) {
        let label = &mut self.marks[0].1;
        if value < self.bottom * (1.0 - 1e-9) && !label.starts_with('\u{2264}') {
            label.insert_str(0, "\u{2264} ");
        }
    }

    /// The relative height of a value: 0 at the bottom, 1 at the top.
    pub(super) fn share(&self, value: f64) -> f64 {
        if self.bottom == 0.0 {
            value / self.top
        } else {
            ((value.max(self.bottom) / self.bottom).ln() / (self.top / self.bottom).ln()).min(1.0)
        }
    }
}

/// The size of the unit of a scale, and its name behind figures. All marks of a scale use the same unit.
fn magnitude(unit: Unit, largest: f64) -> (f64, &'static str) {
    match unit {
        Unit::Count if largest >= 1e6 => (1e6, "M"),
        Unit::Count if largest >= 1e4 => (1e3, "k"),
        Unit::Count => (1.0, ""),
        Unit::Percent => (1.0, "%"),
        Unit::Seconds if largest >= 2.0 * DAY => (DAY, "d"),
        Unit::Seconds if largest >= 2.0 * HOUR => (HOUR, "h"),
        Unit::Seconds if largest >= 2.0 * MINUTE => (MINUTE, "min"),
        Unit::Seconds => (1.0, "s"),
        Unit::Bytes => power_of_kilobyte(largest, ByteNames::Appliance),
        Unit::BinaryBytes => power_of_kilobyte(largest, ByteNames::Binary),
    }
}

/// The largest power of 1,024 up to a value, with its name.
fn power_of_kilobyte(value: f64, names: ByteNames) -> (f64, &'static str) {
    let names = names.names();
    let place = (1..=names.len()).rev().find(|&place| value >= KILOBYTE.powi(place as i32));
    place.map_or((1.0, "B"), |place| (KILOBYTE.powi(place as i32), names[place - 1]))
}

/// All marks that a logarithmic scale of a unit can have.
fn orders(unit: Unit) -> Vec<(f64, String)> {
    let thousands = |value: f64| match value {
        _ if value >= 1e6 => format!("{}M", exact(value / 1e6)),
        _ if value >= 1e4 => format!("{}k", exact(value / 1e3)),
        _ => exact(value),
    };
    match unit {
        Unit::Seconds => SECONDS.map(|value| (value, duration(value))).to_vec(),
        Unit::Bytes | Unit::BinaryBytes => {
            (0..6).map(|order| KILOBYTE.powi(order)).map(|value| (value, unit.short(value))).collect()
        }
        Unit::Count | Unit::Percent => {
            let sign = if unit == Unit::Percent { "%" } else { "" };
            let value = |order: i32| if order < 0 { 1.0 / 10_f64.powi(-order) } else { 10_f64.powi(order) };
            (-4..19).map(value).map(|value| (value, format!("{}{sign}", thousands(value)))).collect()
        }
    }
}

/// The scale of loads below a graph.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Across {
    from: f64,
    to: f64,
    logarithmic: bool,
    /// The marked loads, each with its label.
    pub(super) marks: Vec<(f64, String)>,
}

impl Across {
    /// The scale of loads in ascending order, from the first to the last or to a larger load. It is logarithmic if that spaces the
    /// closest loads further apart.
    pub(super) fn new(loads: &[f64], reach: Option<f64>, most_marks: usize) -> Across {
        let (first, last) = (loads.first().copied().unwrap_or(1.0), loads.last().copied().unwrap_or(1.0));
        // A single load is drawn in the middle.
        let (from, to) = if first < last { (first, last) } else { (0.0, if last > 0.0 { 2.0 * last } else { 2.0 }) };
        let mut across = Across { from, to, logarithmic: false, marks: Vec::new() };
        let plain = across.least_gap(loads);
        across.logarithmic = from > 0.0;
        across.logarithmic = across.logarithmic && across.least_gap(loads) > plain;
        across.to = reach.map_or(across.to, |reach| reach.max(across.to));
        across.marks = across.round_marks(most_marks).into_iter().map(|value| (value, load(value))).collect();
        across
    }

    /// The relative position of a load: 0 at the left, 1 at the right.
    pub(super) fn share(&self, load: f64) -> f64 {
        if self.logarithmic {
            (load / self.from).ln() / (self.to / self.from).ln()
        } else {
            (load - self.from) / (self.to - self.from)
        }
    }

    fn least_gap(&self, loads: &[f64]) -> f64 {
        let gaps = loads.windows(2).map(|pair| self.share(pair[1]) - self.share(pair[0]));
        gaps.fold(1.0, f64::min)
    }

    fn round_marks(&self, most: usize) -> Vec<f64> {
        let inside = |load: &f64| *load >= self.from * (1.0 - 1e-9) && *load <= self.to * (1.0 + 1e-9);
        if self.logarithmic {
            let powers: Vec<f64> = (-9..10).map(|order| 10_f64.powi(order)).collect();
            for factors in [[1.0, 2.0, 5.0].as_slice(), &[1.0, 3.0], &[1.0]] {
                let all = powers.iter().flat_map(|power| factors.iter().map(move |factor| factor * power));
                let marks: Vec<f64> = all.filter(inside).collect();
                if (2..=most).contains(&marks.len()) {
                    return marks;
                }
            }
            return vec![self.from, self.to];
        }
        let step = round_step((self.to - self.from) / most as f64);
        let first = (self.from / step - 1e-9).ceil();
        (0..=most).map(|place| (first + place as f64) * step).filter(inside).collect()
    }
}

/// The smallest number at or above a value that is 1, 2 or 5 times a power of ten.
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

    #[test]
    fn orders_of_magnitude_begin_below_the_smallest_and_end_above_the_largest() {
        let cases = [
            (0.36, 12_960.0, Unit::Seconds, "0.1 s | 1 s | 10 s | 1 min | 10 min | 1 h | 1 d"),
            (5.0, 5.0, Unit::Seconds, "1 s | 10 s"),
            (10.0, 10.0, Unit::Seconds, "1 s | 10 s"),
            (1e-9, 1e9, Unit::Seconds, "1 s | 10 s | 1 min | 10 min | 1 h | 1 d | 10 d | 100 d"),
            (0.25, 12_609.0, Unit::Count, "0.1 | 1 | 10 | 100 | 1,000 | 10k | 100k"),
            (0.02, 150_306.0, Unit::Count, "0.1 | 1 | 10 | 100 | 1,000 | 10k | 100k | 1M"),
            (5.0, 12_609.0, Unit::Count, "1 | 10 | 100 | 1,000 | 10k | 100k"),
            (0.02, 0.3, Unit::Count, "0.01 | 0.1 | 1"),
            (0.5, 80.0, Unit::Percent, "0.1% | 1% | 10% | 100%"),
            (900.0, 3e6, Unit::Bytes, "1 B | 1 KB | 1 MB | 1 GB"),
            (900.0, 3e6, Unit::BinaryBytes, "1 B | 1 KiB | 1 MiB | 1 GiB"),
        ];
        for (smallest, largest, unit, expected) in cases {
            let scale = Scale::logarithmic(smallest, largest, unit);
            let labels: Vec<&str> = scale.marks.iter().map(|(_, label)| label.as_str()).collect();
            assert_eq!(labels.join(" | "), expected, "{smallest} {largest} {unit:?}");
            assert_eq!((scale.share(0.0), scale.share(scale.top)), (0.0, 1.0));
        }
    }

    #[test]
    fn a_mark_shows_that_smaller_values_are_drawn_at_the_bottom() {
        for (value, expected) in
            [(0.0, "\u{2264} 0.1"), (0.02, "\u{2264} 0.1"), (0.1, "0.1"), (0.25, "0.1"), (7.0, "0.1")]
        {
            let mut scale = Scale::logarithmic(0.25, 12_609.0, Unit::Count);
            scale.note(value);
            scale.note(value);
            assert_eq!(scale.marks[0].1, expected, "{value}");
        }
        let mut plain = Scale::new(10.0, Unit::Count, true);
        plain.note(0.0);
        assert_eq!(plain.marks[0].1, "0");
    }

    #[test]
    fn loads_are_marked_at_round_numbers() {
        let cases: [(&[f64], &str); 7] = [
            (&[0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0], "0.5 | 1 | 1.5 | 2 | 2.5 | 3 | 3.5 | 4"),
            (&[0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0], "0.5 | 1 | 2 | 5 | 10 | 20 | 50"),
            (&[1.0], "0 | 0.2 | 0.4 | 0.6 | 0.8 | 1 | 1.2 | 1.4 | 1.6 | 1.8 | 2"),
            (&[0.0, 10.0], "0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9 | 10"),
            (&[1.1, 1.2, 1.3], "1.1 | 1.12 | 1.14 | 1.16 | 1.18 | 1.2 | 1.22 | 1.24 | 1.26 | 1.28 | 1.3"),
            (&[1.1, 1.2, 1.35], "1.1 | 1.35"),
            (&[0.001, 1.0, 1_000.0], "0.001 | 0.01 | 0.1 | 1 | 10 | 100 | 1,000"),
        ];
        for (loads, expected) in cases {
            let labels: Vec<String> = Across::new(loads, None, 10).marks.into_iter().map(|(_, label)| label).collect();
            assert_eq!(labels.join(" | "), expected, "{loads:?}");
        }
    }
}
