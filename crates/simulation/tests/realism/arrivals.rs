//! Times of arrival: gaps, hours, days.

use tollgate_ledger::{Sender, SenderGroup, User};
use tollgate_scenario::{DAY, HOUR, Rhythm, Scenario};
use tollgate_simulation::Simulation;
use tollgate_traffic::{Connections, Messages, Schedule};

use crate::realism::page::judge;
use crate::realism::statistics::{deviation, distance_to_exponential, mean, weibull_shape};
use crate::realism::{SEEDS, attempted, keep, make_days_alike, scenario, watch_sums};

/// The busiest hours of a working day: 07 to 15 in local time, which is GMT in November.
const BUSY: std::ops::Range<u64> = 7..15;

/// Number of gaps, the same as in the published figures.
const GAPS: usize = 32_823;

/// Times of the connections and of the messages of all populations in the hour that begins at `begin`, in order.
fn openings_and_receipts(schedule: &Schedule, begin: u64) -> [Vec<u64>; 2] {
    let hour = schedule.hour(0, begin);
    let (mut opened, mut received) = (Vec::new(), Vec::new());
    let (mut connections, mut messages) = (Connections::default(), Messages::default());
    for mut traffic in schedule.traffic(&hour) {
        while traffic.draw(&mut connections) {
            messages.clear();
            for at in 0..connections.len() {
                traffic.messages(&connections, at, &mut messages);
            }
            received.extend(messages.messages.iter().map(|message| message.received.micros()));
            opened.extend(&connections.opened);
        }
    }
    [opened, received].map(|mut moments| {
        moments.sort_unstable();
        moments
    })
}

/// Gaps between connections, and between messages, in busy hours, each divided by the mean gap of its hour.
fn busy_gaps(seed: u64, names: &[&str]) -> [Vec<f64>; 2] {
    let mut scenario = scenario("c650-week", seed, &[]);
    keep(&mut scenario, names);
    let simulation = Simulation::new(&scenario);
    let mut gaps = [const { Vec::new() }; 2];
    for begin in (0..5).flat_map(|day| BUSY.map(move |hour| day * DAY + hour * HOUR)) {
        let moments = openings_and_receipts(simulation.schedule(), scenario.time.begin.micros() + begin);
        for (gaps, moments) in gaps.iter_mut().zip(moments) {
            // Two moments in the same microsecond count as half a microsecond apart.
            let between: Vec<f64> = moments.windows(2).map(|pair| ((pair[1] - pair[0]) as f64).max(0.5)).collect();
            let mean = mean(&between);
            gaps.extend(between.into_iter().map(|gap| gap / mean));
        }
        if gaps.iter().all(|gaps| gaps.len() >= GAPS) {
            break;
        }
    }
    gaps.map(|mut gaps| gaps.drain(..GAPS).collect())
}

#[test]
fn gaps_in_busy_hours_are_nearly_those_of_a_poisson_process() {
    for (names, kinds) in [
        (&["users", "to-partner"], ["connections with user-sent mail", "user-sent messages"]),
        (&["ham-people", "ham-bulk"], ["connections with incoming ham", "incoming ham messages"]),
    ] {
        let gaps = SEEDS.map(|seed| busy_gaps(seed, names));
        for (at, kind) in kinds.into_iter().enumerate() {
            let gaps = gaps.each_ref().map(|gaps| &gaps[at]);
            let name = |statistic: &str| format!("Gaps between {kind} in busy hours: {statistic}");
            judge(&name("Weibull shape"), gaps.map(|gaps| weibull_shape(gaps)));
            judge(&name("coefficient of variation"), gaps.map(|gaps| deviation(gaps) / mean(gaps)));
            judge(&name("distance to exponential"), gaps.map(|gaps| distance_to_exponential(gaps)));
        }
    }
}

/// The connections of one class or flow by the hour of the local week. Local time is `hours_ahead` hours ahead of GMT,
/// and the scenario is one week that begins on a Monday.
fn hours_of_week(scenario: &Scenario, hours_ahead: u64) -> [f64; 168] {
    let begin = scenario.time.begin.micros();
    let mut hours = [0.0; 168];
    watch_sums(&Simulation::new(scenario), |closed| {
        let senders = closed.counts.domains.total();
        let incoming = [Sender::Accepted, Sender::Rejected, Sender::Refused].map(|cell| senders[cell as usize]);
        let relayed = closed.counts.groups.total()[SenderGroup::Relay as usize];
        let hour = (closed.begin.micros() - begin) / HOUR + hours_ahead;
        hours[(hour % 168) as usize] += (incoming.iter().sum::<u64>() + relayed) as f64;
    });
    hours
}

/// The share of the week that the scenario gives to each hour.
fn table(rhythm: &Rhythm) -> [f64; 168] {
    let week = rhythm.week.map(f64::from);
    let working = rhythm.day.map(f64::from);
    let weekend = rhythm.weekend_day.map_or(working, |day| day.map(f64::from));
    std::array::from_fn(|hour| {
        let day = if hour / 24 < 5 { working } else { weekend };
        week[hour / 24] / week.iter().sum::<f64>() * day[hour % 24] / day.iter().sum::<f64>()
    })
}

/// The largest deviation from the scenario among the hours that should have more than a thousand connections.
fn worst_deviation(hours: &[f64; 168], rhythm: &Rhythm) -> f64 {
    let total: f64 = hours.iter().sum();
    let expected = table(rhythm).map(|share| share * total);
    let large = hours.iter().zip(expected).filter(|&(_, expected)| expected > 1000.0);
    let deviations: Vec<f64> = large.map(|(count, expected)| (count / expected - 1.0).abs()).collect();
    assert!(deviations.len() >= 40, "only {} hours have enough connections to judge", deviations.len());
    deviations.into_iter().fold(0.0, f64::max)
}

/// The hours of the week of one class or flow under each seed, without random factors of days, and its rhythm.
fn weeks(class: &str, volume: &str, begin: &str, hours_ahead: u64) -> ([[f64; 168]; SEEDS.len()], Rhythm) {
    let mut rhythm = Rhythm::default();
    let hours = SEEDS.map(|seed| {
        let begin = format!("time.begin={begin}");
        let mut scenario = scenario("c650-week", seed, &[volume, &begin, "outbreaks=[]", "events=[]"]);
        keep(&mut scenario, &[class]);
        make_days_alike(&mut scenario);
        let classes = scenario.incoming.iter().map(|class| &class.rhythm);
        rhythm = classes.chain(scenario.outgoing.iter().map(|flow| &flow.rhythm)).next().unwrap().clone();
        hours_of_week(&scenario, hours_ahead)
    });
    (hours, rhythm)
}

#[test]
fn hours_of_the_week_are_those_of_the_scenario() {
    for (name, class, volume, (begin, hours_ahead)) in [
        ("user-sent mail", "users", "volume=1", ("2008-11-17T00:00:00Z", 0)),
        ("user-sent mail in summer time", "users", "volume=1", ("2008-07-07T00:00:00Z", 1)),
        ("ham from people", "ham-people", "volume=1", ("2008-11-17T00:00:00Z", 0)),
        ("bulk ham", "ham-bulk", "volume=2", ("2008-11-17T00:00:00Z", 0)),
        ("spam from bots", "spam-bots", "volume=0.4", ("2008-11-17T00:00:00Z", 0)),
    ] {
        let (hours, rhythm) = weeks(class, volume, begin, hours_ahead);
        let deviations = hours.map(|hours| worst_deviation(&hours, &rhythm));
        judge(&format!("Hours of the week, {name}: worst deviation from the scenario"), deviations);
        if name == "user-sent mail" {
            let peaks = hours.map(|hours| hours.into_iter().fold(0.0, f64::max) / hours.iter().sum::<f64>());
            judge("Busiest hour's share of a week's user-sent mail", peaks);
        }
        if name == "spam from bots" {
            judge(
                "Spam from bots: ratio of the busiest hour of the day to the quietest",
                hours.map(|hours| {
                    let day: [f64; 24] = std::array::from_fn(|hour| hours.iter().skip(hour).step_by(24).sum());
                    day.into_iter().fold(0.0, f64::max) / day.into_iter().fold(f64::MAX, f64::min)
                }),
            );
        }
    }
}

/// Recipients of each day: spam that was stopped, incoming ham, outgoing ham.
fn days(scenario: &Scenario) -> [Vec<f64>; 3] {
    let mut days = [const { Vec::new() }; 3];
    watch_sums(&Simulation::new(scenario), |closed| {
        let senders = closed.counts.domains.total();
        let sent = closed.counts.users.total();
        let [invalid, virus, filtered, clean] =
            [Sender::Invalid, Sender::Virus, Sender::Filtered, Sender::Clean].map(|cell| senders[cell as usize]);
        days[0].push((attempted(&senders) - invalid - virus - filtered - clean) as f64);
        days[1].push((filtered + clean) as f64);
        days[2].push((sent[User::OutgoingClean as usize] + sent[User::OutgoingFiltered as usize]) as f64);
    });
    days
}

#[test]
fn weekends_are_as_quiet_as_published() {
    let ratios = SEEDS.map(|seed| {
        let mut scenario = scenario("c650-week", seed, &["volume=0.3", "time.export_interval=1d"]);
        make_days_alike(&mut scenario);
        days(&scenario).map(|days| mean(&days[5..]) / mean(&days[..5]))
    });
    judge("Ratio of a weekend day to a weekday: spam", ratios.map(|ratios| ratios[0]));
    judge("Ratio of a weekend day to a weekday: incoming ham", ratios.map(|ratios| ratios[1]));
    judge("Ratio of a weekend day to a weekday: outgoing ham", ratios.map(|ratios| ratios[2]));
}

#[test]
fn days_differ_as_published() {
    let differences = SEEDS.map(|seed| {
        let mut weeks = scenario(
            "c650-week",
            seed,
            &["volume=0.1", "time.export_interval=1d", "time.span=140d", "variation.holidays=none"],
        );
        keep(&mut weeks, &["users"]);
        let sent = &days(&weeks)[2];
        // Each weekday is compared with its own mean over twenty weeks.
        let variance = |weekday: usize| {
            let counts = sent.iter().skip(weekday).step_by(7);
            deviation(&counts.map(|count| count.ln()).collect::<Vec<_>>()).powi(2)
        };
        mean(&(0..5).map(variance).collect::<Vec<_>>()).sqrt()
    });
    judge("Days of user-sent mail: standard deviation of the logarithm", differences);
}
