//! The parts of an interval's counts. Each part can be written as bytes and read back by itself.

use integer_encoding::VarInt;

use crate::account::{Account, AccountKey, Index, Row};
use crate::counts::{Counts, SystemCounts};
use crate::facts::{Last, System};

/// One account of `Counts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Counts of the whole appliance.
    System,
    /// By the sender's domain.
    Domains,
    /// TLS by the sender's domain.
    IncomingTls,
    /// By the sender's address.
    Addresses,
    /// By the network owner.
    Owners,
    /// By sender group.
    Groups,
    /// By internal user.
    Users,
    /// By filter and user.
    Filters,
    /// By type of virus.
    Viruses,
    /// By outbreak.
    Outbreaks,
    /// By destination, base interval, TLS setting and outcome.
    Deliveries,
}

impl Part {
    /// Number of parts.
    pub const COUNT: usize = Self::ALL.len();

    /// Every part, in order of numbers.
    pub const ALL: [Part; 11] = [
        Part::System,
        Part::Domains,
        Part::IncomingTls,
        Part::Addresses,
        Part::Owners,
        Part::Groups,
        Part::Users,
        Part::Filters,
        Part::Viruses,
        Part::Outbreaks,
        Part::Deliveries,
    ];
}

impl Counts {
    /// Appends one part as bytes. `absorb_bytes` reads them.
    pub fn write_part(&self, part: Part, out: &mut Vec<u8>) {
        match part {
            Part::System => self.system.cells.iter().for_each(|&cell| push(out, cell)),
            Part::Domains => write(&self.domains, out),
            Part::IncomingTls => write(&self.incoming_tls, out),
            Part::Addresses => write(&self.addresses, out),
            Part::Owners => write(&self.owners, out),
            Part::Groups => write(&self.groups, out),
            Part::Users => write(&self.users, out),
            Part::Filters => write(&self.filters, out),
            Part::Viruses => write(&self.viruses, out),
            Part::Outbreaks => write(&self.outbreaks, out),
            Part::Deliveries => write(&self.deliveries, out),
        }
    }

    /// Appends the sums over one part's rows as a part with a single row whose key is 0. It is enough for readers that
    /// need no keys. Deliveries have no sum because their meaning depends on their keys.
    pub fn write_sum(&self, part: Part, out: &mut Vec<u8>) {
        match part {
            Part::System => self.write_part(part, out),
            Part::Domains => write_sum(&self.domains, out),
            Part::IncomingTls => write_sum(&self.incoming_tls, out),
            Part::Addresses => write_sum(&self.addresses, out),
            Part::Owners => write_sum(&self.owners, out),
            Part::Groups => write_sum(&self.groups, out),
            Part::Users => write_sum(&self.users, out),
            Part::Filters => write_sum(&self.filters, out),
            Part::Viruses => write_sum(&self.viruses, out),
            Part::Outbreaks => write_sum(&self.outbreaks, out),
            Part::Deliveries => {}
        }
    }

    /// Adds one part that `write_part` has written, as `absorb` does. Returns `None` if the bytes are not such a part.
    pub fn absorb_bytes(&mut self, part: Part, mut bytes: &[u8]) -> Option<()> {
        let bytes = &mut bytes;
        match part {
            Part::System => {
                let mut other = SystemCounts { cells: [0; System::COUNT] };
                other.cells.iter_mut().try_for_each(|cell| take(bytes).map(|number| *cell = number))?;
                self.system.absorb(other);
            }
            Part::Domains => read(&mut self.domains, bytes)?,
            Part::IncomingTls => read(&mut self.incoming_tls, bytes)?,
            Part::Addresses => read(&mut self.addresses, bytes)?,
            Part::Owners => read(&mut self.owners, bytes)?,
            Part::Groups => read(&mut self.groups, bytes)?,
            Part::Users => read(&mut self.users, bytes)?,
            Part::Filters => read(&mut self.filters, bytes)?,
            Part::Viruses => read(&mut self.viruses, bytes)?,
            Part::Outbreaks => read(&mut self.outbreaks, bytes)?,
            Part::Deliveries => read(&mut self.deliveries, bytes)?,
        }
        bytes.is_empty().then_some(())
    }
}

/// A key or note of a row that can be written as bytes.
trait Plain: Copy {
    fn push(self, out: &mut Vec<u8>);
    fn take(bytes: &mut &[u8]) -> Option<Self>;
}

impl Plain for u32 {
    fn push(self, out: &mut Vec<u8>) {
        push(out, self.into());
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        take(bytes)?.try_into().ok()
    }
}

impl Plain for u64 {
    fn push(self, out: &mut Vec<u8>) {
        push(out, self);
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        take(bytes)
    }
}

impl Plain for () {
    fn push(self, _: &mut Vec<u8>) {}

    fn take(_: &mut &[u8]) -> Option<Self> {
        Some(())
    }
}

impl Plain for Last {
    fn push(self, out: &mut Vec<u8>) {
        let Last { opened: (micros, place), sbrs, group, population } = self;
        // A negative score keeps its bits, and so fits into two bytes.
        for number in [micros, place.into(), u64::from(sbrs.cast_unsigned()), group.into(), population.into()] {
            push(out, number);
        }
    }

    fn take(bytes: &mut &[u8]) -> Option<Self> {
        let opened = (take(bytes)?, take(bytes)?.try_into().ok()?);
        let sbrs = u16::try_from(take(bytes)?).ok()?.cast_signed();
        let (group, population) = (take(bytes)?.try_into().ok()?, take(bytes)?.try_into().ok()?);
        Some(Last { opened, sbrs, group, population })
    }
}

fn write<Key, const CELLS: usize, Note, Places>(account: &Account<Key, CELLS, Note, Places>, out: &mut Vec<u8>)
where
    Key: AccountKey + Plain,
    Note: Plain + Ord + Default,
    Places: Index<Key>,
{
    push(out, account.rows().len() as u64);
    account.rows().iter().for_each(|row| write_row(row, out));
}

fn write_sum<Key, const CELLS: usize, Note, Places>(account: &Account<Key, CELLS, Note, Places>, out: &mut Vec<u8>)
where
    Key: AccountKey + Plain + Default,
    Note: Plain + Ord + Default,
    Places: Index<Key>,
{
    push(out, 1);
    write_row(&Row { key: Key::default(), note: Note::default(), cells: account.total() }, out);
}

fn write_row<Key: Plain, const CELLS: usize, Note: Plain>(row: &Row<Key, CELLS, Note>, out: &mut Vec<u8>) {
    row.key.push(out);
    row.note.push(out);
    // Most cells of most rows are zero, so a row begins with one bit for each cell: is it above zero?
    let counted = row.cells.iter().enumerate().filter(|(_, count)| **count != 0);
    push(out, counted.clone().fold(0, |bits, (cell, _)| bits | 1 << cell));
    counted.for_each(|(_, &count)| push(out, count));
}

fn read<Key, const CELLS: usize, Note, Places>(
    account: &mut Account<Key, CELLS, Note, Places>,
    bytes: &mut &[u8],
) -> Option<()>
where
    Key: AccountKey + Plain,
    Note: Plain + Ord + Default,
    Places: Index<Key>,
{
    let rows = take(bytes)?;
    // A row takes at least two bytes. The limit keeps invalid bytes from reserving unbounded memory.
    account.reserve(usize::try_from(rows).ok()?.min(bytes.len() / 2));
    for _ in 0..rows {
        let (key, note) = (Key::take(bytes)?, Note::take(bytes)?);
        let row = account.row(key);
        row.note = row.note.max(note);
        let mut counted = take(bytes)?;
        while counted != 0 {
            *row.cells.get_mut(counted.trailing_zeros() as usize)? += take(bytes)?;
            counted &= counted - 1;
        }
    }
    Some(())
}

#[inline]
fn push(out: &mut Vec<u8>, number: u64) {
    // Most cells of most rows fit into one byte.
    if number < 0x80 {
        out.push(number as u8);
    } else {
        let mut buffer = [0; 10];
        let length = number.encode_var(&mut buffer);
        out.extend_from_slice(&buffer[..length]);
    }
}

#[inline]
fn take(bytes: &mut &[u8]) -> Option<u64> {
    let (&first, rest) = bytes.split_first()?;
    if first < 0x80 {
        *bytes = rest;
        return Some(u64::from(first));
    }
    let (number, length) = u64::decode_var(bytes)?;
    *bytes = &bytes[length..];
    Some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(sum.users.rows().len(), 1);
        assert_eq!(sum.users.total(), counts.users.total());
        assert_eq!(sum.users.rows()[0].cells[..3], [303, 0, 1]);
    }
    use crate::facts::{NO_SCORE, Sender};

    #[test]
    fn a_part_comes_back_as_it_was_and_adds_up() {
        let mut counts = Counts::default();
        counts.system.add(System::QueueDepthTime, u64::MAX / 4);
        counts.system.note_depth(7);
        let row = counts.addresses.row(0xFFFF_FFFE);
        row.note = Last { opened: (1 << 51, 3), sbrs: NO_SCORE, group: 4, population: 300 };
        row.cells[Sender::COUNT - 1] = 128;
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
        assert_eq!(twice.addresses.rows()[0].note, counts.addresses.rows()[0].note);
        assert_eq!(twice.addresses.rows()[0].cells[Sender::COUNT - 1], 256);
        assert_eq!(twice.filters.rows()[0].cells[0], 2);
    }
}
