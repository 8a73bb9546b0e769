//! Invented names, all under domains that are reserved for examples.

use crate::stream::mix;

const FIRST: [&str; 48] = [
    "amber", "ash", "autumn", "bay", "birch", "blue", "bright", "brook", "cedar", "clear", "cliff", "copper", "coral",
    "crest", "dawn", "deep", "east", "elm", "fair", "fern", "field", "fox", "glen", "gold", "green", "harbor", "hazel",
    "high", "iron", "ivy", "lake", "linden", "maple", "mill", "north", "oak", "pine", "quartz", "red", "river", "rose",
    "silver", "south", "stone", "summit", "west", "willow", "winter",
];

const SECOND: [&str; 40] = [
    "bank", "bridge", "cast", "craft", "dale", "data", "desk", "farm", "field", "ford", "forge", "gate", "group",
    "grove", "haven", "hill", "house", "lane", "line", "link", "mark", "media", "mont", "net", "park", "point", "port",
    "press", "ridge", "shop", "soft", "star", "stone", "supply", "systems", "trade", "view", "ware", "works", "yard",
];

const GIVEN: [&str; 40] = [
    "adam", "alice", "anna", "ben", "carla", "chris", "clara", "daniel", "diana", "edward", "elena", "emma", "eric",
    "fiona", "frank", "george", "grace", "hannah", "henry", "ida", "jack", "jane", "julia", "karl", "laura", "leo",
    "lucy", "maria", "mark", "nina", "oliver", "paula", "peter", "rosa", "ruth", "sam", "sofia", "thomas", "victor",
    "wendy",
];

const FAMILY: [&str; 48] = [
    "abbott", "archer", "baker", "barnes", "bishop", "brook", "carter", "chapman", "cole", "cooper", "dalton", "dixon",
    "draper", "ellis", "fisher", "fletcher", "foster", "gardner", "gibson", "grant", "hale", "harper", "hayes",
    "hunter", "keller", "knight", "lambert", "lane", "marsh", "mason", "miller", "norris", "palmer", "parker",
    "porter", "reed", "sawyer", "shaw", "sutton", "tanner", "taylor", "turner", "wade", "walker", "weaver", "wells",
    "wood", "young",
];

const OWNER: [&str; 8] =
    ["Broadband", "Cable", "Communications", "DSL", "Hosting", "Networks, Inc.", "Telecom", "Telecom, Ltd."];

/// An invented domain: two words, the rank, and a reserved top-level domain. `of` is the hash of the family, `rank` the
/// place in it.
pub fn domain(of: u64, rank: u64) -> String {
    let bits = mix(of ^ mix(rank));
    let top = if bits & 7 == 0 { "test" } else { "example" };
    // This is several times as fast as formatting, which counts where there are many domains.
    [pick(&FIRST, bits >> 8), pick(&SECOND, bits >> 24), &(rank + 1).to_string(), ".", top].concat()
}

/// A network owner and its domain.
pub fn owner(of: u64, rank: u64) -> (String, String) {
    let bits = mix(of ^ mix(rank));
    let (first, second, kind) = (pick(&FIRST, bits >> 8), pick(&SECOND, bits >> 24), pick(&OWNER, bits >> 40));
    let mut name = format!("{first}{second} {} {kind}", rank + 1);
    name[..1].make_ascii_uppercase();
    (name, format!("{first}{second}{}.example", rank + 1))
}

/// The local part of an internal user's address.
pub fn user(number: u64) -> String {
    let bits = mix(number);
    // The number makes it unique, even if the names are the same.
    format!("{}.{}{}", pick(&GIVEN, bits >> 8), pick(&FAMILY, bits >> 24), number + 1)
}

fn pick<'a>(words: &[&'a str], bits: u64) -> &'a str {
    words[(bits % 65_536) as usize % words.len()]
}
