//! Tests of the checks of sender groups, their actions and their scores, with hand-made figures.

use tollgate_audit::{Auditor, Finding, FindingResult, Identities, Sources, Window};
use tollgate_catalogue::Catalogue;

use crate::identities::{ASSUMPTIONS, BEGIN, HOUR, file, interval};

/// The finding of an identity about these tables, each with its rows of each hour.
fn find(identity: &str, tables: &[(u32, Vec<Vec<String>>)]) -> Finding {
    let hours = tables[0].1.len();
    let mut sources = Sources::default();
    tables.iter().for_each(|(table, _)| sources.add(*table, &file(HOUR, BEGIN, BEGIN + hours as i64 * HOUR)));
    let mut audit = Auditor::new(Identities::builtin().named(identity), &sources, ASSUMPTIONS);
    for hour in 0..hours {
        let begin_seconds = BEGIN + hour as i64 * HOUR;
        let of_table = |(table, hours): &(u32, Vec<Vec<String>>)| {
            let rows: Vec<&str> = hours[hour].iter().map(String::as_str).collect();
            let (table, rows) = interval(*table, begin_seconds, HOUR, &rows);
            (table, vec![rows])
        };
        let tables = tables.iter().map(of_table).collect();
        audit.look_at(&Window { begin_seconds, length_seconds: HOUR, tables });
    }
    audit.finish().remove(0)
}

/// The result of `group-actions` and the number of intervals that fail, if `change` changes the sender groups of twenty honest hours. Their
/// mail flow policies accept WHITE, GREY and some of ALL, reject BLACK and the rest of ALL, and relay RELAY.
fn actions(change: impl Fn(usize, &mut Vec<(&'static str, u32)>)) -> (FindingResult, u64) {
    let (mut groups, mut policies) = (Vec::new(), Vec::new());
    for hour in 0..20 {
        let number = hour as u32;
        let (white, grey, black, relay, all) = (10 + number % 3, 200 + 7 * number, 900 - number, 50 + number, 4);
        policies.push(vec![format!("{},{relay},{},0", white + grey + 3, black + 1)]);
        let mut rows = vec![("WHITE", white), ("GREY", grey), ("BLACK", black), ("RELAY", relay), ("ALL", all)];
        change(hour, &mut rows);
        groups.push(rows.into_iter().map(|(name, count)| format!("{name},{count}")).collect());
    }
    let found = find("group-actions", &[(7, groups), (8, policies)]);
    assert_eq!((found.comparisons, found.intervals), (20, 20));
    (found.verdict, found.breaks + found.notices)
}

/// Exchanges the connections of two groups.
fn exchange(rows: &mut [(&'static str, u32)], one: usize, other: usize) {
    (rows[one].1, rows[other].1) = (rows[other].1, rows[one].1);
}

/// Adds the connections of a group to another and removes its row.
fn merge(rows: &mut Vec<(&'static str, u32)>, from: usize, to: usize) {
    rows[to].1 += rows[from].1;
    rows.remove(from);
}

#[test]
fn sender_groups_split_into_actions_in_one_way() {
    assert_eq!(actions(|_, _| {}), (FindingResult::Holds, 0));
    let exchanged = actions(|hour, rows| {
        if hour == 7 {
            exchange(rows, 1, 2)
        }
    });
    assert_eq!(exchanged, (FindingResult::Broken, 1));
    let two_actions = actions(|hour, rows| {
        if hour > 17 {
            exchange(rows, 2, 3)
        }
    });
    assert_eq!(two_actions, (FindingResult::Broken, 2));
    // Groups with the same action, or in all hours: the sums match.
    assert_eq!(
        actions(|hour, rows| if hour == 7 {
            exchange(rows, 0, 1)
        }),
        (FindingResult::Holds, 0)
    );
    assert_eq!(actions(|_, rows| exchange(rows, 1, 2)), (FindingResult::Holds, 0));
    // Listeners may have groups with the same name and different actions.
    assert_eq!(actions(|_, rows| merge(rows, 1, 2)), (FindingResult::Notice, 20));
    assert_eq!(
        actions(|hour, rows| if hour == 7 {
            merge(rows, 1, 2)
        }),
        (FindingResult::Notice, 1)
    );
    // ALL has several actions anyway.
    assert_eq!(actions(|_, rows| merge(rows, 1, 4)), (FindingResult::Holds, 0));
}

#[test]
fn the_failing_hour_and_its_groups_are_named() {
    let groups = |hour: usize| if hour == 2 { ["A,9", "B,5"] } else { ["A,5", "B,9"] };
    let rows = |of: &dyn Fn(usize) -> Vec<String>| (0..20).map(of).collect::<Vec<_>>();
    let groups = rows(&|hour| groups(hour).map(str::to_owned).to_vec());
    let found = find("group-actions", &[(7, groups), (8, rows(&|_| vec!["5,0,9,0".to_owned()]))]);
    let worst = found.worst.unwrap();
    assert_eq!((worst.begin_seconds, worst.left.value, worst.right.value), (BEGIN + 2 * HOUR, 9.0, 5.0));
    assert!(worst.left.made_of.ends_with("that have the action Accept in most intervals: A"), "{worst:?}");
}

#[test]
fn a_group_that_has_addresses_but_no_connections_in_one_hour_is_noticed() {
    let with = |rows: usize, other_hours: usize| {
        let hours = 2 + other_hours;
        // In the second hour, the connections of GREY are among those of WHITE.
        let groups =
            |hour: usize| if hour == 1 { vec!["WHITE,9".into()] } else { vec!["GREY,4".into(), "WHITE,5".into()] };
        let addresses = |_| [scored("GREY", 0, rows), scored("WHITE", 50, 5)].concat();
        let (groups, addresses) = ((0..hours).map(groups).collect(), (0..hours).map(addresses).collect());
        let found = find("group-connections", &[(5, addresses), (7, groups)]);
        (found.verdict, found.notices, found.worst.map(|worst| worst.begin_seconds))
    };
    assert_eq!(with(3, 1), (FindingResult::Notice, 3, Some(BEGIN + HOUR)));
    // A few addresses may be of connections that were opened in the hour before, and single hours with connections show no custom.
    assert_eq!(with(2, 1), (FindingResult::Holds, 0, None));
    assert_eq!(with(3, 0), (FindingResult::Holds, 0, None));
}

/// Rows of addresses of a sender group, with scores from `low` tenths on.
fn scored(group: &str, low: i32, count: usize) -> Vec<String> {
    (0..count).map(|place| row(&format!("{group}-{place}"), low + place as i32, group)).collect()
}

fn row(address: &str, tenths: i32, group: &str) -> String {
    let columns = Catalogue::builtin().tables()[4].columns.len() - 5;
    format!("{address},h,Yes,{:.1},{group}{}", f64::from(tenths) / 10.0, ",0".repeat(columns))
}

fn honest() -> Vec<String> {
    [scored("LOW", -90, 30), scored("MIDDLE", 0, 30), scored("HIGH", 50, 30)].concat()
}

#[test]
fn only_scores_of_groups_with_ranges_are_compared() {
    let found = find("sender-scores", &[(5, vec![honest()])]);
    assert_eq!((found.verdict, found.comparisons), (FindingResult::Holds, 90));
    // No group has such a score, but the ranges of two groups lie between.
    let mut rows = honest();
    rows[3] = row("x", 95, "LOW");
    let found = find("sender-scores", &[(5, vec![rows])]);
    assert_eq!(
        (found.verdict, found.breaks, found.worst.unwrap().key),
        (FindingResult::Broken, 1, vec!["x".to_owned()])
    );
    // Three groups share a range.
    let shared = [scored("LOW", 0, 30), scored("MIDDLE", 0, 30), scored("HIGH", 0, 30)].concat();
    let found = find("sender-scores", &[(5, vec![shared])]);
    assert_eq!((found.verdict, found.comparisons), (FindingResult::Unchecked, 0));
    assert_eq!(found.why, ["fewer than two sender groups have a range of scores that no other group shares"]);
}

#[test]
fn the_same_score_everywhere_is_a_notice() {
    let flat = |count: usize| -> Vec<String> {
        (0..count).map(|place| row(&format!("a{place}"), 0, if place % 9 == 0 { "HIGH" } else { "LOW" })).collect()
    };
    let found = find("sender-scores", &[(5, vec![flat(120)])]);
    assert_eq!((found.verdict, found.notices), (FindingResult::Notice, 120));
    assert_eq!(find("sender-scores", &[(5, vec![flat(90)])]).verdict, FindingResult::Unchecked);
}

#[test]
fn scores_that_are_exchanged_between_addresses_are_broken() {
    let shuffled = |hour: usize| -> Vec<String> {
        let scores = (0..90).map(|place| (place * 37 + hour * 11) % 90);
        scores.enumerate().map(|(place, score)| row(&format!("a{place}"), score as i32, "LOW")).collect()
    };
    let found = find("sender-scores", &[(5, vec![shuffled(0), shuffled(1)])]);
    assert_eq!((found.verdict, found.breaks, found.comparisons), (FindingResult::Broken, 90, 90));
    assert_eq!(find("sender-scores", &[(5, vec![honest(), honest()])]).verdict, FindingResult::Holds);
    // A few scores change in a day.
    let mut later = honest();
    later[3] = row("LOW-3", -88, "LOW");
    assert_eq!(find("sender-scores", &[(5, vec![honest(), later])]).verdict, FindingResult::Holds);
}

#[test]
fn sender_groups_of_addresses_have_connections() {
    let groups = || ["LOW,30", "MIDDLE,30", "HIGH,5"].map(str::to_owned).to_vec();
    let of = |hours: Vec<Vec<String>>| {
        let groups = hours.iter().map(|_| groups()).collect();
        find("group-connections", &[(5, hours), (7, groups)])
    };
    assert_eq!(of(vec![honest()]).verdict, FindingResult::Holds);
    // Every row of a group without connections is a break.
    let found = of(vec![[scored("LOW", -90, 30), scored("OTHER", 0, 60)].concat()]);
    assert_eq!((found.verdict, found.breaks, found.comparisons), (FindingResult::Broken, 60, 90));
    assert_eq!(found.worst.unwrap().difference, None);
    // Messages of one of the first interval may come on an earlier connection.
    let with_one = || [honest(), scored("OTHER", 0, 1)].concat();
    let found = of(vec![with_one()]);
    assert_eq!((found.verdict, found.notices), (FindingResult::Notice, 1));
    assert_eq!(of(vec![honest(), with_one()]).breaks, 2);
    // Thirty addresses need more than five connections. Some connections may have begun before the interval.
    let found = of(vec![honest(), honest()]);
    assert_eq!((found.verdict, found.breaks), (FindingResult::Broken, 1));
    assert_eq!(found.worst.unwrap().key, ["HIGH"]);
}

/// A row of an address of a sender group with a score in tenths, and messages that reputation filtering stopped or that are clean.
fn mail(group: &str, tenths: i32, stopped: u32, clean: u32) -> String {
    let score = f64::from(tenths) / 10.0;
    format!("{group}{tenths},h,Yes,{score:.1},{group},{0},{stopped},0,0,0,0,{stopped},{clean}", stopped + clean)
}

/// Rows of twenty blocked addresses with two connections each and of thirty with clean mail.
fn senders(blocked_low: i32, clean_low: i32) -> Vec<String> {
    let blocked = (0..20).map(|place| mail("BLACK", blocked_low + place, 6, 0));
    blocked.chain((0..30).map(|place| mail("WHITE", clean_low + place, 0, 9))).collect()
}

/// The result of `blocked-groups` and the number of failures, after changes of the addresses and the connections of the second hour.
fn blocked(rows: impl Fn(&mut Vec<String>), groups: [&str; 2]) -> (FindingResult, u64) {
    let stopped =
        |rows: &[String]| rows.iter().filter_map(|row| row.split(',').nth(6)?.parse::<u32>().ok()).sum::<u32>();
    let (honest, mut changed) = (senders(-90, 20), senders(-90, 20));
    rows(&mut changed);
    let overview = [&honest, &changed].map(|rows| vec![format!("{},0,0,0,0,0", stopped(rows))]).to_vec();
    let groups = [["BLACK,40", "WHITE,35"], groups].map(|groups| groups.map(str::to_owned).to_vec()).to_vec();
    let found = find("blocked-groups", &[(5, vec![honest, changed]), (1, overview), (7, groups)]);
    (found.verdict, found.notices)
}

#[test]
fn blocked_sender_groups_have_their_connections_and_no_clean_mail() {
    const HONEST: [&str; 2] = ["BLACK,40", "WHITE,35"];
    assert_eq!(blocked(|_| {}, HONEST), (FindingResult::Holds, 0));
    // A row shows the latest group, so a few addresses may have been accepted before.
    assert_eq!(blocked(|rows| rows[20] = mail("BLACK", -50, 0, 9), HONEST), (FindingResult::Holds, 0));
    assert_eq!(blocked(|rows| rows[20] = mail("BLACK", -50, 0, 90), HONEST), (FindingResult::Notice, 1));
    // Both groups are exchanged in the table of connections, or some blocked addresses are of the other group.
    assert_eq!(blocked(|_| {}, ["BLACK,35", "WHITE,40"]), (FindingResult::Holds, 0));
    assert_eq!(blocked(|_| {}, ["BLACK,350", "WHITE,40"]), (FindingResult::Notice, 1));
    let moved = |rows: &mut Vec<String>| rows[..10].iter_mut().for_each(|row| *row = row.replace(",BLACK,", ",WHITE,"));
    assert_eq!(blocked(moved, HONEST), (FindingResult::Notice, 1));
}

#[test]
fn blocked_addresses_have_worse_scores_than_others() {
    let verdict = |rows: Vec<String>| find("sender-scores", &[(5, vec![rows])]).verdict;
    assert_eq!(verdict(senders(-90, 20)), FindingResult::Holds);
    assert_eq!(verdict(senders(70, -60)), FindingResult::Notice);
    // Too few rows to tell.
    assert_ne!(verdict(senders(70, -60).split_off(1)), FindingResult::Notice);
}

/// The result of `incoming-flow` in three hours, each with messages that came in, those that left the queue, and the largest queue.
fn flow(hours: [(u32, u32, u32); 3], quarantined: u32) -> (FindingResult, u64) {
    let rows = |row: &dyn Fn((u32, u32, u32)) -> String| hours.iter().map(|hour| vec![row(*hour)]).collect::<Vec<_>>();
    let outbreaks =
        (0..3).map(|hour| vec![format!("Worm,1,1226966400,60,{}", if hour == 0 { quarantined } else { 0 })]);
    let found = find(
        "incoming-flow",
        &[
            (25, rows(&|(accepted, ..)| format!("9,{},0", accepted - 9))),
            (1, rows(&|(_, processed, _)| format!("50,7,{processed},0,0,0"))),
            (32, rows(&|(.., greatest)| greatest.to_string())),
            (20, outbreaks.collect()),
        ],
    );
    (found.verdict, found.notices)
}

#[test]
fn about_as_many_messages_come_in_as_leave_the_queue() {
    assert_eq!(flow([(1000, 1000, 1), (2000, 2050, 1), (1000, 1000, 1)], 0), (FindingResult::Holds, 0));
    assert_eq!(flow([(1000, 1000, 1), (4000, 2000, 1), (1000, 1000, 1)], 0), (FindingResult::Notice, 2));
    // Messages may wait in the queue from one hour to the next, or in the quarantine.
    assert_eq!(flow([(1000, 1000, 1), (4000, 2000, 20), (1000, 3000, 20)], 0), (FindingResult::Holds, 0));
    assert_eq!(flow([(1000, 1000, 1), (4000, 2000, 1), (1000, 1000, 1)], 2500), (FindingResult::Holds, 0));
    assert_eq!(flow([(1000, 1000, 1), (1000, 3000, 1), (1000, 1000, 1)], 0), (FindingResult::Notice, 2));
}

#[test]
fn columns_of_the_whole_span_and_of_the_system_fit_each_other() {
    let verdict = |identity: &str, tables: &[(u32, &str)]| {
        let rows = |(table, row): &(u32, &str)| (*table, vec![vec![(*row).to_owned()]; 3]);
        find(identity, &tables.iter().map(rows).collect::<Vec<_>>()).verdict
    };
    let delivered = |row| verdict("outgoing-flow", &[(2, "3,4,1000"), (3, row)]);
    assert_eq!(delivered("200,1300,1500"), FindingResult::Holds);
    assert_eq!(delivered("300,1700,2000"), FindingResult::Notice);
    let used = |messages, usage| verdict("processor-use", &[(34, messages), (41, usage)]);
    assert_eq!(used("360", "0"), FindingResult::Holds);
    assert_eq!(used("361", "0"), FindingResult::Notice);
    assert_eq!(used("36100", "0.001"), FindingResult::Holds);
    let queue = |greatest, mean| {
        let tables = [(1, "9,9,1,2,3,4"), (2, "1,2,3"), (8, "9,50,9,9"), (31, mean), (32, greatest), (34, "7")];
        verdict("queue-peak", &tables)
    };
    // 2 × 16 messages that left the queue, 2 × 7 that came in, 2 × 50 connections with 100 messages, and 10,000.
    assert_eq!(queue("20046", "0"), FindingResult::Holds);
    assert_eq!(queue("20047", "0"), FindingResult::Broken);
    assert_eq!(queue("20047", "1"), FindingResult::Holds);
}
