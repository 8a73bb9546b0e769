//! Draws of which a name is made.

use crate::stream::{Generator, StreamKey, below};

/// A sequence of draws.
pub(super) struct Draws(Generator);

impl Draws {
    /// The draws of a thing with these hashed bits. Each `part` has other draws.
    #[inline]
    pub(super) fn new(bits: u64, part: u64) -> Self {
        Draws(StreamKey::from_bits(bits).numbered(part).generator())
    }

    /// 64 uniform bits.
    #[inline]
    pub(super) fn bits(&mut self) -> u64 {
        self.0.bits()
    }

    /// A number from 0 to `bound`, excluding `bound`.
    #[inline]
    pub(super) fn below(&mut self, bound: usize) -> usize {
        below(self.bits(), bound as u64) as usize
    }

    /// True with a probability in thousandths.
    #[inline]
    pub(super) fn permille(&mut self, share: u64) -> bool {
        below(self.bits(), 1_000) < share
    }

    /// An element of a list.
    #[inline]
    pub(super) fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    /// An element of a list with weights.
    #[inline]
    pub(super) fn weighted<T: Copy>(&mut self, list: &[(u32, T)]) -> T {
        let total: u32 = list.iter().map(|(weight, _)| weight).sum();
        let mut rest = self.below(total as usize) as u32;
        let chosen = list.iter().find(|(weight, _)| {
            let is_here = rest < *weight;
            rest = rest.saturating_sub(*weight);
            is_here
        });
        chosen.expect("the rest is below the sum of all weights").1
    }
}
