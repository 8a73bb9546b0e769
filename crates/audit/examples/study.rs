//! Diagnoses random sites under each counting rule, and prints the tables of `DIAGNOSIS.md`.
//!
//! `cargo run --release --example study -- 300 3` studies 300 sites. It takes a few minutes. For each third site, it also simulates 20
//! seeds and measures how far the rules are apart. A third number is the first site: `-- 300 1000000 1001` studies other sites, without
//! distances.

#![allow(clippy::unwrap_used, reason = "a study may fail by panic")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a study prints its tables and its progress")]

#[path = "../tests/sites/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the tests use more of it")]
mod sites;

#[path = "study/distance.rs"]
mod distance;

use std::collections::BTreeMap;
use std::sync::Mutex;

use tollgate_audit::{Diagnosis, Evidence, Standing};
use tollgate_catalogue::Catalogue;

use distance::{Cells, Spread, distances};
use sites::{FIGURE_VIEWS, Site, View, figures, observe};

/// Number of seeds that measure the variance of a cell.
const SEEDS: u64 = 20;

/// The limits of the distance D between rules: below the first they are both to be possible, and from the second on they are to be told apart.
const LIMITS: [f64; 2] = [10.0, 50.0];

/// The shares of far rules that are to be told apart, from details and from summaries.
const TOLD_GOALS: [f64; 2] = [0.95, 0.85];

/// Counts of verdicts: best or possible, unlikely, ruled out.
type Verdicts = [u32; 3];

#[derive(Default)]
struct Study {
    /// By view of the figures, true rule and ranked rule.
    confusion: BTreeMap<(usize, usize, usize), Verdicts>,
    /// By view of the figures, true rule and class of distance: pairs of a true and another rule, and those in which the other is not
    /// possible.
    told: BTreeMap<(usize, usize, usize), [u32; 2]>,
    /// By view: cases in which every other rule is far away, and those in which the true rule is alone.
    alone: BTreeMap<usize, [u32; 2]>,
    /// By view: the distance of each pair of a true and another rule, and true if they are told apart.
    pairs: BTreeMap<usize, Vec<(f64, bool)>>,
    lost: Vec<String>,
}

fn main() {
    let arguments: Vec<u64> = std::env::args().skip(1).map(|text| text.parse().expect("a number")).collect();
    let (count, every, first) = match arguments[..] {
        [count, every] => (count, every, 1),
        [count, every, first] => (count, every, first),
        _ => panic!("usage: study SITES EVERY [FIRST]"),
    };
    let next = Mutex::new(first..first + count);
    let study = Mutex::new(Study::default());
    let work = || {
        loop {
            let Some(number) = next.lock().expect("no panic").next() else { return };
            add(&study, number, number.is_multiple_of(every));
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    study.into_inner().expect("no panic").print();
}

/// The smallest distance from which on a share of the pairs is told apart.
fn least_distance(mut pairs: Vec<(f64, bool)>, goal: f64) -> f64 {
    pairs.sort_by(|one, other| other.0.total_cmp(&one.0));
    let (mut told, mut least) = (0, f64::INFINITY);
    for (place, (distance, is_told)) in pairs.into_iter().enumerate() {
        told += u32::from(is_told);
        if f64::from(told) >= goal * (place + 1) as f64 {
            least = distance;
        }
    }
    least
}

fn add(study: &Mutex<Study>, number: u64, with_distance: bool) {
    let site = Site::random(number);
    let observed = observe(&site, number, &View::of_rules());
    let distances = with_distance.then(|| {
        let mut spreads: Vec<Spread> = observed.iter().map(|_| Spread::default()).collect();
        for seed in 1..=SEEDS {
            for (spread, observations) in
                spreads.iter_mut().zip(observe(&site, 1_000_000 * seed + number, &View::of_rules()))
            {
                spread.add(&Cells::of(&observations));
            }
        }
        let settings = View::of_settings(site.load());
        let rule_of = |view: &View| Catalogue::builtin().rules().iter().position(|rule| rule.name == view.rule.name);
        let rules: Vec<usize> = settings.iter().filter_map(rule_of).collect();
        let nearest: Vec<_> = rules.into_iter().zip(observe(&site, number, &settings)).collect();
        distances(&observed, &nearest, &spreads)
    });
    let rules = Catalogue::builtin().rules();
    for (truth, observations) in observed.iter().enumerate() {
        for view in 0..FIGURE_VIEWS.len() {
            let diagnosis = Diagnosis::new(rules, &Evidence::new(figures(observations, view)));
            let held = |rule: usize| {
                let ranked = diagnosis.rules.iter().find(|ranked| ranked.rule == rules[rule].name).expect("every rule");
                match ranked.verdict {
                    Standing::Best | Standing::Possible => 0,
                    Standing::Unlikely => 1,
                    Standing::RuledOut => 2,
                }
            };
            let mut study = study.lock().expect("no panic");
            for other in 0..rules.len() {
                study.confusion.entry((view, truth, other)).or_default()[held(other)] += 1;
            }
            if held(truth) > 0 {
                study.lost.push(format!(
                    "site {number}, {}, {}: {:?}",
                    FIGURE_VIEWS[view], rules[truth].name, diagnosis.rules
                ));
            }
            let Some(distances) = &distances else { continue };
            if view > 1 {
                continue;
            }
            let others: Vec<usize> = (0..rules.len()).filter(|&other| other != truth).collect();
            for &other in &others {
                let class = LIMITS.iter().filter(|&&limit| distances[view][truth][other] >= limit).count();
                let told = study.told.entry((view, truth, class)).or_default();
                told[0] += 1;
                told[1] += u32::from(held(other) > 0);
                let distance = distances[view][truth][other];
                study.pairs.entry(view).or_default().push((distance, held(other) > 0));
                if std::env::var_os("VERBOSE").is_some() && ((class == 2) != (held(other) > 0)) {
                    eprintln!(
                        "site {number} {view} {} against {}: D {:.0}, {:?}",
                        rules[truth].name,
                        rules[other].name,
                        distances[view][truth][other],
                        diagnosis
                            .rules
                            .iter()
                            .find(|ranked| ranked.rule == rules[other].name)
                            .map(|ranked| ranked.difference)
                    );
                }
            }
            if others.iter().all(|&other| distances[view][truth][other] >= LIMITS[1]) {
                let alone = study.alone.entry(view).or_default();
                alone[0] += 1;
                alone[1] += u32::from(others.iter().all(|&other| held(other) > 0));
            }
        }
    }
    eprintln!("{}", site.name);
}

impl Study {
    fn print(&self) {
        let rules = Catalogue::builtin().rules();
        for (view, name) in FIGURE_VIEWS.iter().enumerate() {
            println!("\n### From {name}\n");
            print!("| true rule |");
            rules.iter().for_each(|rule| print!(" {} |", rule.name));
            println!("\n|---|{}", "---|".repeat(rules.len()));
            for (truth, rule) in rules.iter().enumerate() {
                print!("| **{}** |", rule.name);
                for other in 0..rules.len() {
                    let [held, unlikely, ruled_out] = self.confusion[&(view, truth, other)];
                    print!(" {held} · {unlikely} · {ruled_out} |");
                }
                println!();
            }
        }
        println!(
            "\n### Told apart\n\n| figures | true rule | D below 10: both possible | D 10 to 50: told | D 50 or more: told |\n|---|---|---|---|---|"
        );
        for (view, name) in FIGURE_VIEWS.iter().enumerate().take(2) {
            for (truth, rule) in rules.iter().enumerate() {
                print!("| {name} | {} |", rule.name);
                for class in 0..3 {
                    let [all, told] = self.told.get(&(view, truth, class)).copied().unwrap_or_default();
                    print!(" {} of {all} |", if class == 0 { all - told } else { told });
                }
                println!();
            }
        }
        for (view, [all, alone]) in &self.alone {
            println!(
                "\nFrom {}, every other rule has a D of 50 or more in {all} cases. The true rule is named alone in {alone}.",
                FIGURE_VIEWS[*view]
            );
        }
        for ((view, pairs), goal) in self.pairs.iter().zip(TOLD_GOALS) {
            let from = least_distance(pairs.clone(), goal);
            let all = pairs.iter().filter(|(distance, _)| *distance >= from).count();
            println!(
                "\nFrom {}, {goal} of the pairs are told apart if D is {from:.0} or more: {all} pairs.",
                FIGURE_VIEWS[*view]
            );
        }
        let sum = |held: usize| -> u32 {
            self.confusion.iter().filter(|((_, truth, other), _)| truth == other).map(|(_, counts)| counts[held]).sum()
        };
        println!(
            "\nThe true rule was best or possible {} times, unlikely {} times and ruled out {} times.",
            sum(0),
            sum(1),
            sum(2)
        );
        self.lost.iter().for_each(|lost| println!("{lost}"));
    }
}
