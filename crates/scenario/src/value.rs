//! Numbers and times of a scenario. They are checked while they are read, so that an error points at the value.

use std::fmt;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Microseconds in a second.
pub const SECOND: u64 = 1_000_000;
/// Microseconds in a minute.
pub const MINUTE: u64 = 60 * SECOND;
/// Microseconds in an hour.
pub const HOUR: u64 = 60 * MINUTE;
/// Microseconds in a day.
pub const DAY: u64 = 24 * HOUR;
/// Microseconds in a week.
pub const WEEK: u64 = 7 * DAY;

/// A number from 0 to 1: a probability, or a share of a whole.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Default, Deserialize, Serialize, JsonSchema)]
#[serde(try_from = "f64", into = "f64")]
#[schemars(extend("minimum" = 0.0, "maximum" = 1.0))]
pub struct Share(f64);

/// The largest amount. No site has nearly as many connections per week, and 32 bits can count those of an hour.
pub const MAX_AMOUNT: f64 = 1e10;

/// A number from 0 to 10000000000: a weight, a factor or a volume.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Default, Deserialize, Serialize, JsonSchema)]
#[serde(try_from = "f64", into = "f64")]
#[schemars(extend("minimum" = 0.0, "maximum" = MAX_AMOUNT))]
pub struct Amount(f64);

/// A number from 1 to 10000000000: the mean of a count that is never 0.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Deserialize, Serialize, JsonSchema)]
#[serde(try_from = "f64", into = "f64")]
#[schemars(extend("minimum" = 1.0, "maximum" = MAX_AMOUNT))]
pub struct Mean(f64);

/// A duration, written as `"90s"`, `"5m"`, `"1h 30m"` or `"7d"`. Stored in microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span(u64);

/// A moment in GMT, written as `"2008-11-17T00:00:00Z"`. Stored in microseconds since the Unix epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Moment(u64);

/// A SenderBase Reputation Score (SBRS) from -10.0 to 10.0, with at most one decimal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(try_from = "f64", into = "f64")]
#[schemars(extend("minimum" = -10.0, "maximum" = 10.0, "format" = "score"))]
pub struct Score(i16); // Tenths, so that the score is exact.

impl Share {
    /// The share 1: certain, or the whole.
    pub const ALL: Share = Share(1.0);

    /// Makes a share from a constant.
    ///
    /// # Panics
    /// If the number is not from 0 to 1.
    pub const fn new(number: f64) -> Self {
        assert!(number >= 0.0 && number <= 1.0, "not a share");
        Share(number)
    }

    /// The number, from 0 to 1.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl Amount {
    /// The factor 1, which changes nothing.
    pub const ONE: Amount = Amount(1.0);

    /// The number, 0 or more.
    pub fn get(self) -> f64 {
        self.0
    }

    /// Makes an amount from a computed number.
    ///
    /// # Panics
    /// If the number is negative, infinite or not a number.
    pub fn new(number: f64) -> Self {
        assert!(number.is_finite() && number >= 0.0, "not an amount: {number}");
        Amount(number)
    }
}

impl Mean {
    /// The mean 1: the count is always 1.
    pub const ONE: Mean = Mean(1.0);

    /// The number, 1 or more.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl Span {
    /// Makes a duration from microseconds.
    #[inline]
    pub const fn from_micros(micros: u64) -> Self {
        Span(micros)
    }

    /// The duration in microseconds.
    #[inline]
    pub const fn micros(self) -> u64 {
        self.0
    }

    /// The duration in seconds.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / SECOND as f64
    }
}

impl Moment {
    /// Makes a moment from microseconds since the Unix epoch.
    #[inline]
    pub const fn from_micros(micros: u64) -> Self {
        Moment(micros)
    }

    /// Microseconds since the Unix epoch.
    #[inline]
    pub const fn micros(self) -> u64 {
        self.0
    }

    /// The moment after a duration has passed.
    #[inline]
    pub const fn plus(self, span: Span) -> Self {
        Moment(self.0 + span.0)
    }

    /// The duration that has passed since an earlier moment.
    #[inline]
    pub const fn since(self, earlier: Moment) -> Span {
        Span(self.0 - earlier.0)
    }
}

impl Score {
    /// The lowest possible score.
    pub const LOWEST: Score = Score(-100);
    /// The highest possible score.
    pub const HIGHEST: Score = Score(100);

    /// Makes a score from tenths, from -100 to 100.
    ///
    /// # Panics
    /// If the tenths are outside that range.
    pub const fn from_tenths(tenths: i16) -> Self {
        assert!(tenths >= -100 && tenths <= 100);
        Score(tenths)
    }

    /// The score in tenths, from -100 to 100.
    pub const fn tenths(self) -> i16 {
        self.0
    }
}

impl TryFrom<f64> for Share {
    type Error = String;
    fn try_from(number: f64) -> Result<Self, String> {
        if (0.0..=1.0).contains(&number) {
            Ok(Share(number))
        } else {
            Err(format!("found {number}, allowed is a number from 0 to 1"))
        }
    }
}

impl TryFrom<f64> for Amount {
    type Error = String;
    fn try_from(number: f64) -> Result<Self, String> {
        if (0.0..=MAX_AMOUNT).contains(&number) {
            Ok(Amount(number))
        } else {
            Err(format!("found {number}, allowed is a number from 0 to {MAX_AMOUNT}"))
        }
    }
}

impl TryFrom<f64> for Mean {
    type Error = String;
    fn try_from(number: f64) -> Result<Self, String> {
        if (1.0..=MAX_AMOUNT).contains(&number) {
            Ok(Mean(number))
        } else {
            Err(format!("found {number}, allowed is a number from 1 to {MAX_AMOUNT}"))
        }
    }
}

impl TryFrom<f64> for Score {
    type Error = String;
    fn try_from(number: f64) -> Result<Self, String> {
        let tenths = (number * 10.0).round();
        if (-100.0..=100.0).contains(&tenths) && (number * 10.0 - tenths).abs() < 1e-9 {
            Ok(Score(tenths as i16))
        } else {
            Err(format!("found {number}, allowed is a score from -10 to 10 with at most one decimal"))
        }
    }
}

impl TryFrom<String> for Span {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let refuse = |_| format!("found {text:?}, allowed is a duration such as \"90s\", \"5m\", \"1h 30m\" or \"7d\"");
        let duration = humantime::parse_duration(&text).map_err(refuse)?;
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        // A century is longer than any use needs, and arithmetic on microseconds cannot overflow with it.
        if micros > 36_525 * DAY {
            return Err(format!("found {text:?}, allowed is at most 100 years"));
        }
        if !duration.as_nanos().is_multiple_of(1000) {
            return Err(format!("found {text:?}, allowed is a whole number of microseconds"));
        }
        Ok(Span(micros))
    }
}

impl TryFrom<String> for Moment {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let allowed = "allowed is a moment from 1970 to 2200 such as \"2008-11-17T00:00:00Z\"";
        let moment = DateTime::parse_from_rfc3339(&text).map_err(|_| format!("found {text:?}, {allowed}"))?;
        let micros = u64::try_from(moment.timestamp_micros()).ok().filter(|&micros| micros < 7_258_118_400 * SECOND);
        micros.map(Moment).ok_or_else(|| format!("found {text:?}, {allowed}"))
    }
}

impl From<Share> for f64 {
    fn from(share: Share) -> f64 {
        share.0
    }
}

impl From<Amount> for f64 {
    fn from(amount: Amount) -> f64 {
        amount.0
    }
}

impl From<u32> for Mean {
    /// The number, or 1 instead of 0.
    fn from(number: u32) -> Mean {
        Mean(f64::from(number.max(1)))
    }
}

impl From<Mean> for f64 {
    fn from(mean: Mean) -> f64 {
        mean.0
    }
}

impl From<Score> for f64 {
    fn from(score: Score) -> f64 {
        f64::from(score.0) / 10.0
    }
}

impl From<Span> for String {
    fn from(span: Span) -> String {
        span.to_string()
    }
}

impl From<Moment> for String {
    fn from(moment: Moment) -> String {
        moment.to_string()
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 6] =
            [(DAY, "d"), (HOUR, "h"), (MINUTE, "m"), (SECOND, "s"), (1000, "ms"), (1, "us")];
        let mut rest = self.0;
        let mut parts = Vec::new();
        for (micros, unit) in UNITS {
            if rest >= micros {
                parts.push(format!("{}{unit}", rest / micros));
                rest %= micros;
            }
        }
        f.write_str(if parts.is_empty() { "0s".into() } else { parts.join(" ") }.as_str())
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = (self.0 / SECOND) as i64;
        let nanos = (self.0 % SECOND) as u32 * 1000;
        let moment: DateTime<Utc> = DateTime::from_timestamp(seconds, nanos).unwrap_or_default();
        f.write_str(&moment.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true))
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1}", f64::from(*self))
    }
}

impl JsonSchema for Span {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Span".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "format": "span",
            "description": "Duration, such as \"90s\", \"250ms\", \"1h 30m\" or \"7d\".",
            "pattern": "^[0-9]"
        })
    }
}

impl JsonSchema for Moment {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Moment".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "format": "date-time",
            "description": "Moment, such as \"2008-11-17T00:00:00Z\"."
        })
    }
}
