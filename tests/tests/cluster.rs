//! Each service by itself, as an operator runs it: with a certificate of its own, on servers that want one.

use serde_json::Value;
use stoa_tests::{
    certificates::Authority,
    chaos,
    cluster::Process,
    discord::Discord,
    endpoint::{Endpoint, Writes},
    telegram::Telegram,
    wait_until_or,
};

/// What a doctor with the configuration of a process finds, and these settings.
fn examined(process: &Process, settings: &[&str]) -> Vec<Value> {
    let mut command = process.command("doctor");
    for setting in settings {
        command.args(["--set", setting]);
    }
    let output = command.arg("--json").output().expect("it runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    report["checks"].as_array().expect("a list").clone()
}

/// The checks of this name, of which there is one at least.
fn named<'c>(checks: &'c [Value], name: &str) -> Vec<&'c Value> {
    let own: Vec<&Value> = checks
        .iter()
        .filter(|check| check["name"] == name)
        .collect();
    assert!(!own.is_empty(), "{name}: {checks:?}");
    own
}

#[test]
fn the_doctor_calls_all_that_a_service_works_with_as_that_service_does() {
    let (discord, telegram) = (Discord::start(), Telegram::start());
    let endpoint = Endpoint::start(64, Writes::Quotes);
    let cluster = chaos::start(&discord, &telegram, &endpoint).expect("it starts");
    let services = ["embedding", "retrieval", "ingestion", "generation"];
    let systems = ["PostgreSQL", "NATS", "vector index"];
    for of in ["ingestion", "telegram"] {
        let mut processes = cluster.processes.iter();
        let process = processes.find(|process| process.service == of);
        let process = process.expect("it was started");
        let all = || {
            let checks = examined(process, &[]);
            let names = systems.iter().chain(&services);
            let found = names.flat_map(|name| named(&checks, name)).cloned();
            found.collect::<Vec<_>>()
        };
        // A service says that it is ready to be asked before its index is open.
        wait_until_or(
            || format!("all is well with {of}: {:#?}", all()),
            || all().iter().all(|check| check["ok"] == true),
        );
        let checks = examined(process, &[]);
        let database = named(&checks, "PostgreSQL")[0].to_string();
        assert!(database.contains("TLSv1.3"), "{database}");
        for name in services {
            let own = named(&checks, name);
            assert_eq!(own.len(), 2, "each process of it: {own:?}");
            for check in own {
                assert!(check.to_string().contains("https://"), "{check}");
            }
        }
    }
    let stranger = Authority::new();
    let trusts = format!("tls.ca={}", stranger.ca);
    let checks = examined(&cluster.processes[0], &[&trusts]);
    for check in services.iter().flat_map(|name| named(&checks, name)) {
        assert!(check["ok"] == false, "{check}");
        let fix = check["fix"].as_str().unwrap_or_default();
        assert!(fix.contains("tls.ca"), "{check}");
    }
}
