//! Slows down clients that guess passwords.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

/// The number of failures at which waiting begins. Earlier failures cost no time.
const FREE: u32 = 3;
/// The first wait. Each further wait is twice as long.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// The longest wait.
const LONGEST_WAIT: Duration = Duration::from_secs(8);
/// The time after which failures are forgotten, counted from the end of the wait.
const FORGET: Duration = Duration::from_secs(900);
/// The maximum number of peers that are remembered. If there are more, the peer with the earliest end of its wait is forgotten.
const PEERS: usize = 1024;
/// The maximum number of attempts of one peer that wait at once. Further ones are refused.
const QUEUE: usize = 4;

/// Slows down clients that guess passwords. After a few failures of one peer, each further attempt from it waits longer, and only a
/// few attempts may wait. Other peers do not wait.
#[derive(Debug, Default)]
pub(super) struct Brake {
    peers: Mutex<HashMap<IpAddr, Failures>>,
}

/// The failures of a peer, and the earliest moment of its next attempt.
#[derive(Clone, Debug)]
struct Failures {
    count: u32,
    open_at: Instant,
    /// One permit for each attempt that may wait.
    places: Arc<Semaphore>,
}

impl Brake {
    /// Takes a place in the queue of a peer until the permit is dropped. `None` if the peer may try at once.
    ///
    /// # Errors
    /// If too many attempts of the peer wait. The error is the time until the first of them is made.
    pub(super) fn queue(&self, peer: IpAddr) -> Result<Option<OwnedSemaphorePermit>, Duration> {
        let peers = self.peers();
        let now = Instant::now();
        let Some(failures) = peers.get(&household(peer)).filter(|failures| failures.open_at > now) else {
            return Ok(None);
        };
        let place = Arc::clone(&failures.places).try_acquire_owned();
        place.map(Some).map_err(|_| failures.open_at - now)
    }

    /// Waits until a peer may try.
    pub(super) async fn wait(&self, peer: IpAddr) {
        let open_at = self.peers().get(&household(peer)).map(|failures| failures.open_at);
        if let Some(open_at) = open_at {
            sleep_until(open_at).await;
        }
    }

    /// True if a peer may try now.
    pub(super) fn is_open(&self, peer: IpAddr) -> bool {
        self.peers().get(&household(peer)).is_none_or(|failures| failures.open_at <= Instant::now())
    }

    /// Records the outcome of an attempt.
    pub(super) fn note(&self, peer: IpAddr, right: bool) {
        let peer = household(peer);
        let mut peers = self.peers();
        if right {
            peers.remove(&peer);
            return;
        }
        let now = Instant::now();
        let before = peers.get(&peer).filter(|failures| failures.open_at + FORGET > now);
        let count = before.map_or(0, |failures| failures.count).saturating_add(1);
        let places = before.map_or_else(|| Arc::new(Semaphore::new(QUEUE)), |failures| Arc::clone(&failures.places));
        if peers.len() >= PEERS && !peers.contains_key(&peer) {
            let first = peers.iter().min_by_key(|(_, failures)| failures.open_at).map(|(peer, _)| *peer);
            first.and_then(|first| peers.remove(&first));
        }
        peers.insert(peer, Failures { count, open_at: now + wait_after(count), places });
    }

    fn peers(&self) -> MutexGuard<'_, HashMap<IpAddr, Failures>> {
        self.peers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The wait before the next attempt after `count` failures.
fn wait_after(count: u32) -> Duration {
    match count.checked_sub(FREE) {
        None => Duration::ZERO,
        Some(doublings) => FIRST_WAIT.saturating_mul(2_u32.saturating_pow(doublings)).min(LONGEST_WAIT),
    }
}

/// The address that identifies a peer. All addresses of an IPv6 /64 network are one peer, because one household can use any of them.
pub(crate) fn household(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(number: u32) -> IpAddr {
        IpAddr::from((0x0a00_0000 + number).to_be_bytes())
    }

    /// Waits as a peer and returns the duration.
    async fn waited(brake: &Brake, peer: IpAddr) -> Duration {
        let began = Instant::now();
        brake.wait(peer).await;
        assert!(brake.is_open(peer));
        began.elapsed()
    }

    #[tokio::test(start_paused = true)]
    async fn waits_double_up_to_a_limit_and_end_with_the_right_password() {
        let brake = Brake::default();
        let mut waits = Vec::new();
        for _ in 0..10 {
            brake.note(peer(1), false);
            waits.push(waited(&brake, peer(1)).await.as_millis());
        }
        assert_eq!(waits, [0, 0, 250, 500, 1000, 2000, 4000, 8000, 8000, 8000]);
        brake.note(peer(1), true);
        brake.note(peer(1), false);
        assert_eq!(waited(&brake, peer(1)).await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_few_attempts_of_a_peer_wait() {
        let brake = Brake::default();
        assert!(matches!(brake.queue(peer(1)), Ok(None)));
        (0..4).for_each(|_| brake.note(peer(1), false));
        let places: Vec<_> = (0..QUEUE).map(|_| brake.queue(peer(1)).expect("a place")).collect();
        assert_eq!(brake.queue(peer(1)).expect_err("no place"), Duration::from_millis(500));
        assert!(matches!(brake.queue(peer(2)), Ok(None)));
        // A further failure keeps the places that are taken.
        brake.note(peer(1), false);
        assert_eq!(brake.queue(peer(1)).expect_err("no place"), Duration::from_millis(1000));
        drop(places);
        assert!(matches!(brake.queue(peer(1)), Ok(Some(_))));
        brake.wait(peer(1)).await;
        assert!(matches!(brake.queue(peer(1)), Ok(None)));
    }

    #[tokio::test(start_paused = true)]
    async fn others_wait_for_nothing() {
        let brake = Brake::default();
        (0..20).for_each(|_| brake.note(peer(1), false));
        assert!(!brake.is_open(peer(1)));
        assert_eq!(waited(&brake, peer(2)).await, Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn addresses_of_one_network_are_one_peer() {
        let brake = Brake::default();
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        (0..4).for_each(|last| brake.note(address(&format!("2001:db8:1:2::{last}")), false));
        assert!(!brake.is_open(address("2001:db8:1:2:ffff::1")));
        assert!(brake.is_open(address("2001:db8:1:3::1")));
        (0..4).for_each(|_| brake.note(address("::ffff:192.0.2.1"), false));
        assert!(!brake.is_open(address("192.0.2.1")));
        assert!(brake.is_open(address("192.0.2.2")));
    }

    #[tokio::test(start_paused = true)]
    async fn failures_are_forgotten_after_a_while() {
        let brake = Brake::default();
        (0..20).for_each(|_| brake.note(peer(1), false));
        tokio::time::advance(LONGEST_WAIT + FORGET).await;
        brake.note(peer(1), false);
        assert!(brake.is_open(peer(1)));
    }

    #[tokio::test(start_paused = true)]
    async fn the_table_is_bounded_and_keeps_those_who_wait_longest() {
        let brake = Brake::default();
        (0..20).for_each(|_| brake.note(peer(0), false));
        (1..5000).for_each(|number| brake.note(peer(number), false));
        assert_eq!(brake.peers().len(), PEERS);
        assert!(!brake.is_open(peer(0)));
    }
}
