//! The diagnosis names the rule that made the figures, or says that it cannot be told from others.

use std::fs;
use std::sync::Mutex;

use tollgate_audit::{Diagnosis, Evidence, Exports, Figure, Observation, Ranked, Standing};
use tollgate_catalogue::{Catalogue, Rule};

use crate::sites::{Destination, FIGURE_VIEWS, OwnDomain, Rhythm, Site, Switch, View, export, figures, observe};

fn rules() -> &'static [Rule] {
    Catalogue::builtin().rules()
}

fn diagnose(observations: Vec<Observation>) -> Diagnosis {
    Diagnosis::new(rules(), &Evidence::new(observations))
}

/// The diagnosis of the figures of a page, in their order.
fn typed(figures: [&str; 7]) -> Diagnosis {
    diagnose(vec![Observation::of_page(figures.map(|figure| figure.parse().unwrap()))])
}

fn of<'a>(diagnosis: &'a Diagnosis, rule: &str) -> &'a Ranked {
    diagnosis.of(rule).unwrap()
}

/// The verdicts in the order of the rules file.
fn verdicts(diagnosis: &Diagnosis) -> Vec<Standing> {
    rules().iter().map(|rule| of(diagnosis, &rule.name).verdict).collect()
}

#[test]
fn figures_a_of_the_thread() {
    let diagnosis = typed(["2", "943", "0", "0", "0", "1,019", "2,903"]);
    assert_eq!(diagnosis.best, None);
    assert_eq!(diagnosis.possible, ["attempt-only", "attempt-only-double", "load-shed", "first-contact"]);
    let every = of(&diagnosis, "every-plain");
    assert_eq!(every.verdict, Standing::RuledOut);
    assert_eq!(every.why, "about 2,252 connections are expected, and 0 were seen");
    assert_eq!((every.predicted, every.seen), (Figure { low: 829.0, high: f64::INFINITY }, Figure::exact(0.0)));
    // If destinations stay known for long, no connection need be the first.
    assert_eq!(of(&diagnosis, "first-contact").predicted, Figure { low: 0.0, high: f64::INFINITY });
    assert!(diagnosis.conclusion.contains("About 2,252 unencrypted connections are not shown"));
    assert!(diagnosis.conclusion.contains("bug 42751"));
}

#[test]
fn no_mail_in_clear_speaks_against_no_rule() {
    let diagnosis = typed(["0", "943", "0", "0", "0", "1,019", "0"]);
    // A connection that carries no message is possible.
    assert!(diagnosis.rules.iter().all(|ranked| ranked.difference < 0.1), "{:?}", diagnosis.rules);
}

#[test]
fn a_few_messages_do_not_rule_out_the_documented_rule() {
    // A connection before the first interval may have carried them.
    let verdict = |messages: &str| of(&typed(["0", "943", "0", "0", "0", "1,019", messages]), "every-plain").verdict;
    assert_eq!(["1", "20", "40"].map(verdict), [Standing::Unlikely, Standing::Unlikely, Standing::RuledOut]);
}

#[test]
fn figures_b_of_the_thread() {
    let diagnosis = typed(["137", "0", "0", "0", "198,232", "139", "255,487"]);
    let names: Vec<&str> = rules().iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!(diagnosis.possible, names, "before the switch all rules are equal, and stay in their order");
    for ranked in &diagnosis.rules {
        assert_eq!(
            (ranked.difference, ranked.predicted, ranked.seen),
            (0.0, Figure::exact(198_232.0), Figure::exact(198_232.0))
        );
    }
    assert_eq!(diagnosis.further.len(), 1, "{:?}", diagnosis.further);
}

#[test]
fn connections_without_failures_depend_on_the_default_setting() {
    let exact = Figure::exact;
    let hour = |hour: i64| Observation {
        begin_seconds: hour * 3600,
        length_seconds: 3600,
        successful_preferred: exact(10.0),
        unencrypted_connections: exact(100.0),
        unencrypted_messages: exact(129.0),
        ..Observation::default()
    };
    let diagnosis = diagnose((0..24).map(hour).collect());
    let attempts = of(&diagnosis, "attempt-only");
    assert_eq!(attempts.verdict, Standing::Unlikely);
    let reason =
        "without failures, the 2,400 unencrypted connections must have gone to destinations with the TLS setting No";
    assert_eq!(attempts.why, reason);
}

#[test]
fn figures_d_of_the_thread() {
    let diagnosis = typed(["0", "1,904", "0", "34", "34", "3,390", "12.6k"]);
    assert_eq!(diagnosis.possible[..2], ["attempt-only", "attempt-only-double"]);
    assert_eq!(of(&diagnosis, "every-plain").verdict, Standing::RuledOut);
    assert!(of(&diagnosis, "load-shed").difference > 2.0, "34 = 34 would be a coincidence");
}

/// The diagnosis of figures D of the thread, with another number of unencrypted messages.
fn with_clear_messages(messages: &str) -> Diagnosis {
    typed(["0", "1,904", "0", "34", "34", "3,390", messages])
}

#[test]
fn an_abbreviated_figure_is_as_good_as_any_in_its_range() {
    let abbreviated = with_clear_messages("12.6k");
    for exact in 12_550..=12_649 {
        assert_eq!(verdicts(&abbreviated), verdicts(&with_clear_messages(&exact.to_string())));
    }
    assert_ne!(verdicts(&abbreviated), verdicts(&with_clear_messages("60")));
    // Two abbreviated counts may be equal.
    let diagnosis = typed(["0", "190.4k", "0", "12.6k", "12.6k", "339.0k", "1.3M"]);
    assert_eq!(diagnosis.possible[..2], ["attempt-only", "attempt-only-double"], "{diagnosis:?}");
    let diagnosis = typed(["0", "190.4k", "0", "12.6k", "12.4k", "339.0k", "1.3M"]);
    assert_eq!(of(&diagnosis, "attempt-only-double").verdict, Standing::RuledOut, "{diagnosis:?}");
}

#[test]
fn figures_are_read_as_the_page_shows_them() {
    for (text, low, high) in [
        ("0", 0.0, 0.0),
        ("943", 943.0, 943.0),
        ("1,019", 1019.0, 1019.0),
        ("2903", 2903.0, 2903.0),
        ("198,232", 198_232.0, 198_232.0),
        ("12.6k", 12_550.0, 12_649.0),
        ("16.0K", 15_950.0, 16_049.0),
        ("13k", 12_500.0, 13_499.0),
        ("1.2M", 1_150_000.0, 1_249_999.0),
        (" 34 ", 34.0, 34.0),
    ] {
        assert_eq!(text.parse(), Ok(Figure { low, high }), "{text}");
    }
    for text in [
        "",
        "k",
        "-1",
        "1.5",
        "12.k",
        ".6k",
        "1,2",
        "1,0000",
        "12,34k",
        ",123",
        "1e3",
        "0x10",
        "many",
        "1 000",
        "9,999,999,999,999,999M",
    ] {
        let refused = text.parse::<Figure>().unwrap_err().to_string();
        assert!(refused.contains(&format!("found {text:?}, allowed is")), "{refused}");
    }
}

#[test]
fn no_figures_tell_nothing_and_are_no_error() {
    for observations in
        [vec![], vec![Observation::default()], vec![Observation { domains: Some(vec![]), ..Observation::default() }]]
    {
        let diagnosis = diagnose(observations);
        assert_eq!(diagnosis.possible.len(), rules().len());
        assert!(diagnosis.rules.iter().all(|ranked| ranked.log_likelihood.is_finite()));
    }
}

/// The verdicts on pairs of a true and another rule: not told apart, and told apart.
type Told = [u32; 2];

/// Diagnoses a site under every rule in every view, and asserts that the true rule is best or possible.
fn assert_found(site: &Site, seed: u64) -> [Told; FIGURE_VIEWS.len()] {
    let mut told = [Told::default(); FIGURE_VIEWS.len()];
    for (truth, observations) in rules().iter().zip(observe(site, seed, &View::of_rules())) {
        for (view, told) in told.iter_mut().enumerate() {
            let diagnosis = diagnose(figures(&observations, view));
            for ranked in &diagnosis.rules {
                assert!(ranked.log_likelihood.is_finite(), "{}: {diagnosis:?}", site.name);
                if ranked.rule != truth.name {
                    told[usize::from(ranked.verdict > Standing::Possible)] += 1;
                }
            }
            let verdict = of(&diagnosis, &truth.name).verdict;
            let place = format!("{}, {}, {}", site.name, FIGURE_VIEWS[view], truth.name);
            assert!(verdict <= Standing::Possible, "{place}: {:#?}", diagnosis.rules);
        }
    }
    told
}

/// A part of the study in `DIAGNOSIS.md`, which has more sites.
#[test]
fn the_true_rule_is_best_or_possible_at_random_sites() {
    const SITES: u64 = 24;
    let next = Mutex::new(1..=SITES);
    let sums = Mutex::new([Told::default(); FIGURE_VIEWS.len()]);
    let work = || {
        loop {
            let Some(number) = next.lock().unwrap().next() else { return };
            let told = assert_found(&Site::random(number), number);
            let mut sums = sums.lock().unwrap();
            sums.iter_mut().flatten().zip(told.iter().flatten()).for_each(|(sum, one)| *sum += one);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    // A diagnosis that calls all rules possible never loses the true one, so a share of the others must be told from it.
    let shares = sums.into_inner().unwrap().map(|[open, told]| f64::from(told) / f64::from(open + told));
    for (share, least) in shares.into_iter().zip([0.5, 0.35, 0.02, 0.02]) {
        assert!(share >= least, "{shares:?}");
    }
}

/// Mail at a constant rate, with several messages on each connection.
fn flat() -> Site {
    let mut site = Site::plain();
    site.destinations.iter_mut().for_each(|destination| destination.sharing = 1.7);
    Site {
        name: "flat".into(),
        week: 400_000.0,
        span: "9h".into(),
        interval: "5m",
        rhythm: Rhythm::Flat,
        recipients: "{ zeta = 2.2 }",
        ..site
    }
}

#[test]
fn messages_at_a_constant_rate_do_not_measure_connections() {
    assert_found(&flat(), 975_880);
    let observations = observe(&flat(), 975_880, &View::of_rules()).remove(0);
    let diagnosis = diagnose(figures(&observations, 1));
    assert!(of(&diagnosis, "attempt-only").verdict > Standing::Possible, "{diagnosis:#?}");
}

#[test]
fn destinations_that_fail_late_and_are_known_briefly() {
    let mut site = Site { name: "known briefly".into(), known_for: "5m", ..Site::plain() };
    site.destinations.push(Destination {
        name: "late",
        weight: 0.03,
        domains: 1,
        starttls: "fails-after220",
        ..site.destinations[0].clone()
    });
    assert_found(&site, 5);
}

#[test]
fn second_connections_that_are_all_refused() {
    let mut site = Site { name: "refused".into(), ..Site::plain() };
    site.destinations.iter_mut().for_each(|destination| destination.refused = 1.0);
    assert_found(&site, 6);
}

#[test]
fn tls_may_be_preferred_for_a_few_domains_only() {
    let partner = |(number, starttls): (usize, &'static str)| OwnDomain {
        name: format!("partner{number}.example"),
        tls: "preferred",
        starttls,
        week: 32_000.0,
        sharing: 1.3,
    };
    let starttls = ["good", "not-offered", "not-offered", "fails-after220"];
    let site = Site {
        name: "No by default".into(),
        week: 400_000.0,
        span: "1d".into(),
        default: "no",
        own: starttls.into_iter().enumerate().map(partner).collect(),
        busy_above: 20.0,
        ..Site::plain()
    };
    for (truth, observations) in rules().iter().zip(observe(&site, 9, &View::of_rules())) {
        for (view, name) in FIGURE_VIEWS.iter().enumerate() {
            let diagnosis = diagnose(figures(&observations, view));
            let verdict = of(&diagnosis, &truth.name).verdict;
            // Most mail goes to destinations with the setting No, where every rule counts all connections.
            let worst = if view == 0 { Standing::Possible } else { Standing::Unlikely };
            assert!(verdict <= worst, "{name}, {}: {:#?}", truth.name, diagnosis.rules);
        }
    }
}

#[test]
fn a_page_may_include_a_switch() {
    for (before, after) in [("no", "preferred"), ("preferred", "no")] {
        let switch = Some(Switch { at: "2008-11-18T13:20:00Z".into(), before, after });
        let site = Site { name: format!("{before} to {after}"), switch, ..Site::plain() };
        assert_found(&site, 8);
        let observations = observe(&site, 8, &View::of_rules()).remove(1);
        let page = diagnose(figures(&observations, 3));
        assert!(of(&page, "attempt-only").why.contains("or been made while TLS was off"), "{page:#?}");
        // The exports show the intervals in which TLS was preferred.
        let exports = diagnose(observations);
        assert!(of(&exports, "every-plain").verdict == Standing::RuledOut, "{exports:#?}");
        assert!(exports.evidence.contains(" of "), "{}", exports.evidence);
    }
}

#[test]
fn a_rule_of_a_known_form_is_ranked_without_new_code() {
    let text = include_str!("../../catalogue/rules.toml").replace("name = \"", "name = \"new-");
    let new = Catalogue::read(&[], ("rules.toml", &text)).unwrap();
    let all = [rules(), new.rules()].concat();
    let observations = observe(&Site { span: "6h".into(), ..Site::plain() }, 7, &View::of_rules()).remove(1);
    let diagnosis = Diagnosis::new(&all, &Evidence::new(observations));
    for rule in rules() {
        let new = of(&diagnosis, &format!("new-{}", rule.name));
        assert_eq!(new.difference, of(&diagnosis, &rule.name).difference);
    }
}

#[test]
fn exports_are_read_as_they_were_observed() {
    let switch = Some(Switch { at: "2008-11-18T02:20:00Z".into(), before: "no", after: "preferred" });
    let site = Site { span: "6h".into(), switch, ..Site::plain() };
    for (rule, (observations, files)) in rules().iter().zip(export(&site, 3, &View::of_rules())) {
        let directory = tempfile::tempdir().unwrap();
        for (name, bytes) in &files {
            fs::write(directory.path().join(name), bytes).unwrap();
        }
        let read = |named: &[(String, u32)]| {
            let exports = Exports::open(directory.path(), named).unwrap();
            Diagnosis::new(rules(), &Evidence::read(exports.windows().unwrap()).unwrap())
        };
        let shown = |diagnosis: Diagnosis| format!("{diagnosis:?}");
        assert_eq!(shown(read(&[])), shown(diagnose(observations.clone())), "{}", rule.name);
        // Without the details, the diagnosis is the one from summaries.
        let details = files.iter().find(|(name, _)| name.contains("details")).unwrap();
        fs::remove_file(directory.path().join(details.0)).unwrap();
        assert_eq!(shown(read(&[])), shown(diagnose(figures(&observations, 1))), "{}", rule.name);
    }
}

#[test]
fn messages_on_no_connection_rule_out_the_documented_rule() {
    let few = typed(["0", "0", "0", "0", "0", "0", "30"]);
    assert_eq!(of(&few, "every-plain").verdict, Standing::RuledOut, "{few:#?}");
    assert!(!few.conclusion.contains("no connection is missing"), "{few:#?}");
    let none = typed(["0"; 7]);
    assert_eq!(none.evidence, "Without mail in clear, there is nothing to diagnose.");
}

#[test]
fn many_messages_on_a_connection_do_not_rule_out_the_documented_rule() {
    for messages in [10.0, 20.0, 30.0, 40.0, 49.0] {
        let interval = |number: i64| Observation {
            begin_seconds: number * 3600,
            length_seconds: 3600,
            successful_preferred: Figure::exact(200.0),
            encrypted_messages: Figure::exact(400.0),
            unencrypted_connections: Figure::exact(300.0 + (number * 37 % 23) as f64),
            unencrypted_messages: Figure::exact((300.0 + (number * 37 % 23) as f64) * messages),
            ..Observation::default()
        };
        let diagnosis = diagnose((0..12).map(interval).collect());
        assert!(of(&diagnosis, "every-plain").verdict <= Standing::Possible, "{messages}: {diagnosis:#?}");
    }
}

/// Destinations that behave alike, with 12 domains.
fn destination(name: &'static str, weight: f64, starttls: &'static str) -> Destination {
    Destination { name, weight, domains: 12, starttls, ..Site::plain().destinations[0].clone() }
}

/// A site with some destinations and little mail.
fn small(name: &str, destinations: Vec<Destination>) -> Site {
    Site { name: name.into(), week: 40_000.0, span: "12h".into(), destinations, busy_above: 3.0, ..Site::plain() }
}

fn own(name: &str, tls: &'static str, starttls: &'static str, week: f64) -> OwnDomain {
    OwnDomain { name: name.into(), tls, starttls, week, sharing: 1.3 }
}

/// Sites at which hardly any mail in clear goes to destinations without STARTTLS, or most goes to destinations with the setting No.
fn unusual_sites() -> Vec<Site> {
    let (good, after) = (destination("good", 1.0, "good"), destination("after", 0.5, "fails-after220"));
    let before = destination("before", 0.2, "fails-before220");
    let plain = destination("plain", 0.01, "not-offered");
    let refusing = Destination { refused: 0.1, ..after.clone() };
    let flaky = Destination { fails: 0.3, ..good.clone() };
    let shared = Destination { sharing: 2.0, ..after.clone() };
    let few = Destination { weight: 0.02, domains: 2, ..after.clone() };
    let mut sites = vec![
        small("all fail", vec![good.clone(), after.clone()]),
        small("all fail, some refuse", vec![good.clone(), refusing.clone()]),
        small("connections fail", vec![flaky]),
        small("messages share connections", vec![good.clone(), shared]),
        small("few fail", vec![good.clone(), few]),
        small("some fail before the reply", vec![good.clone(), after.clone(), before]),
        small("hardly any is plain", vec![good.clone(), after.clone(), plain.clone()]),
    ];
    let required = [own("late.example", "preferred", "fails-after220", 8000.0)];
    sites.push(Site {
        default: "required",
        own: required.to_vec(),
        ..small("Required by default", vec![good.clone()])
    });
    let exceptions =
        [own("one.example", "preferred", "good", 4000.0), own("two.example", "preferred", "fails-before220", 600.0)];
    for (name, own) in
        [("No by default, one exception", &exceptions[1..]), ("No by default, two exceptions", &exceptions[..])]
    {
        let destinations = vec![good.clone(), Destination { weight: 1.0, ..plain.clone() }];
        let site = Site { default: "no", own: own.to_vec(), ..small(name, destinations) };
        sites.push(Site {
            name: format!("{name}, deferred"),
            week: 4000.0,
            deferred: 0.6,
            bounced: 0.3,
            ..site.clone()
        });
        sites.push(site);
    }
    sites.push(Site { deferred: 0.5, bounced: 0.3, ..small("all fail, deferred", vec![good, after]) });
    sites
}

/// Asserts that no view of a site's figures rules out the true rule.
fn assert_not_ruled_out(site: &Site) {
    for (truth, observations) in rules().iter().zip(observe(site, 20, &View::of_rules())) {
        for (view, name) in FIGURE_VIEWS.iter().enumerate() {
            let diagnosis = diagnose(figures(&observations, view));
            let place = format!("{}, {}, {name}, {}", site.name, site.interval, truth.name);
            let verdict = of(&diagnosis, &truth.name).verdict;
            assert!(verdict < Standing::RuledOut, "{place}: {:#?}", diagnosis.rules);
        }
    }
}

#[test]
fn the_true_rule_is_not_ruled_out_at_unusual_sites_in_short_intervals() {
    for site in unusual_sites() {
        assert_not_ruled_out(&Site { interval: "5m", span: "5h".into(), ..site });
    }
}

#[test]
fn the_true_rule_is_not_ruled_out_at_unusual_sites_in_hours() {
    for site in unusual_sites() {
        assert_not_ruled_out(&Site { known_for: "6h", ..site });
    }
}
