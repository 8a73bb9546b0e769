//! Checks names, domains and references.

use std::collections::{HashMap, HashSet};

use tollgate_wording::nearest;

use crate::path::KeyPath;
use crate::phrases::are_words;
use crate::problem::{Problem, Problems};
use crate::scenario::Scenario;
use crate::site::ListenerKind;

/// The largest length of a name in bytes.
const MAX_NAME_BYTES: usize = 255;

/// The largest length of a local part in bytes, and its marks beside dots (RFC 5321).
const MAX_LOCAL_BYTES: usize = 64;
const LOCAL_MARKS: &str = "!#$%&'*+-/=?^_`{|}~";

/// Checks that a name can be read in a CSV file.
pub(super) fn check_name(problems: &mut Problems, path: KeyPath, name: &str) {
    if name.len() > MAX_NAME_BYTES {
        problems.add(path, format!("found a name of {} bytes, allowed are at most {MAX_NAME_BYTES}", name.len()));
    } else if name.trim().is_empty() || name.contains(char::is_control) {
        let allowed = "allowed is text that is not blank and has no control characters";
        problems.add(path, format!("found {name:?}, {allowed}"));
    }
}

/// Checks that a domain or host name has a dot and is written as in the exports.
pub(super) fn check_domain(problems: &mut Problems, path: KeyPath, domain: &str) {
    if !is_domain(domain) || !domain.contains('.') {
        problems.add(path, format!("found {domain:?}, {DOMAIN} with at least one dot, such as \"mail.example.com\""));
    }
}

/// The allowed form of a domain, for messages.
pub(super) const DOMAIN: &str = "allowed is a domain of lower-case letters, digits and hyphens";

/// Returns true if the text is a domain of one or more labels.
pub(super) fn is_domain(text: &str) -> bool {
    let is_number = text.rsplit('.').next().is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_digit()));
    text.len() <= 253 && text.split('.').all(is_label) && !is_number
}

/// Returns true if the text can be a label of a domain.
pub(super) fn is_label(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&text.len()) && text.bytes().all(is_allowed) && !text.starts_with('-') && !text.ends_with('-')
}

/// Checks that a local part of an address is written as in the exports.
pub(super) fn check_local_part(problems: &mut Problems, path: KeyPath, name: &str) {
    let is_allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || LOCAL_MARKS.as_bytes().contains(&byte);
    let is_atom = |part: &str| !part.is_empty() && part.bytes().all(is_allowed);
    if name.len() > MAX_LOCAL_BYTES || !name.split('.').all(is_atom) {
        let allowed = format!(
            "allowed are 1 to {MAX_LOCAL_BYTES} lower-case letters, digits and {LOCAL_MARKS}, with single dots between them"
        );
        problems.add(path, format!("found {name:?}, {allowed}"));
    }
}

/// Checks that no two elements have the same text at a key.
pub(super) fn check_unique<'s>(problems: &mut Problems, key: &str, elements: impl Iterator<Item = (KeyPath, &'s str)>) {
    let mut seen: HashMap<&str, KeyPath> = HashMap::new();
    for (path, text) in elements {
        match seen.get(text) {
            Some(earlier) => {
                let message = format!("found {text:?}, which {earlier} already has, allowed is a unique {key}");
                problems.add(path.key(key), message);
            }
            None => {
                seen.insert(text, path);
            }
        }
    }
}

/// Checks that a name refers to something that exists.
pub(super) fn check_known<'s>(
    problems: &mut Problems,
    path: KeyPath,
    what: &str,
    name: &str,
    known: impl Iterator<Item = &'s str>,
) {
    let known: Vec<&str> = known.collect();
    if known.contains(&name) {
        return;
    }
    // A name that is defined twice has an error of its own, and is listed once.
    let mut listed = HashSet::new();
    let known: Vec<&str> = known.into_iter().filter(|name| listed.insert(*name)).collect();
    let hint = nearest(name, known.iter().copied()).map(|word| format!("did you mean \"{word}\"?"));
    let (help, allowed) = match (hint, known.as_slice()) {
        (_, []) => (Some("none is defined".into()), None),
        (Some(hint), [_]) => (Some(hint), None),
        (hint, _) => (hint, Some(are_words(&known, '"'))),
    };
    let message = format!("found {name:?}, allowed is the name of {what}");
    problems.push(Problem { help, allowed, ..Problem::new(path, message) });
}

/// Checks that an appliance exists. If the name of an appliance is wrong, that is an error of its own, and the reference may be right.
pub(super) fn check_appliance(problems: &mut Problems, path: KeyPath, scenario: &Scenario, name: &str) {
    let names = scenario.appliances.iter().map(|appliance| appliance.name.as_str());
    if names.clone().all(is_appliance_name) {
        check_known(problems, path, "an appliance", name, names);
    }
}

/// Returns true if a name can be the name of an appliance's directory in an output, next to its other files and
/// directories.
pub(super) fn is_appliance_name(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    let is_taken = ["-truth", ".json", ".toml"].iter().any(|end| name.ends_with(end));
    (1..=100).contains(&name.len()) && name.bytes().all(is_allowed) && !name.starts_with('.') && !is_taken
}

/// Checks that a listener exists and is of the required kind.
pub(super) fn check_listener(
    problems: &mut Problems,
    path: &KeyPath,
    scenario: &Scenario,
    name: &str,
    kind: ListenerKind,
) {
    let of_kind = scenario.listeners.iter().filter(|listener| listener.kind == kind);
    let what = match kind {
        ListenerKind::Public => "a public listener",
        ListenerKind::Private => "a private listener",
    };
    check_known(problems, path.key("listener"), what, name, of_kind.map(|listener| listener.name.as_str()));
}
