//! Deliveries under a counting rule.

use std::collections::HashMap;

use tollgate_catalogue::{CountingLoss, LossCondition, Rule};
use tollgate_ledger::{Counts, Delivery, DeliveryKey, IncomingTls, Row, TlsOutcome};
use tollgate_scenario::{Appliance, Time};

use crate::binding::{outcome_of, setting_of};

/// Number of cells in a row of deliveries under a counting rule.
pub(crate) const DELIVERY_CELLS: usize = Delivery::COUNT + IncomingTls::COUNT;

/// An appliance's counting rule for outgoing connections, with its settings.
#[derive(Clone, Copy, Debug)]
pub struct CountingRule<'a> {
    /// The rule.
    pub rule: &'a Rule,
    /// The length of a base interval in microseconds.
    pub base_interval_micros: u64,
    /// For rules that lose connections while the appliance is busy. It is busy in a base interval with more than this
    /// number of outgoing connections a minute.
    pub busy_above: f64,
    /// For rules that count only the first connection to a destination in each period. This is the length of a period
    /// in microseconds. Periods are counted from the Unix epoch.
    pub known_for_micros: u64,
}

/// Deliveries under a counting rule. It remembers the facts about earlier intervals that the rule needs.
#[derive(Debug)]
pub(crate) struct View<'a> {
    counting: CountingRule<'a>,
    rows: Vec<Row<u32, DELIVERY_CELLS>>,
    /// Number of connections in each base interval of the current counts.
    connections: HashMap<u32, u64>,
    /// The base interval in which a destination domain became known, by domain and by number of the period.
    known: HashMap<(u32, u64), u32>,
}

impl<'a> CountingRule<'a> {
    /// An appliance's settings with a rule, which may be another than its own.
    pub fn new(rule: &'a Rule, appliance: &Appliance, time: &Time) -> Self {
        CountingRule {
            rule,
            base_interval_micros: time.base_interval.micros(),
            busy_above: appliance.counting.busy_above.get(),
            known_for_micros: appliance.counting.known_for.micros(),
        }
    }
}

impl<'a> View<'a> {
    pub(crate) fn new(counting: CountingRule<'a>) -> Self {
        View { counting, rows: Vec::new(), connections: HashMap::new(), known: HashMap::new() }
    }

    /// Applies the rule to an interval's deliveries. Each row of the ledger gives a row by domain, with the cells of
    /// the ledger followed by those of the incoming TLS account. Intervals must come in order of time.
    pub(crate) fn of(&mut self, counts: &Counts) -> &[Row<u32, DELIVERY_CELLS>] {
        let mut rows = std::mem::take(&mut self.rows);
        rows.clear();
        rows.extend(counts.deliveries.rows().map(|row| self.count(&row)));
        if let Some(lost) = self.counting.rule.lost() {
            match lost.when {
                LossCondition::Busy => self.lose_while_busy(counts, lost, &mut rows),
                LossCondition::Known => self.lose_but_the_first(counts, lost, &mut rows),
            }
        }
        self.rows = rows;
        &self.rows
    }

    fn count(&self, row: &Row<u64, { Delivery::COUNT }>) -> Row<u32, DELIVERY_CELLS> {
        let key = DeliveryKey::unpack(row.key);
        let mut cells = [0; DELIVERY_CELLS];
        cells[..Delivery::COUNT].copy_from_slice(&row.cells);
        let tls = &mut cells[Delivery::COUNT..];
        for (cell, counted) in
            tls.iter_mut().zip(self.counting.rule.category_flags(setting_of(key.setting), outcome_of(key.outcome)))
        {
            *cell = u64::from(counted) * row.cells[Delivery::Connections as usize];
        }
        // The recipients are encrypted or not, whatever category the rule chooses for the connection.
        let carried = match key.outcome {
            TlsOutcome::Negotiated => IncomingTls::EncryptedMessages,
            _ => IncomingTls::UnencryptedMessages,
        };
        tls[carried as usize] = row.cells[Delivery::Messages as usize];
        Row { key: key.domain, note: (), cells }
    }

    fn lose_while_busy(&mut self, counts: &Counts, lost: CountingLoss, rows: &mut [Row<u32, DELIVERY_CELLS>]) {
        self.connections.clear();
        for row in counts.deliveries.rows() {
            let base_interval = DeliveryKey::unpack(row.key).base_interval;
            *self.connections.entry(base_interval).or_default() += row.cells[Delivery::Connections as usize];
        }
        let most = self.counting.busy_above * self.counting.base_interval_micros as f64 / MINUTE_MICROS;
        for (fact, row) in counts.deliveries.rows().zip(rows) {
            let key = DeliveryKey::unpack(fact.key);
            if setting_of(key.setting) == lost.setting && self.connections[&key.base_interval] as f64 > most {
                row.cells[Delivery::COUNT + lost.category] = 0;
            }
        }
    }

    fn lose_but_the_first(&mut self, counts: &Counts, lost: CountingLoss, rows: &mut [Row<u32, DELIVERY_CELLS>]) {
        let facts: Vec<_> = counts.deliveries.rows().collect();
        let stretch_of =
            |base: u32| u64::from(base) * self.counting.base_interval_micros / self.counting.known_for_micros;
        let mut order: Vec<usize> = (0..facts.len()).collect();
        order.sort_unstable_by_key(|&at| facts[at].key);
        let earliest = facts.iter().map(|fact| DeliveryKey::unpack(fact.key).base_interval).min().unwrap_or_default();
        self.known.retain(|&(_, stretch), _| stretch >= stretch_of(earliest));
        let mut counted = None;
        for at in order {
            let key = DeliveryKey::unpack(facts[at].key);
            let cell = &mut rows[at].cells[Delivery::COUNT + lost.category];
            if setting_of(key.setting) == lost.setting && *cell > 0 {
                let known_since =
                    *self.known.entry((key.domain, stretch_of(key.base_interval))).or_insert(key.base_interval);
                // Known domains are remembered by base interval, so that an interval gives the same result twice.
                let is_first = known_since == key.base_interval && counted != Some((key.domain, key.base_interval));
                counted = Some((key.domain, key.base_interval));
                *cell = u64::from(is_first);
            }
        }
    }
}

const MINUTE_MICROS: f64 = 60e6;
