//! Parts of messages: lists of words, quoted keys and exact numbers.

/// Words in the given quotes, separated by commas.
pub(crate) fn list<'w>(words: impl IntoIterator<Item = &'w str>, quote: char) -> String {
    tollgate_wording::list(words.into_iter().map(|word| format!("{quote}{word}{quote}")))
}

/// The allowed words behind their verb: `is "a"`, or `are "a", "b"`.
pub(crate) fn are_words(words: &[&str], quote: char) -> String {
    let verb = if words.len() == 1 { "is" } else { "are" };
    format!("{verb} {}", list(words.iter().copied(), quote))
}

/// A number that the user may copy into a scenario: all its digits, without commas.
pub(crate) fn exact(value: f64) -> String {
    tollgate_wording::exact(value).replace(',', "")
}

/// A key as part of a dotted TOML key: bare if possible, otherwise in quotes. Control characters are escaped as in other messages.
pub(crate) fn quoted_where_needed(key: &str) -> String {
    let is_bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    let escaped = |c: char| match c {
        '"' | '\\' => format!("\\{c}"),
        _ if c.is_control() => c.escape_debug().to_string(),
        _ => c.to_string(),
    };
    if is_bare { key.into() } else { format!("\"{}\"", key.chars().map(escaped).collect::<String>()) }
}
