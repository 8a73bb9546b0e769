//! The kinds of lies, each a change of one file of exports.

use std::path::Path;

use tollgate_catalogue::{ColumnContent, ColumnKind, Table};

/// A file of exports.
pub struct Sheet {
    table: &'static Table,
    header: Vec<String>,
    pub(super) rows: Vec<Vec<String>>,
    /// Number of columns before those of the catalogue.
    times: usize,
}

/// Changes a file. Returns false if the file has nothing that could be changed in this way.
pub type Lie = fn(&mut Sheet, &mut Dice) -> bool;

/// The kinds of lies.
pub const LIES: [(&str, Lie); 25] = [
    ("a count is one more", one_more),
    ("a count is 5 % more", five_percent_more),
    ("a count is 0", zero),
    ("two counts of a row are exchanged", exchanged_counts),
    ("a message is moved to another row of the interval", moved_message),
    ("all counts of a column are 5 % more", scaled_column),
    ("two headings are exchanged", exchanged_headings),
    ("a count and the total beside it are one more", one_more_with_total),
    ("an average or a percentage is 5 % more", other_average),
    ("a key is renamed", renamed_key),
    ("two keys of an interval are exchanged", exchanged_keys),
    ("a row is missing", missing_row),
    ("a row is repeated", repeated_row),
    ("two intervals are exchanged", exchanged_intervals),
    ("a date is a minute off", wrong_date),
    ("the dates of the file name another time zone", other_zone),
    ("an End Timestamp is a second off", wrong_end),
    ("a Begin Timestamp is a second off", wrong_begin),
    ("the whole file is shifted by a second", shifted_file),
    ("an attribute contradicts the row", wrong_attribute),
    ("the file has only its heading", only_heading),
    ("the second half of the file is missing", cut_off),
    ("the whole file is of a week later", later_week),
    ("the first two counts are exchanged in all rows", exchanged_columns),
    ("a cell has a value that its column does not allow", impossible_value),
];

/// Numbers that depend only on the lie and its file.
pub struct Dice(pub u64);

impl Dice {
    /// A number below `end`.
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % end
    }

    /// One of several things.
    fn pick<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        (!of.is_empty()).then(|| of[self.below(of.len())])
    }
}

impl Sheet {
    pub fn read(directory: &Path, table: &'static Table) -> Sheet {
        let mut reader = csv::Reader::from_path(directory.join(&table.file)).unwrap();
        let texts = |record: &csv::StringRecord| record.iter().map(String::from).collect::<Vec<String>>();
        let header = texts(reader.headers().unwrap());
        let rows = reader.records().map(|row| texts(&row.unwrap())).collect();
        Sheet { table, header, rows, times: if table.timestamps { 4 } else { 0 } }
    }

    pub fn write(&self, directory: &Path) {
        let mut writer = csv::WriterBuilder::new();
        let mut writer = writer.terminator(csv::Terminator::CRLF).from_path(directory.join(&self.table.file)).unwrap();
        writer.write_record(&self.header).unwrap();
        self.rows.iter().for_each(|row| writer.write_record(row).unwrap());
        writer.flush().unwrap();
    }

    /// The places of the columns of some kinds.
    fn places(&self, kinds: &[ColumnKind]) -> Vec<usize> {
        let columns = self.table.columns.iter().enumerate().filter(|(_, column)| kinds.contains(&column.kind()));
        columns.map(|(place, _)| self.times + place).collect()
    }

    /// The rows and columns of counts of at least `least`.
    fn counts(&self, least: u64) -> Vec<(usize, usize)> {
        let columns = self.places(&[ColumnKind::Count]);
        let cells = (0..self.rows.len()).flat_map(|row| columns.iter().map(move |&column| (row, column)));
        cells.filter(|&(row, column)| self.count(row, column) >= least).collect()
    }

    pub(super) fn count(&self, row: usize, column: usize) -> u64 {
        self.rows[row][column].parse().unwrap()
    }

    pub(super) fn set(&mut self, (row, column): (usize, usize), count: u64) -> bool {
        self.rows[row][column] = count.to_string();
        true
    }

    fn row(&self, dice: &mut Dice) -> Option<usize> {
        dice.pick(&(0..self.rows.len()).collect::<Vec<_>>())
    }

    /// Adds seconds to a timestamp.
    fn shift(&mut self, row: usize, column: usize, seconds: f64) {
        let moment: f64 = self.rows[row][column].parse().unwrap();
        self.rows[row][column] = format!("{:.1}", moment + seconds);
    }
}

fn one_more(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    dice.pick(&sheet.counts(0)).is_some_and(|(row, column)| sheet.set((row, column), sheet.count(row, column) + 1))
}

fn five_percent_more(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    let cell = dice.pick(&sheet.counts(20));
    cell.is_some_and(|(row, column)| sheet.set((row, column), sheet.count(row, column) * 21 / 20))
}

fn zero(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    dice.pick(&sheet.counts(1)).is_some_and(|cell| sheet.set(cell, 0))
}

fn exchanged_counts(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    let columns = sheet.places(&[ColumnKind::Count]);
    let pairs = |row: usize| {
        let first = columns.iter().zip(columns.iter().skip(1));
        first.map(move |(&left, &right)| (row, left, right)).collect::<Vec<_>>()
    };
    let unequal = |&(row, left, right): &(usize, usize, usize)| sheet.count(row, left) != sheet.count(row, right);
    let all: Vec<_> = (0..sheet.rows.len()).flat_map(pairs).filter(unequal).collect();
    dice.pick(&all).is_some_and(|(row, left, right)| {
        sheet.rows[row].swap(left, right);
        true
    })
}

fn moved_message(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    if sheet.places(&[ColumnKind::Key]).is_empty() || !sheet.table.timestamps {
        return false;
    }
    let Some((row, column)) = dice.pick(&sheet.counts(1)) else { return false };
    let is_other = |&other: &usize| other != row && sheet.rows[other][..4] == sheet.rows[row][..4];
    let others: Vec<usize> = (0..sheet.rows.len()).filter(is_other).collect();
    let Some(other) = dice.pick(&others) else { return false };
    sheet.set((row, column), sheet.count(row, column) - 1);
    sheet.set((other, column), sheet.count(other, column) + 1)
}

fn scaled_column(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    let Some((_, column)) = dice.pick(&sheet.counts(20)) else { return false };
    (0..sheet.rows.len()).all(|row| sheet.set((row, column), sheet.count(row, column) * 21 / 20))
}

fn exchanged_headings(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    let columns = sheet.places(&[ColumnKind::Count]);
    let column = |sheet: &Sheet, place: usize| sheet.rows.iter().map(|row| row[place].clone()).collect::<Vec<_>>();
    let pairs: Vec<_> = columns.iter().copied().zip(columns.iter().copied().skip(1)).collect();
    let unequal = |&(left, right): &(usize, usize)| column(sheet, left) != column(sheet, right);
    let unequal: Vec<(usize, usize)> = pairs.into_iter().filter(unequal).collect();
    dice.pick(&unequal).is_some_and(|(left, right)| {
        sheet.header.swap(left, right);
        true
    })
}

fn one_more_with_total(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    let totals: Vec<usize> = sheet
        .table
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| column.name.starts_with("Total"))
        .map(|(place, _)| sheet.times + place)
        .collect();
    let parts: Vec<(usize, usize)> =
        sheet.counts(1).into_iter().filter(|(_, column)| !totals.contains(column)).collect();
    let (Some((row, column)), false) = (dice.pick(&parts), totals.is_empty()) else { return false };
    sheet.set((row, column), sheet.count(row, column) + 1);
    totals.into_iter().all(|total| sheet.set((row, total), sheet.count(row, total) + 1))
}

fn other_average(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    let columns = sheet.places(&[ColumnKind::Number, ColumnKind::Percent]);
    let cells = (0..sheet.rows.len()).flat_map(|row| columns.iter().map(move |&column| (row, column)));
    let is_large = |&(row, column): &(usize, usize)| sheet.rows[row][column].parse::<f64>().unwrap() * 0.05 > 0.1;
    let cells: Vec<_> = cells.filter(is_large).collect();
    dice.pick(&cells).is_some_and(|(row, column)| {
        let is_percent = sheet.table.columns[column - sheet.times].kind() == ColumnKind::Percent;
        let value = sheet.rows[row][column].parse::<f64>().unwrap() * 1.05;
        let digits = 11 - value.log10().floor() as i32;
        sheet.rows[row][column] =
            if is_percent { format!("{value:.1}") } else { format!("{value:.*}", digits as usize) };
        true
    })
}

fn renamed_key(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    let (Some(row), Some(key)) = (sheet.row(dice), dice.pick(&sheet.places(&[ColumnKind::Key]))) else { return false };
    sheet.rows[row][key].insert_str(0, "other-");
    true
}

fn exchanged_keys(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    let (Some(row), [key, ..]) = (sheet.row(dice), &sheet.places(&[ColumnKind::Key])[..]) else { return false };
    let (key, counts) = (*key, sheet.places(&[ColumnKind::Count]));
    let differs = |other: &usize, columns: &[usize]| {
        columns.iter().any(|column| sheet.rows[*other][*column] != sheet.rows[row][*column])
    };
    let is_other = |other: &usize| {
        sheet.rows[*other][..sheet.times] == sheet.rows[row][..sheet.times]
            && differs(other, &[key])
            && differs(other, &counts)
    };
    let others: Vec<usize> = (0..sheet.rows.len()).filter(is_other).collect();
    let Some(other) = dice.pick(&others) else { return false };
    let (one, two) = (sheet.rows[row][key].clone(), sheet.rows[other][key].clone());
    (sheet.rows[row][key], sheet.rows[other][key]) = (two, one);
    true
}

fn missing_row(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    let row = sheet.row(dice);
    row.map(|row| sheet.rows.remove(row)).is_some()
}

fn repeated_row(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    let Some(row) = sheet.row(dice) else { return false };
    sheet.rows.insert(row, sheet.rows[row].clone());
    true
}

fn exchanged_intervals(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    if !sheet.table.timestamps {
        return false;
    }
    let (Some(row), Some(other)) = (sheet.row(dice), sheet.row(dice)) else { return false };
    let (from, to) = (sheet.rows[row][..4].to_vec(), sheet.rows[other][..4].to_vec());
    for row in &mut sheet.rows {
        if row[..4] == from {
            row[..4].clone_from_slice(&to);
        } else if row[..4] == to {
            row[..4].clone_from_slice(&from);
        }
    }
    let times = |sheet: &Sheet| sheet.rows.iter().map(|row| row[0].parse::<f64>().unwrap()).collect::<Vec<_>>();
    let is_changed = from != to && times(sheet).windows(2).any(|two| two[0] > two[1]);
    sheet.rows.sort_by(|left, right| left[0].parse::<f64>().unwrap().total_cmp(&right[0].parse::<f64>().unwrap()));
    is_changed
}

fn wrong_date(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    let Some(row) = sheet.row(dice).filter(|_| sheet.table.timestamps) else { return false };
    let date = &mut sheet.rows[row][2 + dice.below(2)];
    // `2008-11-18 09:04 GMT`: the last digit of the minutes.
    let digit = date.as_bytes()[15];
    date.replace_range(15..16, if digit == b'0' { "1" } else { "0" });
    true
}

fn other_zone(sheet: &mut Sheet, _: &mut Dice) -> bool {
    let dates = sheet.rows.iter_mut().filter(|_| sheet.table.timestamps).flat_map(|row| &mut row[2..4]);
    let changed = dates.map(|date| *date = date.replace("GMT", "CET")).count();
    changed > 0
}

fn wrong_end(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    let Some(row) = sheet.row(dice).filter(|_| sheet.table.timestamps) else { return false };
    sheet.shift(row, 1, if dice.below(2) == 0 { 1.0 } else { -1.0 });
    true
}

fn wrong_begin(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    let Some(row) = sheet.row(dice).filter(|_| sheet.table.timestamps) else { return false };
    sheet.shift(row, 0, if dice.below(2) == 0 { 1.0 } else { -1.0 });
    true
}

fn shifted_file(sheet: &mut Sheet, _: &mut Dice) -> bool {
    for row in 0..sheet.rows.len() * usize::from(sheet.table.timestamps) {
        sheet.shift(row, 0, 1.0);
        sheet.shift(row, 1, 1.0);
    }
    sheet.table.timestamps && !sheet.rows.is_empty()
}

/// A reputation score outside the range of the sender group, a sender group that no connection has, or an outbreak that is first seen
/// after the span or long before its mail was released.
fn wrong_attribute(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    let with = |column: usize, text: &str| -> Vec<usize> {
        (0..sheet.rows.len()).filter(|&row| sheet.rows[row][column] == text).collect()
    };
    match sheet.table.number {
        5 if dice.below(3) == 0 => {
            let Some(row) = sheet.row(dice) else { return false };
            sheet.rows[row][8] = "OTHERLIST".into();
        }
        5 => {
            let (group, score) = dice.pick(&[("BLACKLIST", "6.5"), ("SUSPECTLIST", "-7.5")]).unwrap();
            let Some(row) = dice.pick(&with(8, group)) else { return false };
            sheet.rows[row][7] = score.into();
        }
        20 => {
            let released: Vec<usize> = (0..sheet.rows.len()).filter(|&row| sheet.count(row, 4) > 0).collect();
            let (Some(row), late) = (dice.pick(&released), dice.below(2) == 0) else { return false };
            sheet.shift(row, 2, if late { 1e6 } else { -1e6 });
            sheet.rows[row][2].truncate(10);
        }
        _ => return false,
    }
    true
}

fn only_heading(sheet: &mut Sheet, _: &mut Dice) -> bool {
    let has_rows = !sheet.rows.is_empty();
    sheet.rows.clear();
    has_rows
}

fn cut_off(sheet: &mut Sheet, _: &mut Dice) -> bool {
    let rows = sheet.rows.len();
    sheet.rows.truncate(rows / 2);
    rows > 1
}

fn later_week(sheet: &mut Sheet, _: &mut Dice) -> bool {
    const WEEK: f64 = 604_800.0;
    for row in 0..sheet.rows.len() * usize::from(sheet.table.timestamps) {
        for column in [0, 1] {
            sheet.shift(row, column, WEEK);
            let moment: f64 = sheet.rows[row][column].parse().unwrap();
            let date = tollgate_wording::iso((moment * 1e6) as i64);
            sheet.rows[row][2 + column] = format!("{} {} GMT", &date[..10], &date[11..16]);
        }
    }
    sheet.table.timestamps && !sheet.rows.is_empty()
}

fn exchanged_columns(sheet: &mut Sheet, _: &mut Dice) -> bool {
    let [left, right, ..] = sheet.places(&[ColumnKind::Count])[..] else { return false };
    let is_changed = sheet.rows.iter().any(|row| row[left] != row[right]);
    sheet.rows.iter_mut().for_each(|row| row.swap(left, right));
    is_changed
}

/// An address, a score, a percentage, or Yes or No that cannot be.
fn impossible_value(sheet: &mut Sheet, dice: &mut Dice) -> bool {
    let is_percentage =
        |place: &usize| matches!(sheet.table.columns[place - sheet.times].content, ColumnContent::Percent { .. });
    let percentages: Vec<usize> =
        sheet.places(&[ColumnKind::Percent, ColumnKind::Number]).into_iter().filter(is_percentage).collect();
    let choice = match sheet.table.number {
        5 => dice.pick(&[(4, "not-an-ip"), (6, "Maybe"), (7, "-12.5"), (7, "bad")]),
        _ => dice.pick(&percentages).map(|place| (place, "101.5")),
    };
    let (Some((column, text)), Some(row)) = (choice, sheet.row(dice)) else { return false };
    sheet.rows[row][column] = text.into();
    true
}
