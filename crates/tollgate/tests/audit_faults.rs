//! Exports with faults that `tollgate audit` must name: files that are ignored, rows that are missing, archives that cannot be read.

use std::fs;
use std::path::Path;

use crate::audit::{audit, broken, export, finding};
use crate::support::run;

const INCOMING: &str = "tls_connections_incoming_tls_connections_summary.csv";
const OUTGOING: &str = "tls_connections_outgoing_tls_connections_summary.csv";

/// The exit code, the standard output and the standard error of an audit.
fn audit_text(path: &Path, options: &[&str]) -> (i32, String, String) {
    let output = run(&[&["audit", path.to_str().unwrap()], options].concat());
    let [stdout, stderr] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (output.status.code().unwrap(), stdout, stderr)
}

#[test]
fn an_interval_of_many_years_is_refused_at_once() {
    let out = tempfile::tempdir().unwrap();
    let directory = export(out.path(), "fixture", &["--only", "27,28"]);
    let directory =
        directory.join(crate::support::names(&directory).into_iter().find(|name| !name.contains('.')).unwrap());
    let path = directory.join(OUTGOING);
    let text = fs::read_to_string(&path).unwrap();
    let end = text.lines().nth(1).unwrap().split(',').nth(1).unwrap();
    for moment in ["1227002399000.0", "4102444799.0"] {
        fs::write(&path, text.replacen(end, moment, 1)).unwrap();
        let (code, _, said) = audit_text(&directory, &[]);
        let expected = format!("{OUTGOING}:2: End Timestamp: found \"{moment}\", allowed is at most 366 days after");
        assert!(code == 2 && said.contains(&expected), "{said}");
    }
}

#[test]
fn exports_of_which_no_table_is_certain_are_an_error() {
    let out = tempfile::tempdir().unwrap();
    let run = export(out.path(), "quiet-hour", &["--only", "24,27"]);
    let nameless = out.path().join("nameless");
    fs::create_dir(&nameless).unwrap();
    for (file, name) in [(INCOMING, "download (1).csv"), (OUTGOING, "download (2).csv")] {
        fs::copy(run.join("quiet").join(file), nameless.join(name)).unwrap();
    }
    let (code, stdout, said) = audit_text(&nameless, &[]);
    assert_eq!((code, stdout.as_str()), (2, ""), "{said}");
    assert!(
        said.contains(
            "the table of no file is certain: download (1).csv, download (2).csv. Name the tables with --as, such as"
        ),
        "{said}"
    );
    assert!(said.contains("such as --as 'download (1).csv=24'"), "{said}");

    // Rivals share a remark, and a reason is given once.
    fs::copy(run.join("quiet").join(OUTGOING), nameless.join("third.csv")).unwrap();
    let messages = "tls_connections_outgoing_tls_messages_summary.csv";
    let more = export(&out.path().join("more"), "quiet-hour", &["--only", "29"]).join("quiet");
    let details = "tls_connections_outgoing_tls_connections_details.csv";
    fs::copy(more.join(details), nameless.join(details)).unwrap();
    assert!(!nameless.join(messages).exists());
    let (code, stdout, said) = audit_text(&nameless, &[]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(said.matches("--as 'download (1).csv=24' reads download (1).csv as table 24").count(), 1, "{said}");
    assert_eq!(stdout.matches("--as 'download (1).csv=TABLE' settles it").count(), 1, "{stdout}");
    assert!(stdout.contains("identities need other tables; --all names them"), "{stdout}");
}

#[test]
fn a_copy_is_known_by_its_name() {
    let out = tempfile::tempdir().unwrap();
    let directory = export(out.path(), "quiet-hour", &["--only", "24,27"]).join("quiet");
    let copy = OUTGOING.replace(".csv", " (1).csv");
    fs::copy(directory.join(OUTGOING), directory.join(&copy)).unwrap();
    let (_, document) = audit(&directory, &[]);
    let remarks = document["remarks"].to_string();
    assert!(remarks.contains(&format!("{copy}: ignored, because it is a copy of {OUTGOING}")), "{remarks}");
    fs::remove_file(directory.join(OUTGOING)).unwrap();
    fs::rename(directory.join(INCOMING), directory.join("Incoming_TLS_connections_summary.csv")).unwrap();
    let (_, document) = audit(&directory, &[]);
    let tables: Vec<_> = document["files"].as_array().unwrap().iter().map(|file| file["table"].clone()).collect();
    assert_eq!(tables, [24, 27], "{document:#}");
}

#[test]
fn a_table_with_keys_that_lacks_rows_is_named() {
    let out = tempfile::tempdir().unwrap();
    let options = ["--interval", "1h", "--set", "time.span=6h", "--only", "22,24,25,26,27,29"];
    let directory = export(out.path(), "quiet-hour", &options).join("quiet");
    let name = "tls_connections_outgoing_tls_connections_details.csv";
    let text = fs::read_to_string(directory.join(name)).unwrap();
    let missing_rows = |text: String| {
        fs::write(directory.join(name), text).unwrap();
        let finding = finding(&audit(&directory, &[]).1, "missing-rows").clone();
        (finding["verdict"].as_str().unwrap().to_owned(), finding["worst"]["left"]["made_of"].to_string())
    };
    assert_eq!(missing_rows(text.clone()).0, "holds");
    let begin = |line: &str| line.split(',').next().unwrap().to_owned();
    let (first, last) = (begin(text.lines().nth(1).unwrap()), begin(text.lines().last().unwrap()));
    let only = |is_kept: &dyn Fn(&str) -> bool| -> String {
        let heading = text.lines().next().unwrap();
        text.lines()
            .filter(|line| *line == heading || is_kept(&begin(line)))
            .map(|line| format!("{line}\r\n"))
            .collect()
    };
    for (moment, end) in [(&first, "first"), (&last, "last")] {
        let expected = format!("\"rows of {name} in the {end} of 6 intervals\"");
        assert_eq!(missing_rows(only(&|begin| begin != moment)), ("broken".to_owned(), expected));
    }
    // Two tables without the last interval were probably exported before it ended.
    let incoming = directory.join("tls_connections_incoming_tls_connections_details.csv");
    let text_of_incoming = fs::read_to_string(&incoming).unwrap();
    let earlier = text_of_incoming.lines().filter(|line| begin(line) != last).map(|line| format!("{line}\r\n"));
    fs::write(&incoming, earlier.collect::<String>()).unwrap();
    assert_eq!(missing_rows(only(&|begin| *begin != last)).0, "notice");
    fs::write(&incoming, text_of_incoming).unwrap();
    // Most rows are missing, so it may be an export of a shorter time.
    let expected = format!("\"rows of {name} in the last 5 of 6 intervals\"");
    assert_eq!(missing_rows(only(&|begin| begin == first)), ("notice".to_owned(), expected));
    assert_eq!(missing_rows(only(&|_| false)), ("broken".to_owned(), format!("\"rows of {name}\"")));
    fs::write(directory.join(name), &text).unwrap();
    let heading = format!("{}\r\n", fs::read_to_string(directory.join(OUTGOING)).unwrap().lines().next().unwrap());
    fs::write(directory.join(OUTGOING), heading).unwrap();
    let (_, document) = audit(&directory, &[]);
    let found = document["remarks"].to_string();
    assert!(found.contains(&format!("{OUTGOING}: has no rows, so nothing can be checked with it")), "{found}");
    assert_eq!(broken(&document), ["missing-rows"]);
}

#[test]
fn a_list_of_senders_that_is_cut_off_is_broken() {
    let out = tempfile::tempdir().unwrap();
    let options = ["--interval", "5m", "--only", "1,4,5,6"];
    let directory = export(out.path(), "quiet-hour", &options).join("quiet");
    for (file, identity) in [
        ("incoming_mail_incoming_domains.csv", "domains-overview"),
        ("incoming_mail_incoming_network_owners.csv", "owners-overview"),
        ("incoming_mail_incoming_ip_addresses.csv", "addresses-overview"),
    ] {
        let text = fs::read_to_string(directory.join(file)).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        for kept in [1, lines.len() / 2] {
            fs::write(directory.join(file), lines[..kept].join("\r\n") + "\r\n").unwrap();
            let (code, document) = audit(&directory, &[]);
            let broken = broken(&document);
            assert_eq!((code, broken.contains(&"missing-rows")), (1, true), "{file} {kept}: {broken:?}");
            assert!(kept > 1 || broken.contains(&identity), "{file}: {broken:?}");
        }
        fs::write(directory.join(file), text).unwrap();
    }
    assert_eq!(broken(&audit(&directory, &[]).1), [""; 0]);
    // A wrong Overview explains the differences of the three lists.
    let overview = directory.join("overview_incoming_mail_summary.csv");
    let text = fs::read_to_string(&overview).unwrap();
    let lines = text.lines().count();
    // The last interval may not have been over.
    for (changed, counts) in [(lines - 2, (1, 1, 0)), (lines - 1, (0, 0, 1))] {
        let more = |(place, line): (usize, &str)| match line.rsplit_once(',') {
            Some((start, clean)) if place == changed => format!("{start},{}\r\n", clean.parse::<u32>().unwrap() + 5),
            _ => format!("{line}\r\n"),
        };
        fs::write(&overview, text.lines().enumerate().map(more).collect::<String>()).unwrap();
        let (code, stdout, _) = audit_text(&directory, &[]);
        assert_eq!((code, stdout.matches("BROKEN").count(), stdout.matches("NOTICE").count()), counts, "{stdout}");
        assert!(stdout.contains("overview-alone explains the differences"), "{stdout}");
    }
}

#[test]
fn figures_of_known_files_settle_files_without_names() {
    let out = tempfile::tempdir().unwrap();
    let messages = "tls_connections_outgoing_tls_messages_summary.csv";
    for (number, (scenario, known)) in
        [("quiet-hour", "3"), ("quiet-hour", "29"), ("quiet-hour", "37")].iter().enumerate()
    {
        let only = format!("27,28,{known}");
        let run = export(&out.path().join(number.to_string()), scenario, &["--interval", "5m", "--only", &only]);
        let directory = run.join("quiet");
        fs::rename(directory.join(OUTGOING), directory.join("a.csv")).unwrap();
        fs::rename(directory.join(messages), directory.join("b.csv")).unwrap();
        let (code, document) = audit(&directory, &[]);
        let tables: Vec<_> = document["files"].as_array().unwrap().iter().map(|file| file["table"].clone()).collect();
        assert_eq!((code, &tables[..2]), (0, &[27.into(), 28.into()][..]), "{document:#}");
    }
}

#[cfg(unix)]
#[test]
fn ignored_entries_are_named() {
    use std::os::unix::ffi::OsStrExt;
    let out = tempfile::tempdir().unwrap();
    let directory = export(out.path(), "quiet-hour", &["--only", "27"]).join("quiet");
    fs::write(directory.join(std::ffi::OsStr::from_bytes(b"\xff.csv")), "x").unwrap();
    std::os::unix::fs::symlink("nowhere", directory.join("a.csv")).unwrap();
    std::os::unix::fs::symlink("b.csv", directory.join("b.csv")).unwrap();
    fs::create_dir(directory.join("c.csv")).unwrap();
    let remarks = audit(&directory, &[]).1["remarks"].to_string();
    for expected in [
        "\u{fffd}.csv: ignored, because its name is not UTF-8",
        "a.csv: ignored, because it is a link to nothing",
        "b.csv: ignored, because it is a link to nothing",
        "c.csv: ignored, because it is a directory",
    ] {
        assert!(remarks.contains(expected), "{remarks}");
    }
    let (_, stdout, said) = audit_text(&directory, &["--quiet"]);
    assert_eq!((stdout.as_str(), said.as_str()), ("", ""));

    let above = out.path().join("above");
    fs::create_dir_all(above.join("below")).unwrap();
    for directory in [&above, &above.join("below")] {
        fs::copy(out.path().join("quiet-hour/quiet").join(OUTGOING), directory.join(OUTGOING)).unwrap();
    }
    let (_, _, said) = audit_text(&above, &[]);
    let expected = "the CSV files in below are not read, because the directory above has CSV files";
    assert!(said.contains(expected), "{said}");
    fs::remove_dir_all(above.join("below")).unwrap();
    fs::rename(above.join(OUTGOING), above.join("outgoing.txt")).unwrap();
    let (_, _, said) = audit_text(&above, &[]);
    assert!(said.contains("The names of other files do not end in .csv: outgoing.txt"), "{said}");
}

/// Writes an archive with these entries.
fn archive(path: &Path, entries: &[(&str, &str)]) {
    let mut writer = zip::ZipWriter::new(fs::File::create(path).unwrap());
    for (name, text) in entries {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut writer, text.as_bytes()).unwrap();
    }
    writer.finish().unwrap();
}

#[test]
fn archives_and_encodings_that_cannot_be_read_are_explained() {
    let out = tempfile::tempdir().unwrap();
    let path = out.path().join("exports.zip");
    let refused = |bytes: &[u8], expected: &str| {
        fs::write(&path, bytes).unwrap();
        let (code, _, said) = audit_text(&path, &[]);
        assert!(code == 2 && said.contains(expected), "{expected}: {said}");
    };
    archive(&path, &[("a.csv", "x\n"), ("b.csv", "y\n")]);
    let bytes = fs::read(&path).unwrap();
    let replaced = |from: &[u8], to: &[u8]| -> Vec<u8> {
        let mut bytes = bytes.clone();
        let places = (0..=bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from)).collect::<Vec<_>>();
        places.into_iter().for_each(|at| bytes[at..at + to.len()].copy_from_slice(to));
        bytes
    };
    refused(b"", "the file is empty. Name");
    let packed = out.path().join("exports.csv.gz");
    fs::write(&packed, b"\x1f\x8b\x08\x00").unwrap();
    assert!(audit_text(&packed, &[]).2.contains("the file is compressed with gzip. Unpack it"));
    refused(b"no archive", "the file is not a ZIP archive. ");
    refused(
        &bytes[..bytes.len() / 2],
        "the ZIP archive is cut off or damaged. Copy or pack the archive again, or unpack it",
    );
    refused(&replaced(b"b.csv", b"a.csv"), "the archive has two entries of the name a.csv. ");
    // The compression of each entry is the fifth field of its local and its central header.
    let mut other = replaced(b"PK\x03\x04\x0a\x00\x00\x00\x00\x00", b"PK\x03\x04\x0a\x00\x00\x00\x0c\x00");
    let central: Vec<usize> = (0..other.len() - 4).filter(|at| other[*at..].starts_with(b"PK\x01\x02")).collect();
    central.into_iter().for_each(|at| other[at + 10] = 12);
    refused(&other, "a.csv: the entry has the compression ");
    refused(&other, "Only Stored and Deflated are read. Unpack the archive");
    archive(&path, &[]);
    refused(&fs::read(&path).unwrap(), "no CSV file was found");
    // The size that the archive gives is checked before anything is unpacked, and it must be true.
    archive(&path, &[("a.csv", "x\n"), ("b.csv", "y\n")]);
    let with_size = |size: u32| {
        let mut bytes = fs::read(&path).unwrap();
        let headers: Vec<usize> = (0..bytes.len() - 4).filter(|at| bytes[*at..].starts_with(b"PK\x01\x02")).collect();
        headers.into_iter().for_each(|at| bytes[at + 24..at + 28].copy_from_slice(&size.to_le_bytes()));
        bytes
    };
    let [large, small] = [1 << 30, 1].map(with_size);
    refused(&large, "its files have 2 GiB when unpacked, more than 256 MiB for an archive of ");
    refused(&small, "a.csv: the entry is damaged. ");

    let deep = out.path().join("x/y/z");
    fs::create_dir_all(&deep).unwrap();
    fs::write(deep.join(OUTGOING), b"\xff\xfeB\x00e\x00").unwrap();
    let expected = format!("{OUTGOING}:1: header: found text in UTF-16, allowed is text in UTF-8");
    for directory in [out.path(), &deep] {
        let (code, _, said) = audit_text(directory, &[]);
        assert!(code == 2 && said.contains(&expected), "{said}");
    }
    fs::create_dir_all(out.path().join("x/y/other")).unwrap();
    fs::copy(deep.join(OUTGOING), out.path().join("x/y/other").join(OUTGOING)).unwrap();
    let (code, _, said) = audit_text(out.path(), &[]);
    assert!(code == 2 && said.contains("x/y/z. Name one of them."), "{said}");
}

#[test]
fn the_origin_of_the_multiplier_is_told_where_it_matters() {
    let out = tempfile::tempdir().unwrap();
    let run = export(out.path(), "quiet-hour", &["--only", "4,24,27"]);
    let (code, stdout, _) = audit_text(&run, &["--multiplier", "3"]);
    assert!(code == 1 && stdout.contains("\n  The multiplier is 3, as given with --multiplier.\n"), "{stdout}");
    let domains = "incoming_mail_incoming_domains.csv";
    let manifest = fs::read_to_string(run.join("manifest.json")).unwrap();
    let changed = manifest.replace("\"reputation_multiplier\": 4", "\"reputation_multiplier\": 0");
    assert_ne!(changed, manifest);
    fs::write(run.join("manifest.json"), changed).unwrap();
    let (code, stdout, _) = audit_text(&run, &[]);
    assert!(code == 1 && stdout.contains("\n  The multiplier is 0, from manifest.json of the run.\n"), "{stdout}");
    fs::remove_file(run.join("manifest.json")).unwrap();
    let (_, _, said) = audit_text(&run.join("quiet"), &[]);
    assert!(said.contains("the reputation multiplier is 4, which fits "), "{said}");
    // No identity without the sender tables uses it.
    fs::remove_file(run.join("quiet").join(domains)).unwrap();
    assert_eq!(audit_text(&run.join("quiet"), &[]).2, "");
}

#[test]
fn few_messages_in_the_queue_are_no_notice() {
    let out = tempfile::tempdir().unwrap();
    for (scenario, seed) in [("odd-keys", "1"), ("odd-keys", "2"), ("fixture", "1"), ("fixture", "2")] {
        for interval in ["5m", "1h"] {
            let name = format!("{scenario}-{seed}-{interval}");
            let run = export(&out.path().join(name), scenario, &["--seed", seed, "--interval", interval]);
            let (_, document) = audit(&run, &[]);
            assert_eq!(broken(&document), [""; 0]);
            assert_eq!(finding(&document, "queue-flow")["verdict"], "holds", "{scenario} {seed} {interval}");
        }
    }
}

#[test]
fn messages_in_the_queue_at_a_boundary_break_nothing() {
    let out = tempfile::tempdir().unwrap();
    let tables = "2,3,30,31,32,34,38";
    let day = "time.begin=2008-11-17T00:00:00Z";
    // A very large message is in the queue at the end of an interval, or a long queue at the end of many.
    let runs: [&[&str]; 4] = [
        &["modern", "--interval", "5m", "--volume", "4", "--set", "time.span=6h"],
        &["modern", "--interval", "5m", "--seed", "11", "--set", "time.span=1d"],
        &["c650-week", "--interval", "5m", "--seed", "1", "--set", day, "--set", "time.span=1d"],
        &["peak-day", "--interval", "1h"],
    ];
    for (number, run) in runs.iter().enumerate() {
        let (scenario, arguments) = run.split_first().unwrap();
        let arguments = [arguments, &["--only", tables]].concat();
        let run = export(&out.path().join(number.to_string()), scenario, &arguments);
        let (_, document) = audit(&run, &[]);
        let found = finding(&document, "queue-flow");
        assert_eq!(found["verdict"], "holds", "{scenario} {arguments:?}: {found}");
    }
}

/// Sets a cell of the first row of a file.
fn set_first(file: &Path, heading: &str, value: &str) {
    let text = fs::read_to_string(file).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let place = lines[0].split(',').position(|one| one == heading).unwrap();
    let mut cells: Vec<&str> = lines[1].split(',').collect();
    cells[place] = value;
    lines[1] = cells.join(",");
    fs::write(file, lines.join("\r\n") + "\r\n").unwrap();
}

#[test]
fn figures_that_another_table_needs_are_missed() {
    let out = tempfile::tempdir().unwrap();
    let only = "4,5,25,30,31,32,34,36,38,40";
    let directory = export(out.path(), "fixture", &["--interval", "1h", "--only", only]).join("c650");
    assert_eq!(broken(&audit(&directory, &[]).1), [""; 0]);
    for (file, heading, value, identity) in [
        ("incoming_mail_incoming_domains.csv", "Domain", "renamed.example", "host-domains"),
        ("incoming_mail_incoming_ip_addresses.csv", "Hostname", "renamed.example", "host-domains"),
        ("system_capacity_average_messages_in_work_queue.csv", "Messages", "0", "queue-use"),
        ("system_capacity_total_incoming_messages.csv", "Messages", "0", "counted-messages"),
        ("system_capacity_total_incoming_message_size_bytes.csv", "Message Size", "1", "message-size"),
        ("system_capacity_total_outgoing_message_size_bytes.csv", "Message Size", "1", "message-size"),
    ] {
        let file = directory.join(file);
        let text = fs::read_to_string(&file).unwrap();
        set_first(&file, heading, value);
        let (code, document) = audit(&directory, &[]);
        assert!(code == 1 && broken(&document).contains(&identity), "{identity}: {document:#}");
        fs::write(&file, text).unwrap();
    }
}

/// A way to round a number, as another program may do when it saves a file.
type Rounding = fn(f64) -> String;

/// A number in at most eleven characters, without zeros at its end.
fn in_eleven_characters(value: f64) -> String {
    let shown = (0..=9).rev().map(|decimals| format!("{value:.decimals$}")).find(|shown| shown.len() <= 11).unwrap();
    match shown.contains('.') {
        true => shown.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => shown,
    }
}

#[test]
fn averages_that_another_program_has_rounded_break_nothing() {
    const AVERAGES: [u32; 6] = [30, 31, 35, 39, 41, 42];
    const ROUNDINGS: [(&str, Rounding); 4] = [
        ("one decimal", |value| format!("{value:.1}")),
        ("two decimals", |value| format!("{value:.2}")),
        ("ten digits", |value| format!("{value:.9e}").parse::<f64>().unwrap().to_string()),
        ("eleven characters", in_eleven_characters),
    ];
    let out = tempfile::tempdir().unwrap();
    for (scenario, appliance, options) in [
        ("quiet-hour", "quiet", &["--interval", "5m", "--volume", "0.1"][..]),
        ("c650-week", "c650", &["--set", "time.span=1d", "--volume", "0.02"][..]),
    ] {
        let directory = export(out.path(), scenario, options).join(appliance);
        let tables = AVERAGES.map(|number| tollgate_catalogue::Catalogue::builtin().table(number).unwrap());
        let originals = tables.map(|table| fs::read_to_string(directory.join(&table.file)).unwrap());
        for (name, round) in ROUNDINGS {
            for (table, original) in tables.iter().zip(&originals) {
                let mut lines = original.lines().map(str::to_owned).collect::<Vec<_>>();
                for line in &mut lines[1..] {
                    let cells = line.split(',').enumerate().map(|(at, cell)| match at {
                        0..4 => cell.to_owned(),
                        _ => round(cell.parse().unwrap()),
                    });
                    *line = cells.collect::<Vec<_>>().join(",");
                }
                fs::write(directory.join(&table.file), lines.join("\r\n") + "\r\n").unwrap();
            }
            let (code, document) = audit(&directory, &[]);
            assert_eq!((code, broken(&document)), (0, vec![]), "{scenario} with {name}: {document:#}");
        }
    }
}
