//! Runs a site and collects its outgoing TLS tables. A counting rule is a view of facts, so one run gives the tables of all rules.

use std::convert::Infallible;

use tollgate_audit::{DomainFigures, Figure, Observation};
use tollgate_catalogue::{Catalogue, LossCondition, Rule, Table};
use tollgate_ledger::Selection;
use tollgate_report::{CountingRule, CsvWriter, Projection, Rows, Setting, Value, part_of};
use tollgate_simulation::{Closed, Observer, Simulation, Workers};

use super::Site;

/// A counting rule with its settings. A setting that is `None` is that of the site.
#[derive(Clone, Copy, Debug)]
pub struct View {
    pub rule: &'static Rule,
    pub busy_above: Option<f64>,
    pub known_for_seconds: Option<u64>,
}

impl View {
    /// The views of all rules with the settings of the site.
    pub fn of_rules() -> Vec<View> {
        let view = |rule| View { rule, busy_above: None, known_for_seconds: None };
        Catalogue::builtin().rules().iter().map(view).collect()
    }

    /// The views of the rules that have settings, with other settings than the site's.
    pub fn of_settings(busy_above: f64) -> Vec<View> {
        let of_rule = |rule: &'static Rule| -> Vec<View> {
            let view = |busy_above, known_for_seconds| View { rule, busy_above, known_for_seconds };
            match rule.lost().map(|lost| lost.when) {
                None => Vec::new(),
                Some(LossCondition::Busy) => {
                    let usual = busy_above.max(0.1);
                    let limits = [0.0, 0.1, 0.3, 0.5, 0.7, 0.85, 1.15, 1.5, 2.0, 3.0, 5.0, 10.0, 1e9];
                    limits.map(|factor| view(Some(factor * usual), None)).to_vec()
                }
                Some(LossCondition::Known) => {
                    [300, 900, 3600, 14_400, 86_400, 172_800].map(|seconds| view(None, Some(seconds))).to_vec()
                }
            }
        };
        Catalogue::builtin().rules().iter().flat_map(of_rule).collect()
    }
}

/// The names of the views of the figures that are diagnosed.
pub const FIGURE_VIEWS: [&str; 4] =
    ["details by domain", "summaries by interval", "sums over the span", "the figures of a page"];

/// The figures of a view: with details, without them, summed over all intervals, and abbreviated as on a page.
pub fn figures(observations: &[Observation], view: usize) -> Vec<Observation> {
    let mut observations = observations.to_vec();
    if view > 0 {
        observations.iter_mut().for_each(|observation| observation.domains = None);
    }
    if view < 2 {
        return observations;
    }
    let sum = |figure: fn(&Observation) -> Figure| {
        let sum = observations.iter().map(figure).fold(Figure::default(), |sum, figure| sum + figure);
        if view == 3 { abbreviated(sum.low) } else { sum }
    };
    vec![Observation::of_page([
        sum(|observation| observation.successful_required),
        sum(|observation| observation.successful_preferred),
        sum(|observation| observation.failed_required),
        sum(|observation| observation.failed_preferred),
        sum(|observation| observation.unencrypted_connections),
        sum(|observation| observation.encrypted_messages),
        sum(|observation| observation.unencrypted_messages),
    ])]
}

/// A count as the page shows it.
fn abbreviated(count: f64) -> Figure {
    let text = match count {
        count if count < 10_000.0 => format!("{count}"),
        count if count < 999_950.0 => format!("{:.1}k", count / 1e3),
        count => format!("{:.1}M", count / 1e6),
    };
    text.parse().unwrap()
}

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

    fn selection(&self) -> Selection {
        Selection::ALL.only(TABLES.map(|number| part_of(table(number))))
    }

    fn interval(&mut self, closed: Closed) -> Result<(), Infallible> {
        if closed.appliance > 0 {
            return Ok(());
        }
        let end_micros = closed.begin.micros() + self.length_micros;
        for (projection, (observations, _)) in self.projections.iter_mut().zip(&mut self.exported) {
            let tables = TABLES.map(|number| {
                let mut rows = Read::default();
                projection.project(table(number), end_micros, &[&closed.counts], &mut rows);
                rows.0
            });
            let (begin, length) = (closed.begin.micros() / 1_000_000, self.length_micros / 1_000_000);
            observations.push(observation((begin as i64, length as i64), tables));
        }
        for (writer, (_, files)) in self.writers.iter_mut().zip(&mut self.exported) {
            for (number, (_, file)) in TABLES.into_iter().zip(files) {
                writer.write_interval(table(number), closed.begin.micros(), &[&closed.counts], file);
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

/// The observations of a site's exports, interval by interval, in each view.
pub fn observe(site: &Site, seed: u64, views: &[View]) -> Vec<Vec<Observation>> {
    watch(site, seed, views, false).into_iter().map(|(observations, _)| observations).collect()
}

/// The observations and the exports themselves.
pub fn export(site: &Site, seed: u64, views: &[View]) -> Vec<Exported> {
    watch(site, seed, views, true)
}

fn watch(site: &Site, seed: u64, views: &[View], with_files: bool) -> Vec<Exported> {
    let scenario = site.scenario(seed);
    let simulation = Simulation::new(&scenario);
    let setting = |view: &View| {
        let counting = CountingRule::new(view.rule, &scenario.appliances[0], &scenario.time);
        Setting {
            directory: simulation.directory(),
            reputation_multiplier: 3,
            interval_micros: scenario.time.export_interval.micros(),
            counting: CountingRule {
                busy_above: view.busy_above.unwrap_or(counting.busy_above),
                known_for_micros: view
                    .known_for_seconds
                    .map_or(counting.known_for_micros, |seconds| seconds * 1_000_000),
                ..counting
            },
        }
    };
    let views_with_files = if with_files { views } else { &[] };
    let writers: Vec<CsvWriter<'_>> = views_with_files.iter().map(|view| CsvWriter::new(setting(view))).collect();
    let mut exported = vec![Exported::default(); views.len()];
    for (writer, (_, files)) in writers.iter().zip(&mut exported) {
        files.extend(TABLES.map(|number| {
            let mut file = Vec::new();
            writer.write_header(table(number), &mut file);
            (table(number).file.as_str(), file)
        }));
    }
    let mut watch = Watch {
        projections: views.iter().map(|view| Projection::new(setting(view))).collect(),
        writers,
        exported,
        length_micros: scenario.time.export_interval.micros(),
    };
    let Ok(_) = simulation.run(&Workers::new(Some(1)).unwrap(), &mut watch);
    watch.exported
}
