//! Names of hosts. A name has the form that its owner gives to nearly all of its hosts.

mod codes;
mod dynamic;
mod mail;
mod words;

pub(crate) use dynamic::{main_shape, write_dynamic};
pub(crate) use mail::write_mail;
pub(crate) use words::fits_technology;

use super::draws::Draws;
use super::hash;
use super::lists::{HOST_WORDS, SERVERS};
use super::places::places_of;
use crate::stream::{below, mix};

/// Writes a number. `format!` takes several times as long, and a table of addresses names a host in every row.
pub(crate) fn push_number(name: &mut String, number: u32) {
    if number >= 10 {
        push_number(name, number / 10);
    }
    name.push(char::from(b'0' + (number % 10) as u8));
}

/// Writes a number with leading zeros.
fn push_padded(name: &mut String, number: u32, digits: u32) {
    for place in (0..digits).rev() {
        name.push(char::from(b'0' + (number / 10u32.pow(place) % 10) as u8));
    }
}

/// Writes the four numbers of an address.
fn push_octets(name: &mut String, octets: [u8; 4], separator: char, is_padded: bool) {
    for (place, octet) in octets.into_iter().enumerate() {
        if place > 0 {
            name.push(separator);
        }
        match is_padded {
            true => push_padded(name, u32::from(octet), 3),
            false => push_number(name, u32::from(octet)),
        }
    }
}
