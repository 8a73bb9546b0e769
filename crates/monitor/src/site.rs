//! The state that all requests share.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use std::thread;

use tokio::sync::Semaphore;
use tollgate_catalogue::{Catalogue, Rule};
use tollgate_history::{History, HistoryError};
use tollgate_wording::list;

use crate::cache::{Bounds, Cache};
use crate::export::key::ExportKey;
use crate::refusal::{HttpRefusal, shown};

/// The maximum number of pages that are made at once.
pub(crate) const PAGES: usize = 8;

/// The maximum number of addresses on a page. They take about half a GB.
pub(crate) const MOST_ADDRESSES: usize = 1_000_000;

/// The minimum cache size in the calculation of the bytes that readers may hold.
const LEAST_CACHE_BYTES: u64 = 64 * 1024 * 1024;

/// The state that all requests share.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) history: History,
    pub(crate) catalogue: &'static Catalogue,
    /// The exports made so far.
    pub(crate) exports: Cache<ExportKey>,
    /// Permits for making pages. A page occupies a thread while it waits for figures, and the limit leaves threads for
    /// downloads.
    pub(crate) pages: Arc<Semaphore>,
    /// The maximum number of addresses on a page.
    pub(crate) most_addresses: usize,
    /// Held while a page of addresses is made, because many such pages at once would take too much memory.
    pub(crate) addresses_turn: Mutex<()>,
}

impl Site {
    /// A site that shows a history and caches `cache_bytes` bytes of exports.
    pub(crate) fn new(history: History, cache_bytes: u64) -> Self {
        let bounds = Bounds {
            kept_bytes: cache_bytes,
            most_bytes: 4 * cache_bytes.max(LEAST_CACHE_BYTES),
            makers: thread::available_parallelism().map_or(1, NonZeroUsize::get),
        };
        Site {
            catalogue: Catalogue::builtin(),
            exports: Cache::new(bounds, history.host().clone()),
            pages: Arc::new(Semaphore::new(PAGES)),
            most_addresses: MOST_ADDRESSES,
            addresses_turn: Mutex::default(),
            history,
        }
    }

    /// The refusal of a request whose counts cannot be read. If the history cannot write to the disk, the cache gives back space.
    pub(crate) fn refuse(&self, error: &HistoryError) -> HttpRefusal {
        match error {
            HistoryError::Store { .. } => {
                self.exports.give_back();
                HttpRefusal::busy(format!("{error}; try again later"))
            }
            // Ranges have kept intervals only. The clock has passed this one since the request.
            HistoryError::NotKept { .. } | HistoryError::TooFast(_) => HttpRefusal::busy(error.to_string()),
            _ => HttpRefusal::failed(error.to_string()),
        }
    }

    /// The counting rule with a name.
    ///
    /// # Errors
    /// If there is no such rule.
    pub(crate) fn rule(&self, name: &str) -> Result<&'static Rule, HttpRefusal> {
        self.catalogue.rule(name).ok_or_else(|| {
            let allowed = list(self.catalogue.rules().iter().map(|rule| &rule.name));
            HttpRefusal::bad(format!("rule: found {}, allowed are {allowed}", shown(name)))
        })
    }
}
