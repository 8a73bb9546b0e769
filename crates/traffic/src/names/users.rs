//! The local parts of internal users.
//!
//! Nearly all users of a site follow one convention: 95 % of 2,063 addresses of Enron (udacity/ud120-projects). Role accounts are 1.8 to
//! 3.7 % of the addresses in the legitimate mail of the TREC 2007 public corpus, and apostrophes 0.06 %.

use hashbrown::{HashMap, HashSet};
use tollgate_scenario::{Convention, Users};

use super::draws::Draws;
use super::lists::ROLES;
use super::people::Person;
use super::{Naming, hash};
use crate::stream::mix;

/// Role accounts and people with another convention, in thousandths of the users.
const ROLE: u64 = 18;
const OTHER_CONVENTION: u64 = 45;

/// Conventions of other organisations, with weights: the recipients of the legitimate mail of the TREC 2007 public corpus.
const OTHERS: [(u32, Convention); 7] = [
    (17, Convention::InitialLast),
    (15, Convention::First),
    (11, Convention::FirstDotLast),
    (7, Convention::Last),
    (4, Convention::InitialDotLast),
    (3, Convention::LastInitial),
    (3, Convention::FirstInitial),
];

impl Naming {
    /// The local parts of the internal users, without repetitions. Those that the scenario lists come first. The name of another user
    /// depends only on these and on the users before it, so a longer list begins with the shorter one.
    pub(crate) fn users(&self, users: &Users, key: u64) -> Vec<String> {
        let mut seen = Seen { names: HashSet::with_capacity(users.count as usize), numbers: HashMap::new() };
        seen.names.extend(users.listed.iter().map(|user| hash(&user.name)));
        let listed = users.listed.iter().map(|user| user.name.clone());
        let others = users.listed.len() as u64..u64::from(users.count);
        let others = others.map(|number| user(mix(key ^ mix(number)), users.convention, &mut seen));
        listed.chain(others).collect()
    }
}

/// The local parts so far, as hashes.
struct Seen {
    names: HashSet<u64>,
    /// The last number of each local part that has followers with numbers.
    numbers: HashMap<u64, u32>,
}

/// The local part of one user. `seen` has those before it.
fn user(bits: u64, usual: Convention, seen: &mut Seen) -> String {
    let draws = &mut Draws::new(bits, 0);
    if draws.permille(ROLE) {
        return first_unseen(&[draws.pick(&ROLES).to_owned()], seen);
    }
    let convention = if draws.permille(OTHER_CONVENTION) { draws.weighted(&OTHERS) } else { usual };
    let person = Person::new(draws);
    let mut forms = vec![local_part(&person, convention, false), local_part(&person, convention, true)];
    let is_short = !matches!(convention, Convention::FirstDotLast | Convention::FirstUnderscoreLast);
    if is_short {
        forms.push(local_part(&person, Convention::FirstLast, false));
    }
    first_unseen(&forms, seen)
}

/// The first form that no earlier user has. If all are taken, the first gets a number.
fn first_unseen(forms: &[String], seen: &mut Seen) -> String {
    if let Some(form) = forms.iter().find(|form| seen.names.insert(hash(form))) {
        return form.clone();
    }
    let number = seen.numbers.entry(hash(&forms[0])).or_insert(1);
    loop {
        *number += 1;
        let form = format!("{}{number}", forms[0]);
        if seen.names.insert(hash(&form)) {
            return form;
        }
    }
}

/// A person's local part, with or without the middle initial.
fn local_part(person: &Person, convention: Convention, with_middle: bool) -> String {
    let Person { given, middle, surname } = person;
    let initial = &given[..1];
    let (before, separator, after) = match convention {
        Convention::FirstDotLast => (given.as_str(), ".", surname.as_str()),
        Convention::FirstUnderscoreLast => (given.as_str(), "_", surname.as_str()),
        Convention::FirstLast => (given.as_str(), "", surname.as_str()),
        Convention::InitialDotLast => (initial, ".", surname.as_str()),
        Convention::InitialLast => (initial, "", surname.as_str()),
        Convention::FirstInitial => (given.as_str(), "", &surname[..1]),
        Convention::LastInitial => (surname.as_str(), "", initial),
        Convention::LastDotFirst => (surname.as_str(), ".", given.as_str()),
        Convention::First => (given.as_str(), "", ""),
        Convention::Last => (surname.as_str(), "", ""),
    };
    if !with_middle {
        return [before, separator, after].concat();
    }
    let mut bytes = [0; 4];
    let middle: &str = middle.encode_utf8(&mut bytes);
    match convention {
        // The surname comes first, so the initial of the middle name comes last.
        Convention::LastDotFirst | Convention::LastInitial | Convention::Last => {
            [before, separator, after, middle].concat()
        }
        Convention::InitialDotLast => [before, middle, separator, after].concat(),
        _ => [before, separator, middle, separator, after].concat(),
    }
}
