//! Numbers the names in two steps: provisional numbers while names are still being found, then final ones in order of
//! bytes.

use hashbrown::HashMap;
use tollgate_scenario::RollUp;

use crate::id::{DomainId, OwnerId};

/// The row for mail from hosts without reverse DNS.
pub const NO_DOMAIN: &str = "No Domain Information";
/// The row for mail from addresses without a known owner.
pub const NO_OWNER: &str = "No Network Owner Information";
/// The row for mail of the null sender.
pub const NULL_SENDER: &str = "<>";

/// The names of domains and owners that have been found so far.
#[derive(Debug, Default)]
pub struct Numbering {
    /// Domains that senders and destinations are rolled up to.
    pub domains: Names,
    /// Network owners.
    pub owners: Names,
    /// Rolls hosts up to domains.
    pub roll_up: RollUp,
}

/// Names by provisional number.
#[derive(Debug, Default)]
pub struct Names {
    ids: HashMap<String, u32>,
}

impl Names {
    /// The provisional number of a name.
    fn id(&mut self, name: &str) -> u32 {
        let next = self.ids.len() as u32;
        *self.ids.entry_ref(name).or_insert(next)
    }

    /// The names in order of bytes, and the final number of each provisional one.
    pub fn finish(self) -> (Vec<String>, Vec<u32>) {
        // Most names differ in their first bytes, which are compared as one number.
        let mut names: Vec<(u64, String, u32)> =
            self.ids.into_iter().map(|(name, provisional)| (first_bytes(&name), name, provisional)).collect();
        names.sort_unstable();
        let mut final_ids = vec![0; names.len()];
        for ((_, _, provisional), number) in names.iter().zip(0..) {
            final_ids[*provisional as usize] = number;
        }
        (names.into_iter().map(|(_, name, _)| name).collect(), final_ids)
    }
}

/// The first bytes of a name as a number that has the order of names.
fn first_bytes(name: &str) -> u64 {
    let mut first = [0; 8];
    name.bytes().zip(&mut first).for_each(|(byte, place)| *place = byte);
    u64::from_be_bytes(first)
}

impl Numbering {
    /// The number of a domain that needs no rolling up.
    pub fn domain(&mut self, name: &str) -> DomainId {
        DomainId::new(self.domains.id(name))
    }

    /// The number of a network owner.
    pub fn owner(&mut self, name: &str) -> OwnerId {
        OwnerId::new(self.owners.id(name))
    }

    /// The number of the domain that a host is rolled up to.
    pub fn domain_of(&mut self, host: &str) -> DomainId {
        DomainId::new(self.domains.id(self.roll_up.domain_of(host)))
    }

    /// The number of the row for hosts without reverse DNS.
    pub fn no_domain(&mut self) -> DomainId {
        self.domain(NO_DOMAIN)
    }

    /// The number of the row for addresses without a known owner.
    pub fn no_owner(&mut self) -> OwnerId {
        self.owner(NO_OWNER)
    }
}
