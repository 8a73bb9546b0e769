//! Turns the counts of appliances into tables.

use tollgate_catalogue::{AccountName, Attribute, Catalogue, CellSum, ColumnContent, KeyPart, Table};
use tollgate_ledger::{Account, AccountKey, AccountVisitor, Counts, Index, Last, NO_SCORE, Note, Outbreak, Part, Row};
use tollgate_scenario::{Appliance, Scenario};
use tollgate_traffic::{Address, Directory, Host, PopulationId};

use crate::binding::{key_part, part_of, shows_filter};
use crate::view::{CountingRule, DELIVERY_CELLS, View};

/// The properties of one appliance that its tables depend on, besides the counts.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// The names of everything that is counted.
    pub directory: &'a Directory,
    /// Number of recipients that one blocked connection stands for on this appliance.
    pub reputation_multiplier: u32,
    /// The length of an interval of the exports in microseconds. It is whole seconds.
    pub interval_micros: u64,
    /// The counting rule for outgoing connections.
    pub counting: CountingRule<'a>,
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
    /// SBRS in tenths, if there is one.
    Score(Option<i16>),
    /// A count.
    Count(u64),
    /// A number that is not a count.
    Number(f64),
    /// A percentage that is shown with one decimal.
    Percent(f64),
}

impl Value<'_> {
    /// The number that exports show: rounded as they round it. `None` if the value is not a number.
    pub fn number(self) -> Option<f64> {
        let rounded = |text: String| text.parse().ok();
        match self {
            Value::Count(count) => Some(count as f64),
            Value::Number(number) => rounded(format!("{number:.11e}")),
            Value::Percent(percent) => rounded(format!("{percent:.1}")),
            Value::Text(_) | Value::Flag(_) | Value::Address(_) | Value::Score(_) => None,
        }
    }
}

impl<'a> Setting<'a> {
    /// The setting with which the exports of an appliance of a scenario are written.
    ///
    /// # Panics
    /// If the catalogue does not know the counting rule of the appliance.
    pub fn of(scenario: &Scenario, appliance: &Appliance, directory: &'a Directory) -> Self {
        let rule = Catalogue::builtin().rule(&appliance.counting.rule).expect("checked when the scenario was read");
        Setting {
            directory,
            reputation_multiplier: appliance.reputation_multiplier,
            interval_micros: scenario.time.export_interval.micros(),
            counting: CountingRule::new(rule, appliance, &scenario.time),
        }
    }
}

/// A receiver of the rows of a table, such as a writer of some format.
pub trait Rows {
    /// Begins a row.
    fn begin(&mut self);
    /// Receives the next value of the row.
    fn value(&mut self, value: Value<'_>);
    /// Ends the row.
    fn end(&mut self);
}

/// Makes tables from the counts of one appliance, or of several that are shown as one. It reuses its buffers.
#[derive(Debug)]
pub struct Projection<'a> {
    /// The setting of the first appliance.
    setting: Setting<'a>,
    order: Vec<(u64, u32)>,
    /// Each appliance's deliveries under its counting rule.
    deliveries: Vec<View<'a>>,
    /// The only key whose rows are needed, if there is one.
    only: Option<u32>,
    sums: Vec<u64>,
    host: Host,
}

/// A row before the values of its columns are calculated.
#[derive(Clone, Copy)]
struct Fact<'a> {
    /// The parts of the key that the table is sorted by: the first in the upper half, the second in the lower.
    order: u64,
    last: Last,
    cells: &'a [u64],
    /// True if the row is written even if all its counts are zero.
    always: bool,
}

impl<'a> Projection<'a> {
    /// A projection for one appliance.
    pub fn new(setting: Setting<'a>) -> Self {
        Projection::merged(&[setting])
    }

    /// A projection that shows several appliances as one. Each appliance's own rule counts its deliveries. Everything
    /// else comes from the first setting.
    ///
    /// # Panics
    /// If there is no setting, or the appliances have different multipliers, because then their counts cannot be added.
    pub fn merged(settings: &[Setting<'a>]) -> Self {
        let setting = settings[0];
        let alike = |other: &Setting<'_>| other.reputation_multiplier == setting.reputation_multiplier;
        assert!(settings.iter().all(alike), "different reputation multipliers");
        let deliveries = settings.iter().map(|setting| View::new(setting.counting)).collect();
        Projection { setting, order: Vec::new(), deliveries, only: None, sums: Vec::new(), host: Host::default() }
    }

    /// The setting.
    pub fn setting(&self) -> Setting<'a> {
        self.setting
    }

    /// From now on gives only the rows of a table whose first key has this name. Returns false if the scenario has no
    /// such name. It must be the name of a user, filter, sender group, domain, owner or virus.
    pub fn restrict(&mut self, table: &Table, name: &str) -> bool {
        let directory = self.setting.directory;
        let place = |names: &[String]| names.iter().position(|known| known == name);
        let found = match table.keys.first() {
            Some(KeyPart::Domain) => place(&directory.domains),
            Some(KeyPart::Owner) => place(&directory.owners),
            Some(KeyPart::Group) => place(&directory.groups),
            Some(KeyPart::User) => place(&directory.users),
            Some(KeyPart::Virus) => place(&directory.viruses),
            Some(KeyPart::Filter) => {
                directory.filters.iter().position(|filter| filter.name == name && shows_filter(table, filter))
            }
            Some(KeyPart::Address | KeyPart::OutbreakName | KeyPart::OutbreakId) | None => None,
        };
        self.only = found.map(|place| place as u32);
        found.is_some()
    }

    /// Gives the rows of a table in order and returns their number. `counts` are those of one interval, with one entry
    /// for each appliance. Intervals must come in order of time, because some counting rules depend on earlier ones.
    /// `end_micros` is the end of the counts, in microseconds since the Unix epoch: outbreaks first seen before it are
    /// listed.
    ///
    /// # Panics
    /// If a counted key has no name in the directory.
    pub fn project(&mut self, table: &Table, end_micros: u64, counts: &[&Counts], rows: &mut impl Rows) -> u64 {
        match part_of(table) {
            Part::Outbreaks => self.list_outbreaks(table, end_micros, counts, rows),
            Part::Deliveries => {
                // Taken out while their rows are read, because `tabulate` borrows `self`.
                let mut views = std::mem::take(&mut self.deliveries);
                let written = match (views.as_mut_slice(), counts) {
                    ([view], [counts]) => self.tabulate_listed(table, view.of(counts), rows),
                    (views, counts) => {
                        let counted = views.iter_mut().zip(counts).flat_map(|(view, counts)| view.of(counts).to_vec());
                        let counted: Vec<_> = counted.collect();
                        self.tabulate_listed(table, &counted, rows)
                    }
                };
                self.deliveries = views;
                written
            }
            part => Counts::visit(part, counts, Tabulate { projection: self, table, rows }),
        }
    }

    /// Counts an interval's deliveries by the appliance's rule and adds them up by domain.
    pub(crate) fn add_deliveries(&mut self, place: usize, counts: &Counts, sums: &mut CountedDeliveries) {
        self.deliveries[place].of(counts).iter().for_each(|row| sums.add_row(row));
    }

    /// Gives the rows of a table from added deliveries.
    pub(crate) fn project_counted(&mut self, table: &Table, sums: &CountedDeliveries, rows: &mut impl Rows) -> u64 {
        self.tabulate(table, sums.len(), |place| sums.row(place), rows)
    }

    fn tabulate_listed<RowKey, Latest, const CELLS: usize>(
        &mut self,
        table: &Table,
        facts: &[Row<RowKey, CELLS, Latest>],
        rows: &mut impl Rows,
    ) -> u64
    where
        RowKey: AccountKey + Into<u64>,
        Latest: Note,
    {
        self.tabulate(table, facts.len(), |place| facts[place], rows)
    }

    /// Gives the rows of a table. `fact_at` gives the row of an account at a place below `facts`.
    fn tabulate<RowKey, Latest, const CELLS: usize>(
        &mut self,
        table: &Table,
        facts: usize,
        fact_at: impl Fn(usize) -> Row<RowKey, CELLS, Latest>,
        rows: &mut impl Rows,
    ) -> u64
    where
        RowKey: AccountKey + Into<u64>,
        Latest: Note,
    {
        if table.keys.is_empty() {
            let mut cells = [0; CELLS];
            (0..facts).for_each(|place| add(&mut cells, &fact_at(place).cells));
            self.hand_out(table, Fact { order: 0, last: Last::default(), cells: &cells, always: true }, rows);
            return 1;
        }
        let mut order = std::mem::take(&mut self.order);
        order.clear();
        let keys = (0..facts).map(|place| (fact_at(place).key.into(), place as u32));
        order.extend(keys.filter(|(key, _)| self.takes(table, *key)).map(|(key, at)| (order_of(table, key), at)));
        order.sort_unstable_by_key(|(order, _)| *order);
        let mut rest = order.as_slice();
        let mut written = 0;
        while !rest.is_empty() {
            let (block, others) = rest.split_at(block_length(rest));
            rest = others;
            // The rows are scattered in memory. A loop that only fetches them lets the fetches overlap.
            let sorted: Vec<_> = block.iter().map(|(_, at)| fact_at(*at as usize)).collect();
            let mut sorted = sorted.as_slice();
            for run in block.chunk_by(|left, right| left.0 == right.0) {
                let (same, others) = sorted.split_at(run.len());
                sorted = others;
                let mut sum = same[0];
                for fact in &same[1..] {
                    add(&mut sum.cells, &fact.cells);
                    sum.note = sum.note.max(fact.note);
                }
                let fact = Fact { order: run[0].0, last: sum.note.last(), cells: &sum.cells, always: false };
                written += u64::from(self.hand_out(table, fact, rows));
            }
        }
        self.order = order;
        written
    }

    /// Lists the outbreaks in the order of the directory, which is by name and ID.
    fn list_outbreaks(&mut self, table: &Table, end_micros: u64, counts: &[&Counts], rows: &mut impl Rows) -> u64 {
        let outbreaks = &self.setting.directory.outbreaks;
        let mut cells = vec![[0; Outbreak::COUNT]; outbreaks.len()];
        for row in counts.iter().flat_map(|counts| counts.outbreaks.rows()) {
            add(&mut cells[row.key as usize], &row.cells);
        }
        let mut written = 0;
        for ((outbreak, cells), at) in outbreaks.iter().zip(&cells).zip(0..) {
            let always = outbreak.first_seen_seconds * 1_000_000 < end_micros;
            let fact = Fact { order: order_of(table, at), last: Last::default(), cells, always };
            written += u64::from(self.hand_out(table, fact, rows));
        }
        written
    }

    /// Gives a row if it has a count that is not zero.
    fn hand_out(&mut self, table: &Table, fact: Fact<'_>, rows: &mut impl Rows) -> bool {
        let multiplier = u64::from(self.setting.reputation_multiplier);
        let value_of = |sum: &CellSum| sum.of(fact.cells, multiplier);
        let contents = || table.columns.iter().map(|column| &column.content);
        self.sums.clear();
        self.sums.extend(contents().filter_map(|content| match content {
            ColumnContent::Sum(sum) => Some(value_of(sum)),
            _ => None,
        }));
        if !fact.always && self.sums.iter().all(|&sum| sum == 0) {
            return false;
        }
        let mut sums = self.sums.iter();
        if table.account == AccountName::Addresses {
            let (population, address) = (PopulationId::new(fact.last.population), Address::from_bits(fact.part(false)));
            self.setting.directory.find_host(population, address, &mut self.host);
        }
        rows.begin();
        for content in contents() {
            rows.value(match content {
                ColumnContent::Key { key, second } => self.key(*key, fact.part(*second)),
                ColumnContent::Attribute(attribute) => self.attribute(*attribute, &fact),
                ColumnContent::Sum(_) => Value::Count(sums.next().copied().unwrap_or_default()),
                ColumnContent::Average { sum, per, unit } => Value::Number(divide(value_of(sum), value_of(per) * unit)),
                ColumnContent::Percent { sum, of, one_decimal } => {
                    let percent = divide(100 * value_of(sum), value_of(of));
                    if *one_decimal { Value::Percent(percent) } else { Value::Number(percent) }
                }
            });
        }
        rows.end();
        true
    }

    /// True if the row of a key belongs to a table. Tables of filters contain only those of their direction.
    fn takes(&self, table: &Table, key: u64) -> bool {
        if self.only.is_some_and(|only| order_of(table, key) >> 32 != u64::from(only)) {
            return false;
        }
        let filters = &self.setting.directory.filters;
        table.account != AccountName::Filters || shows_filter(table, &filters[key_part(KeyPart::Filter, key) as usize])
    }

    fn key(&self, key: KeyPart, part: u32) -> Value<'a> {
        let directory = self.setting.directory;
        let at = part as usize;
        match key {
            KeyPart::Domain => Value::Text(&directory.domains[at]),
            KeyPart::Address => Value::Address(part),
            KeyPart::Owner => Value::Text(&directory.owners[at]),
            KeyPart::Group => Value::Text(&directory.groups[at]),
            KeyPart::User => Value::Text(&directory.users[at]),
            KeyPart::Filter => Value::Text(&directory.filters[at].name),
            KeyPart::Virus => Value::Text(&directory.viruses[at]),
            KeyPart::OutbreakName => Value::Text(&directory.outbreaks[at].name),
            KeyPart::OutbreakId => Value::Count(u64::from(directory.outbreaks[at].id)),
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

/// Deliveries by domain, after their counting rule has been applied.
pub(crate) type CountedDeliveries = Account<u32, DELIVERY_CELLS>;

/// Gives the rows of a table of an account, with those of all appliances.
struct Tabulate<'p, 'a, R> {
    projection: &'p mut Projection<'a>,
    table: &'p Table,
    rows: &'p mut R,
}

impl<R: Rows> AccountVisitor for Tabulate<'_, '_, R> {
    type Output = u64;

    fn visit<Key, const CELLS: usize, N, Places>(self, accounts: &[&Account<Key, CELLS, N, Places>]) -> u64
    where
        Key: AccountKey + Into<u64>,
        N: Note,
        Places: Index<Key>,
    {
        match accounts {
            [account] => self.projection.tabulate(self.table, account.len(), |place| account.row(place), self.rows),
            accounts => {
                let facts: Vec<_> = accounts.iter().flat_map(|account| account.rows()).collect();
                self.projection.tabulate_listed(self.table, &facts, self.rows)
            }
        }
    }
}

impl Fact<'_> {
    fn part(&self, second: bool) -> u32 {
        (if second { self.order } else { self.order >> 32 }) as u32
    }
}

/// The number by which a table sorts a key of its account. Names have the same order as their numbers.
#[inline]
fn order_of(table: &Table, key: u64) -> u64 {
    let part = |place: usize| table.keys.get(place).map_or(0, |part| u64::from(key_part(*part, key)));
    part(0) << 32 | part(1)
}

/// The number of rows at the beginning of a list that are fetched at once. They end with the last row of a key.
fn block_length(order: &[(u64, u32)]) -> usize {
    const LENGTH: usize = 1024;
    let length = order.len().min(LENGTH);
    let same = order[length..].iter().take_while(|(key, _)| *key == order[length - 1].0);
    length + same.count()
}

#[inline]
fn add<const CELLS: usize>(cells: &mut [u64; CELLS], others: &[u64; CELLS]) {
    cells.iter_mut().zip(others).for_each(|(cell, other)| *cell += other);
}

/// The quotient of two whole numbers, or zero if the divisor is zero. Numbers are exact up to 2^53.
fn divide(dividend: u64, divisor: u64) -> f64 {
    if divisor == 0 { 0.0 } else { dividend as f64 / divisor as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_one_key_are_fetched_at_once() {
        let keys = |others: u64, same: usize| -> Vec<(u64, u32)> {
            let keys = (0..others).chain(std::iter::repeat_n(others, same)).chain(others + 1..others + 3000);
            keys.zip(0..).collect()
        };
        assert_eq!(block_length(&keys(5, 1)[..7]), 7);
        assert_eq!(block_length(&keys(1023, 1)), 1024);
        assert_eq!(block_length(&keys(1023, 2)), 1025);
        assert_eq!(block_length(&keys(1000, 2000)), 3000);
    }
}
