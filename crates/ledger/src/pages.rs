//! A list that grows without moving its items.

/// A list in pages. A growing `Vec` copies its items, and needs memory for both copies meanwhile.
#[derive(Clone, Debug)]
pub(crate) struct Pages<T> {
    pages: Vec<Vec<T>>,
    length: usize,
}

/// Number of items on a page.
const PAGE: usize = 1024;

impl<T> Pages<T> {
    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// Adds an item at the end.
    #[inline]
    pub(crate) fn push(&mut self, item: T) {
        if self.length.is_multiple_of(PAGE) {
            // The first page starts small, because most accounts have few rows.
            self.pages.push(if self.length == 0 { Vec::new() } else { Vec::with_capacity(PAGE) });
        }
        self.pages[self.length / PAGE].push(item);
        self.length += 1;
    }
}

impl<T> Default for Pages<T> {
    fn default() -> Self {
        Pages { pages: Vec::new(), length: 0 }
    }
}

impl<T> std::ops::Index<usize> for Pages<T> {
    type Output = T;

    #[inline]
    fn index(&self, place: usize) -> &T {
        &self.pages[place / PAGE][place % PAGE]
    }
}

impl<T> std::ops::IndexMut<usize> for Pages<T> {
    #[inline]
    fn index_mut(&mut self, place: usize) -> &mut T {
        &mut self.pages[place / PAGE][place % PAGE]
    }
}
