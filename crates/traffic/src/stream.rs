//! Addressable random streams. A draw depends on the seed and on the name of the thing that is drawn, never on the
//! draws before it.

use std::convert::Infallible;

use rand::TryRng;

/// The generator of every random stream: SplitMix64 (Steele, Lea and Flood 2014). It needs no preparation, so every
/// connection can have a stream of its own.
#[derive(Clone, Copy, Debug)]
pub struct Generator(u64);

/// The key of a family of streams: the seed and a path of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamKey(u64);

impl StreamKey {
    /// The key of everything that is drawn from a seed.
    pub fn new(seed: u64) -> Self {
        StreamKey(mix(seed))
    }

    /// A key that is already a number with 64 uniform bits, such as one that `number` has given.
    #[inline]
    pub fn from_bits(bits: u64) -> Self {
        StreamKey(bits)
    }

    /// The key of a named part.
    pub fn named(self, name: &str) -> Self {
        self.of(StreamName::new(name))
    }

    /// The key of a part whose name is known beforehand.
    #[inline]
    pub fn of(self, name: StreamName) -> Self {
        self.numbered(name.0)
    }

    /// The key of a numbered part.
    #[inline]
    pub fn numbered(self, number: u64) -> Self {
        StreamKey(mix(self.0.rotate_left(23) ^ mix(number)))
    }

    /// A generator at the beginning of this stream.
    #[inline]
    pub fn generator(self) -> Generator {
        // The rotation keeps the stream apart from the numbers of `number`.
        Generator(self.0.rotate_left(32))
    }

    /// A single number, uniform over all 64 bits, for things that need only one draw.
    #[inline]
    pub fn number(self, number: u64) -> u64 {
        mix(self.0 ^ number.wrapping_mul(GOLDEN))
    }
}

/// A name of a part of the draws, as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamName(u64);

impl StreamName {
    /// The number of a name.
    pub const fn new(name: &str) -> Self {
        // FNV-1a. The length comes first, so that different paths of names never join to the same bytes.
        let bytes = name.as_bytes();
        let mut hash = 0xCBF2_9CE4_8422_2325 ^ bytes.len() as u64;
        let mut place = 0;
        while place < bytes.len() {
            hash = (hash ^ bytes[place] as u64).wrapping_mul(0x0000_0100_0000_01B3);
            place += 1;
        }
        StreamName(hash)
    }
}

impl Generator {
    /// The next 64 uniform bits.
    #[inline]
    pub fn bits(&mut self) -> u64 {
        let bits = mix(self.0);
        self.0 = self.0.wrapping_add(GOLDEN);
        bits
    }
}

impl TryRng for Generator {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.bits() >> 32) as u32)
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.bits())
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.bits().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

/// The step of SplitMix64: 2 to the power of 64, divided by the golden ratio.
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// The finaliser of SplitMix64. Every bit of the input affects every bit of the output.
#[inline]
pub fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(GOLDEN);
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

/// A number from 0 to 1, excluding 1, from 64 uniform bits.
#[inline]
pub fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
}

/// A number from 0 to `bound`, excluding `bound`, from 64 uniform bits.
#[inline]
pub fn below(bits: u64, bound: u64) -> u64 {
    ((u128::from(bits) * u128::from(bound)) >> 64) as u64
}

/// Puts a list in a random order.
pub(crate) fn shuffle<T>(list: &mut [T], generator: &mut Generator) {
    for last in (1..list.len()).rev() {
        list.swap(last, below(generator.bits(), last as u64 + 1) as usize);
    }
}

/// A probability, stored as a threshold: 64 uniform bits lie below it with that probability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Chance(u64);

impl Chance {
    /// The chance of a probability from 0 to 1.
    pub fn new(probability: f64) -> Self {
        if probability >= 1.0 { Chance(u64::MAX) } else { Chance((probability * 18_446_744_073_709_551_616.0) as u64) }
    }

    /// True if these bits fall below the threshold. With probability 1, this is always true.
    #[inline]
    pub fn hit(self, bits: u64) -> bool {
        bits < self.0 || self.0 == u64::MAX
    }

    /// True if the first 32 of these bits fall below the threshold, which is then rounded to 32 bits.
    #[inline]
    pub fn hit_half(self, bits: u64) -> bool {
        bits >> 32 < self.0 >> 32 || self.0 == u64::MAX
    }
}
