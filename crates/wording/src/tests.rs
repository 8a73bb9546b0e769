//! Properties of every function that writes a value, tested with values of every size.

use proptest::prelude::*;

use super::*;

type Write = fn(f64) -> String;

/// Every style, with its name.
const STYLES: [(&str, Write); 9] = [
    ("number", number),
    ("short", short),
    ("exact", exact),
    ("load", load),
    ("percent", percent),
    ("whole percent", whole_percent),
    ("duration", duration),
    ("bytes of the appliance", |size| bytes(size, ByteNames::Appliance)),
    ("bytes", |size| bytes(size, ByteNames::Binary)),
];

/// Units and their sizes. A unit follows its figure, with or without a space.
const UNITS: [(&str, f64); 17] = [
    ("ms", 1e-3),
    ("s", 1.0),
    ("min", 60.0),
    ("h", 3_600.0),
    ("d", 86_400.0),
    ("B", 1.0),
    ("KB", 1_024.0),
    ("KiB", 1_024.0),
    ("MB", 1_048_576.0),
    ("MiB", 1_048_576.0),
    ("GB", 1_073_741_824.0),
    ("GiB", 1_073_741_824.0),
    ("TB", 1_099_511_627_776.0),
    ("TiB", 1_099_511_627_776.0),
    ("k", 1e3),
    ("M", 1e6),
    ("%", 1e-2),
];

/// The value that a reader understands. "Less than" is read as half.
fn read(text: &str) -> f64 {
    let (text, factor) = text.strip_prefix('<').map_or((text, 1.0), |text| (text, 0.5));
    let mut sum = 0.0;
    let mut figure = 0.0;
    for word in text.split_whitespace() {
        let end = word.find(|letter: char| letter.is_ascii_alphabetic() || letter == '%').unwrap_or(word.len());
        if let Ok(number) = word[..end].replace(',', "").parse::<f64>() {
            sum += figure;
            figure = number;
        }
        figure *= UNITS.iter().find(|(name, _)| *name == &word[end..]).map_or(1.0, |(_, size)| *size);
    }
    factor * (sum + figure)
}

/// Values from 10^-6 to 10^12.
fn value() -> impl Strategy<Value = f64> {
    (-6.0..12.0_f64).prop_map(|exponent| 10_f64.powf(exponent))
}

#[test]
fn texts_are_read_as_they_are_written() {
    let cases = [
        ("4 min 18 s", 258.0),
        ("2 d 4 h", 187_200.0),
        ("<0.1 ms", 0.000_05),
        ("12.6k", 12_600.0),
        ("96.6%", 0.966),
        ("1.5 KiB", 1_536.0),
        ("12,609", 12_609.0),
    ];
    for (text, expected) in cases {
        assert!((read(text) - expected).abs() <= 1e-12 * expected, "{text}: {}", read(text));
    }
}

proptest! {
    #[test]
    fn a_larger_value_never_reads_smaller(value in value(), factor in 1.0..1.2_f64) {
        for (name, write) in STYLES {
            let (less, more) = (write(value), write(value * factor));
            prop_assert!(read(&less) <= read(&more) * (1.0 + 1e-12), "{name}: {} reads {less}, {} reads {more}", value, value * factor);
        }
    }

    #[test]
    fn a_value_that_is_not_0_never_reads_as_0(value in value()) {
        for (name, write) in STYLES {
            prop_assert!(read(&write(value)) > 0.0, "{name}: {} reads {}", value, write(value));
        }
    }

    #[test]
    fn a_negative_value_reads_like_its_opposite(value in value()) {
        for (name, write) in STYLES {
            let text = write(value);
            let opposite = text.strip_prefix('<').map_or_else(|| format!("-{text}"), |text| format!(">-{text}"));
            prop_assert_eq!(write(-value), opposite, "{}", name);
        }
    }
}

#[test]
fn an_exact_duration_loses_nothing() {
    for (seconds, expected) in [
        (0, "0 s"),
        (300, "5 min"),
        (3_600, "1 h"),
        (3_603, "1 h 3 s"),
        (87_000, "1 d 10 min"),
        (90_061, "1 d 1 h 1 min 1 s"),
        (86_400_000, "1,000 d"),
    ] {
        assert_eq!(exact_duration(seconds), expected);
        assert_eq!(read(expected), seconds as f64);
    }
}
