//! The rules of the tree that need to know how files refer to each other: modules, names of types, paths in pages.

mod changelog;
mod circles;
mod modules;
mod names;
mod paths;
mod tokens;
