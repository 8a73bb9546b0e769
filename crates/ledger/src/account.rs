//! One account: rows of whole numbers by key.

use hashbrown::HashTable;

/// Rows of `CELLS` whole numbers by key, in the order in which keys first came. That order is not part of what is
/// counted: whoever reads an account must sort it.
#[derive(Clone, Debug, Default)]
pub struct Account<Key, const CELLS: usize, Note = ()> {
    index: HashTable<u32>,
    rows: Vec<Row<Key, CELLS, Note>>,
}

/// One row of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<Key, const CELLS: usize, Note = ()> {
    /// What the counts are of.
    pub key: Key,
    /// What goes with the counts and is not a number: the largest of all notes is kept.
    pub note: Note,
    /// The counts.
    pub cells: [u64; CELLS],
}

/// What an account can be kept by.
pub trait AccountKey: Copy + Ord {
    /// A hash that is the same everywhere. It decides where a row lies in memory and nothing else.
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

/// Folds the two halves of a product, which scatters neighbouring keys over the whole table.
#[inline]
fn scatter(key: u64) -> u64 {
    let product = u128::from(key ^ 0x9E37_79B9_7F4A_7C15) * 0xD6E8_FEB8_6659_FD93_u128;
    (product >> 64) as u64 ^ product as u64
}

impl<Key: AccountKey, const CELLS: usize, Note: Copy + Ord + Default> Account<Key, CELLS, Note> {
    /// The row of a key, made if there is none.
    #[inline]
    pub fn row(&mut self, key: Key) -> &mut Row<Key, CELLS, Note> {
        let rows = &self.rows;
        let known = self.index.find(key.hash(), |&at| rows[at as usize].key == key).copied();
        let at = known.unwrap_or_else(|| self.new_row(key));
        &mut self.rows[at as usize]
    }

    fn new_row(&mut self, key: Key) -> u32 {
        let at = self.rows.len() as u32;
        self.rows.push(Row { key, note: Note::default(), cells: [0; CELLS] });
        let rows = &self.rows;
        self.index.insert_unique(key.hash(), at, |&at| rows[at as usize].key.hash());
        at
    }

    /// Adds to one cell of a key.
    #[inline]
    pub fn add(&mut self, key: Key, cell: impl Into<usize>, count: u64) {
        self.row(key).cells[cell.into()] += count;
    }

    /// Makes room for so many more rows at once.
    pub fn reserve(&mut self, rows: usize) {
        self.index.reserve(rows, |&at| self.rows[at as usize].key.hash());
        self.rows.reserve(rows);
    }

    /// Adds all of another account.
    pub fn absorb(&mut self, mut other: Self) {
        // Addition has no order, so the smaller is added to the larger.
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
