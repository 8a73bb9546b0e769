//! The scripts of the page, and the policy that allows only them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use tollgate_chart::LiveGraph;

use super::graphs::Graph;

/// The scripts: uPlot, and the script that draws the graphs with it.
const SCRIPTS: [&str; 2] = [include_str!("../../assets/uplot/uPlot.iife.min.js"), include_str!("../../assets/plan.js")];

/// The licence of uPlot, which every copy must have.
const LICENCE: &str = include_str!("../../assets/uplot/LICENSE");

/// The scripts of the page and their data.
pub(super) struct PageScripts {
    pub(super) texts: [&'static str; 2],
    pub(super) licence: &'static str,
    /// The graphs in the order of the page, as a JSON document that HTML can contain.
    pub(super) data: String,
    /// The content security policy. It names the hash of each script, so no other script runs, and the page loads no file.
    pub(super) policy: String,
}

impl PageScripts {
    pub(super) fn new<'a>(graphs: impl Iterator<Item = &'a Graph>) -> Self {
        let graphs: Vec<&LiveGraph> = graphs.map(|graph| &graph.live).collect();
        let data = serde_json::to_string(&graphs).expect("data without maps");
        let hash = |text: &str| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)));
        let policy =
            format!("default-src 'none'; style-src 'unsafe-inline'; script-src {}", SCRIPTS.map(hash).join(" "));
        // A name in the data may contain the end of a script element.
        PageScripts { texts: SCRIPTS, licence: LICENCE, data: data.replace('<', "\\u003c"), policy }
    }
}
