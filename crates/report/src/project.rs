//! Projects tables from what an appliance counted.

use tollgate_ledger::{Counts, Last, NO_SCORE, Outbreak, Row};
use tollgate_traffic::{Directory, Host};

use crate::account::{Account, Attribute, Key};
use crate::catalogue::{Content, Sum, Table};
use crate::view::{Booking, View};

/// What tables depend on beside the counts.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// The names of what was counted.
    pub directory: &'a Directory,
    /// How many recipients a blocked connection stands for on this appliance.
    pub reputation_multiplier: u32,
    /// The length of an interval of the exports in microseconds: whole seconds.
    pub interval_micros: u64,
    /// How outgoing connections are booked in the TLS categories.
    pub booking: Booking<'a>,
}

/// One value of a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'a> {
    /// A name.
    Text(&'a str),
    /// Yes or no.
    Flag(bool),
    /// An IPv4 address.
    Address(u32),
    /// A reputation score in tenths, if there is one.
    Score(Option<i16>),
    /// A count.
    Count(u64),
    /// A number that is no count.
    Number(f64),
    /// A percentage that is shown with one decimal.
    Percent(f64),
}

/// What takes the rows of a table: the joint between tables and formats.
pub trait Rows {
    /// A row begins.
    fn begin(&mut self);
    /// The next value of the row.
    fn value(&mut self, value: Value<'_>);
    /// The row ends.
    fn end(&mut self);
}

/// Makes tables from counts, and keeps its buffers from one to the next.
#[derive(Debug)]
pub struct Projection<'a> {
    setting: Setting<'a>,
    order: Vec<(u64, u32)>,
    /// Away while the projection reads from it.
    deliveries: Option<View<'a>>,
    sums: Vec<u64>,
    host: Host,
}

/// A row before its columns are worked out.
#[derive(Clone, Copy)]
struct Fact<'a> {
    /// The parts of the key as the table orders by them: the first in the upper half, the second in the lower.
    order: u64,
    last: Last,
    cells: &'a [u64],
    /// Whether the row is there even if all its counts are zero.
    always: bool,
}

/// A note of an account's rows that may hold what the latest connection decided.
trait Note: Copy + Ord + Default {
    fn last(self) -> Last;
}

impl Note for () {
    fn last(self) -> Last {
        Last::default()
    }
}

impl Note for Last {
    fn last(self) -> Last {
        self
    }
}

impl<'a> Projection<'a> {
    /// A projection under a setting.
    pub fn new(setting: Setting<'a>) -> Self {
        let deliveries = Some(View::new(setting.booking));
        Projection { setting, order: Vec::new(), deliveries, sums: Vec::new(), host: Host::default() }
    }

    /// The setting.
    pub fn setting(&self) -> Setting<'a> {
        self.setting
    }

    /// Hands out the rows of a table, in order, and gives their number. Intervals come in order of time, as some counting
    /// rules depend on what went before. `end_micros` is the end of what was counted, in
    /// microseconds since the Unix epoch: outbreaks first seen before it are listed.
    ///
    /// # Panics
    /// If something was counted that the directory does not name.
    pub fn project(&mut self, table: &Table, end_micros: u64, counts: &Counts, rows: &mut impl Rows) -> u64 {
        match table.account {
            Account::System => {
                let system = Row { key: 0u32, note: (), cells: counts.system.cells };
                self.tabulate(table, &[system], rows)
            }
            Account::Domains => self.tabulate(table, counts.domains.rows(), rows),
            Account::IncomingTls => self.tabulate(table, counts.incoming_tls.rows(), rows),
            Account::Addresses => self.tabulate(table, counts.addresses.rows(), rows),
            Account::Owners => self.tabulate(table, counts.owners.rows(), rows),
            Account::Groups => self.tabulate(table, counts.groups.rows(), rows),
            Account::Users => self.tabulate(table, counts.users.rows(), rows),
            Account::Filters => self.tabulate(table, counts.filters.rows(), rows),
            Account::Viruses => self.tabulate(table, counts.viruses.rows(), rows),
            Account::Outbreaks => self.list_outbreaks(table, end_micros, counts, rows),
            Account::Deliveries => {
                let view = self.deliveries.take();
                let mut view = view.unwrap_or_else(|| View::new(self.setting.booking));
                let written = self.tabulate(table, view.of(counts), rows);
                self.deliveries = Some(view);
                written
            }
        }
    }

    fn tabulate<RowKey, Latest, const CELLS: usize>(
        &mut self,
        table: &Table,
        facts: &[Row<RowKey, CELLS, Latest>],
        rows: &mut impl Rows,
    ) -> u64
    where
        RowKey: Copy + Into<u64>,
        Latest: Note,
    {
        if table.keys.is_empty() {
            let mut cells = [0; CELLS];
            facts.iter().for_each(|fact| add(&mut cells, &fact.cells));
            self.hand_out(table, Fact { order: 0, last: Last::default(), cells: &cells, always: true }, rows);
            return 1;
        }
        let mut order = std::mem::take(&mut self.order);
        order.clear();
        let keys = facts.iter().map(|fact| fact.key.into()).zip(0..);
        order.extend(keys.filter(|(key, _)| self.takes(table, *key)).map(|(key, at)| (order_of(table, key), at)));
        order.sort_unstable_by_key(|(order, _)| *order);
        // Rows lie anywhere in memory. To fetch them in a loop that does nothing else lets the fetches overlap.
        let sorted: Vec<_> = order.iter().map(|(_, at)| facts[*at as usize]).collect();
        let mut rest = sorted.as_slice();
        let mut written = 0;
        for run in order.chunk_by(|left, right| left.0 == right.0) {
            let (same, others) = rest.split_at(run.len());
            rest = others;
            let mut sum = same[0];
            for fact in &same[1..] {
                add(&mut sum.cells, &fact.cells);
                sum.note = sum.note.max(fact.note);
            }
            let fact = Fact { order: run[0].0, last: sum.note.last(), cells: &sum.cells, always: false };
            written += u64::from(self.hand_out(table, fact, rows));
        }
        self.order = order;
        written
    }

    /// Lists the outbreaks in the order of the directory, which is that of names and IDs.
    fn list_outbreaks(&mut self, table: &Table, end_micros: u64, counts: &Counts, rows: &mut impl Rows) -> u64 {
        let outbreaks = &self.setting.directory.outbreaks;
        let mut cells = vec![[0; Outbreak::COUNT]; outbreaks.len()];
        counts.outbreaks.rows().iter().for_each(|row| cells[row.key as usize] = row.cells);
        let mut written = 0;
        for ((outbreak, cells), at) in outbreaks.iter().zip(&cells).zip(0..) {
            let always = outbreak.first_seen_seconds * 1_000_000 < end_micros;
            let fact = Fact { order: order_of(table, at), last: Last::default(), cells, always };
            written += u64::from(self.hand_out(table, fact, rows));
        }
        written
    }

    /// Hands out a row if it has anything to show.
    fn hand_out(&mut self, table: &Table, fact: Fact<'_>, rows: &mut impl Rows) -> bool {
        let multiplier = u64::from(self.setting.reputation_multiplier);
        let value_of = |sum: &Sum| sum.of(fact.cells, multiplier);
        let contents = || table.columns.iter().map(|column| &column.content);
        self.sums.clear();
        self.sums.extend(contents().filter_map(|content| match content {
            Content::Sum(sum) => Some(value_of(sum)),
            _ => None,
        }));
        if !fact.always && self.sums.iter().all(|&sum| sum == 0) {
            return false;
        }
        let mut sums = self.sums.iter();
        if table.account == Account::Addresses {
            self.setting.directory.find_host(fact.last.population, fact.part(false), &mut self.host);
        }
        rows.begin();
        for content in contents() {
            rows.value(match content {
                Content::Key { key, second } => self.key(*key, fact.part(*second)),
                Content::Attribute(attribute) => self.attribute(*attribute, &fact),
                Content::Sum(_) => Value::Count(sums.next().copied().unwrap_or_default()),
                Content::Average { sum, per, unit } => Value::Number(divide(value_of(sum), value_of(per) * unit)),
                Content::Percent { sum, of, one_decimal } => {
                    let percent = divide(100 * value_of(sum), value_of(of));
                    if *one_decimal { Value::Percent(percent) } else { Value::Number(percent) }
                }
            });
        }
        rows.end();
        true
    }

    /// Whether a table has a row for a key of its account: a table of filters has those of its direction.
    fn takes(&self, table: &Table, key: u64) -> bool {
        let filters = &self.setting.directory.filters;
        table.direction.is_none_or(|direction| filters[Key::Filter.part(key) as usize].direction == direction)
    }

    fn key(&self, key: Key, part: u32) -> Value<'a> {
        let directory = self.setting.directory;
        let at = part as usize;
        match key {
            Key::Domain => Value::Text(&directory.domains[at]),
            Key::Address => Value::Address(part),
            Key::Owner => Value::Text(&directory.owners[at]),
            Key::Group => Value::Text(&directory.groups[at]),
            Key::User => Value::Text(&directory.users[at]),
            Key::Filter => Value::Text(&directory.filters[at].name),
            Key::Virus => Value::Text(&directory.viruses[at]),
            Key::OutbreakName => Value::Text(&directory.outbreaks[at].name),
            Key::OutbreakId => Value::Count(u64::from(directory.outbreaks[at].id)),
        }
    }

    fn attribute(&self, attribute: Attribute, fact: &Fact<'_>) -> Value<'_> {
        let directory = self.setting.directory;
        let part = fact.part(false);
        match attribute {
            Attribute::Hostname => Value::Text(&self.host.name),
            Attribute::DnsVerified => Value::Flag(self.host.verified),
            Attribute::Sbrs => Value::Score(Some(fact.last.sbrs).filter(|&tenths| tenths != NO_SCORE)),
            Attribute::LastSenderGroup => Value::Text(&directory.groups[usize::from(fact.last.group)]),
            Attribute::FirstSeen => Value::Count(directory.outbreaks[part as usize].first_seen_seconds),
            Attribute::ProtectionTime => Value::Count(directory.outbreaks[part as usize].protection_seconds),
        }
    }
}

impl Fact<'_> {
    fn part(&self, second: bool) -> u32 {
        (if second { self.order } else { self.order >> 32 }) as u32
    }
}

/// The number by which a table orders a key of its account. Names are ordered as their numbers are.
#[inline]
fn order_of(table: &Table, key: u64) -> u64 {
    let part = |place: usize| table.keys.get(place).map_or(0, |part| u64::from(part.part(key)));
    part(0) << 32 | part(1)
}

#[inline]
fn add<const CELLS: usize>(cells: &mut [u64; CELLS], others: &[u64; CELLS]) {
    cells.iter_mut().zip(others).for_each(|(cell, other)| *cell += other);
}

/// The quotient of two whole numbers, each of which is exact up to 2^53; zero if there is nothing to divide by.
fn divide(dividend: u64, divisor: u64) -> f64 {
    if divisor == 0 { 0.0 } else { dividend as f64 / divisor as f64 }
}
