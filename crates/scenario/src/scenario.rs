//! The whole scenario.

use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::appliance::Appliance;
use crate::delivery::{BounceProfile, DestinationControls};
use crate::happening::{Event, Outbreak, ScriptedIncoming, ScriptedOutgoing};
use crate::incoming::Class;
use crate::outgoing::Flow;
use crate::site::{ContentFilter, Listener, Network, Users, VirusType};
use crate::text_schema::ZoneText;
use crate::value::{Amount, HOUR, MINUTE, Moment, Span};

/// The format version that this release reads.
pub const FORMAT: u32 = 1;

/// The content of a scenario file. A scenario that `Scenario::read` returns has passed every check.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The version of this format: 1.
    #[schemars(range(min = 1, max = 1))]
    pub format: u32,
    /// The random seed. `--seed` overrides it.
    #[serde(default = "default_seed")]
    pub seed: u64,
    /// The factor by which all volumes except those of scripts are multiplied. `--volume` overrides it.
    #[serde(default = "one")]
    pub volume: Amount,
    /// The times of the scenario.
    pub time: Time,
    /// The appliances of the site.
    pub appliances: Vec<Appliance>,
    /// The listeners, the same on every appliance. The default is the two listeners that the appliance has by default.
    #[serde(default = "Listener::defaults")]
    pub listeners: Vec<Listener>,
    /// The networks of senders.
    #[serde(default)]
    pub networks: Vec<Network>,
    /// The internal users.
    pub users: Users,
    /// The content filters, in order.
    #[serde(default)]
    pub content_filters: Vec<ContentFilter>,
    /// The types of virus.
    #[serde(default)]
    pub virus_types: Vec<VirusType>,
    /// The classes of senders.
    #[serde(default)]
    pub incoming: Vec<Class>,
    /// The flows of outgoing mail.
    #[serde(default)]
    pub outgoing: Vec<Flow>,
    /// The retries of undelivered mail.
    #[serde(default)]
    pub bounce_profile: BounceProfile,
    /// The TLS settings for destinations.
    #[serde(default)]
    pub destination_controls: DestinationControls,
    /// Outbreaks of viruses.
    #[serde(default)]
    pub outbreaks: Vec<Outbreak>,
    /// Changes at given times.
    #[serde(default)]
    pub events: Vec<Event>,
    /// Exact counts of incoming mail.
    #[serde(default)]
    pub scripted_incoming: Vec<ScriptedIncoming>,
    /// Exact counts of outgoing mail.
    #[serde(default)]
    pub scripted_outgoing: Vec<ScriptedOutgoing>,
}

/// The times of a scenario: its span, its warm-up and its intervals.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Time {
    /// The beginning of the first exported interval, in GMT.
    pub begin: Moment,
    /// The length of the exports: a whole number of export intervals.
    pub span: Span,
    /// The time that is simulated before the beginning and not exported. It fills queues and starts retries.
    #[serde(default)]
    pub warm_up: Span,
    /// The site's time zone, such as `Europe/London`. Rhythms follow it; exports are always in GMT.
    #[serde(default = "gmt")]
    #[schemars(with = "ZoneText")]
    pub zone: Tz,
    /// The interval of the appliance's own raw data. Rates that depend on load are measured over it.
    #[serde(default = "five_minutes")]
    pub base_interval: Span,
    /// The interval of the exports. `--interval` overrides it.
    #[serde(default = "hour")]
    pub export_interval: Span,
}

impl Time {
    /// The end of the last exported interval.
    pub fn end(&self) -> Moment {
        self.begin.plus(self.span)
    }

    /// The moment at which the simulation starts.
    pub fn start(&self) -> Moment {
        Moment::from_micros(self.begin.micros() - self.warm_up.micros())
    }
}

fn default_seed() -> u64 {
    42_751
}

fn one() -> Amount {
    Amount::ONE
}

fn gmt() -> Tz {
    Tz::GMT
}

fn five_minutes() -> Span {
    Span::from_micros(5 * MINUTE)
}

fn hour() -> Span {
    Span::from_micros(HOUR)
}
