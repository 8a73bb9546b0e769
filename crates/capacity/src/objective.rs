//! Objectives: a planner's own limits for figures, such as `p99<10m`.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use tollgate_scenario::{SECOND, Span};
use tollgate_wording::{exact, list, nearest};

use crate::figure::{FIGURES, FigureUnit, PlanFigure};
use crate::measurement::Measurement;

/// Short names of figures, and their names in [`FIGURES`].
const SHORT_NAMES: [(&str, &str); 8] = [
    ("mean", "delay_mean"),
    ("p50", "delay_p50"),
    ("p95", "delay_p95"),
    ("p99", "delay_p99"),
    ("p99.9", "delay_p999"),
    ("longest", "delay_longest"),
    ("queue", "depth_max"),
    ("gave_up", "given_up"),
];

/// The objectives of a plan. There may be none.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Objectives(Vec<Objective>);

/// A limit for a figure of the whole site.
#[derive(Clone, Copy, Debug)]
pub struct Objective {
    /// The name that the planner gave to the figure.
    name: &'static str,
    /// The figure.
    pub figure: &'static PlanFigure,
    /// The limit, in the unit of the figure.
    limit: f64,
    /// True if the figure may be equal to the limit.
    is_inclusive: bool,
}

/// An objective that a run breaks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct BrokenObjective {
    pub(crate) objective: Objective,
    /// The start of the hour in which its figure is worst, in microseconds since the Unix epoch.
    pub(crate) worst_hour: Option<u64>,
}

impl Objectives {
    /// The objectives in the order in which they were given.
    pub fn iter(&self) -> impl Iterator<Item = &Objective> {
        self.0.iter()
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first objective that a measurement breaks, and the start of the hour in which its figure is worst.
    pub(crate) fn first_broken(&self, measured: &Measurement) -> Option<BrokenObjective> {
        let objective = *self.iter().find(|objective| objective.is_broken(measured))?;
        Some(BrokenObjective { objective, worst_hour: objective.figure.worst_hour(measured) })
    }
}

impl Objective {
    /// True if a measurement breaks it. A backlog that does not drain within a day breaks every limit of `drain`.
    pub fn is_broken(&self, measured: &Measurement) -> bool {
        let is_endless = self.figure.name == "drain" && measured.worst.is_some_and(|worst| !worst.ended);
        is_endless || !self.allows(self.figure.value(measured))
    }

    /// The limit, in the unit of the figure.
    pub(crate) fn limit(&self) -> f64 {
        self.limit
    }

    /// True if a value of the figure meets it.
    pub fn allows(&self, value: f64) -> bool {
        value < self.limit || self.is_inclusive && value == self.limit
    }
}

impl fmt::Display for Objective {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let relation = match (self.is_inclusive, self.limit == 0.0) {
            (false, _) => "<",
            (true, false) => "<=",
            (true, true) => "=",
        };
        let limit = match self.figure.unit {
            FigureUnit::Seconds if self.limit > 0.0 => {
                Span::from_micros((self.limit * SECOND as f64).round() as u64).to_string().replace(' ', "")
            }
            FigureUnit::Share if self.limit > 0.0 => format!("{}%", exact(100.0 * self.limit)),
            _ => self.limit.to_string(),
        };
        write!(formatter, "{}{relation}{limit}", self.name)
    }
}

impl PartialEq for Objective {
    fn eq(&self, other: &Self) -> bool {
        (self.name, self.limit, self.is_inclusive) == (other.name, other.limit, other.is_inclusive)
    }
}

impl Serialize for Objective {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl fmt::Display for Objectives {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&list(self.iter().map(Objective::to_string)))
    }
}

impl FromStr for Objectives {
    type Err = String;

    /// Reads a list such as `p95<5m,queue<10000,turned_away=0`.
    fn from_str(text: &str) -> Result<Self, String> {
        text.split(',').map(|each| each.trim().parse()).collect::<Result<_, _>>().map(Objectives)
    }
}

impl FromStr for Objective {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let allowed = "allowed is FIGURE<LIMIT, FIGURE<=LIMIT or FIGURE=0, such as p95<5m";
        let place = text.find(['<', '=']).ok_or_else(|| format!("found {text:?}, {allowed}"))?;
        let (name, rest) = text.split_at(place);
        let relation = ["<=", "<", "="].into_iter().find(|relation| rest.starts_with(relation)).unwrap_or_default();
        let (name, limit) = (name.trim(), rest[relation.len()..].trim());
        let (name, figure) = find(name)?;
        let limit = read_limit(figure.unit, limit).map_err(|problem| format!("{name}: {problem}"))?;
        if relation == "=" && limit != 0.0 {
            return Err(format!("found {text:?}, allowed is = only with 0; use < or <= with other limits"));
        }
        if relation == "<" && limit == 0.0 {
            return Err(format!("found {text:?}, allowed is a limit above 0, or {name}=0"));
        }
        Ok(Objective { name, figure, limit, is_inclusive: relation != "<" })
    }
}

/// The figure with a name of its own or a short name.
fn find(name: &str) -> Result<(&'static str, &'static PlanFigure), String> {
    let short = SHORT_NAMES.iter().find(|(short, _)| *short == name);
    let found = match short {
        Some((short, full)) => PlanFigure::find(full).map(|figure| (*short, figure)),
        None => PlanFigure::find(name).map(|figure| (figure.name, figure)),
    };
    found.ok_or_else(|| {
        let short = SHORT_NAMES.map(|(short, _)| short);
        let names = || short.into_iter().chain(FIGURES.iter().map(|figure| figure.name));
        let guess = nearest(name, names()).map_or_else(String::new, |guess| format!("; did you mean {guess}?"));
        format!(
            "found {name:?} as a figure, allowed are {}, and the names of the columns of plan.csv{guess}",
            list(short.map(String::from))
        )
    })
}

/// Reads a limit in the unit of its figure: `5m`, `80%` or `10000`. A comma ends an objective.
fn read_limit(unit: FigureUnit, text: &str) -> Result<f64, String> {
    let number = |text: &str| text.parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0);
    let refuse = |allowed: &str| format!("found {text:?} as a limit, allowed is {allowed}");
    match unit {
        _ if text == "0" => Ok(0.0),
        FigureUnit::Seconds => {
            let span = Span::try_from(text.to_owned());
            span.map(Span::seconds).map_err(|_| refuse("a duration, such as 90s or 5m"))
        }
        FigureUnit::Share => {
            let share = match text.strip_suffix('%') {
                Some(percent) => number(percent).map(|percent| percent / 100.0),
                None => number(text),
            };
            share.filter(|share| *share <= 1.0).ok_or_else(|| refuse("a share, such as 80% or 0.8"))
        }
        FigureUnit::PerHour | FigureUnit::Count | FigureUnit::Kib => {
            number(text).ok_or_else(|| refuse("a number of at least 0"))
        }
    }
}
