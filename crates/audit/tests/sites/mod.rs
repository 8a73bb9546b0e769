//! Sites of all kinds, and their outgoing TLS tables under each counting rule.

use std::convert::Infallible;

use tollgate_audit::{DomainFigures, Figure, Observation};
use tollgate_catalogue::{Catalogue, Rule, Table};
use tollgate_report::{Booking, CsvWriter, Projection, Rows, Setting, Value};
use tollgate_scenario::Scenario;
use tollgate_simulation::{Closed, Observer, Simulation};
use tollgate_wording::{exact, list, percent};

/// The properties of a site.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    pub name: &'static str,
    /// Recipients a week.
    pub week: f64,
    pub span: &'static str,
    pub interval: &'static str,
    /// Number of domains that do not offer TLS.
    pub domains: u32,
    /// Inequality of the domains: 0 makes them equal.
    pub slope: f64,
    /// Weight of the destinations that offer TLS. Those that do not have the weight 1.
    pub good: f64,
    /// Weight of the destinations that fail before the 220 reply.
    pub before: f64,
    /// Weight of the destinations that fail after the 220 reply.
    pub after: f64,
    /// Number of domains that fail in each way.
    pub failing: u32,
    /// The probability that a second connection is refused.
    pub refused: f64,
    /// Recipients that share a connection.
    pub sharing: f64,
    pub deferred: f64,
    pub bounced: f64,
    /// Mail to domains with the TLS setting No, as a share of `week` that is added to it.
    pub no: f64,
    /// Number of these domains.
    pub no_domains: u32,
    /// Connections a minute above which an appliance is busy, for load-shed.
    pub busy_above: f64,
    /// Time for which a destination stays known, for first-contact.
    pub known_for: &'static str,
    /// Moment at which TLS is switched on, if it is not on from the beginning.
    pub switch: Option<&'static str>,
    /// True if days and nights differ.
    pub rhythm: bool,
}

/// The site that the others vary.
pub const PLAIN: Site = Site {
    name: "",
    week: 100_000.0,
    span: "2d",
    interval: "1h",
    domains: 900,
    slope: 0.8,
    good: 0.3,
    before: 0.002,
    after: 0.003,
    failing: 2,
    refused: 0.0,
    sharing: 1.3,
    deferred: 0.01,
    bounced: 0.02,
    no: 0.0,
    no_domains: 0,
    busy_above: 8.0,
    known_for: "1h",
    switch: None,
    rhythm: true,
};

/// Sites that differ in every property that may matter.
pub const SITES: [Site; 24] = [
    Site { name: "plain", ..PLAIN },
    Site { name: "small", week: 900.0, span: "7d", busy_above: 0.3, ..PLAIN },
    Site { name: "small, by days", week: 600.0, span: "7d", interval: "1d", busy_above: 0.3, ..PLAIN },
    Site { name: "large", week: 500_000.0, span: "1d", domains: 4000, busy_above: 30.0, ..PLAIN },
    Site { name: "by base intervals", span: "1d", interval: "5m", ..PLAIN },
    Site { name: "small, by base intervals", week: 4_000.0, interval: "5m", busy_above: 0.8, ..PLAIN },
    Site { name: "by days", span: "7d", interval: "1d", ..PLAIN },
    Site { name: "much TLS", good: 4.0, ..PLAIN },
    Site { name: "little TLS", good: 0.01, ..PLAIN },
    Site { name: "no failures", before: 0.0, after: 0.0, ..PLAIN },
    Site { name: "one domain fails late", before: 0.0, after: 0.03, refused: 0.3, failing: 1, ..PLAIN },
    Site { name: "many fail late", before: 0.0, after: 0.02, refused: 0.03, failing: 20, ..PLAIN },
    Site { name: "many fail early", before: 0.05, after: 0.0, failing: 40, ..PLAIN },
    Site { name: "one recipient per connection", sharing: 1.0, ..PLAIN },
    Site { name: "many recipients per connection", sharing: 1.8, ..PLAIN },
    Site { name: "many deferrals and hard bounces", deferred: 0.3, bounced: 0.15, ..PLAIN },
    Site { name: "a twentieth set to No", no: 0.05, no_domains: 3, ..PLAIN },
    Site { name: "a third set to No", no: 0.5, no_domains: 40, ..PLAIN },
    Site { name: "few destinations", domains: 12, ..PLAIN },
    Site { name: "equal destinations", domains: 6000, slope: 0.0, ..PLAIN },
    Site { name: "never busy", busy_above: 1e9, ..PLAIN },
    Site { name: "always busy", busy_above: 0.0, ..PLAIN },
    Site { name: "known briefly", known_for: "5m", ..PLAIN },
    Site { name: "TLS switched on", known_for: "1d", switch: Some("2008-11-18T10:20:00Z"), ..PLAIN },
];

impl Site {
    /// The differences to the plain site, apart from volume and intervals.
    pub fn particulars(&self) -> String {
        let mut parts = Vec::new();
        let mut part = |differs: bool, text: String| {
            if differs {
                parts.push(text);
            }
        };
        part(self.domains != PLAIN.domains, format!("{} domains without TLS", self.domains));
        part(self.slope != PLAIN.slope, "all domains equal".into());
        part(self.good != PLAIN.good, format!("weight with TLS {}", self.good));
        part(self.before != PLAIN.before, format!("weight failing before the 220 reply {}", self.before));
        part(self.after != PLAIN.after, format!("weight failing after it {}", self.after));
        part(self.failing != PLAIN.failing, format!("failing domains {}", self.failing));
        part(self.refused > 0.0, format!("{} of second connections refused", percent(self.refused)));
        part(self.sharing != PLAIN.sharing, format!("recipients per connection {}", self.sharing));
        part(self.deferred != PLAIN.deferred, format!("{} of delivery attempts deferred", percent(self.deferred)));
        part(self.bounced != PLAIN.bounced, format!("{} hard bounces", percent(self.bounced)));
        part(self.no > 0.0, format!("{} more mail to {} domains set to No", percent(self.no), self.no_domains));
        part(
            self.busy_above != PLAIN.busy_above,
            format!("busy above {} connections per minute", exact(self.busy_above)),
        );
        part(self.known_for != PLAIN.known_for, format!("known for {}", self.known_for));
        part(self.switch.is_some(), "TLS switched on during the span".into());
        list(parts)
    }

    /// The scenario of this site.
    pub fn scenario(&self, seed: u64) -> Scenario {
        let Site {
            week,
            span,
            interval,
            domains,
            slope,
            failing,
            sharing,
            deferred,
            bounced,
            refused,
            busy_above,
            known_for,
            ..
        } = self;
        let mut destinations = String::new();
        let mut class = |name: &str, weight: f64, count: u32, starttls: &str| {
            if weight > 0.0 {
                destinations += &format!(
                    "[[outgoing.destinations]]\nname = \"{name}\"\nweight = {weight}\ndomains = {count}\nslope = {slope}\n\
                     starttls = \"{starttls}\"\nmessages_per_connection = {sharing}\nhard_bounce = {bounced}\n\
                     deferred = {deferred}\nsecond_connection_refused = {refused}\n"
                );
            }
        };
        class("plain", 1.0, *domains, "not-offered");
        class("encrypting", self.good, domains.div_ceil(5), "good");
        class("broken-before", self.before, *failing, "fails-before220");
        class("broken-after", self.after, *failing, "fails-after220");
        let own = |number: u32| format!("own{number}.example");
        let of_own = |line: &dyn Fn(String) -> String| {
            (0..self.no_domains).map(|number| line(own(number))).collect::<Vec<_>>().join(", ")
        };
        if self.no_domains > 0 {
            let each = self.no * week / f64::from(self.no_domains);
            let listed = of_own(&|name| format!("{{ domain = \"{name}\", per_week = {each} }}"));
            destinations += &format!(
                "[[outgoing.destinations]]\nname = \"own\"\nmessages_per_connection = {sharing}\nlisted = [{listed}]\n"
            );
        }
        let controls = of_own(&|name| format!("{{ domain = \"{name}\", tls = \"no\" }}"));
        let (default, events) = match self.switch {
            None => ("preferred", String::new()),
            Some(at) => (
                "no",
                format!(
                    "[[events]]\nat = \"{at}\"\ndestination_control = {{ domain = \"default\", tls = \"preferred\" }}\n"
                ),
            ),
        };
        let rhythm = if self.rhythm { RHYTHM } else { "" };
        let text = format!(
            "format = 1\nseed = {seed}\n\
             [time]\nbegin = \"2008-11-18T00:00:00Z\"\nspan = \"{span}\"\nwarm_up = \"1h\"\nexport_interval = \"{interval}\"\n\
             [[appliances]]\nname = \"box\"\ncounting = {{ busy_above = {busy_above}, known_for = \"{known_for}\" }}\n[users]\ncount = 50\ndomain = \"example.com\"\n\
             [destination_controls]\ndefault = \"{default}\"\ndomains = [{controls}]\n\
             {events}\
             [[outgoing]]\nname = \"users\"\nmessages_per_week = {week}\n\
             servers = {{ domain = \"example.com\", addresses = \"192.0.2.16/29\" }}\n\
             recipients = {{ bins = [{{ from = 1, to = 1, share = 60 }}, {{ from = 2, to = 6, share = 40 }}] }}\n\
             size = {{ parts = [{{ mu = 8.9, sigma = 1.0 }}] }}\n{rhythm}{destinations}"
        );
        Scenario::parse(&text, self.name, &[]).unwrap_or_else(|error| panic!("{}: {error}\n{text}", self.name))
    }
}

const RHYTHM: &str = "rhythm = { day = [0.10, 0.06, 0.05, 0.03, 0.06, 0.40, 1.24, 2.79, 3.75, 3.76, 3.43, 3.30, 3.51, 3.36, 2.68, \
                      1.42, 0.89, 0.50, 0.35, 0.30, 0.20, 0.21, 0.13, 0.10] }\n";

/// The rows of a table.
#[derive(Default)]
struct Read(Vec<(String, Vec<f64>)>);

impl Rows for Read {
    fn begin(&mut self) {
        self.0.push(Default::default());
    }

    fn value(&mut self, value: Value<'_>) {
        let row = self.0.last_mut().unwrap();
        match value {
            Value::Text(text) => row.0 = text.to_owned(),
            Value::Count(count) => row.1.push(count as f64),
            _ => {}
        }
    }

    fn end(&mut self) {}
}

/// The observations of a site's exports under a rule, and the exports themselves by name.
pub type Exported = (Vec<Observation>, Vec<(&'static str, Vec<u8>)>);

/// Collects the observations and exports of a run under each rule.
struct Watch<'a> {
    projections: Vec<Projection<'a>>,
    /// One writer for each rule, or none if no files are wanted.
    writers: Vec<CsvWriter<'a>>,
    exported: Vec<Exported>,
    length_micros: u64,
}

/// Connections, messages and details of outgoing TLS.
const TABLES: [u32; 3] = [27, 28, 29];

fn table(number: u32) -> &'static Table {
    Catalogue::builtin().table(number).unwrap()
}

impl Observer for Watch<'_> {
    type Error = Infallible;

    fn interval(&mut self, closed: Closed) -> Result<(), Infallible> {
        let end_micros = closed.begin_micros + self.length_micros;
        for (projection, (observations, _)) in self.projections.iter_mut().zip(&mut self.exported) {
            let tables = TABLES.map(|number| {
                let mut rows = Read::default();
                projection.project(table(number), end_micros, &[&closed.counts], &mut rows);
                rows.0
            });
            let (begin, length) = (closed.begin_micros / 1_000_000, self.length_micros / 1_000_000);
            observations.push(observation((begin as i64, length as i64), tables));
        }
        for (writer, (_, files)) in self.writers.iter_mut().zip(&mut self.exported) {
            for (number, (_, file)) in TABLES.into_iter().zip(files) {
                writer.write_interval(table(number), closed.begin_micros, &[&closed.counts], file);
            }
        }
        Ok(())
    }
}

fn observation(
    (begin_seconds, length_seconds): (i64, i64),
    [connections, messages, details]: [Vec<(String, Vec<f64>)>; 3],
) -> Observation {
    let sum = |rows: &[(String, Vec<f64>)], at: usize| Figure::exact(rows.iter().map(|row| row.1[at]).sum());
    // The counts of a row of the details. `Read` skips the percentage.
    let domain = |(domain, counts): (String, Vec<f64>)| DomainFigures {
        domain: domain.into(),
        failed_required: counts[0],
        successful_required: counts[1],
        failed_preferred: counts[2],
        successful_preferred: counts[3],
        connections: counts[4],
        messages: counts[5],
    };
    Observation {
        begin_seconds,
        length_seconds,
        successful_required: sum(&connections, 0),
        successful_preferred: sum(&connections, 1),
        failed_required: sum(&connections, 2),
        failed_preferred: sum(&connections, 3),
        unencrypted_connections: sum(&connections, 4),
        encrypted_messages: sum(&messages, 0),
        unencrypted_messages: sum(&messages, 1),
        domains: Some(details.into_iter().map(domain).collect()),
    }
}

/// The observations of a site's exports, interval by interval, under each rule.
pub fn observe(site: &Site, seed: u64, rules: &[Rule]) -> Vec<Vec<Observation>> {
    watch(site, seed, rules, false).into_iter().map(|(observations, _)| observations).collect()
}

/// The observations and the exports themselves.
pub fn export(site: &Site, seed: u64, rules: &[Rule]) -> Vec<Exported> {
    watch(site, seed, rules, true)
}

fn watch(site: &Site, seed: u64, rules: &[Rule], with_files: bool) -> Vec<Exported> {
    let scenario = site.scenario(seed);
    let simulation = Simulation::new(&scenario);
    let setting = |rule| Setting {
        directory: simulation.directory(),
        reputation_multiplier: 3,
        interval_micros: scenario.time.export_interval.micros(),
        booking: Booking::new(rule, &scenario.appliances[0], &scenario.time),
    };
    let rules_with_files = if with_files { rules } else { &[] };
    let writers: Vec<CsvWriter<'_>> = rules_with_files.iter().map(|rule| CsvWriter::new(setting(rule))).collect();
    let mut exported = vec![Exported::default(); rules.len()];
    for (writer, (_, files)) in writers.iter().zip(&mut exported) {
        files.extend(TABLES.map(|number| {
            let mut file = Vec::new();
            writer.write_header(table(number), &mut file);
            (table(number).file.as_str(), file)
        }));
    }
    let mut watch = Watch {
        projections: rules.iter().map(|rule| Projection::new(setting(rule))).collect(),
        writers,
        exported,
        length_micros: scenario.time.export_interval.micros(),
    };
    let Ok(_) = simulation.run(Some(1), &mut watch);
    watch.exported
}
