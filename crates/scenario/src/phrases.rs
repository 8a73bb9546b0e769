//! Phrases of messages: guesses at typing errors, lists of quoted words, quoted keys.

/// The allowed word that is nearest to the one found, if it is near enough to be meant.
pub(crate) fn nearest<'w>(found: &str, allowed: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let distance = |word: &&str| strsim::osa_distance(found, word);
    let nearest = allowed.into_iter().min_by_key(distance)?;
    // Two slips in a short word make another word.
    (distance(&nearest) <= 2 && distance(&nearest) * 3 <= nearest.chars().count()).then_some(nearest)
}

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
