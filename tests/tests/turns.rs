//! Turns that are taken over, and what is removed from them.

use std::time::Duration;

use serde_json::Value;
use stoa_proto::generation::{
    AnswerRequest, AnswerResponse, Done, FeedbackRequest, GetTurnRequest, GetUsageRequest, Rating,
    SetPersonaRequest, Turn, answer_response::Event,
    generation_service_client::GenerationServiceClient,
};
use stoa_tests::{
    HANDBOOK, Home, Service, Stoa,
    endpoint::{Endpoint, KEY, THINKING, Writes},
    postgres,
    telegram::{Chat, Telegram},
    wait_until, write,
};
use tokio::runtime::Runtime;
use tonic::{Code, Request, Streaming};
use uuid::Uuid;

/// What finds documents by their names in old turns.
const BY_NAME: &str =
    include_str!("../../services/generation/migrations/0007_documents_by_name.sql");
const QUESTION: &str = "How many days of vacation does everybody get?";
/// Longer than any lease, and than a busy machine takes.
const LONGEST: Duration = Duration::from_secs(300);

type Client = GenerationServiceClient<stoa_kit::grpc::Client>;

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

async fn ask(
    client: &mut Client,
    turn: &str,
    question: &str,
    user: &str,
) -> Streaming<AnswerResponse> {
    let mut request = Request::new(AnswerRequest {
        space: "default".to_owned(),
        conversation: "c".to_owned(),
        turn_id: turn.to_owned(),
        question: question.to_owned(),
        user: user.to_owned(),
        ..AnswerRequest::default()
    });
    request.set_timeout(LONGEST);
    client.answer(request).await.expect("answered").into_inner()
}

async fn until_done(mut events: Streaming<AnswerResponse>) -> Done {
    while let Some(event) = events.message().await.expect("the stream lives") {
        match event.event {
            Some(Event::Done(done)) => return done,
            Some(Event::Failed(failed)) => panic!("{failed:?}"),
            _ => {}
        }
    }
    panic!("the answer broke off")
}

/// Reads up to the first text.
async fn until_written(answer: &mut Streaming<AnswerResponse>) {
    loop {
        let event = answer.message().await.expect("it writes");
        if matches!(event.expect("it goes on").event, Some(Event::Delta(_))) {
            return;
        }
    }
}

/// A model that answers at once, and one that never ends.
fn endpoints() -> (Endpoint, Endpoint) {
    let answer = Writes::All(&["Everybody gets 27 days of vacation a year. [1]"]);
    let quick = Endpoint::start(8, answer);
    (quick, Endpoint::start(8, THINKING))
}

fn writing_with(quick: &Endpoint) -> Home {
    let url = format!("generation.url={}", quick.url);
    Home::with(&[&url, "generation.model=quick", "checking.model=none"])
        .env("STOA_GENERATION_API_KEY", KEY)
}

/// Another generation service on the same database, whose model is slow.
fn replica_with(stoa: &Stoa<'_>, slow: &Endpoint) -> Service {
    let database = stoa.database_url().expect("it runs");
    let environment = [
        ("STOA_DATABASE_URL", database.as_str()),
        ("STOA_GENERATION_URL", slow.url.as_str()),
        ("STOA_GENERATION_MODEL", "slow"),
        ("STOA_CHECKING_MODEL", "none"),
    ];
    stoa.beside("generation", &environment).expect("it starts")
}

async fn stored(client: &mut Client, turn: &str) -> Turn {
    let request = GetTurnRequest {
        space: "default".to_owned(),
        turn_id: turn.to_owned(),
    };
    let response = client.get_turn(request).await.expect("it is stored");
    response.into_inner().turn.expect("a turn")
}

#[test]
fn an_attempt_that_was_paused_past_its_lease_gives_what_its_successor_stored() {
    let (quick, slow) = endpoints();
    let home = writing_with(&quick);
    let stoa = home.up(&[]).expect("starts");
    stoa.teach("default");
    let replica = replica_with(&stoa, &slow);
    runtime().block_on(async {
        let turn = Uuid::new_v4().to_string();
        let mut beside = Client::new(replica.channel(&stoa));
        let mut first = ask(&mut beside, &turn, QUESTION, "").await;
        until_written(&mut first).await;
        let frozen = replica.freeze();
        let mut client = Client::new(stoa.channel());
        let second = until_done(ask(&mut client, &turn, QUESTION, "").await).await;
        assert_eq!(second.model, "quick", "{second:?}");
        drop(frozen);
        let paused = until_done(first).await;
        assert_eq!(paused.text, second.text, "the stored answer is given");
        assert_eq!(paused.model, "quick");
        assert_eq!(stored(&mut client, &turn).await.answer, second.text);
    });
}

/// The first of them would never end, and gives signs of life all the time.
#[test]
fn an_asker_whose_stream_broke_off_does_not_wait_for_who_answered_it() {
    let (quick, slow) = endpoints();
    let home = writing_with(&quick);
    let stoa = home.up(&[]).expect("starts");
    stoa.teach("default");
    let replica = replica_with(&stoa, &slow);
    runtime().block_on(async {
        let turn = Uuid::new_v4().to_string();
        let mut beside = Client::new(replica.channel(&stoa));
        let mut first = ask(&mut beside, &turn, QUESTION, "").await;
        until_written(&mut first).await;
        let mut request = Request::new(AnswerRequest {
            space: "default".to_owned(),
            conversation: "c".to_owned(),
            turn_id: turn.clone(),
            question: QUESTION.to_owned(),
            resumes: true,
            ..AnswerRequest::default()
        });
        request.set_timeout(LONGEST);
        let mut client = Client::new(stoa.channel());
        let resumed = client.answer(request).await.expect("answered").into_inner();
        let resumed = until_done(resumed).await;
        assert_eq!(resumed.model, "quick", "{resumed:?}");
        assert_eq!(until_done(first).await.text, resumed.text, "one answer");
    });
}

fn ask_by_command(stoa: &Stoa<'_>, question: &str) -> (String, Value) {
    let answer = stoa.good(&["ask", question]);
    let turn = answer["turn_id"].as_str().expect("an id").to_owned();
    (turn, answer)
}

#[test]
fn a_forgotten_document_is_gone_from_the_answers_that_rest_on_it() {
    let home = Home::new();
    let stoa = home.up(&[]).expect("starts");
    let folder = tempfile::tempdir().expect("temporary folder");
    stoa.good(&["learn", &write(folder.path(), "handbook.md", HANDBOOK)]);
    let pets = "# Pets\n\nThe office dog is called Bruno.\n";
    stoa.good(&["learn", &write(folder.path(), "pets.md", pets)]);
    let (vacation, answer) = ask_by_command(&stoa, QUESTION);
    assert!(answer["answer"].to_string().contains("27 days"), "{answer}");
    let (dog, answer) = ask_by_command(&stoa, "What is the office dog called?");
    assert!(answer["answer"].to_string().contains("Bruno"), "{answer}");

    let forgotten = stoa.good(&["forget", "handbook.md"]);
    assert_eq!(forgotten["answers_pending"], false, "{forgotten}");
    runtime().block_on(async {
        let mut client = Client::new(stoa.channel());
        let erased = stored(&mut client, &vacation).await;
        assert!(erased.erased && erased.answer.is_empty(), "{erased:?}");
        assert!(erased.citations.is_empty(), "{erased:?}");
        assert_eq!(erased.question, QUESTION, "the question is the asker's own");
        let kept = stored(&mut client, &dog).await;
        assert!(!kept.erased && kept.answer.contains("Bruno"), "{kept:?}");
        assert!(!kept.citations.is_empty(), "{kept:?}");
        // As a redelivered event would have it.
        let mut request = ask_again(&mut client, &vacation).await;
        let mut said = String::new();
        while let Some(event) = request.message().await.expect("the stream lives") {
            said.push_str(&format!("{event:?}"));
        }
        assert!(!said.contains("27 days"), "{said}");
        assert!(said.contains("has been forgotten"), "{said}");
    });
    let (_, answer) = ask_by_command(&stoa, QUESTION);
    assert_eq!(answer["abstained"], true, "{answer}");
    // The same name again is another document.
    stoa.good(&["learn", &write(folder.path(), "handbook.md", HANDBOOK)]);
    let (_, answer) = ask_by_command(&stoa, QUESTION);
    assert!(answer["answer"].to_string().contains("27 days"), "{answer}");
}

#[test]
fn an_answer_that_is_older_than_the_ids_of_documents_is_found_by_their_names() {
    let home = Home::new();
    let stoa = home.up(&[]).expect("starts");
    let folder = tempfile::tempdir().expect("temporary folder");
    stoa.good(&["learn", &write(folder.path(), "handbook.md", HANDBOOK)]);
    let pets = "# Pets\n\nThe office dog is called Bruno.\n";
    stoa.good(&["learn", &write(folder.path(), "pets.md", pets)]);
    let (vacation, _) = ask_by_command(&stoa, QUESTION);
    let (dog, _) = ask_by_command(&stoa, "What is the office dog called?");
    // As an older version left them, and as they are found when this one starts first.
    let as_they_were = "UPDATE turns SET documents = '{}', passages = (
        SELECT jsonb_agg(passage - 'document_id' ORDER BY place)
        FROM jsonb_array_elements(passages) WITH ORDINALITY AS listed(passage, place)
    ) WHERE passages <> '[]'";
    let url = stoa.database_url().expect("it has a database");
    let statements = ["SET search_path TO generation", as_they_were, BY_NAME].join(";");
    postgres::run(&url, &statements);

    stoa.good(&["forget", "handbook.md"]);
    runtime().block_on(async {
        let mut client = Client::new(stoa.channel());
        let erased = stored(&mut client, &vacation).await;
        assert!(erased.erased && erased.answer.is_empty(), "{erased:?}");
        assert!(erased.citations.is_empty(), "{erased:?}");
        let kept = stored(&mut client, &dog).await;
        assert!(!kept.erased && kept.answer.contains("Bruno"), "{kept:?}");
    });
    let left = postgres::run(
        &url,
        "SELECT count(*) FROM generation.turns WHERE passages::text LIKE '%27 days%'",
    );
    assert_eq!(left, "0", "of both turns");
}

async fn ask_again(client: &mut Client, turn: &str) -> Streaming<AnswerResponse> {
    let request = AnswerRequest {
        space: "default".to_owned(),
        turn_id: turn.to_owned(),
        question: QUESTION.to_owned(),
        ..AnswerRequest::default()
    };
    client.answer(request).await.expect("answered").into_inner()
}

#[test]
fn a_person_is_given_what_is_kept_of_them_and_has_it_removed() {
    let home = Home::new();
    let stoa = home.up(&[]).expect("starts");
    stoa.teach("default");
    let (own, other) = (Uuid::new_v4().to_string(), Uuid::new_v4().to_string());
    runtime().block_on(async {
        let mut client = Client::new(stoa.channel());
        until_done(ask(&mut client, &own, QUESTION, "discord:1").await).await;
        until_done(
            ask(
                &mut client,
                &other,
                "When is a laptop replaced?",
                "discord:2",
            )
            .await,
        )
        .await;
        for (turn, reason) in [(&own, "just so"), (&other, "no doubt")] {
            let request = FeedbackRequest {
                space: "default".to_owned(),
                turn_id: turn.clone(),
                user: "discord:1".to_owned(),
                rating: Rating::Up.into(),
                reason: reason.to_owned(),
            };
            client.feedback(request).await.expect("noted");
        }
    });
    let export = stoa.run(&["export-person", "discord:1"]);
    let export: Value = serde_json::from_slice(&export.stdout).expect("JSON");
    let turns = export["turns"].as_array().expect("turns");
    assert_eq!(turns.len(), 2, "{export}");
    let all = export.to_string();
    for kept in [QUESTION, "27 days", "just so", "no doubt"] {
        assert!(all.contains(kept), "{kept}: {export}");
    }
    assert!(
        !all.contains("laptop"),
        "another's question stays theirs: {export}"
    );

    let removed = stoa.good(&["forget-person", "discord:1"]);
    assert_eq!(removed["turns"], 1, "{removed}");
    let export = stoa.run(&["export-person", "discord:1"]);
    let export: Value = serde_json::from_slice(&export.stdout).expect("JSON");
    assert_eq!(
        export["turns"].as_array().map(Vec::len),
        Some(0),
        "{export}"
    );
    runtime().block_on(async {
        let mut client = Client::new(stoa.channel());
        let kept = stored(&mut client, &other).await;
        assert!(kept.answer.contains("four years"), "{kept:?}");
        let request = GetUsageRequest {
            space: "default".to_owned(),
            user: "discord:1".to_owned(),
            since: None,
        };
        let used = client.get_usage(request).await.expect("known").into_inner();
        assert_eq!(used.turns, 1, "the day's budget is not given back");
    });
}

#[test]
fn people_in_a_chat_have_theirs_removed_and_its_sources_are_gone() {
    let telegram = Telegram::start();
    let home = telegram.home(&["generation.model=extractive"]);
    let stoa = home.up(&[]).expect("it starts");
    let chat = Chat::with(42);
    stoa.teach("telegram:42");
    telegram.say(chat, 42, QUESTION);
    let answer = telegram.complete(chat, "27 days");
    telegram.say(chat, 42, "/privacy");
    telegram.complete(chat, "telegram:42");
    stoa.good(&["forget", "handbook.md", "--space", "telegram:42"]);
    telegram.press(chat, 42, answer.id, "Sources");
    telegram.complete(chat, "has been forgotten");
    telegram.say(chat, 42, "/privacy forget");
    telegram.complete(chat, "Removed: your question");
    wait_until("nothing is kept", || {
        let export = stoa.run(&["export-person", "telegram:42"]);
        !String::from_utf8_lossy(&export.stdout).contains(QUESTION)
    });
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

#[test]
fn a_persona_that_is_too_long_is_refused_with_its_limit() {
    let endpoint = Endpoint::start(8, Writes::All(&["Yes. [1]"]));
    let url = format!("generation.url={}", endpoint.url);
    let home =
        Home::with(&[&url, "generation.model=test-model"]).env("STOA_GENERATION_API_KEY", KEY);
    let stoa = home.up(&[]).expect("starts");
    runtime().block_on(async {
        let mut client = Client::new(stoa.channel());
        let persona = |text: String| SetPersonaRequest {
            space: "default".to_owned(),
            text: Some(text),
            style: None,
        };
        let refused = client
            .set_persona(persona("You speak like a sailor. ".repeat(60)))
            .await
            .expect_err("too long");
        assert_eq!(refused.code(), Code::InvalidArgument);
        assert!(refused.message().contains("at most 256"), "{refused}");
        client
            .set_persona(persona("You speak like a sailor.".to_owned()))
            .await
            .expect("short enough");
    });
}
