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
    /// Number of windows of both tables, and of those in which the numbers differ.
    pub(crate) windows: u32,
    pub(crate) differing: u32,
}

impl Established {
    /// The numbers of one window.
    pub(crate) fn new(all: f64, counted: f64) -> Self {
        Established { all, counted, windows: 1, differing: u32::from(all != counted) }
    }

    /// The sums of two times.
    pub(crate) fn plus(self, other: Self) -> Self {
        Established {
            all: self.all + other.all,
            counted: self.counted + other.counted,
            windows: self.windows + other.windows,
            differing: self.differing + other.differing,
        }
    }

    /// Number of established connections that the summary lacks. It is negative if the summary has more.
    pub(crate) fn missing(self) -> f64 {
        self.all - self.counted
    }

    /// The cost of these numbers under a form. It is that of one odd figure, so an appliance that counts table 37 in another way does not
    /// decide against clear evidence. If the numbers differ in a few intervals only, a file may be damaged, so no rule is ruled out.
    pub(crate) fn cost(self, form: Form) -> f64 {
        const CONTRADICTION: f64 = 30.0;
        const IN_FEW: f64 = 13.0;
        match self.is_allowed(form) {
            true => 0.0,
            false if self.differs_in_few() => IN_FEW,
            false => CONTRADICTION,
        }
    }

    /// Returns true if the numbers differ in at most a tenth of the intervals.
    fn differs_in_few(self) -> bool {
        self.differing * 10 <= self.windows
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

    /// Both numbers in words. `can_be_twice` is true if a failed connection may be counted twice, which hides a missing one.
    pub(crate) fn describe(self, can_be_twice: bool) -> String {
        let missing = self.missing();
        let (all, counted) = (grouped(self.all), grouped(self.counted));
        let both = format!(
            "Total Outgoing Connections (table 37) shows {all} connections, and the categories of table 27 add up to {counted}"
        );
        if missing < 0.0 {
            return format!("{both}. So table 27 counts connections twice, or table 37 lacks some.");
        }
        let place = match missing > 0.0 && self.differs_in_few() {
            true => format!(" They differ in {} of {} intervals only; check these rows.", self.differing, self.windows),
            false => String::new(),
        };
        let number = grouped(missing);
        let result = match (missing, can_be_twice) {
            (0.0, false) => return format!("{both}, so no connection is missing."),
            (0.0, true) => ". If a failed connection is counted twice, another connection is missing for it.".into(),
            (1.0, false) => ", so exactly 1 is missing.".into(),
            (_, false) => format!(", so exactly {number} are missing."),
            (_, true) => {
                format!(
                    ", which is {number} fewer. If failed connections are counted twice, more connections are missing."
                )
            }
        };
        format!("{both}{result}{place}")
    }
}
