//! The text of values beside bars and lines.

use tollgate_wording as wording;

use super::graph::Unit;

impl Unit {
    /// The full text of a value: `12,609`, `96.6%`, `4 min 18 s`, `1.2 MB`.
    pub(super) fn full(self, value: f64) -> String {
        match self {
            Unit::Count => wording::number(value),
            Unit::Percent => wording::percent(value / 100.0),
            Unit::Seconds => wording::duration(value),
            Unit::Bytes => wording::bytes(value, wording::ByteNames::Appliance),
            Unit::BinaryBytes => wording::bytes(value, wording::ByteNames::Binary),
        }
    }

    /// The short text of a value, for narrow places. Counts of at least 10,000 are in thousands or millions: `12.6k`.
    pub(super) fn short(self, value: f64) -> String {
        if self == Unit::Count { wording::short(value) } else { self.full(value) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_unit_has_its_writing() {
        let cases = [
            (Unit::Count, 12_609.0, "12,609", "12.6k"),
            (Unit::Percent, 96.649, "96.6%", "96.6%"),
            (Unit::Seconds, 258.0, "4 min 18 s", "4 min 18 s"),
            (Unit::Bytes, 1_536.0, "1.5 KB", "1.5 KB"),
            (Unit::BinaryBytes, 1_536.0, "1.5 KiB", "1.5 KiB"),
        ];
        for (unit, value, full, short) in cases {
            assert_eq!([unit.full(value), unit.short(value)], [full, short], "{unit:?} {value}");
        }
    }
}
