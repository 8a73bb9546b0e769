//! The settings of TLS for destinations, and the moment at which the default changes.

use std::collections::BTreeMap;

use crate::destinations::{DestinationFigures, TlsUse};
use crate::draft::{Origin, ScenarioDraft, quoted};
use crate::evidence::Evidence;
use crate::names::NameKind;
use crate::options::{FitMode, FitOptions};
use crate::values::moment;

/// Writes the settings of TLS. Connections in clear are no proof of the setting No.
pub(crate) fn write_controls(
    document: &mut ScenarioDraft,
    evidence: &Evidence<'_>,
    destinations: &BTreeMap<&str, DestinationFigures>,
    options: &FitOptions,
) {
    let summary = evidence.figures.table(27);
    let is_preferred = destinations.values().any(|figures| figures.tls() == TlsUse::Preferred)
        || destinations.is_empty()
            && summary
                .is_some_and(|table| table.sum_of("Successful - Preferred") + table.sum_of("Failed - Preferred") > 0.0);
    document.section("[destination_controls]", "destination controls");
    let switch = is_preferred.then(|| find_switch(evidence)).flatten();
    let is_typical = options.mode == FitMode::Typical;
    let (default, how) = match (is_preferred, switch) {
        (true, Some(_)) if is_typical => ("preferred", "since the first connection under Preferred"),
        (true, Some(_)) => ("no", "until the first connection under Preferred"),
        (true, None) => ("preferred", "some destinations have connections under Preferred"),
        _ => ("no", "no destination used Preferred; some may still have this setting"),
    };
    document.value("default", quoted(default), Origin::Fitted, how);
    let required = destinations.iter().filter(|(_, figures)| figures.tls() == TlsUse::Required);
    let entry = |(domain, _): (&&str, &DestinationFigures)| {
        format!(
            "    {{ domain = {}, tls = \"required\" }},\n",
            quoted(&options.pseudonyms.of(NameKind::Domain, domain))
        )
    };
    let list: String = required.map(entry).collect();
    if !list.is_empty() {
        document.long_value("domains", format!("[\n{list}]"), Origin::Exact, "they have connections under Required");
    }
    if let Some(at) = switch.filter(|_| !is_typical) {
        document.section("[[events]]", "change of the default setting of TLS");
        document.value("at", moment(at), Origin::Exact, "the interval of the first connection under Preferred");
        document.line("destination_control", "{ domain = \"default\", tls = \"preferred\" }");
    }
}

/// The beginning of the first interval with connections under Preferred, if there is too much mail before it for that to be chance.
fn find_switch(evidence: &Evidence<'_>) -> Option<i64> {
    const SURELY: f64 = 20.0;
    let preferred = evidence.series(&[(27, &["Successful - Preferred", "Failed - Preferred"])])?;
    let clear = evidence.series(&[(27, &["Unencrypted Connections"])])?;
    let first = preferred.iter().position(|count| *count > 0.0)?;
    let before: f64 = clear[..first].iter().sum();
    let (after, under): (f64, f64) = (clear[first..].iter().sum(), preferred.iter().sum());
    let expected = before * under / (after + under).max(1.0);
    (expected > SURELY).then_some(evidence.grid.begin + first as i64 * evidence.grid.step)
}
