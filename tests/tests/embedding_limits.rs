//! Endpoints that take few texts at once, refuse one, or ask for patience.

use std::sync::{Arc, atomic::AtomicUsize};

use stoa_tests::{
    Home,
    endpoint::{Endpoint, KEY, Limits},
    write,
};

const QUESTION: &str = "How deep is pond number 9?";

fn home(endpoint: &Endpoint) -> Home {
    let url = format!("embedding.url={}", endpoint.url);
    let settings = [
        "generation.model=extractive",
        "embedding.model=test-embedder",
        "embedding.dimensions=64",
        "ingestion.max_attempts=1",
        &url,
    ];
    Home::with(&settings).env("STOA_EMBEDDING_API_KEY", KEY)
}

/// A document of many passages.
fn ponds(count: usize) -> String {
    let pond = |n: usize| format!("# Pond {n}\n\nPond number {n} is {n} metres deep.\n\n");
    (1..=count).map(pond).collect()
}

#[test]
fn an_endpoint_that_takes_four_texts_at_once_learns_a_document() {
    let limits = Limits {
        inputs: 4,
        ..Limits::default()
    };
    let endpoint = Endpoint::limited(64, limits);
    let home = home(&endpoint);
    let stoa = home.up(&[]).expect("starts");
    let folder = tempfile::tempdir().expect("temporary folder");
    let learned = stoa.good(&["learn", &write(folder.path(), "ponds.md", ponds(200))]);
    assert_eq!(learned["jobs"][0]["state"], "succeeded", "{learned}");
    let found = stoa.good(&["search", QUESTION]);
    assert!(found.to_string().contains("9 metres"), "{found}");
    let log = home.log();
    let named = log.matches("embedding.max_batch").count();
    assert_eq!(named, 1, "the setting that helps is named once:\n{log}");
}

#[test]
fn a_text_that_the_endpoint_refuses_fails_its_document_and_no_other() {
    let limits = Limits {
        too_long: Some("zeppelin"),
        ..Limits::default()
    };
    let endpoint = Endpoint::limited(64, limits);
    let home = home(&endpoint);
    let stoa = home.up(&[]).expect("starts");
    let folder = tempfile::tempdir().expect("temporary folder");
    let mut files = vec!["learn".to_owned()];
    for n in 0..6 {
        let text = if n == 3 {
            "The zeppelin lands on Mondays.\n".to_owned()
        } else {
            ponds(10 + n)
        };
        files.push(write(folder.path(), &format!("{n}.md"), text));
    }
    let arguments: Vec<&str> = files.iter().map(String::as_str).collect();
    let (good, learned) = stoa.json(&arguments);
    assert!(!good, "{learned}");
    let jobs = learned["jobs"].as_array().expect("jobs");
    for job in jobs {
        let bad = job["document"]
            .as_str()
            .is_some_and(|name| name.ends_with("3.md"));
        let state = if bad { "failed" } else { "succeeded" };
        assert_eq!(job["state"], state, "{job}");
        if bad {
            let reason = job["error"]["reason"].as_str().expect("a reason");
            assert!(reason.contains("zeppelin"), "the text is named: {reason}");
            assert!(reason.contains("maximum context length"), "{reason}");
        }
    }
}

#[test]
fn an_endpoint_that_asks_for_patience_gets_it() {
    let limits = Limits {
        too_soon: Arc::new(AtomicUsize::new(2)),
        ..Limits::default()
    };
    let endpoint = Endpoint::limited(64, limits);
    let home = home(&endpoint);
    let stoa = home.up(&[]).expect("starts");
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = write(folder.path(), "ponds.md", ponds(3));
    let learned = stoa.good(&["learn", &path]);
    assert_eq!(
        learned["jobs"][0]["state"], "succeeded",
        "in one attempt: {learned}"
    );
}
