//! Jobs that end their process, and what is published of a document beside its bytes.

use std::time::{Duration, SystemTime};

use serde_json::Value;
use stoa_proto::{
    ingestion::{
        Job, JobState, Stage, SubmitHeader, SubmitRequest, WatchJobRequest,
        ingestion_service_client::IngestionServiceClient, submit_request::Part,
    },
    retrieval::{
        Passage, SearchMode, SearchRequest, retrieval_service_client::RetrievalServiceClient,
    },
};
use stoa_tests::{
    Home, PATIENCE, Stoa,
    endpoint::{Endpoint, KEY, Writes},
    files, wait_until, wait_until_or, write,
};

const LAMPS: &str = "# Lamps\n\nThe lamps of the quay are lit at six.\n";

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

fn header(name: &str) -> SubmitHeader {
    SubmitHeader {
        space: "default".to_owned(),
        name: name.to_owned(),
        ..SubmitHeader::default()
    }
}

async fn submit(stoa: &Stoa<'_>, header: SubmitHeader, bytes: impl Into<Vec<u8>>) -> Job {
    let parts = [Part::Header(header), Part::Chunk(bytes.into())];
    let parts = parts.map(|part| SubmitRequest { part: Some(part) });
    let mut ingestion = IngestionServiceClient::new(stoa.channel());
    let answer = ingestion.submit(futures::stream::iter(parts)).await;
    answer.expect("submitted").into_inner().job.expect("a job")
}

/// Watches a job until a condition holds, and returns the job as it was then.
async fn watch(stoa: &Stoa<'_>, job: &Job, until: impl Fn(&Job) -> bool) -> Job {
    let request = WatchJobRequest {
        space: "default".to_owned(),
        id: job.id.clone(),
    };
    let mut ingestion = IngestionServiceClient::new(stoa.channel());
    let watching = ingestion.watch_job(request).await;
    let mut changes = watching.expect("watched").into_inner();
    let next = async {
        while let Some(change) = changes.message().await.expect("the stream lives") {
            if let Some(job) = change.job.filter(|job| until(job)) {
                return job;
            }
        }
        panic!("the job ended before it got there");
    };
    let got_there = tokio::time::timeout(PATIENCE, next).await;
    got_there.expect("the job gets there")
}

async fn taught(stoa: &Stoa<'_>, header: SubmitHeader, bytes: impl Into<Vec<u8>>) -> Job {
    let job = submit(stoa, header, bytes).await;
    let has_ended = |job: &Job| {
        matches!(
            job.state(),
            JobState::Succeeded | JobState::Failed | JobState::Cancelled
        )
    };
    let job = watch(stoa, &job, has_ended).await;
    assert_eq!(job.state(), JobState::Succeeded, "{job:?}");
    job
}

async fn found(stoa: &Stoa<'_>, collections: &[&str], access: &[&str]) -> Vec<Passage> {
    let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    let mut request = SearchRequest {
        space: "default".to_owned(),
        query: "lamps of the quay".to_owned(),
        limit: 10,
        collections: owned(collections),
        access: owned(access),
        ..SearchRequest::default()
    };
    request.set_mode(SearchMode::Keyword);
    let mut retrieval = RetrievalServiceClient::new(stoa.channel());
    let answer = retrieval.search(request).await;
    answer.expect("searched").into_inner().passages
}

#[test]
fn a_job_that_ends_its_process_is_given_up_with_a_reason() {
    let home = Home::with(&["generation.model=extractive", "ingestion.max_attempts=2"]);
    let runtime = runtime();
    let mut stoa = home.up(&[]).expect("starts");
    let job = runtime.block_on(submit(&stoa, header("lamps.html"), files::html(400)));
    for attempt in 1..=2 {
        runtime.block_on(watch(&stoa, &job, |job| {
            job.attempt == attempt && job.stage() >= Stage::Parse
        }));
        stoa.kill_dash_nine();
        stoa = home.up(&[]).expect("starts again");
    }
    let job = runtime.block_on(watch(&stoa, &job, |job| job.state() == JobState::Failed));
    let error = job.error.expect("a reason");
    assert_eq!(job.attempt, 2);
    assert_ne!(error.stage(), Stage::Unspecified);
    for said in ["the program ended while it worked on this", "2 attempts"] {
        assert!(error.reason.contains(said), "{}", error.reason);
    }
    runtime.block_on(async {
        taught(&stoa, header("lamps.md"), LAMPS).await;
        assert_eq!(found(&stoa, &[], &[]).await.len(), 1, "others are learned");
    });
}

#[test]
fn what_a_document_is_published_as_changes_with_its_settings() {
    let home = Home::new();
    let stoa = home.up(&[]).expect("starts");
    let in_collection = |collection: &str, access: &[&str]| SubmitHeader {
        collection: collection.to_owned(),
        access: access.iter().map(|tag| (*tag).to_owned()).collect(),
        ..header("lamps.md")
    };
    runtime().block_on(async {
        let first = taught(&stoa, in_collection("quay", &[]), LAMPS).await;
        assert_eq!(found(&stoa, &["quay"], &[]).await.len(), 1);

        let moved = taught(&stoa, in_collection("harbour", &[]), LAMPS).await;
        assert!(
            !moved.unchanged && moved.version > first.version,
            "{moved:?}"
        );
        assert_eq!(moved.replaces, None, "it is the same file");
        assert!(found(&stoa, &["quay"], &[]).await.is_empty());
        assert_eq!(found(&stoa, &["harbour"], &[]).await.len(), 1);

        let closed = taught(&stoa, in_collection("harbour", &["staff", "board"]), LAMPS).await;
        assert!(!closed.unchanged, "{closed:?}");
        assert!(found(&stoa, &[], &[]).await.is_empty());
        assert_eq!(found(&stoa, &[], &["staff"]).await.len(), 1);

        let again = taught(&stoa, in_collection("harbour", &["board", "staff"]), LAMPS).await;
        assert!(again.unchanged, "{again:?}");
        assert_eq!(again.version, closed.version);
    });
}

#[test]
fn another_model_makes_the_same_bytes_anew() {
    let endpoint = Endpoint::start(64, Writes::Refuses(500));
    let home = Home::with(&[
        "generation.model=extractive",
        "embedding.dimensions=64",
        &format!("embedding.url={}", endpoint.url),
    ])
    .env("STOA_EMBEDDING_API_KEY", KEY);
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = write(folder.path(), "lamps.md", LAMPS);
    let unchanged = |stoa: &Stoa<'_>| {
        stoa.good(&["learn", &path]);
        let jobs = stoa.good(&["jobs", "--limit", "1"]);
        jobs["jobs"][0]["unchanged"].as_bool().expect("it is said")
    };
    let stoa = home
        .up(&["--set", "embedding.model=first"])
        .expect("starts");
    assert!(!unchanged(&stoa));
    assert!(unchanged(&stoa));
    assert!(stoa.interrupt());
    let stoa = home
        .up(&["--set", "embedding.model=second"])
        .expect("starts");
    assert!(!unchanged(&stoa), "the index of this model has nothing");
    let found = stoa.good(&["search", "lamps of the quay"]);
    assert!(found.to_string().contains("lit at six"), "{found}");
    assert!(unchanged(&stoa));
}

/// Names of all documents.
fn documents(stoa: &Stoa<'_>) -> Vec<String> {
    let listed = stoa.good(&["documents"]);
    let listed = listed["documents"].as_array().expect("a list").iter();
    let names = listed.map(|document| document["name"].as_str().expect("a name").to_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[test]
fn a_file_keeps_its_document_and_one_from_elsewhere_has_its_own() {
    let home = Home::new();
    let stoa = home.up(&[]).expect("starts");
    let folder = tempfile::tempdir().expect("temporary folder");
    let file = |name: &str, text: &str| write(folder.path(), name, text);
    let learn = |paths: &[&str]| {
        let output = stoa.run(&[&["learn"][..], paths].concat());
        assert!(output.status.success(), "{output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };

    let alder = file(
        "alder/README.md",
        "# Alder\n\nBrandt services the boiler.\n",
    );
    let said = learn(&[&alder]);
    assert!(
        !said.contains("replaces") && !said.contains("kept as"),
        "{said}"
    );
    let birch = file(
        "birch/README.md",
        "# Birch\n\nThe roof has 22 cm of wool.\n",
    );
    let said = learn(&[&birch]);
    assert!(said.contains("kept as birch/README.md"), "{said}");
    assert_eq!(documents(&stoa), ["README.md", "birch/README.md"]);

    file(
        "birch/README.md",
        "# Birch\n\nThe roof has 30 cm of wool.\n",
    );
    let said = learn(&[&birch]);
    assert!(
        said.contains("replaces the earlier birch/README.md of"),
        "{said}"
    );
    assert_eq!(documents(&stoa), ["README.md", "birch/README.md"]);

    // The same file in another place is no other file.
    let moved = file(
        "moved/README.md",
        "# Alder\n\nBrandt services the boiler.\n",
    );
    learn(&[&moved]);
    assert_eq!(documents(&stoa), ["README.md", "birch/README.md"]);

    let cedar = file("cedar/notes.md", "# Cedar\n\nThe gate closes at nine.\n");
    let elm = file("elm/notes.md", "# Elm\n\nThe gate closes at ten.\n");
    learn(&[&cedar, &elm]);
    let all = [
        "README.md",
        "birch/README.md",
        "cedar/notes.md",
        "elm/notes.md",
    ];
    assert_eq!(documents(&stoa), all);
}

#[test]
fn a_file_without_a_place_says_what_it_replaces_and_whose() {
    let home = Home::new();
    let stoa = home.up(&[]).expect("starts");
    let by = |person: &str| SubmitHeader {
        taught_by: person.to_owned(),
        ..header("manual.txt")
    };
    runtime().block_on(async {
        let first = taught(&stoa, by("Ada"), "The gate closes at nine.").await;
        assert_eq!(first.replaces, None);
        let second = taught(&stoa, by("Bo"), "The gate closes at ten.").await;
        let earlier = second.replaces.expect("the first");
        assert_eq!(earlier.taught_by, "Ada");
        assert!(earlier.taught_at.is_some());
        let again = taught(&stoa, by("Ada"), "The gate closes at ten.").await;
        assert!(again.unchanged && again.replaces.is_none(), "{again:?}");
    });
}

#[test]
fn bytes_that_no_document_has_are_removed() {
    let home = Home::new();
    let stoa = home.up(&[]).expect("starts");
    let job = runtime().block_on(taught(&stoa, header("lamps.md"), LAMPS));
    assert_eq!(job.version, 1);
    assert!(stoa.interrupt());
    // As a kill leaves them between storing the bytes and writing the row.
    let blobs = home.data().join("blobs");
    let orphan = |hash: &str, age: Duration| {
        let path = write(&blobs, &format!("{}/{hash}", &hash[..2]), "Lost.");
        let file = std::fs::File::options().write(true).open(&path);
        let modified = SystemTime::now() - age;
        file.and_then(|file| file.set_modified(modified))
            .expect("its time is set");
        std::path::PathBuf::from(path)
    };
    let old = orphan(&"ab".repeat(32), Duration::from_secs(2 * 24 * 3_600));
    let young = orphan(&"cd".repeat(32), Duration::ZERO);
    let stoa = home.up(&[]).expect("starts again");
    wait_until("the orphan is gone", || !old.exists());
    assert!(young.exists(), "it may be of an upload that is under way");
    let again: Value = stoa.good(&["documents"]);
    assert_eq!(again["documents"].as_array().map(Vec::len), Some(1));
    let counted = || {
        let folders = std::fs::read_dir(&blobs).expect("a folder").flatten();
        let files = folders.filter_map(|folder| std::fs::read_dir(folder.path()).ok());
        files.flat_map(Iterator::flatten).count()
    };
    assert_eq!(counted(), 2, "the document's bytes stay");
    // What a newer version replaces goes once, and what a document still has never.
    runtime().block_on(async {
        taught(
            &stoa,
            header("lamps.md"),
            "# Lamps\n\nThey are lit at seven.\n",
        )
        .await;
    });
    wait_until_or(
        || format!("the older version's bytes are gone: {} files", counted()),
        || counted() == 2,
    );
}
