//! The accounts: everything that is counted.

use crate::account::{Account, AccountKey, AccountVisitor, Detail, Index, Row, Scattered};
use crate::bytes;
use crate::facts::{Delivery, Filter, IncomingTls, Last, Note, Outbreak, Sender, SenderGroup, System, User, Virus};

/// Declares the accounts with keys: the part with its name and the kind of its keys, the field of [`Counts`], the account and its cells. Everything that treats all accounts
/// alike follows from this list, so no account can be forgotten anywhere.
macro_rules! accounts {
    ($($(#[$doc:meta])* $part:ident = $name:literal by $kind:ident, $field:ident: $account:ty, $cells:ty;)+) => {
        /// Everything that one appliance counted in one interval. Merging is integer addition, so its order does not matter.
        #[derive(Clone, Debug, Default)]
        pub struct Counts {
            /// Counts of the whole appliance.
            pub system: SystemCounts,
            $($(#[$doc])* pub $field: $account,)+
        }

        /// One account of [`Counts`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Part {
            /// Counts of the whole appliance.
            System,
            $($(#[$doc])* $part,)+
        }

        impl Part {
            /// Every part, in order of numbers.
            pub const ALL: [Part; Self::COUNT] = [Part::System, $(Part::$part),+];

            /// Number of parts.
            pub const COUNT: usize = 1 + [$($name),+].len();

            /// Its name, as the catalogue of reports has it.
            pub fn name(self) -> &'static str {
                match self {
                    Part::System => "system",
                    $(Part::$part => $name,)+
                }
            }

            /// The kind of its keys.
            pub fn key_kind(self) -> KeyKind {
                match self {
                    Part::System => KeyKind::None,
                    $(Part::$part => KeyKind::$kind,)+
                }
            }

            /// The names of its cells, in the order of a row.
            pub fn cells(self) -> &'static [&'static str] {
                match self {
                    Part::System => System::NAMES,
                    $(Part::$part => <$cells>::NAMES,)+
                }
            }
        }

        impl Counts {
            /// Empty counts that keep some accounts.
            pub fn keeping(selection: Selection) -> Self {
                Counts { system: SystemCounts::default(), $($field: <$account>::new(selection.detail(Part::$part)),)+ }
            }

            /// Adds the counts of another appliance, shard or interval.
            pub fn absorb(&mut self, other: Counts) {
                self.system.absorb(other.system);
                $(self.$field.absorb(other.$field);)+
            }

            /// Gives the same account of several counts to a visitor. The system has no keys: its account has one row with the key 0.
            pub fn visit<V: AccountVisitor>(part: Part, counts: &[&Counts], visitor: V) -> V::Output {
                match part {
                    Part::System => {
                        let mut all = SystemCounts::default();
                        counts.iter().for_each(|counts| all.absorb(counts.system));
                        let mut account = Account::<u32, { System::COUNT }>::new(Detail::Sum);
                        account.add_row(&Row { key: 0, note: (), cells: all.cells });
                        visitor.visit(&[&account])
                    }
                    $(Part::$part => visitor.visit(&counts.iter().map(|counts| &counts.$field).collect::<Vec<_>>()),)+
                }
            }

            /// Appends one part as bytes. `absorb_bytes` reads them.
            pub fn write_part(&self, part: Part, out: &mut Vec<u8>) {
                match part {
                    Part::System => self.system.cells.iter().for_each(|&cell| bytes::push(out, cell)),
                    $(Part::$part => bytes::write(&self.$field, out),)+
                }
            }

            /// Appends the sums over one part's rows as a part with a single row whose key is 0. It is enough for readers that
            /// need no keys. Deliveries have no sum because their meaning depends on their keys.
            pub fn write_sum(&self, part: Part, out: &mut Vec<u8>) {
                match part {
                    _ if part == Part::Deliveries => {}
                    Part::System => self.write_part(part, out),
                    $(Part::$part => bytes::write_sum(&self.$field, out),)+
                }
            }

            /// Adds one part that `write_part` has written, as `absorb` does. Returns `None` if the bytes are not such a part.
            pub fn absorb_bytes(&mut self, part: Part, mut bytes: &[u8]) -> Option<()> {
                match part {
                    Part::System => {
                        let mut other = SystemCounts { cells: [0; System::COUNT] };
                        for cell in &mut other.cells {
                            *cell = bytes::take(&mut bytes)?;
                        }
                        self.system.absorb(other);
                    }
                    $(Part::$part => bytes::read(&mut self.$field, &mut bytes)?,)+
                }
                bytes.is_empty().then_some(())
            }
        }
    };
}

accounts! {
    /// By the sender's domain.
    Domains = "domains" by Domain, domains: Account<u32, { Sender::COUNT }>, Sender;
    /// TLS by the sender's domain.
    IncomingTls = "incoming_tls" by Domain, incoming_tls: Account<u32, { IncomingTls::COUNT }>, IncomingTls;
    /// By the sender's address, with the same cells as `domains`.
    Addresses = "addresses" by Address, addresses: Account<u32, { Sender::COUNT }, Last, Scattered>, Sender;
    /// By the network owner, with the same cells as `domains`.
    Owners = "owners" by Owner, owners: Account<u32, { Sender::COUNT }>, Sender;
    /// By sender group.
    Groups = "groups" by SenderGroup, groups: Account<u32, { SenderGroup::COUNT }>, SenderGroup;
    /// By internal user.
    Users = "users" by User, users: Account<u32, { User::COUNT }>, User;
    /// By content filter and user. The filter is the upper half of the key.
    Filters = "filters" by Filter, filters: Account<u64, { Filter::COUNT }, (), Scattered>, Filter;
    /// By type of virus.
    Viruses = "viruses" by Virus, viruses: Account<u32, { Virus::COUNT }>, Virus;
    /// By outbreak.
    Outbreaks = "outbreaks" by Outbreak, outbreaks: Account<u32, { Outbreak::COUNT }>, Outbreak;
    /// By destination, base interval, TLS setting and outcome.
    Deliveries = "deliveries" by Delivery, deliveries: Account<u64, { Delivery::COUNT }, (), Scattered>, Delivery;
}

/// The kind of an account's keys: the things that have its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// The account has no keys.
    None,
    /// A domain.
    Domain,
    /// An IPv4 address.
    Address,
    /// A network owner.
    Owner,
    /// A sender group.
    SenderGroup,
    /// An internal user.
    User,
    /// A content filter and an internal user, as [`filter_key`](crate::filter_key) packs them.
    Filter,
    /// A type of virus.
    Virus,
    /// An outbreak.
    Outbreak,
    /// A [`DeliveryKey`](crate::DeliveryKey).
    Delivery,
}

/// The accounts that a run keeps. It always keeps the counts of the whole appliance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    /// A bit for each part.
    parts: u32,
    detail: Detail,
}

impl Selection {
    /// Every account, by key.
    pub const ALL: Selection = Selection { parts: u32::MAX, detail: Detail::Keys };

    /// The sums of every account over all keys. They cost a fraction of the accounts.
    pub const SUMS: Selection = Selection { parts: u32::MAX, detail: Detail::Sum };

    /// Only these accounts.
    pub fn only(self, parts: impl IntoIterator<Item = Part>) -> Self {
        Selection { parts: parts.into_iter().fold(0, |bits, part| bits | 1 << part as u32), ..self }
    }

    /// The detail in which an account is kept.
    pub fn detail(self, part: Part) -> Detail {
        if self.parts >> part as u32 & 1 == 1 { self.detail } else { Detail::Nothing }
    }
}

/// The expected size of the accounts of one interval.
#[derive(Clone, Copy, Debug, Default)]
pub struct Room {
    /// Numbers of domains, owners and users.
    pub keys: [usize; 3],
    /// Rows of addresses.
    pub addresses: usize,
}

impl Counts {
    /// Empty counts that keep some accounts, with room for rows of this number.
    pub fn with_room(selection: Selection, room: &Room) -> Self {
        let mut counts = Counts::keeping(selection);
        if selection.detail == Detail::Sum {
            return counts;
        }
        // An array of places is worth its memory if many of its numbers have rows. In the traffic of a site, a domain has several
        // addresses.
        let is_worth = |keys: usize| keys < 16 * room.addresses;
        let [domains, owners, users] = room.keys.map(|keys| if is_worth(keys) { keys } else { 0 });
        counts.domains.reserve(domains);
        counts.incoming_tls.reserve(domains);
        counts.owners.reserve(owners);
        counts.users.reserve(users);
        counts.addresses.reserve(room.addresses);
        counts
    }

    /// The rows of one part, in no particular order: key, facts about the sender, and cells. Counting and tables use the accounts, because
    /// copies are slow.
    pub fn rows(&self, part: Part) -> Vec<(u64, Last, Vec<u64>)> {
        struct List;

        impl AccountVisitor for List {
            type Output = Vec<(u64, Last, Vec<u64>)>;

            fn visit<Key, const CELLS: usize, N, Places>(
                self,
                accounts: &[&Account<Key, CELLS, N, Places>],
            ) -> Self::Output
            where
                Key: AccountKey + Into<u64>,
                N: Note,
                Places: Index<Key>,
            {
                let rows = accounts.iter().flat_map(|account| account.rows());
                rows.map(|row| (row.key.into(), row.note.last(), row.cells.to_vec())).collect()
            }
        }

        Counts::visit(part, &[self], List)
    }
}

/// The cells of `System`. All are sums, except the maximum depth of the work queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct SystemCounts {
    /// The counts.
    pub cells: [u64; System::COUNT],
}

impl SystemCounts {
    /// Adds to one cell. After the span, one interval has all mail that leaves the work queue later, maybe after years. It is shown nowhere,
    /// and its times end at the largest number.
    #[inline]
    pub fn add(&mut self, cell: System, count: u64) {
        let sum = &mut self.cells[cell as usize];
        *sum = sum.saturating_add(count);
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
            *cell = cell.saturating_add(count);
        }
        self.cells[System::QueueDepthMax as usize] = depth;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::NO_SCORE;

    #[test]
    fn times_end_at_the_largest_number() {
        let mut counts = SystemCounts::default();
        counts.add(System::QueueTime, u64::MAX - 1);
        counts.add(System::QueueTime, 2);
        counts.absorb(counts);
        assert_eq!(counts.get(System::QueueTime), u64::MAX);
    }

    #[test]
    fn a_sum_is_one_row_of_all_rows() {
        let mut counts = Counts::default();
        counts.users.add(7, 0usize, 3);
        counts.users.add(9, 0usize, 300);
        counts.users.add(9, 2usize, 1);
        let mut bytes = Vec::new();
        counts.write_sum(Part::Users, &mut bytes);
        let mut sum = Counts::default();
        sum.absorb_bytes(Part::Users, &bytes).expect("the bytes are of this part");
        assert_eq!(sum.users.len(), 1);
        assert_eq!(sum.users.total(), counts.users.total());
        assert_eq!(sum.users.row(0).cells[..3], [303, 0, 1]);
    }

    #[test]
    fn counts_of_more_than_32_bits_are_exact() {
        const MOST: u64 = u32::MAX as u64;
        let mut counts = Counts::default();
        // The account has several pages.
        (0..3000).for_each(|user| counts.users.add(user, User::OutgoingClean, 1));
        for (user, count) in [(7, MOST), (2999, MOST), (7, 1), (7, MOST), (2999, 1 << 40)] {
            counts.users.add(user, User::IncomingSpam, count);
        }
        let mut bytes = Vec::new();
        counts.write_part(Part::Users, &mut bytes);
        let mut thrice = counts.clone();
        thrice.absorb(counts);
        thrice.absorb_bytes(Part::Users, &bytes).expect("the bytes are of this part");
        let mut expected = [0; User::COUNT];
        for row in thrice.users.rows() {
            let sum = match row.key {
                7 => 2 * MOST + 1,
                2999 => MOST + (1 << 40),
                _ => 0,
            };
            let mut cells = [0; User::COUNT];
            (cells[User::IncomingSpam as usize], cells[User::OutgoingClean as usize]) = (3 * sum, 3);
            assert_eq!(row.cells, cells, "user {}", row.key);
            expected.iter_mut().zip(cells).for_each(|(sum, cell)| *sum += cell);
        }
        assert_eq!((thrice.users.len(), thrice.users.total()), (3000, expected));
    }

    #[test]
    fn a_part_comes_back_as_it_was_and_adds_up() {
        let mut counts = Counts::default();
        counts.system.add(System::QueueDepthTime, u64::MAX / 4);
        counts.system.note_depth(7);
        let note = counts.addresses.add_all(0xFFFF_FFFE, [(Sender::COUNT - 1, 128)]);
        *note = Last { opened: (1 << 51, 3), sbrs: NO_SCORE, group: 4, population: 300 };
        counts.filters.add(5 << 32 | 9, 0usize, 1);
        let mut twice = Counts::default();
        for part in Part::ALL {
            let mut bytes = Vec::new();
            counts.write_part(part, &mut bytes);
            for _ in 0..2 {
                twice.absorb_bytes(part, &bytes).expect("the bytes are of this part");
            }
            assert_eq!(twice.absorb_bytes(part, &bytes[..bytes.len() - 1]), None, "{part:?} cut short");
            bytes.push(0);
            assert_eq!(Counts::default().absorb_bytes(part, &bytes), None, "{part:?} with more bytes after it");
        }
        assert_eq!(twice.system.get(System::QueueDepthTime), u64::MAX / 4 * 2);
        assert_eq!(twice.system.get(System::QueueDepthMax), 7);
        assert_eq!(twice.addresses.row(0).note, counts.addresses.row(0).note);
        assert_eq!(twice.addresses.row(0).cells[Sender::COUNT - 1], 256);
        assert_eq!(twice.filters.row(0).cells[0], 2);
    }
}
