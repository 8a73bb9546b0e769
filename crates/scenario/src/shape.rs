//! Compares a document with the format, value by value, so that all that is wrong comes to light at once.

use std::net::Ipv4Addr;

use chrono_tz::Tz;
use ipnet::Ipv4Net;
use toml::Spanned;
use toml::de::{DeArray, DeInteger, DeTable, DeValue};

use crate::finding::{Finding, Findings, list, nearest};
use crate::place::Place;
use crate::scenario::FORMAT;
use crate::schema::{Shape, format_shape};
use crate::value::{Moment, Score, Span};

/// Refuses another version of the format than this one, of which nothing else can be said.
pub(crate) fn compare_format(root: &DeTable<'_>) -> Option<Finding> {
    let found = integer(root.get("format")?.get_ref().as_integer()?)?;
    let message = || format!("found version {found} of the format, this release reads version {FORMAT}");
    (found != i128::from(FORMAT)).then(|| Finding::new(Place::top().key("format"), message()))
}

/// Finds every key that is unknown or missing and every value that is not what the format allows.
pub(crate) fn compare(root: &DeTable<'_>) -> Vec<Finding> {
    let mut findings = Findings::default();
    compare_table(&mut findings, &Place::top(), root, format_shape());
    findings.0
}

fn compare_value(findings: &mut Findings, place: &Place, value: &DeValue<'_>, shape: Shape) {
    match (shape.kind(), value) {
        ("object", DeValue::Table(table)) => compare_table(findings, place, table, shape),
        ("array", DeValue::Array(elements)) => compare_list(findings, place, elements, shape),
        _ => {
            if let Err(message) = compare_plain(value, shape) {
                let guess = value.as_str().and_then(|text| nearest(text, shape.choices()));
                let help = guess.map(|word| format!("did you mean \"{word}\"?"));
                findings.0.push(Finding { help, ..Finding::new(place.clone(), message) });
            }
        }
    }
}

fn compare_table(findings: &mut Findings, place: &Place, table: &DeTable<'_>, shape: Shape) {
    for (key, value) in table {
        match shape.property(key.get_ref()) {
            Some(inner) => compare_value(findings, &place.key(key.get_ref()), value.get_ref(), inner),
            None => findings.0.push(unknown_key(place, key, shape)),
        }
    }
    for key in shape.required().filter(|&key| !table.contains_key(key)) {
        let allowed = shape.property(key).map(allowed).unwrap_or_default();
        findings.refuse(place.clone(), format!("`{key}` is missing, {allowed}"));
    }
}

fn compare_list(findings: &mut Findings, place: &Place, elements: &DeArray<'_>, shape: Shape) {
    if shape.length().is_some_and(|length| length != elements.len()) {
        findings.refuse(place.clone(), format!("found a list of {}, {}", elements.len(), allowed(shape)));
        return;
    }
    for (index, element) in elements.iter().enumerate() {
        if let Some(item) = shape.item(index) {
            compare_value(findings, &place.at(index), element.get_ref(), item);
        }
    }
}

fn unknown_key(place: &Place, key: &Spanned<impl AsRef<str>>, shape: Shape) -> Finding {
    let keys = shape.properties();
    let found = key.get_ref().as_ref();
    let help = match nearest(found, keys.iter().copied()) {
        Some(word) => format!("did you mean `{word}`? Allowed are {}", list(keys, '`')),
        None => format!("allowed are {}", list(keys, '`')),
    };
    let message = format!("found the unknown key `{found}`");
    Finding { span: Some(key.span()), help: Some(help), ..Finding::new(place.clone(), message) }
}

/// Compares a value that has no parts; the error says what was found and what is allowed.
fn compare_plain(value: &DeValue<'_>, shape: Shape) -> Result<(), String> {
    let refused = || Err(format!("found {}, {}", found(value), allowed(shape)));
    match (shape.kind(), value) {
        ("boolean", DeValue::Boolean(_)) => Ok(()),
        ("string", DeValue::String(text)) => match shape.choices().as_slice() {
            [] => compare_text(text, shape.format()).unwrap_or_else(refused),
            choices if choices.contains(&text.as_ref()) => Ok(()),
            _ => refused(),
        },
        ("integer", DeValue::Integer(number)) => match integer(number) {
            Some(number) if bounds(shape).0 <= number as f64 && number as f64 <= bounds(shape).1 => Ok(()),
            _ => refused(),
        },
        ("number", DeValue::Integer(_) | DeValue::Float(_)) => match float(value) {
            Some(number) if bounds(shape).0 <= number && number <= bounds(shape).1 => match shape.format() {
                "score" => Score::try_from(number).map(|_| ()),
                _ => Ok(()),
            },
            _ => refused(),
        },
        _ => refused(),
    }
}

fn compare_text(text: &str, format: &str) -> Option<Result<(), String>> {
    let is_valid = match format {
        "span" => return Some(Span::try_from(text.to_string()).map(|_| ())),
        "date-time" => return Some(Moment::try_from(text.to_string()).map(|_| ())),
        // Bits beyond the prefix would leave open whether the whole network is meant.
        "ipv4-network" => text.parse::<Ipv4Net>().is_ok_and(|network| network == network.trunc()),
        "ipv4" => text.parse::<Ipv4Addr>().is_ok(),
        "time-zone" => text.parse::<Tz>().is_ok(),
        _ => true,
    };
    is_valid.then_some(Ok(()))
}

/// The least and the greatest number of a format.
fn bounds(shape: Shape) -> (f64, f64) {
    let greatest = match shape.format() {
        "uint32" => f64::from(u32::MAX),
        "uint64" => u64::MAX as f64,
        _ => f64::MAX,
    };
    (shape.minimum().unwrap_or(f64::MIN), shape.maximum().unwrap_or(greatest))
}

/// What a format allows, as the end of a sentence.
fn allowed(shape: Shape) -> String {
    let choices = shape.choices();
    let what = match (shape.kind(), shape.format()) {
        ("string", _) if !choices.is_empty() => return format!("allowed are {}", list(choices, '"')),
        ("string", "span") => "a stretch of time such as \"90s\", \"5m\", \"1h 30m\" or \"7d\"".into(),
        ("string", "date-time") => "a moment such as \"2008-11-17T00:00:00Z\", in quotes".into(),
        ("string", "ipv4-network") => "a network such as \"198.51.100.0/24\"".into(),
        ("string", "ipv4") => "an address such as \"198.51.100.7\"".into(),
        ("string", "time-zone") => "a time zone such as \"Europe/London\"".into(),
        ("string", _) => "text in quotes".into(),
        ("boolean", _) => "true or false".into(),
        ("integer", _) => range("whole number", shape),
        (_, "score") => format!("{} with at most one decimal", range("score", shape)),
        ("number", _) => range("number", shape),
        ("array", _) => match shape.length() {
            Some(length) => format!("a list of {length}"),
            None => "a list".into(),
        },
        _ => "a table".into(),
    };
    format!("allowed is {what}")
}

fn range(what: &str, shape: Shape) -> String {
    let (least, greatest) = bounds(shape);
    if least == greatest {
        least.to_string()
    } else if greatest <= f64::from(u32::MAX) {
        format!("a {what} from {least} to {greatest}")
    } else if shape.kind() == "integer" {
        format!("a {what} of {least} or more")
    } else {
        format!("a finite {what} of {least} or more")
    }
}

/// What a value is, in short.
fn found(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("{text:?}"),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(truth) => truth.to_string(),
        DeValue::Datetime(moment) => format!("the bare date or time {moment}"),
        DeValue::Array(_) => "a list".into(),
        DeValue::Table(_) => "a table".into(),
    }
}

fn integer(number: &DeInteger<'_>) -> Option<i128> {
    i128::from_str_radix(number.as_str(), number.radix()).ok()
}

fn float(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Integer(number) => integer(number).map(|number| number as f64),
        DeValue::Float(number) => number.as_str().parse().ok(),
        _ => None,
    }
}
