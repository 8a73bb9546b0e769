//! The description of a run's exports for programs that read them: a Data Package, version 2 (<https://datapackage.org>).
//!
//! It lists the columns of each file with their types, so that readers need not guess them. Equal runs have equal descriptions.

use anyhow::Result;
use serde::Serialize;
use tollgate_catalogue::{Attribute, Catalogue, Column, ColumnContent, KeyPart, Table};

use super::MANIFEST;
use super::manifest::{FileEntry, TOOL};

const PACKAGE_PROFILE: &str = "https://datapackage.org/profiles/2.0/datapackage.json";
const RESOURCE_PROFILE: &str = "https://datapackage.org/profiles/2.0/dataresource.json";

/// The text of the exports for an address without an SBRS.
const NO_SCORE: &str = "None";

/// Types and definitions of the four columns that every table with timestamps begins with.
const TIMES: [(FieldType, &str); 4] = [
    (FieldType::Number, "First second of the interval, in seconds since the Unix epoch."),
    (FieldType::Number, "Last second of the interval, in seconds since the Unix epoch."),
    (FieldType::Moment, "First minute of the interval, in GMT."),
    (FieldType::Moment, "Last minute of the interval, in GMT."),
];

/// The exports of a run.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct DataPackage {
    #[serde(rename = "$schema")]
    profile: &'static str,
    name: String,
    description: String,
    /// Not part of the standard. Tollgate does not replace a description without it, because somebody else wrote that one.
    tool: &'static str,
    resources: Vec<TableResource>,
}

/// The export of one table of one appliance.
#[derive(Clone, Debug, Serialize)]
struct TableResource {
    #[serde(rename = "$schema")]
    profile: &'static str,
    name: String,
    #[serde(rename = "type")]
    kind: &'static str,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    path: String,
    format: &'static str,
    mediatype: &'static str,
    encoding: &'static str,
    bytes: u64,
    hash: String,
    dialect: CsvDialect,
    schema: TableSchema,
}

/// The CSV format of the files.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct CsvDialect {
    header: bool,
    delimiter: &'static str,
    line_terminator: &'static str,
    quote_char: &'static str,
    double_quote: bool,
}

/// The columns of a table.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TableSchema {
    fields: Vec<TableField>,
    /// The missing values of all columns without a list of their own. If this were left out, an empty text would be a missing value.
    missing_values: &'static [&'static str],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    primary_key: Vec<String>,
}

/// A column. Its name is its heading.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct TableField {
    name: String,
    #[serde(flatten)]
    field_type: FieldType,
    description: String,
    /// The missing values, if they are not those of the table.
    #[serde(skip_serializing_if = "Option::is_none")]
    missing_values: Option<&'static [&'static str]>,
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(into = "FieldFormat")]
enum FieldType {
    Text,
    Integer,
    Number,
    /// `Yes` or `No`.
    Flag,
    /// A date and time in GMT, to the minute.
    Moment,
}

/// A type as the standard writes it.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct FieldFormat {
    #[serde(rename = "type")]
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    true_values: Option<[&'static str; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    false_values: Option<[&'static str; 1]>,
}

impl DataPackage {
    /// The description of the exports among the files of a run. Other files are left out.
    pub(crate) fn new(scenario: &str, files: &[FileEntry]) -> Self {
        DataPackage {
            profile: PACKAGE_PROFILE,
            name: scenario.into(),
            description: format!("Simulated exports of a mail gateway. {MANIFEST} describes the run."),
            tool: TOOL,
            resources: files.iter().filter_map(TableResource::new).collect(),
        }
    }

    /// The description as text.
    ///
    /// # Errors
    /// None in practice.
    pub(crate) fn to_text(&self) -> Result<String> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }
}

impl TableResource {
    /// The description of a file, if it is an export.
    fn new(entry: &FileEntry) -> Option<Self> {
        let (appliance, file) = entry.path.rsplit_once('/')?;
        let table = Catalogue::builtin().tables().iter().find(|table| table.file == file)?;
        Some(TableResource {
            profile: RESOURCE_PROFILE,
            // File names of tables have no dot before their extension, so no two resources have the same name.
            name: format!("{appliance}.{}", file.strip_suffix(".csv").unwrap_or(file)),
            kind: "table",
            title: table.title.clone(),
            description: table.reading.clone(),
            path: entry.path.clone(),
            format: "csv",
            mediatype: "text/csv",
            encoding: "utf-8",
            bytes: entry.bytes,
            hash: format!("sha256:{}", entry.sha256),
            dialect: CsvDialect {
                header: true,
                delimiter: ",",
                line_terminator: "\r\n",
                quote_char: "\"",
                double_quote: true,
            },
            schema: TableSchema::new(table),
        })
    }
}

impl TableSchema {
    fn new(table: &Table) -> Self {
        let has_scores =
            table.columns.iter().any(|column| matches!(column.content, ColumnContent::Attribute(Attribute::Sbrs)));
        let headings = table.headings().count() - table.columns.len();
        let times = table.headings().zip(TIMES).take(headings).map(|(name, (field_type, definition))| TableField {
            name: name.into(),
            field_type,
            description: definition.into(),
            missing_values: None,
        });
        let is_key = |column: &&Column| matches!(column.content, ColumnContent::Key { .. });
        let keys = table.columns.iter().filter(is_key).map(|column| column.name.clone());
        TableSchema {
            primary_key: table.headings().take(headings.min(1)).map(str::to_owned).chain(keys).collect(),
            fields: times.chain(table.columns.iter().map(|column| TableField::new(column, has_scores))).collect(),
            // Version 1 of the standard has missing values for tables only.
            missing_values: if has_scores { &[NO_SCORE] } else { &[] },
        }
    }
}

impl TableField {
    /// A column of a table with or without scores.
    fn new(column: &Column, has_scores: bool) -> Self {
        let field_type = FieldType::of(&column.content);
        TableField {
            name: column.name.clone(),
            field_type,
            description: [Some(&column.definition), column.reading.as_ref()]
                .into_iter()
                .flatten()
                .map(String::as_str)
                .collect::<Vec<_>>()
                .join(" "),
            // A sender group may be called `None`, which is not a missing value.
            missing_values: (has_scores && field_type == FieldType::Text).then_some(&[]),
        }
    }
}

impl FieldType {
    fn of(content: &ColumnContent) -> Self {
        match content {
            ColumnContent::Key { key: KeyPart::OutbreakId, .. } => FieldType::Integer,
            // The other parts of keys are names and addresses.
            ColumnContent::Key { .. } => FieldType::Text,
            ColumnContent::Attribute(attribute) => match attribute {
                Attribute::Hostname | Attribute::LastSenderGroup => FieldType::Text,
                Attribute::DnsVerified => FieldType::Flag,
                Attribute::Sbrs => FieldType::Number,
                Attribute::FirstSeen | Attribute::ProtectionTime => FieldType::Integer,
            },
            ColumnContent::Sum(_) => FieldType::Integer,
            ColumnContent::Average { .. } | ColumnContent::Percent { .. } => FieldType::Number,
        }
    }
}

impl From<FieldType> for FieldFormat {
    fn from(field: FieldType) -> Self {
        let plain = |name| FieldFormat { name, ..FieldFormat::default() };
        match field {
            FieldType::Text => plain("string"),
            FieldType::Integer => plain("integer"),
            FieldType::Number => plain("number"),
            FieldType::Flag => {
                FieldFormat { true_values: Some(["Yes"]), false_values: Some(["No"]), ..plain("boolean") }
            }
            FieldType::Moment => FieldFormat { format: Some("%Y-%m-%d %H:%M GMT"), ..plain("datetime") },
        }
    }
}
