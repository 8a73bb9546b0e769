//! The site: everything that all requests share.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;

use tokio::sync::Semaphore;
use tollgate_catalogue::{Catalogue, Rule};
use tollgate_history::History;

use crate::cache::{Bounds, Cache};
use crate::export::key::ExportKey;
use crate::refusal::{HttpRefusal, shown};

/// The number of pages that are made at once.
const PAGES: usize = 8;

/// The least cache size from which the bytes that readers may hold are computed.
const LEAST_CACHE_BYTES: u64 = 64 * 1024 * 1024;

/// The site: everything that all requests share.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) history: History,
    pub(crate) catalogue: &'static Catalogue,
    /// The exports that have been made.
    pub(crate) exports: Cache<ExportKey>,
    /// The pages that may still be made at once. A page holds a thread while it waits for figures, and downloads need
    /// threads too.
    pub(crate) pages: Arc<Semaphore>,
}

impl Site {
    /// A site over a history, which keeps so many bytes of exports that were made.
    pub(crate) fn new(history: History, cache_bytes: u64) -> Self {
        let bounds = Bounds {
            kept_bytes: cache_bytes,
            most_bytes: 4 * cache_bytes.max(LEAST_CACHE_BYTES),
            makers: thread::available_parallelism().map_or(1, NonZeroUsize::get),
        };
        Site {
            history,
            catalogue: Catalogue::builtin(),
            exports: Cache::new(bounds),
            pages: Arc::new(Semaphore::new(PAGES)),
        }
    }

    /// The counting rule of that name.
    ///
    /// # Errors
    /// If there is none.
    pub(crate) fn rule(&self, name: &str) -> Result<&'static Rule, HttpRefusal> {
        self.catalogue.rule(name).ok_or_else(|| {
            let allowed: Vec<&str> = self.catalogue.rules().iter().map(|rule| rule.name.as_str()).collect();
            HttpRefusal::bad(format!("rule: found {}, allowed are {}", shown(name), allowed.join(", ")))
        })
    }
}
