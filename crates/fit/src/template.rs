//! The template: a scenario with the values that exports cannot tell.

use tollgate_scenario::Scenario;
use toml::Value;

use crate::draft::{Origin, ScenarioDraft};

/// A scenario with the values that exports cannot tell.
#[derive(Clone, Debug)]
pub struct Template {
    name: String,
    scenario: Value,
}

impl Template {
    /// A template with a name, which comments of the fitted scenario give.
    pub fn new(name: &str, scenario: &Scenario) -> Template {
        let scenario = Value::try_from(scenario).expect("a scenario can be written");
        Template { name: name.to_owned(), scenario }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The share of the accepted connections that use TLS.
    fn tls(&self) -> f64 {
        let mut all = (0.0, 0.0);
        for class in self.list("incoming").iter().filter(|class| number(class, "spam") < 0.5) {
            let connections = number(class, "connections_per_week");
            all = (all.0 + connections * number(class, "starttls"), all.1 + connections);
        }
        if all.1 > 0.0 { all.0 / all.1 } else { 0.0 }
    }

    /// The template whose share of TLS is nearest to that of the exports.
    ///
    /// # Panics
    /// If there is no template.
    pub(crate) fn nearest(templates: Vec<Template>, tls: f64) -> Template {
        let apart = |template: &Template| (template.tls() - tls).abs();
        let nearest = templates.into_iter().min_by(|one, other| apart(one).total_cmp(&apart(other)));
        nearest.expect("a fit has a template")
    }

    /// Writes the limits of an appliance.
    pub(crate) fn write_limits(&self, document: &mut ScenarioDraft) {
        if let Some(limits) = self.list("appliances").first().and_then(|appliance| appliance.get("limits")) {
            document.section("[appliances.limits]", "limits");
            self.write(
                document,
                limits,
                &["outbound_connections", "queue_kib", "queue_warning", "suspend_above", "resume_at"],
            );
        }
    }

    /// Writes the limits of the public listener.
    pub(crate) fn write_listener(&self, document: &mut ScenarioDraft) {
        let is_public = |listener: &&Value| listener.get("kind").and_then(Value::as_str) == Some("public");
        if let Some(listener) = self.list("listeners").iter().find(is_public) {
            self.write(document, listener, &["rejected_for", "max_connections"]);
        }
    }

    /// Writes the durations of sessions of a class of incoming mail: those of the largest class of spam, or of other mail.
    pub(crate) fn write_session(&self, document: &mut ScenarioDraft, is_spam: bool) {
        let classes = self.list("incoming").iter().filter(|class| (number(class, "spam") > 0.5) == is_spam);
        let size = |class: &&Value| number(class, "connections_per_week");
        if let Some(class) = classes.max_by(|one, other| size(one).total_cmp(&size(other))) {
            self.write(document, class, &["session"]);
        }
    }

    /// Writes the durations of sessions and the retries of outgoing mail.
    pub(crate) fn write_flow(&self, document: &mut ScenarioDraft) {
        if let Some(flow) = self.list("outgoing").first() {
            self.write(document, flow, &["session", "retry"]);
        }
    }

    fn list(&self, key: &str) -> &[Value] {
        self.scenario.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// Writes the keys that a table of the template has.
    fn write(&self, document: &mut ScenarioDraft, table: &Value, keys: &[&str]) {
        let how = format!("as in {}", self.name);
        for (key, value) in keys.iter().filter_map(|key| Some((key, table.get(key)?))) {
            document.value(key, value, Origin::Assumed, &how);
        }
    }
}

/// A number of a class, or 0.
fn number(class: &Value, key: &str) -> f64 {
    class.get(key).and_then(Value::as_float).unwrap_or_default()
}
