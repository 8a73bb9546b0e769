//! The loads of a plan.

use std::fmt;
use std::num::NonZeroUsize;
use std::str::FromStr;

use tollgate_scenario::Traffic;

/// The default number of loads in a range.
pub(crate) const POINTS: u64 = 8;
/// The loads of a plan that does not search for the limit, if none are given.
const WITHOUT_LIMIT: List = List::Range(0.5, 4.0);
/// The smallest and the largest load. Figures of other loads would be too long to read.
const LEAST_LOAD: f64 = 1e-6;
const MOST_LOAD: f64 = 1e6;
/// Largest number of loads of a plan.
pub(crate) const MOST: u64 = 1000;

/// The value of `--load`: `LIST`, `WHAT=LIST` or `WHAT`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Load {
    pub(crate) of: Traffic,
    list: List,
}

#[derive(Clone, Debug, PartialEq)]
enum List {
    Loads(Vec<f64>),
    Range(f64, f64),
    /// Loads around the limit.
    AroundLimit,
}

/// The loads of a plan.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Loads {
    Given(Vec<f64>),
    /// This number of loads around the limit, at least two.
    AroundLimit(NonZeroUsize),
}

impl Default for Load {
    fn default() -> Self {
        Load { of: Traffic::All, list: List::AroundLimit }
    }
}

impl fmt::Display for Load {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.of, &self.list) {
            (_, List::AroundLimit) | (Traffic::All, _) => {}
            (of, _) => write!(formatter, "{of}=")?,
        }
        match &self.list {
            List::AroundLimit => write!(formatter, "{}", self.of),
            List::Range(from, to) => write!(formatter, "{from}..{to}"),
            List::Loads(loads) => {
                let mut loads = loads.clone();
                loads.sort_by(f64::total_cmp);
                loads.dedup();
                formatter.write_str(&loads.iter().map(f64::to_string).collect::<Vec<_>>().join(","))
            }
        }
    }
}

impl FromStr for Load {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.starts_with(|first: char| first.is_ascii_alphabetic())
            && let Ok(of) = text.parse()
        {
            return Ok(Load { of, list: List::AroundLimit });
        }
        // A quoted name may contain an equals sign; a number does not.
        let (of, list) = match text.rsplit_once('=') {
            None => (Traffic::All, text),
            Some((of, list)) => {
                (of.parse().map_err(|error: tollgate_scenario::ScenarioError| error.to_string())?, list)
            }
        };
        let list = match list.split_once("..") {
            None => List::Loads(list.split(',').map(read_load).collect::<Result<_, _>>()?),
            Some((from, to)) => match (read_load(from)?, read_load(to)?) {
                (from, to) if from < to => List::Range(from, to),
                _ => {
                    return Err(format!(
                        "found {list}, allowed is a range from a load to a larger one, such as 0.5..4"
                    ));
                }
            },
        };
        match list {
            List::Loads(loads) if loads.len() as u64 > MOST => {
                Err(format!("found {} loads, allowed are up to {MOST}", loads.len()))
            }
            list => Ok(Load { of, list }),
        }
    }
}

impl Load {
    /// The loads. A range has the given number of points, at least two. Without a search for the limit, there are no loads around
    /// it.
    ///
    /// # Errors
    /// If a number of points is given for a list.
    pub(crate) fn loads(&self, points: Option<u64>, with_limit: bool) -> Result<Loads, String> {
        let list = match &self.list {
            List::AroundLimit if !with_limit => &WITHOUT_LIMIT,
            list => list,
        };
        match (list, points) {
            (List::AroundLimit, points) => {
                let points = NonZeroUsize::new(points.unwrap_or(POINTS) as usize);
                Ok(Loads::AroundLimit(points.ok_or("--points: found 0, allowed is 2 or more")?))
            }
            (List::Loads(loads), None) => Ok(Loads::Given(loads.clone())),
            (List::Loads(_), Some(points)) => {
                Err(format!("--points: found {points}, allowed only with a range of loads, such as --load 0.5..4"))
            }
            (&List::Range(from, to), points) => {
                let points = points.unwrap_or(POINTS);
                let step = (to - from) / (points - 1) as f64;
                let between = (1..points - 1).map(|place| rounded(from + place as f64 * step, step));
                Ok(Loads::Given([from].into_iter().chain(between).chain([to]).collect()))
            }
        }
    }
}

fn read_load(text: &str) -> Result<f64, String> {
    let allowed = format!(
        "allowed is a number from {LEAST_LOAD} to {MOST_LOAD}, several with commas (1,2,3), or a range (0.5..4)"
    );
    let load = text.trim().parse().ok().filter(|load: &f64| (LEAST_LOAD..=MOST_LOAD).contains(load));
    load.ok_or_else(|| format!("found {text:?} as a load, {allowed}"))
}

/// Rounds a load to a thousandth of a step, so that a user can type it.
fn rounded(load: f64, step: f64) -> f64 {
    let unit = 10f64.powf((3.0 - step.log10()).ceil());
    (load * unit).round() / unit
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

    use super::*;

    fn loads(text: &str, points: Option<u64>) -> Result<Vec<f64>, String> {
        match text.parse::<Load>()?.loads(points, true)? {
            Loads::Given(loads) => Ok(loads),
            Loads::AroundLimit(_) => Err("found no loads, allowed are loads".into()),
        }
    }

    #[test]
    fn lists_and_ranges_give_loads() {
        for (text, points, expected) in [
            ("2", None, vec![2.0]),
            ("1,2, 3", None, vec![1.0, 2.0, 3.0]),
            ("0.5..4", None, vec![0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0]),
            ("1..3", Some(2), vec![1.0, 3.0]),
            ("0.5..4", Some(4), vec![0.5, 1.667, 2.833, 4.0]),
            ("outgoing=1..3", Some(3), vec![1.0, 2.0, 3.0]),
            ("0.001..0.003", Some(3), vec![0.001, 0.002, 0.003]),
        ] {
            assert_eq!(loads(text, points).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn the_traffic_that_is_multiplied_comes_before_the_factor() {
        for (text, expected) in [
            ("2", Traffic::All),
            ("incoming=2", Traffic::Incoming),
            ("class.spam-bots=2", Traffic::Class("spam-bots".into())),
            ("flow.\"a=b\"=1..2", Traffic::Flow("a=b".into())),
            ("outgoing", Traffic::Outgoing),
            ("flow.\"a=b\"", Traffic::Flow("a=b".into())),
        ] {
            assert_eq!(text.parse::<Load>().unwrap().of, expected, "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused_with_what_is_allowed() {
        for (text, points) in [
            ("0", None),
            ("-1", None),
            ("", None),
            ("1,,2", None),
            ("inf", None),
            ("NaN", None),
            ("1..", None),
            ("4..0.5", None),
            ("2..2", None),
            ("0..2", None),
            ("1..2..3", None),
            ("spam=2", None),
            ("class=2", None),
            ("1,2", Some(3)),
        ] {
            let refusal = loads(text, points).unwrap_err();
            assert!(refusal.contains("found") && refusal.contains("allowed"), "{text}: {refusal}");
        }
    }
}
