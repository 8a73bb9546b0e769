//! Phrases of messages: lists of quoted words, quoted keys.

/// Words separated by commas, each in the given quotes.
pub(crate) fn list<'w>(words: impl IntoIterator<Item = &'w str>, quote: char) -> String {
    tollgate_wording::list(words.into_iter().map(|word| format!("{quote}{word}{quote}")))
}

/// A key as a dotted key of TOML has it: bare, or quoted with control characters as numbers.
pub(crate) fn quoted_where_needed(key: &str) -> String {
    let is_bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    let escaped = |c: char| match c {
        '\'' => c.to_string(),
        '\0' => "\\u0000".into(),
        _ => match c.escape_debug().to_string() {
            numbered if numbered.starts_with("\\u") => format!("\\U{:08X}", u32::from(c)),
            escaped => escaped,
        },
    };
    if is_bare { key.into() } else { format!("\"{}\"", key.chars().map(escaped).collect::<String>()) }
}
