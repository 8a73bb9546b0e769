//! Faults of single files: times, missing rows and repeated rows.

use std::fs;
use std::path::Path;

use tollgate_audit::{Assumptions, Auditor, Exports, Finding, FindingResult, Identities, Sources};

const ASSUMPTIONS: Assumptions = Assumptions { multiplier: 3, max_per_connection: 100 };
const HOUR: i64 = 3600;
const FIRST: i64 = 1_226_966_400;
const CONNECTIONS: &str = "system_capacity_total_incoming_connections.csv";
const MESSAGES: &str = "system_capacity_total_incoming_messages.csv";
const GROUPS: &str = "sender_groups_sender_group_connection_numbers.csv";

/// A file with a row for each hour of a day, as the appliance writes it.
fn hours(heading: &str, value: &str) -> String {
    let mut text = format!("Begin Timestamp,End Timestamp,Begin Date,End Date,{heading}\n");
    for hour in 0..24 {
        let begin = FIRST + hour * HOUR;
        let end = begin + HOUR - 1;
        text += &format!("{begin}.0,{end}.0,2008-11-18 {hour:02}:00 GMT,2008-11-18 {hour:02}:59 GMT,{value}\n");
    }
    text
}

/// The broken identities of some files.
fn broken(files: &[(&str, String)]) -> Vec<Finding> {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(directory.path().join(name), text).unwrap();
    }
    let mut findings = findings(directory.path());
    findings.retain(|finding| finding.verdict == FindingResult::Broken);
    findings
}

fn findings(directory: &Path) -> Vec<Finding> {
    let exports = Exports::open(directory, &[]).unwrap();
    let mut auditor = Auditor::new(Identities::builtin().all(), &Sources::new(&exports), ASSUMPTIONS);
    exports.windows().unwrap().for_each(|window| auditor.look_at(&window.unwrap()));
    auditor.finish()
}

/// The name of the only broken identity, its number of breaks and its files, after one thing in a file is replaced by another.
fn after(from: &str, to: &str) -> (String, u64, Vec<String>) {
    let connections = hours("Connections", "7");
    assert!(connections.contains(from), "{from}");
    let found = broken(&[(CONNECTIONS, connections.replacen(from, to, 1)), (MESSAGES, hours("Messages", "5"))]);
    let [finding] = found.as_slice() else { panic!("{from} to {to}: {found:#?}") };
    (finding.name.clone(), finding.breaks, finding.tables.clone())
}

#[test]
fn times_that_contradict_each_other_are_broken() {
    let connections = || vec![CONNECTIONS.to_owned()];
    for (from, to, identity) in [
        ("2008-11-18 03:00 GMT", "2008-11-18 03:01 GMT", "dates"),
        ("2008-11-18 03:59 GMT", "2008-11-19 03:59 GMT", "dates"),
        ("2008-11-18 03:59 GMT", "no date", "dates"),
        // 04:00:00 is the end of an interval only in files that write all ends in this way.
        ("1226980799.0", "1226980800.0", "timestamps"),
        ("1226980799.0", "1226980798.0", "timestamps"),
    ] {
        assert_eq!(after(from, to), (identity.to_owned(), 1, connections()), "{from} to {to}");
    }
    let files = || vec![(CONNECTIONS, hours("Connections", "7")), (MESSAGES, hours("Messages", "5"))];
    assert!(broken(&files()).is_empty());
}

#[test]
fn dates_that_cannot_be_read_are_not_compared_and_a_wrong_time_zone_is_broken() {
    let with = |zone: &str| {
        let directory = tempfile::tempdir().unwrap();
        let text = hours("Connections", "7").replace(" GMT", zone);
        fs::write(directory.path().join(CONNECTIONS), text).unwrap();
        let finding = findings(directory.path()).into_iter().find(|finding| finding.name == "dates").unwrap();
        (finding.verdict, finding.breaks + finding.notices)
    };
    assert_eq!(with(" GMT"), (FindingResult::Holds, 0));
    assert_eq!(with(" CET"), (FindingResult::Broken, 24));
    assert_eq!(with(" +0100"), (FindingResult::Broken, 24));
    for unknown in [" local time", "", " XYZ"] {
        assert_eq!(with(unknown), (FindingResult::Unchecked, 0), "{unknown}");
    }
}

#[test]
fn a_file_that_is_shifted_by_a_second_is_broken() {
    let shifted = |seconds: i64| {
        let shift = |cell: &str| match cell.strip_suffix(".0").and_then(|cell| cell.parse::<i64>().ok()) {
            Some(moment) => format!("{}.0", moment + seconds),
            None => cell.to_owned(),
        };
        let lines = hours("Connections", "7");
        let lines = lines.lines().map(|line| line.split(',').map(shift).collect::<Vec<_>>().join(",") + "\n");
        broken(&[(CONNECTIONS, lines.collect())])
    };
    for seconds in [1, -1] {
        let found = shifted(seconds);
        assert!(found.iter().any(|finding| finding.name == "timestamps" && finding.breaks == 24), "{found:#?}");
    }
    assert!(shifted(0).is_empty());
}

#[test]
fn a_row_that_other_files_show_to_be_missing_is_broken() {
    let without = |hours_left_out: &[usize]| {
        let text = hours("Connections", "7");
        let is_kept = |(line, _): &(usize, &str)| *line == 0 || !hours_left_out.contains(&(line - 1));
        text.lines().enumerate().filter(is_kept).map(|(_, line)| format!("{line}\n")).collect::<String>()
    };
    let missing = |hours_left_out: &[usize], others: usize| {
        let names = [
            ("system_capacity_total_outgoing_connections.csv", "Connections"),
            ("system_capacity_total_outgoing_messages.csv", "Messages"),
            (MESSAGES, "Messages"),
        ];
        let others = names.iter().take(others).map(|(name, heading)| (*name, hours(heading, "7")));
        let files: Vec<_> = others.chain([(CONNECTIONS, without(hours_left_out))]).collect();
        let found = broken(&files);
        found.iter().find(|finding| finding.name == "missing-rows").map_or(0, |finding| finding.breaks)
    };
    assert_eq!(missing(&[5], 1), 1);
    assert_eq!(missing(&[5, 6, 9], 3), 3);
    // An end is missing only if several other files agree on it. A much shorter file is an export of another time.
    assert_eq!([missing(&[0], 3), missing(&[23], 3), missing(&[0], 1)], [1, 1, 0]);
    assert_eq!(missing(&(0..12).collect::<Vec<_>>(), 3), 0);
    // Without other rows in the gap, the appliance may have been off.
    assert_eq!(missing(&[5], 0), 0);
}

#[test]
fn a_repeated_row_is_broken_and_used_once() {
    let groups = hours("Sender Group,Total Connections", "ALL,7");
    let row = groups.lines().nth(3).unwrap();
    let policies = hours("Accept,Relay,Reject,TCP Refuse", "7,0,0,0");
    let name = "sender_groups_sender_group_mail_flow_policy_overview.csv";
    let found = broken(&[(GROUPS, groups.replacen(row, &format!("{row}\n{row}"), 1)), (name, policies.clone())]);
    let [finding] = found.as_slice() else { panic!("{found:#?}") };
    assert_eq!(
        (finding.name.as_str(), finding.breaks, &finding.tables[..]),
        ("repeated-rows", 1, &[GROUPS.to_owned()][..])
    );
    assert_eq!(finding.worst.as_ref().unwrap().key, ["ALL"]);
    let row = policies.lines().nth(3).unwrap();
    let found = broken(&[(GROUPS, groups.clone()), (name, policies.replacen(row, &format!("{row}\n{row}"), 1))]);
    assert_eq!(found.iter().map(|finding| finding.name.as_str()).collect::<Vec<_>>(), ["repeated-rows"]);
}

#[test]
fn a_table_with_gaps_is_zero_before_its_first_row_too() {
    // The keys come and go, so no row at 00:00 means that no connection matched.
    let policies = hours("Accept,Relay,Reject,TCP Refuse", "7,0,0,0");
    let name = "sender_groups_sender_group_mail_flow_policy_overview.csv";
    let groups = hours("Sender Group,Total Connections", "ALL,7");
    let is_kept = |(line, _): &(usize, &str)| ![1, 2, 9].contains(line);
    let groups: String = groups.lines().enumerate().filter(is_kept).map(|(_, line)| format!("{line}\n")).collect();
    let found = broken(&[(GROUPS, groups), (name, policies)]);
    let finding = found.iter().find(|finding| finding.name == "sender-groups").unwrap();
    assert_eq!(finding.breaks, 3, "{finding:#?}");
}

#[test]
fn a_file_that_lacks_most_rows_is_a_notice() {
    let others = || {
        let names = [("system_capacity_total_outgoing_messages.csv", "Messages"), (MESSAGES, "Messages")];
        names.map(|(name, heading)| (name, hours(heading, "7"))).to_vec()
    };
    let first_lines = |count: usize| -> String {
        hours("Connections", "7").lines().take(count).map(|line| format!("{line}\n")).collect()
    };
    let missing_rows = |lines: usize| {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in others().into_iter().chain([(CONNECTIONS, first_lines(lines))]) {
            fs::write(directory.path().join(name), text).unwrap();
        }
        let mut found = findings(directory.path());
        found.retain(|finding| finding.name == "missing-rows");
        let finding = found.remove(0);
        (finding.verdict, finding.notices, finding.comparisons, finding.tables)
    };
    assert_eq!(missing_rows(25), (FindingResult::Holds, 0, 72, vec![]));
    assert_eq!(missing_rows(3), (FindingResult::Notice, 22, 72, vec![CONNECTIONS.to_owned()]));
    // One file that is much longer says nothing about the others.
    let longer =
        [hours("Connections", "7"), "1227052800.0,1227056399.0,2008-11-19 00:00 GMT,2008-11-19 00:59 GMT,7\n".into()];
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in others().into_iter().chain([(CONNECTIONS, longer.concat())]) {
        fs::write(directory.path().join(name), text).unwrap();
    }
    fs::write(directory.path().join("system_capacity_total_outgoing_connections.csv"), hours("Connections", "7"))
        .unwrap();
    let found = findings(directory.path());
    assert_eq!(found.iter().find(|finding| finding.name == "missing-rows").unwrap().verdict, FindingResult::Holds);
    // Only the heading.
    assert_eq!(missing_rows(1), (FindingResult::Broken, 0, 72, vec![CONNECTIONS.to_owned()]));
}

#[test]
fn headings_alone_make_no_identity_hold() {
    let directory = tempfile::tempdir().unwrap();
    for (name, heading) in
        [(CONNECTIONS, "Connections"), (MESSAGES, "Messages"), (GROUPS, "Sender Group,Total Connections")]
    {
        let text = format!("Begin Timestamp,End Timestamp,Begin Date,End Date,{heading}\n");
        fs::write(directory.path().join(name), text).unwrap();
    }
    let found = findings(directory.path());
    assert!(found.iter().all(|finding| finding.verdict == FindingResult::Unchecked), "{found:#?}");
    let finding = found.iter().find(|finding| finding.name == "missing-rows").unwrap();
    assert_eq!(finding.why, ["there is nothing to compare"]);
}

/// The hours of a file `days` later.
fn later(text: &str, days: i64) -> String {
    let shift = |cell: &str| match cell.strip_suffix(".0").and_then(|cell| cell.parse::<i64>().ok()) {
        Some(moment) => format!("{}.0", moment + days * 86_400),
        None => cell.replace("2008-11-18", &format!("2008-11-{}", 18 + days)),
    };
    text.lines().map(|line| line.split(',').map(shift).collect::<Vec<_>>().join(",") + "\n").collect()
}

#[test]
fn a_file_of_another_day_is_broken() {
    let others = [
        (MESSAGES, "Messages"),
        ("system_capacity_total_outgoing_messages.csv", "Messages"),
        ("system_capacity_total_outgoing_connections.csv", "Connections"),
    ];
    for (name, text) in
        [(CONNECTIONS, hours("Connections", "7")), (GROUPS, hours("Sender Group,Total Connections", "ALL,7"))]
    {
        let with = |others: &[(&str, &str)], days: i64| {
            let directory = tempfile::tempdir().unwrap();
            for (name, heading) in others {
                fs::write(directory.path().join(name), hours(heading, "7")).unwrap();
            }
            fs::write(directory.path().join(name), later(&text, days)).unwrap();
            let mut found = findings(directory.path());
            found.retain(|finding| finding.name == "missing-rows" || finding.name == "other-time");
            found.into_iter().map(|finding| (finding.verdict, finding.tables)).collect::<Vec<_>>()
        };
        use FindingResult::{Broken, Holds, Notice};
        let file = || vec![name.to_owned()];
        assert_eq!(with(&others, 0), [(Holds, vec![]), (Holds, vec![])]);
        assert_eq!(with(&others, 1), [(Broken, file()), (Holds, vec![])]);
        // Two files do not show which of them is of another time.
        assert_eq!(with(&others[..1], 1)[0].0, Notice);
    }
}

#[test]
fn a_value_that_a_column_does_not_allow_is_broken() {
    const ADDRESSES: &str = "incoming_mail_incoming_ip_addresses.csv";
    let headings = "IP Address,Hostname,DNS Verified,SBRS,Last Sender Group,Total Attempted,Stopped by Reputation Filtering,\
                    Stopped as Invalid Recipients,Spam Detected,Virus Detected,Stopped by Content Filter,Total Threat,Clean";
    let honest = hours(headings, "192.0.2.1,mx.example,Yes,-3.4,ALL,1,0,0,0,0,0,0,1");
    let after = |from: &str, to: &str, times: usize| {
        let found = broken(&[(ADDRESSES, honest.replacen(from, to, times))]);
        found.into_iter().map(|finding| (finding.name, finding.breaks)).collect::<Vec<_>>()
    };
    let one = |count: u64| vec![("values".to_owned(), count)];
    let wrong = [
        ("192.0.2.1", "not-an-ip"),
        (",Yes,", ",Maybe,"),
        ("-3.4", "-10.1"),
        ("-3.4", "low"),
        // A host without a name is not verified.
        ("mx.example,Yes", "unknown,Yes"),
    ];
    for (from, to) in wrong {
        assert_eq!(after(from, to, 1), one(1), "{to}");
    }
    let allowed = [
        ("192.0.2.1", "2001:db8::1"),
        (",Yes,", ",no,"),
        ("-3.4", "None"),
        ("-3.4", "10.0"),
        ("mx.example,Yes", "unknown,No"),
    ];
    for (from, to) in allowed {
        assert_eq!(after(from, to, 1), [], "{to}");
    }
    // Another release may write other words. Then all cells have them.
    assert_eq!(after(",Yes,", ",verified,", 24), []);
    assert_eq!(after(",Yes,", ",verified,", 23), one(23));
    let cpu = |value: &str| {
        broken(&[("system_capacity_overall_cpu_usage.csv", hours("CPU Usage", "7.5").replacen("7.5", value, 1))])
    };
    assert!(cpu("100.0").is_empty());
    let found = cpu("100.5");
    assert_eq!(
        found.iter().map(|finding| (finding.name.as_str(), finding.breaks)).collect::<Vec<_>>(),
        [("values", 1)]
    );
    let worst = found[0].worst.as_ref().unwrap();
    assert!(
        worst.left.made_of.ends_with("with another value than a percentage from 0 to 100, such as \"100.5\""),
        "{worst:?}"
    );
}

/// The names of broken identities, with these outbreaks beside ten incoming messages in each hour of a day.
fn with_outbreaks(rows: &[(&str, u32, i64, i64, u32)]) -> Vec<String> {
    const OUTBREAKS: &str = "virus_outbreaks_virus_outbreak_filter_details.csv";
    let mut outbreaks =
        "Outbreak Name,Outbreak ID,First Seen Globally (UNIX Epoch Timestamp),Protection Time,Quarantined Messages\n"
            .to_owned();
    for (name, id, first_seen, protection, messages) in rows {
        outbreaks += &format!("{name},{id},{first_seen},{protection},{messages}\n");
    }
    let messages = hours("TLS Encrypted,Unencrypted,Total Connections", "4,6,10");
    let found = broken(&[(OUTBREAKS, outbreaks), ("tls_connections_incoming_tls_messages_summary.csv", messages)]);
    found.into_iter().map(|finding| finding.name).collect()
}

#[test]
fn an_outbreak_of_another_century_is_broken() {
    let with = |first_seen: i64, protection: i64| with_outbreaks(&[("Zip_Trojan", 17, first_seen, protection, 5)]);
    assert!(with(FIRST + HOUR, 4 * HOUR).is_empty());
    // The moment and the protection time are exchanged.
    assert_eq!(with(4 * HOUR, FIRST + HOUR), ["outbreaks"]);
}

#[test]
fn outbreaks_have_different_ids_and_no_more_messages_than_came_in() {
    let (first, later) = (("Zip_Trojan", 17, FIRST + HOUR, 4 * HOUR, 100), FIRST + 2 * HOUR);
    assert!(with_outbreaks(&[first, ("Invoice", 18, later, HOUR, 140)]).is_empty());
    assert_eq!(with_outbreaks(&[first, ("Invoice", 17, later, HOUR, 5)]), ["outbreaks"]);
    assert_eq!(with_outbreaks(&[first, ("Invoice", 18, later, HOUR, 141)]), ["outbreaks"]);
    // Mail of an older outbreak came in before the span.
    assert!(with_outbreaks(&[("Zip_Trojan", 17, FIRST - HOUR, 4 * HOUR, 9999)]).is_empty());
}
