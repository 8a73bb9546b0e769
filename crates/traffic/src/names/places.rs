//! Places in names of hosts.

use std::sync::LazyLock;

use super::lists::words;
use super::mix;

/// A part of a country.
struct Region {
    /// The last label of the country's domains.
    country: &'static str,
    places: Vec<&'static str>,
}

/// The regions. Those of one country follow each other.
static REGIONS: LazyLock<Vec<Region>> = LazyLock::new(|| {
    let lines = include_str!("data/places.txt").lines();
    lines
        .filter_map(|line| {
            let mut words = words(line);
            words.next().map(|country| Region { country, places: words.collect() })
        })
        .collect()
});

/// The places of an owner. They lie in the country of its domain. A domain of no country in the list is one of the United States or, for
/// three owners of ten, of any country. `owner` is the hash of the domain.
pub(super) fn places_of(domain: &str, owner: u64) -> &'static [&'static str] {
    let bits = mix(owner ^ 3);
    let top = domain.rsplit('.').next().unwrap_or_default();
    let home = if bits & 1023 < 717 { "us" } else { "" };
    let regions = [regions_of(top), regions_of(home), &REGIONS].into_iter().find(|regions| !regions.is_empty());
    regions.map_or(&[], |regions| &regions[(bits >> 10) as usize % regions.len()].places)
}

/// The regions of a country.
fn regions_of(country: &str) -> &'static [Region] {
    let is_here = |region: &Region| region.country == country;
    let begin = REGIONS.iter().position(is_here).unwrap_or(REGIONS.len());
    let count = REGIONS[begin..].iter().take_while(|region| is_here(region)).count();
    &REGIONS[begin..begin + count]
}

/// The countries that have a place of this name.
#[cfg(test)]
pub(super) fn countries_of(place: &str) -> Vec<&'static str> {
    REGIONS.iter().filter(|region| region.places.contains(&place)).map(|region| region.country).collect()
}
