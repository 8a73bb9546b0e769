//! Addressable random streams. A draw depends on the seed and on the name of the thing that is drawn, never on the
//! draws before it.

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

/// The generator of every random stream. Its algorithm is fixed, unlike those of `StdRng` and `SmallRng`.
pub type Generator = Xoshiro256PlusPlus;

/// The key of a family of streams: the seed and a path of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamKey(u64);

impl StreamKey {
    /// The key of everything that is drawn from a seed.
    pub fn new(seed: u64) -> Self {
        StreamKey(mix(seed))
    }

    /// The key of a named part.
    pub fn named(self, name: &str) -> Self {
        // FNV-1a. The length comes first, so that different paths of names never join to the same bytes.
        let start = 0xCBF2_9CE4_8422_2325 ^ name.len() as u64;
        let hash = name.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3));
        self.numbered(hash)
    }

    /// The key of a numbered part.
    #[inline]
    pub fn numbered(self, number: u64) -> Self {
        StreamKey(mix(self.0.rotate_left(23) ^ mix(number)))
    }

    /// A generator at the beginning of this stream.
    #[inline]
    pub fn generator(self) -> Generator {
        Generator::seed_from_u64(self.0)
    }

    /// A single number, uniform over all 64 bits, for things that need only one draw.
    #[inline]
    pub fn number(self, number: u64) -> u64 {
        mix(self.0 ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }
}

/// The finaliser of SplitMix64. Every bit of the input affects every bit of the output.
#[inline]
pub fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
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
}
