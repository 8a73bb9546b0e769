//! The integration tests of this crate.

#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

mod audit;
mod audit_faults;
mod audit_input;
mod bounds;
mod cli;
mod data_package;
mod diagnose;
mod exports;
mod faults;
mod fit;
mod fit_details;
mod fit_page;
mod fit_report;
mod fuzz;
mod golden;
mod licences;
mod lies;
mod output;
mod plan;
mod plan_sides;
mod realism;
mod rule_names;
mod scenarios;
mod scripts;
mod serve;
mod serve_operator;
mod structure;
mod support;
mod thread;
mod tidy;
mod transcripts;
