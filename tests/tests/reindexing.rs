//! Another embedding model: what answers until its index is whole, and what does then.

use std::process::Output;

use serde_json::Value;
use stoa_proto::retrieval::{
    ReindexRequest, ReindexResponse, SwitchIndexRequest,
    retrieval_service_client::RetrievalServiceClient,
};
use stoa_test_qdrant::Qdrant;
use stoa_tests::{
    Home, Stoa,
    endpoint::{Endpoint, KEY, Writes},
    wait_until, write,
};
use tempfile::TempDir;
use tonic::{Code, Status};

const LAMPS: &str = "# Lamps\n\nThe lamps of the quay are lit at six by the harbour master.\n";
const GATES: &str = "# Gates\n\nThe gates of the lock are opened by the engineer on duty.\n";
const BOATS: &str = "# Boats\n\nEvery boat is painted by its owner in the spring of each year.\n";
/// Passages that a call embeds at most.
const PART: u64 = 64;

/// A folder whose embedding model, of 64 dimensions whatever its name, is behind an endpoint.
fn home(endpoint: &Endpoint) -> Home {
    Home::with(&[
        "generation.model=extractive",
        "embedding.dimensions=64",
        &format!("embedding.url={}", endpoint.url),
    ])
    .env("STOA_EMBEDDING_API_KEY", KEY)
}

fn endpoint() -> Endpoint {
    Endpoint::start(64, Writes::Refuses(500))
}

fn up<'a>(home: &'a Home, model: &str) -> Stoa<'a> {
    let model = format!("embedding.model={model}");
    home.up(&["--set", &model]).expect("starts")
}

/// Teaches a file of the tests' own folder: what is taught by the same path again takes the place of what it was.
fn teach(stoa: &Stoa<'_>, files: &TempDir, name: &str, text: &str) {
    stoa.good(&["learn", &write(files.path(), name, text)]);
}

fn files() -> TempDir {
    tempfile::tempdir().expect("temporary folder")
}

/// What a search finds first.
fn found(stoa: &Stoa<'_>, question: &str, mode: &str) -> String {
    let found = stoa.good(&["search", question, "--mode", mode, "--limit", "1"]);
    let text = found["passages"][0]["text"].as_str();
    text.unwrap_or_default().to_owned()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn refused(stoa: &Stoa<'_>, arguments: &[&str]) -> String {
    let output = stoa.run(arguments);
    assert!(!output.status.success(), "{arguments:?} is taken");
    said(&output)
}

fn kept(report: &Value) -> Vec<&str> {
    let kept = report["kept"].as_array().expect("a list").iter();
    kept.map(|name| name.as_str().expect("a name")).collect()
}

/// One call, as the command makes many of them.
fn part(stoa: &Stoa<'_>, from: &str) -> ReindexResponse {
    runtime().block_on(async {
        let mut retrieval = RetrievalServiceClient::new(stoa.channel());
        let request = ReindexRequest {
            from: from.to_owned(),
        };
        let answer = retrieval.reindex(request).await;
        answer.expect("a part is done").into_inner()
    })
}

fn switch(stoa: &Stoa<'_>) -> Result<(), Status> {
    runtime().block_on(async {
        let mut retrieval = RetrievalServiceClient::new(stoa.channel());
        retrieval
            .switch_index(SwitchIndexRequest {})
            .await
            .map(|_| ())
    })
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime")
}

/// Another model of the same length: what answers, what is taught meanwhile, and what is forgotten.
fn another_model_takes_over(home: &Home) {
    let files = files();
    let stoa = up(home, "first");
    teach(&stoa, &files, "lamps.md", LAMPS);
    teach(&stoa, &files, "gates.md", GATES);
    let nothing = stoa.good(&["reindex"]);
    assert_eq!(nothing["embedded"], 0, "{nothing}");
    assert!(stoa.interrupt());

    let stoa = up(home, "second");
    let lamps = "lamps of the quay";
    assert!(found(&stoa, lamps, "hybrid").contains("lit at six"));
    assert!(found(&stoa, lamps, "keyword").contains("lit at six"));
    let no = refused(&stoa, &["search", lamps, "--mode", "dense"]);
    assert!(
        no.contains("stoa reindex") && no.contains("previous_address"),
        "{no}"
    );
    teach(&stoa, &files, "boats.md", BOATS);
    teach(
        &stoa,
        &files,
        "gates.md",
        &GATES.replace("engineer", "porter"),
    );
    assert!(found(&stoa, "boat painted spring", "hybrid").contains("owner"));
    let report = stoa.good(&["doctor"]);
    assert!(report.to_string().contains("there too"), "{report}");

    let report = stoa.good(&["reindex"]);
    let index = report["index"].as_str().expect("a name").to_owned();
    assert!(index.contains("second"), "{report}");
    assert_eq!(report["embedded"], 1, "only what was not taught: {report}");
    assert_eq!(report["passages"], 3, "{report}");
    let before = kept(&report);
    assert!(before.len() == 1 && before[0].contains("first"), "{report}");
    assert!(found(&stoa, lamps, "dense").contains("lit at six"));
    assert!(found(&stoa, "gates of the lock", "dense").contains("porter"));
    assert!(found(&stoa, "boat painted spring", "dense").contains("owner"));

    // What is forgotten, or replaced, does not come back with the model before.
    stoa.good(&["forget", "lamps.md"]);
    teach(&stoa, &files, "boats.md", &BOATS.replace("owner", "crew"));
    assert!(stoa.interrupt());
    let stoa = up(home, "first");
    let report = stoa.good(&["reindex"]);
    assert!(report["index"].as_str().expect("a name").contains("first"));
    assert!(!found(&stoa, lamps, "dense").contains("lit at six"));
    assert!(found(&stoa, "boat painted spring", "dense").contains("crew"));
    assert_eq!(report["passages"], 2, "{report}");

    let answers = report["index"].as_str().expect("a name");
    let no = refused(&stoa, &["reindex", "--remove", answers]);
    assert!(no.contains("answers"), "{no}");
    stoa.good(&["reindex", "--remove", &index]);
    let report = stoa.good(&["reindex"]);
    assert_eq!(kept(&report), Vec::<&str>::new());
    let no = refused(&stoa, &["reindex", "--remove", &index]);
    assert!(no.contains("there is no index"), "{no}");
    assert!(found(&stoa, "boat painted spring", "dense").contains("crew"));
    assert!(stoa.interrupt());
}

#[test]
fn another_model_takes_over_in_the_embedded_index() {
    let endpoint = endpoint();
    another_model_takes_over(&home(&endpoint));
}

#[test]
fn another_model_takes_over_on_qdrant() {
    let (endpoint, qdrant) = (endpoint(), Qdrant::with_key("a-key-of-qdrant"));
    let home = home(&endpoint)
        .env("STOA_QDRANT_URL", &qdrant.url)
        .env("STOA_QDRANT_API_KEY", "a-key-of-qdrant");
    another_model_takes_over(&home);
    assert_eq!(qdrant.collections().len(), 1);
    assert_eq!(
        qdrant.alias("passages"),
        qdrant.collections().into_iter().next()
    );
    assert_eq!(qdrant.unknown(), Vec::<String>::new());
}

#[test]
fn on_qdrant_another_process_follows_the_switch() {
    let files = files();
    let (endpoint, qdrant) = (endpoint(), Qdrant::start());
    let home = home(&endpoint).env("STOA_QDRANT_URL", &qdrant.url);
    let stoa = up(&home, "first");
    teach(&stoa, &files, "lamps.md", LAMPS);
    let answer = stoa.good(&["ask", "When are the lamps of the quay lit?"]);
    assert!(answer.to_string().contains("at six"), "{answer}");
    assert!(stoa.interrupt());
    let stoa = up(&home, "second");
    let other = stoa.beside("retrieval", &[]).expect("starts");
    // A channel works as long as the runtime that it was made in.
    let runtime = runtime();
    let channel = runtime.block_on(async { other.channel(&stoa) });
    let dense = || {
        runtime.block_on(async {
            let mut retrieval = RetrievalServiceClient::new(channel.clone());
            let request = stoa_proto::retrieval::SearchRequest {
                space: "default".to_owned(),
                query: "lamps of the quay".to_owned(),
                mode: stoa_proto::retrieval::SearchMode::Dense.into(),
                ..stoa_proto::retrieval::SearchRequest::default()
            };
            let found = retrieval.search(request).await?.into_inner();
            Ok::<usize, Status>(found.passages.len())
        })
    };
    wait_until("it has opened the index", || {
        dense().is_err_and(|status| status.code() == Code::FailedPrecondition)
    });
    stoa.good(&["reindex"]);
    wait_until("it follows", || dense().is_ok_and(|found| found == 1));
    stoa.good(&["forget", "lamps.md"]);
    assert_eq!(dense().expect("it answers"), 0);
    assert_eq!(qdrant.unknown(), Vec::<String>::new());
}

#[test]
fn a_kill_in_the_middle_costs_nothing_that_was_done() {
    let files = files();
    let endpoint = endpoint();
    let home = home(&endpoint);
    let stoa = up(&home, "first");
    let section = |number: usize| {
        let sentence = format!("The lamp of house {number} is lit by keeper {number}. ");
        format!("# House {number}\n\n{}\n\n", sentence.repeat(16))
    };
    let text: String = (0..90).map(section).collect();
    teach(&stoa, &files, "houses.md", &text);
    assert!(stoa.interrupt());

    let stoa = up(&home, "second");
    let first = part(&stoa, "");
    assert!(first.passages > PART, "{first:?}");
    assert_eq!((first.embedded, first.done), (PART, PART));
    assert!(!first.next.is_empty());
    let early = switch(&stoa).expect_err("it is not whole");
    assert_eq!(early.code(), Code::FailedPrecondition, "{early}");
    assert!(found(&stoa, "lamp of house 7", "hybrid").contains("lamp"));
    stoa.kill_dash_nine();

    let stoa = up(&home, "second");
    let report = stoa.good(&["reindex"]);
    assert_eq!(report["passages"], first.passages, "{report}");
    assert_eq!(report["embedded"], first.passages - PART, "{report}");
    assert!(found(&stoa, "lamp of house 7", "dense").contains("lamp"));
    // What was switched is switched after a kill, too.
    stoa.kill_dash_nine();
    let stoa = up(&home, "second");
    assert!(found(&stoa, "lamp of house 7", "dense").contains("lamp"));
    assert!(stoa.interrupt());
}

#[test]
fn with_the_model_before_beside_it_nothing_gets_worse_meanwhile() {
    let files = files();
    let endpoint = endpoint();
    let now = home(&endpoint);
    let stoa = up(&now, "first");
    teach(&stoa, &files, "lamps.md", LAMPS);
    assert!(stoa.interrupt());
    let token = std::fs::read_to_string(now.data().join("token")).expect("a token");
    let before = home(&endpoint).env("STOA_TOKEN", token.trim());
    let old = up(&before, "first");
    let address = format!("embedding.previous_address={}", old.address);
    let model = ["--set", "embedding.model=second", "--set", &address];
    let stoa = now.up(&model).expect("starts");
    assert!(found(&stoa, "lamps of the quay", "dense").contains("lit at six"));
    teach(&stoa, &files, "boats.md", BOATS);
    assert!(found(&stoa, "boat painted spring", "dense").contains("owner"));
    let report = stoa.good(&["reindex"]);
    assert_eq!(report["embedded"], 1, "{report}");
    drop(old);
    assert!(found(&stoa, "boat painted spring", "dense").contains("owner"));
}
