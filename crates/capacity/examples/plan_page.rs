//! Measures scenarios at a few loads with two seeds and writes the page of their plan:
//!
//! `cargo run --example plan_page -- plan.html scenarios/quiet-hour.toml 0.5 1 2`
//!
//! Two scenarios, with a comma between them, are compared. A value of every scenario can be set: `time.span=1d`.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use tollgate_capacity::{CONFIDENCE, Estimate, First, Has, Limit, Measured, Part, Plan, Point, Variant, measure, page};
use tollgate_scenario::{ListenerKind, Override, Scenario};

const SEEDS: [u64; 2] = [1, 2];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [page_path, scenarios, rest @ ..] = &arguments[..] else {
        return Err("plan_page PAGE SCENARIO[,SCENARIO] [PATH=VALUE].. LOAD..".into());
    };
    let (settings, loads): (Vec<&String>, Vec<&String>) = rest.iter().partition(|argument| argument.contains('='));
    let loads: Vec<f64> = loads.iter().map(|load| load.parse()).collect::<Result<_, _>>()?;
    let sides: Vec<Side> =
        scenarios.split(',').map(|path| Side::measure(path, &settings, &loads)).collect::<Result<_, _>>()?;
    fs::write(page_path, page(&plan(&sides, &loads)))?;
    Ok(())
}

/// A scenario with what was measured of it: for each load, for each seed.
struct Side {
    name: String,
    scenario: Scenario,
    measured: Vec<Vec<Measured>>,
}

impl Side {
    fn measure(path: &str, settings: &[&String], loads: &[f64]) -> Result<Side, Box<dyn Error>> {
        let read = |more: &[String]| -> Result<Scenario, Box<dyn Error>> {
            let all = settings.iter().map(|setting| setting.as_str()).chain(more.iter().map(String::as_str));
            let overrides = all.map(|setting| {
                let (path, value) = setting.split_once('=').unwrap_or((setting, ""));
                Override::new(setting, path, value)
            });
            Ok(Scenario::read(Path::new(path), &overrides.collect::<Result<Vec<_>, _>>()?)?)
        };
        let scenario = read(&[])?;
        let mut measured = Vec::new();
        for load in loads {
            let volume = scenario.volume.get() * load;
            let run = |seed: &u64| Ok(measure(&read(&[format!("volume={volume}"), format!("seed={seed}")])?));
            measured.push(SEEDS.iter().map(run).collect::<Result<_, Box<dyn Error>>>()?);
        }
        let name = Path::new(path).file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Side { name, scenario, measured })
    }

    fn variant(&self, loads: &[f64]) -> Variant {
        let count = self.measured.first().map_or(0, |measured| measured[0].parts().len());
        let part = |place: usize| Part {
            name: self.measured[0][0].parts()[place].name.clone(),
            has: self.has(place.checked_sub(1)),
            points: loads
                .iter()
                .zip(&self.measured)
                .map(|(load, seeds)| {
                    Point::new(*load, &seeds.iter().map(|measured| measured.parts()[place]).collect::<Vec<_>>())
                })
                .collect(),
        };
        Variant { name: self.name.clone(), parts: (0..count).map(part).collect(), limit: Some(self.limit(loads)) }
    }

    /// What an appliance has, or all of them.
    fn has(&self, place: Option<usize>) -> Has {
        let all = self.scenario.appliances.iter().enumerate();
        let chosen: Vec<_> =
            all.filter(|(at, _)| place.is_none_or(|place| place == *at)).map(|(_, each)| each).collect();
        let connections = |kind: ListenerKind| {
            let listeners = self.scenario.listeners.iter().filter(|listener| listener.kind == kind);
            listeners.map(|listener| u64::from(listener.max_connections())).max().unwrap_or_default()
        };
        Has {
            cores: chosen.iter().map(|each| u64::from(each.cores)).sum(),
            workers: chosen.iter().map(|each| u64::from(each.workers)).sum(),
            queue_warning: chosen.iter().map(|each| u64::from(each.limits.queue_warning)).sum(),
            public_connections: connections(ListenerKind::Public),
            private_connections: connections(ListenerKind::Private),
            outbound_connections: chosen.iter().map(|each| u64::from(each.limits.outbound_connections)).sum(),
            queue_kib: chosen.iter().map(|each| each.limits.queue_kib).sum(),
        }
    }

    /// The smallest of the loads at which something is exhausted in all seeds: a plan searches between them, too.
    fn limit(&self, loads: &[f64]) -> Limit {
        let exhausted = |measured: &Measured| measured.site.exhausted.first().cloned();
        let found =
            loads.iter().zip(&self.measured).find(|(_, seeds)| seeds.iter().all(|each| exhausted(each).is_some()));
        let first = found.and_then(|(_, seeds)| exhausted(&seeds[0])).map(|first| First {
            resource: first.resource,
            appliance: first.appliance,
            begin_micros: first.begin,
            seeds: SEEDS.len(),
        });
        Limit {
            load: found.map(|(load, _)| Estimate::new(&[*load])),
            loads: vec![found.map(|(load, _)| *load); SEEDS.len()],
            searched: loads.last().copied().unwrap_or_default(),
            first: first.into_iter().collect(),
        }
    }
}

fn plan(sides: &[Side], loads: &[f64]) -> Plan {
    let sites = |side: &Side, place: usize| side.measured[place].iter().map(|measured| measured.site.clone()).collect();
    let difference = |place: usize| {
        let [ours, theirs]: [Vec<_>; 2] = [sites(&sides[0], place), sites(&sides[1], place)];
        Point::difference(loads[place], &ours.iter().collect::<Vec<_>>(), &theirs.iter().collect::<Vec<_>>())
    };
    let time = &sides[0].scenario.time;
    Plan {
        scenario: sides.iter().map(|side| side.name.as_str()).collect::<Vec<_>>().join(" and "),
        load_of: String::from("all traffic"),
        begin: time.begin,
        end: time.end(),
        seeds: SEEDS.to_vec(),
        confidence: CONFIDENCE,
        variants: sides.iter().map(|side| side.variant(loads)).collect(),
        differences: if sides.len() == 2 { (0..loads.len()).map(difference).collect() } else { Vec::new() },
        limit_difference: None,
    }
}
