//! Draws graphs as SVG that a page can embed.
//!
//! A graph is drawn with sentinel colours, because a page may contain no inline styles. [`STYLE`] maps the sentinels to the
//! colours of the light or dark scheme. Each graph has two drawings, one for wide and one for narrow places, and the style
//! sheet shows one of them. If a single drawing shrank, its text would be unreadable on a telephone.

mod calendar;
mod canvas;
mod frame;
mod graph;
mod legend;
mod live;
mod number;
mod over_load;
mod over_time;
mod ranking;
mod scale;
#[cfg(test)]
mod tests;

pub use graph::{MarkedLoad, MarkedValue, OverLoad, OverTime, Ranking, Series, SeriesRole, Unit};
pub use live::{LiveGraph, LiveMark, LiveSeries};

/// The style sheet that all pages share: colours, type and tables. Put it before a page's own rules.
pub const BASE_STYLE: &str = include_str!("../assets/base.css");

/// The style sheet of graphs, for a page with [`BASE_STYLE`]. Put it after a page's own rules.
pub const STYLE: &str = include_str!("../assets/chart.css");
