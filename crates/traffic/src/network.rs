//! Pools of addresses and the owners that share them.

use tollgate_scenario::Network;

use crate::names;
use crate::numbering::Numbering;
use crate::stream::StreamKey;

/// The largest number of blocks in a network. Each block has one owner.
pub const MOST_BLOCKS: u64 = 65_536;

/// A pool of addresses.
#[derive(Clone, Debug)]
pub struct Pool {
    /// The first address.
    pub base: u32,
    /// Number of addresses.
    pub size: u64,
    /// Base-2 logarithm of the number of addresses in a block.
    block_bits: u32,
    /// The owner of each block, and the owner's domain.
    blocks: Vec<(u32, u32)>,
}

impl Pool {
    /// Divides a network into blocks and gives them to owners. The owners with low ranks get the most.
    pub fn new(network: &Network, key: StreamKey, numbering: &mut Numbering) -> Self {
        let size = 1u64 << (32 - network.addresses.prefix_len());
        let count = size.min(MOST_BLOCKS);
        let ownerless = (count as f64 * network.no_owner.get()) as u64;
        let key = key.named("owners").named(&network.name);
        let owned = count - ownerless;
        let mut blocks = Vec::with_capacity(count as usize);
        for (rank, share) in (0..).zip(owner_blocks(owned, network.owners, network.owner_slope.get())) {
            let (name, domain) = names::owner(key.number(0), rank);
            let ids = (numbering.owners.id(&name), numbering.domains.id(&domain));
            blocks.extend(std::iter::repeat_n(ids, share as usize));
        }
        // Addresses without an owner still have host names, under the domains of a few small networks.
        for block in 0..ownerless {
            let domain = names::owner(key.named("ownerless").number(0), block % 64).1;
            blocks.push((numbering.no_owner(), numbering.domains.id(&domain)));
        }
        Pool { base: u32::from(network.addresses.network()), size, block_bits: (size / count).trailing_zeros(), blocks }
    }

    /// The owner of an address of the pool, and the owner's domain.
    #[inline]
    pub fn owner(&self, address: u32) -> (u32, u32) {
        self.blocks[((address - self.base) >> self.block_bits) as usize]
    }

    /// Replaces provisional numbers by final ones.
    pub fn renumber(&mut self, owners: &[u32], domains: &[u32]) {
        for (owner, domain) in &mut self.blocks {
            (*owner, *domain) = (owners[*owner as usize], domains[*domain as usize]);
        }
    }
}

/// Number of blocks for each owner: at least one, and the others in proportion to a power of its rank. No block is left
/// over.
fn owner_blocks(blocks: u64, owners: u32, slope: f64) -> Vec<u64> {
    let weights: Vec<f64> = (1..=owners).map(|rank| libm::pow(f64::from(rank), -slope)).collect();
    let total: f64 = weights.iter().sum();
    let spare = blocks.saturating_sub(u64::from(owners));
    let mut shares: Vec<u64> = weights.iter().map(|weight| 1 + (spare as f64 * weight / total) as u64).collect();
    let given: u64 = shares.iter().sum();
    shares[0] += blocks.saturating_sub(given);
    shares
}
