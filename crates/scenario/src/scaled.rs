//! Scales all of a scenario's traffic or a part of it.

use std::fmt;
use std::str::FromStr;

use tollgate_wording::nearest;

use crate::check;
use crate::error::ScenarioError;
use crate::overrides::parse_path;
use crate::phrases::{are_words, quoted_where_needed};
use crate::scenario::Scenario;
use crate::tree::TomlTree;
use crate::value::Amount;

/// All traffic of a scenario or a part of it. Scripts have exact counts and are never included.
///
/// The text form is `all`, `incoming`, `outgoing`, `class.NAME` or `flow.NAME`. As in overrides, put a name in quotes if it
/// has characters other than letters, digits, hyphens and underscores.
///
/// ```
/// use tollgate_scenario::Traffic;
///
/// let spam: Traffic = "class.spam-bots".parse()?;
/// assert_eq!(spam, Traffic::Class("spam-bots".into()));
/// assert_eq!(Traffic::Flow("to partners".into()).to_string(), "flow.\"to partners\"");
/// # Ok::<(), tollgate_scenario::ScenarioError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Traffic {
    /// All traffic.
    All,
    /// All classes, with their listed domains and outbreaks.
    Incoming,
    /// All flows, with their listed domains.
    Outgoing,
    /// The class of this name, with its listed domains and outbreaks.
    Class(String),
    /// The flow of this name, with its listed domains.
    Flow(String),
}

impl Scenario {
    /// Returns the scenario with the volume of some of its traffic multiplied by a factor. Everything else stays the same.
    /// Scaling [`Traffic::All`] multiplies `volume`.
    ///
    /// # Errors
    /// If the factor is not a finite number above 0, if the class or flow does not exist, if the traffic has no volume, or
    /// if the result fails a check of scenarios.
    pub fn scaled(&self, of: &Traffic, factor: f64) -> Result<Scenario, ScenarioError> {
        let refused = |found: String, allowed: &str| refused(&of.to_string(), found, allowed);
        if !(factor.is_finite() && factor > 0.0) {
            return Err(refused(format!("the factor {factor}"), "is a finite number above 0"));
        }
        self.check_named(of)?;
        let mut scaled = self.clone();
        let volume = self.volume.get();
        let mut volumes = scaled.volumes(of);
        if volumes.iter().all(|each| each.get() * volume == 0.0) {
            let allowed = "is traffic with a volume above 0 (scripts have exact counts, which are never multiplied)";
            return Err(refused("no volume to multiply".into(), allowed));
        }
        if *of == Traffic::All {
            volumes = vec![&mut scaled.volume];
        }
        for each in volumes.into_iter().filter(|each| each.get() > 0.0) {
            let product = each.get() * factor;
            if !(product.is_finite() && product > 0.0) {
                let allowed = "is a factor that keeps all volumes finite and above 0";
                return Err(refused(format!("the factor {factor}"), allowed));
            }
            *each = Amount::new(product);
        }
        match scaled.problems_in_words() {
            problems if problems.is_empty() => Ok(scaled),
            problems => {
                let found = format!("the factor {factor}");
                let more =
                    if problems.len() > 1 { format!("; and {} more", problems.len() - 1) } else { String::new() };
                Err(refused(found, &format!("is a factor that keeps the scenario valid ({}{more})", problems[0])))
            }
        }
    }

    /// Checks that the named class or flow exists.
    fn check_named(&self, of: &Traffic) -> Result<(), ScenarioError> {
        let (name, what, known): (_, _, Vec<&str>) = match of {
            Traffic::Class(name) => (name, "class", self.incoming.iter().map(|class| class.name.as_str()).collect()),
            Traffic::Flow(name) => (name, "flow", self.outgoing.iter().map(|flow| flow.name.as_str()).collect()),
            Traffic::All | Traffic::Incoming | Traffic::Outgoing => return Ok(()),
        };
        if known.contains(&name.as_str()) {
            return Ok(());
        }
        let guess = nearest(name, known.iter().copied()).map(|word| format!("; did you mean \"{word}\"?"));
        let allowed = match known.len() {
            0 => format!("are none, because the scenario has no {what}"),
            _ => format!("{}{}", are_words(&known, '"'), guess.unwrap_or_default()),
        };
        Err(refused(&of.to_string(), format!("no {what} of that name"), &allowed))
    }

    /// The volumes of the traffic. The `volume` of the whole scenario is not among them.
    fn volumes(&mut self, of: &Traffic) -> Vec<&mut Amount> {
        let is_class = |name: &str| match of {
            Traffic::All | Traffic::Incoming => true,
            Traffic::Class(class) => class == name,
            Traffic::Outgoing | Traffic::Flow(_) => false,
        };
        let is_flow = |name: &str| match of {
            Traffic::All | Traffic::Outgoing => true,
            Traffic::Flow(flow) => flow == name,
            Traffic::Incoming | Traffic::Class(_) => false,
        };
        let mut volumes = Vec::new();
        for class in self.incoming.iter_mut().filter(|class| is_class(&class.name)) {
            volumes.push(&mut class.connections_per_week);
            volumes.extend(class.listed.iter_mut().map(|listed| &mut listed.per_week));
        }
        let outbreaks = self.outbreaks.iter_mut().filter(|outbreak| is_class(&outbreak.class));
        volumes.extend(outbreaks.map(|outbreak| &mut outbreak.connections));
        for flow in self.outgoing.iter_mut().filter(|flow| is_flow(&flow.name)) {
            volumes.push(&mut flow.messages_per_week);
            let listed = flow.destinations.iter_mut().flat_map(|destination| &mut destination.listed);
            volumes.extend(listed.map(|listed| &mut listed.per_week));
        }
        volumes
    }

    /// Checks the scenario. Returns its problems as text, each with its path in words.
    fn problems_in_words(&self) -> Vec<String> {
        let problems = check::all(self);
        if problems.is_empty() {
            return Vec::new();
        }
        // Paths in words need the tree of a text.
        let text = toml::to_string(self).unwrap_or_default();
        let tree = TomlTree::parse(&text).unwrap_or_else(|_| TomlTree::empty());
        tree.locate_all(problems).first.into_iter().map(|problem| problem.title).collect()
    }
}

fn refused(traffic: &str, found: String, allowed: &str) -> ScenarioError {
    ScenarioError::Traffic { traffic: traffic.into(), found, allowed: allowed.into() }
}

impl FromStr for Traffic {
    type Err = ScenarioError;

    fn from_str(text: &str) -> Result<Self, ScenarioError> {
        let path = parse_path(text).unwrap_or_default();
        let steps: Vec<&str> = path.iter().map(String::as_str).collect();
        match steps.as_slice() {
            ["all"] => Ok(Traffic::All),
            ["incoming"] => Ok(Traffic::Incoming),
            ["outgoing"] => Ok(Traffic::Outgoing),
            ["class", name] => Ok(Traffic::Class(name.to_string())),
            ["flow", name] => Ok(Traffic::Flow(name.to_string())),
            _ => {
                let allowed = "are `all`, `incoming`, `outgoing`, `class.NAME` and `flow.NAME`; put NAME in quotes if it has \
                               characters other than letters, digits, hyphens and underscores";
                Err(refused("traffic", format!("{text:?}"), allowed))
            }
        }
    }
}

impl fmt::Display for Traffic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Traffic::All => f.write_str("all"),
            Traffic::Incoming => f.write_str("incoming"),
            Traffic::Outgoing => f.write_str("outgoing"),
            Traffic::Class(name) => write!(f, "class.{}", quoted_where_needed(name)),
            Traffic::Flow(name) => write!(f, "flow.{}", quoted_where_needed(name)),
        }
    }
}
