//! Makes exports and streams them as CSV.

pub(crate) mod key;

use std::sync::{Arc, mpsc};
use std::thread;

use axum::body::Body;
use axum::http::header::{self, HeaderValue};
use axum::http::{HeaderMap, Version};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use tollgate_catalogue::{Rule, Table};
use tollgate_ledger::Counts;
use tollgate_report::{CsvWriter, Projection, Setting, shows_filter};
use tollgate_wording::list;

use self::key::ExportKey;
use crate::address::TableAddress;
use crate::cache::{BLOCK_BYTES, EntryMaker, Reader};
use crate::counts::TableCounts;
use crate::range::Range;
use crate::refusal::{HttpRefusal, shown};
use crate::scope::Scope;
use crate::site::Site;

/// Answers with an export, and sends it while it is being made. A client that speaks HTTP/1.0 gets it when it is complete: without its
/// length, such a client could not tell an export that is cut off from a whole one.
///
/// # Errors
/// If the user, filter, rule or range does not exist, if the appliances cannot be merged, or if the beginning of the export
/// cannot be made.
pub(crate) async fn answer(
    site: &Arc<Site>,
    address: &TableAddress,
    version: Version,
) -> Result<Response, HttpRefusal> {
    let export = Export::read(address, site)?;
    export.check_key(site)?;
    // Otherwise, an answer that has begun would be cut off at the first missing interval.
    export.counts(site)?.check()?;
    let headers = export.headers();
    let (key, making) = (export.key(), Arc::clone(site));
    let mut reader = site.exports.open(key, move |maker| export.make(&making, maker));
    let length = if version < Version::HTTP_11 { reader.complete().await? } else { reader.begin().await? };
    let body = reader.whole().map_or_else(|| Body::from_stream(blocks(reader)), Body::from);
    Ok((length_header(length), headers, body).into_response())
}

/// Answers a `HEAD` request with the headers of the export, and its length if it is in the cache. It makes the export only if the last
/// large export could not be stored.
///
/// # Errors
/// If the user, filter, rule or range does not exist, if the appliances cannot be merged, or if the export cannot be made now.
pub(crate) async fn answer_head(site: &Arc<Site>, address: &TableAddress) -> Result<Response, HttpRefusal> {
    if site.exports.is_failing() {
        return answer(site, address, Version::HTTP_11).await;
    }
    let export = Export::read(address, site)?;
    export.counts(site)?.check()?;
    export.check_key(site)?;
    let length = site.exports.length(&export.key());
    // An empty stream, because an empty body would set a content length of 0.
    let unmade = stream::empty::<std::io::Result<bytes::Bytes>>();
    Ok((length_header(length), export.headers(), Body::from_stream(unmade)).into_response())
}

/// The header with the length of an export, if it is known.
fn length_header(length: Option<u64>) -> HeaderMap {
    length.map(|length| (header::CONTENT_LENGTH, HeaderValue::from(length))).into_iter().collect()
}

/// One table over one range.
#[derive(Clone, Debug)]
struct Export {
    scope: Scope,
    table: &'static Table,
    range: Range,
    /// The counting rule. Without one, each appliance uses its own.
    rule: Option<&'static Rule>,
    /// The user or filter whose rows are exported. Without one, all rows are exported.
    only: Option<String>,
}

impl Export {
    fn read(address: &TableAddress, site: &Site) -> Result<Export, HttpRefusal> {
        let TableAddress { scope, table, query } = address;
        let only = key_parameter(table).and_then(|parameter| query.get(parameter)).filter(|only| !only.is_empty());
        let rule = query.get("rule").map(|name| site.rule(name)).transpose()?;
        let rule = rule.filter(|_| table.follows_rule());
        let range = Range::read(query, &site.history)?;
        Ok(Export { scope: scope.clone(), table, range, rule, only: only.map(str::to_owned) })
    }

    fn counts<'a>(&'a self, site: &'a Site) -> Result<TableCounts<'a>, HttpRefusal> {
        TableCounts::new(site, &self.scope, self.table, &self.range, self.rule)
    }

    fn check_key(&self, site: &Site) -> Result<(), HttpRefusal> {
        let Some(name) = &self.only else {
            return Ok(());
        };
        let is_known = Projection::merged(&self.counts(site)?.settings).restrict(self.table, name);
        if is_known { Ok(()) } else { Err(self.refuse_key(name, site)) }
    }

    fn refuse_key(&self, name: &str, site: &Site) -> HttpRefusal {
        let filters = site.history.simulation().directory().filters.iter();
        let filters = filters.filter(|filter| shows_filter(self.table, filter));
        let allowed = match key_parameter(self.table) {
            Some("filter_name") => list(filters.map(|filter| &filter.name)),
            _ => "the users that internal_users lists".into(),
        };
        let parameter = key_parameter(self.table).unwrap_or("key");
        HttpRefusal::missing(format!("{parameter}: found {}, allowed are {allowed}", shown(name)))
    }

    fn key(&self) -> ExportKey {
        ExportKey {
            scope: self.scope.clone(),
            table: self.table.number,
            from_micros: self.range.from_micros,
            to_micros: self.range.to_micros,
            resolution: self.range.resolution,
            rule: self.rule.map(|rule| rule.name.as_str()),
            only: self.only.clone(),
        }
    }

    /// The headers of an export. They contain no text of the request.
    fn headers(&self) -> [(header::HeaderName, HeaderValue); 3] {
        let name = format!("attachment; filename=\"{}\"", self.table.file);
        let name = HeaderValue::from_str(&name).unwrap_or(HeaderValue::from_static("attachment"));
        [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/csv")),
            (header::CONTENT_DISPOSITION, name),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        ]
    }

    /// Makes the export. A second thread reads the next interval while this thread writes the current one.
    fn make(&self, site: &Site, maker: &mut EntryMaker<ExportKey>) -> Result<(), HttpRefusal> {
        let counts = self.counts(site)?;
        let begins: Vec<u64> = counts.lead_in().chain(self.range.begins()).collect();
        thread::scope(|scope| {
            // The channel has no buffer, so at most two intervals are in memory at once.
            let (give, take) = mpsc::sync_channel(0);
            let (counts, begins) = (&counts, &begins);
            scope.spawn(move || {
                for &begin in begins {
                    let interval = counts.read(begin);
                    let ended = interval.is_err();
                    if give.send(interval).is_err() || ended {
                        return;
                    }
                }
            });
            self.write(site, &counts.settings, begins, &take, maker)
        })
    }

    /// Writes the intervals that the other thread reads.
    fn write(
        &self,
        site: &Site,
        settings: &[Setting<'_>],
        begins: &[u64],
        take: &mpsc::Receiver<Result<Vec<Counts>, HttpRefusal>>,
        maker: &mut EntryMaker<ExportKey>,
    ) -> Result<(), HttpRefusal> {
        let mut writer = CsvWriter::merged(settings);
        if let Some(name) = &self.only {
            writer.restrict(self.table, name);
        }
        writer.write_header(self.table, &mut maker.rows);
        let mut span = vec![Counts::default(); settings.len()];
        for (place, &begin) in begins.iter().enumerate() {
            // Announce the rows before waiting for the history to make the next interval. The answer begins with the first
            // announcement, so it begins only when the first interval has been read.
            let waits = site.history.made_until_micros() < begin + self.range.interval_micros;
            if place > 0 && (waits || maker.rows.len() >= BLOCK_BYTES) {
                maker.announce()?;
            }
            let counts = take.recv().map_err(|_| HttpRefusal::failed("the counts cannot be read"))??;
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

/// The parameter that restricts a table to one user or filter, if there is one. `filter_name` was seen in use.
/// `internal_user` is assumed.
fn key_parameter(table: &Table) -> Option<&'static str> {
    match table.page_path.as_str() {
        "internal_user_detail" => Some("internal_user"),
        "content_filter_detail" => Some("filter_name"),
        _ => None,
    }
}

/// The blocks of an entry. An error cuts the connection, so that no client takes a part for the whole export.
fn blocks(reader: Reader) -> impl stream::Stream<Item = std::io::Result<bytes::Bytes>> {
    stream::try_unfold(reader, async |mut reader| Ok(reader.next().await?.map(|block| (block, reader))))
}

#[cfg(test)]
mod tests;
