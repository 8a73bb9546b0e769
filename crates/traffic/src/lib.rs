//! Turns a scenario and a seed into batches of connections and messages, the same on every machine.
//!
//! Make a [`Schedule`] once. It then draws the connections of any population in any hour on any appliance, in any order
//! and on any thread. Afterwards it draws the messages of those connections that the gateway accepts.

mod address;
mod build;
mod calendar;
mod campaigns;
mod connections;
mod directory;
mod draw;
mod grouping;
mod holidays;
mod id;
mod messages;
mod names;
mod network;
mod numbering;
mod rates;
mod schedule;
mod script;
mod senders;
mod stream;
mod traits;
mod users;
mod volume;

pub use address::Space;
pub use calendar::LocalHour;
pub use connections::{CHUNK, ClientTls, Connection, Connections};
pub use directory::{Directory, FilterName, Host, Hosts, OutbreakName};
pub use draw::{Choice, ServiceMicros};
pub use id::{
    Address, BehaviourId, DomainId, FilterId, OutbreakId, OwnerId, PopulationId, SenderGroupId, UserId, VirusId,
};
pub use messages::{Matching, Message, Messages, Places, Recipient, RecipientGroup};
pub use numbering::{NO_DOMAIN, NO_OWNER, NULL_SENDER};
pub use rates::{PopulationRate, RateSource, Rates};
pub use schedule::{Behaviour, Hour, Population, Schedule, StartTlsFailures, Traffic};
pub use senders::AddressNumbers;
pub use stream::{Chance, Generator, StreamKey, StreamName, below, mix, unit};
pub use traits::NO_SCORE;
