//! Draws graphs as SVG, to be put into a page as they are.
//!
//! A graph is drawn with sentinel colours that [`STYLE`] maps to the colours of the scheme, because a page may hold no
//! style of its own. It comes in two drawings, one for wide and one for narrow places, of which the style sheet shows one:
//! text that shrinks with its graph could not be read on a telephone.

mod calendar;
mod canvas;
mod frame;
mod graph;
mod legend;
mod number;
mod over_load;
mod over_time;
mod ranking;
mod scale;
#[cfg(test)]
mod tests;

pub use graph::{MarkedValue, OverLoad, OverTime, Ranking, Series, SeriesRole, Unit};

/// The style sheet that all pages share: colours, type and tables. It comes before a page's own.
pub const BASE_STYLE: &str = include_str!("../assets/base.css");

/// The style sheet of graphs, for a page with [`BASE_STYLE`]. It comes after a page's own.
pub const STYLE: &str = include_str!("../assets/chart.css");
