//! Sites, and their outgoing TLS tables under each counting rule.

mod random;
mod watch;

use tollgate_scenario::Scenario;

pub use watch::{FIGURE_VIEWS, View, export, figures, observe};

/// The properties of a site that matter for outgoing TLS.
#[derive(Clone, Debug)]
pub struct Site {
    pub name: String,
    /// Recipients a week.
    pub week: f64,
    pub span: String,
    pub interval: &'static str,
    /// Mail from a second appliance, as a share of the first one's. 0 if there is no second appliance.
    pub second_load: f64,
    pub rhythm: Rhythm,
    /// The recipients of a message, in the words of a scenario.
    pub recipients: &'static str,
    /// The destinations, apart from those of `own`.
    pub destinations: Vec<Destination>,
    /// The TLS setting of all other domains, if no switch changes it.
    pub default: &'static str,
    /// Domains with settings of their own.
    pub own: Vec<OwnDomain>,
    pub deferred: f64,
    pub bounced: f64,
    pub first_wait: &'static str,
    /// Connections a minute above which an appliance is busy, for load-shed.
    pub busy_above: f64,
    /// Time for which a destination stays known, for first-contact.
    pub known_for: &'static str,
    pub switch: Option<Switch>,
}

/// The distribution of a site's mail over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rhythm {
    Flat,
    /// Nights and days differ.
    Daily,
    /// Nights, days and weekends differ, and the days differ by chance.
    Weekly,
}

/// Destinations that behave alike.
#[derive(Clone, Debug)]
pub struct Destination {
    pub name: &'static str,
    pub weight: f64,
    pub domains: u32,
    /// Inequality of the domains: 0 makes them equal.
    pub slope: f64,
    pub starttls: &'static str,
    /// Recipients that share a connection.
    pub sharing: f64,
    /// The probability that a second connection is refused.
    pub refused: f64,
    /// The probability that TLS fails on a connection, if it does not fail on all.
    pub fails: f64,
}

/// A domain with a TLS setting of its own.
#[derive(Clone, Debug)]
pub struct OwnDomain {
    pub name: String,
    pub tls: &'static str,
    pub starttls: &'static str,
    /// Recipients a week.
    pub week: f64,
    pub sharing: f64,
}

/// A change of the setting of all domains during the span.
#[derive(Clone, Debug)]
pub struct Switch {
    pub at: String,
    pub before: &'static str,
    pub after: &'static str,
}

impl Site {
    /// A site that is easy to judge. Tests vary it.
    pub fn plain() -> Site {
        let destination = |name, weight, domains, starttls| Destination {
            name,
            weight,
            domains,
            slope: 0.8,
            starttls,
            sharing: 1.3,
            refused: 0.0,
            fails: 0.0,
        };
        Site {
            name: "plain".into(),
            week: 100_000.0,
            span: "2d".into(),
            interval: "1h",
            second_load: 0.0,
            rhythm: Rhythm::Daily,
            recipients: "{ bins = [{ from = 1, to = 1, share = 60 }, { from = 2, to = 6, share = 40 }] }",
            destinations: vec![
                destination("plain", 1.0, 900, "not-offered"),
                destination("encrypting", 0.3, 180, "good"),
                destination("broken-before", 0.002, 2, "fails-before220"),
                destination("broken-after", 0.003, 2, "fails-after220"),
            ],
            default: "preferred",
            own: Vec::new(),
            deferred: 0.01,
            bounced: 0.02,
            first_wait: "1m",
            busy_above: 8.0,
            known_for: "1h",
            switch: None,
        }
    }

    /// The text of its scenario.
    fn text(&self, seed: u64) -> String {
        let Site { week, span, interval, deferred, bounced, busy_above, known_for, first_wait, recipients, .. } = self;
        let mut destinations = String::new();
        for Destination { name, weight, domains, slope, starttls, sharing, refused, fails } in &self.destinations {
            destinations += &format!(
                "[[outgoing.destinations]]\nname = \"{name}\"\nweight = {weight}\ndomains = {domains}\nslope = {slope}\n\
                 starttls = \"{starttls}\"\nmessages_per_connection = {sharing}\nhard_bounce = {bounced}\n\
                 deferred = {deferred}\nsecond_connection_refused = {refused}\n"
            );
            if *fails > 0.0 {
                destinations += &format!("starttls_fails_after220 = {fails}\n");
            }
        }
        let mut controls = Vec::new();
        for (number, OwnDomain { name, tls, starttls, week, sharing }) in self.own.iter().enumerate() {
            destinations += &format!(
                "[[outgoing.destinations]]\nname = \"own{number}\"\nstarttls = \"{starttls}\"\n\
                 messages_per_connection = {sharing}\ndeferred = {deferred}\nlisted = [{{ domain = \"{name}\", per_week = {week} }}]\n"
            );
            controls.push(format!("{{ domain = \"{name}\", tls = \"{tls}\" }}"));
        }
        let controls = controls.join(", ");
        let (default, events) = match &self.switch {
            None => (self.default, String::new()),
            Some(Switch { at, before, after }) => (
                *before,
                format!(
                    "[[events]]\nat = \"{at}\"\ndestination_control = {{ domain = \"default\", tls = \"{after}\" }}\n"
                ),
            ),
        };
        let counting = format!("counting = {{ busy_above = {busy_above}, known_for = \"{known_for}\" }}");
        let second = match self.second_load > 0.0 {
            true => format!("[[appliances]]\nname = \"second\"\n{POWER}\nload = {}\n", self.second_load),
            false => String::new(),
        };
        let rhythm = self.rhythm.text();
        format!(
            "format = 1\nseed = {seed}\n\
             [time]\nbegin = \"{BEGIN}\"\nspan = \"{span}\"\nwarm_up = \"1h\"\nexport_interval = \"{interval}\"\n\
             [[appliances]]\nname = \"box\"\n{POWER}\n{counting}\n{second}[users]\ncount = 50\ndomain = \"example.com\"\n\
             [bounce_profile]\nfirst_wait = \"{first_wait}\"\n\
             [destination_controls]\ndefault = \"{default}\"\ndomains = [{controls}]\n\
             {events}\
             [[outgoing]]\nname = \"users\"\nmessages_per_week = {week}\n\
             servers = {{ domain = \"example.com\", addresses = \"192.0.2.16/29\" }}\n\
             recipients = {recipients}\n\
             size = {{ parts = [{{ mu = 8.9, sigma = 1.0 }}] }}\n{rhythm}{destinations}"
        )
    }

    /// Its scenario.
    pub fn scenario(&self, seed: u64) -> Scenario {
        let text = self.text(seed);
        Scenario::parse(&text, &self.name, &[]).unwrap_or_else(|error| panic!("{}: {error}\n{text}", self.name))
    }
}

/// The appliance is so powerful that it delays no mail.
const POWER: &str = "cores = 1000\nworkers = 1000\nlimits = { outbound_connections = 1000000 }";

/// The beginning of every site's exports.
pub const BEGIN: &str = "2008-11-18T00:00:00Z";

impl Rhythm {
    /// The lines of a scenario.
    fn text(self) -> String {
        const DAY: &str = "day = [0.10, 0.06, 0.05, 0.03, 0.06, 0.40, 1.24, 2.79, 3.75, 3.76, 3.43, 3.30, 3.51, 3.36, 2.68, \
                           1.42, 0.89, 0.50, 0.35, 0.30, 0.20, 0.21, 0.13, 0.10]";
        match self {
            Rhythm::Flat => String::new(),
            Rhythm::Daily => format!("rhythm = {{ {DAY} }}\n"),
            Rhythm::Weekly => {
                format!("rhythm = {{ week = [1.42, 1.48, 1.43, 1.29, 1.16, 0.08, 0.14], {DAY}, day_to_day = 0.15 }}\n")
            }
        }
    }
}
