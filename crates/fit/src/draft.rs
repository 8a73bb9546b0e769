//! A scenario as text, with the origin of each value in a comment.

use std::fmt::Display;

use serde::Serialize;

/// The origin of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The exports show it.
    Exact,
    /// It is estimated from the exports.
    Fitted,
    /// The exports cannot show it.
    Assumed,
}

/// A value of the scenario and its origin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FittedValue {
    /// Its place in the scenario, in words.
    pub place: String,
    /// Its key.
    pub key: String,
    /// Its origin.
    pub origin: Origin,
    /// How it was found.
    pub how: String,
}

/// The text of a scenario, and the origins of its values.
#[derive(Clone, Debug, Default)]
pub(crate) struct ScenarioDraft {
    pub(crate) text: String,
    pub(crate) values: Vec<FittedValue>,
    place: String,
    /// True if numbers have no more than three digits.
    is_rounded: bool,
}

impl Origin {
    fn word(self) -> &'static str {
        match self {
            Origin::Exact => "exact",
            Origin::Fitted => "fitted",
            Origin::Assumed => "assumed",
        }
    }
}

impl ScenarioDraft {
    /// An empty draft. If it is rounded, its numbers have no more than three digits.
    pub(crate) fn new(is_rounded: bool) -> Self {
        ScenarioDraft { is_rounded, ..ScenarioDraft::default() }
    }

    /// Begins a table or an element of a list. `place` names it in words.
    pub(crate) fn section(&mut self, heading: &str, place: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text += heading;
        self.text.push('\n');
        self.place = place.to_owned();
    }

    /// Adds a comment.
    pub(crate) fn comment(&mut self, text: &str) {
        self.text += &format!("# {text}\n");
    }

    /// Adds a line without an origin, such as a name.
    pub(crate) fn line(&mut self, key: &str, value: impl Display) {
        self.text += &format!("{key} = {value}\n");
    }

    /// Adds a list of numbers without an origin.
    pub(crate) fn numbers(&mut self, key: &str, list: &str) {
        let list = self.rounded(list);
        self.line(key, list);
    }

    fn rounded(&self, value: impl Display) -> String {
        let value = value.to_string();
        if self.is_rounded { three_digits(&value) } else { value }
    }

    /// Adds a value with its origin.
    pub(crate) fn value(&mut self, key: &str, value: impl Display, origin: Origin, how: &str) {
        let value = if origin == Origin::Exact { value.to_string() } else { self.rounded(value) };
        let separator = if how.is_empty() { "" } else { ": " };
        self.text += &format!("{key} = {value} # {}{separator}{how}\n", origin.word());
        self.note(key, origin, how);
    }

    /// Adds a long value with its origin in a comment above it.
    pub(crate) fn long_value(&mut self, key: &str, value: impl Display, origin: Origin, how: &str) {
        self.comment(&format!("{key}: {}: {how}", origin.word()));
        let value = self.rounded(value);
        self.line(key, value);
        self.note(key, origin, how);
    }

    fn note(&mut self, key: &str, origin: Origin, how: &str) {
        let (place, key, how) = (self.place.clone(), key.to_owned(), how.to_owned());
        self.values.push(FittedValue { place, key, origin, how });
    }
}

/// A number with six digits, without an exponent.
pub(crate) fn digits(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return "0".into();
    }
    let decimals = (5 - value.abs().log10().floor() as i32).clamp(0, 15) as usize;
    let text = format!("{value:.decimals$}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// A value as text whose numbers have no more than three digits. Quoted text stays as it is, except for durations in microseconds.
fn three_digits(value: &str) -> String {
    let (mut rounded, mut is_quoted, mut rest) = (String::new(), false, value);
    while let Some(first) = rest.chars().next() {
        if let Some((micros, after)) = quoted_micros(rest).filter(|_| !is_quoted) {
            rounded += &format!("\"{}us\"", rounded_number(micros));
            rest = after;
            continue;
        }
        is_quoted ^= first == '"';
        let is_word = rounded.ends_with(|before: char| before.is_ascii_alphanumeric() || before == '_');
        let length = rest.find(|other: char| !other.is_ascii_digit() && other != '.').unwrap_or(rest.len());
        if is_quoted || is_word || length == 0 {
            rounded.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let number = rest[..length].parse::<f64>().ok();
        rounded += &number.map_or_else(|| rest[..length].to_owned(), rounded_number);
        rest = &rest[length..];
    }
    rounded
}

/// The duration in microseconds that a text begins with, in quotation marks, and the text after it.
fn quoted_micros(text: &str) -> Option<(f64, &str)> {
    let (micros, after) = text.strip_prefix('"')?.split_once("us\"")?;
    micros.bytes().all(|byte| byte.is_ascii_digit()).then(|| Some((micros.parse().ok()?, after)))?
}

/// A number with three digits, as text. It is not rounded up, because it may be the largest that is allowed.
fn rounded_number(number: f64) -> String {
    let rounded = round_to_three_digits(number);
    if rounded <= number || number <= 0.0 {
        return digits(rounded);
    }
    let unit = 10f64.powi(rounded.log10().floor() as i32 - 2);
    digits(((number / unit).floor() * unit).max(0.0))
}

/// A number with three digits.
pub(crate) fn round_to_three_digits(number: f64) -> f64 {
    format!("{number:.2e}").parse().unwrap_or(number)
}

/// Text in quotes.
pub(crate) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounded_numbers_have_three_digits() {
        for (value, expected) in [
            ("123456", "123000"),
            ("1.23456, 0.000123456", "1.23, 0.000123"),
            ("[{ from = 1, to = 18.5, share = 0.77777 }]", "[{ from = 1, to = 18.5, share = 0.777 }]"),
            ("\"2008-11-17T00:00:00Z\"", "\"2008-11-17T00:00:00Z\""),
            ("\"W32/Bärbel.12345\"", "\"W32/Bärbel.12345\""),
            ("starttls_fails_after220 = 0.12345", "starttls_fails_after220 = 0.123"),
            ("-2.95, 9.999, 0", "-2.95, 9.9, 0"),
            (
                "{ message = \"239853us\", spread = \"lognormal\" }",
                "{ message = \"239000us\", spread = \"lognormal\" }",
            ),
        ] {
            assert_eq!(three_digits(value), expected, "{value}");
        }
    }
}
