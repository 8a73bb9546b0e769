//! The findings in words.

use std::fmt::Write;

use tollgate_audit::{Coverage, Exports, Finding, FindingResult, Identities, IntervalCount, IntervalInProgress, Worst};
use tollgate_catalogue::Catalogue;
use tollgate_wording::{count, counted, exact, exact_duration, list, printable, short_list, span};

use super::counts::FindingCounts;
use super::multiplier::MultiplierInUse;
use crate::terminal::{self, Style};

const BROKEN: (&str, Style) = ("BROKEN", Style::Bad);
const NOTICE: (&str, Style) = ("NOTICE", Style::Caution);

/// The largest number of identities that a line names without `--all`.
const MOST_NAMES: usize = 3;

/// The largest number of files that a failure names.
const MOST_FILES: usize = 10;

/// The options that change the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct TextOptions {
    /// Also lists identities that hold and files that are missing.
    pub(super) all: bool,
    /// Only failures.
    pub(super) quiet: bool,
}

/// Describes the findings, with the tables, span and intervals of the exports.
pub(super) fn describe(
    exports: &Exports,
    findings: &[Finding],
    multiplier: &MultiplierInUse,
    options: TextOptions,
) -> String {
    let of = |verdict: FindingResult| findings.iter().filter(move |finding| finding.verdict == verdict);
    let failures = of(FindingResult::Broken).chain(of(FindingResult::Notice));
    let failures: String = failures.map(|finding| describe_failure(finding, multiplier)).collect();
    if options.quiet {
        return failures.trim_start_matches('\n').into();
    }
    let mut text = describe_extent(exports, &Coverage::of(exports)) + &failures;
    let mut known = Vec::new();
    let unchecked = of(FindingResult::Unchecked);
    text.push_str(&describe_unchecked("CANNOT BE CHECKED", unchecked, options.all, &mut known));
    let in_part = findings.iter().filter(|finding| finding.verdict != FindingResult::Unchecked);
    text.push_str(&describe_unchecked("PARTLY CHECKED", in_part, options.all, &mut known));
    let FindingCounts { broken, notices, unchecked, hold } = FindingCounts::of(findings);
    if options.all && hold > 0 {
        let lines: Vec<_> = of(FindingResult::Holds).map(describe_holding).collect();
        let heading = terminal::paint("HOLDS", Style::Good);
        text.push_str(&format!("\n{heading}\n{}", terminal::indented_columns(&lines, 2)));
    }
    let style = |number: usize, style| if number > 0 { style } else { Style::Plain };
    text.push_str(&format!(
        "\n{}, {}, {} cannot be checked, {}\n",
        terminal::paint(&format!("{} broken", count(broken as u64)), style(broken, Style::Bad)),
        terminal::paint(&counted(notices as u64, "notice"), style(notices, Style::Caution)),
        count(unchecked as u64),
        terminal::paint(
            &format!("{} {}", count(hold as u64), if hold == 1 { "holds" } else { "hold" }),
            style(hold, Style::Good)
        ),
    ));
    text
}

/// A remark on an interval that was not over when the tables were read.
pub(super) fn describe_unfinished(interval: IntervalInProgress) -> String {
    let time = span(micros(interval.begin_seconds), micros(interval.end_seconds));
    format!(
        "the last interval ({time}) was not over when the tables were read: most tables differ in it by a few messages and agree \
         before; differences between tables are notices in it"
    )
}

/// Lists the reasons why identities cannot be checked, each with its identities. Missing files and all names are listed only if `all` is
/// true, because a directory often holds the exports of one page. Otherwise, reasons that are `known` are left out.
fn describe_unchecked<'a>(
    heading: &str,
    findings: impl Iterator<Item = &'a Finding>,
    all: bool,
    known: &mut Vec<String>,
) -> String {
    let mut need_others = 0;
    let mut by_reason: Vec<(String, Vec<&str>)> = Vec::new();
    for finding in findings {
        let lacks_files = !finding.missing.is_empty();
        need_others += u64::from(lacks_files && !all && finding.verdict == FindingResult::Unchecked);
        let missing = (lacks_files && all).then(|| describe_missing(&finding.missing));
        for reason in missing.iter().chain(&finding.why) {
            match by_reason.iter_mut().find(|(other, _)| other == reason) {
                Some((_, names)) => names.push(&finding.name),
                None => by_reason.push((reason.clone(), vec![&finding.name])),
            }
        }
    }
    if !all {
        by_reason.retain(|(reason, _)| !known.contains(reason));
        known.extend(by_reason.iter().map(|(reason, _)| reason.clone()));
    }
    let most = if all { usize::MAX } else { MOST_NAMES };
    let lines =
        by_reason.iter().map(|(reason, names)| format!("  {}: {}\n", short_list(names, most), printable(reason)));
    let others = match need_others {
        0 => String::new(),
        1 => "  1 identity needs other tables; --all names it\n".into(),
        number => format!("  {} identities need other tables; --all names them\n", count(number)),
    };
    let lines: String = std::iter::once(others).chain(lines).collect();
    if lines.is_empty() { lines } else { format!("\n{heading}\n{lines}") }
}

/// The tables that are missing, each with its number and its file.
fn describe_missing(files: &[String]) -> String {
    let tables = Catalogue::builtin().tables();
    let named = |file: &String| {
        let table = tables.iter().find(|table| table.file == *file);
        table.map_or_else(|| file.clone(), |table| format!("{} ({file})", table.number))
    };
    format!("missing {} {}", if files.len() == 1 { "table" } else { "tables" }, list(files.iter().map(named)))
}

/// One line with the directory, its tables, span and intervals.
fn describe_extent(exports: &Exports, extent: &Coverage) -> String {
    let Coverage { recognised, tables, begin_seconds, end_seconds, intervals, .. } = extent;
    let mut text =
        format!("{}: {recognised} of {tables} tables", printable(&exports.directory().display().to_string()));
    if let (Some(begin), Some(end)) = (begin_seconds, end_seconds) {
        text.push_str(&format!(", {}", span(micros(*begin), micros(*end))));
    }
    let of_length = |each: &IntervalCount| {
        format!("{} of {}", counted(each.count, "interval"), exact_duration(each.length_seconds.unsigned_abs()))
    };
    let intervals: Vec<_> = intervals.iter().map(of_length).collect();
    if !intervals.is_empty() {
        text.push_str(&format!(", {}", intervals.join(" and ")));
    }
    text + "\n"
}

/// A broken identity or a notice, with its worst failure and its meaning.
fn describe_failure(finding: &Finding, multiplier: &MultiplierInUse) -> String {
    let Finding { name, finding: title, meaning, intervals, comparisons, breaks, notices, .. } = finding;
    let ((verdict, style), failed, verb, worst_of) = match finding.verdict {
        FindingResult::Broken => (BROKEN, breaks, "Fails", "Worst failure"),
        _ => (NOTICE, notices, "Unusual", "Most unusual"),
    };
    let mut text = format!("\n{}  {name}: {title}\n", terminal::paint(verdict, style));
    let in_intervals = if *intervals == 0 { String::new() } else { format!(" ({})", counted(*intervals, "interval")) };
    // Writing into a string cannot fail.
    let _ = writeln!(
        text,
        "  {verb} in {} of {}{in_intervals}. {worst_of}:",
        count(*failed),
        counted(*comparisons, "comparison")
    );
    if let Some(worst) = &finding.worst {
        text.push_str(&describe_worst(worst));
    }
    if finding.tables.len() > 1 && is_about_files(name) {
        text.push_str(&format!("  Files: {}\n", short_list(&finding.tables, MOST_FILES)));
    }
    text.push_str(&format!("  {meaning}\n"));
    if finding.verdict == FindingResult::Broken && multiplier.is_used_by(name) {
        text.push_str(&format!("  The multiplier {}.\n", multiplier.origin));
        if 2 * breaks > *comparisons {
            text.push_str("  Most comparisons fail, so the appliance probably uses another multiplier; set it with --multiplier.\n");
        }
    }
    text
}

/// Returns true if an identity is about each file by itself, so that its worst failure names only one of them.
fn is_about_files(name: &str) -> bool {
    Identities::builtin().named(name).is_some_and(|identity| identity.tables().next().is_none())
}

fn describe_worst(worst: &Worst) -> String {
    let key = if worst.key.is_empty() { String::new() } else { format!(", {}", printable(&list(&worst.key))) };
    let time = match worst.length_seconds {
        0 => "without timestamps".to_owned(),
        seconds => span(micros(worst.begin_seconds), micros(worst.begin_seconds) + micros(seconds)),
    };
    let text = format!("    {time}{key}\n");
    let side = |value: f64, made_of: &str| vec![exact(value), printable(made_of)];
    let mut rows = vec![side(worst.left.value, &worst.left.made_of), side(worst.right.value, &worst.right.made_of)];
    rows.extend(worst.difference.map(|difference| side(difference, "difference")));
    text + &terminal::indented_columns(&rows, 4)
}

fn describe_holding(finding: &Finding) -> Vec<String> {
    let mut looked_at = counted(finding.comparisons, "comparison");
    if finding.intervals > 0 {
        looked_at.push_str(&format!(", {}", counted(finding.intervals, "interval")));
    }
    vec![finding.name.clone(), looked_at, finding.states.clone()]
}

/// Converts seconds to microseconds.
fn micros(seconds: i64) -> i128 {
    i128::from(seconds) * 1_000_000
}
