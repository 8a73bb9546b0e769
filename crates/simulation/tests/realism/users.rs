//! Users who send and receive, and numbers of recipients.

use tollgate_ledger::{Counts, User};
use tollgate_simulation::{Simulation, Workers};
use tollgate_traffic::NULL_SENDER;

use crate::realism::page::judge;
use crate::realism::statistics::{log_deviation, top_share, zeta_exponent};
use crate::realism::{SEEDS, keep, scenario, total};

/// Four weeks of mail in one. In a single week, many users who send little would send nothing.
const FOUR_WEEKS: &[&str] = &["volume=4", "time.export_interval=1d"];

/// The sum of some cells for each internal user.
fn by_user(simulation: &Simulation, counts: &Counts, cells: &[User]) -> Vec<u64> {
    let users = &simulation.directory().users;
    let rows = counts.users.rows().filter(|row| users[row.key as usize] != NULL_SENDER);
    rows.map(|row| cells.iter().map(|&cell| row.cells[cell as usize]).sum()).collect()
}

/// The standard deviation of the logarithm, and the share of the top tenth of all users.
fn spread(classes: &[&str], cells: &[User]) -> [(f64, f64); SEEDS.len()] {
    SEEDS.map(|seed| {
        let mut scenario = scenario("c650-week", seed, FOUR_WEEKS);
        keep(&mut scenario, classes);
        let simulation = Simulation::new(&scenario);
        let counts = by_user(&simulation, &total(&simulation), cells);
        (log_deviation(&counts), top_share(&counts, scenario.users.count as usize / 10))
    })
}

#[test]
fn users_send_as_unequally_as_published() {
    let spread = spread(&["users"], &[User::OutgoingClean, User::OutgoingFiltered, User::OutgoingVirus]);
    judge("Messages sent by a user: standard deviation of the logarithm", spread.map(|spread| spread.0));
    judge("Messages sent by a user: share of the top tenth", spread.map(|spread| spread.1));
}

#[test]
fn users_receive_as_unequally_as_published() {
    let spread = spread(&["ham-people", "ham-bulk"], &[User::IncomingClean, User::IncomingFiltered]);
    judge("Ham received by a user: standard deviation of the logarithm", spread.map(|spread| spread.0));
    judge("Ham received by a user: share of the top tenth", spread.map(|spread| spread.1));
}

#[test]
fn messages_have_as_many_recipients_as_published() {
    for (what, class) in [("user-sent mail", "users"), ("incoming ham from people", "ham-people")] {
        let recipients = SEEDS.map(|seed| {
            let mut scenario = scenario("c650-week", seed, &[]);
            keep(&mut scenario, &[class]);
            let lives = Simulation::new(&scenario).trace(10_000, &Workers::new(Some(1)).unwrap());
            let messages = lives.iter().flat_map(|life| &life.messages);
            let counts = messages.map(|message| {
                let out =
                    message.deliveries.iter().map(|delivery| u64::from(delivery.delivered + delivery.hard_bounced));
                out.sum::<u64>() + message.recipients.len() as u64
            });
            // Mail that a filter stopped has no deliveries to count.
            counts.filter(|&count| count > 0).collect::<Vec<_>>()
        });
        judge(
            &format!("Recipients of {what}: zeta exponent"),
            recipients.each_ref().map(|counts| zeta_exponent(counts)),
        );
        let single =
            |counts: &Vec<u64>| counts.iter().filter(|&&count| count == 1).count() as f64 / counts.len() as f64;
        judge(&format!("Recipients of {what}: share with one"), recipients.each_ref().map(single));
    }
}
