//! Projects the ledger into tables and writes them as CSV.
//!
//! The catalogue lists the cells of the ledger that each column consists of. A [`Projection`] turns counts into the
//! rows of a table. A [`CsvWriter`] writes these rows as the appliance exports them.
//!
//! ```
//! use tollgate_catalogue::Catalogue;
//! use tollgate_ledger::{Counts, SenderGroup};
//! use tollgate_report::{CountingRule, CsvWriter, Setting};
//! use tollgate_traffic::Directory;
//!
//! let mut directory = Directory::default();
//! directory.groups.extend(["BLACKLIST".into(), "UNKNOWNLIST".into()]);
//! let mut counts = Counts::default();
//! counts.groups.add(1, SenderGroup::Accept, 7055);
//! counts.groups.add(0, SenderGroup::Reject, 1091);
//!
//! let catalogue = Catalogue::builtin();
//! let rule = catalogue.rule("every-plain").expect("the documented rule");
//! let counting = CountingRule { rule, base_interval_micros: 300_000_000, busy_above: 30.0, known_for_micros: 3_600_000_000 };
//! let setting = Setting { directory: &directory, reputation_multiplier: 3, interval_micros: 3_600_000_000, counting };
//! let mut writer = CsvWriter::new(setting);
//! let mut out = Vec::new();
//! for table in catalogue.select("sender_groups_sender_group_connection_numbers.csv") {
//!     writer.write_header(table, &mut out);
//!     writer.write_interval(table, 1_226_966_400_000_000, &[&counts], &mut out);
//! }
//! assert_eq!(
//!     String::from_utf8_lossy(&out),
//!     "Begin Timestamp,End Timestamp,Begin Date,End Date,Sender Group,Total Connections\r\n\
//!      1226966400.0,1226969999.0,2008-11-18 00:00 GMT,2008-11-18 00:59 GMT,BLACKLIST,1091\r\n\
//!      1226966400.0,1226969999.0,2008-11-18 00:00 GMT,2008-11-18 00:59 GMT,UNKNOWNLIST,7055\r\n"
//! );
//! ```

mod binding;
mod export;
mod number;
mod project;
mod totals;
mod view;

pub use binding::{part_of, shows_filter};
pub use export::{CsvWriter, is_missing};
pub use project::{Projection, Rows, Setting, Value};
pub use totals::Totals;
pub use view::CountingRule;
