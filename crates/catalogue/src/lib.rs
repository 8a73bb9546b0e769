//! Describes the 42 tables and the counting rules as data.
//!
//! [`Catalogue::builtin`] reads the tables from `tables/`, one file for each page of the appliance, and the counting rules
//! from `rules.toml`. The columns of a table are made of the cells of an account. This crate has the names of accounts and
//! cells; `report` binds them to the ledger.
//!
//! ```
//! use tollgate_catalogue::{Catalogue, TlsSetting, TlsOutcome};
//!
//! let catalogue = Catalogue::builtin();
//! let table = catalogue.table(7).expect("a table of that number");
//! assert_eq!(table.file, "sender_groups_sender_group_connection_numbers.csv");
//! assert_eq!(table.headings().last(), Some("Total Connections"));
//!
//! let rule = catalogue.rule("every-plain").expect("the documented rule");
//! let counted_in: Vec<&str> = rule.categories(TlsSetting::Preferred, TlsOutcome::NotOffered).collect();
//! assert_eq!(counted_in, ["unencrypted"]);
//! ```

mod account;
mod catalogue;
mod error;
mod page;
mod reference;
mod rule;
mod table;

pub use account::{AccountName, Attribute, CATEGORIES, KeyPart};
pub use catalogue::Catalogue;
pub use error::CatalogueError;
pub use rule::{AfterFailure, CategoryFlags, CountingLoss, Form, LossCondition, Rule, TlsOutcome, TlsSetting};
pub use table::{CellSum, Column, ColumnContent, ColumnKind, FilterDirection, Table};
