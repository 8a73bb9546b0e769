//! Graphs as SVG.
