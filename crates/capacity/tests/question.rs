//! What a question is answered with: limits that have a closed form, runs that are kept, threads that change nothing.

use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::sync::Mutex;

use tollgate_capacity::{Answer, PlanRun, PlannedScenario, Question, Resource, Watcher};
use tollgate_scenario::{Override, Scenario, Traffic};

/// An appliance that takes 2 s for each message of a constant stream of 3,600 an hour: it needs 2 of its 4 workers.
const STEADY: &str = r#"
format = 1
seed = 7

[time]
begin = "2008-11-17T00:00:00Z"
span = "8h"

[[appliances]]
name = "c650"
cores = 8
workers = 4

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

/// A tenth of the mail, each message with ten times the work. Runs take a tenth of the time. Tests use it that hold how runs
/// are made, and not what they measure.
const TENTH: [&str; 3] = [
    "incoming.people.connections_per_week=30240",
    "incoming.others.connections_per_week=30240",
    "appliances.c650.cost.mail_processing.message=\"20s\"",
];

/// Counts the runs that are done and those that were known, and ends a plan after so many.
#[derive(Default)]
struct Count {
    done: Mutex<Vec<PlanRun>>,
    known: Mutex<u64>,
    last: Option<usize>,
    expected: Mutex<f64>,
}

impl Watcher for Count {
    type Error = &'static str;

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

/// Watches nothing.
struct Nobody;

impl Watcher for Nobody {
    type Error = Infallible;

    fn done(&self, _run: &PlanRun) -> Result<(), Infallible> {
        Ok(())
    }
}

fn side(name: &str, sets: &[&str]) -> PlannedScenario {
    let sets: Vec<Override> = sets.iter().map(|set| set.parse().unwrap()).collect();
    PlannedScenario { name: name.into(), scenario: Scenario::parse(STEADY, "steady.toml", &sets).unwrap() }
}

fn question(sides: Vec<PlannedScenario>, of: &str, loads: &[f64], seeds: &[u64], with_limit: bool) -> Question {
    Question::new("steady", sides, of.parse().unwrap(), loads.to_vec(), seeds.to_vec(), with_limit).unwrap()
}

fn answer(question: &Question) -> Answer {
    let Ok(answer) = question.answer("program", [], None, &Nobody);
    answer
}

fn threads(count: usize) -> Option<NonZeroUsize> {
    NonZeroUsize::new(count)
}

/// Where work comes at a rate of a and workers do w, the limit is w / a; of a part p of the traffic it is 1 + (w / a - 1) / p.
#[test]
fn limits_are_those_of_the_closed_form() {
    for (sets, of, loads, expected) in [
        (&[][..], "all", &[0.5, 1.0, 1.5][..], 2.0),
        (&[], "all", &[1.0, 3.0], 2.0),
        (&[], "all", &[3.0, 5.0], 2.0),
        (&[], "class.others", &[0.5, 1.0], 3.0),
        (&["appliances.c650.workers=7"], "all", &[1.0], 3.5),
        // Far away, and with a tenth of the mail, as 40 times as much of it is simulated.
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
fn what_is_not_multiplied_can_be_too_much_by_itself() {
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
        assert_eq!((estimate.mean, estimate.low, estimate.high), (0.0, 0.0, 0.0));
    }
    assert_eq!(plan.sides[0].parts, plan.sides[1].parts);
    assert_eq!(plan.limit_difference.unwrap().mean, 0.0);
    let (ours, theirs): (Vec<PlanRun>, Vec<PlanRun>) = runs.into_iter().partition(|run| run.side == "a");
    assert_eq!(
        ours.iter().map(|run| &run.key).collect::<Vec<_>>(),
        theirs.iter().map(|run| &run.key).collect::<Vec<_>>()
    );
}

/// Twice the workers: at a load of 2 the waits of the same mail are gone, and the limit is twice as high.
#[test]
fn differences_are_between_runs_of_the_same_traffic() {
    let sides = vec![side("a", &["appliances.c650.workers=3"]), side("b", &["appliances.c650.workers=6"])];
    let plan = answer(&question(sides, "all", &[1.2], &[1, 2, 3], true)).plan;
    let [point] = plan.differences.as_slice() else { panic!("one point") };
    let [ours, theirs] = [0, 1].map(|side| &plan.sides[side].parts[0].points[0]);
    assert_eq!(point.figure("messages_in_per_hour").high, 0.0, "the same mail comes to both");
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
    let answers = [1, 2, 7].map(|count| question.answer("program", [], threads(count), &Nobody).unwrap());
    assert!(answers.iter().all(|answer| answer.plan == answers[0].plan && answer.runs == answers[0].runs));
}

#[test]
fn a_plan_goes_on_from_the_runs_that_are_known() {
    let question = question(vec![side("a", &TENTH)], "all", &[1.0, 2.5], &[1, 2], true);
    let whole = answer(&question);
    for count in 0..=whole.runs.len() {
        let watcher = Count::default();
        let known = whole.runs[..count].to_vec();
        let resumed = question.answer("program", known, threads(2), &watcher).unwrap();
        assert_eq!((&resumed.plan, &resumed.runs), (&whole.plan, &whole.runs));
        assert_eq!(watcher.done.lock().unwrap().len(), whole.runs.len() - count);
        assert_eq!(*watcher.known.lock().unwrap(), count as u64);
    }
}

#[test]
fn runs_of_another_program_are_done_again() {
    let question = question(vec![side("a", &TENTH)], "all", &[1.0], &[1, 2], false);
    let watcher = Count::default();
    question.answer("another program", answer(&question).runs, threads(2), &watcher).unwrap();
    assert_eq!((watcher.done.lock().unwrap().len(), *watcher.known.lock().unwrap()), (2, 0));
}

#[test]
fn what_ends_in_the_middle_has_done_what_it_has_told_of() {
    let question = question(vec![side("a", &TENTH)], "all", &[1.0, 2.5], &[1, 2], true);
    let whole = answer(&question);
    let watcher = Count { last: Some(3), ..Count::default() };
    assert_eq!(question.answer("program", [], threads(2), &watcher).unwrap_err(), "enough");
    let done = watcher.done.into_inner().unwrap();
    assert_eq!(done.len(), 3);
    assert!(done.iter().all(|run| whole.runs.contains(run)));
    let watcher = Count::default();
    assert_eq!(question.answer("program", done, threads(2), &watcher).unwrap().runs, whole.runs);
}

/// So that a progress bar ends at its end.
#[test]
fn the_work_that_is_expected_is_the_work_that_is_done() {
    let question = question(vec![side("a", &TENTH)], "all", &[1.0, 2.5], &[1, 2], true);
    let watcher = Count::default();
    question.answer("program", [], threads(2), &watcher).unwrap();
    let done: f64 = watcher.done.lock().unwrap().iter().map(|run| run.load).sum();
    let expected = *watcher.expected.lock().unwrap();
    assert!((expected - done).abs() < 1e-9, "{expected} is expected and {done} done");
}

#[test]
fn a_run_survives_being_written_down() {
    let question = question(vec![side("a", &TENTH)], "all", &[1.0 / 3.0], &[u64::MAX], false);
    for run in answer(&question).runs {
        let text = serde_json::to_string(&run).unwrap();
        assert_eq!(serde_json::from_str::<PlanRun>(&text).unwrap(), run);
    }
}

#[test]
fn loads_that_cannot_be_are_refused() {
    for (of, load, words) in [
        (Traffic::Class("people".into()), 0.0, "found the factor 0, allowed is a finite number above 0"),
        (Traffic::Class("nobody".into()), 1.0, "found no class of senders of that name, allowed are"),
        (Traffic::All, 1e9, "found the factor 1000000000, allowed is one that leaves the scenario right"),
    ] {
        let refusal =
            Question::new("steady", vec![side("a", &[])], of, vec![load], vec![1], true).unwrap_err().to_string();
        assert!(refusal.contains(words), "{refusal}");
    }
}
