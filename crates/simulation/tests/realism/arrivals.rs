//! When mail comes: gaps, hours, days.

use tollgate_ledger::{Group, Sender, User};
use tollgate_scenario::{DAY, HOUR, Rhythm, Scenario};
use tollgate_simulation::Simulation;
use tollgate_traffic::Connections;

use crate::figures::judge;
use crate::statistics::{deviation, distance_to_exponential, mean, weibull_shape};
use crate::{SEEDS, keep, make_days_alike, scenario, watch};

/// The hours of a working day that carry most: 07 to 15 in local time, which is GMT in November.
const BUSY: std::ops::Range<u64> = 7..15;

/// Gaps between connections of some populations in busy hours, each in the mean gap of its hour, so many in all.
fn busy_gaps(scenario: &Scenario, is_wanted: impl Fn(&str) -> bool, count: usize) -> Vec<f64> {
    let simulation = Simulation::new(scenario);
    let schedule = simulation.schedule();
    let hours = (0..5).flat_map(|day| BUSY.map(move |hour| day * DAY + hour * HOUR));
    let mut gaps = Vec::new();
    for begin in hours.map(|hour| scenario.time.begin.micros() + hour) {
        let hour = schedule.hour(0, begin);
        let mut opened = Vec::new();
        for population in schedule.populations().iter().filter(|population| is_wanted(&population.name)) {
            let mut connections = Connections::default();
            schedule.connections(population, &hour, &mut connections);
            opened.extend(connections.opened);
        }
        opened.sort_unstable();
        // Two connections of one microsecond lie half of one apart.
        let between: Vec<f64> = opened.windows(2).map(|pair| ((pair[1] - pair[0]) as f64).max(0.5)).collect();
        let mean = mean(&between);
        gaps.extend(between.into_iter().map(|gap| gap / mean));
        if gaps.len() >= count {
            gaps.truncate(count);
            return gaps;
        }
    }
    panic!("the busy hours of a week have only {} gaps", gaps.len());
}

#[test]
fn gaps_in_busy_hours_are_nearly_those_of_a_poisson_process() {
    type IsWanted = fn(&str) -> bool;
    let kinds: [(&str, IsWanted); 2] = [
        ("user-sent", |name| name == "users" || name.starts_with("to-partner/")),
        ("inbound ham", |name| name.starts_with("ham-")),
    ];
    for (kind, is_wanted) in kinds {
        let gaps = SEEDS.map(|seed| busy_gaps(&scenario("c650-week", seed, &[]), is_wanted, 32_823));
        let what = if kind == "user-sent" { "user-sent mail" } else { kind };
        let shape = format!("Gaps between connections in busy hours, {what}: Weibull shape");
        judge(&shape, gaps.each_ref().map(|gaps| weibull_shape(gaps)));
        let variation = gaps.each_ref().map(|gaps| deviation(gaps) / mean(gaps));
        judge(&format!("The same: coefficient of variation, {kind}"), variation);
        let distance = gaps.each_ref().map(|gaps| distance_to_exponential(gaps));
        judge(&format!("The same: distance to the exponential distribution, {kind}"), distance);
    }
}

/// Connections of one class or flow by the hour of the local week, over a week that begins on a Monday.
fn hours_of_week(scenario: &Scenario, hours_ahead: u64) -> [u64; 168] {
    let begin = scenario.time.begin.micros();
    let mut hours = [0; 168];
    watch(&Simulation::new(scenario), |closed| {
        let senders = closed.counts.domains.total();
        let incoming: u64 = [Sender::Accepted, Sender::Rejected, Sender::Refused].map(|cell| senders[cell as usize]).iter().sum();
        let relayed = closed.counts.groups.total()[Group::Relay as usize];
        let hour = (closed.begin_micros - begin) / HOUR + hours_ahead;
        hours[(hour % 168) as usize] += incoming + relayed;
    });
    hours
}

/// The share of a week that each of its hours has by the scenario's table.
fn table(rhythm: &Rhythm) -> [f64; 168] {
    let working = rhythm.day.map(f64::from);
    let weekend = rhythm.weekend_day.map_or(working, |day| day.map(f64::from));
    let mut shares = [0.0; 168];
    for (hour, share) in shares.iter_mut().enumerate() {
        let day = if hour / 24 < 5 { working } else { weekend };
        let week = rhythm.week.map(f64::from);
        *share = week[hour / 24] / week.iter().sum::<f64>() * day[hour % 24] / day.iter().sum::<f64>();
    }
    shares
}

/// The greatest deviation from the table of hours that should have more than a thousand connections.
fn worst_deviation(hours: &[u64; 168], rhythm: &Rhythm) -> f64 {
    let total = hours.iter().sum::<u64>() as f64;
    let expected = table(rhythm).map(|share| share * total);
    let large = hours.iter().zip(expected).filter(|&(_, expected)| expected > 1000.0);
    let deviations: Vec<f64> = large.map(|(&count, expected)| (count as f64 / expected - 1.0).abs()).collect();
    assert!(deviations.len() >= 45, "only {} hours are large enough to judge", deviations.len());
    deviations.into_iter().fold(0.0, f64::max)
}

#[test]
fn hours_of_the_week_are_those_of_the_scenario() {
    let winter = ("2008-11-17T00:00:00Z", 0);
    let summer = ("2008-07-07T00:00:00Z", 1);
    for (name, class, volume, (begin, hours_ahead)) in [
        ("user-sent mail: worst deviation from the scenario's table", "users", 1.0, winter),
        ("user-sent mail in summer time: worst deviation", "users", 1.0, summer),
        ("ham from people: worst deviation", "ham-people", 1.0, winter),
        ("bulk ham: worst deviation", "ham-bulk", 2.0, winter),
        ("spam from bots: worst deviation", "spam-bots", 0.4, winter),
    ] {
        let deviations = SEEDS.map(|seed| {
            let mut scenario = scenario("c650-week", seed, &[&format!("volume={volume}"), "outbreaks=[]", &format!("time.begin={begin}")]);
            keep(&mut scenario, &[class]);
            make_days_alike(&mut scenario);
            let hours = hours_of_week(&scenario, hours_ahead);
            let incoming = scenario.incoming.iter().map(|class| &class.rhythm);
            let rhythm = incoming.chain(scenario.outgoing.iter().map(|flow| &flow.rhythm)).next().unwrap();
            worst_deviation(&hours, rhythm)
        });
        judge(&format!("Hours of the week, {name}"), deviations);
    }
}

/// What is exported of each day: spam that was stopped, inbound ham, outbound ham. Recipients, and for blocked connections
/// three each.
fn days(scenario: &Scenario) -> [Vec<f64>; 3] {
    let multiplier = u64::from(scenario.appliances[0].reputation_multiplier);
    let mut days = [const { Vec::new() }; 3];
    watch(&Simulation::new(scenario), |closed| {
        let senders = closed.counts.domains.total();
        let sent = closed.counts.users.total();
        let of = |cells: &[Sender]| cells.iter().map(|&cell| senders[cell as usize]).sum::<u64>();
        let blocked = multiplier * of(&[Sender::Rejected, Sender::Refused]);
        days[0].push((blocked + of(&[Sender::Throttled, Sender::Spam])) as f64);
        days[1].push(of(&[Sender::Clean, Sender::Filtered]) as f64);
        days[2].push((sent[User::OutgoingClean as usize] + sent[User::OutgoingFiltered as usize]) as f64);
    });
    days
}

#[test]
fn weekends_are_as_quiet_as_published() {
    let ratios = SEEDS.map(|seed| {
        let mut scenario = scenario("c650-week", seed, &["volume=0.5", "time.export_interval=1d"]);
        make_days_alike(&mut scenario);
        days(&scenario).map(|days| mean(&days[5..]) / mean(&days[..5]))
    });
    judge("Weekend day over weekday: spam", ratios.map(|ratios| ratios[0]));
    judge("Weekend day over weekday: inbound ham", ratios.map(|ratios| ratios[1]));
    judge("Weekend day over weekday: outbound ham", ratios.map(|ratios| ratios[2]));
}

#[test]
fn days_and_hours_of_sent_mail_differ_as_published() {
    let (differences, peaks): (Vec<f64>, Vec<f64>) = SEEDS
        .map(|seed| {
            let mut weeks = scenario("c650-week", seed, &["volume=0.1", "time.export_interval=1d", "time.span=140d"]);
            keep(&mut weeks, &["users"]);
            let sent = &days(&weeks)[2];
            // Each weekday is set against its own mean over twenty weeks.
            let weekday = |day: usize| -> Vec<f64> { sent.iter().skip(day).step_by(7).copied().collect() };
            let variance = |day| {
                let logarithms: Vec<f64> = weekday(day).iter().map(|count| count.ln()).collect();
                deviation(&logarithms).powi(2)
            };
            let difference = mean(&(0..5).map(variance).collect::<Vec<_>>()).sqrt();
            let mut week = scenario("c650-week", seed, &[]);
            keep(&mut week, &["users"]);
            let hours = hours_of_week(&week, 0);
            (difference, *hours.iter().max().unwrap() as f64 / hours.iter().sum::<u64>() as f64)
        })
        .into_iter()
        .unzip();
    let name = "How user-sent mail differs from day to day: standard deviation of the logarithm";
    judge(name, differences.try_into().unwrap());
    judge("The busiest hour's share of a week's user-sent mail", peaks.try_into().unwrap());
}
