//! A model that judges answers and proposes questions, as `stoa eval` uses it, and what answers cost.

use std::{
    io::Write,
    path::Path,
    process::Stdio,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};
use stoa_proto::generation::{
    FeedbackRequest, Rating, generation_service_client::GenerationServiceClient,
};
use stoa_tests::{
    HANDBOOK, Home, Stoa,
    endpoint::{Endpoint, Judges, KEY, Writes},
    write,
};

const VACATION: &str = "How many days of vacation does everybody get?";
const LAPTOP: &str = "When is a laptop replaced?";

/// A judging model whose manners can be changed, and the options that name it.
struct Judging {
    endpoint: Endpoint,
    how: Arc<Mutex<Judges>>,
}

impl Judging {
    fn start() -> Self {
        let how = Arc::new(Mutex::new(Judges::Fairly));
        Self {
            endpoint: Endpoint::start(8, Writes::Judges(Arc::clone(&how))),
            how,
        }
    }

    fn judges(&self, how: Judges) {
        *self.how.lock().expect("nobody panicked") = how;
    }

    fn with(&self, arguments: &[&str]) -> Vec<String> {
        let url = format!("eval.url={}", self.endpoint.url);
        let own = ["--set", "eval.model=judge", "--set", &url];
        let all = arguments.iter().chain(&own);
        all.map(|argument| (*argument).to_owned()).collect()
    }

    /// Runs a command with it, and returns whether it succeeded and what it printed.
    fn json(&self, stoa: &Stoa<'_>, arguments: &[&str]) -> (bool, Value) {
        let arguments = self.with(arguments);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        stoa.json(&arguments)
    }
}

/// Teaches the handbook from a file that can be changed.
fn teach(stoa: &Stoa<'_>, folder: &Path, handbook: &str) {
    let file = write(folder, "handbook.md", handbook);
    stoa.good(&["learn", &file]);
}

fn home() -> Home {
    Home::new().env("STOA_EVAL_API_KEY", KEY)
}

fn rate(stoa: &Stoa<'_>, answer: &Value, rating: Rating) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let request = FeedbackRequest {
            space: "default".to_owned(),
            turn_id: answer["turn_id"].as_str().expect("an id").to_owned(),
            user: "discord:1".to_owned(),
            rating: rating.into(),
            reason: String::new(),
        };
        let mut generation = GenerationServiceClient::new(stoa.channel());
        generation.feedback(request).await.expect("is kept");
    });
}

/// One question whose answer is right, and one that is wrong by its reference.
fn questions(folder: &Path) -> String {
    let right = json!({"question": VACATION, "answer": "27 days", "document": "handbook.md"});
    let wrong = json!({"question": LAPTOP, "answer": "nine years", "document": "handbook.md"});
    write(folder, "questions.jsonl", format!("{right}\n{wrong}\n"))
}

#[test]
fn answers_are_marked_and_held_against_what_people_say() {
    let judging = Judging::start();
    let home = home();
    let stoa = home.up(&[]).expect("starts");
    stoa.teach("default");
    rate(&stoa, &stoa.good(&["ask", VACATION]), Rating::Up);
    rate(&stoa, &stoa.good(&["ask", LAPTOP]), Rating::Down);
    let folder = tempfile::tempdir().expect("temporary folder");
    let questions = questions(folder.path());

    let (fine, run) = judging.json(&stoa, &["eval", &questions]);
    assert!(fine, "{run}");
    assert_eq!(run["figures"]["judge.correct"]["value"], 3.0, "{run}");
    assert_eq!(run["figures"]["judge.fluent"]["value"], 4.0);
    assert_eq!(run["figures"]["judge.unjudged"]["value"], 0.0);
    let judged = &run["judging"];
    assert_eq!(
        (&judged["model"], &judged["unjudged"]),
        (&json!("judge"), &json!([]))
    );
    assert_eq!(
        judged["remarks"].as_object().map(serde_json::Map::len),
        Some(2)
    );
    // It thinks well of both, and people of one.
    assert_eq!(
        judged["agreement"],
        json!({"n": 2, "same": 0.5, "kappa": 0.0})
    );
    assert_eq!(run["setup"]["models"]["judging"], "judge");
    assert!(run["setup"]["prompts"]["judge.1"].is_string());

    // What is not valid is asked for once more, with what is wrong with it.
    judging.judges(Judges::AtTheSecondAttempt);
    let before = judging.endpoint.calls();
    let (_, run) = judging.json(&stoa, &["eval", &questions]);
    assert_eq!(run["judging"]["unjudged"], json!([]), "{run}");
    assert_eq!(
        judging.endpoint.calls() - before,
        8,
        "two answers and two thumbs, twice each"
    );

    judging.judges(Judges::Wildly);
    let gate = ["--at-most", "judge.unjudged=0"];
    let (fine, run) = judging.json(&stoa, &[&["eval", questions.as_str()][..], &gate].concat());
    assert!(!fine, "the gate is open: {run}");
    assert_eq!(run["figures"]["judge.unjudged"]["value"], 1.0);
    assert!(run["figures"].get("judge.correct").is_none(), "{run}");
    let reason = run["judging"]["unjudged"][0]["reason"].as_str();
    assert!(
        reason.is_some_and(|reason| reason.contains("marks go from 1 to 5")),
        "{run}"
    );

    // It may be left out, and one that is not there is said before anything is asked.
    let (_, run) = judging.json(&stoa, &["eval", &questions, "--no-judge"]);
    assert_eq!(run["judging"], Value::Null);
    let away = [
        "--set",
        "eval.model=judge",
        "--set",
        "eval.url=http://127.0.0.1:1/v1",
    ];
    let output = stoa.run(&[&["eval", questions.as_str()][..], &away].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && said.contains("eval.model: judge"),
        "{said}"
    );
}

#[test]
fn a_preference_counts_only_where_it_holds_in_both_orders() {
    let judging = Judging::start();
    let home = home();
    let stoa = home.up(&[]).expect("starts");
    let folder = tempfile::tempdir().expect("temporary folder");
    teach(&stoa, folder.path(), HANDBOOK);
    let questions = questions(folder.path());
    let [before, after] =
        ["before.json", "after.json"].map(|name| folder.path().join(name).display().to_string());
    stoa.good(&["eval", &questions, "--out", &before]);
    teach(
        &stoa,
        folder.path(),
        &HANDBOOK.replace("27 days", "31 days"),
    );
    stoa.good(&["eval", &questions, "--out", &after]);

    let compare = ["eval", "compare", before.as_str(), after.as_str()];
    let (_, compared) = judging.json(&stoa, &compare);
    let found = &compared["preferences"];
    assert_eq!(
        (&found["before"], &found["after"], &found["neither"]),
        (&json!(1), &json!(0), &json!(1)),
        "{compared}"
    );
    let turned = ["eval", "compare", after.as_str(), before.as_str()];
    let (_, compared) = judging.json(&stoa, &turned);
    assert_eq!(compared["preferences"]["after"], 1, "{compared}");

    judging.judges(Judges::ByPlace);
    let (_, compared) = judging.json(&stoa, &compare);
    let found = &compared["preferences"];
    assert_eq!(
        (&found["before"], &found["by_place"]),
        (&json!(0), &json!(1)),
        "{compared}"
    );
    judging.judges(Judges::Wildly);
    let (_, compared) = judging.json(&stoa, &compare);
    assert_eq!(compared["preferences"]["unjudged"], 1, "{compared}");
    assert_eq!(stoa.json(&compare).1["preferences"], Value::Null);
}

/// Goes through proposals, typing this.
fn propose(home: &Home, arguments: &[String], typed: &str) -> Value {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let mut child = home
        .command(&[&arguments[..], &["--json"]].concat())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("runs");
    let mut input = child.stdin.take().expect("an input");
    // It may have nothing to ask, and have ended.
    let _ = input.write_all(typed.as_bytes());
    drop(input);
    let output = child.wait_with_output().expect("ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn lines(file: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    text.lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

#[test]
fn proposals_are_gone_through_and_gone_on_with() {
    let judging = Judging::start();
    judging.judges(Judges::AtTheSecondAttempt);
    let home = home();
    let stoa = home.up(&[]).expect("starts");
    let folder = tempfile::tempdir().expect("temporary folder");
    for (name, text) in [
        (
            "boats.md",
            "# Boats\n\nA rowing boat costs 24 crowns a day and is lent to members only.\n",
        ),
        (
            "lockers.md",
            "# Lockers\n\nEach locker holds 40 litres and is emptied on the last day of the year.\n",
        ),
        (
            "keys.md",
            "# Keys\n\nThe harbour master keeps 12 keys in a box that nobody else may open.\n",
        ),
    ] {
        let file = write(folder.path(), name, text);
        stoa.good(&["learn", &file]);
    }
    let set = folder.path().join("set.jsonl").display().to_string();
    let asked = judging.with(&["eval", "propose", &set, "--count", "2"]);
    let gone = propose(&home, &asked, "a\n");
    assert_eq!(
        gone,
        json!({"proposed": 2, "accepted": 1, "dropped": 0, "left": 1})
    );
    let kept = lines(&set);
    assert_eq!(kept[0], json!({"space": "default", "version": 1}));
    let origin = kept[1]["origin"].as_str().expect("an origin");
    assert!(
        origin.starts_with("proposed:") && origin.ends_with(":judge"),
        "{origin}"
    );
    assert_eq!(
        (&kept[1]["tags"], &kept[1]["language"]),
        (&json!(["proposed"]), &json!("en"))
    );
    assert!(
        kept[1]["passage"].is_string() && kept[1]["document"].is_string(),
        "{}",
        kept[1]
    );

    // The rest is there without the model, and is dropped; then the model is asked about what is left.
    let alone: Vec<String> = ["eval", "propose", &set, "--count", "1"]
        .map(str::to_owned)
        .into();
    let gone = propose(&home, &alone, "d\n");
    assert_eq!(
        gone,
        json!({"proposed": 1, "accepted": 0, "dropped": 1, "left": 0})
    );
    let gone = propose(
        &home,
        &judging.with(&["eval", "propose", &set]),
        "e\nWhat is in it?\n\n\n\n\nu\na\n",
    );
    assert_eq!(
        gone,
        json!({"proposed": 1, "accepted": 1, "dropped": 0, "left": 0})
    );
    assert_eq!(lines(&set).len(), 3);
    assert_eq!(lines(&set)[0]["version"], 2);
    let gone = propose(&home, &judging.with(&["eval", "propose", &set]), "");
    assert_eq!(gone["proposed"], 0);

    let run = stoa.good(&["eval", &set, "--search-only"]);
    assert_eq!(run["figures"]["passage.recall@5"]["value"], 1.0, "{run}");
    let other = stoa.run(&["eval", &set, "--space", "other"]);
    let said = String::from_utf8_lossy(&other.stderr);
    assert!(
        !other.status.success() && said.contains("--space default"),
        "{said}"
    );
    let nobody = stoa.run(&["eval", "propose", &set]);
    let said = String::from_utf8_lossy(&nobody.stderr);
    assert!(
        !nobody.status.success() && said.contains("eval.model"),
        "{said}"
    );
}

#[test]
fn what_was_answered_wrongly_once_is_asked_each_time() {
    let home = home();
    let stoa = home.up(&[]).expect("starts");
    let folder = tempfile::tempdir().expect("temporary folder");
    teach(&stoa, folder.path(), HANDBOOK);
    let head = json!({"space": "default", "version": 1});
    let wrong = json!({"question": LAPTOP, "answer": "nine years", "origin": "hand"});
    let right = json!({"question": VACATION, "answer": "27 days"});
    let set = write(
        folder.path(),
        "set.jsonl",
        format!("{head}\n{wrong}\n{right}\n"),
    );
    let run = stoa.good(&["eval", &set]);
    assert_eq!(run["rows"].as_array().map(Vec::len), Some(2));
    let kept = lines(&format!("{set}.wrong"));
    assert_eq!(kept.len(), 1, "{run}");
    assert_eq!(
        (&kept[0]["question"], &kept[0]["tags"]),
        (&json!(LAPTOP), &json!(["once-wrong"]))
    );

    // It is asked though somebody took it out of the set, until what is known makes it right.
    write(folder.path(), "set.jsonl", format!("{head}\n{right}\n"));
    let run = stoa.good(&["eval", &set]);
    assert_eq!(run["rows"].as_array().map(Vec::len), Some(2), "{run}");
    assert_eq!(run["figures"]["once_wrong"]["value"], 0.0);
    teach(
        &stoa,
        folder.path(),
        &HANDBOOK.replace("four years", "nine years"),
    );
    let run = stoa.good(&["eval", &set, "--at-least", "once_wrong=1"]);
    assert_eq!(run["figures"]["once_wrong"]["value"], 1.0);
    assert_eq!(lines(&format!("{set}.wrong")).len(), 1);
}

#[test]
fn tokens_have_a_price() {
    let endpoint = Endpoint::start(8, Writes::Quotes);
    let url = format!("generation.url={}", endpoint.url);
    let home = Home::with(&[&url, "generation.model=writer", "checking.model=none"])
        .env("STOA_GENERATION_API_KEY", KEY);
    let stoa = home.up(&[]).expect("starts");
    stoa.teach("default");
    let folder = tempfile::tempdir().expect("temporary folder");
    let question = json!({"question": VACATION, "answer": "27 days"});
    let questions = write(folder.path(), "questions.jsonl", format!("{question}\n"));
    let report = folder.path().join("report.html").display().to_string();
    let prices = [
        "--set",
        "eval.prompt_price=0.5",
        "--set",
        "eval.completion_price=2",
        "--set",
        "eval.currency=EUR",
    ];
    let asked = ["eval", questions.as_str(), "--report", report.as_str()];
    let run = stoa.good(&[&asked[..], &prices].concat());
    assert_eq!(run["figures"]["prompt_tokens"]["value"], 1_000.0, "{run}");
    let cost = run["figures"]["cost"]["value"].as_f64().expect("a cost");
    assert!((cost - 0.0006).abs() < 1e-9, "{cost}");
    assert_eq!(run["setup"]["configuration"]["eval.currency"], "EUR");
    let page = std::fs::read_to_string(&report).expect("a report");
    assert!(
        page.contains("1000 read, 50 written, 0.000600 EUR"),
        "{page}"
    );
    let output = stoa.run(&[&["eval", questions.as_str()][..], &prices].concat());
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("0.000600 EUR"), "{said}");
    // Half of the prices is a mistake, and free answers cost nothing.
    let output = stoa.run(&["eval", &questions, "--set", "eval.prompt_price=1"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && said.contains("eval.completion_price"),
        "{said}"
    );
    let run = stoa.good(&["eval", &questions]);
    assert!(run["figures"].get("cost").is_none(), "{run}");
}
