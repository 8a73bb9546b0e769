//! Compares the counting rules with a second statement of their meaning.

use tollgate_catalogue::{Catalogue, TlsOutcome, TlsSetting};

/// The categories in which each rule counts a connection: SR and SP are successful, FR and FP failed (required and preferred),
/// UC is unencrypted, - is no category.
const CATEGORIES: &str = "\
outcome            setting     every-plain  attempt-only  attempt-only-double
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
fn connections_are_counted_as_in_the_table() {
    let mut lines = CATEGORIES.lines();
    let rules: Vec<&str> = lines.next().into_iter().flat_map(|line| line.split_whitespace().skip(2)).collect();
    let lossless = Catalogue::builtin().rules().iter().filter(|rule| rule.lost().is_none());
    assert!(lossless.map(|rule| &rule.name).eq(&rules), "the table has every rule without a loss");
    for line in lines {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (outcome, setting) = (outcome_of(words[0]), setting_of(words[1]));
        for (rule, expected) in rules.iter().zip(&words[2..]) {
            let rule = Catalogue::builtin().rule(rule).expect("a rule");
            let found: Vec<&str> = rule.categories(setting, outcome).map(short).collect();
            let found = if found.is_empty() { "-".into() } else { found.join("+") };
            assert_eq!(&found, expected, "{line}: {}", rule.name);
        }
    }
}

#[test]
fn rules_with_a_loss_otherwise_count_as_documented() {
    let catalogue = Catalogue::builtin();
    let documented = catalogue.rule("every-plain").expect("the documented rule");
    for (rule, lost) in catalogue.rules().iter().filter_map(|rule| Some((rule, rule.lost()?))) {
        assert_eq!(lost.setting, TlsSetting::Preferred, "{}", rule.name);
        for setting in TlsSetting::ALL {
            for outcome in TlsOutcome::ALL {
                assert!(rule.categories(setting, outcome).eq(documented.categories(setting, outcome)));
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

fn setting_of(name: &str) -> TlsSetting {
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
