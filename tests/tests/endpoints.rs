//! Models behind endpoints: what they do well is used, and what they do badly is said and survived.

use stoa_proto::generation::{
    AnswerRequest, CancelRequest, Done, Verdict, answer_response::Event,
    generation_service_client::GenerationServiceClient,
};
use stoa_tests::{
    Home, Stoa,
    endpoint::{Endpoint, KEY, Writes},
    wait_until, write,
};
use uuid::Uuid;

const LEAVE: &str =
    "# Leave\n\nEvery employee gets 27 days of vacation a year. Unused days expire on 31 March.\n";
const QUESTION: &str = "How many days of vacation does an employee get?";

fn home_with_model(endpoint: &Endpoint) -> Home {
    let url = format!("generation.url={}", endpoint.url);
    Home::with(&[&url, "generation.model=test-model"]).env("STOA_GENERATION_API_KEY", KEY)
}

fn teach_leave(stoa: &Stoa<'_>) {
    let folder = tempfile::tempdir().expect("temporary folder");
    stoa.good(&["learn", &write(folder.path(), "leave.md", LEAVE)]);
}

fn answer_with(writes: Writes) -> serde_json::Value {
    let endpoint = Endpoint::start(8, writes);
    let home = home_with_model(&endpoint);
    let stoa = home.up(&[]).expect("starts");
    teach_leave(&stoa);
    let answer = stoa.good(&["ask", QUESTION]);
    assert!(endpoint.calls() > 0, "the endpoint was asked: {answer}");
    answer
}

#[test]
fn what_a_remote_model_writes_is_checked() {
    let answer = answer_with(Writes::All(&[
        "Every employee gets 27 days",
        " of vacation a year [1]. Every employee",
        " gets 40 days of vacation in Berlin [1]. Unused days expire on 31 March. [1]",
    ]));
    assert_eq!(answer["model"], "test-model", "{answer}");
    let text = answer["answer"].as_str().expect("text");
    assert!(
        text.contains("27 days") && text.contains("31 March"),
        "{answer}"
    );
    assert!(
        !text.contains("40"),
        "what no passage carries is left out: {answer}"
    );
}

/// The smallest model that reads both texts: a statement follows where all its words stand.
const OVERLAP: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../crates/models/fixtures/overlap"
);

#[test]
fn an_entailment_model_says_no_where_words_would_say_yes() {
    let passage = "# Rowing club\n\nBoats are lent to members. Boats are not lent to guests.\n";
    let endpoint = Endpoint::start(
        8,
        Writes::All(&[
            "To members boats are lent [1]. Boats are also lent to members [1]. ",
            "Boats are lent to guests [1].",
        ]),
    );
    let url = format!("generation.url={}", endpoint.url);
    let entailment = format!("checking.entailment={OVERLAP}");
    let home = Home::with(&[
        &url,
        "generation.model=test-model",
        "checking.model=none",
        &entailment,
    ])
    .env("STOA_GENERATION_API_KEY", KEY);
    let stoa = home.up(&[]).expect("starts");
    let folder = tempfile::tempdir().expect("temporary folder");
    stoa.good(&["learn", &write(folder.path(), "club.md", passage)]);
    let answer = stoa.good(&["ask", "Whom are boats lent to?"]);
    let text = answer["answer"].as_str().expect("text");
    assert!(text.contains("To members boats are lent"), "{answer}");
    assert!(!text.contains("also"), "{answer}");
    assert!(!text.contains("lent to guests"), "{answer}");
}

#[test]
fn a_folder_that_holds_no_entailment_model_is_named_at_the_start() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let setting = format!("checking.entailment={}", folder.path().display());
    let home = Home::with(&[&setting]);
    let error = home.up(&[]).err().expect("it does not start").to_string();
    assert!(error.contains("has no model.onnx"), "{error}");
    let doctor = home
        .command(&["doctor", "--json", "--set", &setting])
        .output()
        .expect("it runs");
    let report = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(
        report.contains("checking.entailment names a folder"),
        "{report}"
    );
}

#[test]
fn a_model_that_only_invents_is_followed_by_quotes() {
    let answer = answer_with(Writes::All(&[
        "Every employee gets 40 days of vacation [1].",
    ]));
    assert_eq!(answer["model"], "extractive", "{answer}");
    assert!(
        answer["answer"]
            .as_str()
            .is_some_and(|text| text.contains("27 days")),
        "{answer}"
    );
}

#[test]
fn a_model_that_breaks_off_or_refuses_is_followed_by_quotes() {
    for writes in [
        Writes::BreaksOff(&["Every employee gets"]),
        Writes::Refuses(503),
    ] {
        let answer = answer_with(writes);
        assert_eq!(answer["model"], "extractive", "{answer}");
        assert!(
            answer["answer"]
                .as_str()
                .is_some_and(|text| text.contains("27 days")),
            "{answer}"
        );
    }
}

#[test]
fn a_turn_can_be_cancelled_and_is_answered_once() {
    let endpoint = Endpoint::start(
        8,
        Writes::Endless(&[
            "Every employee gets 27 days of vacation a year [1]. ",
            "And so on, and on. ",
        ]),
    );
    let home = home_with_model(&endpoint);
    let stoa = home.up(&[]).expect("starts");
    teach_leave(&stoa);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let turn = Uuid::new_v4().to_string();
        let first = answered(&stoa, &turn, true).await;
        assert_eq!(first.0.verdict(), Verdict::Cancelled, "{first:?}");
        assert!(
            first.0.text.contains("27 days"),
            "what was checked stays: {first:?}"
        );
        assert!(!first.1, "it was new");
        let calls = endpoint.calls();
        let again = answered(&stoa, &turn, false).await;
        assert!(again.1, "the same turn is replayed");
        assert_eq!(again.0.text, first.0.text);
        assert_eq!(endpoint.calls(), calls, "and not answered twice");
    });
}

/// Answers a turn to its end; cancels it at its first words if asked to. Also tells whether it was replayed.
async fn answered(stoa: &Stoa<'_>, turn: &str, cancel: bool) -> (Done, bool) {
    let mut client = GenerationServiceClient::new(stoa.channel());
    let request = AnswerRequest {
        space: "default".to_owned(),
        conversation: "c".to_owned(),
        turn_id: turn.to_owned(),
        question: QUESTION.to_owned(),
        ..AnswerRequest::default()
    };
    let mut events = client.answer(request).await.expect("answered").into_inner();
    let mut replayed = false;
    while let Some(event) = events.message().await.expect("the stream lives") {
        match event.event {
            Some(Event::Started(started)) => replayed = started.replayed,
            Some(Event::Delta(_)) if cancel => {
                let request = CancelRequest {
                    space: "default".to_owned(),
                    turn_id: turn.to_owned(),
                };
                client.cancel(request).await.expect("cancelled");
            }
            Some(Event::Done(done)) => return (done, replayed),
            Some(Event::Failed(failed)) => panic!("{failed:?}"),
            _ => {}
        }
    }
    panic!("the answer broke off")
}

fn home_with_embedder(url: &str) -> Home {
    let url = format!("embedding.url={url}");
    let settings = [
        "generation.model=extractive",
        "embedding.model=test-embedder",
        "embedding.dimensions=64",
        "ingestion.max_attempts=2",
        &url,
    ];
    Home::with(&settings).env("STOA_EMBEDDING_API_KEY", KEY)
}

fn failure_with(url: &str) -> String {
    let home = home_with_embedder(url);
    let stoa = home.up(&[]).expect("starts");
    let folder = tempfile::tempdir().expect("temporary folder");
    let (good, learned) = stoa.json(&["learn", &write(folder.path(), "leave.md", LEAVE)]);
    assert!(!good, "{learned}");
    let job = &learned["jobs"][0];
    assert_eq!(job["state"], "failed", "{learned}");
    assert_eq!(job["error"]["stage"], "embed", "{learned}");
    let documents = stoa.good(&["documents"]);
    assert!(
        !documents.to_string().contains("\"passages\":1"),
        "nothing half-written is shown: {documents}"
    );
    job["error"]["reason"]
        .as_str()
        .expect("a reason")
        .to_owned()
}

#[test]
fn a_remote_embedder_teaches_and_finds() {
    let endpoint = Endpoint::start(64, Writes::Refuses(500));
    let home = home_with_embedder(&endpoint.url);
    let stoa = home.up(&[]).expect("starts");
    teach_leave(&stoa);
    let found = stoa.good(&["search", QUESTION]);
    assert!(found.to_string().contains("27 days"), "{found}");
    assert!(
        endpoint.calls() >= 2,
        "passages and the question were embedded there"
    );
}

#[test]
fn vectors_of_a_wrong_length_are_refused() {
    let endpoint = Endpoint::start(63, Writes::Refuses(500));
    let reason = failure_with(&endpoint.url);
    assert!(reason.contains("63") && reason.contains("64"), "{reason}");
}

#[test]
fn a_dead_endpoint_is_named_after_the_attempts() {
    let reason = failure_with("http://127.0.0.1:9/v1");
    assert!(
        reason.contains("127.0.0.1:9") && reason.contains("2 attempts"),
        "{reason}"
    );
}

#[test]
fn a_model_that_recovers_gets_the_job_done() {
    let dead = Endpoint::start(64, Writes::Refuses(500));
    let address = dead.url.clone();
    drop(dead);
    let home = home_with_embedder(&address);
    let stoa = home
        .up(&["--set", "ingestion.max_attempts=9"])
        .expect("starts");
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = write(folder.path(), "leave.md", LEAVE);
    stoa.good(&["learn", "--no-wait", &path]);
    let attempts = || stoa.good(&["jobs"]).to_string();
    wait_until("the first attempt failed", || attempts().contains("queued"));
    let port: u16 = address
        .split([':', '/'])
        .nth(4)
        .and_then(|port| port.parse().ok())
        .expect("a port");
    let _alive = Endpoint::start_on(port, 64, Writes::Refuses(500));
    wait_until("the job is done", || attempts().contains("succeeded"));
}
