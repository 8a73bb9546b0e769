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

/// All that a scenario file says. What `Scenario::read` returns has passed every check.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The version of this format: 1.
    #[schemars(range(min = 1, max = 1))]
    pub format: u32,
    /// What everything random hangs on; `--seed` overrides it.
    #[serde(default = "default_seed")]
    pub seed: u64,
    /// What all volumes are multiplied by, scripts excepted; `--volume` overrides it.
    #[serde(default = "one")]
    pub volume: Amount,
    /// When it plays.
    pub time: Time,
    /// The gateways of the site.
    pub appliances: Vec<Appliance>,
    /// The listeners, the same on every appliance; without them the appliance's own two.
    #[serde(default = "Listener::defaults")]
    pub listeners: Vec<Listener>,
    /// The networks that senders are in.
    #[serde(default)]
    pub networks: Vec<Network>,
    /// The internal users.
    pub users: Users,
    /// The content filters in order.
    #[serde(default)]
    pub content_filters: Vec<ContentFilter>,
    /// The types of virus that are seen.
    #[serde(default)]
    pub virus_types: Vec<VirusType>,
    /// The classes of senders.
    #[serde(default)]
    pub incoming: Vec<Class>,
    /// The flows of outgoing mail.
    #[serde(default)]
    pub outgoing: Vec<Flow>,
    /// How undelivered mail is tried again.
    #[serde(default)]
    pub bounce_profile: BounceProfile,
    /// The TLS settings for destinations.
    #[serde(default)]
    pub destination_controls: DestinationControls,
    /// Outbreaks of viruses.
    #[serde(default)]
    pub outbreaks: Vec<Outbreak>,
    /// What changes at given times.
    #[serde(default)]
    pub events: Vec<Event>,
    /// Exact counts of mail from outside.
    #[serde(default)]
    pub scripted_incoming: Vec<ScriptedIncoming>,
    /// Exact counts of mail to outside.
    #[serde(default)]
    pub scripted_outgoing: Vec<ScriptedOutgoing>,
}

/// When a scenario plays.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Time {
    /// The beginning of the first interval that is exported, in GMT.
    pub begin: Moment,
    /// How long the exports last: a whole number of export intervals.
    pub span: Span,
    /// What is simulated before the beginning and not exported, so that queues and retries are in their stride.
    #[serde(default)]
    pub warm_up: Span,
    /// The site's time zone, such as `Europe/London`, for the shapes of days and weeks. Exports are always in GMT.
    #[serde(default = "gmt")]
    #[schemars(with = "ZoneText")]
    pub zone: Tz,
    /// The appliance's raw interval. Rates that depend on load are judged by it.
    #[serde(default = "five_minutes")]
    pub base_interval: Span,
    /// The interval of the exports; `--interval` overrides it.
    #[serde(default = "hour")]
    pub export_interval: Span,
}

impl Time {
    /// The end of the last interval that is exported.
    pub fn end(&self) -> Moment {
        self.begin.plus(self.span)
    }

    /// The moment from which traffic is simulated.
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
