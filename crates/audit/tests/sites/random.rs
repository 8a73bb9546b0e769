//! Random sites, which differ in everything that a scenario says about outgoing mail.

use super::{Destination, OwnDomain, Rhythm, Site, Switch};

/// The largest number of recipients in a random site's span, so that a study ends.
const MAX_RECIPIENTS: f64 = 200_000.0;

/// A small generator of random numbers (SplitMix64).
struct Draws(u64);

impl Draws {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number from `low` to `high`.
    fn uniform(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A number from `low` to `high`, whose logarithm is uniform.
    fn logarithmic(&mut self, low: f64, high: f64) -> f64 {
        self.uniform(low.ln(), high.ln()).exp()
    }

    fn one_of<T: Copy>(&mut self, values: &[T]) -> T {
        values[(self.next() % values.len() as u64) as usize]
    }

    fn chance(&mut self, probability: f64) -> bool {
        self.uniform(0.0, 1.0) < probability
    }
}

/// Recipients of a message, and their mean.
const RECIPIENTS: [(&str, f64); 4] = [
    ("{ bins = [{ from = 1, to = 1, share = 1 }] }", 1.0),
    ("{ zeta = 2.65 }", 1.5),
    ("{ zeta = 2.2 }", 2.3),
    ("{ bins = [{ from = 1, to = 1, share = 60 }, { from = 2, to = 10, share = 40 }] }", 2.9),
];

/// Spans, in hours.
const SPANS: [u32; 11] = [1, 2, 5, 9, 17, 24, 38, 48, 96, 168, 336];

impl Site {
    /// The random site with a number.
    pub fn random(number: u64) -> Site {
        let mut draws = Draws(number);
        draws.next();
        let interval = draws.one_of(&["5m", "1h", "1h", "1d"]);
        let mut hours = draws.one_of(&SPANS);
        if interval == "1d" {
            hours = draws.one_of(&[24, 48, 96, 168, 336]);
        }
        let per_hour = draws.logarithmic(200.0, 200_000.0).min(MAX_RECIPIENTS / f64::from(hours)).round().max(200.0);
        let (recipients, most) = draws.one_of(&RECIPIENTS);
        let sharing = draws.uniform(1.0, most);
        let own_sharing = draws.chance(0.3);
        let refused = draws.one_of(&[0.0, 0.0, 0.03, 0.3, 1.0]);
        let slope = draws.one_of(&[0.0, 0.6, 0.8, 1.1]);
        let domains = draws.logarithmic(5.0, 5000.0).round();
        let mut destinations = Vec::new();
        let mut add = |draws: &mut Draws, name, weight: f64, domains: f64, starttls| {
            let sharing = if own_sharing { draws.uniform(1.0, most) } else { sharing };
            let domains = (domains as u32).max(1);
            if weight > 0.0 {
                destinations.push(Destination { name, weight, domains, slope, starttls, sharing, refused, fails: 0.0 });
            }
        };
        add(&mut draws, "plain", 1.0, domains, "not-offered");
        let encrypting = draws.one_of(&[0.0, 0.02, 0.3, 1.0, 4.0]);
        add(&mut draws, "encrypting", encrypting, domains / 4.0, "good");
        let failing = draws.one_of(&[1.0, 3.0, 20.0]);
        let before = draws.one_of(&[0.0, 0.0, 0.002, 0.02]);
        add(&mut draws, "before", before, failing, "fails-before220");
        let after = draws.one_of(&[0.0, 0.0, 0.003, 0.02, 0.05]);
        add(&mut draws, "after", after, failing, "fails-after220");
        let week = per_hour * 168.0;
        // Most mail in clear goes to destinations for which TLS is preferred.
        let plain = week / destinations.iter().map(|destination| destination.weight).sum::<f64>();
        let own = own_domains(&mut draws, plain, sharing);
        let switch = draws.chance(0.15).then(|| switch(&mut draws, hours));
        // Connections a minute, roughly.
        let load = per_hour / 60.0 / sharing;
        let busy_above = load * draws.one_of(&[0.0, 0.3, 0.7, 1.0, 1.3, 2.0, 1000.0]);
        let second_load = draws.one_of(&[0.0, 0.0, 0.0, 1.0, 2.0]);
        let rhythm = draws.one_of(&[Rhythm::Flat, Rhythm::Daily, Rhythm::Weekly]);
        let deferred = draws.one_of(&[0.0, 0.01, 0.05, 0.3]);
        let bounced = draws.one_of(&[0.0, 0.02, 0.15]);
        let first_wait = draws.one_of(&["1m", "1m", "5m", "30m"]);
        let known_for = draws.one_of(&["5m", "15m", "1h", "1h", "4h", "1d", "2d"]);
        // Drawn last, so that the other values of a site do not depend on it.
        let fails = draws.one_of(&[0.0, 0.0, 0.0, 0.02, 0.3]);
        destinations.iter_mut().filter(|one| one.starttls == "good").for_each(|one| one.fails = fails);
        Site {
            name: format!("random {number}"),
            week,
            span: format!("{hours}h"),
            interval,
            second_load,
            rhythm,
            recipients,
            destinations,
            default: "preferred",
            own,
            deferred,
            bounced,
            first_wait,
            busy_above,
            known_for,
            switch,
        }
    }
}

impl Site {
    /// Connections a minute, roughly.
    pub fn load(&self) -> f64 {
        self.week / 168.0 / 60.0 / self.destinations[0].sharing
    }
}

/// Partners for which TLS is required, and domains that are excluded from TLS.
fn own_domains(draws: &mut Draws, plain: f64, sharing: f64) -> Vec<OwnDomain> {
    let mut own = Vec::new();
    for number in 0..draws.one_of(&[0, 0, 1, 3]) {
        let starttls = draws.one_of(&["good", "good", "not-offered", "fails-after220"]);
        let name = format!("partner{number}.example");
        own.push(OwnDomain { name, tls: "required", starttls, week: plain * 0.01, sharing });
    }
    let excluded = draws.one_of(&[0, 0, 0, 0, 2, 10]);
    let share = draws.one_of(&[0.005, 0.05, 0.25]);
    for number in 0..excluded {
        let name = format!("excluded{number}.example");
        let week = plain * share / f64::from(excluded);
        own.push(OwnDomain { name, tls: "no", starttls: "not-offered", week, sharing });
    }
    own
}

/// TLS is switched on or off within the span.
fn switch(draws: &mut Draws, hours: u32) -> Switch {
    let minute = (draws.uniform(0.15, 0.85) * f64::from(hours) * 60.0) as u32;
    let (day, hour, minute) = (18 + minute / 1440, minute / 60 % 24, minute % 60);
    // The span may reach into December.
    let (month, day) = if day > 30 { (12, day - 30) } else { (11, day) };
    let at = format!("2008-{month}-{day:02}T{hour:02}:{minute:02}:00Z");
    let (before, after) = if draws.chance(0.8) { ("no", "preferred") } else { ("preferred", "no") };
    Switch { at, before, after }
}
