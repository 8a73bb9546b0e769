//! Names of people, as frequent as in the United States in 1990.

use super::draws::Draws;
use super::lists::{GIVEN, SURNAMES};

/// The whole of all frequencies: 100 % in thousandths of a per cent.
const WHOLE: usize = 100_000;

/// Probability of a first name outside the table, in thousandths. The table has 82 % of the people. Most of the others have variants of
/// its names, so they get names from the table too.
const RARE_GIVEN: u64 = 30;

/// Shares of the 40 % of surnames that do not follow the frequencies of the table, in thousandths: names from its rarer part, and other
/// spellings of its names. The others are invented.
const TAIL: usize = 350;
const SPELLINGS: usize = 480;

/// Other spellings of a surname: weight, end, and the end in its place.
const CHANGES: [(u32, (&str, &str)); 38] = [
    (90, ("", "s")),
    (60, ("", "er")),
    (40, ("", "e")),
    (34, ("", "man")),
    (16, ("", "son")),
    (12, ("", "ton")),
    (10, ("", "ley")),
    (90, ("y", "ey")),
    (60, ("ey", "y")),
    (50, ("y", "ie")),
    (20, ("ie", "y")),
    (80, ("son", "sen")),
    (40, ("sen", "son")),
    (70, ("man", "mann")),
    (40, ("mann", "man")),
    (50, ("t", "tt")),
    (40, ("tt", "t")),
    (40, ("l", "ll")),
    (40, ("ll", "l")),
    (40, ("n", "nn")),
    (30, ("s", "")),
    (40, ("e", "")),
    (30, ("er", "ar")),
    (26, ("er", "or")),
    (26, ("er", "ert")),
    (40, ("ez", "es")),
    (24, ("ski", "sky")),
    (24, ("sky", "ski")),
    (26, ("ck", "k")),
    (20, ("k", "ck")),
    (20, ("ks", "x")),
    (26, ("o", "i")),
    (20, ("a", "o")),
    (24, ("o", "ino")),
    (20, ("i", "ini")),
    (20, ("en", "ens")),
    (20, ("el", "le")),
    (16, ("ing", "inger")),
];

/// Ends of invented surnames, with weights.
const SURNAME_ENDS: [(u32, &str); 60] = [
    (150, "er"),
    (95, "son"),
    (70, "ey"),
    (60, "en"),
    (52, "man"),
    (48, "ell"),
    (44, "el"),
    (40, "ley"),
    (38, "ton"),
    (34, "s"),
    (32, "ard"),
    (30, "ini"),
    (28, "o"),
    (26, "ski"),
    (24, "a"),
    (24, "i"),
    (22, "sen"),
    (20, "ford"),
    (20, "ing"),
    (18, "ler"),
    (18, "mann"),
    (17, "in"),
    (16, "ano"),
    (15, "ez"),
    (15, "elli"),
    (14, "is"),
    (14, "ert"),
    (13, "ick"),
    (13, "on"),
    (12, "berg"),
    (12, "ett"),
    (11, "or"),
    (11, "ak"),
    (10, "ham"),
    (10, "e"),
    (9, "wood"),
    (9, "ich"),
    (8, "ot"),
    (8, "ow"),
    (8, "eau"),
    (7, "ock"),
    (7, "well"),
    (6, "stein"),
    (6, "ero"),
    (6, "etti"),
    (5, "ko"),
    (5, "bach"),
    (5, "aris"),
    (5, "ian"),
    (4, "dt"),
    (4, "ucci"),
    (4, "land"),
    (4, "strom"),
    (3, "ovic"),
    (3, "worth"),
    (3, "enko"),
    (3, "lund"),
    (2, "quist"),
    (2, "holm"),
    (2, "opoulos"),
];

/// A person.
pub(super) struct Person {
    /// First name.
    pub(super) given: String,
    /// Letter of the second name.
    pub(super) middle: char,
    /// Surname. It may have an apostrophe or a hyphen.
    pub(super) surname: String,
}

impl Person {
    /// A person whose names are drawn with their frequencies.
    pub(super) fn new(draws: &mut Draws) -> Self {
        let given = if draws.permille(RARE_GIVEN) { rare_given(draws) } else { GIVEN.draw(draws).to_owned() };
        let middle = char::from(draws.pick(b"aaabbcccdddeeeffgghijjjjkkklllllmmmmmnnoppprrrrsssttvw"));
        let mut surname = surname(draws);
        if draws.permille(5) {
            surname.push('-');
            surname.push_str(SURNAMES.any(draws));
        }
        Person { given, middle, surname }
    }
}

fn surname(draws: &mut Draws) -> String {
    let Some(name) = SURNAMES.at(draws.below(WHOLE)) else { return rare_surname(draws) };
    let is_irish = ["obr", "oco", "odo", "onei", "oneal"].iter().any(|begin| name.starts_with(begin));
    if is_irish && draws.permille(500) { ["o'", &name[1..]].concat() } else { name.to_owned() }
}

/// A surname that is rare. None is as frequent as the common names of the table.
fn rare_surname(draws: &mut Draws) -> String {
    let kind = draws.below(1_000);
    if kind < TAIL {
        SURNAMES.rare(draws).to_owned()
    } else if kind < TAIL + SPELLINGS {
        other_spelling(draws)
    } else {
        invented_surname(draws)
    }
}

/// A surname of the table in another spelling.
fn other_spelling(draws: &mut Draws) -> String {
    loop {
        let name = SURNAMES.rare(draws);
        let (end, other) = draws.weighted(&CHANGES);
        let Some(stem) = name.strip_suffix(end) else { continue };
        // A doubled letter is not doubled again, a vowel does not follow a vowel, and long names get no further syllable.
        let last = stem.as_bytes().last().copied().unwrap_or(b'a');
        let is_vowel = |mark: u8| b"aeiouy".contains(&mark);
        let next = other.as_bytes().first().copied().unwrap_or(b'b');
        if stem.len() >= 3
            && last != next
            && !(is_vowel(last) && is_vowel(next))
            && !(next == b's' && b"xz".contains(&last))
            && !(end.is_empty() && other.len() > 1 && (stem.len() > 7 || is_vowel(last)))
        {
            return [stem, other].concat();
        }
    }
}

/// A surname that is in no table.
fn invented_surname(draws: &mut Draws) -> String {
    const BEGINNINGS: [&str; 48] = [
        "b", "b", "b", "br", "c", "c", "ch", "cr", "d", "d", "dr", "f", "f", "fr", "fl", "g", "gr", "gl", "h", "h",
        "h", "h", "j", "k", "k", "kr", "l", "l", "m", "m", "m", "mc", "n", "p", "pr", "r", "r", "r", "s", "s", "sch",
        "sh", "st", "sw", "t", "v", "w", "z",
    ];
    const VOWELS: [&str; 18] =
        ["a", "a", "a", "a", "e", "e", "e", "i", "i", "o", "o", "o", "u", "u", "au", "ei", "ie", "oo"];
    const MIDDLES: [&str; 30] = [
        "b", "ck", "d", "g", "k", "l", "ll", "m", "n", "nd", "ng", "nn", "p", "r", "rd", "rk", "rn", "rt", "s", "ss",
        "t", "tt", "v", "z", "st", "mb", "rr", "lt", "ld", "mm",
    ];
    let mut name = [draws.pick(&BEGINNINGS), draws.pick(&VOWELS), draws.pick(&MIDDLES)].concat();
    if draws.permille(200) {
        name.push_str(draws.pick(&["a", "e", "e", "i", "o"]));
        name.push_str(draws.pick(&["l", "n", "r", "s", "t", "v", "m", "d"]));
    }
    name.push_str(draws.weighted(&SURNAME_ENDS));
    name
}

/// A first name that is in no table.
fn rare_given(draws: &mut Draws) -> String {
    const BEGINNINGS: [&str; 24] = [
        "d", "al", "am", "ash", "b", "br", "ch", "d", "h", "j", "k", "l", "m", "n", "r", "s", "sh", "t", "tr", "v",
        "y", "z", "kh", "j",
    ];
    const MIDDLES: [&str; 16] =
        ["ar", "am", "an", "el", "en", "er", "il", "in", "is", "on", "or", "us", "al", "ay", "ev", "im"];
    const ENDS: [&str; 18] = [
        "a", "ah", "an", "elle", "en", "esh", "eth", "i", "ia", "ika", "ila", "ina", "ine", "it", "o", "on", "y", "esa",
    ];
    [draws.pick(&BEGINNINGS), draws.pick(&MIDDLES), draws.pick(&ENDS)].concat()
}
