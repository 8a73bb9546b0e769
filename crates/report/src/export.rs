//! Writes tables as CSV.

use std::io::Write;

use chrono::DateTime;
use tollgate_catalogue::Table;
use tollgate_ledger::{Counts, System};

use crate::number::{push_general, push_one_decimal};
use crate::project::{Projection, Rows, Setting, Value};

/// Writes tables as the appliance exports them. It reuses its buffers.
#[derive(Debug)]
pub struct CsvWriter<'a> {
    projection: Projection<'a>,
    /// The four times at the start of each row of an interval, and the beginning for which they were made.
    times: Vec<u8>,
    times_begin_micros: Option<u64>,
}

const SECOND: u64 = 1_000_000;

impl<'a> CsvWriter<'a> {
    /// A writer for one appliance.
    pub fn new(setting: Setting<'a>) -> Self {
        CsvWriter { projection: Projection::new(setting), times: Vec::new(), times_begin_micros: None }
    }

    /// A writer that shows several appliances as one.
    ///
    /// # Panics
    /// If there is no setting, or the appliances have different multipliers.
    pub fn merged(settings: &[Setting<'a>]) -> Self {
        CsvWriter { projection: Projection::merged(settings), times: Vec::new(), times_begin_micros: None }
    }

    /// From now on writes only the rows of a table whose first key has this name. Returns false if the scenario has no
    /// such name.
    pub fn restrict(&mut self, table: &Table, name: &str) -> bool {
        self.projection.restrict(table, name)
    }

    /// Appends the header row of a table.
    pub fn write_header(&self, table: &Table, out: &mut Vec<u8>) {
        let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
        writer.write_record(table.headings()).expect("writing to memory cannot fail");
    }

    /// Appends an interval's rows of a table with timestamps and returns their number. `counts` has one entry for each
    /// appliance, for a table without keys with the account of the system. The interval begins at a whole second, given in microseconds since
    /// the Unix epoch.
    ///
    /// # Panics
    /// If the table has no timestamps, or something was counted that the directory does not name.
    pub fn write_interval(&mut self, table: &Table, begin_micros: u64, counts: &[&Counts], out: &mut Vec<u8>) -> u64 {
        assert!(table.timestamps, "{} has no intervals", table.file);
        if is_missing(table, counts) {
            return 0;
        }
        let interval_micros = self.projection.setting().interval_micros;
        if self.times_begin_micros != Some(begin_micros) {
            write_times(begin_micros / SECOND, interval_micros / SECOND, &mut self.times);
            self.times_begin_micros = Some(begin_micros);
        }
        let mut rows = CsvRows { times: &self.times, out };
        self.projection.project(table, begin_micros + interval_micros, counts, &mut rows)
    }

    /// Appends the rows of a table without timestamps and returns their number. `counts` are those of the whole span.
    /// Its end is in microseconds since the Unix epoch.
    ///
    /// # Panics
    /// If the table has timestamps, or something was counted that the directory does not name.
    pub fn write_span(&mut self, table: &Table, end_micros: u64, counts: &[&Counts], out: &mut Vec<u8>) -> u64 {
        assert!(!table.timestamps, "{} has intervals", table.file);
        self.projection.project(table, end_micros, counts, &mut CsvRows { times: &[], out })
    }
}

/// True if a table without keys has no row in an interval, because every appliance was down. `counts` has one entry for each appliance, with
/// the account of the system.
pub fn is_missing(table: &Table, counts: &[&Counts]) -> bool {
    table.keys.is_empty() && counts.iter().all(|counts| counts.system.get(System::Up) == 0)
}

/// Writes rows into a buffer. A comma follows each value. The end of the row replaces the last comma.
struct CsvRows<'a> {
    times: &'a [u8],
    out: &'a mut Vec<u8>,
}

impl Rows for CsvRows<'_> {
    fn begin(&mut self) {
        self.out.extend_from_slice(self.times);
    }

    #[inline]
    fn value(&mut self, value: Value<'_>) {
        match value {
            Value::Text(text) => push_text(self.out, text),
            Value::Flag(flag) => self.out.extend_from_slice(if flag { b"Yes" } else { b"No" }),
            Value::Address(address) => push_address(self.out, address),
            Value::Score(score) => push_score(self.out, score),
            Value::Count(count) => push_count(self.out, count),
            Value::Number(number) => push_general(self.out, number),
            Value::Percent(percent) => push_one_decimal(self.out, percent),
        }
        self.out.push(b',');
    }

    fn end(&mut self) {
        end_line(self.out);
    }
}

fn end_line(out: &mut Vec<u8>) {
    out.pop();
    out.extend_from_slice(b"\r\n");
}

/// Writes the four times of an interval, each followed by a comma.
fn write_times(begin_seconds: u64, interval_seconds: u64, times: &mut Vec<u8>) {
    let end_seconds = begin_seconds + interval_seconds - 1;
    let date = |seconds: u64| {
        let moment = DateTime::from_timestamp(seconds as i64, 0).unwrap_or_default();
        moment.format("%Y-%m-%d %H:%M GMT")
    };
    times.clear();
    let written = write!(times, "{begin_seconds}.0,{end_seconds}.0,{},{},", date(begin_seconds), date(end_seconds));
    debug_assert!(written.is_ok());
}

#[inline]
fn push_count(out: &mut Vec<u8>, count: u64) {
    // Most counts have one digit.
    if count < 10 {
        out.push(b'0' + count as u8);
    } else {
        out.extend_from_slice(itoa::Buffer::new().format(count).as_bytes());
    }
}

fn push_address(out: &mut Vec<u8>, address: u32) {
    for part in address.to_be_bytes() {
        push_count(out, u64::from(part));
        out.push(b'.');
    }
    out.pop();
}

fn push_score(out: &mut Vec<u8>, tenths: Option<i16>) {
    let Some(tenths) = tenths else {
        out.extend_from_slice(b"None");
        return;
    };
    if tenths < 0 {
        out.push(b'-');
    }
    let size = u64::from(tenths.unsigned_abs());
    push_count(out, size / 10);
    out.push(b'.');
    push_count(out, size % 10);
}

/// Writes a text, with quotes if it needs them. Almost none does, and checking all bytes of a text at once is faster
/// than the `csv` crate, which checks each byte of a field. A test compares the two.
#[inline]
fn push_text(out: &mut Vec<u8>, text: &str) {
    let special = |byte: u8| matches!(byte, b',' | b'"' | b'\r' | b'\n');
    if text.bytes().fold(false, |found, byte| found | special(byte)) {
        push_quoted(out, text);
    } else {
        out.extend_from_slice(text.as_bytes());
    }
}

fn push_quoted(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    for byte in text.bytes() {
        if byte == b'"' {
            out.push(b'"');
        }
        out.push(byte);
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_the_appliance_writes_them() {
        for (value, expected) in [
            (Value::Text("plain"), "plain"),
            (Value::Text("a \"b\", c"), "\"a \"\"b\"\", c\""),
            (Value::Flag(true), "Yes"),
            (Value::Flag(false), "No"),
            (Value::Address(u32::MAX), "255.255.255.255"),
            (Value::Address(0x0A00_0109), "10.0.1.9"),
            (Value::Score(None), "None"),
            (Value::Score(Some(0)), "0.0"),
            (Value::Score(Some(-5)), "-0.5"),
            (Value::Score(Some(-100)), "-10.0"),
            (Value::Score(Some(99)), "9.9"),
            (Value::Count(0), "0"),
            (Value::Count(10), "10"),
            (Value::Count(u64::MAX), "18446744073709551615"),
            (Value::Number(0.0), "0"),
            (Value::Number(2.0 / 3.0), "0.666666666667"),
            (Value::Percent(0.0), "0.0"),
            (Value::Percent(100.0), "100.0"),
        ] {
            let mut out = Vec::new();
            let mut rows = CsvRows { times: b"1.0,", out: &mut out };
            rows.begin();
            rows.value(value);
            rows.end();
            assert_eq!(String::from_utf8_lossy(&out), format!("1.0,{expected}\r\n"));
        }
    }
}
