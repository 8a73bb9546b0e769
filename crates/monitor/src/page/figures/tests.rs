#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::path::Path;

use tollgate_catalogue::Catalogue;
use tollgate_history::{Clock, History, Resolution};
use tollgate_scenario::{HOUR, MINUTE, Scenario};

use super::*;
use crate::range::RangeChoice;

/// A site at the end of six hours, with an appliance whose counting rule remembers destinations for 100 minutes.
fn site() -> Site {
    let sets = [
        "time.begin=2008-11-18T06:00:00Z",
        "time.span=6h",
        "appliances.0.counting={ rule = \"first-contact\", known_for = \"100m\" }",
    ];
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/quiet-hour.toml");
    let scenario = Scenario::read(&path, &sets.map(|set| set.parse().unwrap())).unwrap();
    let end = scenario.time.end().micros();
    Site::new(History::begin(&scenario, Clock::Frozen(end), None).unwrap(), 0)
}

#[test]
fn an_hour_shows_the_same_intervals_as_the_day_around_it() {
    let site = site();
    let begin = site.history.scenario().time.begin.micros();
    let range = |from_micros, to_micros| Range {
        choice: RangeChoice::Custom,
        from_micros,
        to_micros,
        resolution: Resolution::Raw,
        interval_micros: 5 * MINUTE,
    };
    let (day, hour) = (range(begin, begin + 6 * HOUR), range(begin + 205 * MINUTE, begin + 265 * MINUTE));
    for table in [27, 29].map(|number| Catalogue::builtin().table(number).unwrap()) {
        let query = |range| FigureQuery { scope: &Scope::Appliance(0), table, range, rule: None, key: None };
        let mut expected = query(&day).over_time(&site).unwrap();
        expected.retain(|interval| (hour.from_micros..hour.to_micros).contains(&interval.begin_micros));
        let shown = query(&hour).over_time(&site).unwrap();
        assert_eq!(shown.len(), 12);
        assert_eq!(shown, expected, "{}", table.title);
        let totals = query(&hour).totals(&site).unwrap();
        for column in 0..table.columns.len() {
            let sum = |rows: &[Vec<CellValue>]| {
                let counts = rows.iter().filter_map(|row| match row[column] {
                    CellValue::Count(count) => Some(count),
                    _ => None,
                });
                counts.sum::<u64>()
            };
            let over_time: u64 = shown.iter().map(|interval| sum(&interval.rows)).sum();
            assert_eq!(sum(&totals), over_time, "{} of {}", table.columns[column].name, table.title);
        }
    }
}
