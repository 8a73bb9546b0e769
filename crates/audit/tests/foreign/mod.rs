//! Exports in the forms that real clients met. All forms have the same content.

use tollgate_audit::{Exports, IntervalRows, Values, Window};

mod errors;
mod files;
mod headers;
mod round_trip;
mod times;

use self::files::read;

const MESSAGES: &str = "tls_connections_outgoing_tls_messages_summary.csv";
const DETAILS: &str = "tls_connections_outgoing_tls_connections_details.csv";
const DOMAINS: &str = "incoming_mail_incoming_domains.csv";
const OVERVIEW: &str = "overview_incoming_mail_summary.csv";

const HOUR: i64 = 3600;
const FIRST: i64 = 1_226_966_400;

/// The same two hours of tables 28 and 29 in each form.
const MESSAGES_TEXT: &str = "\
Begin Timestamp,End Timestamp,Begin Date,End Date,TLS Encrypted,Unencrypted,Total Connections
1226966400.0,1226969999.0,2008-11-18 00:00 GMT,2008-11-18 00:59 GMT,15,38,47
1226970000.0,1226973599.0,2008-11-18 01:00 GMT,2008-11-18 01:59 GMT,2,0,2
";
const DETAILS_TEXT: &str = "\
Begin Timestamp,End Timestamp,Begin Date,End Date,Domain,Failed - Required,Successful - Required,Failed - Preferred,Successful - Preferred,% Connections,Total Connections,Total Messages
1226966400.0,1226969999.0,2008-11-18 00:00 GMT,2008-11-18 00:59 GMT,a.example,0,0,0,9,56.2,16,21
1226966400.0,1226969999.0,2008-11-18 00:00 GMT,2008-11-18 00:59 GMT,\"b, \"\"c\"\"\",1,2,3,4,0.0,21,27
1226970000.0,1226973599.0,2008-11-18 01:00 GMT,2008-11-18 01:59 GMT,a.example,0,0,0,2,100.0,2,2
";

fn numbers(numbers: &[f64]) -> Option<Values> {
    Some(Values::Numbers(numbers.to_vec()))
}

fn texts(texts: &[&str]) -> Option<Values> {
    Some(Values::Texts(texts.iter().map(|&text| text.into()).collect()))
}

/// A window with intervals as long as it is.
fn window(begin_seconds: i64, length_seconds: i64, tables: &[(u32, &[Option<Values>])]) -> Window {
    let interval = |columns: &[Option<Values>]| IntervalRows {
        begin_seconds,
        length_seconds,
        columns: columns.to_vec(),
        ..IntervalRows::default()
    };
    let tables = tables.iter().map(|(table, columns)| (*table, vec![interval(columns)])).collect();
    Window { begin_seconds, length_seconds, tables }
}

/// The contents of tables 28 and 29, whatever their form.
fn expected() -> Vec<Window> {
    let details = [
        texts(&["a.example", "b, \"c\""]),
        numbers(&[0.0, 1.0]),
        numbers(&[0.0, 2.0]),
        numbers(&[0.0, 3.0]),
        numbers(&[9.0, 4.0]),
        numbers(&[56.2, 0.0]),
        numbers(&[16.0, 21.0]),
        numbers(&[21.0, 27.0]),
    ];
    let later = [0.0, 0.0, 0.0, 2.0, 100.0, 2.0, 2.0].map(|number| numbers(&[number]));
    let later: Vec<_> = std::iter::once(texts(&["a.example"])).chain(later).collect();
    vec![
        window(FIRST, HOUR, &[(28, &[15.0, 38.0, 47.0].map(|number| numbers(&[number]))), (29, &details)]),
        window(FIRST + HOUR, HOUR, &[(28, &[2.0, 0.0, 2.0].map(|number| numbers(&[number]))), (29, &later)]),
    ]
}

#[test]
fn one_and_the_same_in_every_form() {
    let both = |change: &dyn Fn(&str) -> String| (change(MESSAGES_TEXT), change(DETAILS_TEXT));
    // The csv crate reverses the columns, because a quoted field holds a comma.
    let reversed = |text: &str| {
        let mut writer = csv::Writer::from_writer(Vec::new());
        for row in csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes()).records() {
            writer.write_record(row.unwrap().iter().rev()).unwrap();
        }
        String::from_utf8(writer.into_inner().unwrap()).unwrap()
    };
    // Programs that use a decimal comma separate fields by semicolons.
    let separated = |text: &str, separator: u8| {
        let mut writer = csv::WriterBuilder::new().delimiter(separator).from_writer(Vec::new());
        for row in csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes()).records() {
            let is_number = |cell: &str| cell.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
            let cell = |cell: &str| if is_number(cell) { cell.replace('.', ",") } else { cell.to_owned() };
            writer.write_record(row.unwrap().iter().map(cell)).unwrap();
        }
        String::from_utf8(writer.into_inner().unwrap()).unwrap()
    };
    let extended = |text: &str| {
        let mut lines = text.lines().map(|line| format!("x,{line},\"1,5\"\n"));
        let header =
            lines.next().unwrap().replacen("x,", "Messages with Malicious URLs,", 1).replace("\"1,5\"", "Hosts:");
        std::iter::once(header).chain(lines).collect()
    };
    for (form, (messages, details)) in [
        ("lines that end in LF", both(&|text| text.to_owned())),
        ("lines that end in CRLF", both(&|text| text.replace('\n', "\r\n"))),
        ("a byte-order mark", both(&|text| format!("\u{feff}{text}"))),
        ("no end of the last line", both(&|text| text.trim_end().to_owned())),
        ("blank lines", both(&|text| text.replace('\n', "\n\n"))),
        ("colons behind headings", both(&|text| text.replacen("Total Connections", "Total Connections:", 1))),
        (
            "headings in capitals",
            both(&|text| text.replacen("TLS Encrypted", "TLS ENCRYPTED", 1).replacen("Domain,", "DOMAIN ,", 1)),
        ),
        ("a sender domain", both(&|text| text.replacen("Domain,", "Sender Domain,", 1))),
        ("a key without a name", both(&|text| text.replacen("Domain,", "key0,", 1))),
        ("columns in another order", both(&reversed)),
        ("columns of later releases", both(&extended)),
        (
            "all fields in quotes",
            both(&|text| {
                let quoted =
                    |line: &str| format!("\"{}\"\n", line.replace("\"b, \"\"c\"\"\"", "b; c").replace(',', "\",\""));
                text.lines().map(quoted).collect::<String>().replace("b; c", "b, \"\"c\"\"")
            }),
        ),
        (
            "whole timestamps",
            both(&|text| text.replace("0.0,", "0,").replace("9.0,", "9,").replace(",0,0,0,", ",0.0,0,0,")),
        ),
        (
            "ends at the beginning of the next",
            both(&|text| text.replace("69999.0", "70000.0").replace("73599.0", "73600.0")),
        ),
        ("percent signs", both(&|text| text.replace("56.2", "56.2%").replace("100.0,", "100.0%,"))),
        ("counts with a zero fraction", both(&|text| text.replace("15,38", "15.0,38.00"))),
        ("semicolons and decimal commas", both(&|text| separated(text, b';'))),
        ("tabs", both(&|text| separated(text, b'\t'))),
        (
            "rows in another order of time",
            both(&|text| {
                let mut lines: Vec<_> = text.lines().collect();
                lines[1..].rotate_right(1);
                lines.join("\n") + "\n"
            }),
        ),
    ] {
        let (found, _) = read(&[(MESSAGES, &messages), (DETAILS, &details)]);
        assert_eq!(found, expected(), "{form}:\n{messages}\n{details}");
    }
    assert_eq!(read(&[(MESSAGES, MESSAGES_TEXT), (DETAILS, DETAILS_TEXT)]).1, Vec::<String>::new());
}

#[test]
fn thousands_separators_are_read_if_they_are_no_decimal_comma() {
    let with = |cell: &str, separator: char| {
        let text = MESSAGES_TEXT.replace(',', &separator.to_string()).replacen("47", cell, 1);
        let directory = files::directory(&[(MESSAGES, &text)]);
        let exports = Exports::open(directory.path(), &[]).map_err(|error| error.to_string())?;
        let [_, _, Some(Values::Numbers(total))] = &files::windows(&exports)[0].tables[&28][0].columns[..] else {
            return Err("other columns".to_owned());
        };
        Ok(total[0])
    };
    assert_eq!(with("\"1,234\"", ','), Ok(1234.0));
    assert_eq!(with("\"12,345,678\"", ','), Ok(12_345_678.0));
    assert_eq!(with("12,345,678", ';'), Ok(12_345_678.0));
    // A semicolon as separator means that a comma may be a decimal comma.
    for cell in ["1,234", "1,000", "1.000"] {
        assert!(with(cell, ';').is_err_and(|error| error.contains("allowed is a whole number")), "{cell}");
    }
}

#[test]
fn other_columns_are_ignored_and_named_and_missing_ones_named() {
    let (windows, remarks) = read(&[
        (
            DOMAINS,
            "Begin Timestamp,End Timestamp,Begin Date,End Date,orig_value,Sender Domain,Total Attempted,\
             Stopped by Recipient Throttling,Stopped by Reputation Filtering,Stopped as Invalid Recipients,Spam Detected,\
             Virus Detected,Stopped by Content Filter,Connections Rejected,Connections Accepted,Total Threat:,Clean,\n\
             1226966400.0,1226969999.0,2008-11-18 00:00 GMT,2008-11-18 00:59 GMT,A.example,a.example,13,1,7,0,4,0,0,2,9,11,2,\n",
        ),
        (
            OVERVIEW,
            "Begin Timestamp,End Timestamp,Stopped by Reputation Filtering,Stopped as Invalid Recipients,Spam Detected,\
             Stopped by Content Filter,Total Threat Messages:,Clean Messages,Total Attempted Messages:\n\
             1226966400,1226969999,7,0,4,0,11,2,13\n",
        ),
    ]);
    let domains: Vec<_> =
        [13.0, 1.0, 7.0, 0.0, 4.0, 0.0, 0.0, 2.0, 9.0, 11.0, 2.0].map(|number| numbers(&[number])).into();
    // Seven columns of later releases follow, and nine in the Overview. Two of these are in the file.
    let later = std::iter::repeat_n(None, 7);
    let domains: Vec<_> = std::iter::once(texts(&["a.example"])).chain(domains).chain(later).collect();
    let overview = [Some(7.0), Some(0.0), Some(4.0), None, Some(0.0), Some(2.0), Some(11.0), Some(13.0)];
    let overview: Vec<Option<f64>> = overview.into_iter().chain(std::iter::repeat_n(None, 7)).collect();
    let overview: Vec<_> =
        overview.into_iter().map(|number| number.map(|number| Values::Numbers(vec![number]))).collect();
    assert_eq!(windows, [window(FIRST, HOUR, &[(1, &overview), (4, &domains)])]);
    assert_eq!(
        remarks,
        [
            "incoming_mail_incoming_domains.csv: ignored columns: orig_value",
            "overview_incoming_mail_summary.csv: missing columns: Virus Detected",
        ]
    );
}

#[test]
fn a_summary_may_have_a_row_of_percentages() {
    let header = "TLS Encrypted,Unencrypted,Total Connections,Hint\n";
    let (counts, shares) = ("15,38,53,\n", "28.3%,71.7,--,--\n");
    let expected_of = |begin_seconds, length_seconds| {
        let mut window =
            window(begin_seconds, length_seconds, &[(28, &[15.0, 38.0, 53.0].map(|number| numbers(&[number])))]);
        window.tables.get_mut(&28).unwrap()[0].percentages = Some(vec![Some(28.3), Some(71.7), None]);
        vec![window]
    };
    for rows in [[counts, shares], [shares, counts]] {
        let untimed = [header, rows[0], rows[1]].concat();
        let (windows, remarks) = read(&[(MESSAGES, &untimed)]);
        assert_eq!(windows, expected_of(0, 0));
        assert_eq!(
            remarks,
            [
                format!("{MESSAGES}: ignored columns: Hint"),
                format!("{MESSAGES}: no timestamps; assumed to cover the same interval"),
            ]
        );
        let times = ["Begin Timestamp,End Timestamp,", "1226966400.0,1226969999.0,", "1226966400.0,1226969999.0,"];
        let timed: String = times.iter().zip(untimed.lines()).map(|(times, line)| format!("{times}{line}\n")).collect();
        let (windows, _) = read(&[(MESSAGES, &timed)]);
        assert_eq!(windows, expected_of(FIRST, HOUR));
    }
    // If all other files have a single interval, the file covers that one. If they have more, its interval is unknown.
    let one: String = DETAILS_TEXT.lines().take(3).map(|line| format!("{line}\n")).collect();
    let untimed = [header, counts, shares].concat();
    let (windows, remarks) = read(&[(MESSAGES, &untimed), (DETAILS, &one)]);
    assert_eq!((windows.len(), windows[0].tables.keys().copied().collect::<Vec<_>>()), (1, vec![28, 29]));
    assert!(
        remarks.contains(&format!("{MESSAGES}: no timestamps; assumed to cover the only interval of the other files"))
    );
    let (windows, remarks) = read(&[(MESSAGES, &untimed), (DETAILS, DETAILS_TEXT)]);
    assert!(windows.iter().all(|window| window.tables.keys().eq([&29])), "{windows:?}");
    assert!(remarks.contains(&format!("{MESSAGES}: no timestamps; ignored, because the interval is unknown")));
}
