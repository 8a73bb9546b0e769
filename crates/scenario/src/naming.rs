//! The forms of generated names: domains, owners, hosts and users.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Generated names of domains, network owners and hosts. Names that the scenario lists itself are never changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Names {
    /// Style of generated names. `--names` overrides it.
    pub style: NameStyle,
}

/// Style of generated names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum NameStyle {
    /// Every domain ends in `.example` or `.test`, which are reserved for examples (RFC 2606). No real name appears.
    #[default]
    Reserved,
    /// Generated domains have real endings, such as `.com` and `.co.uk`, as often as real senders have them. A generated name may belong to
    /// somebody by chance.
    Lifelike,
}

/// The form of most users' local parts. About one user in 20 has another form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
pub enum Convention {
    /// `mary.walker`
    #[default]
    #[serde(rename = "first.last")]
    FirstDotLast,
    /// `mary_walker`
    #[serde(rename = "first_last")]
    FirstUnderscoreLast,
    /// `marywalker`
    #[serde(rename = "firstlast")]
    FirstLast,
    /// `m.walker`
    #[serde(rename = "f.last")]
    InitialDotLast,
    /// `mwalker`
    #[serde(rename = "flast")]
    InitialLast,
    /// `maryw`
    #[serde(rename = "firstl")]
    FirstInitial,
    /// `walkerm`
    #[serde(rename = "lastf")]
    LastInitial,
    /// `walker.mary`
    #[serde(rename = "last.first")]
    LastDotFirst,
    /// `mary`
    #[serde(rename = "first")]
    First,
    /// `walker`
    #[serde(rename = "last")]
    Last,
}
