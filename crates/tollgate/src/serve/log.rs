//! The log of `tollgate serve` on standard error.

use std::io;
use std::panic;

use clap::ValueEnum;
use tollgate_history::LineKind;

use crate::terminal;

/// The format of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// One line of text for each request and event
    Text,
    /// One line of JSON for each request and event
    Json,
    /// No log
    Off,
}

/// The notes of the server on standard error. They are lines of the log, if there is one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Notes {
    pub(super) log: LogFormat,
    /// True if only the log is printed.
    pub(super) quiet: bool,
}

impl LogFormat {
    /// Begins the log. Panics of any thread become lines of it.
    pub(super) fn begin(self) {
        let log = tracing_subscriber::fmt().with_writer(io::stderr).with_target(false).with_ansi(false);
        // It would report errors of standard error on standard error, and panic.
        let log = log.log_internal_errors(false);
        match self {
            LogFormat::Off => return,
            LogFormat::Text => log.init(),
            LogFormat::Json => log.json().flatten_event(true).with_current_span(false).with_span_list(false).init(),
        }
        panic::set_hook(Box::new(|panic| tracing::error!(fault = panic.to_string(), "the server failed")));
    }
}

impl Notes {
    /// Prints a line of the running server. Errors are printed even if there is no log and nothing else is to be printed.
    pub(super) fn log(self, severity: LineKind, line: &str) {
        match severity {
            LineKind::Error if self.log == LogFormat::Off => terminal::note(&format!("error: {line}")),
            LineKind::Error => tracing::error!(message = line),
            LineKind::Warning => self.warn(line),
            LineKind::Note => self.note(line),
        }
    }

    /// Prints a warning.
    pub(super) fn warn(self, warning: &str) {
        match self.log {
            LogFormat::Off if self.quiet => {}
            LogFormat::Off => terminal::note(&format!("warning: {warning}")),
            _ => tracing::warn!(message = warning),
        }
    }

    /// Prints a line.
    pub(super) fn note(self, line: &str) {
        match self.log {
            LogFormat::Off if self.quiet => {}
            LogFormat::Off => terminal::note(line),
            _ => tracing::info!(message = line),
        }
    }
}
