//! The whole scenario and its times.

use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::appliance::Appliance;
use crate::delivery::{BounceProfile, DestinationControls};
use crate::happening::{Event, Outbreak, ScriptedIncoming, ScriptedOutgoing};
use crate::incoming::Class;
use crate::naming::Names;
use crate::outgoing::Flow;
use crate::site::{ContentFilter, Listener, Network, VirusType};
use crate::text_schema::ZoneText;
use crate::users::Users;
use crate::value::{Amount, HOUR, MINUTE, Moment, Span};
use crate::variation::Variation;

/// The format version that this release reads.
pub const FORMAT: u32 = 1;

/// A scenario: the description of a site with its appliances, users, mail and events.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Version of the scenario format. This release reads version 1.
    #[schemars(range(min = 1, max = 1))]
    pub format: u32,
    /// Random seed. The same scenario and seed always give the same exports. `--seed` overrides it.
    #[serde(default = "default_seed")]
    pub seed: u64,
    /// Factor for all volumes except those of scripts. With 2, the site has twice the mail. `--volume` overrides it.
    #[serde(default = "one")]
    pub volume: Amount,
    /// Beginning, span, warm-up, time zone and intervals.
    pub time: Time,
    /// Appliances of the site, at least one. Several appliances share the mail by their loads.
    #[schemars(length(max = 256))]
    pub appliances: Vec<Appliance>,
    /// Listeners, the same on every appliance. Default: the appliance's own listeners `public` and `private` with their
    /// default Host Access Tables.
    #[serde(default = "Listener::defaults")]
    #[schemars(length(max = 50))]
    pub listeners: Vec<Listener>,
    /// Networks that give senders their addresses.
    #[serde(default)]
    #[schemars(length(max = 256))]
    pub networks: Vec<Network>,
    /// Second-level domains that the site's appliances treat as suffixes, beside the usual ones: hosts are rolled up to the domain one
    /// level below. A site had them added by customer support. Default: none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(max = 100))]
    pub second_level_domains: Vec<String>,
    /// Forms of generated names.
    #[serde(default)]
    pub names: Names,
    /// Random variation of volumes over time.
    #[serde(default)]
    pub variation: Variation,
    /// Internal users of the site.
    pub users: Users,
    /// Content filters, in the order in which the appliance runs them.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub content_filters: Vec<ContentFilter>,
    /// Virus types. Needed if a class, a flow or an outbreak has infected messages.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub virus_types: Vec<VirusType>,
    /// Classes of external senders, with their incoming mail.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub incoming: Vec<Class>,
    /// Flows of outgoing mail.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub outgoing: Vec<Flow>,
    /// Retries of mail that the appliance could not deliver.
    #[serde(default)]
    pub bounce_profile: BounceProfile,
    /// TLS settings for destinations.
    #[serde(default)]
    pub destination_controls: DestinationControls,
    /// Outbreaks of new viruses.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub outbreaks: Vec<Outbreak>,
    /// Changes at given moments: TLS settings, volumes and loads. They may stand in any order.
    #[serde(default)]
    #[schemars(length(max = 1000))]
    pub events: Vec<Event>,
    /// Incoming mail in exact counts.
    #[serde(default)]
    #[schemars(length(max = 4096))]
    pub scripted_incoming: Vec<ScriptedIncoming>,
    /// Outgoing mail in exact counts.
    #[serde(default)]
    #[schemars(length(max = 4096))]
    pub scripted_outgoing: Vec<ScriptedOutgoing>,
}

/// Beginning, span, warm-up, time zone and intervals of a scenario.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Time {
    /// Beginning of the exports, in GMT. It must be the beginning of an export interval.
    pub begin: Moment,
    /// Duration of the exports, a whole number of export intervals.
    pub span: Span,
    /// Time that is simulated before `begin` and not exported, in whole hours. It fills queues and starts retries.
    #[serde(default)]
    pub warm_up: Span,
    /// Time zone of the site, such as `Europe/London`. Rhythms follow it. Exports are always in GMT.
    #[serde(default = "gmt")]
    #[schemars(with = "ZoneText")]
    pub zone: Tz,
    /// Interval of the appliance's own raw data. It must divide an hour. Counting rules that depend on load measure it over
    /// this interval.
    #[serde(default = "five_minutes")]
    pub base_interval: Span,
    /// Interval of the exports: a row of an export covers this time. It must be a multiple of `base_interval` and divide a
    /// day. `--interval` overrides it.
    #[serde(default = "hour")]
    pub export_interval: Span,
}

impl Scenario {
    /// Returns true if a class has senders in a network.
    pub fn has_senders_in(&self, network: &Network) -> bool {
        self.incoming.iter().any(|class| {
            let domains = class.domains.as_ref().map(|domains| &domains.network);
            let bots = class.bots.as_ref().map(|bots| &bots.network);
            [domains, bots].contains(&Some(&network.name))
        })
    }
}

impl Time {
    /// The end of the exports.
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
