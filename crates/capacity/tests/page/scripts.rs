//! The scripts of the page and their data.

use base64::Engine as _;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::*;

/// The content of each script element, with its attributes.
fn scripts(page: &str) -> Vec<(&str, &str)> {
    let script = |rest| str::split_once(rest, "</script>").unwrap().0.split_once('>').unwrap();
    page.split("<script").skip(1).map(script).collect()
}

#[test]
fn the_policy_allows_only_the_scripts_of_the_page() {
    let page = page(&plan(2, vec![plan_side("v", &["all"], &points(), None)]));
    let policy =
        page.split_once("http-equiv=\"Content-Security-Policy\" content=\"").unwrap().1.split_once('"').unwrap().0;
    let code: Vec<&str> =
        scripts(&page).into_iter().filter(|(kind, _)| kind.is_empty()).map(|(_, text)| text).collect();
    assert_eq!(code.len(), 2);
    let hash = |text: &&str| base64::engine::general_purpose::STANDARD.encode(Sha256::digest(text));
    let hashes: Vec<String> = code.iter().map(|text| format!("'sha256-{}'", hash(text))).collect();
    assert_eq!(policy, format!("default-src 'none'; style-src 'unsafe-inline'; script-src {}", hashes.join(" ")));
    // The copy of uPlot 1.6.32 is unchanged.
    assert_eq!(hash(&code[0]), "GcjUxq2Ikpp59K5J1vcWFWbf0Lo9FcxJXpdPeH63jx8=");
}

#[test]
fn the_data_has_the_graphs_of_the_page_with_the_texts_of_their_tooltips() {
    let name = format!("{EVIL}</script>");
    let sides = ["one", &name].map(|name| plan_side(name, &["all"], &points(), None)).to_vec();
    let page = page(&plan(2, sides));
    let [(kind, data), ..] = scripts(&page)[..] else { panic!("no script") };
    assert_eq!(kind, " type=\"application/json\" id=\"graphs\"");
    let graphs: Vec<Value> = serde_json::from_str(data).unwrap();
    let figures: Vec<&str> =
        page.split("<figure>").skip(1).map(|rest| rest.split_once("</figure>").unwrap().0).collect();
    assert!(graphs.len() > 5 && graphs.len() == figures.len(), "{} of {}", graphs.len(), figures.len());
    for (graph, figure) in graphs.iter().zip(figures) {
        let escape = |text: &str| {
            let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            text.replace('"', "&quot;").replace('\'', "&#39;")
        };
        assert!(figure.contains(&format!("aria-label=\"{}\"", escape(graph["title"].as_str().unwrap()))), "{figure}");
        let series = graph["series"].as_array().unwrap();
        let names = graph["names"].as_array().unwrap();
        assert!(graph["at"].as_array().unwrap().iter().all(|at| (0.0..=1.0).contains(&at.as_f64().unwrap())));
        for (place, load) in names.iter().enumerate() {
            let lines = series.iter().map(|line| {
                assert_eq!(line["at"].as_array().unwrap().len(), names.len());
                escape(&format!("{}: {}", line["name"].as_str().unwrap(), line["values"][place].as_str().unwrap()))
            });
            let tip = figure.split_once(&format!("<title>{}\n", escape(load.as_str().unwrap()))).unwrap().1;
            let tip: Vec<&str> = tip.split_once("</title>").unwrap().0.lines().collect();
            let lines: Vec<String> = lines.collect();
            assert!(
                lines.len() == tip.len() && lines.iter().all(|line| tip.contains(&line.as_str())),
                "{lines:?} {tip:?}"
            );
        }
    }
}

#[test]
fn the_page_ends_with_its_command_and_its_data() {
    let page = page(&plan(2, vec![plan_side("v", &["all"], &points(), None)]));
    let footer = text(&page).split_once("tollgate plan c650-week").unwrap().1.to_owned();
    assert_eq!(footer, " Scenario c650-week \u{b7} Tollgate 1.2.3 \u{b7} the same plan as data: plan.csv , plan.json");
    assert!(page.contains("<code>tollgate plan c650-week</code>") && page.contains("href=\"plan.csv\""));
}

#[test]
fn tables_and_the_curves_of_single_appliances_are_folded() {
    let page = page(&plan(2, vec![plan_side("v", &["all", "one"], &points(), None)]));
    let sections = page.split("<summary>").skip(1).map(|rest| rest.split_once("</details>").unwrap().0);
    let folded: Vec<(&str, bool)> =
        sections.map(|section| (section.split(['<', '>']).nth(2).unwrap(), section.contains("<table"))).collect();
    let expected = [("Curves of one", false), ("All figures, all appliances", true), ("All figures, one", true)];
    assert_eq!(folded, expected);
    assert_eq!(page.matches("<table").count(), 2);
}
