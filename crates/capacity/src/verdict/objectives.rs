//! Writes the verdict on objectives in sentences.

use tollgate_wording::{count, day, estimate, interval, list, load, moment};

use super::sentences::some_seeds;
use super::{KeepsUp, ObjectiveVerdict, UndecidedObjective};
use crate::estimate::Estimate;
use crate::growth;
use crate::objective::Objective;
use crate::plan::FirstBroken;

impl ObjectiveVerdict {
    /// None if nothing is known, because no load was run.
    pub(super) fn headline(&self, traffic: &str) -> Option<String> {
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
            broken => format!("Breaks {} {at}.", in_words(broken)),
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
                let hour = self.worst_hour();
                format!("Breaks {broken} at {} times {traffic}{hour}.", estimate(mean, low, high, load))
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

    pub(super) fn details(&self) -> Vec<String> {
        let mut sentences: Vec<String> = self.date().into_iter().collect();
        sentences.extend(self.met.and_then(|met| met.too_wide(self.seeds)));
        sentences.extend(self.undecided.iter().map(UndecidedObjective::sentence));
        if self.first.len() > 1 {
            let first =
                |first: &FirstBroken| format!("{} with {}", first.objective, some_seeds(first.seeds, self.seeds));
            sentences.push(format!("It first breaks {}.", list(self.first.iter().map(first))));
        }
        if let (None, Some((from, broken))) = (self.met, &self.broken_above) {
            sentences.push(format!("From load {}, it breaks {}.", load(*from), in_words(broken)));
        }
        if self.met.is_some() {
            let given = self.broken_as_given.as_deref();
            sentences.extend(given.map(|broken| match broken {
                [] => format!("At load 1, it meets {}.", self.objectives),
                broken => format!("At load 1, it breaks {}.", in_words(broken)),
            }));
        }
        sentences
    }

    /// The hour in which the objective is broken at that load, if it is the same objective with every seed and the same hour with
    /// most seeds.
    fn worst_hour(&self) -> String {
        let [FirstBroken { worst_hour_micros: Some(hour), worst_hour_seeds, .. }] = self.first[..] else {
            return String::new();
        };
        let hour = moment(hour);
        match worst_hour_seeds {
            all if all == self.seeds => format!(", worst in the hour from {hour}"),
            most if 2 * most > self.seeds => {
                format!(", worst in the hour from {hour} with {}", some_seeds(most, self.seeds))
            }
            _ => String::new(),
        }
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

impl UndecidedObjective {
    fn sentence(&self) -> String {
        let UndecidedObjective { objective, messages_of_a_run, least_seeds } = self;
        format!(
            "The runs have too few messages to decide {objective}: {} each. About {} seeds, or a longer span, are enough.",
            count(*messages_of_a_run as u64),
            count(*least_seeds)
        )
    }
}

fn in_words(objectives: &[Objective]) -> String {
    list(objectives.iter().map(Objective::to_string))
}
