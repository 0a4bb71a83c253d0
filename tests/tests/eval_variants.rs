//! What `stoa eval` says of each generation of language models and of each part of an answer, and who may leave parts out.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use stoa_proto::{
    generation::{
        AnswerOptions, AnswerPart, AnswerRequest, SetPersonaRequest, answer_response::Event,
        generation_service_client::GenerationServiceClient,
    },
    retrieval::{
        SearchMode, SearchOptions, SearchPart, SearchRequest,
        retrieval_service_client::RetrievalServiceClient,
    },
};
use stoa_tests::{
    Home, Stoa,
    endpoint::{Endpoint, GIVE_UP, KEY, Writes},
    write,
};
use tonic::Code;
use uuid::Uuid;

const HANDBOOK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/handbook");
const QUESTIONS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../examples/handbook.questions.jsonl"
);

fn names(variants: &Value) -> Vec<&str> {
    let variants = variants.as_array().expect("a table");
    variants
        .iter()
        .filter_map(|variant| variant["name"].as_str())
        .collect()
}

fn variant<'a>(variants: &'a Value, name: &str) -> &'a Value {
    let all = variants.as_array().expect("a table").iter();
    let mut named = all.filter(|variant| variant["name"] == name);
    named.next().unwrap_or_else(|| panic!("no {name}"))
}

/// A home whose model writes so.
fn home_with(writes: Writes, settings: &[&str]) -> (Endpoint, Home) {
    let endpoint = Endpoint::start(8, writes);
    let url = format!("generation.url={}", endpoint.url);
    let settings = [&[url.as_str(), "generation.model=test-model"][..], settings].concat();
    let home = Home::with(&settings).env("STOA_GENERATION_API_KEY", KEY);
    (endpoint, home)
}

#[test]
fn quotes_are_measured_by_each_generation_and_without_each_part() {
    let home = Home::new();
    let stoa = home.up(&["--learn", HANDBOOK]).expect("starts");
    let folder = tempfile::tempdir().expect("temporary folder");
    let report = folder.path().join("report.html").display().to_string();
    let asked = [
        "eval", QUESTIONS, "--ladder", "--ablate", "--report", &report,
    ];
    let run = stoa.good(&asked);
    assert_eq!(
        names(&run["ladder"]),
        [
            "statistical: words (BM25)",
            "neural: a vector a word",
            "pre-trained: encoder",
            "all together, as people are answered"
        ]
    );
    assert_eq!(
        names(&run["ablation"]),
        [
            "without words",
            "without vectors",
            "without feedback",
            "without neighbours",
            "without understanding",
            "without meaning in quotes"
        ]
    );
    let left_out = run["left_out"].as_array().expect("a list");
    assert_eq!(left_out.len(), 1, "{left_out:?}");
    assert!(
        left_out[0]
            .as_str()
            .is_some_and(|text| text.starts_with("large: no language model"))
    );

    // Chinese questions share no word with English documents.
    let statistical = variant(&run["ladder"], "statistical: words (BM25)");
    assert_eq!(statistical["steps"], json!({}), "nothing is below it");
    let neural = variant(&run["ladder"], "neural: a vector a word");
    assert!(
        neural["figures"]["recall@5"]["value"].as_f64() > Some(0.3),
        "{neural}"
    );
    assert!(
        neural["figures"]["correct"]["n"].as_u64() > Some(20),
        "it answers, too"
    );
    let without = variant(&run["ablation"], "without vectors");
    let step = &without["steps"]["recall@5"];
    let number = |key: &str| step[key].as_f64().expect("a number");
    assert!(
        number("by") < 0.0 && number("low") <= number("by"),
        "{without}"
    );
    assert!((0.0..=1.0).contains(&number("p")), "{without}");
    for all in [&run["ladder"], &run["ablation"]] {
        for variant in all.as_array().expect("a table") {
            assert_eq!(variant["figures"]["failed"]["value"], 0.0, "{variant}");
        }
    }
    let page = std::fs::read_to_string(&report).expect("a report");
    assert!(page.contains("without neighbours") && page.contains("Left out: large"));
    // What was asked so is forgotten, as all that an evaluation asks.
    assert_eq!(stoa.good(&["unanswered"])["topics"], json!([]));

    // Without answers there is less to leave out.
    let run = stoa.good(&["eval", QUESTIONS, "--search-only", "--ladder", "--ablate"]);
    assert_eq!(run["ladder"].as_array().map(Vec::len), Some(4));
    assert_eq!(
        names(&run["ablation"]),
        ["without words", "without vectors", "without feedback"]
    );
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(future)
}

fn give_persona(stoa: &Stoa<'_>, text: &str) {
    block_on(async {
        let request = SetPersonaRequest {
            space: "default".to_owned(),
            text: Some(text.to_owned()),
            style: None,
        };
        let mut generation = GenerationServiceClient::new(stoa.channel());
        generation.set_persona(request).await.expect("is kept");
    });
}

#[test]
fn a_model_is_a_rung_of_its_own_and_a_broken_prompt_is_named_as_worse() {
    let (_endpoint, home) = home_with(Writes::Quotes, &[]);
    let stoa = home.up(&["--learn", HANDBOOK]).expect("starts");
    let folder = tempfile::tempdir().expect("temporary folder");
    let [good, broken] =
        ["good.json", "broken.json"].map(|name| folder.path().join(name).display().to_string());
    let asked = ["eval", QUESTIONS, "--concurrency", "16"];
    let both = ["--ladder", "--ablate", "--out", &good];
    let run = stoa.good(&[&asked[..], &both].concat());
    let models = run["setup"]["models"]["generation"].as_str();
    assert!(
        models.is_some_and(|models| models.contains("test-model")),
        "{models:?}"
    );
    let rungs = names(&run["ladder"]);
    assert_eq!(
        rungs[3..],
        [
            "large: a model writes, unchecked",
            "all together, as people are answered"
        ]
    );
    assert_eq!(run["left_out"], json!([]));
    let parts = names(&run["ablation"]);
    assert_eq!(
        parts[4..],
        [
            "without understanding",
            "without the language model",
            "without quotes",
            "without meaning in quotes",
            "without what must agree",
            "without the checking model",
            "without the check by words"
        ]
    );

    // One part of the prompt is broken: the words that the space has before it.
    give_persona(&stoa, GIVE_UP);
    let gate = ["--at-least", "correct=0.2", "--out", &broken];
    let (fine, run) = stoa.json(&[&asked[..], &gate].concat());
    assert!(!fine, "the gate is open: {}", run["figures"]);
    let reason = run["closed"][0].as_str().expect("a reason");
    assert!(reason.starts_with("correct is "), "{reason}");
    let (fine, compared) = stoa.json(&["eval", "compare", &good, &broken]);
    assert!(!fine);
    let shifts = compared["shifts"].as_array().expect("figures");
    for figure in ["correct", "refusal.false"] {
        let mut worse = shifts.iter().filter(|shift| shift["verdict"] == "worse");
        assert!(
            worse.any(|shift| shift["figure"] == figure),
            "{figure}: {compared}"
        );
    }
    let setups = compared["setups"].to_string();
    assert!(setups.contains("space.persona"), "{setups}");
}

/// The end of an answer: its text, or the code that it was refused with.
async fn ask(stoa: &Stoa<'_>, user: &str, options: Option<AnswerOptions>) -> Result<String, Code> {
    let request = AnswerRequest {
        space: "default".to_owned(),
        turn_id: Uuid::now_v7().to_string(),
        question: "How many days of vacation does everybody get?".to_owned(),
        user: user.to_owned(),
        options,
        ..AnswerRequest::default()
    };
    let mut generation = GenerationServiceClient::new(stoa.channel());
    let answer = generation.answer(request).await;
    let mut events = answer.map_err(|status| status.code())?.into_inner();
    while let Some(message) = events.message().await.map_err(|status| status.code())? {
        if let Some(Event::Done(done)) = message.event {
            return Ok(done.text);
        }
    }
    panic!("the answer broke off")
}

#[test]
fn what_the_checks_refuse_is_told_to_an_evaluation_alone() {
    let lie = "Everybody in the office gets 72 days of vacation a year. [1]";
    let says = Writes::Says(Arc::new(Mutex::new(lie.to_owned())));
    let (_endpoint, home) = home_with(says, &["checking.model=none"]);
    let stoa = home.up(&[]).expect("starts");
    stoa.teach("default");
    let without = |parts: &[AnswerPart]| {
        Some(AnswerOptions {
            without: parts.iter().map(|part| i32::from(*part)).collect(),
            ..AnswerOptions::default()
        })
    };
    block_on(async {
        let unchecked = [AnswerPart::Agreement, AnswerPart::Words];
        let told = ask(&stoa, "eval:1", without(&unchecked))
            .await
            .expect("an answer");
        assert!(told.contains("72 days"), "{told}");
        for parts in [&[] as &[AnswerPart], &[AnswerPart::Words]] {
            let told = ask(&stoa, "eval:1", without(parts))
                .await
                .expect("an answer");
            assert!(!told.contains("72"), "without {parts:?}: {told}");
        }
        let told = ask(&stoa, "discord:1", None).await.expect("an answer");
        assert!(!told.contains("72"), "{told}");
        let refused = ask(&stoa, "discord:1", without(&unchecked)).await;
        assert_eq!(refused, Err(Code::InvalidArgument));
    });
}

#[test]
fn a_ranking_of_ones_own_is_read_as_one_that_was_searched() {
    let home = Home::new();
    let stoa = home.up(&[]).expect("starts");
    let folder = tempfile::tempdir().expect("temporary folder");
    // The list is cut: a passage holds some 400 tokens.
    let items: String = (0..400)
        .map(|n| format!("- rope number {n} of the boathouse\n"))
        .collect();
    let text = format!("# Ropes\n\nThese ropes are kept:\n\n{items}");
    let ropes = write(folder.path(), "ropes.md", text);
    stoa.good(&["learn", &ropes]);
    block_on(async {
        let search = async |options: Option<SearchOptions>| {
            let request = SearchRequest {
                space: "default".to_owned(),
                query: "Which ropes are kept?".to_owned(),
                limit: 5,
                mode: SearchMode::Keyword.into(),
                options,
                ..SearchRequest::default()
            };
            let mut retrieval = RetrievalServiceClient::new(stoa.channel());
            let found = retrieval.search(request).await;
            found
                .map(|found| found.into_inner().passages)
                .map_err(|status| status.code())
        };
        let found = search(None).await.expect("found");
        assert!(found.len() > 1, "{} passages", found.len());
        let completed = |found: &[stoa_proto::retrieval::Passage]| {
            found
                .iter()
                .any(|passage| !(passage.before.is_empty() && passage.after.is_empty()))
        };
        assert!(completed(&found));
        let without = SearchOptions {
            without: vec![SearchPart::Neighbours.into()],
            passages: Vec::new(),
        };
        assert!(!completed(&search(Some(without)).await.expect("found")));

        // The other way round, with one that is not there.
        let mut ids: Vec<String> = found
            .iter()
            .rev()
            .map(|passage| passage.id.clone())
            .collect();
        let given = |passages: Vec<String>| {
            Some(SearchOptions {
                passages,
                ..SearchOptions::default()
            })
        };
        let strange = Uuid::nil().to_string();
        let read = search(given([&ids[..], &[strange]].concat()))
            .await
            .expect("read");
        let order: Vec<&str> = read.iter().map(|passage| passage.id.as_str()).collect();
        assert_eq!(order, ids);
        assert!(completed(&read));
        assert_eq!(
            search(given(vec!["rope".to_owned()])).await,
            Err(Code::InvalidArgument)
        );
        ids.resize_with(101, || Uuid::nil().to_string());
        assert_eq!(search(given(ids)).await, Err(Code::InvalidArgument));
    });
}
