//! Every value of a scenario as TOML, and warnings about values that an override leaves to their defaults.

use std::fs;
use std::path::Path;

use tollgate_scenario::{Override, Scenario, ScenarioText};

const EVERYTHING: &str = include_str!("good/everything.toml");
const SMALLEST: &str = include_str!("good/smallest.toml");

/// A scenario and its text, with overrides.
fn read(text: &str, sets: &[&str]) -> (ScenarioText, Scenario) {
    let overrides: Vec<Override> = sets.iter().map(|set| set.parse().unwrap()).collect();
    with(text, &overrides)
}

fn with(text: &str, overrides: &[Override]) -> (ScenarioText, Scenario) {
    let source = ScenarioText::new(text, "file.toml", overrides);
    let scenario = source.scenario().unwrap_or_else(|error| panic!("{error}"));
    (source, scenario)
}

/// The warnings about defaults, as lines of text.
fn warnings(text: &str, sets: &[&str]) -> Vec<String> {
    let (source, scenario) = read(text, sets);
    let warnings = source.warnings(&scenario);
    let lines = warnings.iter().map(|warning| source.render(&[warning], false));
    lines.filter(|lines| lines.contains("they have their defaults")).collect()
}

/// A shipped scenario.
fn shipped(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../scenarios/{name}.toml"))).unwrap()
}

#[test]
fn every_value_that_is_printed_reads_as_the_same_scenario() {
    let directory = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios")).unwrap();
    let files = directory.map(|entry| entry.unwrap().path()).filter(|path| path.extension() == Some("toml".as_ref()));
    let mut texts: Vec<String> = files.map(|path| fs::read_to_string(path).unwrap()).collect();
    assert!(texts.len() > 10, "{}", texts.len());
    texts.extend([SMALLEST.to_owned(), EVERYTHING.to_owned()]);
    for text in texts {
        for sets in [&[][..], &["seed=18446744073709551615", "volume=0.1", "second_level_domains.+=more.example"]] {
            let (source, scenario) = read(&text, sets);
            let printed = source.effective(&scenario);
            let (again, same) = read(&printed, &[]);
            assert_eq!(same, scenario, "{printed}");
            let without_comments = |text: &str| text.replace("  # default", "");
            assert_eq!(without_comments(&again.effective(&same)), without_comments(&printed));
        }
    }
}

#[test]
fn defaults_are_marked_and_set_values_are_not() {
    let sets = ["users.count=5", "appliances.c650.cost.connection=7ms", "time.warm_up=1h"];
    let (source, scenario) = read(SMALLEST, &sets);
    let printed = source.effective(&scenario);
    let lines: Vec<&str> = printed.lines().collect();
    let expected = [
        "format = 1",
        "seed = 42751  # default",
        "volume = 1.0  # default",
        "networks = []  # default",
        "# second_level_domains is not set. Default: none.",
        "begin = \"2008-11-17T00:00:00Z\"",
        "warm_up = \"1h\"",
        "zone = \"GMT\"  # default",
        "name = \"c650\"",
        "cores = 8  # default",
        "message = \"120ms\"  # default",
        "connection = \"7ms\"",
        "# suspend_above is not set. Default: listeners are never suspended.",
        "name = \"public\"  # default",
        "sbrs = [[-10.0, -3.0]]  # default",
        "# max_connections is not set. Default: 1,000 for a public listener and 600 for a private one, as on the appliance.",
        "count = 5",
        "sigma = 1.8  # default",
    ];
    for line in expected {
        assert!(lines.contains(&line), "{line}\nis missing in\n{printed}");
    }
    // The comments about a table stand between its values and the tables in it.
    let place = |text: &str| lines.iter().position(|line| line.starts_with(text)).unwrap();
    assert!(place("[appliances.limits]") < place("# suspend_above"), "{printed}");
    assert!(place("# second_level_domains") < place("[time]"), "{printed}");
    assert!(place("# suspend_above") < place("[[listeners]]"), "{printed}");

    // A scenario that sets every value has no default left.
    let (source, scenario) = read(&printed, &[]);
    assert!(!source.effective(&scenario).contains("# default"));
}

#[test]
fn a_list_that_is_replaced_names_the_values_that_fall_back_to_defaults() {
    let set = "appliances=[{name=\"c650\"},{name=\"second\", cost={connection=\"12ms\"}},{name=\"third\"}]";
    let costs = |connection: &str| {
        format!(
            "cost.anti_spam.kib is 600us instead of 1200us, cost.anti_spam.message is 120ms instead of 240ms, \
             cost.anti_virus.kib is 900us instead of 1800us, cost.anti_virus.message is 40ms instead of 80ms, \
             {connection}cost.delivery is 20ms instead of 40ms, cost.mail_processing.kib is 150us instead of 300us, \
             cost.mail_processing.message is 25ms instead of 50ms, cost.quarantine is 40ms instead of 80ms, \
             cost.reporting is 3ms instead of 6ms"
        )
    };
    let expected = [
        format!(
            "warning: appliances: the override does not set these values of c650, third, so they have their defaults: {}\n--> --set {set}",
            costs("cost.connection is 6ms instead of 12ms, ")
        ),
        format!(
            "warning: appliances.second: the override does not set these values, so they have their defaults: {}\n--> --set {set}",
            costs("")
        ),
    ];
    assert_eq!(warnings(&shipped("c650-week"), &[set]), expected);
}

#[test]
fn values_of_the_same_name_are_compared_and_others_with_the_first() {
    let cases: [(&str, &str, &[&str]); 7] = [
        // The first policy has the defaults, and the second has its own.
        (
            SMALLEST,
            "listeners.public.policies.THROTTLED={name=\"THROTTLED\", action=\"accept\", max_recipients_per_hour=20}",
            &[
                "listeners.public.policies.THROTTLED: the override does not set these values, so they have their defaults: \
               max_messages_per_session is 1000 instead of 10, max_recipients_per_message is 1000 instead of 25",
            ],
        ),
        (SMALLEST, "listeners.public.policies.+={name=\"NEW\", action=\"accept\"}", &[]),
        (
            EVERYTHING,
            "appliances.+={name=\"third\"}",
            &[
                "appliances.third: the override does not set these values, so they have their defaults: cost.anti_virus.spread is lognormal instead of \
               exponential, cost.mail_processing.spread is lognormal instead of fixed, counting.busy_above is 30 instead of \
               120, counting.known_for is 1h instead of 30m, counting.rule is every-plain instead of load-shed, \
               limits.outbound_connections is 10000 instead of 5000, limits.queue_kib is 71303168 instead of 1000000, \
               limits.resume_at is not set instead of 15000, limits.suspend_above is not set instead of 20000, load is 1 \
               instead of 2",
            ],
        ),
        // An event has one of three alternatives. A list without elements leaves nothing to defaults.
        (EVERYTHING, "events.+={at=\"2008-11-17T00:00:00Z\", volume={of=\"bots\", factor=2, recovery=\"1h\"}}", &[]),
        (EVERYTHING, "events=[]", &[]),
        // A spelling of the default, and a single value.
        (
            "format = 1\ntime = { begin = \"2008-11-17T00:00:00Z\", span = \"1h\", export_interval = \"60m\" }\n\
             appliances = [{ name = \"c650\" }]\nusers = { count = 1, domain = \"example.com\" }",
            "time={begin=\"2008-11-17T00:00:00Z\", span=\"2h\"}",
            &[],
        ),
        (EVERYTHING, "users.count=900", &[]),
    ];
    for (text, set, expected) in cases {
        let expected: Vec<String> =
            expected.iter().map(|warning| format!("warning: {warning}\n--> --set {set}")).collect();
        assert_eq!(warnings(text, &[set]), expected, "{set}");
    }
}

#[test]
fn a_later_override_can_give_the_values_back() {
    let text = SMALLEST.replace("name = \"c650\"", "name = \"c650\"\nworkers = 2\ncores = 4");
    let sets = ["appliances.+={name=\"second\"}", "appliances.second.workers=2", "appliances.second.cores=4"];
    assert_eq!(warnings(&text, &sets[..1]).len(), 1);
    assert_eq!(
        warnings(&text, &sets[..2]),
        [
            "warning: appliances.second: the override does not set these values, so they have their defaults: cores is 8 instead of 4\n\
          --> --set appliances.+={name=\"second\"}"
        ]
    );
    assert_eq!(warnings(&text, &sets), [""; 0]);
}

#[test]
fn copies_have_everything_of_the_first_appliance() {
    let copies = |count: usize| Override::copies_of_first_appliance(&format!("--boxes {count}"), count);
    let (source, scenario) = with(&shipped("c650-week"), &[copies(3)]);
    let names: Vec<&str> = scenario.appliances.iter().map(|appliance| appliance.name.as_str()).collect();
    assert_eq!(names, ["c650", "c650-2", "c650-3"]);
    for copy in &scenario.appliances {
        let name = scenario.appliances[0].name.clone();
        assert_eq!(tollgate_scenario::Appliance { name, ..copy.clone() }, scenario.appliances[0]);
    }
    assert_eq!(source.warnings(&scenario), []);

    // All appliances of a pair are replaced, and changes before it are copied.
    let cores: Override = "appliances.c650-a.cores=12".parse().unwrap();
    let (_, pair) = with(&shipped("c650-pair"), &[cores, copies(2)]);
    let appliances: Vec<_> = pair.appliances.iter().map(|each| (each.name.as_str(), each.cores)).collect();
    assert_eq!(appliances, [("c650-a", 12), ("c650-a-2", 12)]);
    assert_eq!(pair.appliances[0].load, pair.appliances[1].load);
    let (_, single) = with(&shipped("c650-pair"), &[copies(1)]);
    assert_eq!(single.appliances.len(), 1);

    // An event names an appliance that is replaced.
    let event = "[[events]]\nat = \"2008-11-18T10:00:00Z\"\nappliance_load = { of = \"c650-b\", load = 0 }\n";
    let source = ScenarioText::new(&(shipped("c650-pair") + event), "file.toml", &[copies(2)]);
    assert_eq!(
        source.scenario().unwrap_err().to_string(),
        "error: events.0.appliance_load.of: found \"c650-b\", allowed is the name of an appliance\n--> --boxes 2\n \
         = help: did you mean \"c650-a\"? Allowed are \"c650-a\", \"c650-a-2\""
    );
}

#[test]
fn an_override_changes_an_element_of_a_list_that_the_file_leaves_to_its_default() {
    let network = "networks=[{ name = 'n', addresses = '10.0.0.0/8', owners = 1, owner_slope = 1 }]";
    let class = "incoming=[{ name = 'a', connections_per_week = 1, sbrs = [{ share = 1 }], size = { parts = [{ mu = 8, sigma = 1 }] }, \
                 domains = { count = 1, slope = 1, network = 'n' } }]";
    let sets =
        ["incoming.a.rhythm.week.6=3", "incoming.a.recipients.bins.0.to=4", "listeners.private.max_connections=5"];
    let (_, scenario) = read(SMALLEST, &[[network, class].as_slice(), &sets].concat());
    let class = &scenario.incoming[0];
    assert_eq!(class.rhythm.week.map(|factor| factor.get()), [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 3.0]);
    assert_eq!((class.recipients.bins.len(), class.recipients.bins[0].to), (1, 4));
    assert_eq!(scenario.listeners[1].max_connections(), 5);

    for (set, expected) in [
        ("incoming.0.rhythm.day.24=2", "`24` in `incoming.0.rhythm.day`, allowed are numbers from 0 to 23"),
        ("incoming.0.rhythm.week.mon=2", "`mon` in `incoming.0.rhythm.week`, allowed are numbers from 0 to 6"),
        ("incoming.0.recipients.bins.1.to=2", "`1` in `incoming.0.recipients.bins`, allowed is the number 0"),
        ("listeners.inbound.name=x", "`inbound` in `listeners`, allowed are numbers from 0 to 1, or the names"),
    ] {
        let sets = ["incoming=[{ name = 'a' }]", set].map(|set| set.parse().unwrap());
        let error = Scenario::parse(SMALLEST, "file.toml", &sets).unwrap_err().to_string();
        assert!(error.starts_with(&format!("error: there is no element {expected}")), "{error}");
    }
}
