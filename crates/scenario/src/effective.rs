//! Writes every value of a scenario as TOML.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::scenario::Scenario;
use crate::schema::{ValueSchema, format_schema};
use crate::text::ScenarioText;

impl ScenarioText {
    /// Writes every value of this text's scenario as TOML, which reads as the same scenario.
    ///
    /// The comment `# default` marks the values that neither the file nor an override sets. TOML cannot show an optional value
    /// that is not set, so a comment states its default.
    pub fn effective(&self, scenario: &Scenario) -> String {
        let written = scenario.to_toml();
        let effective = DeTable::parse(&written).map(Spanned::into_inner).unwrap_or_default();
        let mut comments = Comments { written: &written, found: Vec::new() };
        comments.add_table(&effective, 0, Some(self.tree().root()), format_schema());
        comments.insert()
    }
}

impl Scenario {
    /// Every value as TOML, each on a line of its own.
    pub(crate) fn to_toml(&self) -> String {
        toml::to_string(self).expect("TOML has all types that a scenario consists of")
    }
}

/// The comments of a written scenario.
struct Comments<'t> {
    written: &'t str,
    /// The position of each comment, the end of a line, and its text.
    found: Vec<(usize, String)>,
}

impl Comments<'_> {
    /// Adds the comments of a table and of everything in it. `heading_end` is the end of the line above its values.
    fn add_table(&mut self, table: &DeTable<'_>, heading_end: usize, given: Option<&DeTable<'_>>, schema: ValueSchema) {
        let mut values_end = heading_end;
        for (key, value) in table {
            let inner = schema.property(key.get_ref());
            let given = given.and_then(|given| given.get(key.get_ref().as_ref())).map(Spanned::get_ref);
            match (value.get_ref(), inner) {
                (DeValue::Table(inner_table), Some(inner)) => {
                    let given = given.and_then(DeValue::as_table);
                    self.add_table(inner_table, self.line_end(value.span().start), given, inner);
                }
                (DeValue::Array(elements), Some(inner))
                    if elements.first().is_some_and(|first| first.get_ref().is_table()) =>
                {
                    let given = given.and_then(DeValue::as_array);
                    for (index, element) in elements.iter().enumerate() {
                        let given = given.and_then(|given| given.get(index)?.get_ref().as_table());
                        if let (DeValue::Table(table), Some(item)) = (element.get_ref(), inner.item(index)) {
                            self.add_table(table, self.line_end(element.span().start), given, item);
                        }
                    }
                }
                _ => {
                    let end = self.line_end(value.span().end);
                    values_end = values_end.max(end);
                    if given.is_none() {
                        self.found.push((end, "  # default".into()));
                    }
                }
            }
        }
        for key in schema.properties().into_iter().filter(|&key| !table.contains_key(key)) {
            if let Some(default) = schema.described_default(key) {
                self.found.push((values_end, format!("\n# {key} is not set. Default: {}", default.replace('\n', " "))));
            }
        }
    }

    /// The end of the line of a position.
    fn line_end(&self, position: usize) -> usize {
        self.written[position..].find('\n').map_or(self.written.len(), |length| position + length)
    }

    /// The text with its comments.
    fn insert(mut self) -> String {
        self.found.sort_by_key(|&(position, _)| position);
        let mut text = String::new();
        let mut begin = 0;
        for (position, comment) in self.found {
            text += &self.written[begin..position];
            text += &comment;
            begin = position;
        }
        text + &self.written[begin..]
    }
}
