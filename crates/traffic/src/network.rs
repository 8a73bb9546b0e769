//! Pools of addresses and the owners that share them.

use std::sync::Arc;

use tollgate_scenario::Network;

use crate::address::Space;
use crate::draw::rank_weights;
use crate::id::{Address, DomainId, OwnerId};
use crate::names::Naming;
use crate::numbering::Numbering;
use crate::stream::{Generator, StreamKey, below, shuffle};
use crate::traits::spread;

/// The largest number of blocks in a network. Each block has one owner.
pub const MOST_BLOCKS: u64 = 65_536;

/// Base-2 logarithm of the number of blocks in the longest prefix of an owner. With it, a network of 134 million addresses consists of
/// prefixes from /17 to /21.
const LONGEST_PREFIX: u32 = 4;

/// Of so many blocks, one is crowded: its bots are all in one /24. With one in four, 10 % of 19,000 bots share a /24 with others, as
/// among the sources of spam in the TREC 2007 public corpus (10.5 % of 18,708).
const CROWDED_ONE_IN: u64 = 4;

/// A pool of addresses. An address has a place in the pool, from 0.
#[derive(Clone, Debug)]
pub struct Pool {
    /// Number of places. It is a power of two.
    pub size: u64,
    /// The first address of the network. Exports may show another one.
    pub base: u64,
    /// Base-2 logarithm of the number of addresses in a block.
    block_bits: u32,
    blocks: Vec<Block>,
    space: Arc<Space>,
}

/// A block of addresses that belongs to one owner.
#[derive(Clone, Copy, Debug)]
struct Block {
    /// The first address.
    base: u32,
    /// The bits of a place that decide the address of a bot in the block.
    bots: u32,
    holder: Holder,
}

/// The owner of addresses, and the owner's domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The owner.
    pub owner: OwnerId,
    /// The owner's domain.
    pub domain: DomainId,
    /// The place of this part of the owner's network in the distribution of reverse DNS.
    pub dns: u32,
}

/// Runs of places that senders occupy, in order of their first places.
#[derive(Clone, Debug, Default)]
pub struct Occupied(Vec<(u64, u64)>);

impl Pool {
    /// Divides a network into blocks and gives them to owners in prefixes of several sizes. Listed owners come first, with their shares.
    /// Of the others, those with low ranks get the most.
    pub fn new(
        network: &Network,
        space: &Arc<Space>,
        naming: &Naming,
        key: StreamKey,
        numbering: &mut Numbering,
    ) -> Self {
        let size = 1u64 << (32 - network.addresses.prefix_len());
        let count = size.min(MOST_BLOCKS);
        let ownerless = (count as f64 * network.no_owner.get()) as u64;
        let key = key.named("owners").named(&network.name);
        let shares = owner_blocks(network, count, ownerless);
        let mut holders: Vec<(Holder, u64)> = Vec::with_capacity(shares.len() + 64);
        let listed = network.listed_owners.iter().map(|owner| Some(owner.name.as_str())).chain(std::iter::repeat(None));
        let generated = naming.owners(key.number(0), network.owners as usize);
        for ((share, (name, domain)), listed) in shares.into_iter().zip(generated).zip(listed) {
            let owner = numbering.owner(listed.unwrap_or(&name));
            let holder = Holder { owner, domain: numbering.domain(&domain), dns: 0 };
            add_parts(&mut holders, holder, share, count);
        }
        // Addresses without an owner still have host names, under the domains of a few small networks.
        let few = ownerless.min(64);
        for (rank, (_, domain)) in (0..few).zip(naming.owners(key.named("ownerless").number(0), few as usize)) {
            let holder = Holder { owner: numbering.no_owner(), domain: numbering.domain(&domain), dns: 0 };
            add_parts(&mut holders, holder, (ownerless + few - 1 - rank) / few, count);
        }
        let weights: Vec<f64> = holders.iter().map(|&(_, blocks)| blocks as f64).collect();
        for ((holder, _), place) in holders.iter_mut().zip(spread(&weights, key.named("dns"))) {
            holder.dns = place;
        }
        let base = u32::from(network.addresses.network());
        let block_bits = (size / count).trailing_zeros();
        let mut generator = key.named("blocks").generator();
        let blocks = scatter(&holders, count, &mut generator).into_iter().zip(0u32..).map(|(holder, number)| {
            let crowded = below(generator.bits(), CROWDED_ONE_IN) == 0 && block_bits > 8;
            let bots = if crowded { 0xFF } else { ((1u64 << block_bits) - 1) as u32 };
            Block { base: space.shown(base + (number << block_bits)).bits(), bots, holder }
        });
        Pool { size, base: u64::from(base), block_bits, blocks: blocks.collect(), space: Arc::clone(space) }
    }

    /// The address at a place, and its holder.
    #[inline]
    pub fn host(&self, place: u64) -> (Address, Holder) {
        let block = self.blocks[(place >> self.block_bits) as usize];
        (Address::from_bits(block.base | (place & ((1 << self.block_bits) - 1)) as u32), block.holder)
    }

    /// The place that the bot at a place really has, its address and its holder. Bots at several places can have one address.
    #[inline]
    pub fn bot(&self, place: u64) -> (u64, Address, Holder) {
        let number = place >> self.block_bits;
        let (block, rest) = (self.blocks[number as usize], place as u32 & self.blocks[number as usize].bots);
        (number << self.block_bits | u64::from(rest), Address::from_bits(block.base | rest), block.holder)
    }

    /// The place of an address of the pool, and its holder.
    pub fn place(&self, address: Address) -> (u64, Holder) {
        let place = u64::from(self.space.hidden(address)) - self.base;
        (place, self.blocks[(place >> self.block_bits) as usize].holder)
    }

    /// Replaces provisional numbers by final ones.
    pub fn renumber(&mut self, owners: &[OwnerId], domains: &[DomainId]) {
        for Block { holder, .. } in &mut self.blocks {
            (holder.owner, holder.domain) = (owners[holder.owner.index()], domains[holder.domain.index()]);
        }
    }
}

impl Occupied {
    /// Occupies runs of places, given by their first places and lengths. Returns their first places. A run whose places are taken
    /// moves on to the next that are free. If the pool of `size` places is full, runs overlap.
    pub fn occupy(&mut self, wanted: &[(u64, u64)], size: u64) -> Vec<u64> {
        let mut order: Vec<usize> = (0..wanted.len()).collect();
        order.sort_unstable_by_key(|&at| (wanted[at].0, at));
        let mut firsts: Vec<u64> = wanted.iter().map(|&(first, _)| first).collect();
        let mut taken = std::mem::take(&mut self.0);
        // The second pass places the runs that do not fit before the end of the pool. It starts at the beginning.
        for again in [false, true] {
            let (mut next, mut at, mut free) = (Vec::new(), 0, 0);
            for &run in &order {
                let length = wanted[run].1;
                free = if again { free } else { wanted[run].0.max(free) };
                while let Some(&(from, to)) = taken.get(at).filter(|&&(from, _)| from < free + length) {
                    free = free.max(to);
                    at += 1;
                    debug_assert!(from < to);
                }
                if free + length <= size {
                    firsts[run] = free;
                    self.0.push((free, free + length));
                    free += length;
                } else {
                    next.push(run);
                }
            }
            taken.append(&mut self.0);
            taken.sort_unstable();
            order = next;
        }
        self.0 = taken;
        for run in order {
            firsts[run] = wanted[run].0.min(size.saturating_sub(wanted[run].1));
        }
        firsts
    }
}

/// Adds a holder of some blocks. The network of a large owner has parts, which differ in their reverse DNS. A part has at most a hundredth of
/// all blocks.
fn add_parts(holders: &mut Vec<(Holder, u64)>, holder: Holder, blocks: u64, count: u64) {
    let most = (count / 100).max(1);
    let mut left = blocks;
    while left > 0 {
        let part = left.min(most);
        holders.push((holder, part));
        left -= part;
    }
}

/// Number of blocks for each owner: for listed owners by their shares, and for the others by their ranks, as long as blocks are left.
fn owner_blocks(network: &Network, count: u64, ownerless: u64) -> Vec<u64> {
    let (owned, slope) = (count - ownerless, network.owner_slope.get());
    if network.listed_owners.is_empty() {
        return ranked_blocks(owned, network.owners, slope);
    }
    let mut blocks = listed_blocks(network, count, owned);
    let (rest, others) = (owned - blocks.iter().sum::<u64>(), network.owners - blocks.len() as u32);
    let others = others.min(rest as u32);
    if others > 0 {
        blocks.extend(ranked_blocks(rest, others, slope));
    }
    blocks
}

/// Number of blocks for each listed owner. It differs from the exact share by less than one block, and so does every sum of them. If
/// there are no other owners, shares are relative to their sum.
fn listed_blocks(network: &Network, count: u64, owned: u64) -> Vec<u64> {
    let shares = network.listed_owners.iter().map(|owner| owner.share.get());
    let are_all = network.listed_owners.len() == network.owners as usize;
    let scale = if are_all { owned as f64 / shares.clone().sum::<f64>() } else { count as f64 };
    let (mut exact, mut given) = (0.0, 0);
    let of_share = |share| {
        exact += share * scale;
        let blocks = (f64::round(exact) as u64).min(owned) - given;
        given += blocks;
        blocks
    };
    shares.map(of_share).collect()
}

/// Number of blocks for each owner: at least one, and the others in proportion to a power of its rank. No block is left
/// over.
fn ranked_blocks(blocks: u64, owners: u32, slope: f64) -> Vec<u64> {
    let weights = rank_weights(owners as usize, slope);
    let total: f64 = weights.iter().sum();
    let spare = blocks.saturating_sub(u64::from(owners));
    let mut shares: Vec<u64> = weights.iter().map(|weight| 1 + (spare as f64 * weight / total) as u64).collect();
    let given: u64 = shares.iter().sum();
    shares[0] += blocks.saturating_sub(given);
    shares
}

/// The holder of each block. Each holder gets its number of blocks, in aligned prefixes at random places. `count` is a power of two and
/// at least the sum of the numbers; blocks that are left over go to the first holder.
fn scatter(holders: &[(Holder, u64)], count: u64, generator: &mut Generator) -> Vec<Holder> {
    let longest = LONGEST_PREFIX.min(count.ilog2());
    let mut prefixes: Vec<Vec<Holder>> = vec![Vec::new(); longest as usize + 1];
    for &(holder, blocks) in holders {
        let mut left = blocks;
        while left > 0 {
            let most = longest.min(left.ilog2());
            // Half of the prefixes are as long as possible, a quarter half as long, and so on.
            let bits = most - generator.bits().trailing_zeros().min(most);
            prefixes[bits as usize].push(holder);
            left -= 1 << bits;
        }
    }
    let mut blocks = vec![holders[0].0; count as usize];
    let mut free: Vec<u64> = (0..count >> longest).collect();
    for (bits, prefixes) in prefixes.iter().enumerate().rev() {
        shuffle(&mut free, generator);
        let rest = free.split_off(prefixes.len().min(free.len()));
        for (&number, &holder) in free.iter().zip(prefixes) {
            blocks[(number << bits) as usize..((number + 1) << bits) as usize].fill(holder);
        }
        free = rest.into_iter().flat_map(|number| [2 * number, 2 * number + 1]).collect();
    }
    blocks
}

#[cfg(test)]
mod tests {
    use ipnet::Ipv4Net;
    use proptest::prelude::*;
    use tollgate_scenario::{Amount, ListedOwner, Share};

    use super::*;

    /// The blocks of four owners in a network of 1,024 blocks, some of which are listed.
    fn blocks(no_owner: f64, listed: &[f64]) -> Vec<u64> {
        let owner =
            |(number, &share): (usize, &f64)| ListedOwner { name: number.to_string(), share: Share::new(share) };
        let network = Network {
            name: "network".into(),
            addresses: Ipv4Net::new_assert([198, 18, 0, 0].into(), 22),
            owners: 4,
            owner_slope: Amount::ONE,
            no_owner: Share::new(no_owner),
            listed_owners: listed.iter().enumerate().map(owner).collect(),
        };
        owner_blocks(&network, 1024, (1024.0 * no_owner) as u64)
    }

    #[test]
    fn listed_owners_have_their_shares_and_the_others_divide_the_rest() {
        assert_eq!(blocks(0.5, &[]), ranked_blocks(512, 4, 1.0));
        assert_eq!(blocks(0.0, &[0.5])[..1], [512]);
        assert_eq!(blocks(0.0, &[0.5])[1..], ranked_blocks(512, 3, 1.0));
        // 102.4 and 204.8 blocks, and 256 without an owner.
        assert_eq!(blocks(0.25, &[0.1, 0.2])[..2], [102, 205]);
        assert_eq!(blocks(0.25, &[0.1, 0.2])[2..], ranked_blocks(461, 2, 1.0));
        assert_eq!(blocks(0.1, &[0.8, 0.1]), [819, 103]);
        // Only one block is left, and then none.
        assert_eq!(blocks(0.0, &[0.999]), [1023, 1]);
        assert_eq!(blocks(0.0, &[0.5, 0.5]), [512, 512]);
        // Without other owners, shares are relative to their sum.
        assert_eq!(blocks(0.5, &[0.1, 0.2, 0.05, 0.05]), [128, 256, 64, 64]);
    }

    proptest! {
        #[test]
        fn each_holder_gets_its_blocks(shares in prop::collection::vec(1u64..3000, 1..40), seed: u64) {
            let holders: Vec<(Holder, u64)> =
                (0u32..).zip(&shares).map(|(owner, &share)| (Holder { owner: OwnerId::new(owner), domain: DomainId::new(owner), dns: 0 }, share)).collect();
            let sum: u64 = shares.iter().sum();
            let count = sum.next_power_of_two();
            let blocks = scatter(&holders, count, &mut StreamKey::new(seed).generator());
            for &(holder, share) in &holders {
                let found = blocks.iter().filter(|&&each| each == holder).count() as u64;
                let rest = if holder.owner == OwnerId::default() { count - sum } else { 0 };
                prop_assert_eq!(found, share + rest);
            }
        }

        #[test]
        fn runs_do_not_overlap_while_there_is_room(
            classes in prop::collection::vec(prop::collection::vec((0u64..1024, 1u64..9), 0..30), 1..5),
        ) {
            let size = 1024;
            let mut occupied = Occupied::default();
            let (mut used, mut sum) = (vec![0u32; size as usize], 0);
            for wanted in &classes {
                let firsts = occupied.occupy(wanted, size);
                sum += wanted.iter().map(|&(_, length)| length).sum::<u64>();
                for (&first, &(_, length)) in firsts.iter().zip(wanted) {
                    prop_assert!(first + length <= size);
                    used[first as usize..(first + length) as usize].iter_mut().for_each(|times| *times += 1);
                }
            }
            // Runs of up to 8 places leave gaps of up to 7 places.
            if sum < 120 {
                prop_assert!(used.iter().all(|&times| times <= 1), "{used:?}");
            }
        }
    }
}
