//! One account: rows of whole numbers by key.

use std::collections::BTreeMap;

use hashbrown::HashTable;

use crate::facts::Note;
use crate::pages::Pages;

/// Rows of `CELLS` whole numbers by key, in the order in which keys first appeared. That order has no meaning: sort the
/// rows that you read.
#[derive(Clone, Debug, Default)]
pub struct Account<Key, const CELLS: usize, Note = (), Index = Dense> {
    index: Index,
    rows: Pages<PackedRow<Key, CELLS, Note>>,
    large: Large<CELLS>,
    detail: Detail,
}

/// A row in memory. There are up to millions of rows, and nearly all of their counts are small.
#[derive(Clone, Copy, Debug)]
struct PackedRow<Key, const CELLS: usize, Note> {
    key: Key,
    note: Note,
    cells: [u32; CELLS],
}

/// The detail in which an account counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// One row for each key.
    #[default]
    Keys,
    /// One row, which all keys share. Its key is the one that came first.
    Sum,
    /// Nothing.
    Nothing,
}

/// The places of rows whose keys are small numbers: domains, users, types of virus. Where room has been made for the numbers, an array has
/// their places, each with one added, because zeroed memory costs least. Few rows need no array.
#[derive(Clone, Debug, Default)]
pub struct Dense {
    places: Vec<u32>,
    others: Scattered,
}

/// The places of rows whose keys are sparse: addresses, and keys of several parts.
#[derive(Clone, Debug, Default)]
pub struct Scattered(HashTable<u32>);

/// The places of an account's rows.
pub trait Index<Key>: Default {
    /// The place of a key's row. If the key has none yet, its place is `next`. `key_at` gives the key of the row at a place.
    fn place(&mut self, key: Key, next: u32, key_at: impl Fn(u32) -> Key) -> u32;

    /// Makes room for keys: for `keys` more, or for all numbers below it if keys are small numbers.
    fn reserve(&mut self, keys: usize, key_at: impl Fn(u32) -> Key);
}

impl Index<u32> for Dense {
    #[inline(always)]
    fn place(&mut self, key: u32, next: u32, key_at: impl Fn(u32) -> u32) -> u32 {
        let Some(place) = self.places.get_mut(key as usize) else { return self.others.place(key, next, key_at) };
        if *place == 0 {
            *place = next + 1;
        }
        *place - 1
    }

    fn reserve(&mut self, keys: usize, _: impl Fn(u32) -> u32) {
        if self.places.is_empty() && self.others.0.is_empty() {
            self.places = vec![0; keys];
        }
    }
}

impl<Key: AccountKey> Index<Key> for Scattered {
    #[inline]
    fn place(&mut self, key: Key, next: u32, key_at: impl Fn(u32) -> Key) -> u32 {
        let entry = self.0.entry(key.hash(), |&place| key_at(place) == key, |&place| key_at(place).hash());
        *entry.or_insert(next).get()
    }

    fn reserve(&mut self, keys: usize, key_at: impl Fn(u32) -> Key) {
        self.0.reserve(keys, |&place| key_at(place).hash());
    }
}

/// One row of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<Key, const CELLS: usize, Note = ()> {
    /// The subject of the counts.
    pub key: Key,
    /// Data that is not a number. The largest of all notes is kept.
    pub note: Note,
    /// The counts.
    pub cells: [u64; CELLS],
}

/// Receives an account of any type. Several appliances or intervals have one each.
pub trait AccountVisitor {
    /// The result.
    type Output;

    /// Receives the accounts.
    fn visit<Key, const CELLS: usize, N, Places>(self, accounts: &[&Account<Key, CELLS, N, Places>]) -> Self::Output
    where
        Key: AccountKey + Into<u64>,
        N: Note,
        Places: Index<Key>;
}

/// A type that can be the key of an account.
pub trait AccountKey: Copy + Ord {
    /// A hash that is the same on every machine. It decides the place of a row in memory and nothing else.
    fn hash(self) -> u64;
}

impl AccountKey for u32 {
    #[inline]
    fn hash(self) -> u64 {
        scatter(u64::from(self))
    }
}

impl AccountKey for u64 {
    #[inline]
    fn hash(self) -> u64 {
        scatter(self)
    }
}

/// Folds the two halves of a product. This scatters neighbouring keys over the whole table.
#[inline]
fn scatter(key: u64) -> u64 {
    let product = u128::from(key ^ 0x9E37_79B9_7F4A_7C15) * 0xD6E8_FEB8_6659_FD93_u128;
    (product >> 64) as u64 ^ product as u64
}

impl<Key: AccountKey, const CELLS: usize, Note: Copy + Ord + Default, Places: Index<Key>>
    Account<Key, CELLS, Note, Places>
{
    /// An empty account. One that keeps only sums costs a fraction of one with keys.
    pub fn new(detail: Detail) -> Self {
        Account { index: Places::default(), rows: Pages::default(), large: BTreeMap::new(), detail }
    }

    /// True if the account counts anything.
    #[inline]
    pub fn is_kept(&self) -> bool {
        self.detail != Detail::Nothing
    }

    /// Adds to one cell of a key, if the account is kept.
    #[inline]
    pub fn add(&mut self, key: Key, cell: impl Into<usize>, count: u64) {
        if self.is_kept() {
            self.add_all(key, [(cell, count)]);
        }
    }

    /// Adds to some cells of a key, and returns its note. Call it only if the account is kept.
    #[inline(always)]
    pub fn add_all<const N: usize>(&mut self, key: Key, counts: [(impl Into<usize>, u64); N]) -> &mut Note {
        let place = self.place(key);
        let row = &mut self.rows[place];
        for (cell, count) in counts {
            add_to(&mut self.large, place, &mut row.cells, cell.into(), count);
        }
        &mut row.note
    }

    /// Adds a row. Call it only if the account is kept.
    pub fn add_row(&mut self, row: &Row<Key, CELLS, Note>) {
        let place = self.place(row.key);
        let ours = &mut self.rows[place];
        ours.note = row.note.max(ours.note);
        for (cell, &count) in row.cells.iter().enumerate() {
            add_to(&mut self.large, place, &mut ours.cells, cell, count);
        }
    }

    /// Makes room in the index for `keys` more keys, if the account is kept. If keys are small numbers, they are all below `keys`.
    pub fn reserve(&mut self, keys: usize) {
        if self.is_kept() {
            let known = &self.rows;
            self.index.reserve(keys, |place| known[place as usize].key);
        }
    }

    /// Adds all rows of another account.
    pub fn absorb(&mut self, mut other: Self) {
        // The order of addition does not matter, so the smaller account is added to the larger.
        if self.len() < other.len() {
            std::mem::swap(self, &mut other);
        }
        other.rows().for_each(|row| self.add_row(&row));
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True if there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows, in no particular order.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = Row<Key, CELLS, Note>> {
        (0..self.len()).map(|place| self.row(place))
    }

    /// The row at a place below their number.
    #[inline]
    pub fn row(&self, place: usize) -> Row<Key, CELLS, Note> {
        let PackedRow { key, note, cells } = self.rows[place];
        let mut cells = cells.map(u64::from);
        if let Some(large) = self.large.get(&(place as u32)) {
            cells.iter_mut().zip(large).for_each(|(cell, large)| *cell += large);
        }
        Row { key, note, cells }
    }

    /// The sums of all rows.
    pub fn total(&self) -> [u64; CELLS] {
        let mut total = [0; CELLS];
        for row in self.rows() {
            for (sum, count) in total.iter_mut().zip(row.cells) {
                *sum += count;
            }
        }
        total
    }

    /// The place of the row of a key, which is created if there is none.
    #[inline(always)]
    fn place(&mut self, key: Key) -> usize {
        debug_assert!(self.is_kept(), "this account counts nothing");
        if self.detail != Detail::Keys && !self.is_empty() {
            return 0;
        }
        let next = self.rows.len() as u32;
        let rows = &self.rows;
        let place = self.index.place(key, next, |place| rows[place as usize].key);
        if place == next {
            self.rows.push(PackedRow { key, note: Note::default(), cells: [0; CELLS] });
        }
        place as usize
    }
}

/// Counts that do not fit into the cells of rows, by their places.
type Large<const CELLS: usize> = BTreeMap<u32, [u64; CELLS]>;

/// Adds to a cell of the row at a place.
#[inline(always)]
fn add_to<const CELLS: usize>(
    large: &mut Large<CELLS>,
    place: usize,
    cells: &mut [u32; CELLS],
    cell: usize,
    count: u64,
) {
    let sum = u64::from(cells[cell]) + count;
    cells[cell] = u32::try_from(sum).unwrap_or_else(|_| {
        add_large(large, place, cell, sum);
        0
    });
}

#[cold]
fn add_large<const CELLS: usize>(large: &mut Large<CELLS>, place: usize, cell: usize, count: u64) {
    large.entry(place as u32).or_insert([0; CELLS])[cell] += count;
}
