//! Lists, counted nouns and intervals.

use crate::figure::count;

/// Words one after another: `a, b, c`; `none` if there are none.
pub fn list(words: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    short_list(words, usize::MAX)
}

/// The first of some words, at most so many of them, and how many more there are: `a, b and 3 more`.
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

/// A number of things, of which the plural ends in `s`: `1 seed`, `5 seeds`, `12,609 messages`.
pub fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", count(number), if number == 1 { "" } else { "s" })
}

/// The ends of an interval, written by a function of this crate: `3 s to 3.3 s`. Nothing if both read alike.
pub fn interval(low: f64, high: f64, write: impl Fn(f64) -> String) -> Option<String> {
    let (low, high) = (write(low), write(high));
    (low != high).then(|| format!("{low} to {high}"))
}

/// A mean with its interval, written by a function of this crate: `9.31 (9.1 to 9.52)`. The mean alone if both ends read alike.
pub fn estimate(mean: f64, low: f64, high: f64, write: impl Fn(f64) -> String) -> String {
    let written = write(mean);
    interval(low, high, write).map_or_else(|| written.clone(), |interval| format!("{written} ({interval})"))
}

/// The allowed word that a misspelled one probably means. None if no word is near enough.
pub fn nearest<'w>(found: &str, allowed: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let distance = |word: &&str| strsim::osa_distance(found, word);
    let nearest = allowed.into_iter().min_by_key(distance)?;
    // Two slips in a short word make another word.
    (distance(&nearest) <= 2 && distance(&nearest) * 3 <= nearest.chars().count()).then_some(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{duration, load, percent};

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
}
