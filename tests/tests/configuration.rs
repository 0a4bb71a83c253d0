//! What the program is configured with: what stops it, what it shows of it, and what it goes out by.

use secrecy::SecretString;
use serde_json::Value;
use stoa_kit::grpc;
use stoa_proto::retrieval::{StatsRequest, retrieval_service_client::RetrievalServiceClient};
use stoa_tests::{
    Home,
    proxy::{Page, Proxy},
};

/// What gRPC calls a caller that it does not know.
const UNAUTHENTICATED: i32 = 16;
/// Nothing listens there.
const NOBODY: &str = "127.0.0.1:9";

/// Runs a command that must fail, and returns what it says.
fn refused(home: &Home, arguments: &[&str]) -> String {
    let output = home.command(arguments).output().expect("runs");
    assert!(!output.status.success(), "{arguments:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn check<'a>(report: &'a Value, name: &str) -> &'a Value {
    let checks = report["checks"].as_array().expect("a list");
    let found = checks.iter().find(|check| check["name"] == name);
    found.unwrap_or_else(|| panic!("{name} is looked at: {report}"))
}

fn says(check: &Value, words: &str) -> bool {
    check["detail"]
        .as_str()
        .is_some_and(|detail| detail.contains(words))
}

#[test]
fn a_service_of_kubernetes_keeps_nothing_from_starting_and_a_misspelt_key_does() {
    let home = Home::new()
        .env("STOA_GENERATION_SERVICE_HOST", "10.96.7.20")
        .env("STOA_GENERATION_SERVICE_PORT", "50051")
        .env("STOA_GENERATION_SERVICE_PORT_GRPC", "50051")
        .env("STOA_GENERATION_PORT", "tcp://10.96.7.20:50051")
        .env("STOA_GENERATION_PORT_50051_TCP", "tcp://10.96.7.20:50051")
        .env("STOA_GENERATION_PORT_50051_TCP_PROTO", "tcp")
        .env("STOA_GENERATION_PORT_50051_TCP_PORT", "50051")
        .env("STOA_GENERATION_PORT_50051_TCP_ADDR", "10.96.7.20")
        .env("STOA_BENCH_DATA", "/data");
    let stoa = home.up(&[]).expect("starts");
    assert!(stoa.run(&["documents"]).status.success());
    drop(stoa);
    let home = home.env("STOA_GENERATION_MODLE", "x");
    assert!(refused(&home, &["up", "--port", "0"]).contains("did you mean `generation.model`?"));
}

#[test]
fn a_token_that_keeps_nobody_out_stops_every_service_at_its_start() {
    for token in ["", " ", "\n", "short"] {
        let home = Home::new().env("STOA_TOKEN", token);
        for command in [
            "up",
            "ingestion",
            "embedding",
            "retrieval",
            "generation",
            "discord",
            "telegram",
        ] {
            let said = refused(&home, &[command]);
            assert!(
                said.contains("`token` is") && said.contains("STOA_TOKEN"),
                "{command} with {token:?}: {said}"
            );
        }
    }
}

#[test]
fn a_call_without_the_token_is_refused() {
    let home = Home::new();
    let stoa = home.up(&[]).expect("starts");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        for token in ["", "x", "0123456789abcdef0123456789abcdef"] {
            let channel = grpc::connect(&stoa.address, &SecretString::from(token));
            let request = StatsRequest {
                space: "default".to_owned(),
                ..StatsRequest::default()
            };
            let answer = RetrievalServiceClient::new(channel.expect("an address"))
                .stats(request)
                .await;
            let code = i32::from(answer.expect_err("no such token").code());
            assert_eq!(code, UNAUTHENTICATED, "{token:?}");
        }
    });
}

#[test]
fn the_doctor_looks_at_the_one_that_runs_and_says_whose_configuration_it_is() {
    let model = format!("generation.url=http://{NOBODY}/v1");
    let home = Home::with(&[&model, "generation.model=absent"]);
    let stoa = home.up(&[]).expect("starts");
    // The doctor's own environment names no language model.
    let (good, report) = stoa.json(&["doctor"]);
    assert!(!good && report["ok"] == false, "{report}");
    assert!(
        says(check(&report, "configuration"), &stoa.address),
        "{report}"
    );
    let model = check(&report, "language model");
    assert!(model["ok"] == false && says(model, NOBODY), "{report}");
    assert!(
        model["fix"]
            .as_str()
            .is_some_and(|fix| fix.contains("STOA_GENERATION_URL")),
        "{report}"
    );
    for name in ["PostgreSQL", "NATS"] {
        let found = check(&report, name);
        assert!(found["ok"] == true && says(found, "127.0.0.1:"), "{report}");
    }
    drop(stoa);
    let output = home.command(&["doctor"]).output().expect("runs");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("that of this command"), "{said}");
}

#[test]
fn no_password_of_an_address_is_shown() {
    let home = Home::new()
        .env("STOA_NATS_URL", "nats://bot:hunter2@127.0.0.1:9")
        .env("STOA_QDRANT_URL", "http://bot:hunter2@127.0.0.1:9")
        .env(
            "STOA_DATABASE_URL",
            "postgres://bot:hunter2@127.0.0.1:9/stoa",
        )
        .env("STOA_GENERATION_URL", "http://bot:hunter2@127.0.0.1:9/v1")
        .env(
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            "http://bot:hunter2@127.0.0.1:9",
        );
    let output = home.command(&["doctor", "--json"]).output().expect("runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(!said.contains("hunter2"), "{said}");
    let report: Value = serde_json::from_str(&said).expect("JSON");
    for name in [
        "NATS",
        "vector index",
        "PostgreSQL",
        "language model",
        "traces",
    ] {
        let found = check(&report, name);
        assert!(found["ok"] == false && says(found, NOBODY), "{report}");
    }
    let said = refused(
        &home,
        &["ask", "x", "--set", "nats.url=nats://bot:hunter2@h"],
    );
    assert!(said.contains("STOA_NATS_URL_FILE") && !said.contains("hunter2"));
}

#[test]
fn pages_are_fetched_by_the_proxy_and_private_ones_are_not() {
    let proxy = Proxy::to_pages([
        (
            "http://93.184.215.14/ferry.html",
            Page::Text("<h1>Ferry</h1><p>The ferry to Aegna leaves at nine in the morning.</p>"),
        ),
        // Nobody may have this name, so only the proxy knows it.
        (
            "http://docs.invalid/crew.html",
            Page::Moved("/new/crew.html".to_owned()),
        ),
        (
            "http://docs.invalid/new/crew.html",
            Page::Text("<h1>Crew</h1><p>The captain of the ferry is called Saffron.</p>"),
        ),
        (
            "http://docs.invalid/inside.html",
            Page::Moved("http://169.254.169.254/secret".to_owned()),
        ),
    ]);
    let home = Home::new()
        .env("HTTP_PROXY", &proxy.url)
        .env("NO_PROXY", "");
    let stoa = home.up(&[]).expect("starts");
    for (page, word) in [
        ("http://93.184.215.14/ferry.html", "Aegna"),
        ("http://docs.invalid/crew.html", "Saffron"),
    ] {
        stoa.good(&["learn", page]);
        let found = stoa.good(&["search", word, "--mode", "keyword", "--limit", "1"]);
        assert!(found.to_string().contains(word), "{page}: {found}");
    }
    for page in [
        "http://docs.invalid/inside.html",
        "http://localhost/secret",
        "http://[64:ff9b::7f00:1]/secret",
        "http://[2002:7f00:1::]/secret",
        "http://198.18.0.1/secret",
    ] {
        let (good, learned) = stoa.json(&["learn", page]);
        let reason = &learned["jobs"][0]["error"]["reason"];
        let told = reason
            .as_str()
            .is_some_and(|reason| reason.contains("private network"));
        assert!(!good && told, "{page}: {learned}");
    }
    let asked = proxy.asked();
    assert!(
        !asked.iter().any(|page| page.contains("secret")),
        "{asked:?}"
    );
}
