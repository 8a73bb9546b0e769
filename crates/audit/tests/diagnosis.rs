//! The diagnosis names the rule that made the figures, or a rule that cannot be told from it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use tollgate_audit::{Diagnosis, Evidence, Exports, Figure, Observation, Ranked, Standing};
use tollgate_catalogue::{Catalogue, Rule};
use tollgate_wording::count;

use crate::sites::{self, PLAIN, SITES, Site};

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
    diagnosis.rules.iter().find(|ranked| ranked.rule == rule).unwrap()
}

fn standings(diagnosis: &Diagnosis) -> Vec<(&str, Standing)> {
    diagnosis.rules.iter().map(|ranked| (ranked.rule.as_str(), ranked.verdict)).collect()
}

#[test]
fn figures_a_of_the_thread() {
    let diagnosis = typed(["2", "943", "0", "0", "0", "1,019", "2,903"]);
    assert_eq!(diagnosis.best, ["attempt-only", "attempt-only-double", "load-shed"]);
    let every = of(&diagnosis, "every-plain");
    assert_eq!(every.verdict, Standing::RuledOut);
    assert_eq!(every.why, "it would need about 2,252 connections, but 0 were seen");
    assert_eq!((every.predicted, every.seen), (Figure::exact(2252.0), Figure::exact(0.0)));
    assert!(of(&diagnosis, "first-contact").verdict >= Standing::Unlikely);
    assert_eq!(diagnosis.further.len(), 3, "{:?}", diagnosis.further);
}

#[test]
fn figures_b_of_the_thread() {
    let diagnosis = typed(["137", "0", "0", "0", "198,232", "139", "255,487"]);
    let names: Vec<&str> = rules().iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!(diagnosis.best, names, "before the switch all rules are equal, and stay in their order");
    assert!(diagnosis.rules.iter().all(|ranked| ranked.difference == 0.0));
    assert_eq!(diagnosis.further.len(), 1, "{:?}", diagnosis.further);
}

#[test]
fn figures_d_of_the_thread() {
    let diagnosis = typed(["0", "1,904", "0", "34", "34", "3,390", "12.6k"]);
    assert_eq!(diagnosis.best, ["attempt-only-double", "attempt-only"]);
    assert_eq!(of(&diagnosis, "load-shed").verdict, Standing::Unlikely, "34 = 34 would be a coincidence");
    assert_eq!(of(&diagnosis, "every-plain").verdict, Standing::RuledOut);
    assert_eq!(of(&diagnosis, "first-contact").verdict, Standing::RuledOut);
}

/// The diagnosis of figures D of the thread, with another number of unencrypted messages.
fn with_clear_messages(messages: &str) -> Diagnosis {
    typed(["0", "1,904", "0", "34", "34", "3,390", messages])
}

#[test]
fn an_abbreviated_figure_is_as_good_as_any_in_its_range() {
    // Log-likelihoods are rounded to 1e-6, so two of them may be off by half of that each.
    const ROUNDING: f64 = 1e-6;
    let abbreviated = with_clear_messages("12.6k");
    let exact = (12_550..=12_649).map(|messages: u32| with_clear_messages(&messages.to_string()));
    let exact: Vec<Diagnosis> = exact.collect();
    for diagnosis in &exact {
        assert_eq!(abbreviated.best, diagnosis.best);
        assert_eq!(standings(&abbreviated), standings(diagnosis));
    }
    for ranked in &abbreviated.rules {
        // The likelihood of the abbreviated figure is a mean over its range, so it lies between the extremes of the range.
        let logs = || exact.iter().map(|diagnosis| of(diagnosis, &ranked.rule).log_likelihood);
        let (least, most) = (logs().fold(f64::INFINITY, f64::min), logs().fold(f64::NEG_INFINITY, f64::max));
        let allowed = least - ROUNDING..=most + ROUNDING;
        assert!(allowed.contains(&ranked.log_likelihood), "{}: {} {allowed:?}", ranked.rule, ranked.log_likelihood);
    }
}

#[test]
fn an_abbreviated_figure_is_not_as_good_as_others() {
    let unlike = |messages| standings(&with_clear_messages("12.6k")) != standings(&with_clear_messages(messages));
    assert!(["0", "34", "300"].iter().any(|messages| unlike(messages)));
    // An abbreviated count of failures or unencrypted connections also stands for each of a hundred numbers.
    let diagnosis = typed(["0", "190.4k", "0", "12.6k", "12.6k", "339.0k", "1.3M"]);
    assert_eq!(diagnosis.best, ["attempt-only-double", "attempt-only"], "{diagnosis:?}");
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
        assert_eq!(diagnosis.best.len(), rules().len());
        assert!(diagnosis.rules.iter().all(|ranked| ranked.log_likelihood.is_finite()));
    }
}

/// The views of the figures that are diagnosed.
const VIEWS: [&str; 3] = ["details by domain", "summaries by interval", "sums over the span"];

fn view(observations: &[Observation], view: usize) -> Vec<Observation> {
    let mut observations = observations.to_vec();
    if view > 0 {
        observations.iter_mut().for_each(|observation| observation.domains = None);
    }
    if view < 2 {
        return observations;
    }
    let sum = |figure: fn(&Observation) -> Figure| {
        observations.iter().map(figure).fold(Figure::default(), |sum, figure| sum + figure)
    };
    vec![Observation {
        successful_required: sum(|observation| observation.successful_required),
        successful_preferred: sum(|observation| observation.successful_preferred),
        failed_required: sum(|observation| observation.failed_required),
        failed_preferred: sum(|observation| observation.failed_preferred),
        unencrypted_connections: sum(|observation| observation.unencrypted_connections),
        encrypted_messages: sum(|observation| observation.encrypted_messages),
        unencrypted_messages: sum(|observation| observation.unencrypted_messages),
        ..Observation::default()
    }]
}

/// Number of cases in which a rule was best or tied, unlikely, and ruled out, by view, true rule and ranked rule.
type Confusion = BTreeMap<(usize, usize, usize), [usize; 3]>;

fn add(confusion: &mut Confusion, site: &Site, seed: u64) {
    for (truth, observations) in sites::observe(site, seed, rules()).iter().enumerate() {
        for (of_view, name_of_view) in VIEWS.iter().enumerate() {
            let diagnosis = diagnose(view(observations, of_view));
            for (other, rule) in rules().iter().enumerate() {
                let ranked = of(&diagnosis, &rule.name);
                assert!(ranked.log_likelihood.is_finite(), "{}: {diagnosis:?}", site.name);
                let held = match ranked.verdict {
                    Standing::Best | Standing::Tied => 0,
                    Standing::Unlikely => 1,
                    Standing::RuledOut => 2,
                };
                assert!(
                    truth != other || held == 0,
                    "{}, {}: {} is true and {:.1} behind {:?}",
                    site.name,
                    name_of_view,
                    rule.name,
                    ranked.difference,
                    diagnosis.best
                );
                confusion.entry((of_view, truth, other)).or_default()[held] += 1;
            }
        }
    }
}

/// The confusion as a table for each view.
fn page(confusion: &Confusion) -> String {
    let mut page = String::new();
    for (of_view, name) in VIEWS.iter().enumerate() {
        page += &format!("\n### From {name}\n\n| true rule |");
        rules().iter().for_each(|rule| page += &format!(" {} |", rule.name));
        page += &format!("\n|---|{}\n", "---|".repeat(rules().len()));
        for (truth, rule) in rules().iter().enumerate() {
            page += &format!("| **{}** |", rule.name);
            for other in 0..rules().len() {
                let [named, unlikely, ruled_out] = confusion[&(of_view, truth, other)];
                page += &format!(" {named} · {unlikely} · {ruled_out} |");
            }
            page.push('\n');
        }
    }
    page
}

fn sites_page() -> String {
    let mut page = String::from("\n| site | messages a week | span, interval | differences |\n|---|---:|---|---|\n");
    for site in &SITES {
        page += &format!(
            "| {} | {} | {}, {} | {} |\n",
            site.name,
            count(site.week as u64),
            site.span,
            site.interval,
            site.particulars()
        );
    }
    page
}

/// `UPDATE=1 cargo nextest run -p tollgate-audit the_true_rule_is_never_unlikely` writes the generated part of the page again.
#[test]
fn the_true_rule_is_never_unlikely_and_others_are() {
    let next = std::sync::Mutex::new((1u64..).zip(&SITES));
    let confusion = std::sync::Mutex::new(Confusion::new());
    let work = || {
        loop {
            let Some((seed, site)) = next.lock().unwrap().next() else { return };
            let mut own = Confusion::new();
            add(&mut own, site, seed);
            for (key, counts) in own {
                let mut confusion = confusion.lock().unwrap();
                let sums = confusion.entry(key).or_default();
                sums.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    let confusion = confusion.into_inner().unwrap();

    // A diagnosis that never rules out a rule is useless, so a share of the wrong rules must be ruled out in each view.
    let ruled_out = |of_view: usize| -> usize {
        let others = confusion.iter().filter(|((each, truth, other), _)| *each == of_view && truth != other);
        others.map(|(_, counts)| counts[2]).sum()
    };
    let cases = SITES.len() * rules().len() * (rules().len() - 1);
    for (of_view, floor) in [0.8, 0.6, 0.1].into_iter().enumerate() {
        let share = ruled_out(of_view) as f64 / cases as f64;
        assert!(share >= floor, "{}: {share:.3} of the others are ruled out", VIEWS[of_view]);
    }

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("DIAGNOSIS.md");
    let committed = fs::read_to_string(&path).unwrap();
    let (written, generated) = committed.split_once(MARK).unwrap();
    let expected = sites_page() + &page(&confusion);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, format!("{written}{MARK}{expected}")).unwrap();
    } else {
        assert!(generated == expected, "{} does not match the experiment; UPDATE=1 writes it again", path.display());
    }
}

const MARK: &str = "<!-- From here on the page is generated by tests/diagnosis.rs. -->\n";

#[test]
fn a_new_rule_is_ranked_without_new_code() {
    // The rules differ in the categories of failures before and after the 220 reply, of second connections, and of connections on
    // which TLS was not offered.
    let book = |failed_before: &str, failed_after: &str, second: &str, not_offered: &str| {
        format!(
            "[[rule]]\nname = \"new\"\ndefinition = \"New.\"\n[rule.categories]\n\
             not_tried = {{ no = [\"unencrypted\"], preferred = [], required = [] }}\n\
             not_offered = {{ no = [\"unencrypted\"], preferred = [{not_offered}], required = [] }}\n\
             negotiated = {{ no = [], preferred = [\"successful_preferred\"], required = [\"successful_required\"] }}\n\
             failed_before_220 = {{ no = [], preferred = [{failed_before}], required = [] }}\n\
             failed_after_220 = {{ no = [], preferred = [{failed_after}], required = [] }}\n\
             not_verified = {{ no = [], preferred = [\"failed_preferred\"], required = [] }}\n\
             second_connection = {{ no = [], preferred = [{second}], required = [] }}\n"
        )
    };
    let (failed, clear) = ("\"failed_preferred\"", "\"unencrypted\"");
    let both = format!("{failed}, {clear}");
    // The first rule counts nothing as unencrypted. Load-shed on an appliance that is always busy gives the same figures, and so
    // does attempt-only if all second connections are refused.
    for (name, rule, best) in [
        ("failures without fall-backs", book(failed, failed, "", ""), &["new", "load-shed", "attempt-only"][..]),
        ("failures three times over", book(&both, &both, clear, ""), &["new"]),
        ("failures as plain connections beside all others", book(failed, &both, clear, clear), &["new"]),
    ] {
        let new = Catalogue::read(&[], ("rules.toml", &rule)).unwrap();
        let all = [rules(), new.rules()].concat();
        let site = Site { name, before: 0.0, after: 0.03, ..PLAIN };
        let observations = sites::observe(&site, 7, new.rules()).remove(0);
        for (of_view, name_of_view) in VIEWS.iter().enumerate() {
            let diagnosis = Diagnosis::new(&all, &Evidence::new(view(&observations, of_view)));
            assert!(diagnosis.best.contains(&"new".to_owned()), "{name}, {name_of_view}: {diagnosis:#?}");
        }
        let diagnosis = Diagnosis::new(&all, &Evidence::new(observations));
        assert_eq!(diagnosis.best, best, "{name}: {diagnosis:#?}");
    }
}

#[test]
fn exports_are_read_as_they_were_observed() {
    let site = Site { span: "6h", switch: Some("2008-11-18T02:20:00Z"), ..PLAIN };
    for (rule, (observations, files)) in rules().iter().zip(sites::export(&site, 3, rules())) {
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
        assert_eq!(shown(read(&[])), shown(diagnose(view(&observations, 1))), "{}", rule.name);
    }
}
