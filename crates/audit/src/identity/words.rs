//! Describes the sums of a check in words.

use std::fmt::Write;

use super::check::{Aggregation, Constant, Expression, IdentityCheck, Term};
use super::source::{column_name, stem, table_of};

impl IdentityCheck {
    /// The left side in words.
    pub(super) fn describe_left(&self) -> String {
        describe_sum(&self.left)
    }

    /// The right side in words.
    pub(super) fn describe_right(&self) -> String {
        let mut right = describe_sum(&self.right);
        for sum in &self.perhaps {
            // Writing into a string cannot fail.
            let _ = write!(right, " (perhaps + {})", describe_sum(sum));
        }
        let Some(of) = &self.of else { return right };
        let enclosed = |sum: &Expression, text: String| if sum.len() > 1 { format!("({text})") } else { text };
        let times = if self.times == 1.0 { String::new() } else { format!("{} × ", self.times) };
        format!("{times}{} / {}", enclosed(&self.right, right), enclosed(of, describe_sum(of)))
    }

    /// The condition of the check in words, if two sums must be equal.
    pub(super) fn describe_condition(&self) -> Option<String> {
        let [one, other] = self.if_equal.as_slice() else { return None };
        Some(format!("{} equals {} and is not 0", describe_sum(one), describe_sum(other)))
    }
}

/// A sum in words: terms of one table stand together, followed by its name.
fn describe_sum(sum: &Expression) -> String {
    let table = |term: &Term| term.places.first().map(|place| place.table);
    let runs = sum.chunk_by(|left, right| table(left) == table(right) && left.places.len() + right.places.len() == 2);
    let mut parts = Vec::new();
    for run in runs {
        let terms: Vec<String> = run.iter().map(describe_term).collect();
        let mut part = terms.join(" + ");
        let mut tables: Vec<u32> = run.iter().flat_map(|term| &term.places).map(|place| place.table).collect();
        tables.dedup();
        let names: Vec<&str> = tables.into_iter().filter_map(table_of).map(stem).collect();
        if !names.is_empty() {
            // Writing into a string cannot fail.
            let _ = write!(part, " of {}", names.join(" and "));
        }
        parts.push(part);
    }
    parts.join(" + ")
}

fn describe_term(term: &Term) -> String {
    let constants = term.constants.iter().map(|constant| match constant {
        Constant::Multiplier => "multiplier".to_owned(),
        Constant::MaxPerConnection => "max-per-connection".to_owned(),
        Constant::Seconds => "seconds".to_owned(),
    });
    let columns = term.places.iter().map(|place| column_name(*place).to_owned());
    let number = (term.number != 1.0 || term.places.is_empty()).then(|| term.number.to_string());
    let product: Vec<String> = number.into_iter().chain(constants).chain(columns).collect();
    let way = match term.way {
        Aggregation::Sum => "",
        Aggregation::Greatest => "greatest ",
        Aggregation::Share => "percentage of ",
    };
    let condition = if term.is_optional { " (if the file has it)" } else { "" };
    format!("{way}{}{condition}", product.join(" × "))
}
