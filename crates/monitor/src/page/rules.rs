//! The switch between counting rules, and what comparing them shows.

use tollgate_wording::count;

use super::asked::{Asked, Made};
use super::layout::Part;
use super::view::{Choice, RulesView};

/// The switch, for a part whose tables depend on the rule.
pub(super) fn view(asked: &Asked<'_>, part: &Part, made: &[Made]) -> RulesView {
    let plain = asked.here.clone().without("rule");
    let own = asked.own_rules();
    let own_is_shown = asked.rule.is_none_or(|rule| rule.name == own);
    let choice = [Choice { name: format!("{own} (the appliance's own)"), url: plain.url(), current: own_is_shown }];
    let others = asked.site.catalogue.rules().iter().filter(|rule| rule.name != own).map(|rule| Choice {
        name: rule.name.clone(),
        url: plain.clone().with("rule", &rule.name).url(),
        current: asked.rule.is_some_and(|current| current.name == rule.name),
    });
    let compares = asked.truth.is_some();
    let side_by_side = asked.here.clone().without("compare");
    let side_by_side = if compares { side_by_side } else { side_by_side.with("compare", "truth") };
    RulesView {
        choices: choice.into_iter().chain(others).collect(),
        definition: definition(asked),
        compare: Choice {
            name: String::from("Side by side with the truth"),
            url: side_by_side.url(),
            current: compares,
        },
        sentence: compares.then(|| sentence(part, made)),
    }
}

fn definition(asked: &Asked<'_>) -> String {
    let own = asked.own_rules();
    let rule = asked.rule.or_else(|| asked.site.catalogue.rule(&own));
    rule.map_or_else(|| format!("Each appliance counts by its own rule: {own}."), |rule| rule.definition.clone())
}

/// What is going on, in figures: connections as they are counted beside messages, and what became of the difference.
fn sentence(part: &Part, made: &[Made]) -> String {
    let find = |name: &str| {
        part.blocks.iter().zip(made).find_map(|(block, made)| {
            let column = block.table.columns.iter().position(|column| column.name == name)?;
            Some((made.sums[column], made.truth.as_ref().map_or(made.sums[column], |truth| truth[column])))
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
        return String::from("Nothing is hidden: in this range every connection is counted once, as it truly was.");
    }
    let in_clear = if clear == 0 { String::from("none") } else { count(clear) };
    let mut text = format!(
        "{} connections encrypted and {in_clear} in clear, yet {} messages in clear: ",
        count(encrypted),
        count(clear_messages)
    );
    match (missing, extra) {
        (missing, 0) => text += &format!("{} connections are not counted.", count(missing)),
        (0, extra) => text += &format!("{} connections are counted twice.", count(extra)),
        (missing, extra) => {
            text += &format!(
                "{} connections are not counted where they belong, and {} are counted where they do not.",
                count(missing),
                count(extra)
            );
        }
    }
    text
}
