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

    /// Adds a value with its origin.
    pub(crate) fn value(&mut self, key: &str, value: impl Display, origin: Origin, how: &str) {
        let separator = if how.is_empty() { "" } else { ": " };
        self.text += &format!("{key} = {value} # {}{separator}{how}\n", origin.word());
        self.note(key, origin, how);
    }

    /// Adds a long value with its origin in a comment above it.
    pub(crate) fn long_value(&mut self, key: &str, value: impl Display, origin: Origin, how: &str) {
        self.comment(&format!("{key}: {}: {how}", origin.word()));
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

/// Text in quotes.
pub(crate) fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
