//! `tollgate fit` finds appliances, outbreaks, bursts, and the largest users, owners and domains, and keeps its input private.

use std::fs;
use std::path::{Path, PathBuf};

use tollgate_scenario::Span;
use toml::Value;

use crate::audit::export;
use crate::support::{root, run, run_well, stderr};

/// Fits a scenario to exports with their own names, and reads it.
fn fit(exports: &Path) -> (PathBuf, Value) {
    let out = exports.with_extension("toml");
    run_well(&["fit", exports.to_str().unwrap(), "-o", out.to_str().unwrap(), "--quiet", "--keep-names"]);
    let text = fs::read_to_string(&out).unwrap();
    (out, Value::Table(text.parse().unwrap()))
}

/// The element of a list with a text at a key.
fn named<'a>(list: &'a Value, key: &str, name: &str) -> &'a Value {
    let found = list.as_array().unwrap().iter().find(|element| element[key].as_str() == Some(name));
    found.unwrap_or_else(|| panic!("{name} is not in {list:#?}"))
}

fn number(value: &Value) -> f64 {
    value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64)).unwrap()
}

/// Asserts that a number is near another.
fn assert_near(found: &Value, expected: f64, share: f64, what: &str) {
    let found = number(found);
    assert!((found / expected - 1.0).abs() <= share, "{what}: {found} found, {expected} expected");
}

#[test]
fn the_appliances_of_a_site_give_one_scenario() {
    let directory = tempfile::tempdir().unwrap();
    let options = [
        ["--set", "time.span=4h"],
        ["--set", "time.begin=2008-11-18T07:00:00Z"],
        ["--set", "events=[]"],
        ["--set", "appliances.c650-b.reputation_multiplier=5"],
        ["--volume", "0.5"],
    ];
    let original = export(&directory.path().join("original"), "c650-pair", &options.concat());
    let (fitted, scenario) = fit(&original);
    for (name, load, multiplier) in [("c650-a", 0.6, 3), ("c650-b", 0.4, 5)] {
        let appliance = named(&scenario["appliances"], "name", name);
        assert_near(&appliance["load"], load, 0.03, name);
        assert_eq!(appliance["reputation_multiplier"].as_integer(), Some(multiplier));
    }
    // A run has the exports of both, and their sums are compared.
    let out = directory.path().join("out");
    let (fitted, out) = (fitted.to_str().unwrap(), out.to_str().unwrap());
    run_well(&["run", fitted, "--quiet", "--out", out, "--only", "1,8,34"]);
    let copy = Path::new(out).join("c650-pair");
    let compared =
        run(&["compare", original.to_str().unwrap(), copy.to_str().unwrap(), "--json", "--tolerance", "10%"]);
    let document: serde_json::Value = serde_json::from_slice(&compared.stdout).unwrap();
    assert_eq!(document["beyond"], 0, "{document:#}");
    assert_eq!(document["tables"].as_array().unwrap().len(), 3);
    // Pseudonyms stand for their names, too.
    let private = run_well(&["fit", original.to_str().unwrap(), "-o", "-", "--quiet"]);
    let text = String::from_utf8(private.stdout).unwrap();
    assert!(
        !text.contains("c650-a") && !text.contains("c650-b") && text.matches("name = \"mga-").count() == 2,
        "{text}"
    );
    // Exports of different times are not those of one site.
    let apart = directory.path().join("apart");
    for (name, begin) in [("one", "2008-11-18T09:00:00Z"), ("two", "2008-11-19T09:00:00Z")] {
        let begin = format!("time.begin={begin}");
        let options = ["--set", &begin, "--set", "time.span=1h", "--set", "events=[]", "--volume", "0.05"];
        let exports = export(&directory.path().join(name), "tls-switch", &options);
        fs::create_dir_all(&apart).unwrap();
        fs::rename(exports.join("c650"), apart.join(name)).unwrap();
    }
    let output = run(&["fit", apart.to_str().unwrap(), "-o", "-"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("exports are of different times"), "{}", stderr(&output));
}

#[test]
fn outbreaks_and_bursts_are_those_of_the_exports() {
    let directory = tempfile::tempdir().unwrap();
    let options = [
        ["--set", "incoming.worms.connections_per_week=40000"],
        ["--set", "incoming.worms.sbrs=[{from=0.0, to=2.0, share=1}]"],
        ["--volume", "0.5"],
    ];
    let original = export(&directory.path().join("original"), "outbreak", &options.concat());
    let (fitted, scenario) = fit(&original);
    // The facts of the table are those of the scenario that made it.
    let source: Value =
        Value::Table(fs::read_to_string(root().join("scenarios/outbreak.toml")).unwrap().parse().unwrap());
    let outbreaks = source["outbreaks"].as_array().unwrap();
    assert_eq!(scenario["outbreaks"].as_array().unwrap().len(), outbreaks.len());
    let span = |value: &Value| Span::try_from(value.as_str().unwrap().to_owned()).unwrap();
    for outbreak in outbreaks {
        let found = named(&scenario["outbreaks"], "name", outbreak["name"].as_str().unwrap());
        assert_eq!((&found["id"], &found["first_seen"]), (&outbreak["id"], &outbreak["first_seen"]));
        assert_eq!(span(&found["protection_time"]), span(&outbreak["protection_time"]));
    }
    // Two of them released messages, with the virus of their messages.
    for name in ["Storm_Greeting_Card", "Court_Notice_Trojan"] {
        let [found, source] =
            [&scenario, &source].map(|scenario| named(&scenario["outbreaks"], "name", name)["virus"].clone());
        assert_eq!(found, source);
    }
    let held = |exports: &Path| {
        let text = fs::read_to_string(exports.join("c650/virus_outbreaks_virus_outbreak_filter_details.csv")).unwrap();
        let rows = text.lines().skip(1).map(|row| row.rsplit(',').next().unwrap().parse::<f64>().unwrap());
        rows.collect::<Vec<_>>()
    };
    let out = directory.path().join("out");
    run_well(&["run", fitted.to_str().unwrap(), "--quiet", "--out", out.to_str().unwrap(), "--only", "20"]);
    for (found, expected) in held(&out.join("outbreak")).into_iter().zip(held(&original)) {
        assert!((found - expected).abs() <= 5.0 * expected.sqrt(), "{found} held, {expected} expected");
    }
    // The burst of the scenario is found, and no other.
    let types = scenario["virus_types"].as_array().unwrap();
    let bursts =
        types.iter().filter_map(|each| Some((each["name"].as_str().unwrap(), each.get("bursts")?.as_array()?)));
    let bursts: Vec<_> = bursts.filter(|(name, _)| !["W32/Nuwar-Fam", "Mal/Behav-103"].contains(name)).collect();
    let [("Troj/Pushdo-Gen", bursts)] = bursts[..] else { panic!("{bursts:?}") };
    let source = &named(&source["virus_types"], "name", "Troj/Pushdo-Gen")["bursts"][0];
    assert_eq!(
        (bursts.len(), &bursts[0]["begin"], span(&bursts[0]["span"])),
        (1, &source["begin"], span(&source["span"]))
    );
    assert_near(&bursts[0]["factor"], number(&source["factor"]), 0.25, "factor");
}

#[test]
fn the_largest_users_owners_and_domains_have_their_own_values() {
    let directory = tempfile::tempdir().unwrap();
    let domain = "{domain=\"large.example\", per_week=60000, addresses=3, sbrs=[{from=5.5, to=5.5, share=1}], starttls=1, \
                  messages_per_connection=4}";
    let settings = [
        "time.span=6h".to_owned(),
        "time.begin=2008-11-18T06:00:00Z".into(),
        "outbreaks=[]".into(),
        "events=[]".into(),
        "incoming.ham-people.listed=[".to_owned() + domain + "]",
        "listeners.public.policies.ACCEPTED.tls=preferred".into(),
        "users.listed=[{name=\"boss\", received=0.2, sent=0.1, exposed=0.05}]".into(),
        "networks.broadband.listed_owners=[{name=\"Large Networks\", share=0.25}]".into(),
    ];
    let options: Vec<&str> =
        settings.iter().flat_map(|setting| ["--set", setting]).chain(["--volume", "0.4"]).collect();
    let original = export(&directory.path().join("original"), "c650-week", &options);
    let (_, scenario) = fit(&original);
    let classes = scenario["incoming"].as_array().unwrap();
    let clean = classes.iter().filter(|class| class["name"].as_str().unwrap().starts_with("clean-"));
    let large: Vec<&Value> = clean.map(|class| named(&class["listed"], "domain", "large.example")).collect();
    assert!(!large.is_empty());
    for large in &large {
        assert_eq!(large["addresses"].as_integer(), Some(3), "{large}");
        assert_eq!((number(&large["sbrs"][0]["from"]), number(&large["sbrs"][0]["to"])), (5.5, 5.5), "{large}");
        assert_eq!(number(&large["starttls"]), 1.0, "{large}");
        assert_near(&large["messages_per_connection"], 4.0, 0.15, "messages per connection");
    }
    let user = named(&scenario["users"]["listed"], "name", "boss");
    assert_near(&user["received"], 0.2, 0.05, "received");
    assert_near(&user["sent"], 0.1, 0.25, "sent");
    assert_near(&user["exposed"], 0.05, 0.1, "exposed");
    // The owner's share of the addresses is that of its connections.
    let path = original.join("c650/incoming_mail_incoming_network_owners.csv");
    let (mut own, mut all) = (0.0, 0.0);
    for row in csv::Reader::from_path(path).unwrap().records().map(Result::unwrap) {
        let connections: f64 = [12, 13].iter().map(|&column: &usize| row[column].parse::<f64>().unwrap()).sum();
        all += connections;
        own += if &row[4] == "Large Networks" { connections } else { 0.0 };
    }
    let network = named(&scenario["networks"], "name", "senders");
    assert_near(&named(&network["listed_owners"], "name", "Large Networks")["share"], own / all, 1e-9, "owner");
}

#[test]
fn tls_is_required_in_the_sender_groups_and_for_the_destinations_that_show_it() {
    let directory = tempfile::tempdir().unwrap();
    let original = export(directory.path(), "fixture", &[]).join("c650");
    let (_, scenario) = fit(&original);
    let listener = &scenario["listeners"][0];
    let setting = |group: &str| {
        let policy = named(&listener["sender_groups"], "name", group)["policy"].as_str().unwrap();
        named(&listener["policies"], "name", policy)["tls"].as_str().unwrap()
    };
    assert_eq!((setting("PARTNERS"), setting("ALL")), ("required", "preferred"));
    // Mail to this destination is never delivered, but its attempts are counted.
    let destinations = named(&scenario["outgoing"][0]["destinations"], "name", "required");
    let failing = named(&destinations["listed"], "domain", "required.example");
    assert_eq!(number(&failing["starttls_fails_after220"]), 1.0);
    assert!(number(&failing["per_week"]) > 0.0, "{failing}");
}

#[test]
fn errors_have_no_text_of_the_input_and_keys_are_for_their_owner_alone() {
    let directory = tempfile::tempdir().unwrap();
    let planted = export(&directory.path().join("Planted"), "fixture", &[]).join("c650");
    let path = planted.join("internal_users_internal_user_mail_flow_overview.csv");
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replacen("@example.com,", "@example.com,Planted", 1)).unwrap();
    for file in fs::read_dir(&planted).unwrap().map(Result::unwrap).filter(|file| file.path() != path) {
        fs::remove_file(file.path()).unwrap();
    }
    let planted = planted.to_str().unwrap();
    let missing = format!("{planted}/Planted");
    let commands: [&[&str]; 4] = [
        &["fit", planted, "-o", "-"],
        &["fit", planted, "-o", "-", "--as", "Planted.csv=3"],
        &["compare", planted, planted],
        &["compare", &missing, planted],
    ];
    for command in commands {
        let output = run(command);
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(!text.contains("Planted") && text.contains("PATH"), "{text}");
    }
    assert!(stderr(&run(&["fit", planted, "-o", "-", "--keep-names"])).contains("Planted"));

    let original = export(directory.path(), "fixture", &[]).join("c650");
    let fit = |out: &Path, key: &Path| {
        run(&["fit", original.to_str().unwrap(), "-o", out.to_str().unwrap(), "--key-file", key.to_str().unwrap()])
    };
    let (out, key) = (directory.path().join("fitted.toml"), directory.path().join("key"));
    let same = fit(&key, &directory.path().join(".").join("key"));
    assert_eq!((same.status.code(), key.exists()), (Some(2), false));
    assert!(stderr(&same).contains("found the same file"), "{}", stderr(&same));
    fs::write(&key, [7; 32]).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
        let open = fit(&out, &key);
        assert_eq!((open.status.code(), out.exists()), (Some(2), false));
        assert!(stderr(&open).contains("(mode 640)") && stderr(&open).contains("chmod 600"), "{}", stderr(&open));
        fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    }
    assert_eq!(fit(&out, &key).status.code(), Some(0));
}

#[test]
fn outbreaks_without_an_infected_message_are_kept() {
    let directory = tempfile::tempdir().unwrap();
    let original = export(directory.path(), "c650-week", &["--volume", "0.01", "--set", "time.span=1d"]);
    let (_, scenario) = fit(&original);
    assert!(!scenario["outbreaks"].as_array().unwrap().is_empty());
    assert_eq!(scenario["virus_types"].as_array().unwrap().len(), 1);
}
