//! The rules of the tree that need to know how files refer to each other: modules, names of types, paths in pages.

#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

#[path = "../common/mod.rs"]
mod common;

mod changelog;
mod circles;
mod modules;
mod names;
mod paths;
mod tokens;
