//! The names by which the catalogue calls the ledger's accounts, and what each account has.

use serde::Deserialize;
use tollgate_ledger::{Delivery, Filter, Group, IncomingTls, Outbreak, Part, Sender, System, User, Virus};

/// An account of the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Account {
    System,
    Domains,
    IncomingTls,
    Addresses,
    Owners,
    Groups,
    Users,
    Filters,
    Viruses,
    Outbreaks,
    /// Seen through a counting rule: the cells of the ledger and those of `IncomingTls` after them.
    Deliveries,
}

/// A part of an account's key, and what it is shown as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Key {
    Domain,
    Address,
    Owner,
    Group,
    User,
    Filter,
    Virus,
    OutbreakName,
    OutbreakId,
}

/// What goes with a key and is not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Attribute {
    Hostname,
    DnsVerified,
    Sbrs,
    LastSenderGroup,
    FirstSeen,
    ProtectionTime,
}

/// How many cells a row of deliveries has when seen through a counting rule.
pub(crate) const DELIVERY_CELLS: usize = Delivery::COUNT + IncomingTls::COUNT;

impl Account {
    /// The names of the cells, in the order of a row.
    pub(crate) fn cells(self) -> Vec<&'static str> {
        match self {
            Account::System => System::NAMES.to_vec(),
            Account::Domains | Account::Addresses | Account::Owners => Sender::NAMES.to_vec(),
            Account::IncomingTls => IncomingTls::NAMES.to_vec(),
            Account::Groups => Group::NAMES.to_vec(),
            Account::Users => User::NAMES.to_vec(),
            Account::Filters => Filter::NAMES.to_vec(),
            Account::Viruses => Virus::NAMES.to_vec(),
            Account::Outbreaks => Outbreak::NAMES.to_vec(),
            Account::Deliveries => [Delivery::NAMES, IncomingTls::NAMES].concat(),
        }
    }

    /// The part of the counts that it is.
    pub(crate) fn part(self) -> Part {
        match self {
            Account::System => Part::System,
            Account::Domains => Part::Domains,
            Account::IncomingTls => Part::IncomingTls,
            Account::Addresses => Part::Addresses,
            Account::Owners => Part::Owners,
            Account::Groups => Part::Groups,
            Account::Users => Part::Users,
            Account::Filters => Part::Filters,
            Account::Viruses => Part::Viruses,
            Account::Outbreaks => Part::Outbreaks,
            Account::Deliveries => Part::Deliveries,
        }
    }

    /// The parts of the key.
    pub(crate) fn keys(self) -> &'static [Key] {
        match self {
            Account::System => &[],
            Account::Domains | Account::IncomingTls | Account::Deliveries => &[Key::Domain],
            Account::Addresses => &[Key::Address],
            Account::Owners => &[Key::Owner],
            Account::Groups => &[Key::Group],
            Account::Users => &[Key::User],
            Account::Filters => &[Key::Filter, Key::User],
            Account::Viruses => &[Key::Virus],
            Account::Outbreaks => &[Key::OutbreakName, Key::OutbreakId],
        }
    }

    /// What goes with the key.
    pub(crate) fn attributes(self) -> &'static [Attribute] {
        match self {
            Account::Addresses => {
                &[Attribute::Hostname, Attribute::DnsVerified, Attribute::Sbrs, Attribute::LastSenderGroup]
            }
            Account::Outbreaks => &[Attribute::FirstSeen, Attribute::ProtectionTime],
            _ => &[],
        }
    }
}

impl Key {
    /// This part of an account's key. Only the key of filters has two parts, the filter in its upper half.
    #[inline]
    pub(crate) fn part(self, key: u64) -> u32 {
        match self {
            Key::Filter => (key >> 32) as u32,
            _ => key as u32,
        }
    }
}
