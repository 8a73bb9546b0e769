//! Rhythms by the hour of the week, known days and observed volumes.

use tollgate_scenario::{HOUR, Scenario};
use tollgate_traffic::Rates;

/// Connections in a week.
const PER_WEEK: f64 = 168_000.0;

/// A class with a rhythm. The first day is Monday, 22 December 2008.
fn rates(rhythm: &str) -> Rates {
    let text = format!(
        "format = 1
        [time]
        begin = '2008-12-22T00:00:00Z'
        span = '7d'
        zone = 'Europe/London'
        [[appliances]]
        name = 'c650'
        [users]
        count = 5
        domain = 'example.com'
        [[networks]]
        name = 'offices'
        addresses = '198.18.0.0/16'
        owners = 10
        owner_slope = 1
        [[incoming]]
        name = 'people'
        connections_per_week = {PER_WEEK}
        size.parts = [{{ mu = 8, sigma = 1 }}]
        domains = {{ count = 10, slope = 1, network = 'offices' }}
        rhythm = {rhythm}"
    );
    Rates::new(&Scenario::parse(&text, "test.toml", &[]).unwrap_or_else(|error| panic!("{error}")))
}

/// The expected connections of each hour from the beginning on, and those with random factors.
fn hours(rates: &Rates, count: u64) -> (Vec<f64>, Vec<f64>) {
    let begin = 1_229_904_000_000_000;
    let of = |number: u64| {
        let hour = rates.hour(begin + number * HOUR);
        (rates.populations[0].expected(&hour), rates.populations[0].with_chances(&hour))
    };
    (0..count).map(of).unzip()
}

fn assert_close(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-6 * expected, "{found}, expected {expected}");
}

#[test]
fn an_observed_volume_replaces_everything_else_in_its_steps() {
    // Two days from 06:00 on Christmas Eve, in steps of two hours. Everything else would change the volume.
    let factors: Vec<f64> = (0..24).map(|step| f64::from(step % 5) * 0.5).collect();
    let rates = rates(&format!(
        "{{ week = [1, 2, 3, 4, 5, 6, 7], day_to_day = 0.5, varies_like = 'spam',
           days = {{ begin = '2008-12-22T00:00:00Z', factors = [9, 9, 9, 9, 9, 9, 9] }},
           observed = {{ begin = '2008-12-24T06:00:00Z', step = '2h', factors = {factors:?} }} }}"
    ));
    let (expected, drawn) = hours(&rates, 7 * 24);
    for (step, factor) in factors.iter().enumerate() {
        for hour in [54 + 2 * step, 55 + 2 * step] {
            assert_close(expected[hour], factor * PER_WEEK / 168.0);
            assert_close(drawn[hour], factor * PER_WEEK / 168.0);
        }
    }
    for outside in [53, 102] {
        assert!(expected[outside] > 5000.0 && (drawn[outside] / expected[outside] - 1.0).abs() > 1e-3);
    }
}

#[test]
fn an_hour_can_have_several_observed_steps() {
    let rates = rates("{ observed = { begin = '2008-12-22T00:55:00Z', step = '5m', factors = [12, 6, 0, 3] } }");
    let (expected, _) = hours(&rates, 2);
    // Eleven of twelve steps have the rhythm, whose factor is 1 on this day.
    assert_close(expected[0], PER_WEEK / 168.0 * (11.0 + 12.0) / 12.0);
    assert_close(expected[1], PER_WEEK / 168.0 * (6.0 + 0.0 + 3.0 + 9.0) / 12.0);
}

#[test]
fn the_hours_of_the_week_have_factors_of_their_own() {
    let factors: Vec<usize> = (0..168).map(|hour| if hour < 144 { hour % 7 + 1 } else { 0 }).collect();
    let rates = rates(&format!("{{ hours = {factors:?}, week = [0, 0, 0, 0, 0, 0, 1] }}"));
    // January has no holidays after New Year.
    let (expected, _) = hours(&rates, 4 * 168);
    let week = &expected[3 * 168..];
    assert_close(week.iter().sum(), PER_WEEK);
    let sum: usize = factors.iter().sum();
    for (hour, &factor) in factors.iter().enumerate() {
        // Lines join the hours and leave their means as they are.
        assert_close(week[hour] + 1.0, factor as f64 / sum as f64 * PER_WEEK + 1.0);
    }
    // On Christmas Day, a Thursday, the hours are those of the weekend: a Sunday without mail leaves those of Saturday.
    let holiday: Vec<f64> = expected[76..92].to_vec();
    let saturday: Vec<f64> = week[5 * 24 + 4..5 * 24 + 20].to_vec();
    let sums = [holiday.iter().sum::<f64>(), saturday.iter().sum::<f64>()];
    for (one, other) in holiday.iter().zip(saturday).skip(1).take(14) {
        assert!((one / sums[0] - other / sums[1]).abs() < 0.01, "{one} {other}");
    }
}

#[test]
fn known_days_replace_holidays_and_random_days() {
    let known = "days = { begin = '2008-12-25T00:00:00Z', factors = [2, 0.5] }";
    let with = |rest: &str| hours(&rates(&format!("{{ {rest}{known} }}")), 7 * 24);
    let (expected, drawn) = with("day_to_day = 1, varies_like = 'nothing', ");
    for (day, factor) in [(3, 2.0), (4, 0.5)] {
        let of = |hours: &[f64]| hours[day * 24..day * 24 + 24].iter().sum::<f64>();
        assert_close(of(&expected), factor * PER_WEEK / 7.0);
        assert_close(of(&drawn), of(&expected));
    }
    assert!((drawn[0] / expected[0] - 1.0).abs() > 1e-3);
}
