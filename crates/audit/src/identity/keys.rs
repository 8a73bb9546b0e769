//! Numbers the keys of rows. A key has the same number in every table.

use std::collections::HashMap;
use std::rc::Rc;

use crate::window::{IntervalRows, Values, Window};

/// The numbers of the keys in a window, by space.
#[derive(Debug, Default)]
pub(super) struct KeyNumbers<'w> {
    spaces: HashMap<&'w str, Space<'w>>,
    /// The key number of each row, by the name of the space, the table and the place of the interval.
    numbers: HashMap<(&'w str, u32, usize), Rc<[u32]>>,
}

#[derive(Debug, Default)]
struct Space<'w> {
    numbers: HashMap<(&'w str, &'w str), u32>,
    keys: Vec<(&'w str, &'w str)>,
}

impl<'w> KeyNumbers<'w> {
    /// The key number of each row of an interval. `place` is the interval's index among those of its table in the window.
    pub(super) fn of(
        &mut self,
        space: &'w str,
        columns: &[usize],
        (window, table, place): (&'w Window, u32, usize),
    ) -> Rc<[u32]> {
        if let Some(numbers) = self.numbers.get(&(space, table, place)) {
            return Rc::clone(numbers);
        }
        let interval = &window.tables[&table][place];
        let first = texts(interval, columns.first());
        let second = texts(interval, columns.get(1));
        let known = self.spaces.entry(space).or_default();
        let mut numbers = Vec::with_capacity(first.len());
        for (row, text) in first.iter().enumerate() {
            let key = (&**text, second.get(row).map_or("", |text| &**text));
            let next = known.keys.len() as u32;
            numbers.push(*known.numbers.entry(key).or_insert_with(|| {
                known.keys.push(key);
                next
            }));
        }
        let numbers: Rc<[u32]> = numbers.into();
        self.numbers.insert((space, table, place), Rc::clone(&numbers));
        numbers
    }

    /// Number of different keys of a space so far.
    pub(super) fn count(&self, space: &str) -> usize {
        self.spaces.get(space).map_or(0, |space| space.keys.len())
    }

    /// The parts of the key with a number.
    pub(super) fn key(&self, space: &str, number: usize) -> Vec<String> {
        let key = self.spaces.get(space).and_then(|space| space.keys.get(number));
        let parts = key.map(|&(first, second)| [first, second]).unwrap_or_default();
        parts.iter().filter(|part| !part.is_empty()).map(|part| (*part).to_owned()).collect()
    }
}

/// The texts of a column. Empty if the file does not have the column.
pub(super) fn texts<'w>(interval: &'w IntervalRows, column: Option<&usize>) -> &'w [Box<str>] {
    match column.and_then(|column| interval.columns.get(*column)) {
        Some(Some(Values::Texts(texts))) => texts,
        _ => &[],
    }
}
