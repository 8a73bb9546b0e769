//! Splits Rust source into words and marks, without comments, literals and tests.

use std::iter::Peekable;
use std::str::CharIndices;

/// The tokens of a file: identifiers, `::` and single marks. Comments, string and character literals, and items under
/// `#[cfg(test)]` are left out.
pub fn tokens(text: &str) -> Vec<&str> {
    without_tests(&split(text))
}

fn split(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text.char_indices().peekable();
    while let Some((at, mark)) = rest.next() {
        match mark {
            '/' if text[at..].starts_with("//") => while rest.next_if(|&(_, next)| next != '\n').is_some() {},
            '/' if text[at..].starts_with("/*") => {
                while rest.next().is_some_and(|(at, _)| !text[at..].starts_with("*/")) {}
                rest.next();
            }
            '"' => skip_string(&mut rest),
            'r' if raw_string(&text[at..]).is_some() => {
                let length = raw_string(&text[at..]).unwrap();
                while rest.next_if(|&(next, _)| next < at + length).is_some() {}
            }
            '\'' => skip_character(&text[at..], at, &mut rest),
            ':' if text[at..].starts_with("::") => {
                rest.next();
                found.push("::");
            }
            _ if is_word(mark) => {
                let mut end = at + mark.len_utf8();
                while let Some((next, more)) = rest.next_if(|&(_, next)| is_word(next)) {
                    end = next + more.len_utf8();
                }
                found.push(&text[at..end]);
            }
            _ if mark.is_whitespace() => {}
            _ => found.push(&text[at..at + mark.len_utf8()]),
        }
    }
    found
}

pub fn is_word(mark: char) -> bool {
    mark.is_alphanumeric() || mark == '_'
}

fn skip_string(rest: &mut Peekable<CharIndices<'_>>) {
    while let Some((_, mark)) = rest.next() {
        match mark {
            '\\' => drop(rest.next()),
            '"' => return,
            _ => {}
        }
    }
}

/// The length in bytes of the raw string that the text begins with.
fn raw_string(text: &str) -> Option<usize> {
    let after = text.strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    let body = after[hashes..].strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    Some(1 + hashes + 1 + body.find(&close)? + close.len())
}

/// Skips a character literal. A lifetime has no closing quote, so its name is read as a word.
fn skip_character(text: &str, at: usize, rest: &mut Peekable<CharIndices<'_>>) {
    let mut marks = text.char_indices().skip(1);
    let length = match marks.next() {
        Some((_, '\\')) => text[2..].char_indices().skip(1).find(|&(_, mark)| mark == '\'').map(|(end, _)| end + 3),
        Some(_) => marks.next().filter(|&(_, mark)| mark == '\'').map(|(end, _)| end + 1),
        None => None,
    };
    if let Some(length) = length {
        while rest.next_if(|&(next, _)| next < at + length).is_some() {}
    }
}

/// Removes `#[cfg(test)]` with the item after it, which ends with a semicolon or a block.
fn without_tests<'a>(tokens: &[&'a str]) -> Vec<&'a str> {
    const ATTRIBUTE: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if tokens[at..].starts_with(&ATTRIBUTE) {
            at += ATTRIBUTE.len();
            let mut depth = 0;
            loop {
                match tokens.get(at) {
                    Some(&"{") => depth += 1,
                    Some(&"}") => depth -= 1,
                    _ => {}
                }
                let ends = matches!(tokens.get(at), None | Some(&(";" | "}"))) && depth == 0;
                at += 1;
                if ends {
                    break;
                }
            }
        } else {
            found.push(tokens[at]);
            at += 1;
        }
    }
    found
}

#[test]
fn tokens_leave_out_comments_literals_and_tests() {
    let text = r##"
        // use crate::comment;
        use crate::{one, two::Three}; /* use crate::block; */
        fn quoted<'a>(mark: char) -> &'a str { if mark == '"' || mark == '\'' { "use crate::\"text" } else { r#"a "b""# } }
        #[cfg(test)]
        mod tests { fn inner() { } }
        const AFTER: u8 = b'x';
    "##;
    let expected = "use crate :: { one , two :: Three } ; fn quoted < a > ( mark : char ) - > & a str \
                    { if mark = = | | mark = = { } else { } } const AFTER : u8 = b ;";
    assert_eq!(tokens(text).join(" "), expected);
}
