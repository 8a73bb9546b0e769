//! Runs a check: compares its sums, window by window.

use tollgate_catalogue::ColumnKind;

use crate::digits::FileDigits;
use crate::window::{IntervalRows, Window};

use super::check::{Aggregation, Assumptions, ColumnPlace, Constant, IdentityCheck, Per, Term};
use super::keys::KeyNumbers;
use super::source::{Obstacle, Silence, Sources, TableSource, table_of};
use super::sums::{Members, RowTarget, Scratch, numbers};
use super::tally::{CheckTally, Pair, UncoveredEnds};

/// Number of rows whose sums are kept at once.
const ROWS_OF_A_BLOCK: usize = 1 << 16;

/// A check that is being run.
#[derive(Debug)]
pub(super) struct CheckProgress<'a> {
    pub(super) check: &'a IdentityCheck,
    /// The reasons why the check cannot be made. Empty if it can.
    pub(super) obstacles: Vec<Obstacle>,
    /// False if the check is about columns that these files do not have and need not have.
    pub(super) applies: bool,
    /// True if it compares percentages and the files have them. Rows of percentages are optional.
    has_shares: bool,
    /// The results, after `finish`.
    pub(super) tally: CheckTally,
    /// The results of all intervals but the latest, for each choice of the sums that perhaps belong to the right side.
    pub(super) earlier: Vec<CheckTally>,
    /// The results of the latest interval, for each choice.
    pub(super) latest: Vec<CheckTally>,
    pub(super) latest_begin_seconds: i64,
    pub(super) latest_end_seconds: i64,
    /// The length of the compared intervals: the longest interval of its tables. `None` if they have no rows.
    pub(super) step_seconds: Option<i64>,
    /// The file of each of its tables, in the order of the tables.
    pub(super) sources: Vec<TableSource>,
    /// The intervals before and after the rows of each of its tables.
    pub(super) uncovered: Vec<UncoveredEnds>,
    /// Number of intervals in which one of its tables has rows.
    pub(super) looked_at: u64,
    /// The sums over the span so far.
    span: Vec<(f64, f64)>,
    span_begin_seconds: Option<i64>,
    span_end_seconds: i64,
}

impl<'a> CheckProgress<'a> {
    pub(super) fn new(check: &'a IdentityCheck, sources: &Sources) -> Self {
        let choices = 1 << check.perhaps.len();
        let mut progress = CheckProgress {
            check,
            obstacles: Vec::new(),
            applies: true,
            has_shares: false,
            tally: CheckTally::default(),
            earlier: vec![CheckTally::default(); choices],
            latest: vec![CheckTally::default(); choices],
            latest_begin_seconds: i64::MIN,
            latest_end_seconds: i64::MIN,
            step_seconds: None,
            sources: Vec::new(),
            uncovered: Vec::new(),
            looked_at: 0,
            span: vec![(0.0, 0.0); check.sums().count()],
            span_begin_seconds: None,
            span_end_seconds: 0,
        };
        let has = |place: ColumnPlace| sources.get(place.table).is_some_and(|source| source.has(place));
        progress.applies =
            check.needed_places().all(|place| !place.is_later() || has(place)) && !check.unless.is_some_and(has);
        progress.find_obstacles(sources);
        progress.uncovered = vec![UncoveredEnds::default(); progress.sources.len()];
        progress
    }

    /// Returns true if the check can be made.
    pub(super) fn is_made(&self) -> bool {
        self.applies && self.obstacles.is_empty()
    }

    /// Returns true if the check is about columns and rows that these files have or should have.
    pub(super) fn is_reported(&self) -> bool {
        self.applies && (self.has_shares || !self.check.needs_shares())
    }

    /// Compares the sums of each row of the check's only table.
    pub(super) fn compare_rows(&mut self, window: &Window, assumptions: Assumptions, scratch: &mut Scratch) {
        let table = self.check.tables.first();
        let Some((&number, intervals)) = table.and_then(|number| window.tables.get_key_value(number)) else { return };
        for (place, interval) in intervals.iter().enumerate() {
            let rows = self.check.places().find_map(|place| numbers(interval, place.column)).map_or(0, <[f64]>::len);
            if rows == 0 {
                continue;
            }
            let members = Members {
                window,
                begin_seconds: interval.begin_seconds,
                length_seconds: interval.length_seconds,
                places: vec![(number, place..place + 1)],
            };
            self.begin_interval(&members);
            let before = self.latest[0].comparisons;
            // Blocks of rows keep the sums small.
            for begin in (0..rows).step_by(ROWS_OF_A_BLOCK) {
                let block = begin..rows.min(begin + ROWS_OF_A_BLOCK);
                scratch.clear(self.check.sums().count(), block.len());
                scratch.is_there.fill(true);
                for (side, sum) in self.check.sums().enumerate() {
                    for term in sum {
                        scratch.add(side, (term, self.digits_of(term)), &members, assumptions, |_| {
                            RowTarget::EachByItself(block.start)
                        });
                    }
                }
                self.compare(scratch, &members, |row| key_of_row(number, interval, begin + row));
            }
            self.count_interval_since(before);
        }
    }

    /// Divides the window into intervals of the longest length and compares the sums of each.
    pub(super) fn compare_slots<'w>(
        &mut self,
        window: &'w Window,
        assumptions: Assumptions,
        scratch: &mut Scratch,
        keys: &mut KeyNumbers<'w>,
    ) where
        'a: 'w,
    {
        // Figures without timestamps are one interval of unknown length.
        let step = self.step_seconds.unwrap_or(window.length_seconds);
        if step == 0 && self.check.needs_seconds() {
            return;
        }
        for begin_seconds in self.slots(window, step) {
            let members = Members::new(window, begin_seconds, step, &self.check.tables);
            if members.places.iter().all(|(_, range)| range.is_empty()) {
                continue;
            }
            let has_all = self.covers(&members).all(|covers| covers);
            self.looked_at += 1;
            self.begin_interval(&members);
            if has_all {
                self.compare_slot(&members, assumptions, scratch, keys);
            } else {
                self.latest[0].left_out += 1;
            }
            if !has_all || self.sources.iter().any(|source| source.is_empty) {
                self.note_uncovered(&members, assumptions, scratch, keys);
            }
        }
    }

    pub(super) fn compare_slot<'w>(
        &mut self,
        members: &Members<'w>,
        assumptions: Assumptions,
        scratch: &mut Scratch,
        keys: &mut KeyNumbers<'w>,
    ) where
        'a: 'w,
    {
        let check = self.check;
        match &check.per {
            Per::Key { name, columns } => self.compare_keys((name, columns), members, assumptions, scratch, keys),
            _ => self.compare_sums(members, assumptions, scratch),
        }
    }

    /// The beginnings of the intervals of a length in which one of the tables has rows. A window can be much longer than the intervals.
    fn slots(&self, window: &Window, step: i64) -> Vec<i64> {
        if step == 0 || step >= window.length_seconds {
            return vec![window.begin_seconds];
        }
        let rows = self.check.tables.iter().filter_map(|table| window.tables.get(table)).flatten();
        let offsets = rows.map(|interval| interval.begin_seconds - window.begin_seconds).filter(|offset| *offset >= 0);
        let mut slots: Vec<i64> = offsets.map(|offset| window.begin_seconds + offset / step * step).collect();
        slots.sort_unstable();
        slots.dedup();
        slots
    }

    /// For each table, true if it covers the whole interval.
    pub(super) fn covers(&self, members: &Members<'_>) -> impl Iterator<Item = bool> {
        let end_seconds = members.begin_seconds + members.length_seconds;
        members.places.iter().zip(&self.sources).map(move |((table, range), source)| {
            let intervals = members.intervals(*table);
            let covered: i64 = intervals.iter().map(|interval| interval.length_seconds).sum();
            let is_timeless = intervals.iter().any(|interval| interval.length_seconds == 0);
            let is_whole =
                (covered == members.length_seconds || is_timeless) && (range.len() == 1 || !self.check.is_rounded);
            let is_silent =
                covered < members.length_seconds && source.silence(members.begin_seconds, end_seconds) == Silence::Zero;
            (is_whole || is_silent) && self.has_columns(*table, intervals)
        })
    }

    /// The digits of the file of a term's first column.
    fn digits_of(&self, term: &Term) -> FileDigits {
        let place = term.places.first();
        let source = place.and_then(|place| {
            let at = self.check.tables.iter().position(|table| *table == place.table)?;
            Some(self.sources.get(at)?.digits)
        });
        source.unwrap_or_default()
    }

    fn has_columns(&self, table: u32, intervals: &[IntervalRows]) -> bool {
        let has = |place: ColumnPlace| {
            intervals.iter().all(|interval| interval.columns.get(place.column).is_some_and(Option::is_some))
        };
        self.check.needed_places().filter(|place| place.table == table).all(has)
    }

    fn compare_sums(&mut self, members: &Members<'_>, assumptions: Assumptions, scratch: &mut Scratch) {
        let check = self.check;
        if check.needs_shares() {
            if !check.sums().flatten().all(|term| term.has_shares(members)) {
                return;
            }
            self.has_shares = true;
        }
        scratch.clear(check.sums().count(), 1);
        scratch.is_there.fill(true);
        for (side, sum) in check.sums().enumerate() {
            for term in sum {
                scratch.add(side, (term, self.digits_of(term)), members, assumptions, |_| RowTarget::Together);
            }
        }
        if check.per == Per::Span {
            self.latest[0].intervals += 1;
            self.span_begin_seconds.get_or_insert(members.begin_seconds);
            self.span_end_seconds = members.begin_seconds + members.length_seconds;
            for (total, sums) in self.span.iter_mut().zip(&scratch.sums) {
                total.0 += sums[0];
            }
            return;
        }
        let before = self.latest[0].comparisons;
        self.compare(scratch, members, |_| Vec::new());
        self.count_interval_since(before);
    }

    fn compare_keys<'w>(
        &mut self,
        (space, columns): (&'w str, &'w [(u32, Vec<usize>)]),
        members: &Members<'w>,
        assumptions: Assumptions,
        scratch: &mut Scratch,
        keys: &mut KeyNumbers<'w>,
    ) {
        let check = self.check;
        // All keys are numbered before the sums are laid out.
        let of_table = |table: u32| columns.iter().find(|(other, _)| *other == table).map_or(&[][..], |(_, key)| key);
        let mut numbers = Vec::new();
        for (table, range) in &members.places {
            for place in range.clone() {
                let row_keys = keys.of(space, of_table(*table), (members.window, *table, place));
                numbers.push(((*table, place), row_keys));
            }
        }
        scratch.clear(check.sums().count(), keys.count(space));
        for key in numbers.iter().flat_map(|(_, keys)| keys.iter()) {
            scratch.is_there[*key as usize] = true;
        }
        let by_place = |wanted: (u32, usize)| {
            let found = numbers.iter().find(|(place, _)| *place == wanted);
            RowTarget::ByKey(found.map(|(_, keys)| &**keys).unwrap_or_default())
        };
        for (side, sum) in check.sums().enumerate() {
            for term in sum {
                scratch.add(side, (term, self.digits_of(term)), members, assumptions, by_place);
            }
        }
        let before = self.latest[0].comparisons;
        self.compare(scratch, members, |key| keys.key(space, key));
        self.count_interval_since(before);
    }

    /// Begins an interval, unless it is already the latest one.
    fn begin_interval(&mut self, members: &Members<'_>) {
        if members.begin_seconds != self.latest_begin_seconds {
            self.absorb_latest();
            self.latest_begin_seconds = members.begin_seconds;
        }
        self.latest_end_seconds = members.begin_seconds + members.length_seconds;
    }

    /// Counts an interval if there were comparisons in it. `before` is the number of comparisons before it.
    fn count_interval_since(&mut self, before: u64) {
        self.latest[0].intervals += u64::from(self.latest[0].comparisons > before);
    }

    pub(super) fn absorb_latest(&mut self) {
        for (earlier, latest) in self.earlier.iter_mut().zip(&mut self.latest) {
            earlier.absorb(std::mem::take(latest));
        }
    }

    /// Compares the sums of each row or key.
    fn compare(&mut self, scratch: &Scratch, members: &Members<'_>, key_of: impl Fn(usize) -> Vec<String>) {
        let check = self.check;
        let sides = scratch.sums.as_slice();
        let (of, others) = sides[2..].split_at(usize::from(check.of.is_some()));
        let (equal, others) = others.split_at(check.if_equal.len());
        let (witnesses, perhaps) = others.split_at(check.witnesses.len());
        let is_cut = check.is_notice_if_cut && members.has_cut_lists();
        let is_longest = check.is_notice_if_longest && members.is_longest(&check.left);
        for (at, (&left, &sum)) in sides[0].iter().zip(&sides[1]).enumerate() {
            if matches!(equal, [one, other] if one[at] == 0.0 || one[at] != other[at]) {
                continue;
            }
            if !scratch.is_there[at] || witnesses.iter().any(|witness| witness[at] != sum) {
                continue;
            }
            // A share or an average of nothing says nothing.
            if left == 0.0 && of.first().is_some_and(|of| of[at] == 0.0) {
                continue;
            }
            for (choice, tally) in self.latest.iter_mut().enumerate() {
                let chosen = perhaps.iter().enumerate().filter(|(place, _)| choice >> place & 1 == 1);
                let sum = sum + chosen.map(|(_, values)| values[at]).sum::<f64>();
                let right = check.right_side(sum, of.first().map(|of| of[at]));
                let pair = Pair { left, right, rounding: scratch.rounding[at], is_cut, is_longest };
                tally.compare(check, pair, || (members.begin_seconds, members.length_seconds, key_of(at)));
            }
        }
    }

    /// Compares the sums over the span, if the check is per span.
    pub(super) fn compare_span(&mut self) {
        let Some(begin_seconds) = self.span_begin_seconds else { return };
        let check = self.check;
        let right = check.right_side(self.span[1].0, check.of.as_ref().map(|_| self.span[2].0));
        let pair = Pair { left: self.span[0].0, right, ..Pair::default() };
        let length_seconds = self.span_end_seconds - begin_seconds;
        self.latest[0].compare(check, pair, || (begin_seconds, length_seconds, Vec::new()));
    }
}

impl IdentityCheck {
    /// Returns true if the check compares the percentages in the second row of a summary.
    fn needs_shares(&self) -> bool {
        self.sums().flatten().any(|term| term.way == Aggregation::Share)
    }

    /// Returns true if the check uses the length of intervals.
    fn needs_seconds(&self) -> bool {
        self.sums().flatten().any(|term| term.constants.contains(&Constant::Seconds))
    }

    /// The right side, from its sum and the sum of its divisor.
    fn right_side(&self, sum: f64, of: Option<f64>) -> f64 {
        match of {
            None => self.times * sum,
            Some(0.0) => 0.0,
            Some(of) => self.times * sum / of,
        }
    }
}

/// The texts of the key of a row.
fn key_of_row(number: u32, interval: &IntervalRows, row: usize) -> Vec<String> {
    let columns = table_of(number).map(|table| table.columns.as_slice()).unwrap_or_default();
    let keys = (0..columns.len()).filter(|&column| columns[column].kind() == ColumnKind::Key);
    keys.filter_map(|column| interval.text(column, row).map(str::to_owned)).collect()
}
