//! The internal users of the site.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::naming::Convention;
use crate::value::{Amount, Share};

/// Internal users of the site.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Users {
    /// Number of users, up to 1,000,000.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub count: u32,
    /// Domain of the users' addresses.
    pub domain: String,
    /// Form of the users' local parts.
    #[serde(default)]
    pub convention: Convention,
    /// Inequality of received mail among users.
    #[serde(default)]
    pub received: Inequality,
    /// Inequality of sent mail among users.
    #[serde(default)]
    pub sent: Inequality,
    /// Inequality of received spam among users.
    #[serde(default = "exposed")]
    pub exposed: Inequality,
    /// Correlation of the volumes that users send and receive, before the cuts. Default: 0.75, with which the logarithms of the
    /// volumes have the correlation of the Enron corpus and the EU institution, about 0.8.
    #[serde(default = "three_quarters")]
    pub sent_like_received: Share,
    /// Correlation of the volumes of spam and of other mail that users receive. Default: 0.3 (TREC 2007 public corpus: 0.24).
    #[serde(default = "three_tenths")]
    pub exposed_like_received: Share,
    /// Probability that a user sends nothing on a day. Default: 0.14. With that of weeks, users of the EU institution who sent two
    /// messages a day or more sent nothing on one of five working days.
    #[serde(default = "seventh")]
    #[schemars(extend("maximum" = 0.9))]
    pub absent_days: Share,
    /// Probability that a user sends nothing in a week. Default: 0.04, as at the EU institution.
    #[serde(default = "twenty_fifth")]
    #[schemars(extend("maximum" = 0.9))]
    pub absent_weeks: Share,
    /// Users with their own shares of the mail. They are some of the `count` users. The others divide the remaining mail as
    /// `received`, `sent` and `exposed` say.
    #[serde(default)]
    #[schemars(length(max = 10_000))]
    pub listed: Vec<ListedUser>,
}

/// A user with own shares of the mail.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListedUser {
    /// Local part of the address.
    pub name: String,
    /// Share of the recipients of classes whose `recipients_are` is `readers`. Default: drawn as for other users.
    #[serde(default)]
    pub received: Option<Share>,
    /// Share of the transactions of flows, without those of the null sender. Default: drawn as for other users.
    #[serde(default)]
    pub sent: Option<Share>,
    /// Share of the recipients of classes whose `recipients_are` is `exposed`. Default: drawn as for other users.
    #[serde(default)]
    pub exposed: Option<Share>,
}

/// Inequality of volume among users: a lognormal distribution with an upper cut. With the defaults, the top tenth of the
/// users have 47 % of the mail.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Inequality {
    /// Sigma of the logarithm of a user's volume, before the cut.
    #[schemars(extend("maximum" = 10.0))]
    pub sigma: Amount,
    /// Upper cut of the distribution, in sigmas above the median.
    #[schemars(extend("maximum" = 100.0))]
    pub cut: Amount,
}

impl Default for Inequality {
    /// The top tenth of the users have 46.9 % of the volume, as in two published mail corpora (45-50 %).
    fn default() -> Self {
        Inequality { sigma: Amount::new(1.8), cut: Amount::new(1.6) }
    }
}

/// Assumed, with the sigma of spam over the users of the TREC 2007 public corpus.
fn exposed() -> Inequality {
    Inequality { sigma: Amount::new(0.85), cut: Amount::new(3.0) }
}

fn three_quarters() -> Share {
    Share::new(0.75)
}

fn three_tenths() -> Share {
    Share::new(0.3)
}

fn seventh() -> Share {
    Share::new(0.14)
}

fn twenty_fifth() -> Share {
    Share::new(0.04)
}
