//! Overrides, defaults, and reading a scenario that was written.

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

use serde_json::Value;
use tollgate_scenario::{
    ApplianceLimits, HOUR, Listener, ListenerTls, Override, Scenario, ScenarioError, ScenarioText, Span,
};

const EVERYTHING: &str = include_str!("good/everything.toml");
const README: &str = include_str!("../../../scenarios/README.md");
const SMALLEST: &str = include_str!("good/smallest.toml");

/// Reads a scenario with overrides.
fn read(text: &str, sets: &[&str]) -> Result<Scenario, ScenarioError> {
    let overrides: Vec<Override> = sets.iter().map(|set| set.parse().unwrap()).collect();
    Scenario::parse(text, "file.toml", &overrides)
}

/// Reads a scenario with overrides that are refused. Returns the error as text.
fn refused(text: &str, sets: &[&str]) -> String {
    read(text, sets).unwrap_err().to_string()
}

#[test]
fn values_are_set_by_name_and_by_number() {
    let sets = [
        "time.warm_up=12h",
        "volume = 2",
        "incoming.bots.connections_per_week=7",
        "incoming.0.rhythm.week.6=0.5",
        "incoming.people.listed.\"mail.partner.example\".per_week=9",
        "virus_types.\"W32/Netsky-P\".weight=3",
        "listeners.public.policies.ACCEPTED.tls=required",
        "destination_controls.domains.\"bank.example\".tls=\"no\"",
        "content_filters.\"disclaimer, with a comma\".probability=0",
        "events=[]",
        "appliances.c650-2.limits.queue_kib=1000",
        "listeners.private.max_connections=50",
        "outgoing.staff.destinations.tls.session.median=5s",
    ];
    let scenario = read(EVERYTHING, &sets).unwrap();
    assert_eq!(scenario.time.warm_up, Span::from_micros(12 * HOUR));
    assert_eq!(scenario.volume.get(), 2.0);
    assert_eq!(scenario.incoming[1].connections_per_week.get(), 7.0);
    assert_eq!(scenario.incoming[0].rhythm.week[6].get(), 0.5);
    assert_eq!(scenario.incoming[0].listed[0].per_week.get(), 9.0);
    assert_eq!(scenario.virus_types[0].weight.get(), 3.0);
    assert_eq!(scenario.listeners[0].policies[0].tls, ListenerTls::Required);
    assert_eq!(scenario.destination_controls.domains[1].tls, tollgate_scenario::DestinationTls::No);
    assert_eq!(scenario.content_filters[5].probability.get(), 0.0);
    assert_eq!(scenario.events, []);
    assert_eq!(scenario.appliances[1].limits, ApplianceLimits { queue_kib: 1000, ..ApplianceLimits::default() });
    assert_eq!(scenario.listeners[0].max_connections(), 500);
    assert_eq!(scenario.listeners[1].max_connections(), 50);
    assert_eq!(scenario.outgoing[0].destinations[1].session.median.to_string(), "5s");
    assert_eq!(scenario.outgoing[0].destinations[1].session.sigma.get(), 1.0);
}

#[test]
fn values_that_the_file_leaves_out_can_be_set() {
    let sets = [
        "bounce_profile.first_wait=2m",
        "users.sent.sigma=1.5",
        "appliances.c650.cost.anti_spam.message=1ms",
        "listeners.public.policies.THROTTLED.max_recipients_per_hour=7",
        "time.begin=2008-11-18T00:00:00Z",
        "seed=18446744073709551615",
        "networks=[{ name = 'homes', addresses = '10.0.0.0/8', owners = 3, owner_slope = 1 }]",
        "listeners.public.max_connections=50",
        "listeners.private.rejected_for=0s",
        "appliances.c650.limits.suspend_above=500",
        "appliances.c650.limits.resume_at=400",
    ];
    let scenario = read(SMALLEST, &sets).unwrap();
    assert_eq!(scenario.bounce_profile.first_wait.to_string(), "2m");
    assert_eq!(scenario.bounce_profile.longest_wait.to_string(), "1h");
    assert_eq!(scenario.users.sent.sigma.get(), 1.5);
    assert_eq!(scenario.users.sent.cut, scenario.users.received.cut);
    assert_eq!(scenario.appliances[0].cost.anti_spam.message.to_string(), "1ms");
    assert_eq!(scenario.listeners[0].policies[2].max_recipients_per_hour, Some(7));
    assert_eq!(scenario.listeners.len(), 2);
    assert_eq!(scenario.time.begin.to_string(), "2008-11-18T00:00:00Z");
    assert_eq!(scenario.seed, u64::MAX);
    assert_eq!(scenario.networks[0].owners, 3);
    assert_eq!(scenario.listeners[0].max_connections(), 50);
    assert_eq!(scenario.listeners[0].rejected_for.to_string(), "1s");
    assert_eq!(scenario.listeners[1].rejected_for.to_string(), "0s");
    let limits = ApplianceLimits { suspend_above: Some(500), resume_at: Some(400), ..ApplianceLimits::default() };
    assert_eq!(scenario.appliances[0].limits, limits);
}

#[test]
fn limits_are_set_by_kind_of_listener_and_one_without_the_other_is_refused() {
    let scenario = read(SMALLEST, &[]).unwrap();
    let limits: Vec<u32> = scenario.listeners.iter().map(Listener::max_connections).collect();
    assert_eq!(limits, [1000, 600]);
    assert_eq!(
        refused(SMALLEST, &["appliances.c650.limits.resume_at=9"]),
        "error: appliances.c650.limits.resume_at: found 9 without `suspend_above`, allowed is `resume_at` only \
         together with `suspend_above`\n--> --set appliances.c650.limits.resume_at=9"
    );
}

/// Each command of scenarios/README.md names a file, overrides that change it and traffic that it has.
#[test]
fn the_commands_that_explain_overrides_hold() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (mut values, mut traffic) = (0, 0);
    for command in README.lines().filter(|line| line.starts_with("tollgate ")) {
        let words = words(command);
        let text = fs::read_to_string(root.join(&words[2])).unwrap();
        let after = |option: &[&str]| -> Vec<&str> {
            let pairs = words.windows(2).filter(|pair| option.contains(&pair[0].as_str()));
            pairs.map(|pair| pair[1].as_str()).collect()
        };
        let sets = after(&["--set", "--with"]);
        let scenario = read(&text, &sets).unwrap_or_else(|error| panic!("{command}\n{error}"));
        assert!(sets.is_empty() || scenario != read(&text, &[]).unwrap(), "{command}\nchanges nothing");
        values += sets.len();
        for (of, _) in after(&["--load"]).into_iter().filter_map(|load| load.split_once('=')) {
            scenario.scaled(&of.parse().unwrap(), 2.0).unwrap_or_else(|error| panic!("{command}\n{error}"));
            traffic += 1;
        }
    }
    assert!(values >= 15 && traffic >= 1, "{values} values and {traffic} parts of the traffic");
}

/// Splits a command into words, as a shell does: single quotes keep a word together, and a comment ends the command.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for (place, part) in command.split('\'').enumerate() {
        let is_quoted = place % 2 == 1;
        let mut pieces = if is_quoted { vec![part] } else { part.split(' ').collect() }.into_iter();
        if let (Some(last), Some(piece)) = (words.last_mut(), pieces.next()) {
            *last += piece;
        }
        words.extend(pieces.map(String::from));
    }
    words.into_iter().take_while(|word| word != "#").collect()
}

#[test]
fn elements_are_appended_to_lists() {
    let sets = [
        "appliances.+={name=\"third\"}",
        "appliances.third.workers = 2",
        "listeners.public.policies . + = {name=\"NEW\", action=\"accept\"}",
        "listeners.public.sender_groups.0.domains.+=.partner.example",
        "second_level_domains.+=more.example",
        "second_level_domains.+=\"a=b.example\"",
    ];
    let before = read(EVERYTHING, &[]).unwrap();
    let refused_domain = refused(EVERYTHING, &sets);
    assert!(refused_domain.contains("second_level_domains.2: found \"a=b.example\""), "{refused_domain}");
    let scenario = read(EVERYTHING, &sets[..5]).unwrap();
    assert_eq!(scenario.appliances[..2], before.appliances);
    assert_eq!((scenario.appliances[2].name.as_str(), scenario.appliances[2].workers), ("third", 2));
    let (policies, earlier) = (&scenario.listeners[0].policies, &before.listeners[0].policies);
    assert_eq!((policies.len(), policies.last().unwrap().name.as_str()), (earlier.len() + 1, "NEW"));
    assert_eq!(scenario.listeners[0].sender_groups[0].domains.last().unwrap(), ".partner.example");
    assert_eq!(scenario.second_level_domains.last().unwrap(), "more.example");

    // A file without listeners has the default ones, and a list that is missing begins empty.
    let network = "networks.+={name=\"n\", addresses=\"10.0.0.0/8\", owners=1, owner_slope=1}";
    let listener = "listeners.+={name=\"more\", kind=\"private\", policies=[{name=\"R\", action=\"relay\"}], \
                    sender_groups=[{name=\"ALL\", policy=\"R\"}]}";
    let scenario = read(SMALLEST, &[network, listener]).unwrap();
    assert_eq!((scenario.networks.len(), scenario.listeners.len()), (1, 3));
}

#[test]
fn what_cannot_be_appended_is_refused() {
    let cases = [
        (
            "appliances.+={name=\"c650-1\"}",
            "error: appliances.2.name: found \"c650-1\", which appliances.0 already has, allowed is a unique name",
        ),
        ("seed.+=1", "error: found `seed.+`, allowed is `+` only after a list, and `seed` is a single value"),
        ("users.+={count=1}", "error: found `users.+`, allowed is `+` only after a list, and `users` is a table"),
        ("appliances.+=[{name=\"third\"}]", "error: appliances.2: found a list, allowed is a table"),
        ("appliances.+={load=1}", "error: appliances.2: `name` is missing, allowed is text in quotes"),
        (
            "incoming.people.rhythm.week.+=1",
            "error: incoming.people.rhythm.week: found a list of 8 elements, allowed is a list of 7 elements",
        ),
        (
            "listeners.public.sender_groups.2.sbrs.0.+=1",
            "error: listeners.public.sender_groups.BLACKLIST.sbrs.0: found a list of 3 elements, allowed is a list of 2 elements",
        ),
    ];
    for (set, expected) in cases {
        assert_eq!(refused(EVERYTHING, &[set]), format!("{expected}\n--> --set {set}"));
    }
    for text in ["+=1", ".+=1", "appliances+=1", "appliances.+.name=1", "appliances.++=1", "\"appliances.\"+=1"] {
        let error = text.parse::<Override>().unwrap_err().to_string();
        let start = format!("--set {text}: allowed is path=value, or path.+=value to append to a list; in the path, ");
        assert!(error.starts_with(&start), "{error}");
    }
    // A quoted plus sign is a name.
    let named = refused(EVERYTHING, &["appliances.\"+\"={name=\"third\"}"]);
    assert!(named.starts_with("error: there is no element `+` in `appliances`, allowed are numbers"), "{named}");
}

#[test]
fn the_last_of_two_overrides_stands() {
    assert_eq!(read(SMALLEST, &["seed=1", "seed=2"]).unwrap().seed, 2);
}

#[test]
fn paths_that_lead_nowhere_are_refused() {
    let cases = [
        (
            "time.spam=7d",
            "error: there is no key `spam` in `time`, allowed are `base_interval`, `begin`, \
          `export_interval`, `span`, `warm_up`, `zone`\n--> --set time.spam=7d\n = help: did you mean `span`?",
        ),
        (
            "appliances.c660.load=1",
            "error: there is no element `c660` in `appliances`, allowed are numbers from 0 to \
          1, or the names `c650-1`, `c650-2`\n--> --set appliances.c660.load=1",
        ),
        (
            "incoming.2.spam=1",
            "error: there is no element `2` in `incoming`, allowed are numbers from 0 to 1, or the \
          names `people`, `bots`\n--> --set incoming.2.spam=1",
        ),
        (
            "incoming.people.sbrs.2.share=1",
            "error: there is no element `2` in `incoming.people.sbrs`, allowed are \
          numbers from 0 to 1\n--> --set incoming.people.sbrs.2.share=1",
        ),
        ("users.count.x=1", "error: `users.count` is a single value and has no keys\n--> --set users.count.x=1"),
        ("seed.x=1", "error: `seed` is a single value and has no keys\n--> --set seed.x=1"),
    ];
    for (set, expected) in cases {
        assert_eq!(refused(EVERYTHING, &[set]), expected);
    }
    assert_eq!(
        refused(SMALLEST, &["events.0.at=2008-11-17T00:00:00Z"]),
        "error: there is no element `0` in `events`, the list is empty\n--> --set events.0.at=2008-11-17T00:00:00Z"
    );
}

#[test]
fn an_error_in_an_override_shows_the_override() {
    let cases = [
        (
            "incoming.people.spam=1.2",
            "error: incoming.people.spam: found 1.2, allowed is a number from 0 to 1\n\
          --> --set incoming.people.spam=1.2",
        ),
        (
            "appliances=[{ name = 'x', loud = 1 }]",
            "error: appliances.x: found the unknown key `loud`\n\
          --> --set appliances=[{ name = 'x', loud = 1 }]\n = help: did you mean `load`? Allowed are `cores`, `cost`, `counting`, \
          `limits`, `load`, `machine`, `name`, `reputation_multiplier`, `workers`",
        ),
        (
            "users.count=[",
            "error: users.count: found \"[\", allowed is a whole number from 1 to 1000000\n\
          --> --set users.count=[",
        ),
        ("format=2", "error: format: found 2, allowed is 1\n--> --set format=2"),
        (
            "time.begin=tomorrow",
            "error: time.begin: found \"tomorrow\", allowed is a moment from 1970 to 2200 such as \
          \"2008-11-17T00:00:00Z\"\n--> --set time.begin=tomorrow",
        ),
    ];
    for (set, expected) in cases {
        assert_eq!(refused(EVERYTHING, &[set]), expected);
    }
}

#[test]
fn an_error_elsewhere_shows_the_override_that_causes_it() {
    let shorter = refused(EVERYTHING, &["seed=1", "time.span=1d", "volume=1"]);
    assert_eq!(
        shorter,
        "error: events.1.at: found 2008-11-18T08:00:00Z, allowed is from 2008-11-16T18:00:00Z (start of the warm-up) to \
         before 2008-11-18T00:00:00Z (end of the span)\n--> --set time.span=1d\n\n\
         error: scripted_outgoing.\"to a bank\".begin: found 2008-11-18T23:00:00Z, allowed is from \
         2008-11-17T00:00:00Z to before 2008-11-18T00:00:00Z (the exported span)\n--> --set time.span=1d"
    );
}

#[test]
fn an_error_that_two_overrides_cause_together_shows_both() {
    // With either override alone, the network has enough addresses for the domains of the file.
    let more = "incoming.people.domains.addresses_per_domain=100";
    let smaller = "networks.offices.addresses=198.18.0.0/17";
    assert!(read(EVERYTHING, &[more]).is_ok() && read(EVERYTHING, &[smaller]).is_ok());
    assert_eq!(
        refused(EVERYTHING, &["seed=1", more, "volume=1", smaller]),
        format!(
            "error: incoming.people.domains.count: found 30003 addresses for 301 domains (`count` and `listed` together), \
             allowed are at most 16384, half of the addresses of \"offices\"\n--> --set {more} --set {smaller}"
        )
    );
}

#[test]
fn an_error_that_one_of_two_overrides_causes_shows_that_one() {
    let text = SMALLEST.replace("format = 1", "format = 1\nvirus_types = []");
    let class = "incoming=[{ name = 'a', connections_per_week = 1, sbrs = [{ share = 1 }], virus = 1, size = { parts \
                 = [{ mu = 8, sigma = 1 }] }, domains = { count = 1, slope = 1, network = 'n' } }]";
    let network = "networks=[{ name = 'n', addresses = '10.0.0.0/8', owners = 1, owner_slope = 1 }]";
    assert_eq!(
        refused(&text, &[network, class]),
        format!(
            "error: virus_types: found no virus type, allowed is at least one, because the scenario has infected \
             messages\n--> --set {class}"
        )
    );
}

#[test]
fn an_error_of_the_file_alone_shows_the_file() {
    let text = SMALLEST.replace("\"1h\"", "\"90m\"");
    let error = refused(&text, &["volume=2"]);
    assert!(error.contains("--> file.toml:6:8"), "{error}");
}

#[test]
fn a_number_that_is_too_large_is_shown_where_it_is() {
    let (seed, volume) = ("seed=18446744073709551616", "volume=99999999999999999999");
    let load = "appliances.0.load=99999999999999999999";
    let of_seed = "error: seed: found 18446744073709551616, allowed is a whole number from 0 to 18446744073709551615";
    let of_number = "found 99999999999999999999, allowed is a number from 0 to 10000000000";
    let text = SMALLEST.replace("format = 1", &format!("format = 1\n{seed}"));
    let in_file =
        format!("{of_seed}\n --> file.toml:3:6\n  |\n3 | seed=18446744073709551616\n  |      ^^^^^^^^^^^^^^^^^^^^");
    assert_eq!(refused(&text, &["volume=2"]), in_file);
    let in_override = format!("error: appliances.c650.load: {of_number}\n--> --set {load}");
    assert_eq!(refused(&text, &[load]), format!("{in_file}\n\n{in_override}"));
    assert_eq!(
        refused(SMALLEST, &[seed, volume]),
        format!("{of_seed}\n--> --set {seed}\n\nerror: volume: {of_number}\n--> --set {volume}")
    );
}

#[test]
fn an_error_in_another_option_shows_the_option() {
    let interval = Override::new("--interval 7m", "time.export_interval", "7m").unwrap();
    let error = Scenario::parse(SMALLEST, "file.toml", &[interval]).unwrap_err();
    assert!(error.to_string().ends_with("--> --interval 7m"), "{error}");
    assert!(Override::new("--x", "a b", "1").is_err());
}

#[test]
fn overrides_without_a_path_or_value_are_refused() {
    for text in ["", "=", "=1", "time.span", "time..span=1", "a b=1", "\"a=1", "a\nb=1", "a=1\nb"] {
        match text.parse::<Override>() {
            Err(ScenarioError::Override { found, .. }) => assert_eq!(found, format!("--set {text}")),
            other => assert_eq!((text, other.is_ok()), ("a=1\nb", true)),
        }
    }
}

#[test]
fn a_scenario_that_is_written_reads_the_same() {
    for text in [SMALLEST, EVERYTHING] {
        let scenario = read(text, &[]).unwrap();
        let written = toml::to_string(&scenario).unwrap();
        assert_eq!(read(&written, &[]).unwrap(), scenario);
    }
}

#[test]
fn defaults_are_those_of_the_appliance() {
    let scenario = read(SMALLEST, &[]).unwrap();
    assert_eq!(scenario.appliances[0].reputation_multiplier, 3);
    assert_eq!(scenario.time.base_interval.to_string(), "5m");
    assert_eq!(scenario.time.export_interval.to_string(), "1h");
    assert_eq!(scenario.bounce_profile.max_time.to_string(), "3d");
    assert_eq!(scenario.warnings(), []);
}

/// Replaces every single value by several others. Reading does not panic, and no error shows the file.
#[test]
fn every_value_can_be_replaced_by_anything() {
    let document: Value = toml::from_str(EVERYTHING).unwrap();
    let mut paths = Vec::new();
    collect_paths(&document, "", &mut paths);
    assert!(paths.len() > 400, "{}", paths.len());
    let values = [
        "0",
        "-1",
        "4294967295",
        "1e308",
        "''",
        "'x'",
        "true",
        "[]",
        "{}",
        "100y",
        "0.0.0.0/0",
        "99999999999999999999",
    ];
    let mut refusals = 0;
    for path in paths {
        for value in values {
            let set = format!("{path}={value}");
            match catch_unwind(|| read(EVERYTHING, &[&set])) {
                Ok(Ok(scenario)) => drop(scenario.warnings()),
                Ok(Err(error)) => {
                    let text = error.to_string();
                    assert!(text.contains("--> --set ") && !text.contains("file.toml"), "{set}: {text}");
                    assert!(text.contains("allowed ") && !text.contains("invalid "), "{set}: {text}");
                    refusals += 1;
                }
                Err(_) => panic!("reading panics with {set}"),
            }
        }
    }
    assert!(refusals > 4000, "{refusals}");
}

fn collect_paths(value: &Value, path: &str, paths: &mut Vec<String>) {
    let inner = |key: &str| if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
    match value {
        Value::Object(members) => members.iter().for_each(|(key, member)| collect_paths(member, &inner(key), paths)),
        Value::Array(elements) => {
            let numbered = elements.iter().enumerate();
            numbered.for_each(|(index, element)| collect_paths(element, &inner(&index.to_string()), paths));
        }
        _ => {}
    }
    if !path.is_empty() {
        paths.push(path.to_string());
    }
}

#[test]
fn a_cost_that_only_an_override_sets_warns_of_its_other_values() {
    let warnings = |sets: &[&str]| -> Vec<String> {
        let sets: Vec<Override> = sets.iter().map(|set| set.parse().unwrap()).collect();
        let text = ScenarioText::new(SMALLEST, "file.toml", &sets);
        text.warnings(&text.scenario().unwrap()).iter().map(ToString::to_string).collect()
    };
    assert_eq!(
        warnings(&["appliances.0.cost.anti_spam.kib=1ms"]),
        ["appliances.0.cost.anti_spam: the override does not set these values, so they have their defaults: \
          message is 0s instead of 120ms, sigma is 0 instead of 0.8, spread is fixed instead of lognormal"]
    );
    assert!(warnings(&["appliances.0.cost.connection=1ms"]).is_empty());
}
