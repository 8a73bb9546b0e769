//! The totals of a week: shares of all mail, and the distribution over addresses, domains and owners.

use std::sync::LazyLock;

use tollgate_ledger::{Account, Counts, Delivery, Sender};
use tollgate_simulation::Simulation;
use tollgate_traffic::{Address, NO_DOMAIN, PopulationId};

use crate::realism::page::judge;
use crate::realism::statistics::{rank_slope, top_share};
use crate::realism::{SEEDS, attempted, make_days_alike, scenario, total};

type SenderCells = [u64; Sender::COUNT];

/// A simulated week and the totals of its counts.
struct Week {
    simulation: Simulation,
    counts: Counts,
}

/// The default scenario under each seed, without random factors of days.
static WEEKS: LazyLock<[Week; SEEDS.len()]> = LazyLock::new(|| {
    SEEDS.map(|seed| {
        let mut scenario = scenario("c650-week", seed, &["time.export_interval=1d"]);
        make_days_alike(&mut scenario);
        let simulation = Simulation::new(&scenario);
        let counts = total(&simulation);
        Week { simulation, counts }
    })
});

/// Judges a figure of each week.
fn judge_weeks(name: &str, measure: impl Fn(&Week) -> f64) {
    judge(name, WEEKS.each_ref().map(measure));
}

/// Judges a figure of each week's incoming mail.
fn judge_incoming(name: &str, measure: impl Fn(&SenderCells) -> f64) {
    judge_weeks(name, |week| measure(&week.counts.domains.total()));
}

/// A single test judges all figures of a week. Separate tests would run in separate processes, and each would simulate
/// the weeks again.
#[test]
fn a_week_is_as_published() {
    judge_incoming_mail();
    judge_outgoing_mail();
    judge_addresses();
    judge_domains_and_owners();
}

/// Recipients that passed reputation filtering.
fn passed(cells: &SenderCells) -> u64 {
    cells[Sender::Invalid as usize..].iter().sum()
}

fn judge_incoming_mail() {
    judge_incoming("Share of attempted mail stopped by reputation", |cells| {
        1.0 - passed(cells) as f64 / attempted(cells) as f64
    });
    judge_incoming("Share of attempted mail to invalid recipients", |cells| {
        cells[Sender::Invalid as usize] as f64 / attempted(cells) as f64
    });
    judge_incoming("Share of attempted mail that is not clean", |cells| {
        1.0 - cells[Sender::Clean as usize] as f64 / attempted(cells) as f64
    });
    judge_incoming("Recipients throttled in a week", |cells| cells[Sender::Throttled as usize] as f64);
    judge_incoming("Recipients that passed reputation filtering, per infected recipient", |cells| {
        passed(cells) as f64 / cells[Sender::Virus as usize] as f64
    });
    judge_incoming("Recipients accepted per incoming connection", |cells| {
        (passed(cells) - cells[Sender::Invalid as usize]) as f64 / cells[Sender::Accepted as usize] as f64
    });
}

fn judge_outgoing_mail() {
    let judge_deliveries = |name, measure: fn(f64, f64, f64) -> f64| {
        judge_weeks(name, |week| {
            let cells = week.counts.deliveries.total();
            let [connections, delivered, bounced] = [Delivery::Connections, Delivery::Messages, Delivery::HardBounced]
                .map(|cell| cells[cell as usize] as f64);
            measure(connections, delivered, bounced)
        });
    };
    judge_deliveries("Outgoing recipients attempted in a week", |_, delivered, bounced| delivered + bounced);
    judge_deliveries("Share of outgoing recipients that hard-bounced", |_, delivered, bounced| {
        bounced / (delivered + bounced)
    });
    judge_deliveries("Recipients delivered per outgoing connection", |connections, delivered, _| {
        delivered / connections
    });
}

fn judge_addresses() {
    judge_weeks("Connections per address in a week", |week| {
        let cells = week.counts.addresses.total();
        let connections = [Sender::Accepted, Sender::Rejected, Sender::Refused].map(|cell| cells[cell as usize]);
        connections.iter().sum::<u64>() as f64 / week.counts.addresses.len() as f64
    });
    judge_weeks("Reverse DNS missing or unmatched among rejected connections", |week| {
        let directory = week.simulation.directory();
        let (mut rejected, mut unverified) = (0, 0);
        for row in week.counts.addresses.rows() {
            let count = row.cells[Sender::Rejected as usize];
            rejected += count;
            let host = directory.host(PopulationId::new(row.note.population), Address::from_bits(row.key));
            unverified += if host.verified { 0 } else { count };
        }
        unverified as f64 / rejected as f64
    });
}

/// A count from each row of an account, without the row of hosts that have no domain.
fn rows<const CELLS: usize>(
    account: &Account<u32, CELLS>,
    names: &[String],
    count: impl Fn(&[u64; CELLS]) -> u64,
) -> Vec<u64> {
    let named = account.rows().filter(|row| names[row.key as usize] != NO_DOMAIN);
    named.map(|row| count(&row.cells)).collect()
}

fn judge_domains_and_owners() {
    type Count = fn(&SenderCells) -> u64;
    let kinds: [(&str, Count); 2] = [
        ("Sender domains of ham", |cells| cells[Sender::Clean as usize]),
        ("Sender domains of detected spam", |cells| cells[Sender::Spam as usize]),
    ];
    for (name, count) in kinds {
        let domains = |week: &Week| rows(&week.counts.domains, &week.simulation.directory().domains, count);
        judge_weeks(&format!("{name}: rank-size slope of the top 100"), |week| rank_slope(&domains(week), 100));
        judge_weeks(&format!("{name}: share of the top 10"), |week| top_share(&domains(week), 10));
    }
    let owners = |week: &Week| rows(&week.counts.owners, &week.simulation.directory().owners, attempted);
    let name = "Network owners of attempted mail";
    judge_weeks(&format!("{name}: rank-size slope of the top 100"), |week| rank_slope(&owners(week), 100));
    judge_weeks(&format!("{name}: share of the top 10"), |week| top_share(&owners(week), 10));
    judge_weeks(&format!("{name}: share of the top 100"), |week| top_share(&owners(week), 100));
}
