//! Random variation of volumes over time: levels of days and hours, spam campaigns, and public holidays.

use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::value::{Amount, HOUR, Share, Span};

/// Random variation of all volumes over time, beyond the rhythms. The mean of each volume stays as it is.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Variation {
    /// True switches all of this off: volumes follow their rhythms alone.
    pub none: bool,
    /// Country whose public holidays the site has. Default: the country of the time zone, if it is one of them.
    pub holidays: Option<Holidays>,
    /// Sigma of the logarithm of the level that spam has on a day. Default: 0.2. With campaigns, this makes 0.2 to 0.26; 0.26 in the TREC
    /// 2007 public corpus.
    #[schemars(extend("maximum" = 1.0))]
    pub spam_days: Amount,
    /// Correlation of the levels of spam on two consecutive days. Default: 0.96. With campaigns, it is 0.5 to 0.8 in exports; 0.89 in the TREC 2007 public corpus.
    #[schemars(extend("maximum" = 0.98))]
    pub spam_days_memory: Share,
    /// Sigma of the logarithm of the level that spam has in an hour, beyond that of campaigns. Default: 0.12 (assumed).
    #[schemars(extend("maximum" = 1.0))]
    pub spam_hours: Amount,
    /// Sigma of the logarithm of the level that other incoming mail has on a day. Default: 0.15.
    #[schemars(extend("maximum" = 1.0))]
    pub received_days: Amount,
    /// Sigma of the logarithm of the level that other incoming mail has in an hour. Default: 0.2.
    #[schemars(extend("maximum" = 1.0))]
    pub received_hours: Amount,
    /// Sigma of the logarithm of the level that outgoing mail has on a day. Default: 0.16. Published day factors of legitimate mail have 0.15 to 0.25.
    #[schemars(extend("maximum" = 1.0))]
    pub sent_days: Amount,
    /// Sigma of the logarithm of the level that outgoing mail has in an hour. Default: 0.08.
    #[schemars(extend("maximum" = 1.0))]
    pub sent_hours: Amount,
    /// Correlation of the levels of two consecutive days, of outgoing mail and of incoming mail other than spam. Default: 0.18, that of
    /// the TREC 2007 public corpus.
    #[schemars(extend("maximum" = 0.98))]
    pub user_days_memory: Share,
    /// Correlation of the levels that outgoing mail and incoming mail other than spam have on a day. Default: 0.45.
    pub sent_like_received: Share,
    /// Campaigns of spam.
    pub campaigns: Campaigns,
}

/// Campaigns: waves of spam that all classes of spam take part in. They begin at random moments. A part of a campaign's mail comes in a
/// burst at its beginning, and the rest over its life, most of it in the middle.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Campaigns {
    /// Share of the mail of a class of spam that belongs to campaigns. A class may have its own. Default: 0.5. In the TREC 2007 public
    /// corpus, 0.43 of the spam advertised a domain that at least nine other messages advertised, too.
    pub share: Share,
    /// Mean number of campaigns that begin in a day, at any volume. Default: 12 (assumed).
    #[schemars(extend("minimum" = 0.1, "maximum" = 200.0))]
    pub per_day: Amount,
    /// Median of the lives. Default: 87 hours, as in the TREC 2007 public corpus. No life is longer than 60 days.
    pub life: Span,
    /// Sigma of the logarithm of the lives. Default: 1.66, so that nine tenths lie between 11 and 772 hours or longer, as in the TREC 2007
    /// public corpus.
    #[schemars(extend("maximum" = 4.0))]
    pub life_sigma: Amount,
    /// Rank-size slope of the sizes: the campaign of rank r has mail in proportion to r^-slope. Default: 0.72, as in the TREC 2007 public
    /// corpus. The largest campaign has at most 60 times the mail of the smallest (assumed).
    #[schemars(extend("maximum" = 0.95))]
    pub slope: Amount,
    /// Share of a campaign's mail that comes in the burst. Default: 0.35 (assumed).
    pub burst: Share,
    /// Time for which a burst rises, and in which it then decays to about 1/e, as the median of all bursts. Default: 2 hours (assumed).
    pub burst_decay: Span,
    /// Share of campaigns whose burst comes from one to four hosts if its senders are bots. Default: 0.1, as in the TREC 2007 public corpus.
    pub from_few_hosts: Share,
}

/// The kind of mail whose levels a volume shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum VariesLike {
    /// Spam: with the levels of spam, and in campaigns.
    Spam,
    /// Incoming mail other than spam.
    Received,
    /// Outgoing mail.
    Sent,
    /// Nothing: it follows its rhythm and its own variation from day to day.
    Nothing,
}

/// A country, for its public holidays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Holidays {
    /// No holidays.
    None,
    /// Germany: those of all states.
    De,
    /// France.
    Fr,
    /// England and Wales.
    Gb,
    /// The United States: federal holidays.
    Us,
}

/// The beginnings of names of other time zones of the United States.
const US_ZONES: [&str; 4] = ["US/", "America/Indiana/", "America/Kentucky/", "America/North_Dakota/"];

impl Variation {
    /// The country whose holidays a site in this time zone has.
    pub fn holidays_in(&self, zone: Tz) -> Holidays {
        if self.none {
            return Holidays::None;
        }
        self.holidays.unwrap_or_else(|| match zone.name() {
            "Europe/London" | "Europe/Belfast" | "Europe/Jersey" | "Europe/Guernsey" | "Europe/Isle_of_Man" | "GB"
            | "GB-Eire" => Holidays::Gb,
            "Europe/Berlin" => Holidays::De,
            "Europe/Paris" => Holidays::Fr,
            "America/New_York"
            | "America/Chicago"
            | "America/Denver"
            | "America/Los_Angeles"
            | "America/Phoenix"
            | "America/Detroit"
            | "America/Boise"
            | "America/Anchorage"
            | "America/Juneau"
            | "America/Adak"
            | "Pacific/Honolulu"
            | "EST5EDT"
            | "CST6CDT"
            | "MST7MDT"
            | "PST8PDT" => Holidays::Us,
            name if US_ZONES.iter().any(|begin| name.starts_with(begin)) => Holidays::Us,
            _ => Holidays::None,
        })
    }
}

impl Campaigns {
    /// The most mail of a campaign, in units of the least.
    pub const MOST_SIZES: f64 = 60.0;
    /// The most mail that a class gets from a campaign, in units of its mean.
    pub const MOST_REACH: f64 = 4.0;

    /// The longest life in days (assumed). An hour depends on the campaigns of so many days before it.
    pub const MOST_DAYS: u64 = 60;

    /// The exponent of the distribution of sizes: the share of campaigns above a size falls with the size to the power of -exponent.
    pub fn size_exponent(&self) -> f64 {
        1.0 / self.slope.get().max(0.01)
    }

    /// The mean size, in units of the least.
    pub fn mean_size(&self) -> f64 {
        let exponent = self.size_exponent();
        let below = |power: f64| 1.0 - libm::pow(Self::MOST_SIZES, -power);
        exponent / (exponent - 1.0) * below(exponent - 1.0) / below(exponent)
    }

    /// The most mail of a campaign, in units of the mean.
    pub fn largest(&self) -> f64 {
        Self::MOST_SIZES / self.mean_size()
    }
}

impl Default for Variation {
    fn default() -> Self {
        Variation {
            none: false,
            holidays: None,
            spam_days: Amount::new(0.2),
            spam_days_memory: Share::new(0.96),
            spam_hours: Amount::new(0.12),
            received_days: Amount::new(0.15),
            received_hours: Amount::new(0.2),
            sent_days: Amount::new(0.16),
            sent_hours: Amount::new(0.08),
            user_days_memory: Share::new(0.18),
            sent_like_received: Share::new(0.45),
            campaigns: Campaigns::default(),
        }
    }
}

impl Default for Campaigns {
    fn default() -> Self {
        Campaigns {
            share: Share::new(0.5),
            per_day: Amount::new(12.0),
            life: Span::from_micros(87 * HOUR),
            life_sigma: Amount::new(1.66),
            slope: Amount::new(0.72),
            burst: Share::new(0.35),
            burst_decay: Span::from_micros(2 * HOUR),
            from_few_hosts: Share::new(0.1),
        }
    }
}
