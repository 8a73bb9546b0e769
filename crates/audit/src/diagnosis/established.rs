//! Table 37, Total Outgoing Connections: it counts all connections, whatever the counting rule.

use tollgate_catalogue::Form;

use super::figure::grouped;

/// All outgoing connections, and those in the five categories of the outgoing TLS summary, over the same time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Established {
    /// Connections that were established, from table 37.
    pub(crate) all: f64,
    /// Connections in the five categories of table 27.
    pub(crate) counted: f64,
}

impl Established {
    /// Number of established connections that the summary lacks. It is negative if the summary has more.
    pub(crate) fn missing(self) -> f64 {
        self.all - self.counted
    }

    /// The cost of these numbers under a form. It is that of one odd figure, so an appliance that counts table 37 in another way does not
    /// decide against clear evidence.
    pub(crate) fn cost(self, form: Form) -> f64 {
        const CONTRADICTION: f64 = 30.0;
        if self.is_allowed(form) { 0.0 } else { CONTRADICTION }
    }

    /// Returns true if the numbers are possible under a form. The forms after a failure may count a failed connection twice.
    pub(crate) fn is_allowed(self, form: Form) -> bool {
        match form {
            Form::Every => self.missing() == 0.0,
            Form::Lossy(_) => self.missing() >= 0.0,
            Form::AfterFailure(_) => true,
        }
    }

    /// The reason why a form does not allow these numbers.
    pub(crate) fn contradict(self) -> String {
        let (all, counted) = (grouped(self.all), grouped(self.counted));
        format!("table 37 shows {all} connections, and table 27 shows {counted}")
    }

    /// Both numbers in words.
    pub(crate) fn describe(self) -> String {
        let missing = self.missing();
        let (all, counted) = (grouped(self.all), grouped(self.counted));
        let both = format!(
            "Total Outgoing Connections (table 37) shows {all} connections, and the categories of table 27 add up to {counted}"
        );
        if missing == 0.0 {
            format!("{both}, so no connection is missing.")
        } else if missing > 0.0 {
            let word = if missing == 1.0 { "is" } else { "are" };
            format!("{both}, so exactly {} {word} missing.", grouped(missing))
        } else {
            format!("{both}. So table 27 counts connections twice, or table 37 lacks some.")
        }
    }
}
