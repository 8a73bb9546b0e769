//! Names of hosts of access networks, most of which have their address in the name.
//!
//! The shares are those of the named spam hosts of the TREC 2007 public corpus.

use super::words::{Position, Words};
use super::{Draws, below, codes, hash, mix, places_of, push_number, push_octets, push_padded};

/// The part of a name that stands for the address.
#[derive(Clone, Copy, Debug)]
enum Form {
    /// Four numbers with a separator.
    Forward(char),
    /// Four numbers with a separator, the last one first.
    Reversed(char),
    /// Four numbers of three digits with hyphens.
    Padded,
    /// Twelve digits.
    Digits,
    /// Eight hexadecimal digits.
    Hex,
    /// The last two numbers. A label for the others follows.
    LastTwo,
    /// The last number. A label for the others follows.
    LastOne,
    /// The address as one decimal number.
    Number,
    /// The last two octets as one decimal number. A label for the others follows.
    LastTwoNumber,
    /// A customer's own name. A label for the first three numbers follows.
    Customer,
}

/// The text before the address.
#[derive(Clone, Copy, Debug)]
enum Prefix {
    None,
    Hyphen,
    Joined,
}

/// A label between the address and the owner's domain.
#[derive(Clone, Copy, Debug)]
enum Label {
    Word,
    Place,
    PlaceNumber,
    PlaceHyphenWord,
    PlaceHyphenNumber,
    Number,
}

/// The form of an owner's host names.
struct Scheme {
    form: Form,
    prefix: Prefix,
    has_end: bool,
    labels: [Label; 3],
    label_count: usize,
    is_upper: bool,
}

/// Writes the name of a host of an access network. The form depends on the owner's domain, and for a few hosts on the address.
pub(crate) fn write_dynamic(owner_domain: &str, address: u32, out: &mut String) {
    let owner = hash(owner_domain);
    let scheme = Scheme::new(if has_second_form(owner, address) { mix(owner) } else { owner });
    scheme.write(owner, owner_domain, address, out);
}

/// The shape of most of an owner's names: `a` for each run of letters, and `0` for each run of digits.
pub(crate) fn main_shape(owner_domain: &str) -> String {
    let owner = hash(owner_domain);
    let (mut name, mut shape) = (String::new(), String::new());
    Scheme::new(owner).write(owner, owner_domain, 0, &mut name);
    for mark in name.chars() {
        let class = match mark {
            '0'..='9' => '0',
            mark if mark.is_ascii_alphabetic() => 'a',
            mark => mark,
        };
        if !class.is_ascii_alphanumeric() || !shape.ends_with(class) {
            shape.push(class);
        }
    }
    shape
}

/// Returns true for hosts that have the second form of their owner. These are 2 % of the hosts of most owners, and some address blocks
/// of the others.
fn has_second_form(owner: u64, address: u32) -> bool {
    let bits = mix(owner ^ 1);
    if bits & 1023 < 220 {
        let share = 250 + (bits >> 10 & 255);
        return below(mix(bits ^ u64::from(address >> 14)), 1_000) < share;
    }
    below(mix(bits ^ u64::from(address)), 1_000) < 20
}

impl Scheme {
    fn new(bits: u64) -> Self {
        let draws = &mut Draws::new(bits, 0);
        let form = match draws.below(1_000) {
            0..400 => Form::Forward('-'),
            400..460 => Form::Forward('.'),
            460..475 => Form::Forward('_'),
            475..535 => Form::Reversed('.'),
            535..575 => Form::Reversed('-'),
            575..600 => Form::Padded,
            600..625 => Form::Digits,
            625..670 => Form::Hex,
            670..735 => Form::LastTwo,
            735..845 => Form::LastOne,
            845..905 => Form::Number,
            905..930 => Form::LastTwoNumber,
            _ => Form::Customer,
        };
        let place = draws.below(100);
        let prefix = match (form, place) {
            (Form::Customer, _) | (Form::Forward('.') | Form::Reversed('.'), 0..80) => Prefix::None,
            (Form::LastOne | Form::LastTwo | Form::Number | Form::LastTwoNumber, 0..15) => Prefix::None,
            (Form::LastOne | Form::LastTwo | Form::Number | Form::LastTwoNumber, 15..65) => Prefix::Joined,
            (Form::LastOne | Form::LastTwo | Form::Number | Form::LastTwoNumber, _) => Prefix::Hyphen,
            (_, 0..42) => Prefix::None,
            (_, 42..78) => Prefix::Hyphen,
            _ => Prefix::Joined,
        };
        let label_count = match draws.below(100) {
            0..19 => 0,
            19..61 => 1,
            61..90 => 2,
            _ => 3,
        };
        let mut label = || match draws.below(100) {
            0..55 => Label::Word,
            55..77 => Label::Place,
            77..86 => Label::PlaceNumber,
            86..92 => Label::PlaceHyphenWord,
            92..97 => Label::PlaceHyphenNumber,
            _ => Label::Number,
        };
        let mut labels = [label(), label(), label()];
        // A host is in one place.
        let first_place = labels.iter().position(|label| label.is_place()).unwrap_or(labels.len());
        for label in labels.iter_mut().skip(first_place + 1).filter(|label| label.is_place()) {
            *label = Label::Word;
        }
        Scheme {
            form,
            prefix,
            has_end: draws.permille(70),
            // The labels of partial forms that stand for the rest of the address come first.
            label_count: if matches!(form, Form::LastOne) { label_count.min(1) } else { label_count },
            labels,
            is_upper: draws.permille(90),
        }
    }

    /// Writes the name of a host of an owner, which is the hash of the owner's domain.
    fn write(&self, owner: u64, owner_domain: &str, address: u32, out: &mut String) {
        // The words differ between the blocks of an owner, but the form does not.
        let block = mix(owner ^ u64::from(address >> 11));
        let draws = Draws::new(if block & 7 < 3 { owner } else { block }, 1);
        let words = &mut Words::new(owner, owner_domain, draws);
        let begin = out.len();
        self.write_first(owner, address, words, out);
        self.write_network(owner, address, out);
        for label in &self.labels[..self.label_count] {
            out.push('.');
            label.write((owner, owner_domain), address, words, out);
        }
        if self.is_upper {
            out[begin..].make_ascii_uppercase();
        }
        out.push('.');
        out.push_str(owner_domain);
    }

    /// Writes the first label.
    fn write_first(&self, owner: u64, address: u32, words: &mut Words, out: &mut String) {
        match self.prefix {
            Prefix::None => {}
            Prefix::Hyphen => {
                out.push_str(words.next(Position::BeforeHyphen));
                out.push('-');
            }
            Prefix::Joined => out.push_str(words.next(Position::BeforeNumber)),
        }
        let octets @ [a, b, c, d] = address.to_be_bytes();
        match self.form {
            Form::Forward(separator) => push_octets(out, octets, separator, false),
            Form::Reversed(separator) => push_octets(out, [d, c, b, a], separator, false),
            Form::Padded => push_octets(out, octets, '-', true),
            Form::Digits => octets.into_iter().for_each(|octet| push_padded(out, u32::from(octet), 3)),
            Form::Hex => (0..8).rev().for_each(|place| {
                out.push(char::from(b"0123456789abcdef"[(address >> (4 * place) & 15) as usize]));
            }),
            Form::LastTwo => {
                push_number(out, u32::from(c));
                out.push('-');
                push_number(out, u32::from(d));
            }
            Form::LastOne => push_number(out, u32::from(d)),
            Form::Number => push_number(out, address),
            Form::LastTwoNumber => push_number(out, address & 0xFFFF),
            Form::Customer => codes::push_customer(out, d, owner, mix(owner ^ u64::from(address >> 8))),
        }
        if self.has_end {
            out.push('-');
            out.push_str(words.next(Position::After));
        }
    }

    /// Writes a label for the octets that the first label does not show.
    fn write_network(&self, owner: u64, address: u32, out: &mut String) {
        let count = match self.form {
            Form::LastOne | Form::Customer => 3,
            Form::LastTwo | Form::LastTwoNumber => 2,
            _ => return,
        };
        out.push('.');
        codes::push_network(out, &address.to_be_bytes()[..count], owner);
    }
}

impl Label {
    fn is_place(self) -> bool {
        matches!(self, Label::Place | Label::PlaceNumber | Label::PlaceHyphenWord | Label::PlaceHyphenNumber)
    }

    /// Writes a label. The place depends on the block of the address.
    fn write(self, (owner, owner_domain): (u64, &str), address: u32, words: &mut Words, out: &mut String) {
        let block = mix(owner ^ u64::from(address >> 17) ^ self as u64) as usize;
        let number = 1 + (block >> 8) as u32 % 9;
        if self.is_place() {
            let places = places_of(owner_domain, owner);
            out.push_str(places[block % places.len()]);
        }
        match self {
            Label::Word => out.push_str(words.next(Position::Label)),
            Label::Place => {}
            Label::PlaceNumber | Label::Number => push_number(out, number),
            Label::PlaceHyphenWord => {
                out.push('-');
                out.push_str(words.next(Position::Label));
            }
            Label::PlaceHyphenNumber => {
                out.push('-');
                push_number(out, number);
            }
        }
    }
}
