//! Rules about references between files: modules, names of types, and paths in pages.

mod changelog;
mod circles;
mod modules;
mod names;
mod paths;
mod tokens;
