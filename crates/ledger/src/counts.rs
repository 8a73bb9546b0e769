//! All accounts of one interval, and the ledger of an appliance's intervals.

use std::collections::VecDeque;

use crate::account::{Account, Scattered};
use crate::facts::{
    Control, Delivery, DeliveryKey, Filter, Group, IncomingTls, Last, Outbreak, Outcome, Sender, System, User, Virus,
};

/// Everything that one appliance counted in one interval. Merging is integer addition, so its order does not matter.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    /// Counts of the whole appliance.
    pub system: SystemCounts,
    /// By the sender's domain.
    pub domains: Account<u32, { Sender::COUNT }>,
    /// TLS by the sender's domain.
    pub incoming_tls: Account<u32, { IncomingTls::COUNT }>,
    /// By the sender's address, with the same cells as `domains`.
    pub addresses: Account<u32, { Sender::COUNT }, Last, Scattered>,
    /// By the network owner, with the same cells as `domains`.
    pub owners: Account<u32, { Sender::COUNT }>,
    /// By sender group.
    pub groups: Account<u32, { Group::COUNT }>,
    /// By internal user.
    pub users: Account<u32, { User::COUNT }>,
    /// By content filter and user. The filter is the upper half of the key.
    pub filters: Account<u64, { Filter::COUNT }, (), Scattered>,
    /// By type of virus.
    pub viruses: Account<u32, { Virus::COUNT }>,
    /// By outbreak.
    pub outbreaks: Account<u32, { Outbreak::COUNT }>,
    /// By destination, base interval, TLS setting and outcome.
    pub deliveries: Account<u64, { Delivery::COUNT }, (), Scattered>,
}

/// The cells of `System`. All are sums, except the maximum depth of the work queue.
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

    /// Raises the maximum depth of the work queue to `depth` if that is more.
    #[inline]
    pub fn note_depth(&mut self, depth: u64) {
        let most = &mut self.cells[System::QueueDepthMax as usize];
        *most = (*most).max(depth);
    }

    /// The value of one cell.
    pub fn get(&self, cell: System) -> u64 {
        self.cells[cell as usize]
    }

    /// Adds the counts of another appliance, shard or interval.
    pub fn absorb(&mut self, other: Self) {
        let depth = other.get(System::QueueDepthMax).max(self.get(System::QueueDepthMax));
        for (cell, count) in self.cells.iter_mut().zip(other.cells) {
            *cell += count;
        }
        self.cells[System::QueueDepthMax as usize] = depth;
    }
}

impl Counts {
    /// Counts that keep only the sums over all keys.
    pub fn sums() -> Self {
        Counts {
            system: SystemCounts::default(),
            domains: Account::sum(),
            incoming_tls: Account::sum(),
            addresses: Account::sum(),
            owners: Account::sum(),
            groups: Account::sum(),
            users: Account::sum(),
            filters: Account::sum(),
            viruses: Account::sum(),
            outbreaks: Account::sum(),
            deliveries: Account::sum(),
        }
    }

    /// Adds the counts of another appliance, shard or interval.
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
    /// The key as a number. Numbers have the same order as keys.
    #[inline]
    pub fn pack(self) -> u64 {
        u64::from(self.domain) << 40
            | u64::from(self.base_interval) << 8
            | (self.control as u64) << 4
            | self.outcome as u64
    }

    /// The key that a number stands for.
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
///
/// Counting moves forward in time, and additions lie close together, so the intervals are a queue.
#[derive(Clone, Debug)]
pub struct Ledger {
    interval_micros: u64,
    /// True if only sums over all keys are kept.
    only_sums: bool,
    /// The number of the first interval of the queue.
    first: u64,
    intervals: VecDeque<Option<Box<Counts>>>,
    /// The beginning and the place of the interval that was used last. The next access mostly uses it again.
    recent: (u64, usize),
    /// The beginning of the last interval that is distinguished from later ones.
    last_micros: u64,
}

impl Ledger {
    /// An empty ledger with intervals of this length.
    pub fn new(interval_micros: u64) -> Self {
        Ledger {
            interval_micros,
            only_sums: false,
            first: 0,
            intervals: VecDeque::new(),
            recent: (u64::MAX, 0),
            last_micros: u64::MAX,
        }
    }

    /// An empty ledger that keeps only the sums over all keys.
    pub fn of_sums(interval_micros: u64) -> Self {
        Ledger { only_sums: true, ..Ledger::new(interval_micros) }
    }

    /// Counts everything from a moment on in the interval that contains the moment. Mail that waits without end then needs no memory
    /// for the intervals in which it leaves.
    pub fn without_later_than(self, micros: u64) -> Self {
        Ledger { last_micros: micros / self.interval_micros * self.interval_micros, ..self }
    }

    /// The length of an interval in microseconds.
    pub fn interval_micros(&self) -> u64 {
        self.interval_micros
    }

    /// The counts of the interval that contains a moment, in microseconds since the Unix epoch.
    #[inline]
    pub fn at(&mut self, micros: u64) -> &mut Counts {
        self.find(micros);
        let only_sums = self.only_sums;
        self.intervals[self.recent.1]
            .get_or_insert_with(|| Box::new(if only_sums { Counts::sums() } else { Counts::default() }))
    }

    /// The end of the interval that contains a moment.
    pub fn interval_end(&self, micros: u64) -> u64 {
        (micros / self.interval_micros + 1) * self.interval_micros
    }

    /// Divides a span of time over the intervals. Calls `book` for each, with its part of the span in microseconds.
    #[inline]
    pub fn spread(&mut self, from: u64, to: u64, mut book: impl FnMut(&mut Counts, u64)) {
        let mut from = from;
        while from < to {
            self.find(from);
            let is_last = self.recent.0 == self.last_micros;
            let end = if is_last { to } else { (self.recent.0 + self.interval_micros).min(to) };
            book(self.at(from), end - from);
            from = end;
        }
    }

    /// Adds all of another ledger with the same intervals.
    ///
    /// # Panics
    /// If the lengths of the intervals differ.
    pub fn absorb(&mut self, other: Ledger) {
        assert_eq!(self.interval_micros, other.interval_micros, "both ledgers need intervals of the same length");
        for (number, theirs) in (other.first..).zip(other.intervals) {
            let Some(theirs) = theirs else { continue };
            let place = self.place(number);
            match &mut self.intervals[place] {
                Some(ours) => ours.absorb(*theirs),
                none => *none = Some(theirs),
            }
        }
    }

    /// Removes the intervals that end at or before a moment and gives them in order, each with its beginning in
    /// microseconds. Empty intervals are skipped.
    pub fn close(&mut self, before_micros: u64) -> impl Iterator<Item = (u64, Counts)> + use<> {
        let interval = self.interval_micros;
        let first = self.first;
        let count = (before_micros / interval).saturating_sub(first).min(self.intervals.len() as u64);
        let closed: Vec<_> = self.intervals.drain(..count as usize).collect();
        self.first += count;
        self.recent = (u64::MAX, 0);
        (first..).zip(closed).filter_map(move |(number, counts)| Some((number * interval, *counts?)))
    }

    /// Makes the interval that contains a moment the recent one.
    #[inline]
    fn find(&mut self, micros: u64) {
        if micros.wrapping_sub(self.recent.0) >= self.interval_micros {
            let number = micros.min(self.last_micros) / self.interval_micros;
            self.recent = (number * self.interval_micros, self.place(number));
        }
    }

    /// The place of an interval in the queue, which grows if necessary.
    fn place(&mut self, number: u64) -> usize {
        if self.intervals.is_empty() {
            self.first = number;
        }
        while number < self.first {
            self.intervals.push_front(None);
            self.first -= 1;
            self.recent = (u64::MAX, 0);
        }
        let place = (number - self.first) as usize;
        if place >= self.intervals.len() {
            self.intervals.resize_with(place + 1, || None);
        }
        place
    }
}

/// The key of the filters account, from filter and user.
#[inline]
pub fn filter_key(filter: u32, user: u32) -> u64 {
    u64::from(filter) << 32 | u64::from(user)
}
