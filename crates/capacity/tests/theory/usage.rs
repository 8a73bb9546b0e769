//! Use of limited connections. The mean number of open connections is the number that arrive in a mean session. If there is a
//! limit, Erlang's B formula gives the share that is turned away. Both depend only on the mean of the session, not on its
//! distribution.

use tollgate_capacity::{Estimate, Measurement, Point, measure};

use crate::theory::closed_form::loss;
use crate::theory::queue::site;

const SEEDS: std::ops::RangeInclusive<u64> = 1..=5;
const HOURS: u32 = 12;
const ALLOWED: f64 = 0.02;

/// Sessions with a mean of 3.2974 seconds: the median times the square root of e, because sigma is 1.
const SESSION: &str = r#"{ median = "2s", sigma = 1.0 }"#;
const SESSION_SECONDS: f64 = 2.0 * 1.648_721_270_700_128;
const PER_WEEK: f64 = 2_000_000.0;
const WEEK_SECONDS: f64 = 604_800.0;

#[test]
fn open_connections_are_those_that_arrive_in_a_mean_session() {
    for load in [0.5, 1.0, 2.0] {
        let outcomes = measured(&(bots(load, "from = 0.0, to = 10.0, ") + &flow(load)));
        let theory = load * PER_WEEK / WEEK_SECONDS * SESSION_SECONDS;
        let figures = ["public_connections_mean", "private_connections_mean", "outbound_connections_mean"];
        let mut row = format!("| {load} | {theory:.3} |");
        for figure in figures {
            let seen = estimate(&outcomes, figure);
            assert_near(seen, theory, figure);
            row += &format!(" {:.3} ± {:.3} |", seen.mean, (seen.high - seen.low) / 2.0);
        }
        println!("{row}");
    }
}

#[test]
fn a_rejected_connection_is_open_for_as_long_as_the_listener_says() {
    let outcomes = measured(&bots(1.0, "from = -10.0, to = -5.0, "));
    assert!(outcomes.iter().all(|outcome| outcome.entered == 0 && outcome.connections > 0));
    assert_near(estimate(&outcomes, "public_connections_mean"), PER_WEEK / WEEK_SECONDS, "rejected");
}

#[test]
fn connections_are_turned_away_as_erlang_says() {
    // Runs with more connections an hour need fewer hours.
    for (limit, offered, hours) in [(1, 0.5, 12), (10, 5.0, 12), (10, 10.0, 12), (50, 45.0, 4), (50, 75.0, 4)] {
        let load = offered / (PER_WEEK / WEEK_SECONDS * SESSION_SECONDS);
        let listener = format!(
            r#"
[[listeners]]
name = "public"
kind = "public"
max_connections = {limit}
policies = [{{ name = "ACCEPTED", action = "accept" }}]
sender_groups = [{{ name = "ALL", policy = "ACCEPTED" }}]
"#
        );
        let outcomes = measured_for(hours, &(listener + &bots(load, "from = 0.0, to = 10.0, ")));
        let shares: Vec<f64> = outcomes.iter().map(share_turned_away).collect();
        let (theory, seen) = (loss(limit, offered), Estimate::new(&shares));
        assert_near(seen, theory, "turned away");
        // Connections that are not turned away are open for a session. Bots do not try again.
        assert_near(estimate(&outcomes, "public_connections_mean"), offered * (1.0 - theory), "open");
        assert!(outcomes.iter().all(|outcome| outcome.hours.iter().all(|hour| hour.public.most <= u64::from(limit))));
        assert!(outcomes.iter().all(|outcome| outcome.given_up == turned_away(outcome)));
        let half = (seen.high - seen.low) / 2.0;
        println!("| {limit} | {offered} | {theory:.4} | {:.4} ± {half:.4} |", seen.mean);
    }
}

#[test]
fn deliveries_wait_as_often_as_erlang_says() {
    for load in [0.3, 0.6, 0.8] {
        // One outgoing connection is a queue with one worker. The share of deliveries that wait is the share of time that it
        // is open.
        let volume = load / (PER_WEEK / WEEK_SECONDS * SESSION_SECONDS);
        let seeds = SEEDS.map(|seed| {
            let mut scenario = site(seed, HOURS, 1, r#"message = "0s""#, &flow(volume));
            scenario.appliances[0].limits.outbound_connections = 1;
            measure(&scenario).unwrap().site
        });
        let outcomes: Vec<Measurement> = seeds.collect();
        assert_near(estimate(&outcomes, "outbound_connections_mean"), load, "open");
        let shares: Vec<f64> = outcomes.iter().map(|outcome| outcome.deferred as f64 / outcome.left as f64).collect();
        assert_near(Estimate::new(&shares), load, "deferred");
    }
}

/// Incoming mail from senders that do not try again.
fn bots(load: f64, score: &str) -> String {
    let per_week = load * PER_WEEK;
    format!(
        r#"
[[incoming]]
name = "bots"
connections_per_week = {per_week}
bots = {{ network = "senders", kinds = [{{ share = 1, life = "1d", connections = 20 }}] }}
sbrs = [{{ {score}share = 1 }}]
size = {{ parts = [{{ mu = 8.0, sigma = 0.0 }}] }}
session = {SESSION}
"#
    )
}

/// Outgoing mail. Each message (transaction) has its own connection and one recipient.
fn flow(load: f64) -> String {
    let per_week = load * PER_WEEK;
    format!(
        r#"
[[outgoing]]
name = "users"
messages_per_week = {per_week}
size = {{ parts = [{{ mu = 8.0, sigma = 0.0 }}] }}
session = {SESSION}
servers = {{ domain = "example.com", addresses = "192.0.2.16/29" }}
destinations = [{{ name = "world", weight = 1, session = {SESSION} }}]
"#
    )
}

fn measured(mail: &str) -> Vec<Measurement> {
    measured_for(HOURS, mail)
}

fn measured_for(hours: u32, mail: &str) -> Vec<Measurement> {
    SEEDS.map(|seed| measure(&site(seed, hours, 1, r#"message = "0s""#, mail)).unwrap().site).collect()
}

fn estimate(outcomes: &[Measurement], figure: &str) -> Estimate {
    Point::new(1.0, &outcomes.iter().collect::<Vec<_>>()).figure(figure)
}

fn turned_away(outcome: &Measurement) -> u64 {
    outcome.hours.iter().map(|hour| hour.turned_away.total()).sum()
}

fn share_turned_away(outcome: &Measurement) -> f64 {
    turned_away(outcome) as f64 / (turned_away(outcome) + outcome.connections) as f64
}

fn assert_near(seen: Estimate, theory: f64, what: &str) {
    let near = (seen.mean - theory).abs() <= ALLOWED * theory || seen.covers(theory);
    assert!(near, "{what}: {seen:?}, theory {theory}");
}
