//! One account: rows of whole numbers by key.

use hashbrown::HashTable;

use crate::facts::Note;

/// Rows of `CELLS` whole numbers by key, in the order in which keys first appeared. That order has no meaning: sort the
/// rows that you read.
#[derive(Clone, Debug, Default)]
pub struct Account<Key, const CELLS: usize, Note = (), Index = Dense> {
    index: Index,
    rows: Vec<Row<Key, CELLS, Note>>,
    /// True if all keys share one row. Its key is the one that came first.
    is_sum: bool,
}

/// The places of rows whose keys are small numbers: domains, users, types of virus.
#[derive(Clone, Debug, Default)]
pub struct Dense(Vec<u32>);

/// The places of rows whose keys are sparse: addresses, and keys of several parts.
#[derive(Clone, Debug, Default)]
pub struct Scattered(HashTable<u32>);

/// The places of an account's rows.
pub trait Index<Key>: Default {
    /// The place of a key's row. `key_at` gives the key of the row at a place.
    fn find(&self, key: Key, key_at: impl Fn(u32) -> Key) -> Option<u32>;

    /// Adds the place of a key that has none yet.
    fn insert(&mut self, key: Key, place: u32, key_at: impl Fn(u32) -> Key);

    /// Makes room for `keys` more keys.
    fn reserve(&mut self, keys: usize, key_at: impl Fn(u32) -> Key);
}

/// The value that means no row in a dense index.
const NO_ROW: u32 = u32::MAX;

impl Index<u32> for Dense {
    #[inline]
    fn find(&self, key: u32, _: impl Fn(u32) -> u32) -> Option<u32> {
        self.0.get(key as usize).copied().filter(|&place| place != NO_ROW)
    }

    #[inline]
    fn insert(&mut self, key: u32, place: u32, _: impl Fn(u32) -> u32) {
        if key as usize >= self.0.len() {
            self.0.resize((key as usize + 1).next_power_of_two(), NO_ROW);
        }
        self.0[key as usize] = place;
    }

    fn reserve(&mut self, _: usize, _: impl Fn(u32) -> u32) {}
}

impl<Key: AccountKey> Index<Key> for Scattered {
    #[inline]
    fn find(&self, key: Key, key_at: impl Fn(u32) -> Key) -> Option<u32> {
        self.0.find(key.hash(), |&place| key_at(place) == key).copied()
    }

    #[inline]
    fn insert(&mut self, key: Key, place: u32, key_at: impl Fn(u32) -> Key) {
        self.0.insert_unique(key.hash(), place, |&place| key_at(place).hash());
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
    /// An account that keeps only the sums over all keys. It costs a fraction of one with keys.
    pub fn sum() -> Self {
        Account { index: Places::default(), rows: Vec::new(), is_sum: true }
    }

    /// The row of a key, which is created if there is none.
    #[inline]
    pub fn row(&mut self, key: Key) -> &mut Row<Key, CELLS, Note> {
        let rows = &self.rows;
        if self.is_sum && !rows.is_empty() {
            return &mut self.rows[0];
        }
        let place = match self.index.find(key, |place| rows[place as usize].key) {
            Some(place) => place,
            None => self.new_row(key),
        };
        &mut self.rows[place as usize]
    }

    fn new_row(&mut self, key: Key) -> u32 {
        let place = self.rows.len() as u32;
        self.rows.push(Row { key, note: Note::default(), cells: [0; CELLS] });
        let rows = &self.rows;
        self.index.insert(key, place, |place| rows[place as usize].key);
        place
    }

    /// Adds to one cell of a key.
    #[inline]
    pub fn add(&mut self, key: Key, cell: impl Into<usize>, count: u64) {
        self.row(key).cells[cell.into()] += count;
    }

    /// Makes room for `rows` more rows.
    pub fn reserve(&mut self, rows: usize) {
        if self.is_sum {
            return;
        }
        let known = &self.rows;
        self.index.reserve(rows, |place| known[place as usize].key);
        self.rows.reserve(rows);
    }

    /// Adds all rows of another account.
    pub fn absorb(&mut self, mut other: Self) {
        // The order of addition does not matter, so the smaller account is added to the larger.
        if self.rows.len() < other.rows.len() {
            std::mem::swap(self, &mut other);
        }
        for theirs in other.rows {
            let ours = self.row(theirs.key);
            ours.note = ours.note.max(theirs.note);
            for (cell, count) in ours.cells.iter_mut().zip(theirs.cells) {
                *cell += count;
            }
        }
    }

    /// The rows, in no particular order.
    pub fn rows(&self) -> &[Row<Key, CELLS, Note>] {
        &self.rows
    }

    /// The sums of all rows.
    pub fn total(&self) -> [u64; CELLS] {
        let mut total = [0; CELLS];
        for row in &self.rows {
            for (sum, count) in total.iter_mut().zip(row.cells) {
                *sum += count;
            }
        }
        total
    }
}
