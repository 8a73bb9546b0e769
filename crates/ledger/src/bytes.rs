//! Accounts as bytes.

use integer_encoding::VarInt;

use crate::account::{Account, AccountKey, Index, Row};
use crate::facts::Last;

/// A key or note of a row that can be written as bytes.
pub(crate) trait Plain: Copy {
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

/// Appends the rows of an account.
pub(crate) fn write<Key, const CELLS: usize, Note, Places>(
    account: &Account<Key, CELLS, Note, Places>,
    out: &mut Vec<u8>,
) where
    Key: AccountKey + Plain,
    Note: Plain + Ord + Default,
    Places: Index<Key>,
{
    push(out, account.len() as u64);
    account.rows().for_each(|row| write_row(&row, out));
}

/// Appends the sums over all rows as a single row whose key is 0.
pub(crate) fn write_sum<Key, const CELLS: usize, Note, Places>(
    account: &Account<Key, CELLS, Note, Places>,
    out: &mut Vec<u8>,
) where
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

/// Adds the rows that `write` has written, as `absorb` does. Returns `None` if the bytes are no such rows.
pub(crate) fn read<Key, const CELLS: usize, Note, Places>(
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
    let expected = usize::try_from(rows).ok()?.min(bytes.len() / 2);
    account.reserve(expected);
    for _ in 0..rows {
        let mut row = Row { key: Key::take(bytes)?, note: Note::take(bytes)?, cells: [0; CELLS] };
        let mut counted = take(bytes)?;
        while counted != 0 {
            *row.cells.get_mut(counted.trailing_zeros() as usize)? = take(bytes)?;
            counted &= counted - 1;
        }
        account.add_row(&row);
    }
    Some(())
}

/// Appends a number.
#[inline]
pub(crate) fn push(out: &mut Vec<u8>, number: u64) {
    // Most cells of most rows fit into one byte.
    if number < 0x80 {
        out.push(number as u8);
    } else {
        let mut buffer = [0; 10];
        let length = number.encode_var(&mut buffer);
        out.extend_from_slice(&buffer[..length]);
    }
}

/// Reads the next number.
#[inline]
pub(crate) fn take(bytes: &mut &[u8]) -> Option<u64> {
    let (&first, rest) = bytes.split_first()?;
    if first < 0x80 {
        *bytes = rest;
        return Some(u64::from(first));
    }
    let (number, length) = u64::decode_var(bytes)?;
    *bytes = &bytes[length..];
    Some(number)
}
