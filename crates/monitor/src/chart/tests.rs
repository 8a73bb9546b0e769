//! Graphs as a whole.
