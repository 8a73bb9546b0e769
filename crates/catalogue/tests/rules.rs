//! The counting rules against the meaning of each.

use tollgate_catalogue::{Catalogue, TlsOutcome, TlsSetting};

/// What each rule books a connection as: SR and SP succeeded, FR and FP failed, UC went in clear, - is in no category.
const CATEGORIES: &str = "\
outcome            control     every-plain  attempt-only  attempt-only-double
not_tried          no          UC           UC            UC
not_offered        preferred   UC           -             -
negotiated         preferred   SP           SP            SP
failed_before_220  preferred   UC           FP+UC         FP+UC
failed_after_220   preferred   FP           FP            FP+UC
second_connection  preferred   UC           UC            -
negotiated         required    SR           SR            SR
not_offered        required    FR           FR            FR
failed_before_220  required    FR           FR            FR
failed_after_220   required    FR           FR            FR
not_verified       required    FR           FR            FR
";

#[test]
fn connections_are_booked_as_the_table_says() {
    let mut lines = CATEGORIES.lines();
    let rules: Vec<&str> = lines.next().into_iter().flat_map(|line| line.split_whitespace().skip(2)).collect();
    let lasting = Catalogue::builtin().rules().iter().filter(|rule| rule.lost().is_none());
    assert!(lasting.map(|rule| &rule.name).eq(&rules), "the table has every rule that books at all times");
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (outcome, control) = (outcome_of(words[0]), control_of(words[1]));
        for (rule, expected) in rules.iter().zip(&words[2..]) {
            let rule = Catalogue::builtin().rule(rule).expect("a rule");
            let booked: Vec<&str> = rule.categories(control, outcome).map(short).collect();
            let booked = if booked.is_empty() { "-".into() } else { booked.join("+") };
            assert_eq!(&booked, expected, "{line}: {}", rule.name);
        }
    }
}

#[test]
fn rules_that_lose_connections_otherwise_book_as_documented() {
    let catalogue = Catalogue::builtin();
    let documented = catalogue.rule("every-plain").expect("the documented rule");
    for (rule, lost) in catalogue.rules().iter().filter_map(|rule| Some((rule, rule.lost()?))) {
        assert_eq!(lost.setting, TlsSetting::Preferred, "{}", rule.name);
        for control in TlsSetting::ALL {
            for outcome in TlsOutcome::ALL {
                assert!(rule.categories(control, outcome).eq(documented.categories(control, outcome)));
            }
        }
    }
}

fn outcome_of(name: &str) -> TlsOutcome {
    match name {
        "not_tried" => TlsOutcome::NotTried,
        "not_offered" => TlsOutcome::NotOffered,
        "negotiated" => TlsOutcome::Negotiated,
        "failed_before_220" => TlsOutcome::FailedBefore220,
        "failed_after_220" => TlsOutcome::FailedAfter220,
        "not_verified" => TlsOutcome::NotVerified,
        "second_connection" => TlsOutcome::SecondConnection,
        _ => panic!("no outcome is called {name}"),
    }
}

fn control_of(name: &str) -> TlsSetting {
    match name {
        "no" => TlsSetting::No,
        "preferred" => TlsSetting::Preferred,
        "required" => TlsSetting::Required,
        _ => panic!("no setting is called {name}"),
    }
}

fn short(category: &str) -> &'static str {
    match category {
        "successful_required" => "SR",
        "successful_preferred" => "SP",
        "failed_required" => "FR",
        "failed_preferred" => "FP",
        "unencrypted" => "UC",
        _ => panic!("no category is called {category}"),
    }
}
