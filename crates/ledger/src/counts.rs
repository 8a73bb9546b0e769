//! All accounts of one interval, and the ledger of an appliance's intervals.

use std::collections::BTreeMap;

use crate::account::Account;
use crate::facts::{
    Control, Delivery, DeliveryKey, Filter, Group, IncomingTls, Last, Outbreak, Outcome, Sender, System, User, Virus,
};

/// Everything that one appliance counted in one interval. Merging is integer addition, and so in any order the same.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// What the appliance counts as a whole.
    pub system: SystemCounts,
    /// By the sender's domain.
    pub domains: Account<u32, { Sender::COUNT }>,
    /// TLS by the sender's domain.
    pub incoming_tls: Account<u32, { IncomingTls::COUNT }>,
    /// By the sender's address. Its cells are those of `domains`.
    pub addresses: Account<u32, { Sender::COUNT }, Last>,
    /// By the network owner. Its cells are those of `domains`.
    pub owners: Account<u32, { Sender::COUNT }>,
    /// By sender group.
    pub groups: Account<u32, { Group::COUNT }>,
    /// By internal user.
    pub users: Account<u32, { User::COUNT }>,
    /// By filter and user: the filter is the upper half of the key.
    pub filters: Account<u64, { Filter::COUNT }>,
    /// By type of virus.
    pub viruses: Account<u32, { Virus::COUNT }>,
    /// By outbreak.
    pub outbreaks: Account<u32, { Outbreak::COUNT }>,
    /// By destination, base interval, TLS setting and outcome.
    pub deliveries: Account<u64, { Delivery::COUNT }>,
}

/// The cells of `System`, all sums but the greatest depth of the work queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct SystemCounts {
    /// The counts.
    pub cells: [u64; System::COUNT],
}

impl SystemCounts {
    /// Adds to one cell.
    #[inline]
    pub fn add(&mut self, cell: System, count: u64) {
        self.cells[cell as usize] += count;
    }

    /// Notes a depth of the work queue.
    #[inline]
    pub fn note_depth(&mut self, depth: u64) {
        let most = &mut self.cells[System::QueueDepthMax as usize];
        *most = (*most).max(depth);
    }

    /// One cell.
    pub fn get(&self, cell: System) -> u64 {
        self.cells[cell as usize]
    }

    fn absorb(&mut self, other: Self) {
        let depth = other.get(System::QueueDepthMax).max(self.get(System::QueueDepthMax));
        for (cell, count) in self.cells.iter_mut().zip(other.cells) {
            *cell += count;
        }
        self.cells[System::QueueDepthMax as usize] = depth;
    }
}

impl Counts {
    /// Adds all that another appliance, shard or interval counted.
    pub fn absorb(&mut self, other: Counts) {
        self.system.absorb(other.system);
        self.domains.absorb(other.domains);
        self.incoming_tls.absorb(other.incoming_tls);
        self.addresses.absorb(other.addresses);
        self.owners.absorb(other.owners);
        self.groups.absorb(other.groups);
        self.users.absorb(other.users);
        self.filters.absorb(other.filters);
        self.viruses.absorb(other.viruses);
        self.outbreaks.absorb(other.outbreaks);
        self.deliveries.absorb(other.deliveries);
    }
}

impl DeliveryKey {
    /// The key as a number that orders as its fields do.
    #[inline]
    pub fn pack(self) -> u64 {
        u64::from(self.domain) << 40
            | u64::from(self.base_interval) << 8
            | (self.control as u64) << 4
            | self.outcome as u64
    }

    /// The key from its number.
    pub fn unpack(number: u64) -> Self {
        DeliveryKey {
            domain: (number >> 40) as u32,
            base_interval: (number >> 8) as u32,
            control: Control::ALL[(number >> 4 & 0xF) as usize],
            outcome: Outcome::ALL[(number & 0xF) as usize],
        }
    }
}

/// The counts of one appliance by interval. Intervals are half-open, and numbered from the Unix epoch.
#[derive(Clone, Debug)]
pub struct Ledger {
    interval_micros: u64,
    intervals: BTreeMap<u64, Counts>,
}

impl Ledger {
    /// A ledger with no counts and intervals of that many microseconds.
    pub fn new(interval_micros: u64) -> Self {
        Ledger { interval_micros, intervals: BTreeMap::new() }
    }

    /// The length of an interval in microseconds.
    pub fn interval_micros(&self) -> u64 {
        self.interval_micros
    }

    /// The counts of the interval that a moment, in microseconds since the Unix epoch, lies in.
    pub fn at(&mut self, micros: u64) -> &mut Counts {
        self.intervals.entry(micros / self.interval_micros).or_default()
    }

    /// Adds all of another ledger with the same intervals.
    pub fn absorb(&mut self, other: Ledger) {
        assert_eq!(self.interval_micros, other.interval_micros, "ledgers with unlike intervals");
        for (number, counts) in other.intervals {
            self.intervals.entry(number).or_default().absorb(counts);
        }
    }

    /// Takes out the intervals that end at a moment or before it, in order: each with its beginning in microseconds.
    pub fn close(&mut self, before_micros: u64) -> impl Iterator<Item = (u64, Counts)> + use<> {
        let open = self.intervals.split_off(&(before_micros / self.interval_micros));
        let closed = std::mem::replace(&mut self.intervals, open);
        let interval = self.interval_micros;
        closed.into_iter().map(move |(number, counts)| (number * interval, counts))
    }
}

/// The key of the filters account: filter and user.
#[inline]
pub fn filter_key(filter: u32, user: u32) -> u64 {
    u64::from(filter) << 32 | u64::from(user)
}
