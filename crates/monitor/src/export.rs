//! Streams exports as CSV.

use std::sync::{Arc, mpsc};
use std::thread;

use axum::body::Body;
use axum::http::header::{self, HeaderValue};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tollgate_catalogue::{Rule, Table};
use tollgate_history::Resolution;
use tollgate_ledger::Counts;
use tollgate_report::{CsvWriter, Projection, Setting, shows_filter};

use crate::cache::{BLOCK_BYTES, EntryMaker, Reader};
use crate::range::Range;
use crate::refusal::{Refusal, shown};
use crate::scope::Scope;
use crate::site::Site;

/// One table over one range.
#[derive(Clone, Debug)]
pub(crate) struct Export {
    pub(crate) scope: Scope,
    pub(crate) table: &'static Table,
    pub(crate) range: Range,
    /// The counting rule; without one, each appliance's own.
    pub(crate) rule: Option<&'static Rule>,
    /// The only user or filter that is wanted, in a table of one.
    pub(crate) only: Option<String>,
}

/// What tells exports apart: equal ones have the same bytes, whenever they are asked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    scope: Scope,
    table: u32,
    from_micros: u64,
    to_micros: u64,
    resolution: Resolution,
    rule: Option<&'static str>,
    only: Option<String>,
}

/// The parameter that restricts a table to one user or filter, if there is one. `internal_user` is assumed; the other was
/// seen in use.
pub(crate) fn key_parameter(table: &Table) -> Option<&'static str> {
    match table.page_path.as_str() {
        "internal_user_detail" => Some("internal_user"),
        "content_filter_detail" => Some("filter_name"),
        _ => None,
    }
}

impl Export {
    /// The answer to a request for it: the file, as far as it has been made and onward as it is.
    ///
    /// # Errors
    /// If there is no such user or filter, if the appliances cannot be shown as one, or if not even the beginning can be
    /// made.
    pub(crate) async fn answer(self, site: &Arc<Site>) -> Result<Response, Refusal> {
        self.check(site)?;
        let disposition = self.disposition();
        let (key, making) = (self.key(), Arc::clone(site));
        let mut reader = site.exports.open(key, move |maker| self.make(&making, maker));
        let length = reader.begin().await?;
        let body = reader.whole().map_or_else(|| Body::from_stream(blocks(reader)), Body::from);
        let length = length.map(|length| [(header::CONTENT_LENGTH, HeaderValue::from(length))]);
        Ok((length.map_or_else(Default::default, axum::http::HeaderMap::from_iter), disposition, body).into_response())
    }

    /// The headings of that answer, for a request that wants no more; nothing is made for it.
    ///
    /// # Errors
    /// If there is no such user or filter, or if the appliances cannot be shown as one.
    pub(crate) fn answer_head(&self, site: &Site) -> Result<Response, Refusal> {
        site.settings(&self.scope, self.range.resolution, self.rule)?;
        self.check(site)?;
        // How long the file would be is not known, and not 0.
        let unmade = stream::empty::<std::io::Result<bytes::Bytes>>();
        Ok((self.disposition(), Body::from_stream(unmade)).into_response())
    }

    fn check(&self, site: &Site) -> Result<(), Refusal> {
        let Some(name) = &self.only else {
            return Ok(());
        };
        let settings = site.settings(&self.scope, self.range.resolution, self.rule)?;
        let is_known = Projection::merged(&settings).restrict(self.table, name);
        if is_known { Ok(()) } else { Err(self.refuse_key(name, site)) }
    }

    fn refuse_key(&self, name: &str, site: &Site) -> Refusal {
        let filters = site.history.simulation().directory().filters.iter();
        let filters = filters.filter(|filter| shows_filter(self.table, filter));
        let filters: Vec<&str> = filters.map(|filter| filter.name.as_str()).collect();
        let allowed = match key_parameter(self.table) {
            Some("filter_name") => filters.join(", "),
            _ => "the users that internal_users lists".into(),
        };
        let parameter = key_parameter(self.table).unwrap_or("key");
        Refusal::missing(format!("{parameter}: found {}, allowed are {allowed}", shown(name)))
    }

    fn key(&self) -> Key {
        Key {
            scope: self.scope.clone(),
            table: self.table.number,
            from_micros: self.range.from_micros,
            to_micros: self.range.to_micros,
            resolution: self.range.resolution,
            rule: self.rule.map(|rule| rule.name.as_str()),
            only: self.only.clone(),
        }
    }

    /// What is said of every file. Nothing of a request is in it.
    fn disposition(&self) -> [(header::HeaderName, HeaderValue); 3] {
        let name = format!("attachment; filename=\"{}\"", self.table.file);
        let name = HeaderValue::from_str(&name).unwrap_or(HeaderValue::from_static("attachment"));
        [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/csv")),
            (header::CONTENT_DISPOSITION, name),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ]
    }

    /// Makes the file. While an interval is written the next is read, on a thread of its own.
    fn make(&self, site: &Site, maker: &mut EntryMaker<Key>) -> Result<(), Refusal> {
        let settings = site.settings(&self.scope, self.range.resolution, self.rule)?;
        let lead_in = site.lead_in(self.table, &settings, &self.range);
        let begins: Vec<u64> = lead_in.chain(self.range.begins()).collect();
        thread::scope(|scope| {
            // What has been read is handed over, so that no more than two intervals are there at once.
            let (give, take) = mpsc::sync_channel(0);
            let reading = &begins;
            scope.spawn(move || {
                for &begin in reading {
                    let counts = site.read(&self.scope, self.table, &self.range, begin);
                    let ended = counts.is_err();
                    if give.send(counts).is_err() || ended {
                        return;
                    }
                }
            });
            self.write(site, &settings, &begins, &take, maker)
        })
    }

    /// Writes the intervals that are taken, one for each beginning.
    fn write(
        &self,
        site: &Site,
        settings: &[Setting<'_>],
        begins: &[u64],
        take: &mpsc::Receiver<Result<Vec<Counts>, Refusal>>,
        maker: &mut EntryMaker<Key>,
    ) -> Result<(), Refusal> {
        let mut writer = CsvWriter::merged(settings);
        if let Some(name) = &self.only {
            writer.restrict(self.table, name);
        }
        writer.write_header(self.table, &mut maker.rows);
        let mut span = vec![Counts::default(); settings.len()];
        for &begin in begins {
            // Rows do not wait until history has gone on.
            let waits = site.history.made_until_micros() < begin + self.range.interval_micros;
            if waits || maker.rows.len() >= BLOCK_BYTES {
                maker.announce()?;
            }
            let counts = take.recv().map_err(|_| Refusal::failed("what was counted cannot be read"))??;
            if !self.table.timestamps {
                span.iter_mut().zip(counts).for_each(|(span, counts)| span.absorb(counts));
                continue;
            }
            let rows = maker.rows.len();
            writer.write_interval(self.table, begin, &counts.iter().collect::<Vec<_>>(), &mut maker.rows);
            if begin < self.range.from_micros {
                maker.rows.truncate(rows);
            }
        }
        if !self.table.timestamps {
            writer.write_span(self.table, self.range.to_micros, &span.iter().collect::<Vec<_>>(), &mut maker.rows);
        }
        Ok(())
    }
}

/// The blocks of an entry. An error among them cuts the connection, so that nobody takes the part for the whole.
fn blocks(reader: Reader) -> impl stream::Stream<Item = std::io::Result<bytes::Bytes>> {
    stream::try_unfold(reader, async |mut reader| Ok(reader.next().await?.map(|block| (block, reader))))
}

#[cfg(test)]
mod tests;
