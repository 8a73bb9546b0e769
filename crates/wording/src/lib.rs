//! Writes figures, durations and moments for people.
//!
//! The terminal, the pages, the graphs and the plan use the same functions, so that a value reads the same everywhere.
//! Files for machines (CSV, JSON) do not use them.
//!
//! Rounding: a value is rounded once, from its decimal digits. Halves are rounded up, or away from zero if the value is
//! negative. A larger value never reads smaller. A value that is not 0 never reads as 0; it reads as less than the last
//! digit, such as `<0.001`. A zero after the decimal point is left out: `3 s`, not `3.0 s`. Percentages and thousands
//! (`100.0%`, `16.0k`) keep it, as on the appliance's pages. A value that is not finite reads `n/a`.

mod decimal;
mod figure;
mod measure;
mod moment;
#[cfg(test)]
mod tests;
mod text;

pub use figure::{count, exact, load, number, percent, percent_of, short, whole_percent};
pub use measure::{ByteNames, bytes, duration, exact_duration};
pub use moment::{day, iso, moment, restarting, span};
pub use text::{
    beginning, counted, estimate, interval, list, nearest, printable, printable_json, quoted, short_list, shortened,
    signed,
};
