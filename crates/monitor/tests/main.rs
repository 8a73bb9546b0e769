//! The integration tests of this crate.

#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

mod access;
mod exports;
mod faults;
mod metrics;
mod pages;
mod raw;
mod reference;
mod robust;
mod strict;
mod support;
mod tls;
