//! Tests of the number of comparisons, with hand-made figures.

use tollgate_audit::{Auditor, FindingResult, Identities, Sources, Window};

use crate::identities::{ASSUMPTIONS, BEGIN, HOUR, file, find, hour};

#[test]
fn only_pairs_that_a_relation_is_about_are_comparisons() {
    let rows = ["a,0,0,0,0,0.0,0,0", "b,0,0,0,0,0.0,3,3", "c,0,0,0,0,0.0,0,0"];
    let counts = |check: &str| {
        let found = find(check, vec![hour(29, &rows)]);
        (found.verdict, found.comparisons, found.intervals)
    };
    let needs = "per = \"row\"\nleft = [\"29: Total Messages\"]\nneeds = [\"29: Total Connections\"]";
    assert_eq!(counts(needs), (FindingResult::Holds, 1, 1));
    let carried = needs.replace("needs", "carried_by");
    assert_eq!(counts(&carried), (FindingResult::Holds, 1, 1));
    let nothing = "per = \"row\"\nleft = [\"29: Failed - Required\"]\nneeds = [\"29: Total Connections\"]";
    assert_eq!(counts(nothing), (FindingResult::Unchecked, 0, 0));
    assert_eq!(find(nothing, vec![hour(29, &rows)]).why, ["there is nothing to compare"]);

    // An average of no messages says nothing if it is 0.
    let average = "per = \"interval\"\nleft = [\"35: Message Size\"]\nequals = [\"36: Message Size\"]\n\
                   of = [\"34: Messages\"]";
    let of = |average_size: &str| {
        let found = find(average, vec![hour(34, &["0"]), hour(35, &[average_size]), hour(36, &["0"])]);
        (found.verdict, found.comparisons)
    };
    assert_eq!(of("0"), (FindingResult::Unchecked, 0));
    assert_eq!(of("7"), (FindingResult::Broken, 1));
}

#[test]
fn lists_of_the_same_length_look_cut() {
    let check = "per = \"interval\"\ncut = \"notice\"\nleft = [\"1: Clean messages\"]\nequals = [\"4: Clean\"]\n\
                 witnesses = [[\"6: Clean\"]]";
    let with = |overview: u32, owners: &[&str]| {
        let domains = ["a,0,0,0,0,0,0,0,0,0,0,5", "b,0,0,0,0,0,0,0,0,0,0,4"];
        find(check, vec![hour(1, &[&format!("0,0,0,0,0,{overview}")]), hour(4, &domains), hour(6, owners)]).verdict
    };
    let two = ["x,0,0,0,0,0,0,0,0,0,0,7", "y,0,0,0,0,0,0,0,0,0,0,2"];
    let three = ["x,0,0,0,0,0,0,0,0,0,0,7", "y,0,0,0,0,0,0,0,0,0,0,1", "z,0,0,0,0,0,0,0,0,0,0,1"];
    assert_eq!(with(9, &two), FindingResult::Holds);
    assert_eq!(with(12, &two), FindingResult::Notice);
    assert_eq!(with(12, &three), FindingResult::Broken);
    // No cut makes the Overview too small.
    assert_eq!(with(8, &two), FindingResult::Broken);
}

#[test]
fn a_short_list_beside_longer_complete_ones_is_broken() {
    let check = "per = \"interval\"\nlongest = \"notice\"\nleft = [\"4: Clean\"]\nequals = [\"1: Clean messages\"]\n\
                 witnesses = [[\"6: Clean\"]]";
    let with = |domains: &[&str], owners: &[&str]| {
        find(check, vec![hour(1, &["0,0,0,0,0,9"]), hour(4, domains), hour(6, owners)]).verdict
    };
    let owners = ["x,0,0,0,0,0,0,0,0,0,0,7", "y,0,0,0,0,0,0,0,0,0,0,2"];
    let [five, four] = ["a,0,0,0,0,0,0,0,0,0,0,5", "b,0,0,0,0,0,0,0,0,0,0,4"];
    assert_eq!(with(&[five, four], &owners), FindingResult::Holds);
    assert_eq!(with(&[five], &owners), FindingResult::Broken);
    // A limit on the length of lists may have cut a list that is not shorter.
    assert_eq!(with(&[five, "c,0,0,0,0,0,0,0,0,0,0,1"], &owners), FindingResult::Notice);
    // The other list is not complete either.
    assert_eq!(with(&[five], &owners[..1]), FindingResult::Unchecked);
}

#[test]
fn sides_of_different_units_have_no_difference() {
    let check = "per = \"interval\"\nleft = [\"28: Unencrypted\"]\nneeds = [\"27: Unencrypted Connections\"]";
    let worst = find(check, vec![hour(27, &["0,0,0,0,0,0"]), hour(28, &["0,9,0"])]).worst.unwrap();
    assert_eq!((worst.left.value, worst.right.value, worst.difference), (9.0, 0.0, None));
}

#[test]
fn encrypted_messages_match_the_connections_of_the_domains() {
    let of = |messages: &str, domains: &[&str]| {
        let mut sources = Sources::default();
        [28, 29].iter().for_each(|table| sources.add(*table, &file(HOUR, BEGIN, BEGIN + HOUR)));
        let mut audit = Auditor::new(Identities::builtin().named("tls-encryption"), &sources, ASSUMPTIONS);
        let tables = [hour(28, &[messages]), hour(29, domains)].map(|(table, rows)| (table, vec![rows])).into();
        audit.look_at(&Window { begin_seconds: BEGIN, length_seconds: HOUR, tables });
        let finding = audit.finish().remove(0);
        (finding.verdict, finding.breaks, finding.comparisons)
    };
    let encrypted = "a,0,0,0,4,100.0,4,9";
    let clear = "b,0,0,1,0,0.0,3,5";
    let both = "c,0,0,0,1,50.0,2,2";
    assert_eq!(of("9,5,7", &[encrypted, clear]), (FindingResult::Holds, 0, 2));
    assert_eq!(of("5,9,7", &[encrypted, clear]), (FindingResult::Broken, 1, 2));
    assert_eq!(of("11,5,9", &[encrypted, clear, both]), (FindingResult::Holds, 0, 2));
    assert_eq!(of("12,4,9", &[encrypted, clear, both]), (FindingResult::Broken, 1, 2));
    // A domain with both kinds of connections says nothing.
    assert_eq!(of("2,0,2", &[both]).0, FindingResult::Unchecked);
    // The tables were read at different moments.
    assert_eq!(of("5,8,7", &[encrypted, clear]).0, FindingResult::Unchecked);
}
