//! Writes a verdict in sentences.

use tollgate_wording::{count, counted, day, duration, estimate, interval, list, load, moment, whole_percent};

use super::{
    BacklogVerdict, Headroom, KeepsUp, LimitComparison, LimitVerdict, ObjectiveVerdict, PlanVerdict, QueueVerdict,
    SideVerdict,
};
use crate::estimate::Estimate;
use crate::growth;
use crate::measurement::Resource;
use crate::objective::Objective;
use crate::plan::{FirstBroken, FirstExhaustion};

const KEEPING_UP: &str = "A site keeps up if no backlog lasts a day, no connection is turned away, no delivery waits for a \
                          connection, and no hour uses all of the CPU.";
const BACKLOG: &str = "A backlog is a time in which every message that arrives has to wait for a worker.";
const ONE_SEED: &str = "One seed gives no confidence interval.";
/// From this number of seeds on, confidence intervals are not much wider than necessary.
const ENOUGH_SEEDS: usize = 5;
const FEW_SEEDS: &str = "So few seeds give wide confidence intervals. Use 5 seeds or more to decide.";

impl PlanVerdict {
    /// The comparison of two sides: the mail that they turn away, the loads at which they break an objective, then their limits.
    pub fn comparison(&self) -> Option<String> {
        let sentences = [self.turned_away(), self.compared_objectives(), self.compared_limits()];
        let sentences: Vec<String> = sentences.into_iter().flatten().collect();
        (!sentences.is_empty()).then(|| sentences.join(" "))
    }

    /// The comparison of the loads at which two sides break an objective.
    pub(crate) fn compared_objectives(&self) -> Option<String> {
        self.objective_comparison.map(|comparison| comparison.objective_sentence(&self.traffic, self.seeds))
    }

    /// The comparison of the limits of two sides.
    pub(crate) fn compared_limits(&self) -> Option<String> {
        self.comparison.map(|comparison| comparison.limit_sentence(&self.traffic, self.seeds))
    }

    /// The comparison of the mail that two sides turn away.
    pub(crate) fn turned_away(&self) -> Option<String> {
        let [first, second] = &self.sides[..] else { return None };
        let one = |side: char, from: f64, other: char| {
            let from = load(from);
            format!(
                "{side} turns connections away from load {from}; {other} turns none away at the loads that were run."
            )
        };
        match (first.turned_away_from, second.turned_away_from) {
            (None, None) => None,
            (None, Some(from)) => Some(one('B', from, 'A')),
            (Some(from), None) => Some(one('A', from, 'B')),
            (Some(first), Some(second)) => {
                Some(format!("A turns connections away from load {}, B from load {}.", load(first), load(second)))
            }
        }
    }

    /// Explanations of the terms of the verdict, one sentence each.
    pub fn notes(&self) -> Vec<&'static str> {
        let has_limits = self.sides.iter().any(|side| side.limit.is_some());
        let has_few_seeds = (2..ENOUGH_SEEDS).contains(&self.seeds);
        let notes =
            [(has_limits, KEEPING_UP), (has_limits, BACKLOG), (self.seeds == 1, ONE_SEED), (has_few_seeds, FEW_SEEDS)];
        notes.into_iter().filter(|(applies, _)| *applies).map(|(_, note)| note).collect()
    }
}

impl SideVerdict {
    /// The verdict in one sentence: the load at which the side breaks an objective. Without objectives, the load at which it stops
    /// keeping up. Without a search for it, the state of the work queue.
    pub fn headline(&self) -> String {
        self.paragraphs().concat().into_iter().next().unwrap_or_else(|| "No load was run.".into())
    }

    /// The rest of the verdict, one sentence each.
    pub fn details(&self) -> Vec<String> {
        self.paragraphs().concat().into_iter().skip(1).collect()
    }

    /// The verdict in paragraphs, each a list of sentences: the objectives, the limit, and the results at the loads that were run.
    pub(crate) fn paragraphs(&self) -> Vec<Vec<String>> {
        let of_objectives = |objectives: &ObjectiveVerdict| {
            objectives.headline(&self.traffic).into_iter().chain(objectives.details()).collect()
        };
        let of_limit = |limit: &LimitVerdict| {
            std::iter::once(limit.headline(&self.traffic)).chain(limit.details(&self.traffic)).collect()
        };
        let objectives = self.objectives.as_ref().map(of_objectives);
        let limit = self.limit.as_ref().map(of_limit);
        let paragraphs: Vec<Vec<String>> =
            objectives.into_iter().chain(limit).chain([self.results_at_loads()]).collect();
        paragraphs.into_iter().filter(|paragraph| !paragraph.is_empty()).collect()
    }

    fn results_at_loads(&self) -> Vec<String> {
        let turned_away =
            self.turned_away_from.map(|from| format!("From load {}, connections are turned away.", load(from)));
        let backlog = self.backlog.as_ref().map(|backlog| backlog.sentence(self.seeds));
        let queue = self.queue.iter().flat_map(QueueVerdict::sentences);
        queue.chain(turned_away).chain(backlog).collect()
    }
}

impl ObjectiveVerdict {
    /// None if nothing is known, because no load was run.
    fn headline(&self, traffic: &str) -> Option<String> {
        match self.met {
            None => self.headline_without_search(traffic),
            Some(met) => Some(self.headline_of_search(met, traffic)),
        }
    }

    /// The objectives at load 1, or at the nearest load that was run.
    fn headline_without_search(&self, traffic: &str) -> Option<String> {
        let (nearest, broken) = self.broken_nearest.as_ref()?;
        let at = match self.broken_as_given {
            Some(_) => format!("with {traffic}"),
            None => format!("at load {}", load(*nearest)),
        };
        Some(match &broken[..] {
            [] => format!("Meets {} {at}.", self.objectives),
            broken => format!("Breaks {} {at}.", list(broken.iter().map(Objective::to_string))),
        })
    }

    fn headline_of_search(&self, met: KeepsUp, traffic: &str) -> String {
        let objectives = &self.objectives;
        // The objective, if it is the same with every seed.
        let broken = match &self.first[..] {
            [first] => first.objective.to_string(),
            _ => "its objectives".into(),
        };
        match met {
            KeepsUp::AtNoLoad => {
                let least = load(self.least_load);
                format!("Breaks {broken} even with {least} times {traffic}, the smallest load that was tried.")
            }
            KeepsUp::UpTo(Estimate { mean, low, high }) => {
                format!("Breaks {broken} at {} times {traffic}.", estimate(mean, low, high, load))
            }
            KeepsUp::WithSomeSeeds { seeds: with_limit, smallest, largest, searched } => {
                let limits = interval(smallest, largest, load).unwrap_or_else(|| load(smallest));
                format!(
                    "Breaks {broken} at {limits} times {traffic} with {}; otherwise, meets {objectives} at all loads up to {}.",
                    some_seeds(with_limit, self.seeds),
                    load(searched)
                )
            }
            KeepsUp::AtEveryLoad { searched } => {
                format!("Meets {objectives} at every load that was tried, up to {} times {traffic}.", load(searched))
            }
        }
    }

    fn details(&self) -> Vec<String> {
        let mut sentences: Vec<String> = self.date().into_iter().collect();
        sentences.extend(self.met.and_then(|met| met.too_wide(self.seeds)));
        if self.first.len() > 1 {
            let first =
                |first: &FirstBroken| format!("{} with {}", first.objective, some_seeds(first.seeds, self.seeds));
            sentences.push(format!("It first breaks {}.", list(self.first.iter().map(first))));
        }
        if self.met.is_some() {
            let given = self.broken_as_given.as_deref();
            sentences.extend(given.map(|broken| match broken {
                [] => format!("At load 1, it meets {}.", self.objectives),
                broken => format!("At load 1, it breaks {}.", list(broken.iter().map(Objective::to_string))),
            }));
        }
        sentences
    }

    /// The date on which traffic has grown to the load at which an objective is broken.
    fn date(&self) -> Option<String> {
        let (growth, from) = self.growth?;
        let Some(KeepsUp::UpTo(Estimate { mean, low, high })) = self.met else { return None };
        if mean <= 1.0 {
            return None;
        }
        let [least, months, most] = [low, mean, high].map(|load| growth.months_until(load.max(1.0)));
        let about = estimate(months, least, most, |months| count(months.round() as u64));
        let around = growth::day_after(from, months)
            .map_or_else(String::new, |day_micros| format!(", around {}", day(day_micros)));
        Some(format!(
            "With a growth of {growth} from {}, that load is reached in {about} months{around}.",
            day(from.micros())
        ))
    }
}

impl KeepsUp {
    /// The limit in a few words, such as `stops keeping up at 9.31`, and its load. None if there is no limit.
    pub(crate) fn label(&self, least_load: f64, seeds: usize) -> Option<(String, f64)> {
        match *self {
            KeepsUp::AtNoLoad => Some(("keeps up at no load".into(), least_load)),
            KeepsUp::UpTo(limit) => Some((format!("stops keeping up at {}", load(limit.mean)), limit.mean)),
            KeepsUp::WithSomeSeeds { seeds: with_limit, smallest, .. } => {
                let with_limit = some_seeds(with_limit, seeds);
                Some((format!("stops keeping up at {} or more ({with_limit})", load(smallest)), smallest))
            }
            KeepsUp::AtEveryLoad { .. } => None,
        }
    }
}

impl KeepsUp {
    /// The number of seeds that would do, if the confidence interval is wider than half of the load.
    fn too_wide(&self, seeds: usize) -> Option<String> {
        const WIDEST: f64 = 0.5;
        let KeepsUp::UpTo(Estimate { mean, low, high }) = *self else { return None };
        let excess = (high - low) / (WIDEST * mean);
        // The width falls with the square root of the number of seeds.
        let enough = (seeds as f64 * excess * excess).ceil();
        (excess > 1.0).then(|| {
            let enough = count(enough as u64);
            format!(
                "The confidence interval is wider than half of this load. About {enough} seeds make it narrow enough."
            )
        })
    }
}

impl LimitVerdict {
    fn headline(&self, traffic: &str) -> String {
        match self.keeps_up {
            KeepsUp::AtNoLoad => format!("Does not keep up even with {}.", self.least(traffic)),
            KeepsUp::UpTo(Estimate { mean, low, high }) => {
                format!("Stops keeping up at {} times {traffic}.", estimate(mean, low, high, load))
            }
            KeepsUp::WithSomeSeeds { seeds: with_limit, smallest, largest, searched } => {
                let limits = interval(smallest, largest, load).unwrap_or_else(|| load(smallest));
                let others = if self.seeds - with_limit == 1 { "the other seed" } else { "the other seeds" };
                format!(
                    "Stops keeping up at {limits} times {traffic} with {}; with {others}, keeps up at all loads up to {}.",
                    some_seeds(with_limit, self.seeds),
                    load(searched)
                )
            }
            KeepsUp::AtEveryLoad { searched } => {
                format!("Keeps up at every load that was tried, up to {} times {traffic}.", load(searched))
            }
        }
    }

    fn details(&self, traffic: &str) -> Vec<String> {
        let mut sentences: Vec<String> = self.keeps_up.too_wide(self.seeds).into_iter().collect();
        sentences.extend(self.first_exhaustions());
        let hopeless = self.hopeless_seeds;
        if 0 < hopeless && hopeless < self.seeds {
            let hopeless = some_seeds(hopeless, self.seeds);
            sentences.push(format!("With {hopeless}, the site does not keep up even with {}.", self.least(traffic)));
        }
        if hopeless > 0 {
            let rest = if self.is_of_all_traffic { "scripted mail" } else { "other traffic" };
            sentences.push(format!("Loads do not multiply {rest}, which may be too much by itself."));
        }
        sentences.extend(self.headroom.map(|headroom| headroom.sentence(traffic)));
        sentences
    }

    fn least(&self, traffic: &str) -> String {
        format!("{} times {traffic}, the smallest load that was tried", load(self.least_load))
    }

    fn first_exhaustions(&self) -> Vec<String> {
        let Some((main, others)) = self.first.split_first() else { return Vec::new() };
        let begin = moment(main.begin_micros);
        let with = if main.seeds < self.seeds {
            format!(", with {}", some_seeds(main.seeds, self.seeds))
        } else {
            String::new()
        };
        let first = format!("The {} first, from {begin}{with}.", exhaustion(main));
        let other = |other: &FirstExhaustion| {
            format!("With {}, the {} first.", some_seeds(other.seeds, self.seeds), exhaustion(other))
        };
        std::iter::once(first).chain(others.iter().map(other)).collect()
    }
}

impl Headroom {
    fn sentence(self, traffic: &str) -> String {
        if self.load <= 0.0 {
            return format!("There is no headroom: the site does not keep up with {traffic}.");
        }
        let without = match self.seeds_without {
            0 => String::new(),
            without => format!(", but there is none with {}", some_seeds(without, self.seeds)),
        };
        format!("The headroom is {} of {traffic}{without}.", whole_percent(self.load))
    }
}

impl QueueVerdict {
    fn sentences(&self) -> Vec<String> {
        let warning = count(self.warning);
        let warned = match self.warned_from {
            Some(from) => format!("The work queue exceeds its {warning}-message warning from load {}.", load(from)),
            None => {
                format!("The work queue does not exceed its {warning}-message warning at any load that was run.")
            }
        };
        let late = self.late_from.map(|late| {
            let (from, delay) = (load(late.load), duration(late.delay_seconds));
            format!("At load {from} and above, 1 message in 100 spends at least {delay} in the work queue.")
        });
        std::iter::once(warned).chain(late).collect()
    }
}

impl BacklogVerdict {
    fn sentence(&self, seeds: usize) -> String {
        let at = format!("At load {}", load(self.load));
        let Estimate { mean, low, high } = self.drain_seconds;
        if self.undrained_seeds > 0 {
            let with =
                if seeds > 1 { format!(" with {}", some_seeds(self.undrained_seeds, seeds)) } else { String::new() };
            let drain = duration(mean);
            return format!(
                "{at}, the worst backlog does not drain within a day{with}; after its peak it takes more than {drain}."
            );
        }
        if mean == 0.0 {
            return format!("{at}, no message waits for a worker.");
        }
        let drain = estimate(mean, low, high, duration);
        format!("{at}, the worst backlog takes {drain} to drain after its peak.")
    }
}

impl LimitComparison {
    fn limit_sentence(self, traffic: &str, seeds: usize) -> String {
        match self {
            LimitComparison::NoLimit => {
                "The limits cannot be compared: neither side has one within the loads that were tried.".into()
            }
            LimitComparison::SomeSeeds => {
                "The limits cannot be compared: some seeds have no limit on one side or both within the loads that were tried."
                    .into()
            }
            LimitComparison::NeitherKeepsUp { least_load } => {
                format!("Neither side keeps up even with {} times {traffic}.", load(least_load))
            }
            LimitComparison::Difference { difference, share } => {
                let words = |sense| format!("B's limit is {sense} than A's");
                limit_difference(difference, share, words, "limits", traffic, seeds)
            }
        }
    }

    fn objective_sentence(self, traffic: &str, seeds: usize) -> String {
        match self {
            LimitComparison::NoLimit => "Neither side breaks an objective within the loads that were tried.".into(),
            LimitComparison::SomeSeeds => {
                "With some seeds, a side does not break an objective within the loads that were tried.".into()
            }
            LimitComparison::NeitherKeepsUp { least_load } => {
                format!("Both sides break an objective even with {} times {traffic}.", load(least_load))
            }
            LimitComparison::Difference { difference, share } => {
                let words = |sense| format!("B breaks an objective at a load that is {sense} than A's");
                limit_difference(difference, share, words, "loads", traffic, seeds)
            }
        }
    }
}

/// The difference of two loads in a sentence that begins with `words`, and calls them `name`.
fn limit_difference(
    difference: Estimate,
    share: f64,
    words: impl Fn(String) -> String,
    name: &str,
    traffic: &str,
    seeds: usize,
) -> String {
    let Estimate { mean, low, high } = difference;
    let sense = if mean < 0.0 { "lower" } else { "higher" };
    let words = words(format!("{} {sense}", whole_percent(share.abs())));
    if seeds > 1 && difference.covers(0.0) {
        let difference = estimate(mean, low, high, load);
        return format!("{words}, but this may be chance: the {name} differ by {difference} times {traffic}.");
    }
    let (low, high) = if mean < 0.0 { (-high, -low) } else { (low, high) };
    let difference = estimate(mean.abs(), low, high, load);
    format!("{words}: the {name} differ by {difference} times {traffic}.")
}

/// A resource with its verb, without an article: `workers of c650 are exhausted`.
fn exhaustion(first: &FirstExhaustion) -> String {
    let of = &first.appliance;
    match first.resource {
        Resource::Workers => format!("workers of {of} are exhausted"),
        Resource::Processor => format!("processor of {of} is exhausted"),
        Resource::PublicConnections => format!("connections to a public listener of {of} are exhausted"),
        Resource::PrivateConnections => format!("connections to a private listener of {of} are exhausted"),
        Resource::OutgoingConnections => format!("outgoing connections of {of} are exhausted"),
        Resource::QueueDisk => format!("queue disk of {of} is exhausted"),
        Resource::SuspendedListeners => format!("listeners of {of} are suspended"),
    }
}

/// Some of the seeds of a plan: `2 of 5 seeds`.
fn some_seeds(some: usize, all: usize) -> String {
    format!("{} of {}", count(some as u64), counted(all as u64, "seed"))
}
