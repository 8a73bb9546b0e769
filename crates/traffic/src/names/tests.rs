//! Compares generated names with published shares, by a second count. The definitions are those of `tollgate/tests/realism/`.

#![allow(clippy::unwrap_used, reason = "a test may fail by panic")]

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::RangeInclusive;

use tollgate_scenario::{Convention, NameStyle, Override, RollUp, Scenario, Users};

use super::draws::Draws;
use super::people::Person;
use super::{Naming, host, lists, places};
use crate::stream::{mix, unit};

const SCENARIO: &str = r#"
format = 1
second_level_domains = ["hosting.example", "hosting.com"]
time = { begin = "2008-11-17T00:00:00Z", span = "1h" }
appliances = [{ name = "c650" }]
users = { count = 5000, domain = "example.com" }
"#;

fn scenario(overrides: &[&str]) -> Scenario {
    let overrides: Vec<Override> = overrides.iter().map(|text| text.parse().unwrap()).collect();
    Scenario::parse(SCENARIO, "names.toml", &overrides).unwrap()
}

fn naming(style: NameStyle) -> Naming {
    let name = match style {
        NameStyle::Reserved => "names.style=reserved",
        NameStyle::Lifelike => "names.style=lifelike",
    };
    Naming::new(&scenario(&[name]))
}

fn local_parts(convention: Convention, count: u32) -> Vec<String> {
    let users = Users { convention, count, ..scenario(&[]).users };
    Naming::default().users(&users, 7)
}

/// A name with `a` for each run of letters and `0` for each run of digits.
fn shape(name: &str) -> String {
    let mut shape = String::new();
    for mark in name.chars() {
        let class = match mark {
            'a'..='z' | 'A'..='Z' => 'a',
            '0'..='9' => '0',
            _ => mark,
        };
        if !(class.is_alphanumeric() && shape.ends_with(class)) {
            shape.push(class);
        }
    }
    shape
}

fn share<'n>(names: impl IntoIterator<Item = &'n String>, condition: impl Fn(&str) -> bool) -> f64 {
    let names: Vec<&String> = names.into_iter().collect();
    names.iter().filter(|name| condition(name)).count() as f64 / names.len() as f64
}

/// The share of the commonest shape, and the number of shapes.
fn shapes<'n>(names: impl IntoIterator<Item = &'n String>) -> (f64, usize) {
    let mut counts: HashMap<String, usize> = HashMap::new();
    names.into_iter().for_each(|name| *counts.entry(shape(name)).or_default() += 1);
    let total: usize = counts.values().sum();
    (counts.values().copied().max().unwrap() as f64 / total as f64, counts.len())
}

fn assert_in(what: &str, found: f64, allowed: RangeInclusive<f64>) {
    assert!(allowed.contains(&found), "{what}: found {found:.4}, allowed is {allowed:?}");
}

fn assert_unique(names: &[String]) {
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
}

fn assert_dns_name(name: &str) {
    let is_label = |label: &str| {
        let marks = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        (1..=63).contains(&label.len()) && marks && !label.starts_with('-') && !label.ends_with('-')
    };
    assert!(name.len() <= 253 && name.split('.').all(is_label), "{name}");
}

#[test]
fn domains_are_those_of_real_senders() {
    for style in [NameStyle::Reserved, NameStyle::Lifelike] {
        let naming = naming(style);
        let roll_up = RollUp::new(&["hosting.example".into(), "hosting.com".into()]);
        for family in 0..3 {
            let domains = naming.domains(mix(family), 20_000);
            assert_unique(&domains);
            assert_eq!(domains[..500], naming.domains(mix(family), 500));
            for domain in &domains {
                assert_dns_name(domain);
                assert_eq!(roll_up.domain_of(&format!("mail.{domain}")), domain);
                assert!(!lists::is_known(domain.split('.').next().unwrap()), "{domain}");
            }
            let labels: Vec<String> = domains.iter().map(|name| name.split('.').next().unwrap().into()).collect();
            let digits_end = |label: &str| label.ends_with(|mark: char| mark.is_ascii_digit()) && shape(label) == "a0";
            let length = labels.iter().map(String::len).sum::<usize>() as f64 / labels.len() as f64;
            assert_in("letters and then digits", share(&labels, digits_end), 0.005..=0.03);
            assert_in("length", length, 6.6..=8.4);
            assert_in("hyphen", share(&labels, |label| label.contains('-')), 0.06..=0.12);
            assert_in("digit", share(&labels, |label| label.contains(|mark: char| mark.is_ascii_digit())), 0.01..=0.05);
            assert_in("commonest shape", shapes(&domains).0, 0.6..=0.8);
            let tops: BTreeSet<&str> = domains.iter().map(|name| name.rsplit('.').next().unwrap()).collect();
            if style == NameStyle::Reserved {
                assert_eq!(tops.into_iter().collect::<Vec<_>>(), ["example", "test"]);
            } else {
                assert!(tops.len() >= 60, "{}", tops.len());
                assert!(!tops.contains("example") && !tops.contains("test"), "{tops:?}");
                assert!(domains.iter().any(|domain| domain.ends_with(".hosting.com")));
                assert_in(".com", share(&domains, |name| name.ends_with(".com")), 0.23..=0.4);
                assert_in("long suffix", share(&domains, |name| name.matches('.').count() > 1), 0.1..=0.22);
            }
        }
    }
}

#[test]
fn domains_that_the_scenario_lists_are_not_generated() {
    let of = mix(3);
    let first = naming(NameStyle::Lifelike).domains(of, 2).swap_remove(0);
    let listing = scenario(&["names.style=lifelike", &format!("users.domain={first}")]);
    assert!(!Naming::new(&listing).domains(of, 2_000).contains(&first));
}

#[test]
fn owners_have_names_and_domains_of_their_own() {
    for style in [NameStyle::Reserved, NameStyle::Lifelike] {
        let naming = naming(style);
        let owners = naming.owners(mix(5), 3_000);
        assert_eq!(owners[..100], naming.owners(mix(5), 100));
        let (names, domains): (Vec<String>, Vec<String>) = owners.into_iter().unzip();
        assert_unique(&names);
        assert_unique(&domains);
        domains.iter().for_each(|domain| assert_dns_name(domain));
        let is_university = |(name, domain): (&String, &String)| {
            let is_academic = domain.split('.').any(|label| label == "edu" || label == "ac");
            is_academic || name.to_lowercase().contains("university")
        };
        let universities: Vec<bool> = names.iter().zip(&domains).map(is_university).collect();
        assert!(!universities[..16].contains(&true));
        let count = universities.into_iter().filter(|is_university| *is_university).count();
        assert_in("universities", count as f64 / 3e3, 0.005..=0.02);
        assert_in("with a number", share(&names, |name| name.contains(|mark: char| mark.is_ascii_digit())), 0.0..=0.01);
    }
}

/// The named spam hosts of owners whose sizes follow a rank-size law with the slope 0.95. The largest has about 10 %.
fn hosts_of_owners(seed: u64, count: usize) -> Vec<(usize, String)> {
    let owners = naming(NameStyle::Lifelike).owners(mix(seed), 1_500);
    let mut ends = Vec::new();
    let mut end = 0.0;
    for rank in 1..=owners.len() {
        end += libm::pow(rank as f64, -0.95);
        ends.push(end);
    }
    let host = |number: u64| {
        let owner = ends.partition_point(|each| *each <= unit(mix(mix(seed) ^ number)) * end);
        let mut name = String::new();
        host::write_dynamic(&owners[owner].1, mix(number ^ seed << 32) as u32, &mut name);
        assert_dns_name(&name);
        (owner, name)
    };
    (0..count as u64).map(host).collect()
}

/// True if the name has four numbers of one to three digits with one separator between each two.
fn has_four_numbers(name: &str) -> bool {
    let is_digit = |mark: char| mark.is_ascii_digit();
    let mut run = 0;
    let mut rest = name;
    while let Some(begin) = rest.find(is_digit) {
        let is_next = begin == 1 && rest.starts_with(['-', '.', '_']);
        let number = &rest[begin..];
        let length = number.find(|mark| !is_digit(mark)).unwrap_or(number.len());
        run = if length > 3 {
            0
        } else if is_next {
            run + 1
        } else {
            1
        };
        if run == 4 {
            return true;
        }
        rest = &number[length..];
    }
    false
}

/// The words and places of 500 owners, their addresses as decimal numbers, and their customers' names.
#[test]
fn hosts_of_an_owner_do_not_contradict_each_other() {
    let has_any = |words: &BTreeSet<String>, list: &[&str]| list.iter().any(|word| words.contains(*word));
    const DSL: [&str; 4] = ["adsl", "dsl", "xdsl", "vdsl"];
    const CABLE: [&str; 5] = ["cable", "cm", "hsd", "cpe", "catv"];
    const DYNAMIC: [&str; 8] = ["dyn", "dynamic", "dhcp", "dial", "dialup", "ppp", "pool", "pools"];
    const STATIC: [&str; 3] = ["static", "fix", "biz"];
    let (mut with_place, mut in_another, mut decimal) = (0, 0, 0);
    for (owner, domain) in naming(NameStyle::Lifelike).owners(mix(9), 500) {
        let mut words = BTreeSet::new();
        let mut countries: Option<Vec<&str>> = None;
        for address in (0..60).map(|number| mix(number) as u32) {
            let mut name = String::new();
            host::write_dynamic(&domain, address, &mut name);
            let local = name.strip_suffix(&domain).unwrap().to_lowercase();
            let own: Vec<&str> = local.split(|mark: char| !mark.is_ascii_alphabetic()).collect();
            for group in [&DSL[..], &CABLE, &DYNAMIC, &STATIC] {
                assert!(own.iter().filter(|word| group.contains(word)).count() <= 1, "{name}");
            }
            let labels = local.split_once('.').map_or("", |(_, labels)| labels);
            let after = labels.split(|mark: char| !mark.is_ascii_alphabetic());
            for found in after.map(places::countries_of).filter(|found| !found.is_empty()) {
                countries.get_or_insert_with(|| found.clone()).retain(|country| found.contains(country));
            }
            words.extend(own.into_iter().map(str::to_owned));
            // Hexadecimal addresses have up to eight digits, and padded ones have twelve.
            let numbers = local.split(|mark: char| !mark.is_ascii_digit());
            for number in numbers.filter(|number| (9..=10).contains(&number.len())) {
                assert_eq!(number, address.to_string(), "{name}");
                decimal += 1;
            }
        }
        assert!(!(has_any(&words, &DSL) && has_any(&words, &CABLE)), "{domain}: {words:?}");
        assert!(!(has_any(&words, &DSL) && owner.contains(" Cable")), "{owner}: {words:?}");
        assert!(!(has_any(&words, &DYNAMIC) && has_any(&words, &STATIC)), "{domain}: {words:?}");
        if let Some(countries) = countries {
            with_place += 1;
            in_another += usize::from(countries.is_empty());
        }
    }
    assert!(with_place > 100 && decimal > 100, "{with_place} owners with places, {decimal} decimal numbers");
    assert_eq!(in_another, 0);
}

/// Compares the mean of some seeds with published values. A single seed differs from it, because a few owners have most of the hosts:
/// nine seeds of ten must be in the range of `tollgate/tests/realism/acceptance.py`.
#[test]
fn host_names_have_the_shapes_of_real_ones() {
    let mut seeds: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for seed in 0..20 {
        let hosts = hosts_of_owners(seed, 5_000);
        let names: Vec<String> = hosts.iter().map(|(_, name)| name.to_lowercase()).collect();
        let (top, count) = shapes(&names[..1_000]);
        let any = |words: &[&str]| share(&names, |name| words.iter().any(|word| name.contains(word)));
        let mut of_owner: HashMap<usize, Vec<String>> = HashMap::new();
        hosts.iter().for_each(|(owner, name)| of_owner.entry(*owner).or_default().push(name.clone()));
        let mut main: Vec<f64> =
            of_owner.values().filter(|names| names.len() >= 20).map(|names| shapes(names).0).collect();
        main.sort_by(f64::total_cmp);
        for (what, found) in [
            ("shapes", count as f64),
            ("commonest shape", top),
            ("four numbers", share(&names, has_four_numbers)),
            ("dsl", any(&["dsl"])),
            ("dynamic", any(&["dyn", "dhcp", "dial", "ppp", "pool"])),
            ("cable", any(&["cable", "cpe", "hsd", "catv", "cm"])),
            ("static", any(&["static", "fix", "biz"])),
            ("main shape of an owner", main[main.len() / 2]),
            ("digit first", share(&names, |name| name.starts_with(|mark: char| mark.is_ascii_digit()))),
        ] {
            seeds.entry(what).or_default().push(found);
        }
    }
    for (what, mean, range) in [
        ("shapes", 170.0..=230.0, 120.0..=260.0),
        ("commonest shape", 0.07..=0.12, 0.0..=0.15),
        ("four numbers", 0.56..=0.64, 0.5..=0.7),
        ("dsl", 0.18..=0.24, 0.15..=0.28),
        ("dynamic", 0.24..=0.31, 0.2..=0.35),
        ("cable", 0.1..=0.16, 0.05..=0.2),
        ("static", 0.03..=0.07, 0.02..=0.12),
        ("main shape of an owner", 0.93..=1.0, 0.9..=1.0),
        ("digit first", 0.28..=0.4, 0.2..=0.48),
    ] {
        let mut found = seeds.remove(what).unwrap();
        found.sort_by(f64::total_cmp);
        assert_in(what, found.iter().sum::<f64>() / found.len() as f64, mean);
        let inside = found.iter().filter(|each| range.contains(*each)).count();
        assert!(inside >= 18, "{what}: {inside} of 20 seeds are in {range:?}: {found:.3?}");
    }
}

/// Hosts of 2,500 domains, each as often as it sends. The sizes are those of the class of hams in c650-week.
#[test]
fn mail_hosts_have_the_names_of_real_ones() {
    for style in [NameStyle::Reserved, NameStyle::Lifelike] {
        for seed in 0..5 {
            let domains = naming(style).domains(mix(seed), 2_500);
            let mut names = Vec::new();
            for sample in 0..1_000 {
                // A rank-size law with a slope of about one.
                let rank = libm::pow(2_500.0, unit(mix(sample ^ seed << 32))) as u64 - 1;
                let hosts = 1 + (170.0 / libm::sqrt(rank as f64 + 1.0)) as u32 / 2;
                let number = (mix(sample) % u64::from(hosts)) as u32;
                let mut name = String::new();
                host::write_mail(
                    &domains[rank as usize],
                    mix(rank ^ mix(number.into())) as u32,
                    number,
                    hosts,
                    &mut name,
                );
                assert_dns_name(&name);
                assert!(name.ends_with(&domains[rank as usize]), "{name}");
                names.push(name);
            }
            let (_, count) = shapes(&names);
            let roles = share(&names, is_mail_role);
            assert_in("shapes", count as f64, 60.0..=130.0);
            assert_in("mail roles", roles, 0.25..=0.45);
        }
    }
}

/// True if the first label is a role with or without a number, or an outgoing pool, as in `web52` and `abc-out-7`.
fn is_mail_role(name: &str) -> bool {
    let label = name.split('.').next().unwrap();
    let word = label.trim_end_matches(|mark: char| mark.is_ascii_digit());
    let is_pool = word.ends_with("-out-") && word.len() < label.len();
    let word = word.strip_suffix(['-', '_']).unwrap_or(word);
    is_pool || ["web", "smtp", "mail", "mx", "relay"].contains(&word)
}

/// Neighbouring and distant addresses of one owner.
#[test]
fn hosts_of_an_owner_have_different_names() {
    for (owner, domain) in naming(NameStyle::Reserved).domains(mix(1), 80).iter().enumerate() {
        let near = (0..600u32).map(|number| ((owner as u32) << 24) | (number * 37));
        let far = (0..600).map(|number| mix(number) as u32);
        let addresses: BTreeSet<u32> = near.chain(far).collect();
        let name = |&address: &u32| {
            let mut name = String::new();
            host::write_dynamic(domain, address, &mut name);
            name
        };
        assert_unique(&addresses.iter().map(name).collect::<Vec<_>>());
        let name = |number| {
            let mut name = String::new();
            host::write_mail(domain, 7 + number, number, 1_200, &mut name);
            name
        };
        assert_unique(&(0..1_200).map(name).collect::<Vec<_>>());
    }
}

#[test]
fn users_follow_the_convention_of_the_site() {
    for (convention, shape_share) in [
        (Convention::FirstDotLast, 0.85..=0.97),
        (Convention::FirstUnderscoreLast, 0.85..=0.97),
        (Convention::LastDotFirst, 0.85..=0.97),
        (Convention::InitialDotLast, 0.85..=0.97),
        (Convention::InitialLast, 0.85..=0.99),
        (Convention::First, 0.85..=0.99),
        (Convention::Last, 0.85..=0.99),
    ] {
        let all = local_parts(convention, 5_000);
        assert_unique(&all);
        assert_eq!(all[..50], local_parts(convention, 50));
        let marks =
            |name: &str| name.bytes().all(|byte| byte.is_ascii_lowercase() || b".-_'0123456789".contains(&byte));
        assert_eq!(share(&all, marks), 1.0);
        let digits = share(&all, |name| name.contains(|mark: char| mark.is_ascii_digit()));
        let roles =
            share(&all, |name| lists::ROLES.contains(&name.trim_end_matches(|mark: char| mark.is_ascii_digit())));
        assert_in("digits", digits, 0.001..=0.05);
        assert_in("roles", roles, 0.005..=0.04);
        assert_in("commonest shape", shapes(&all).0, shape_share);
    }
    let all = local_parts(Convention::FirstDotLast, 40_000);
    assert_in("apostrophes", share(&all, |name| name.contains('\'')), 0.0001..=0.003);
}

/// The shares of the commonest surnames in the US Census of 1990.
#[test]
fn surnames_are_as_frequent_as_in_the_census() {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for number in 0..100_000 {
        *counts.entry(Person::new(&mut Draws::new(mix(number), 0)).surname).or_default() += 1;
    }
    let table: BTreeSet<&str> = lists::words(include_str!("data/surnames.txt")).collect();
    let invented = counts.iter().filter(|(name, _)| !table.contains(name.as_str()));
    let mut ends: HashMap<&str, usize> = HashMap::new();
    let mut of_all = 0;
    for (name, count) in invented {
        of_all += count;
        *ends.entry(&name[name.len() - 2..]).or_default() += count;
    }
    assert_in("surnames outside the table", of_all as f64 / 1e5, 0.22..=0.3);
    let mut ends: Vec<usize> = ends.into_values().filter(|count| *count >= 50).collect();
    ends.sort_unstable();
    assert!(ends.len() >= 50, "{} ends", ends.len());
    assert_in("commonest end to median", ends[ends.len() - 1] as f64 / ends[ends.len() / 2] as f64, 8.0..=40.0);
    let mut counts: Vec<usize> = counts.into_values().collect();
    counts.sort_unstable_by(|one, other| other.cmp(one));
    for (most, allowed) in
        [(1, 0.009..=0.011), (10, 0.052..=0.06), (100, 0.18..=0.2), (1_000, 0.41..=0.45), (4_000, 0.7..=0.8)]
    {
        let found = counts[..most].iter().sum::<usize>() as f64 / 1e5;
        assert_in("share of the commonest surnames", found, allowed);
    }
}
