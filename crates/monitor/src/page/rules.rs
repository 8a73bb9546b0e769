//! The switch between counting rules, and the summary of a comparison.

use tollgate_wording::count;

use super::definition::PartDefinition;
use super::figures::TableFigures;
use super::request::PageRequest;
use super::view::{LinkView, RulesView};

/// The switch, for a part with tables that depend on the rule.
pub(super) fn switch(request: &PageRequest<'_>, part: &PartDefinition, figures: &[TableFigures]) -> RulesView {
    let plain = request.url.clone().without("rule");
    let own = &request.own_rules;
    let own_is_shown = request.rule.is_none_or(|rule| rule.name == *own);
    let choice =
        [LinkView { name: format!("{own} (the appliance's own)"), url: plain.to_string(), current: own_is_shown }];
    let others = request.site.catalogue.rules().iter().filter(|rule| rule.name != *own).map(|rule| LinkView {
        name: rule.name.clone(),
        url: plain.clone().with("rule", &rule.name).to_string(),
        current: request.rule.is_some_and(|current| current.name == rule.name),
    });
    let compares = request.truth.is_some();
    let side_by_side = request.url.clone().without("compare");
    let side_by_side = if compares { side_by_side } else { side_by_side.with("compare", "truth") };
    RulesView {
        choices: choice.into_iter().chain(others).collect(),
        definition: definition(request),
        compare: LinkView {
            name: String::from("Side by side with the truth"),
            url: side_by_side.to_string(),
            current: compares,
        },
        sentence: compares.then(|| sentence(part, figures)),
    }
}

fn definition(request: &PageRequest<'_>) -> String {
    let own = &request.own_rules;
    let rule = request.rule.or_else(|| request.site.catalogue.rule(own));
    rule.map_or_else(|| format!("Each appliance uses its own counting rule: {own}."), |rule| rule.definition.clone())
}

/// The counted connections beside the messages, and the number of connections that are missing or counted twice.
fn sentence(part: &PartDefinition, figures: &[TableFigures]) -> String {
    let find = |name: &str| {
        part.tables.iter().zip(figures).find_map(|(table, TableFigures { counted, truth })| {
            let column = table.table.columns.iter().position(|column| column.name == name)?;
            Some((counted.sums[column], truth.as_ref().unwrap_or(counted).sums[column]))
        })
    };
    let figure = |name: &str| find(name).unwrap_or_default();
    let categories = [
        "Successful - Required",
        "Successful - Preferred",
        "Failed - TLS Required",
        "Failed - Preferred",
        "Unencrypted Connections",
    ]
    .map(figure);
    let encrypted = categories[0].0 + categories[1].0;
    let (clear, (clear_messages, _)) = (categories[4].0, figure("Unencrypted"));
    let missing: u64 = categories.iter().map(|(counted, truth)| truth.saturating_sub(*counted)).sum();
    let extra: u64 = categories.iter().map(|(counted, truth)| counted.saturating_sub(*truth)).sum();
    if missing == 0 && extra == 0 {
        return String::from("No difference: every connection in this range is counted once, in its true category.");
    }
    let in_clear = if clear == 0 { String::from("no") } else { count(clear) };
    let mut text = format!(
        "The tables show {} encrypted and {in_clear} unencrypted connections, but {} unencrypted messages. ",
        count(encrypted),
        count(clear_messages)
    );
    match (missing, extra) {
        (missing, 0) => text += &format!("{} connections are not counted.", count(missing)),
        (0, extra) => text += &format!("{} connections are counted twice.", count(extra)),
        (missing, extra) => {
            text += &format!(
                "{} connections are missing from their true category, and {} are counted in a wrong one.",
                count(missing),
                count(extra)
            );
        }
    }
    text
}
