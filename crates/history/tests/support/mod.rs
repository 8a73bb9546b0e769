//! What tests of a history share.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::path::Path;

use tollgate_history::{History, HistoryError, Interval, Resolution};
use tollgate_ledger::{Counts, Part};
use tollgate_scenario::{Moment, Override, Scenario, Span, Time};
use tollgate_simulation::{Closed, Observer, Simulation};

/// The facts of one part of an interval: rows of key, note and cells, in order of their keys.
pub type Facts = Vec<(u64, Vec<u64>)>;

/// A scenario of the repository with some values changed.
pub fn scenario(name: &str, changes: &[&str]) -> Scenario {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios").join(name);
    let changes: Vec<Override> = changes.iter().map(|change| change.parse().unwrap()).collect();
    Scenario::read(&path, &changes).unwrap()
}

/// A moment in microseconds since the Unix epoch.
pub fn moment(text: &str) -> u64 {
    Moment::try_from(text.to_owned()).unwrap().micros()
}

/// What `tollgate run` would count with that export interval, by appliance, beginning and part.
pub fn run(scenario: &Scenario, interval_micros: u64) -> BTreeMap<(usize, u64, Part), Facts> {
    #[derive(Default)]
    struct Collector(BTreeMap<(usize, u64, Part), Facts>);
    impl Observer for Collector {
        type Error = Infallible;
        fn interval(&mut self, closed: Closed) -> Result<(), Infallible> {
            for part in Part::ALL {
                self.0.insert((closed.appliance, closed.begin_micros, part), facts(&closed.counts, part));
            }
            Ok(())
        }
    }
    let time = Time { export_interval: Span::from_micros(interval_micros), ..scenario.time.clone() };
    let mut collector = Collector::default();
    let Ok(_) = Simulation::new(&Scenario { time, ..scenario.clone() }).run(Some(2), &mut collector);
    collector.0
}

/// One part of an interval from a history.
pub fn read(
    history: &History,
    (appliance, resolution, begin_micros): (usize, Resolution, u64),
    part: Part,
) -> Result<Facts, HistoryError> {
    let mut counts = Counts::default();
    history.absorb(Interval { appliance, resolution, begin_micros }, part, &mut counts)?;
    // Nothing but the part that was asked for is touched.
    for other in Part::ALL.into_iter().filter(|&other| other != part && other != Part::System) {
        assert_eq!(facts(&counts, other), Facts::new(), "{other:?} came with {part:?}");
    }
    Ok(facts(&counts, part))
}

/// What one part holds, in order.
pub fn facts(counts: &Counts, part: Part) -> Facts {
    macro_rules! rows {
        ($account:expr) => {
            $account.rows().iter().map(|row| (u64::from(row.key), row.cells.to_vec())).collect()
        };
    }
    let mut facts: Facts = match part {
        Part::System => vec![(0, counts.system.cells.to_vec())],
        Part::Domains => rows!(counts.domains),
        Part::IncomingTls => rows!(counts.incoming_tls),
        Part::Addresses => {
            let rows = counts.addresses.rows().iter().map(|row| {
                let (note, (micros, place)) = (row.note, row.note.opened);
                let note = [micros, place.into(), u64::from(note.sbrs.cast_unsigned()), note.group.into()];
                (u64::from(row.key), [note.to_vec(), vec![row.note.population.into()], row.cells.to_vec()].concat())
            });
            rows.collect()
        }
        Part::Owners => rows!(counts.owners),
        Part::Groups => rows!(counts.groups),
        Part::Users => rows!(counts.users),
        Part::Filters => rows!(counts.filters),
        Part::Viruses => rows!(counts.viruses),
        Part::Outbreaks => rows!(counts.outbreaks),
        Part::Deliveries => rows!(counts.deliveries),
    };
    facts.sort();
    facts
}
