//! The senders of each sender group and of large domains, from the table of addresses.

use std::collections::{BTreeMap, HashSet};

use tollgate_audit::{ColumnForm, Error, Exports, IntervalRows, Values};
use tollgate_catalogue::{Attribute, Catalogue, ColumnContent, KeyPart};

/// The table of addresses.
pub(crate) const ADDRESSES: u32 = 5;

/// The largest number of different addresses that are kept. Of more, a sample is kept.
const MOST_ADDRESSES: usize = 500_000;

const ATTEMPTED: &str = "Total Attempted";
const STOPPED: &str = "Stopped by Reputation Filtering";

/// The number of different scores, in tenths from -10.0 to 10.0.
const SCORES: usize = 201;

/// The senders of a sender group.
#[derive(Clone, Debug)]
pub(crate) struct GroupSenders {
    /// Rows of addresses whose latest connection was in the group, by score in tenths above -10.0.
    pub(crate) scores: Vec<u64>,
    /// The same without a score.
    pub(crate) without_score: u64,
    /// Rows without a host name, rows whose host name is not verified, and all rows.
    pub(crate) nameless: u64,
    pub(crate) unverified: u64,
    pub(crate) rows: u64,
    /// Recipients: attempted, stopped by reputation filtering, invalid, spam, virus, filtered, clean.
    pub(crate) sums: BTreeMap<&'static str, f64>,
    /// Of rows of an hour in which recipients were stopped: the number of rows by the recipients that were not.
    pub(crate) let_through: BTreeMap<u64, u64>,
    sample: HashSet<u32>,
    one_in: u32,
}

impl Default for GroupSenders {
    fn default() -> Self {
        GroupSenders {
            scores: vec![0; SCORES],
            without_score: 0,
            nameless: 0,
            unverified: 0,
            rows: 0,
            sums: BTreeMap::new(),
            let_through: BTreeMap::new(),
            sample: HashSet::new(),
            one_in: 1,
        }
    }
}

impl GroupSenders {
    /// Number of different addresses, estimated if there are many.
    pub(crate) fn addresses(&self) -> f64 {
        self.sample.len() as f64 * f64::from(self.one_in)
    }

    /// The lowest and the highest score, in tenths.
    pub(crate) fn range(&self) -> Option<(i16, i16)> {
        let first = self.scores.iter().position(|&rows| rows > 0)?;
        let last = self.scores.iter().rposition(|&rows| rows > 0)?;
        Some((first as i16 - 100, last as i16 - 100))
    }

    /// The limit of recipients per hour that most throttled addresses have reached.
    pub(crate) fn hourly_limit(&self) -> Option<u64> {
        let all: u64 = self.let_through.values().sum();
        let (&limit, &rows) = self.let_through.iter().max_by_key(|&(_, &rows)| rows)?;
        (limit > 0 && rows * 2 > all).then_some(limit)
    }

    pub(crate) fn sum(&self, heading: &str) -> f64 {
        self.sums.get(heading).copied().unwrap_or_default()
    }

    fn add_address(&mut self, address: u32) {
        // The bits of an address are not random, so they are mixed.
        let mixed = (u64::from(address).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as u32;
        if mixed.is_multiple_of(self.one_in) && self.sample.insert(mixed) && self.sample.len() > MOST_ADDRESSES {
            self.one_in *= 2;
            let one_in = self.one_in;
            self.sample.retain(|mixed| mixed.is_multiple_of(one_in));
        }
    }
}

/// The senders of a domain in a sender group.
#[derive(Clone, Debug, Default)]
pub(crate) struct DomainSenders {
    pub(crate) addresses: HashSet<u32>,
    /// Rows by score in tenths.
    pub(crate) scores: BTreeMap<Option<i16>, u64>,
}

/// The senders of the table of addresses.
#[derive(Clone, Debug, Default)]
pub(crate) struct Senders {
    /// The senders of each group.
    pub(crate) groups: BTreeMap<String, GroupSenders>,
    /// The senders of each wanted domain, in small letters, by group.
    pub(crate) domains: BTreeMap<String, BTreeMap<String, DomainSenders>>,
}

/// The places of the columns of the table of addresses.
struct Places {
    address: usize,
    hostname: usize,
    verified: usize,
    score: usize,
    group: usize,
}

impl Places {
    fn find() -> Option<Places> {
        let columns = &Catalogue::builtin().table(ADDRESSES)?.columns;
        let place = |is: &dyn Fn(&ColumnContent) -> bool| columns.iter().position(|column| is(&column.content));
        let attribute = |wanted: Attribute| {
            place(&move |content| matches!(content, ColumnContent::Attribute(found) if *found == wanted))
        };
        Some(Places {
            address: place(&|content| matches!(content, ColumnContent::Key { key: KeyPart::Address, .. }))?,
            hostname: attribute(Attribute::Hostname)?,
            verified: attribute(Attribute::DnsVerified)?,
            score: attribute(Attribute::Sbrs)?,
            group: attribute(Attribute::LastSenderGroup)?,
        })
    }
}

/// Reads the senders of each group and of the wanted domains, of all appliances. Empty if there is no table of addresses.
///
/// # Errors
/// If the file cannot be read.
pub(crate) fn read_senders(site: &[Exports], wanted: &HashSet<String>) -> Result<Senders, Error> {
    let mut senders = Senders::default();
    let Some(places) = Places::find() else { return Ok(senders) };
    for exports in site {
        for window in exports.windows_of_columns(|table| table == ADDRESSES, |_, _| ColumnForm::Packed)? {
            for interval in window?.tables.values().flatten() {
                add_interval(&mut senders.groups, &places, interval);
                add_domains(&mut senders.domains, (&places, wanted), interval);
            }
        }
    }
    Ok(senders)
}

/// Adds the rows of wanted domains. Only hosts with a verified name have a domain.
fn add_domains(
    domains: &mut BTreeMap<String, BTreeMap<String, DomainSenders>>,
    (places, wanted): (&Places, &HashSet<String>),
    interval: &IntervalRows,
) {
    /// The most addresses that the format allows a domain.
    const MOST: usize = 65_536;
    for row in 0..interval.rows() {
        let text = |place: usize| interval.text(place, row).unwrap_or_default();
        if !text(places.verified).eq_ignore_ascii_case("yes") {
            continue;
        }
        let host = text(places.hostname).to_ascii_lowercase();
        let suffixes = std::iter::successors(Some(host.as_str()), |host| host.split_once('.').map(|(_, rest)| rest));
        let Some(domain) = suffixes.into_iter().find(|suffix| wanted.contains(*suffix)) else { continue };
        if !domains.contains_key(domain) {
            domains.insert(domain.to_owned(), BTreeMap::new());
        }
        let Some(groups) = domains.get_mut(domain) else { continue };
        let senders = groups.entry(text(places.group).to_owned()).or_default();
        *senders.scores.entry(score_of(text(places.score))).or_default() += 1;
        if let Ok(address) = text(places.address).parse::<std::net::Ipv4Addr>()
            && senders.addresses.len() < MOST
        {
            senders.addresses.insert(address.into());
        }
    }
}

/// A score in tenths.
fn score_of(text: &str) -> Option<i16> {
    let score = text.trim().parse::<f64>().ok().filter(|score| score.abs() <= 10.0)?;
    Some((score * 10.0).round() as i16)
}

fn add_interval(groups: &mut BTreeMap<String, GroupSenders>, places: &Places, interval: &IntervalRows) {
    let Some(table) = Catalogue::builtin().table(ADDRESSES) else { return };
    for row in 0..interval.rows() {
        let Some(group) = interval.text(places.group, row) else { continue };
        if !groups.contains_key(group) {
            groups.insert(group.to_owned(), GroupSenders::default());
        }
        let Some(senders) = groups.get_mut(group) else { continue };
        senders.rows += 1;
        match interval.text(places.score, row).and_then(score_of) {
            Some(tenths) => senders.scores[(tenths + 100) as usize] += 1,
            None => senders.without_score += 1,
        }
        let is_nameless = interval.text(places.hostname, row).is_some_and(|host| host.eq_ignore_ascii_case("unknown"));
        let is_verified = interval.text(places.verified, row).is_some_and(|text| text.eq_ignore_ascii_case("yes"));
        senders.nameless += u64::from(is_nameless);
        senders.unverified += u64::from(!is_nameless && !is_verified);
        if let Some(address) =
            interval.text(places.address, row).and_then(|text| text.parse::<std::net::Ipv4Addr>().ok())
        {
            senders.add_address(address.into());
        }
        let value = |heading: &str| {
            let column = table.columns.iter().position(|column| column.name == heading)?;
            match interval.columns.get(column)? {
                Some(Values::Numbers(numbers)) => Some(numbers[row]),
                _ => None,
            }
        };
        if let (3600, Some(attempted), Some(stopped)) = (interval.length_seconds, value(ATTEMPTED), value(STOPPED))
            && stopped > 0.0
        {
            *senders.let_through.entry((attempted - stopped).max(0.0) as u64).or_default() += 1;
        }
        for (column, values) in table.columns.iter().zip(&interval.columns) {
            if let Some(Values::Numbers(numbers)) = values {
                *senders.sums.entry(column.name.as_str()).or_default() += numbers[row];
            }
        }
    }
}
