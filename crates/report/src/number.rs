//! Writes numbers as C's printf does. Only this module rounds numbers.

use std::io::Write;

/// Writes a number as C's `%.12g` does.
pub(crate) fn push_general(out: &mut Vec<u8>, number: f64) {
    debug_assert!(number.is_finite(), "not a number to write: {number}");
    let mut text = [0; 32];
    // The standard library rounds the exact value and writes ties to even, as C does. Twenty bytes are enough.
    let mut rest = &mut text[..];
    let written = write!(rest, "{number:.11e}");
    debug_assert!(written.is_ok());
    let length = 32 - rest.len();
    let (mantissa, exponent) = split_scientific(&text[..length]);
    if mantissa.first() == Some(&b'-') {
        out.push(b'-');
    }
    let mut digits = [b'0'; 12];
    let kept = mantissa.iter().filter(|byte| byte.is_ascii_digit());
    digits.iter_mut().zip(kept).for_each(|(digit, &byte)| *digit = byte);
    let significant = digits.iter().rposition(|&digit| digit != b'0').map_or(1, |last| last + 1);
    push_digits(out, &digits, significant, exponent);
}

/// Writes a number as C's `%.1f` does.
pub(crate) fn push_one_decimal(out: &mut Vec<u8>, number: f64) {
    let written = write!(out, "{number:.1}");
    debug_assert!(written.is_ok());
}

/// The mantissa and the exponent of a text such as `-1.50000000000e-7`.
fn split_scientific(text: &[u8]) -> (&[u8], i32) {
    let at = text.iter().position(|&byte| byte == b'e').unwrap_or(text.len());
    let exponent = std::str::from_utf8(&text[at..]).ok().and_then(|text| text.get(1..)?.parse().ok());
    (&text[..at], exponent.unwrap_or(0))
}

/// Writes digits, the first of which has the value `10^exponent`. From 0.0001 to below 10^12 they are written in full,
/// otherwise with an exponent. Trailing zeros are left out.
fn push_digits(out: &mut Vec<u8>, digits: &[u8; 12], significant: usize, exponent: i32) {
    match exponent {
        0..12 => {
            let whole = exponent as usize + 1;
            out.extend_from_slice(&digits[..whole]);
            if significant > whole {
                out.push(b'.');
                out.extend_from_slice(&digits[whole..significant]);
            }
        }
        -4..0 => {
            out.extend_from_slice(&b"0.000"[..(1 - exponent) as usize]);
            out.extend_from_slice(&digits[..significant]);
        }
        _ => {
            out.push(digits[0]);
            if significant > 1 {
                out.push(b'.');
                out.extend_from_slice(&digits[1..significant]);
            }
            let sign = if exponent < 0 { '-' } else { '+' };
            let written = write!(out, "e{sign}{:02}", exponent.unsigned_abs());
            debug_assert!(written.is_ok());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers, with the results of Python's `%` operator, which is C's printf, for `%.12g` and `%.1f`.
    const NUMBERS: &str = include_str!("../tests/numbers.tsv");

    #[test]
    fn numbers_are_written_as_by_printf() {
        let mut seen = 0;
        for line in NUMBERS.lines() {
            let [bits, general, one_decimal] = line.split('\t').collect::<Vec<_>>()[..] else {
                panic!("three columns in {line:?}");
            };
            let number = f64::from_bits(u64::from_str_radix(bits, 16).expect("sixteen hexadecimal digits"));
            assert_eq!(written(push_general, number), general, "%.12g of {number:e}");
            assert_eq!(written(push_one_decimal, number), one_decimal, "%.1f of {number:e}");
            seen += 1;
        }
        assert!(seen == 2000, "only {seen} numbers");
    }

    fn written(push: fn(&mut Vec<u8>, f64), number: f64) -> String {
        let mut out = Vec::new();
        push(&mut out, number);
        String::from_utf8(out).expect("ASCII")
    }
}
