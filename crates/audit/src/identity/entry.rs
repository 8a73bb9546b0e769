//! Reads identities from TOML and resolves the names of their columns.

use std::collections::BTreeMap;

use serde::Deserialize;
use tollgate_catalogue::{CatalogueError, ColumnKind, Table};
use tollgate_wording::list;
use toml::Spanned;

use super::check::{
    Aggregation, ColumnPlace, Constant, Expression, Identity, IdentityCheck, IdentityRule, Per, Relation, Rounding,
    Severity, Term,
};
use super::source::table_of;
use crate::reader::later_columns;

/// Reads the identities of a file.
pub(super) fn read(file: &str, text: &str) -> Result<Vec<Identity>, CatalogueError> {
    let malformed = |source| CatalogueError::Malformed { file: file.into(), source: Box::new(source) };
    let entries: File = toml::from_str(text).map_err(malformed)?;
    let context = Context { file, text, spaces: &entries.spaces };
    let mut list: Vec<Identity> = Vec::new();
    for entry in entries.identity {
        let (start, entry) = (entry.span().start, entry.into_inner());
        if list.iter().any(|other| other.name == entry.name) {
            return context.refuse(start, "name", entry.name, "a name that no other identity has");
        }
        list.push(context.identity(entry)?);
    }
    Ok(list)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    spaces: BTreeMap<String, Vec<String>>,
    identity: Vec<Spanned<IdentityEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IdentityEntry {
    name: String,
    kind: Option<Notice>,
    finding: String,
    states: String,
    meaning: String,
    meaning_of_notice: Option<String>,
    explained_by: Option<String>,
    rule: Option<IdentityRule>,
    #[serde(default)]
    needs_all_connections: bool,
    #[serde(default)]
    check: Vec<Spanned<CheckEntry>>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Notice {
    Notice,
}

/// A check. Exactly one of `equals`, `at_most`, `needs` and `carried_by` is set; it is the relation.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckEntry {
    per: String,
    #[serde(default)]
    each: Vec<String>,
    left: Terms,
    equals: Option<Terms>,
    at_most: Option<Terms>,
    needs: Option<Terms>,
    carried_by: Option<Terms>,
    of: Option<Terms>,
    times: Option<f64>,
    within: Option<f64>,
    below: Option<Notice>,
    cut: Option<Notice>,
    longest: Option<Notice>,
    #[serde(default)]
    mixed_units: bool,
    #[serde(default)]
    if_equal: Vec<Terms>,
    #[serde(default)]
    witnesses: Vec<Terms>,
    #[serde(default)]
    perhaps: Vec<Terms>,
    unless: Option<Spanned<String>>,
}

type Terms = Vec<Spanned<String>>;

/// The file that is being read.
struct Context<'a> {
    file: &'a str,
    text: &'a str,
    /// The headings of the key columns of each space, by the name of the space.
    spaces: &'a BTreeMap<String, Vec<String>>,
}

impl Context<'_> {
    fn identity(&self, entry: IdentityEntry) -> Result<Identity, CatalogueError> {
        let severity = if entry.kind.is_some() { Severity::Notice } else { Severity::Break };
        let mut checks = Vec::new();
        for check in entry.check {
            let (start, check) = (check.span().start, check.into_inner());
            if check.each.is_empty() {
                checks.push(self.check(start, &check, "{}", severity)?);
            }
            for each in &check.each {
                checks.push(self.check(start, &check, each, severity)?);
            }
        }
        Ok(Identity {
            name: entry.name,
            finding: entry.finding,
            states: entry.states,
            meaning: entry.meaning,
            meaning_of_notice: entry.meaning_of_notice,
            explained_by: entry.explained_by,
            rule: entry.rule,
            needs_all_connections: entry.needs_all_connections,
            checks,
        })
    }

    fn check(
        &self,
        start: usize,
        entry: &CheckEntry,
        each: &str,
        severity: Severity,
    ) -> Result<IdentityCheck, CatalogueError> {
        let sum = |terms: &Terms| terms.iter().map(|term| self.term(term, each)).collect::<Result<Expression, _>>();
        let (relation, right) = match (&entry.equals, &entry.at_most, &entry.needs, &entry.carried_by) {
            (Some(right), None, None, None) => (Relation::Equals, right),
            (None, Some(right), None, None) => (Relation::AtMost, right),
            (None, None, Some(right), None) => (Relation::Needs, right),
            (None, None, None, Some(right)) => (Relation::CarriedBy, right),
            _ => return self.refuse(start, "check", "none or several", "one of equals, at_most, needs and carried_by"),
        };
        if !matches!(entry.if_equal.len(), 0 | 2) {
            return self.refuse(start, "if_equal", format!("{} sums", entry.if_equal.len()), "two sums");
        }
        let mut check = IdentityCheck {
            per: Per::Row,
            left: sum(&entry.left)?,
            relation,
            right: sum(right)?,
            of: entry.of.as_ref().map(&sum).transpose()?,
            times: entry.times.unwrap_or(1.0),
            if_equal: entry.if_equal.iter().map(sum).collect::<Result<_, _>>()?,
            witnesses: entry.witnesses.iter().map(sum).collect::<Result<_, _>>()?,
            perhaps: entry.perhaps.iter().map(sum).collect::<Result<_, _>>()?,
            unless: self.unless(entry.unless.as_ref(), each)?,
            within: entry.within.unwrap_or(0.0),
            below: if entry.below.is_some() { Severity::Notice } else { severity },
            above: severity,
            is_notice_if_cut: entry.cut.is_some(),
            is_notice_if_longest: entry.longest.is_some(),
            has_mixed_units: entry.mixed_units || relation == Relation::Needs,
            tables: Vec::new(),
            is_rounded: false,
        };
        let places: Vec<ColumnPlace> = check.places().collect();
        check.tables = places.iter().map(|place| place.table).collect();
        check.tables.sort_unstable();
        check.tables.dedup();
        let terms = || check.sums().flatten();
        let is_whole = matches!(entry.per.as_str(), "interval" | "span");
        if !is_whole && terms().any(|term| term.places.len() > 1 || term.way == Aggregation::Share) {
            return self.refuse(
                start,
                "per",
                &entry.per,
                "interval or span, because the check has a product of columns or a share",
            );
        }
        // A product of columns is only right within one interval.
        let has_product = terms().any(|term| term.places.len() > 1);
        check.is_rounded = has_product || places.iter().any(|place| place.rounding != Rounding::None);
        check.per = self.per(start, &entry.per, &check)?;
        Ok(check)
    }

    fn per(&self, start: usize, per: &str, check: &IdentityCheck) -> Result<Per, CatalogueError> {
        match per {
            "row" if check.tables.len() == 1 => Ok(Per::Row),
            "row" => self.refuse(start, "per", per, "interval, span or a key, because the check has several tables"),
            "interval" => Ok(Per::Interval),
            "span" => Ok(Per::Span),
            name => {
                let mut columns = Vec::new();
                for &number in &check.tables {
                    let key = name.split(" and ").map(|space| self.column_of_space(start, space, table_of(number)));
                    columns.push((number, key.collect::<Result<_, _>>()?));
                }
                Ok(Per::Key { name: name.into(), columns })
            }
        }
    }

    /// The key column of a table whose values are of a space.
    fn column_of_space(&self, start: usize, space: &str, table: Option<&Table>) -> Result<usize, CatalogueError> {
        let Some(headings) = self.spaces.get(space) else {
            let spaces = list(self.spaces.keys());
            let allowed = format!("row, interval, span, or one or more of these joined by \" and \": {spaces}");
            return self.refuse(start, "per", space, allowed);
        };
        let columns = table.map(|table| table.columns.as_slice()).unwrap_or_default();
        let is_key =
            |column: &tollgate_catalogue::Column| column.kind() == ColumnKind::Key && headings.contains(&column.name);
        match columns.iter().position(is_key) {
            Some(place) => Ok(place),
            None => self.refuse(start, "per", space, "a space that has a key column in every table of the check"),
        }
    }

    fn term(&self, entry: &Spanned<String>, each: &str) -> Result<Term, CatalogueError> {
        const WAYS: [(&str, Aggregation); 2] = [("greatest ", Aggregation::Greatest), ("share ", Aggregation::Share)];
        let text = entry.get_ref().replace("{}", each);
        let start = entry.span().start;
        let (is_optional, text) = text.strip_prefix("also ").map_or((false, text.as_str()), |rest| (true, rest));
        let found = WAYS.iter().find_map(|(prefix, way)| Some((*way, text.strip_prefix(prefix)?)));
        let (way, product) = found.unwrap_or((Aggregation::Sum, text));
        let mut term = Term { number: 1.0, constants: Vec::new(), places: Vec::new(), way, is_optional };
        for factor in product.split(" * ") {
            match factor {
                "multiplier" => term.constants.push(Constant::Multiplier),
                "max_per_connection" => term.constants.push(Constant::MaxPerConnection),
                "seconds" => term.constants.push(Constant::Seconds),
                _ => match factor.parse::<f64>() {
                    Ok(number) => term.number *= number,
                    Err(_) => term.places.push(self.place(start, factor, way)?),
                },
            }
        }
        Ok(term)
    }

    fn place(&self, start: usize, factor: &str, way: Aggregation) -> Result<ColumnPlace, CatalogueError> {
        let (number, name) = factor.split_once(": ").unwrap_or((factor, ""));
        let Some(table) = number.parse().ok().and_then(table_of).filter(|table| table.timestamps) else {
            return self.refuse(start, "table", factor, "\"TABLE: COLUMN\" of a table with timestamps");
        };
        let names = || table.columns.iter().map(|column| column.name.as_str());
        let with_later = names().chain(later_columns(table.number).map(|column| column.name));
        let Some(column) = with_later.into_iter().position(|column| column == name) else {
            return self.refuse(start, "column", factor, format!("one of {}", list(names())));
        };
        let kind = table.columns.get(column).map_or(ColumnKind::Count, tollgate_catalogue::Column::kind);
        let rounding = match (way, kind) {
            (_, ColumnKind::Key | ColumnKind::Attribute) => {
                return self.refuse(start, "column", factor, "a column of numbers");
            }
            (Aggregation::Share, _) | (_, ColumnKind::Percent) => Rounding::OneDecimal,
            (_, ColumnKind::Number) => Rounding::TwelveDigits,
            (_, ColumnKind::Count) => Rounding::None,
        };
        Ok(ColumnPlace { table: table.number, column, rounding })
    }

    fn unless(&self, entry: Option<&Spanned<String>>, each: &str) -> Result<Option<ColumnPlace>, CatalogueError> {
        let place = |entry: &Spanned<String>| {
            self.place(entry.span().start, &entry.get_ref().replace("{}", each), Aggregation::Sum)
        };
        entry.map(place).transpose()
    }

    fn refuse<T>(
        &self,
        start: usize,
        field: &str,
        found: impl Into<String>,
        allowed: impl Into<String>,
    ) -> Result<T, CatalogueError> {
        Err(CatalogueError::Unresolved {
            file: self.file.into(),
            line: 1 + self.text.bytes().take(start).filter(|&byte| byte == b'\n').count(),
            field: field.into(),
            found: found.into(),
            allowed: allowed.into(),
        })
    }
}
