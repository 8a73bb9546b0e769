//! Forecasts the memory and the temporary files of a server.

use std::num::NonZeroUsize;
use std::thread;

use tollgate_history::{Clock, HistoryForecast};
use tollgate_scenario::Scenario;

use crate::site::{MOST_ADDRESSES, PAGES};

/// The expected memory and temporary files of a server. `crates/simulation/MEMORY.md` compares forecasts with servers.
#[derive(Clone, Copy, Debug)]
pub struct ServerForecast {
    /// The peak memory while as many exports and pages are made as the server makes at once, in bytes.
    pub memory_bytes: f64,
    /// The size of the temporary files of the history, in bytes. Cached exports are not included, because they give way to it.
    pub disk_bytes: f64,
}

/// Bytes of memory, measured as the largest resident set on 64-bit Linux.
mod cost {
    /// The server, its threads and its connections.
    pub(super) const SERVER: f64 = 25e6;
    /// Each row of the busiest day, in each export that is being made: two days of counts, and the text of one.
    pub(super) const EXPORT_ROW: f64 = 400.0;
    /// Each key of a ranking, in each page that is being made.
    pub(super) const PAGE_KEY: f64 = 600.0;
    /// Each address of a page.
    pub(super) const PAGE_ADDRESS: f64 = 470.0;
}

impl ServerForecast {
    /// Forecasts a server of a scenario whose history simulates on a number of threads.
    pub fn new(scenario: &Scenario, clock: &Clock, threads: usize) -> Self {
        let history = HistoryForecast::new(scenario, clock, threads);
        let makers = thread::available_parallelism().map_or(1, NonZeroUsize::get) as f64;
        let memory_bytes = history.memory_bytes
            + cost::SERVER
            + makers * history.day_rows * cost::EXPORT_ROW
            + PAGES as f64 * keys(scenario) * cost::PAGE_KEY
            + history.range_rows.min(MOST_ADDRESSES as f64) * cost::PAGE_ADDRESS;
        ServerForecast { memory_bytes, disk_bytes: history.disk_bytes }
    }
}

/// The number of rows of the longest ranking except those of addresses: domains, network owners or users.
fn keys(scenario: &Scenario) -> f64 {
    let domains = scenario.incoming.iter().filter_map(|class| class.domains.as_ref()).map(|domains| domains.count);
    let destinations = scenario.outgoing.iter().flat_map(|flow| &flow.destinations).map(|each| each.domains);
    let networks = scenario.networks.iter().filter(|network| scenario.has_senders_in(network));
    let owners: u32 = networks.map(|network| network.owners).sum();
    let domains: u32 = domains.chain(destinations).sum::<u32>() + owners;
    f64::from(domains.max(scenario.users.count))
}
