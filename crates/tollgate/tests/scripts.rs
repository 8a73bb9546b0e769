//! The exact counts of scripts, in exports.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::{content, run_well};

const SCENARIO: &str = "crates/tollgate/tests/data/scripted-verdicts.toml";

/// A table of exports without quoted cells: its headings and rows.
struct Export(Vec<Vec<String>>);

impl Export {
    fn read(run: &Path, name: &str) -> Export {
        let text = fs::read_to_string(run.join("box").join(format!("{name}.csv"))).unwrap();
        Export(text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect())
    }

    fn place(&self, heading: &str) -> usize {
        self.0[0].iter().position(|found| found == heading).unwrap_or_else(|| panic!("no {heading} in {:?}", self.0[0]))
    }

    /// The sums of columns over the rows with a key, or over all rows.
    fn sums<const N: usize>(&self, key: Option<(&str, &str)>, headings: [&str; N]) -> [u64; N] {
        let rows = || self.0[1..].iter().filter(|row| key.is_none_or(|(heading, key)| row[self.place(heading)] == key));
        headings.map(|heading| rows().map(|row| row[self.place(heading)].parse::<u64>().unwrap()).sum())
    }

    /// The sum of a column for each key above 0, in order of keys.
    fn by_key(&self, key: &str, heading: &str) -> Vec<(String, u64)> {
        let mut keys: Vec<&String> = self.0[1..].iter().map(|row| &row[self.place(key)]).collect();
        keys.sort();
        keys.dedup();
        let sums = keys.into_iter().map(|name| (name.clone(), self.sums(Some((key, name)), [heading])[0]));
        sums.filter(|&(_, sum)| sum > 0).collect()
    }
}

fn named(counts: &[(&str, u64)]) -> Vec<(String, u64)> {
    counts.iter().map(|&(name, count)| (name.to_owned(), count)).collect()
}

/// Runs the scenario into a directory of its own, and returns the directory of the run.
fn run_into(out: &Path, options: &[&str]) -> PathBuf {
    run_well(&[&["run", SCENARIO, "--quiet", "--out", out.to_str().unwrap()], options].concat());
    out.join("scripted-verdicts")
}

#[test]
fn scripts_have_their_counts_to_the_unit_in_every_table() {
    let out = tempfile::tempdir().unwrap();
    for interval in ["1h", "5m"] {
        let run = run_into(&out.path().join(interval), &["--interval", interval]);
        assert_counts(&run);
        // The identities between the tables hold.
        run_well(&["audit", run.to_str().unwrap()]);
    }
}

fn assert_counts(run: &Path) {
    let sender = [
        "Stopped by Reputation Filtering",
        "Stopped as Invalid Recipients",
        "Spam Detected",
        "Virus Detected",
        "Stopped by Content Filter",
        "Clean",
    ];
    let domains = Export::read(run, "incoming_mail_incoming_domains");
    assert_eq!(domains.sums(Some(("Domain", "abc.example")), sender), [15, 6, 35, 0, 1, 7]);
    assert_eq!(domains.sums(Some(("Domain", "other.example")), sender), [0, 5, 0, 9, 15, 0]);
    let users = Export::read(run, "internal_users_internal_user_mail_flow_overview");
    let incoming = ["Incoming Spam Detected", "Incoming Virus Detected"];
    let filtered = ["Incoming Content Filter Matches", "Incoming Stopped by Content Filters", "Incoming Clean"];
    assert_eq!(users.sums(None, incoming), [35, 9]);
    assert_eq!(users.sums(None, filtered), [16, 16, 7]);
    let outgoing =
        ["Outgoing Virus Detected", "Outgoing Content Filter Matches", "Outgoing Stopped by Content Filters"];
    assert_eq!(users.sums(None, outgoing), [4, 11, 11]);
    assert_eq!(users.sums(None, ["Outgoing Clean"]), [10]);
    let filters = Export::read(run, "content_filters_content_filters_summary_incoming_filters");
    assert_eq!(
        filters.by_key("Content Filter Name", "Number of Messages"),
        named(&[("Drop_Executables", 13), ("Hold_Macros", 2), ("accepted", 1)])
    );
    let filters = Export::read(run, "content_filters_content_filters_summary_outgoing_filters");
    assert_eq!(
        filters.by_key("Content Filter Name", "Number of Messages"),
        named(&[("Bounce_Large", 5), ("to a bank", 6)])
    );
    let viruses = Export::read(run, "virus_types_virus_types_detail");
    assert_eq!(viruses.by_key("Virus Type", "Incoming Messages"), named(&[("Mal/Pushdo", 9)]));
    assert_eq!(viruses.by_key("Virus Type", "Outgoing Messages"), named(&[("W32/Netsky-P", 4)]));
}

#[test]
fn the_exports_of_scripts_do_not_depend_on_threads() {
    let out = tempfile::tempdir().unwrap();
    let exports = ["1", "3"].map(|threads| {
        let run = run_into(&out.path().join(threads), &["--threads", threads]);
        content(&run.join("box"))
    });
    assert_eq!(exports[0], exports[1]);
}
