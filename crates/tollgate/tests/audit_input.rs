//! Exports of other forms, releases and appliances than the program's own, as `tollgate audit` reads and judges them.

use std::fs;
use std::path::Path;

use tollgate_catalogue::Catalogue;

use crate::audit::{audit, broken, export, finding, with_one_more};
use crate::support::{content, run};

#[test]
fn a_directory_in_which_nothing_is_recognised_is_an_error() {
    let out = tempfile::tempdir().unwrap();
    let rows = "\"timeStamp\",\"StartTime\",\"primaryDomain\",\"recipientsIn\"\n1130310000,\"Wed Oct 26 00:00:00 2005\",\"a.example\",2\n";
    fs::write(out.path().join("senders.csv"), rows).unwrap();
    let output = run(&["audit", out.path().to_str().unwrap()]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{said}");
    assert!(
        said.contains(
            "no table has the name or the header of senders.csv. Name the files as `tollgate reports` lists them"
        ),
        "{said}"
    );
}

#[test]
fn a_single_file_and_an_archive_are_read() {
    let out = tempfile::tempdir().unwrap();
    let exported = export(out.path(), "quiet-hour", &["--only", "1,4,6,8"]);
    let file = exported.join("quiet/incoming_mail_incoming_domains.csv");
    let (code, document) = audit(&file, &[]);
    assert_eq!((code, &document["recognised"]), (0, &1.into()));
    assert_eq!(document["directory"], file.to_str().unwrap());
    assert_eq!(finding(&document, "threat-sum")["verdict"], "holds");

    let archive = out.path().join("exports.zip");
    let mut writer = zip::ZipWriter::new(fs::File::create(&archive).unwrap());
    for (path, bytes) in content(&exported) {
        writer.start_file_from_path(&path, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut writer, &bytes).unwrap();
    }
    // A name that leads out of the archive is not used.
    writer.start_file("../outside.csv", zip::write::SimpleFileOptions::default()).unwrap();
    writer.finish().unwrap();
    let (code, document) = audit(&archive, &[]);
    assert_eq!((code, &document["recognised"], &document["multiplier"]), (0, &4.into(), &4.into()));
    assert_eq!(document["directory"], archive.join("quiet").to_str().unwrap());
    let (_, of_directory) = audit(&exported, &[]);
    assert_eq!(document["findings"], of_directory["findings"]);
    let damaged = fs::read(&archive).unwrap();
    fs::write(&archive, &damaged[..damaged.len() / 2]).unwrap();
    assert_eq!(run(&["audit", archive.to_str().unwrap()]).status.code(), Some(2));
}

#[cfg(unix)]
#[test]
fn pipes_and_devices_are_refused() {
    let out = tempfile::tempdir().unwrap();
    let pipe = out.path().join("overview_incoming_mail_summary.csv");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for (path, kind) in [(out.path(), "a pipe"), (&pipe, "a pipe"), (Path::new("/dev/null"), "a device")] {
        let output = run(&["audit", path.to_str().unwrap()]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(&format!("this is {kind} and cannot be audited. ")), "{said}");
    }
}

#[test]
fn characters_that_control_a_terminal_are_escaped() {
    let out = tempfile::tempdir().unwrap();
    let heading = "Begin Timestamp,End Timestamp,Domain,Failed - Required,Successful - Required,Failed - Preferred,\
                   Successful - Preferred,% Connections,Total Connections,Total Messages,Note\u{9b}31m\n";
    let row = "1226966400,1226969999,evil\u{1b}[2J\u{202e}.example,0,0,0,9,56.2,16,2100,x\n";
    fs::write(out.path().join("a\u{1b}[31m.csv"), format!("{heading}{row}")).unwrap();
    let named = ["--as", "a\u{1b}[31m.csv=29"];
    let path = out.path().to_str().unwrap();
    for options in [&[][..], &["--all"], &["--json"]] {
        let output = run(&[&["audit", path], &named, options].concat());
        assert_eq!(output.status.code(), Some(1));
        for text in [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()) {
            let is_bad = |character: char| (character.is_control() && character != '\n') || character == '\u{202e}';
            assert!(!text.contains(is_bad), "{text:?}");
        }
    }
    let malformed = format!("{heading}{}", row.replace("2100", "x\u{1b}[31m"));
    fs::write(out.path().join("a\u{1b}[31m.csv"), malformed).unwrap();
    let said = String::from_utf8(run(&[&["audit", path], &named[..]].concat()).stderr).unwrap();
    assert!(
        !said.contains('\u{1b}') && said.contains("a\\u{1b}[31m.csv:2: Total Messages: found \"x\\u{1b}[31m\""),
        "{said}"
    );
}

#[test]
fn the_multiplier_is_found_in_the_rows() {
    let out = tempfile::tempdir().unwrap();
    let run = export(out.path(), "quiet-hour", &[]);
    fs::remove_file(run.join("manifest.json")).unwrap();
    let (code, document) = audit(&run.join("quiet"), &[]);
    assert_eq!((code, &document["multiplier"]), (0, &4.into()), "{document:#}");
    let remarks = document["remarks"].to_string();
    assert!(remarks.contains("the reputation multiplier is 4, which fits "), "{remarks}");
    // A changed row does not change the multiplier.
    let path = run.join("quiet/incoming_mail_incoming_domains.csv");
    let table = &Catalogue::builtin().tables()[3];
    fs::write(&path, with_one_more(&fs::read_to_string(&path).unwrap(), table, 8, 1)).unwrap();
    let (code, document) = audit(&run.join("quiet"), &[]);
    assert_eq!((code, &document["multiplier"]), (1, &4.into()));
    assert!(broken(&document).contains(&"reputation-multiplier"));
}

#[test]
fn totals_of_later_releases_are_checked() {
    let out = tempfile::tempdir().unwrap();
    let name = "overview_incoming_mail_summary.csv";
    let later = "Stopped by Reputation Filtering,Stopped as Invalid Recipients,Spam Detected,Virus Detected,\
                 Detected by Advanced Malware Protection,Messages with Malicious URLs,Stopped by Content Filter,\
                 Stopped by DMARC,Total Threat Messages,Marketing,Social,Bulk,Total Graymails,Clean Messages,\
                 Total Attempted Messages";
    let findings = |text: &str| {
        fs::write(out.path().join(name), text).unwrap();
        let (code, document) = audit(out.path(), &[]);
        (code, broken(&document).into_iter().map(String::from).collect::<Vec<_>>())
    };
    // Published figures of the appliance's page: malicious URLs are a part of the threats, DMARC is not.
    let shares = "84.9%,0.1%,0.9%,0.0%,0.0%,0.0%,0.0%,0.1%,86.0%,0.1%,0.0%,0.0%,0.1%,13.9%,--";
    let counts = "3454,6,35,0,0,2,1,5,3498,4,1,1,6,565,4069";
    let page = |shares: &str, counts: &str| format!("{later}\n{shares}\n{counts}\n");
    assert_eq!(findings(&page(shares, counts)), (0, vec![]));
    // Other figures, in which malicious URLs are in no sum.
    let large = "822261430,209054,1265606,1396438,0,106728,106728,0,825239256,0,0,0,0,100,825239356";
    assert_eq!(findings(&format!("{later}\n{large}\n")), (0, vec![]));
    for (from, to, expected) in [
        ("3498", "3499", "threat-sum"),
        ("4069", "4070", "attempted-sum"),
        ("565", "566", "attempted-sum"),
        ("1,1,6", "1,2,6", "graymail-sum"),
        ("3454", "3455", "threat-sum"),
    ] {
        let (code, broken) = findings(&page(shares, &counts.replace(from, to)));
        assert_eq!((code, broken.contains(&expected.to_owned())), (1, true), "{from} to {to}: {broken:?}");
    }
    assert_eq!(findings(&page(&shares.replace("84.9", "85.3"), counts)), (1, vec!["summary-percentages".to_owned()]));

    // AsyncOS 5.0: a row for each interval, and totals with a colon.
    let row = |threat: u32, attempted: u32| {
        format!(
            "Begin Timestamp,End Timestamp,Begin Date,End Date,Stopped by Reputation Filtering,Stopped as Invalid Recipients,\
             Spam Detected,Virus Detected,Stopped by Content Filter,Total Threat Messages:,Clean Messages,\
             Total Attempted Messages:\n1226966400.0,1226969999.0,2008-11-18 00:00 GMT,2008-11-18 00:59 GMT,\
             9,1,4,0,2,{threat},5,{attempted}\n"
        )
    };
    assert_eq!(findings(&row(16, 21)), (0, vec![]));
    assert_eq!(findings(&row(17, 22)), (1, vec!["threat-sum".to_owned()]));
    assert_eq!(findings(&row(16, 22)), (1, vec!["attempted-sum".to_owned()]));
}

/// Two days of the Overview and of domains. `more` is the number of clean messages that the domains have more than the Overview on
/// each day.
fn two_days(directory: &Path, more: [u32; 2]) {
    let overview = "Stopped by Reputation Filtering,Stopped as Invalid Recipients,Spam Detected,Virus Detected,\
                    Stopped by Content Filters,Clean messages";
    let domains = "Domain,Total Attempted,Stopped by Recipient Throttling,Stopped by Reputation Filtering,\
                   Stopped as Invalid Recipients,Spam Detected,Virus Detected,Stopped by Content Filter,Rejected,Accepted,\
                   Total Threat,Clean";
    let times = [
        "1226966400.0,1227052799.0,2008-11-18 00:00 GMT,2008-11-18 23:59 GMT",
        "1227052800.0,1227139199.0,2008-11-19 00:00 GMT,2008-11-19 23:59 GMT",
    ];
    let [mut summary, mut senders] =
        [overview, domains].map(|headings| format!("Begin Timestamp,End Timestamp,Begin Date,End Date,{headings}\n"));
    for (time, more) in times.iter().zip(more) {
        summary += &format!("{time},30,2,40,1,3,100\n");
        senders += &format!("{time},a.example,{},0,30,2,10,1,3,10,20,46,{}\n", 106 + more, 60 + more);
        senders += &format!("{time},b.example,70,0,0,0,30,0,0,0,20,30,40\n");
    }
    fs::write(directory.join("overview_incoming_mail_summary.csv"), summary).unwrap();
    fs::write(directory.join("incoming_mail_incoming_domains.csv"), senders).unwrap();
}

#[test]
fn more_by_sender_in_an_unfinished_interval_is_a_notice() {
    let out = tempfile::tempdir().unwrap();
    let audited = |more: [u32; 2]| {
        two_days(out.path(), more);
        let (code, document) = audit(out.path(), &[]);
        (code, finding(&document, "domains-overview")["verdict"].clone(), document["remarks"].to_string())
    };
    let (code, verdict, remarks) = audited([0, 0]);
    assert_eq!((code, verdict, remarks.contains("was not over")), (0, "holds".into(), false));
    let (code, verdict, remarks) = audited([0, 4]);
    assert_eq!(
        (code, verdict, remarks.contains("(Wed 19 Nov 2008 GMT) was not over")),
        (0, "notice".into(), true),
        "{remarks}"
    );
    let (code, verdict, remarks) = audited([4, 0]);
    assert_eq!((code, verdict, remarks.contains("was not over")), (1, "broken".into(), false));
    // No few moments bring two thirds more.
    let (code, verdict, _) = audited([0, 200]);
    assert_eq!((code, verdict), (1, "broken".into()));
}
