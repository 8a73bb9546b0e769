//! Compares the tree of a file with the format. It finds every single value that is wrong at once.

use std::net::Ipv4Addr;
use std::ops::RangeInclusive;

use chrono_tz::Tz;
use ipnet::Ipv4Net;
use tollgate_wording::{counted, nearest};
use toml::Spanned;
use toml::de::{DeArray, DeInteger, DeTable, DeValue};

use crate::path::KeyPath;
use crate::phrases::{are_words, list};
use crate::problem::{Problem, Problems};
use crate::scenario::FORMAT;
use crate::schema::{ValueSchema, format_schema};
use crate::value::{Moment, Score, Span};

/// Refuses another version of the format. Its other values cannot be checked.
pub(crate) fn compare_version(root: &DeTable<'_>) -> Option<Problem> {
    let found = integer(root.get("format")?.get_ref().as_integer()?)?;
    let message =
        || format!("found version {found} of the format, allowed is {FORMAT}, the version that this release reads");
    (found != i128::from(FORMAT)).then(|| Problem::new(KeyPath::top().key("format"), message()))
}

/// Finds every unknown key, every missing key, and every value that the format does not allow.
pub(crate) fn compare(root: &DeTable<'_>) -> Problems {
    let mut problems = Problems::default();
    compare_table(&mut problems, &KeyPath::top(), root, format_schema());
    problems
}

fn compare_value(problems: &mut Problems, path: &KeyPath, value: &DeValue<'_>, schema: ValueSchema) {
    match (schema.kind(), value) {
        ("object", DeValue::Table(table)) => compare_table(problems, path, table, schema),
        ("array", DeValue::Array(elements)) => compare_list(problems, path, elements, schema),
        _ => {
            if let Err(message) = compare_plain(value, schema) {
                problems.push_made(|| {
                    let guess = value.as_str().and_then(|text| nearest(text, schema.choices()));
                    let help = guess.map(|word| format!("did you mean \"{word}\"?"));
                    Problem { help, ..Problem::new(path.clone(), message) }
                });
            }
        }
    }
}

fn compare_table(problems: &mut Problems, path: &KeyPath, table: &DeTable<'_>, schema: ValueSchema) {
    // In order of the file, because only the first problems are kept.
    let mut values: Vec<_> = table.iter().collect();
    values.sort_by_key(|(key, _)| key.span().start);
    for (key, value) in values {
        match schema.property(key.get_ref()) {
            Some(inner) => compare_value(problems, &path.key(key.get_ref()), value.get_ref(), inner),
            None => problems.push_made(|| unknown_key(path, key, schema)),
        }
    }
    for key in schema.required().filter(|&key| !table.contains_key(key)) {
        let allowed = schema.property(key).map(allowed).unwrap_or_default();
        problems.add(path.clone(), format!("`{key}` is missing, {allowed}"));
    }
}

fn compare_list(problems: &mut Problems, path: &KeyPath, elements: &DeArray<'_>, schema: ValueSchema) {
    if schema.length().is_some_and(|length| length != elements.len()) {
        problems.add(
            path.clone(),
            format!("found a list of {}, {}", counted(elements.len() as u64, "element"), allowed(schema)),
        );
        return;
    }
    if let Some(longest) = schema.longest().filter(|&longest| elements.len() > longest) {
        let message =
            format!("found a list of {}, allowed are at most {longest}", counted(elements.len() as u64, "element"));
        problems.add(path.clone(), message);
        return;
    }
    for (index, element) in elements.iter().enumerate() {
        if let Some(item) = schema.item(index) {
            compare_value(problems, &path.at(index), element.get_ref(), item);
        }
    }
}

fn unknown_key(path: &KeyPath, key: &Spanned<impl AsRef<str>>, schema: ValueSchema) -> Problem {
    let keys = schema.properties();
    let found = key.get_ref().as_ref();
    let help = nearest(found, keys.iter().copied()).map(|word| format!("did you mean `{word}`?"));
    let (key, allowed) = (Some(found.into()), Some(are_words(&keys, '`')));
    Problem { key, help, allowed, ..Problem::new(path.clone(), format!("found the unknown key `{found}`")) }
}

/// Compares a single value. The error states the value that was found and the allowed values.
fn compare_plain(value: &DeValue<'_>, schema: ValueSchema) -> Result<(), String> {
    let refused = || Err(format!("found {}, {}", found(value), allowed(schema)));
    match (schema.kind(), value) {
        ("boolean", DeValue::Boolean(_)) => Ok(()),
        ("string", DeValue::String(text)) => match schema.choices().as_slice() {
            [] => compare_text(text, schema.format()).unwrap_or_else(refused),
            choices if choices.contains(&text.as_ref()) => Ok(()),
            _ => refused(),
        },
        ("integer", DeValue::Integer(number)) => match integer(number) {
            Some(number) if whole_bounds(schema).contains(&number) => Ok(()),
            _ => refused(),
        },
        ("number", DeValue::Integer(_) | DeValue::Float(_)) => match float(value) {
            Some(number) if is_in_bounds(number, schema) => match schema.format() {
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
        // With bits beyond the prefix, the user may mean one address or the whole network.
        "ipv4-network" => text.parse::<Ipv4Net>().is_ok_and(|network| network == network.trunc()),
        "ipv4" => text.parse::<Ipv4Addr>().is_ok(),
        "time-zone" => text.parse::<Tz>().is_ok(),
        _ => true,
    };
    is_valid.then_some(Ok(()))
}

/// The numbers that a schema allows, except that the first may be excluded.
fn bounds(schema: ValueSchema) -> RangeInclusive<f64> {
    let least = schema.exclusive_minimum().or_else(|| schema.minimum());
    least.unwrap_or(f64::MIN)..=schema.maximum().unwrap_or(f64::MAX)
}

fn is_in_bounds(number: f64, schema: ValueSchema) -> bool {
    bounds(schema).contains(&number) && schema.exclusive_minimum() != Some(number)
}

/// The whole numbers that a schema allows.
fn whole_bounds(schema: ValueSchema) -> RangeInclusive<i128> {
    let greatest = if schema.format() == "uint32" { i128::from(u32::MAX) } else { i128::from(u64::MAX) };
    let least = schema.minimum().map_or(0, |least| least as i128);
    least..=schema.maximum().map_or(greatest, |greatest| greatest as i128)
}

/// The values that a schema allows, as the end of a sentence.
fn allowed(schema: ValueSchema) -> String {
    let choices = schema.choices();
    let what = match (schema.kind(), schema.format()) {
        ("string", _) if !choices.is_empty() => return format!("allowed are {}", list(choices, '"')),
        ("string", "span") => "a duration such as \"90s\", \"5m\", \"1h 30m\" or \"7d\"".into(),
        ("string", "date-time") => "a moment such as \"2008-11-17T00:00:00Z\", in quotes".into(),
        ("string", "ipv4-network") => "a network such as \"198.51.100.0/24\"".into(),
        ("string", "ipv4") => "an address such as \"198.51.100.7\"".into(),
        ("string", "time-zone") => "a time zone such as \"Europe/London\"".into(),
        ("string", _) => "text in quotes".into(),
        ("boolean", _) => "true or false".into(),
        ("integer", _) => match whole_bounds(schema).into_inner() {
            (least, greatest) if least == greatest => least.to_string(),
            (least, greatest) => format!("a whole number from {least} to {greatest}"),
        },
        (_, "score") => format!("{} with at most one decimal", range("score", schema)),
        ("number", _) => range("number", schema),
        ("array", _) => match schema.length() {
            Some(length) => format!("a list of {}", counted(length as u64, "element")),
            None => "a list".into(),
        },
        _ => "a table".into(),
    };
    format!("allowed is {what}")
}

fn range(what: &str, schema: ValueSchema) -> String {
    let (least, greatest) = bounds(schema).into_inner();
    match schema.exclusive_minimum() {
        Some(above) => format!("a {what} above {above}, up to {greatest}"),
        None => format!("a {what} from {least} to {greatest}"),
    }
}

/// The value that was found. A list or a table is only named.
fn found(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("{text:?}"),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(truth) => truth.to_string(),
        DeValue::Datetime(moment) => format!("the unquoted date or time {moment}"),
        DeValue::Array(_) => "a list".into(),
        DeValue::Table(_) => "a table".into(),
    }
}

fn integer(number: &DeInteger<'_>) -> Option<i128> {
    i128::from_str_radix(number.as_str(), number.radix()).ok()
}

/// The number of a value, if it is a number.
pub(crate) fn float(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Integer(number) => match integer(number) {
            Some(number) => Some(number as f64),
            None => number.as_str().parse().ok().filter(|_| number.radix() == 10),
        },
        DeValue::Float(number) => number.as_str().parse().ok(),
        _ => None,
    }
}
