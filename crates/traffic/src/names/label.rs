//! Registered labels of domains: initials, words, surnames, invented brands and combinations of them.
//!
//! The shares follow the sender domains of the TREC 2007 public corpus: a mean length of 6.6 to 8.1 letters, hyphens in 9 % and digits
//! in 3 % of the labels.

use super::draws::Draws;
use super::lists::{AFFIXES, SURNAMES, WORDS};

/// The form of a label.
#[derive(Clone, Copy, Debug)]
enum Form {
    Initials,
    Word,
    Surname,
    Brand,
    BrandAffix,
    TwoWords,
    WordAffix,
    SurnameWord,
    InitialsWord,
    ThreeWords,
    Hyphen,
    Digits,
}

const FORMS: [(u32, Form); 12] = [
    (110, Form::Initials),
    (85, Form::Word),
    (85, Form::Surname),
    (205, Form::Brand),
    (60, Form::BrandAffix),
    (165, Form::TwoWords),
    (70, Form::WordAffix),
    (50, Form::SurnameWord),
    (30, Form::InitialsWord),
    (22, Form::ThreeWords),
    (88, Form::Hyphen),
    (30, Form::Digits),
];

const ONSETS: [&str; 32] = [
    "b", "c", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "z", "br", "cr", "dr", "tr", "st",
    "pl", "fl", "gr", "sh", "ch", "th", "j", "sp", "s", "t",
];
const VOWELS: [&str; 16] = ["a", "e", "i", "o", "u", "a", "e", "i", "o", "a", "e", "o", "ia", "ea", "io", "y"];
const CODAS: [&str; 16] = ["n", "r", "l", "x", "s", "t", "m", "nd", "rt", "n", "r", "k", "lt", "ns", "c", "d"];

/// Writes the registered label of a domain.
pub(super) fn write_label(draws: &mut Draws, out: &mut String) {
    match draws.weighted(&FORMS) {
        Form::Initials => write_initials(draws, out),
        Form::Word => write_word(draws, out),
        Form::Surname => write_surname(draws, out),
        Form::Brand => {
            let syllables = if draws.permille(600) { 2 } else { 3 };
            write_brand(draws, syllables, out);
        }
        Form::BrandAffix => {
            let syllables = 1 + draws.below(2);
            write_brand(draws, syllables, out);
            write_affix(draws, out);
        }
        Form::TwoWords => write_words(draws, 2, out),
        Form::WordAffix => {
            write_word(draws, out);
            write_affix(draws, out);
        }
        Form::SurnameWord => {
            write_surname(draws, out);
            write_word(draws, out);
        }
        Form::InitialsWord => {
            write_initials(draws, out);
            write_word(draws, out);
        }
        Form::ThreeWords => write_words(draws, 3, out),
        Form::Hyphen => write_hyphen(draws, out),
        Form::Digits => write_digits(draws, out),
    }
}

/// Writes an invented word of some syllables.
pub(super) fn write_brand(draws: &mut Draws, syllables: usize, out: &mut String) {
    for _ in 0..syllables {
        out.push_str(draws.pick(&ONSETS));
        out.push_str(draws.pick(&VOWELS));
    }
    if syllables == 1 || draws.permille(550) {
        out.push_str(draws.pick(&CODAS));
    }
}

/// Writes two to four letters.
pub(super) fn write_initials(draws: &mut Draws, out: &mut String) {
    let letters = draws.weighted(&[(150, 2), (550, 3), (300, 4)]);
    for _ in 0..letters {
        // Vowels and rare letters are less common in abbreviations than in words.
        out.push(char::from(draws.pick(b"aabbccddeefffgghiijkkllmmmnnnooppprrrrssssstttuvwwxyz")));
    }
}

fn write_word(draws: &mut Draws, out: &mut String) {
    out.push_str(draws.pick(&WORDS));
}

fn write_words(draws: &mut Draws, words: usize, out: &mut String) {
    for _ in 0..words {
        write_word(draws, out);
    }
}

fn write_surname(draws: &mut Draws, out: &mut String) {
    out.push_str(SURNAMES.any(draws));
}

fn write_affix(draws: &mut Draws, out: &mut String) {
    out.push_str(draws.pick(&AFFIXES));
}

fn write_hyphen(draws: &mut Draws, out: &mut String) {
    match draws.below(6) {
        0 | 1 => {
            write_word(draws, out);
            out.push('-');
            write_word(draws, out);
        }
        2 => {
            write_word(draws, out);
            out.push('-');
            write_affix(draws, out);
        }
        3 => {
            write_surname(draws, out);
            out.push('-');
            write_surname(draws, out);
        }
        4 => {
            let syllables = 1 + draws.below(2);
            write_brand(draws, syllables, out);
            out.push('-');
            write_affix(draws, out);
        }
        _ => {
            write_initials(draws, out);
            out.push('-');
            write_word(draws, out);
        }
    }
}

/// Writes a label with digits. Half of these labels end in them.
fn write_digits(draws: &mut Draws, out: &mut String) {
    const ENDS: [&str; 10] = ["1", "2", "3", "4", "21", "24", "99", "2000", "123", "365"];
    const BEGINNINGS: [&str; 8] = ["1st", "2", "4", "24", "247", "3", "360", "7"];
    match draws.below(8) {
        0 | 1 => {
            write_word(draws, out);
            out.push_str(draws.pick(&ENDS));
        }
        2 => {
            write_initials(draws, out);
            out.push_str(draws.pick(&ENDS));
        }
        3 => {
            write_brand(draws, 2, out);
            out.push_str(draws.pick(&ENDS));
        }
        4 | 5 => {
            out.push_str(draws.pick(&BEGINNINGS));
            write_word(draws, out);
        }
        6 => {
            write_word(draws, out);
            out.push_str(draws.pick(&["2", "4", "24", "1"]));
            write_word(draws, out);
        }
        _ => {
            write_initials(draws, out);
            out.push('-');
            out.push_str(draws.pick(&ENDS));
        }
    }
}
