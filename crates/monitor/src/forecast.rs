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
            + PAGES as f64 * keys(scenario, &history) * cost::PAGE_KEY
            + history.range_rows.min(MOST_ADDRESSES as f64) * cost::PAGE_ADDRESS;
        ServerForecast { memory_bytes, disk_bytes: history.disk_bytes }
    }
}

/// The number of rows of the longest ranking except those of addresses: domains, network owners or users. A key that no mail of the range
/// has is not in a ranking.
fn keys(scenario: &Scenario, history: &HistoryForecast) -> f64 {
    let domains = scenario.incoming.iter().filter_map(|class| class.domains.as_ref()).map(|domains| domains.count);
    let destinations = scenario.outgoing.iter().flat_map(|flow| &flow.destinations).map(|each| each.domains);
    let networks = scenario.networks.iter().filter(|network| scenario.has_senders_in(network));
    let owners: u32 = networks.map(|network| network.owners).sum();
    let domains: u32 = domains.chain(destinations).sum::<u32>() + owners;
    f64::from(domains).min(history.range_rows).max(history.range_user_rows)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use tollgate_scenario::Override;

    use super::*;

    /// The forecasts of the server and of its history, of a shipped scenario with a number of users, in bytes.
    fn memory_bytes(name: &str, users: u32) -> (f64, f64) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../scenarios/{name}.toml"));
        let users: Override = format!("users.count={users}").parse().expect("an override");
        let scenario = Scenario::read(&path, &[users]).expect("a shipped scenario");
        let clock = Clock::Frozen(scenario.time.end().micros());
        (
            ServerForecast::new(&scenario, &clock, 2).memory_bytes,
            HistoryForecast::new(&scenario, &clock, 2).memory_bytes,
        )
    }

    #[test]
    fn users_without_mail_have_no_rows_in_pages() {
        // The server's part that does not depend on its history.
        let own = |name: &str, users: u32| {
            let (server, history) = memory_bytes(name, users);
            server - history
        };
        let pages_of = |users: f64| PAGES as f64 * users * cost::PAGE_KEY;
        // In the busy week, all users have mail, and are the longest ranking.
        let more = own("c650-week", 100_000) - own("c650-week", 50_000);
        assert!((0.9..=1.0).contains(&(more / pages_of(50_000.0))), "{more}");
        // About 3,200 connections reach no more than some thousands of users.
        let more = own("thread-a-exact", 1_000_000) - own("thread-a-exact", 50_000);
        assert!((0.0..pages_of(1_000.0)).contains(&more), "{more}");
    }
}
