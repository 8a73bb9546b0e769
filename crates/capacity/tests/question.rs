//! Answers to questions: limits with a closed form, known runs, and any number of threads.

use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::sync::Mutex;

use tollgate_capacity::{Answer, Objectives, PlanRun, PlannedScenario, Question, Resource, Watcher};
use tollgate_scenario::{Override, Scenario, Traffic};
use tollgate_simulation::ThreadError;

/// An appliance that needs 2 s for each message. Messages arrive at a constant rate of 3,600 an hour, so 2 of its 4 workers
/// are busy.
const STEADY: &str = r#"
format = 1
seed = 7

[time]
begin = "2008-11-17T00:00:00Z"
span = "8h"

[variation]
none = true

[[appliances]]
name = "c650"
cores = 8
workers = 4
machine = { none = true }

[appliances.cost]
anti_spam = {}
anti_virus = {}
mail_processing = { message = "2s" }
connection = "0s"
delivery = "0s"
reporting = "0s"
quarantine = "0s"

[[networks]]
name = "hosting"
addresses = "198.18.0.0/15"
owners = 15
owner_slope = 1.0

[users]
count = 60
domain = "example.com"

[[incoming]]
name = "people"
connections_per_week = 302400
domains = { count = 500, slope = 0.8, network = "hosting" }
sbrs = [{ from = 5.0, to = 5.0, share = 1.0 }]
size = { parts = [{ mu = 8.0, sigma = 0.5 }] }

[[incoming]]
name = "others"
connections_per_week = 302400
domains = { count = 500, slope = 0.8, network = "hosting" }
sbrs = [{ from = 5.0, to = 5.0, share = 1.0 }]
size = { parts = [{ mu = 8.0, sigma = 0.5 }] }
"#;

/// A tenth of the mail, with ten times the work for each message. A run takes a tenth of the time. It is for tests that do not
/// depend on the measured values.
const TENTH: [&str; 3] = [
    "incoming.people.connections_per_week=30240",
    "incoming.others.connections_per_week=30240",
    "appliances.c650.cost.mail_processing.message=\"20s\"",
];

/// A watcher that collects the new runs, counts the known ones, and ends the plan after `last` new runs.
#[derive(Default)]
struct CountingWatcher {
    done: Mutex<Vec<PlanRun>>,
    known: Mutex<u64>,
    last: Option<usize>,
    expected: Mutex<f64>,
}

impl Watcher for CountingWatcher {
    type Error = &'static str;

    fn cannot_start(&self, error: ThreadError) -> &'static str {
        panic!("{error}")
    }

    fn expect(&self, work: f64) {
        *self.expected.lock().unwrap() += work;
    }

    fn done(&self, run: &PlanRun) -> Result<(), &'static str> {
        let mut done = self.done.lock().unwrap();
        if self.last.is_some_and(|last| done.len() >= last) {
            return Err("enough");
        }
        done.push(run.clone());
        Ok(())
    }

    fn known(&self, _load: f64) {
        *self.known.lock().unwrap() += 1;
    }
}

/// A watcher that does nothing.
struct IdleWatcher;

impl Watcher for IdleWatcher {
    type Error = Infallible;

    fn cannot_start(&self, error: ThreadError) -> Infallible {
        panic!("{error}")
    }

    fn done(&self, _run: &PlanRun) -> Result<(), Infallible> {
        Ok(())
    }
}

fn side(name: &str, sets: &[&str]) -> PlannedScenario {
    let sets: Vec<Override> = sets.iter().map(|set| set.parse().unwrap()).collect();
    PlannedScenario::new(name, Scenario::parse(STEADY, "steady.toml", &sets).unwrap())
}

fn question(sides: Vec<PlannedScenario>, of: &str, loads: &[f64], seeds: &[u64], with_limit: bool) -> Question {
    Question::new("steady", sides, of.parse().unwrap(), loads.to_vec(), seeds.to_vec(), with_limit).unwrap()
}

fn answer(question: &Question) -> Answer {
    let Ok(answer) = question.answer("program", [], None, &IdleWatcher);
    answer
}

fn threads(count: usize) -> Option<NonZeroUsize> {
    NonZeroUsize::new(count)
}

/// If work arrives at rate a and the workers do work at rate w, the limit is w / a. If the load multiplies only a part p of
/// the traffic, it is 1 + (w / a - 1) / p.
#[test]
fn limits_are_those_of_the_closed_form() {
    for (sets, of, loads, expected) in [
        (&[][..], "all", &[0.5, 1.0, 1.5][..], 2.0),
        (&[], "all", &[1.0, 3.0], 2.0),
        (&[], "all", &[3.0, 5.0], 2.0),
        (&[], "class.others", &[0.5, 1.0], 3.0),
        (&["appliances.c650.workers=7"], "all", &[1.0], 3.5),
        // A limit far from the first load. It has a tenth of the mail, because the search simulates 40 times as much.
        (&[TENTH[0], TENTH[1], "appliances.c650.cost.mail_processing.message=\"1s\""], "all", &[1.0], 40.0),
    ] {
        let plan = answer(&question(vec![side("a", sets)], of, loads, &[1, 2, 3], true)).plan;
        let limit = plan.sides[0].limit.as_ref().unwrap();
        for load in &limit.loads {
            let load = load.unwrap();
            assert!((load / expected - 1.0).abs() < 0.02, "{sets:?} {of} {loads:?}: {load} and not {expected}");
        }
        assert_eq!(limit.first.len(), 1);
        assert_eq!((limit.first[0].resource, limit.first[0].seeds), (Resource::Workers, 3));
    }
}

/// The limit is 2, and half of the messages wait for ten minutes at about the same load.
#[test]
fn loads_around_the_limits_are_chosen() {
    let chosen = |sets: &[&str], count: usize| {
        let question = question(vec![side("a", sets)], "all", &[7.0], &[1, 2], true);
        let question = question.with_loads_around_limits(threads(count).unwrap());
        let plan = answer(&question).plan;
        let limit = plan.sides[0].limit.as_ref().unwrap().load.map(|load| load.mean);
        (plan.sides[0].parts[0].points.iter().map(|point| point.load).collect::<Vec<f64>>(), limit)
    };
    for (count, sets, expected) in
        [(8, &TENTH[..], 2.0), (4, &TENTH, 2.0), (8, &[TENTH[0], TENTH[1], TENTH[2], "appliances.c650.workers=2"], 1.0)]
    {
        let (loads, limit) = chosen(sets, count);
        let limit = limit.unwrap();
        assert!((limit / expected - 1.0).abs() < 0.05, "{limit} and not {expected}");
        assert!(loads.len() == count && loads.is_sorted() && loads.contains(&1.0), "{loads:?}");
        assert!(loads[0] < 0.8 * limit && loads[loads.len() - 1] > 1.05 * limit, "{loads:?} around {limit}");
        assert!(loads[loads.len() - 1] < 1.6 * limit, "{loads:?} around {limit}");
    }
    let little = ["incoming.people.connections_per_week=20", "incoming.others.connections_per_week=0"];
    assert_eq!(chosen(&little, 8), (vec![0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0], None));
}

#[test]
fn a_search_is_affordable() {
    for loads in [&[1.0][..], &[1.0, 3.0], &[0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0], &[4.0]] {
        let runs = answer(&question(vec![side("a", &TENTH)], "all", loads, &[1, 2, 3, 4, 5], true)).runs.len();
        let searching = runs - 5 * loads.len();
        assert!(searching <= 5 * 6, "{searching} runs for the limits of 5 seeds with {loads:?}");
    }
}

#[test]
fn without_enough_traffic_there_is_no_limit() {
    let little = ["incoming.people.connections_per_week=20", "incoming.others.connections_per_week=0"];
    let plan = answer(&question(vec![side("a", &little)], "all", &[1.0], &[1, 2], true)).plan;
    let limit = plan.sides[0].limit.as_ref().unwrap();
    assert_eq!((limit.load, &limit.loads, limit.searched), (None, &vec![None, None], 1000.0));
    assert!(limit.first.is_empty());
}

#[test]
fn traffic_that_is_not_multiplied_can_be_too_much_by_itself() {
    let much = ["incoming.people.connections_per_week=1500000"];
    let plan = answer(&question(vec![side("a", &much)], "class.others", &[1.0], &[1], true)).plan;
    assert_eq!(plan.sides[0].limit.as_ref().unwrap().loads, [Some(0.001)]);
}

#[test]
fn equal_sides_do_not_differ() {
    let sides = vec![side("a", &TENTH), side("b", &TENTH)];
    let Answer { plan, runs } = answer(&question(sides, "all", &[2.0, 1.0, 1.0], &[1, 2], true));
    assert_eq!(plan.differences.iter().map(|point| point.load).collect::<Vec<_>>(), [1.0, 2.0]);
    for estimate in plan.differences.iter().flat_map(|point| &point.figures) {
        let has_interval = !estimate.has_too_few_messages();
        assert!(estimate.mean == 0.0 && (!has_interval || (estimate.low, estimate.high) == (0.0, 0.0)), "{estimate:?}");
    }
    assert_eq!(plan.sides[0].parts, plan.sides[1].parts);
    assert_eq!(plan.limit_difference.unwrap().mean, 0.0);
    let (ours, theirs): (Vec<PlanRun>, Vec<PlanRun>) = runs.into_iter().partition(|run| run.side == "a");
    assert_eq!(
        ours.iter().map(|run| &run.key).collect::<Vec<_>>(),
        theirs.iter().map(|run| &run.key).collect::<Vec<_>>()
    );
}

/// One side has twice the workers of the other. The same mail waits less, and the limit is twice as high.
#[test]
fn differences_are_between_runs_of_the_same_traffic() {
    let sides = vec![side("a", &["appliances.c650.workers=3"]), side("b", &["appliances.c650.workers=6"])];
    let plan = answer(&question(sides, "all", &[1.2], &[1, 2, 3], true)).plan;
    let [point] = plan.differences.as_slice() else { panic!("one point") };
    let [ours, theirs] = [0, 1].map(|side| &plan.sides[side].parts[0].points[0]);
    assert_eq!(point.figure("messages_accepted_per_hour").high, 0.0, "both sides get the same mail");
    let [difference, ours, theirs] = [point, ours, theirs].map(|point| point.figure("wait_mean"));
    assert!((theirs.mean - ours.mean - difference.mean).abs() < 1e-9);
    assert!(difference.high < 0.0, "{difference:?}");
    let limit = plan.limit_difference.unwrap();
    assert!((limit.mean - 1.5).abs() < 0.05, "{limit:?}");
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let sides = vec![side("a", &TENTH), side("b", &[&TENTH[..], &["appliances.c650.workers=3"]].concat())];
    let question = question(sides, "all", &[1.0, 2.5], &[1, 2, 3], true);
    let answers = [1, 2, 7].map(|count| question.answer("program", [], threads(count), &IdleWatcher).unwrap());
    assert!(answers.iter().all(|answer| answer.plan == answers[0].plan && answer.runs == answers[0].runs));
}

#[test]
fn a_plan_reuses_known_runs() {
    let question = question(vec![side("a", &TENTH)], "all", &[1.0, 2.5], &[1, 2], true);
    let whole = answer(&question);
    for count in 0..=whole.runs.len() {
        let watcher = CountingWatcher::default();
        let known = whole.runs[..count].to_vec();
        let resumed = question.answer("program", known, threads(2), &watcher).unwrap();
        assert_eq!((&resumed.plan, &resumed.runs), (&whole.plan, &whole.runs));
        assert_eq!(watcher.done.lock().unwrap().len(), whole.runs.len() - count);
        assert_eq!(*watcher.known.lock().unwrap(), count as u64);
    }
}

#[test]
fn runs_of_another_program_are_made_again() {
    let question = question(vec![side("a", &TENTH)], "all", &[1.0], &[1, 2], false);
    let watcher = CountingWatcher::default();
    question.answer("another program", answer(&question).runs, threads(2), &watcher).unwrap();
    assert_eq!((watcher.done.lock().unwrap().len(), *watcher.known.lock().unwrap()), (2, 0));
}

#[test]
fn an_interrupted_plan_resumes_from_its_runs() {
    let question = question(vec![side("a", &TENTH)], "all", &[1.0, 2.5], &[1, 2], true);
    let whole = answer(&question);
    let watcher = CountingWatcher { last: Some(3), ..CountingWatcher::default() };
    assert_eq!(question.answer("program", [], threads(2), &watcher).unwrap_err(), "enough");
    let done = watcher.done.into_inner().unwrap();
    assert_eq!(done.len(), 3);
    assert!(done.iter().all(|run| whole.runs.contains(run)));
    let watcher = CountingWatcher::default();
    assert_eq!(question.answer("program", done, threads(2), &watcher).unwrap().runs, whole.runs);
}

/// A progress bar therefore ends at 100%.
#[test]
fn expected_work_equals_the_work_done() {
    let question = question(vec![side("a", &TENTH)], "all", &[1.0, 2.5], &[1, 2], true);
    let watcher = CountingWatcher::default();
    question.answer("program", [], threads(2), &watcher).unwrap();
    let done: f64 = watcher.done.lock().unwrap().iter().map(|run| run.load).sum();
    let expected = *watcher.expected.lock().unwrap();
    assert!((expected - done).abs() < 1e-9, "{expected} is expected and {done} done");
}

#[test]
fn a_run_is_equal_after_writing_and_reading() {
    let question = question(vec![side("a", &TENTH)], "all", &[1.0 / 3.0], &[u64::MAX], false);
    for run in answer(&question).runs {
        let text = serde_json::to_string(&run).unwrap();
        assert_eq!(serde_json::from_str::<PlanRun>(&text).unwrap(), run);
    }
}

#[test]
fn impossible_loads_are_refused() {
    for (of, load, words) in [
        (Traffic::Class("people".into()), 0.0, "found the factor 0, allowed is a finite number above 0"),
        (Traffic::Class("nobody".into()), 1.0, "found no class of that name, allowed"),
        (Traffic::All, 1e9, "found the factor 1000000000, allowed is a factor that keeps the scenario valid"),
    ] {
        let refusal =
            Question::new("steady", vec![side("a", &[])], of, vec![load], vec![1], true).unwrap_err().to_string();
        assert!(refusal.contains(words), "{refusal}");
    }
}

/// Every run on either side of the limit agrees with it: the runs below meet the objectives, and those above break one.
#[test]
fn objectives_are_broken_from_their_limit_on() {
    let cases = [
        ("p99<25s", "p99<25s"),
        ("queue<=2,turned_away=0", "queue<=2"),
        ("workers_busiest_hour<90%,p99<1h", "workers_busiest_hour<90%"),
    ];
    for (text, first) in cases {
        let objectives: Objectives = text.parse().unwrap();
        let question = question(vec![side("a", &TENTH)], "all", &[0.5, 1.0, 1.5], &[1, 2], true);
        let answer = answer(&question.with_objectives(objectives.clone()));
        let result = answer.plan.sides[0].objectives.as_ref().unwrap();
        let limit = result.limit.as_ref().unwrap();
        assert_eq!(limit.first[0].objective.to_string(), first);
        for (seed, load) in [1, 2].into_iter().zip(&limit.loads) {
            let load = load.unwrap_or_else(|| panic!("{text} has a limit"));
            let runs: Vec<&PlanRun> = answer.runs.iter().filter(|run| run.seed == seed).collect();
            for run in &runs {
                let is_broken = objectives.iter().any(|each| each.is_broken(&run.measured.site));
                assert_eq!(is_broken, run.load > load, "{text}: {} and the limit {load}", run.load);
            }
            let below = runs.iter().map(|run| run.load).filter(|run| *run < load).fold(0.0, f64::max);
            let above = runs.iter().map(|run| run.load).filter(|run| *run > load).fold(f64::INFINITY, f64::min);
            assert!(above / below < 1.0101, "{text}: the limit {load} lies between {below} and {above}");
        }
        let broken = answer.plan.sides[0].broken_as_given().unwrap();
        let at_one = answer.plan.sides[0].nearest_point().unwrap();
        assert_eq!(broken.is_empty(), objectives.iter().all(|each| each.allows(at_one.figure(each.figure.name).mean)));
    }
}
