//! Lists, counted nouns and intervals.

use std::borrow::Cow;

use crate::figure::count;

/// A list of words: `a, b, c`, or `none` if it is empty.
pub fn list(words: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    short_list(words, usize::MAX)
}

/// The first `most` words, and the number of the others: `a, b and 3 more`.
pub fn short_list(words: impl IntoIterator<Item = impl AsRef<str>>, most: usize) -> String {
    let mut words = words.into_iter();
    let mut text = String::new();
    for word in words.by_ref().take(most) {
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(word.as_ref());
    }
    match words.count() as u64 {
        0 if text.is_empty() => "none".into(),
        0 => text,
        more => format!("{text} and {} more", count(more)),
    }
}

/// A number of things. The plural of the noun must end in `s`: `1 seed`, `5 seeds`, `12,609 messages`.
pub fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

/// The ends of an interval, each written by a function of this crate: `3 s to 3.3 s`. `None` if both read the same.
pub fn interval(low: f64, high: f64, write: impl Fn(f64) -> String) -> Option<String> {
    let (low, high) = (write(low), write(high));
    (low != high).then(|| format!("{low} to {high}"))
}

/// A mean and its interval, written by a function of this crate: `9.31 (9.1 to 9.52)`. Without the interval if both
/// ends read the same.
pub fn estimate(mean: f64, low: f64, high: f64, write: impl Fn(f64) -> String) -> String {
    let written = write(mean);
    interval(low, high, write).map_or_else(|| written.clone(), |interval| format!("{written} ({interval})"))
}

/// A difference with its sign, written by a function of this crate: `+2,252`, `−2.5%`, `0`. The minus is U+2212. A positive difference
/// below the last digit has no plus: `<0.1%`.
pub fn signed(difference: f64, write: impl Fn(f64) -> String) -> String {
    let written = write(difference);
    let has_digits = written.starts_with(|first: char| first.is_ascii_digit());
    if difference > 0.0 && has_digits { format!("+{written}") } else { written.replace('-', "\u{2212}") }
}

/// The allowed word that a misspelled one probably means. None if no word is near enough.
pub fn nearest<'w>(found: &str, allowed: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let distance = |word: &&str| strsim::osa_distance(found, word);
    // A word of another length is never near. Comparing a very long text would take long.
    let length = found.chars().count();
    let nearest = allowed.into_iter().filter(|word| word.chars().count().abs_diff(length) <= 2).min_by_key(distance)?;
    // Two slips in a short word make another word.
    (distance(&nearest) <= 2 && distance(&nearest) * 3 <= nearest.chars().count()).then_some(nearest)
}

/// The beginning of a text. If it has more than `most` characters, `...` stands for the others.
pub fn beginning(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(format!("{}...", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// A text without its middle, if it is longer than about `ends` characters at each end. `[...]` stands for the middle.
pub fn shortened(text: &str, ends: usize) -> Cow<'_, str> {
    let first = text.char_indices().nth(ends).map(|(byte, _)| byte);
    let last = text.char_indices().rev().nth(ends).map(|(byte, _)| byte);
    match first.zip(last) {
        Some((first, last)) if first < last => Cow::Owned(format!("{}[...]{}", &text[..first], &text[last..])),
        _ => Cow::Borrowed(text),
    }
}

/// Quotes text, if necessary, so that a shell reads it as one word.
pub fn quoted(text: &str) -> String {
    let is_plain = |character: char| character.is_alphanumeric() || "/:_-.,=@%+".contains(character);
    if !text.is_empty() && !text.starts_with('=') && text.chars().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

/// The text without characters that control a terminal, reorder the text around them or have no width. They are written as escapes, such
/// as `\u{1b}`.
pub fn printable(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    for character in text.chars() {
        if is_control(character) {
            written.extend(character.escape_unicode());
        } else {
            written.push(character);
        }
    }
    written
}

/// JSON text in which the characters that [`printable`] escapes are written as escapes of JSON. Line ends between values stay.
pub fn printable_json(json: &str) -> String {
    let mut written = String::with_capacity(json.len());
    for character in json.chars() {
        // All of them have four digits.
        match character {
            '\n' => written.push('\n'),
            _ if is_control(character) => written.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => written.push(character),
        }
    }
    written
}

/// Returns true for control characters, for line and paragraph separators, for characters that set the direction of text, and for those
/// without width.
fn is_control(character: char) -> bool {
    let is_direction =
        matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let is_invisible = matches!(character, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2064}' | '\u{feff}');
    character.is_control() || is_direction || is_invisible || matches!(character, '\u{2028}' | '\u{2029}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{duration, exact, load, percent};

    #[test]
    fn lists_name_the_first_and_count_the_rest() {
        assert_eq!(list(["a", "b", "c"]), "a, b, c");
        assert_eq!(list(["a"]), "a");
        assert_eq!(list([""; 0]), "none");
        assert_eq!(short_list(["a", "b"], 2), "a, b");
        assert_eq!(short_list(["a", "b", "c", "d", "e"].map(String::from), 2), "a, b and 3 more");
        assert_eq!(short_list(vec!["a"; 1_003], 3), "a, a, a and 1,000 more");
    }

    #[test]
    fn a_misspelled_word_means_the_nearest() {
        let words = ["overview", "sender_groups", "tls"];
        assert_eq!(nearest("overveiw", words), Some("overview"));
        assert_eq!(nearest("sendergroups", words), Some("sender_groups"));
        assert_eq!(nearest("tsl", words), Some("tls"));
        assert_eq!(nearest("ssl", words), None);
        assert_eq!(nearest("report", words), None);
    }

    #[test]
    fn a_shell_reads_quoted_text_as_one_word() {
        assert_eq!(quoted("a.csv=24"), "a.csv=24");
        assert_eq!(quoted("download (1).csv=24"), "'download (1).csv=24'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn long_texts_are_cut() {
        assert_eq!([beginning("\u{e4}bc", 3), beginning("\u{e4}bcd", 3)], ["\u{e4}bc", "\u{e4}bc..."]);
        let cut = ["\u{e4}bcd", "\u{e4}bcde", "\u{e4}bxxcd"].map(|text| shortened(text, 2));
        assert_eq!(cut, ["\u{e4}bcd", "\u{e4}bcde", "\u{e4}b[...]xcd"]);
    }

    #[test]
    fn nouns_agree_with_their_number() {
        assert_eq!(counted(0, "seed"), "0 seeds");
        assert_eq!(counted(1, "seed"), "1 seed");
        assert_eq!(counted(12_609, "message"), "12,609 messages");
    }

    #[test]
    fn an_interval_that_reads_like_one_value_is_left_out() {
        assert_eq!(interval(3.0, 3.3, duration).as_deref(), Some("3 s to 3.3 s"));
        assert_eq!(interval(3.01, 3.02, duration), None);
        assert_eq!(estimate(9.31, 9.1, 9.52, load), "9.31 (9.1 to 9.52)");
        assert_eq!(estimate(0.5, 0.5, 0.5, percent), "50.0%");
    }

    #[test]
    fn differences_have_a_sign_unless_they_are_zero() {
        assert_eq!(signed(2_252.0, exact), "+2,252");
        assert_eq!(signed(-2_252.0, exact), "\u{2212}2,252");
        assert_eq!(signed(-90.0, duration), "\u{2212}1 min 30 s");
        assert_eq!(signed(0.0, percent), "0.0%");
        assert_eq!(signed(-0.0, exact), "0");
        assert_eq!(signed(0.000_1, percent), "<0.1%");
        assert_eq!(signed(-0.000_1, percent), ">\u{2212}0.1%");
        assert_eq!(signed(f64::INFINITY, percent), "n/a");
    }

    #[test]
    fn characters_that_control_a_terminal_are_escaped() {
        let text = "a\u{1b}[31m\tb\u{9b}c\u{7f}\u{202e}d\u{2028}é日\u{200b}";
        assert_eq!(printable(text), "a\\u{1b}[31m\\u{9}b\\u{9b}c\\u{7f}\\u{202e}d\\u{2028}é日\\u{200b}");
        let json = "{\n  \"a\u{9b}\u{7f}\": \"\u{202e}é\"\n}";
        assert_eq!(printable_json(json), "{\n  \"a\\u009b\\u007f\": \"\\u202eé\"\n}");
    }
}
