//! A progress bar with simulated time, rate and time left.

use std::fmt::Write;
use std::io::{self, IsTerminal};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use tollgate_scenario::{Moment, SECOND, Time};
use tollgate_wording::{count, duration, moment};

/// The style of a bar with the share that is done, a message and the time left.
pub(crate) fn style() -> ProgressStyle {
    let style = ProgressStyle::with_template("{bar:32} {percent:>3}%  {msg}  {left} left");
    let left = |state: &ProgressState, text: &mut dyn Write| {
        // Writing into a string cannot fail.
        let _ = text.write_str(&duration(state.eta().as_secs() as f64));
    };
    style.unwrap_or_else(|_| ProgressStyle::default_bar()).with_key("left", left)
}

/// A progress bar on the standard error, if that is a terminal.
#[derive(Debug)]
pub(crate) struct RunProgress {
    bar: ProgressBar,
    start: Moment,
    started: Instant,
    simulated: u64,
}

impl RunProgress {
    /// Starts the progress bar of a run.
    pub(crate) fn new(time: &Time, quiet: bool) -> Self {
        let start = time.start();
        let bar = if quiet || !io::stderr().is_terminal() {
            ProgressBar::hidden()
        } else {
            ProgressBar::new(time.end().since(start).micros() / SECOND)
        };
        bar.set_style(style());
        RunProgress { bar, start, started: Instant::now(), simulated: 0 }
    }

    /// Shows the simulated time, and the number of connections and messages so far.
    pub(crate) fn reached(&mut self, at: Moment, simulated: u64) {
        self.simulated = simulated;
        if self.bar.is_hidden() {
            return;
        }
        let rate = count(self.per_second().round() as u64);
        self.bar.set_position(at.micros().saturating_sub(self.start.micros()) / SECOND);
        self.bar.set_message(format!("{}  {rate}/s", moment(at.micros())));
    }

    /// Removes the bar and returns the number of connections and messages.
    pub(crate) fn finish(self) -> u64 {
        self.bar.finish_and_clear();
        self.simulated
    }

    /// Connections and messages a second, averaged over the whole run.
    fn per_second(&self) -> f64 {
        self.simulated as f64 / self.started.elapsed().as_secs_f64().max(1e-9)
    }
}
