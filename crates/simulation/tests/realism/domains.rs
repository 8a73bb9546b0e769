//! What a week amounts to: shares of all mail, and how it is spread over domains and owners.

use tollgate_ledger::{Account, Counts, Delivery, Sender, User};
use tollgate_simulation::Simulation;
use tollgate_traffic::NO_DOMAIN;

use crate::figures::judge;
use crate::statistics::{rank_slope, top_share};
use crate::{SEEDS, make_days_alike, scenario, total};

/// A week, with its days alike.
fn weeks() -> [(Simulation, Counts); SEEDS.len()] {
    SEEDS.map(|seed| {
        let mut scenario = scenario("c650-week", seed, &["time.export_interval=1d"]);
        make_days_alike(&mut scenario);
        let simulation = Simulation::new(&scenario);
        let counts = total(&simulation);
        (simulation, counts)
    })
}

/// Recipients attempted, by the row's cells.
fn attempted(cells: &[u64; Sender::COUNT]) -> u64 {
    let blocked = cells[Sender::Rejected as usize] + cells[Sender::Refused as usize];
    3 * blocked + cells[Sender::Throttled as usize..].iter().sum::<u64>()
}

fn counts_of(
    account: &Account<u32, { Sender::COUNT }>,
    except: Option<u32>,
    count: impl Fn(&[u64; Sender::COUNT]) -> u64,
) -> Vec<u64> {
    account.rows().iter().filter(|row| Some(row.key) != except).map(|row| count(&row.cells)).collect()
}

#[test]
fn a_week_amounts_to_what_was_published() {
    let weeks = weeks();
    let incoming = |measure: fn(&[u64; Sender::COUNT]) -> f64| {
        weeks.each_ref().map(|(_, counts)| measure(&counts.domains.total()))
    };
    let share = |part: u64, cells: &[u64; Sender::COUNT]| part as f64 / attempted(cells) as f64;
    let _ = share;
    judge("Share of attempted mail that reputation stops", incoming(|cells| {
        let passed: u64 = cells[Sender::Invalid as usize..].iter().sum();
        1.0 - passed as f64 / attempted(cells) as f64
    }));
    judge("Share of attempted mail to invalid recipients", incoming(|cells| cells[Sender::Invalid as usize] as f64 / attempted(cells) as f64));
    judge("Share of attempted mail that is not clean", incoming(|cells| 1.0 - cells[Sender::Clean as usize] as f64 / attempted(cells) as f64));
    judge("Recipients throttled a week", incoming(|cells| cells[Sender::Throttled as usize] as f64));
    judge("Recipients past the reputation filter for each infected one", incoming(|cells| {
        let passed: u64 = cells[Sender::Invalid as usize..].iter().sum();
        passed as f64 / cells[Sender::Virus as usize] as f64
    }));
    judge("Recipients accepted of an incoming connection", incoming(|cells| {
        cells[Sender::Spam as usize..].iter().sum::<u64>() as f64 / cells[Sender::Accepted as usize] as f64
    }));

    let deliveries = weeks.each_ref().map(|(_, counts)| counts.deliveries.total());
    let of = |cell: Delivery| deliveries.map(|cells| cells[cell as usize] as f64);
    let (delivered, bounced, connections) = (of(Delivery::Messages), of(Delivery::HardBounced), of(Delivery::Connections));
    let each = |measure: &dyn Fn(usize) -> f64| std::array::from_fn(measure);
    judge("Outgoing recipients attempted a week", each(&|at| delivered[at] + bounced[at]));
    judge("Share of them that bounced hard", each(&|at| bounced[at] / (delivered[at] + bounced[at])));
    judge("Recipients delivered by an outgoing connection", each(&|at| delivered[at] / connections[at]));
    let _ = User::COUNT;

    let spread = |what: &str, counts: [Vec<u64>; SEEDS.len()]| {
        judge(&format!("{what}: rank-size slope of the top 100"), counts.each_ref().map(|counts| rank_slope(counts, 100)));
        judge(&format!("{what}: share of the top 10"), counts.each_ref().map(|counts| top_share(counts, 10)));
    };
    let domains = |cell: Sender| {
        weeks.each_ref().map(|(simulation, counts)| {
            let unnamed = simulation.directory().domains.iter().position(|name| name == NO_DOMAIN);
            counts_of(&counts.domains, unnamed.map(|number| number as u32), |cells| cells[cell as usize])
        })
    };
    spread("Sender domains of ham", domains(Sender::Clean));
    spread("Sender domains of detected spam", domains(Sender::Spam));
    spread("Network owners of all mail", weeks.each_ref().map(|(_, counts)| counts_of(&counts.owners, None, attempted)));
}
