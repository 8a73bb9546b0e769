//! Writes a verdict in sentences.

use tollgate_wording::{count, counted, duration, estimate, interval, load, moment, whole_percent};

use super::{
    BacklogVerdict, KeepsUp, LimitComparison, LimitVerdict, Loss, LossKind, ObjectiveVerdict, PlanVerdict,
    QueueVerdict, SideVerdict,
};
use crate::estimate::Estimate;
use crate::measurement::Resource;
use crate::plan::FirstExhaustion;

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
        let sentences: Vec<String> = self
            .compared_losses()
            .into_iter()
            .chain(self.compared_objectives())
            .chain(self.compared_limits())
            .collect();
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

    /// The mail that one side or both do not handle at once.
    pub(crate) fn compared_losses(&self) -> Vec<String> {
        let [first, second] = &self.sides[..] else { return Vec::new() };
        let of = |side: &SideVerdict, kind| side.losses.iter().find(|loss| loss.kind == kind).copied();
        let sentence = |kind: LossKind| match (of(first, kind), of(second, kind)) {
            (None, None) => None,
            (None, Some(loss)) => Some(loss.of_one('B', 'A')),
            (Some(loss), None) => Some(loss.of_one('A', 'B')),
            (Some(first), Some(second)) => Some(first.of_both(second)),
        };
        LossKind::ALL.into_iter().filter_map(sentence).collect()
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
        let losses = self.losses.iter().map(Loss::sentence);
        let backlog = self.backlog.as_ref().map(|backlog| backlog.sentence(self.seeds));
        let queue = self.queue.iter().flat_map(QueueVerdict::sentences);
        queue.chain(losses).chain(backlog).collect()
    }
}

impl Loss {
    fn sentence(&self) -> String {
        format!("From load {}, {}.", load(self.from), self.kind.passive())
    }

    /// A sentence about the only side that has it.
    fn of_one(self, side: char, other: char) -> String {
        let (from, passive, none) = (load(self.from), self.kind.passive(), self.kind.none());
        format!(
            "With {side}, {passive} from load {from}{}; with {other}, {none} at the loads that were run.",
            self.amount()
        )
    }

    /// A sentence about two sides that have it.
    fn of_both(self, other: Self) -> String {
        let (first, second) = (load(self.from), load(other.from));
        let passive = self.kind.passive();
        format!("With A, {passive} from load {first}{}; with B, from load {second}{}.", self.amount(), other.amount())
    }

    /// The number at the largest load, in brackets.
    fn amount(self) -> String {
        format!(" ({} at load {})", count(self.count.round() as u64), load(self.largest_load))
    }
}

impl LossKind {
    fn passive(self) -> &'static str {
        match self {
            LossKind::TurnedAway => "connections are turned away",
            LossKind::GivenUp => "senders give up",
            LossKind::Deferred => "deliveries wait for a connection",
        }
    }

    fn none(self) -> &'static str {
        match self {
            LossKind::TurnedAway => "none is turned away",
            LossKind::Deferred => "none waits",
            LossKind::GivenUp => "none gives up",
        }
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
    pub(super) fn too_wide(&self, seeds: usize) -> Option<String> {
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
        let first = format!("At that load, the {} first, from {begin}{with}.", exhaustion(main));
        let other = |other: &FirstExhaustion| {
            format!("With {}, the {} first.", some_seeds(other.seeds, self.seeds), exhaustion(other))
        };
        std::iter::once(first).chain(others.iter().map(other)).collect()
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
            format!("From load {from}, 1 message in 100 spends at least {delay} in the work queue.")
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
pub(super) fn some_seeds(some: usize, all: usize) -> String {
    format!("{} of {}", count(some as u64), counted(all as u64, "seed"))
}
