//! What `stoa eval` says of a running server: figures, faults, and what becomes of what went wrong.

use std::{io::Write, path::Path, process::Stdio};

use serde_json::{Value, json};
use stoa_proto::generation::{
    FeedbackRequest, Rating, generation_service_client::GenerationServiceClient,
};
use stoa_tests::{Home, Stoa, wait_until, write};

const HANDBOOK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/handbook");
const QUESTIONS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../examples/handbook.questions.jsonl"
);

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).display().to_string()
}

fn worse(compared: &Value) -> Vec<String> {
    let shifts = compared["shifts"].as_array().expect("figures");
    let worse = shifts.iter().filter(|shift| shift["verdict"] == "worse");
    worse
        .map(|shift| shift["figure"].as_str().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn a_fault_is_named_as_worse_and_the_gate_closes() {
    let home = Home::new();
    let folder = tempfile::tempdir().expect("temporary folder");
    let [good, again, keywords, strict, report] = [
        "good.json",
        "again.json",
        "keywords.json",
        "strict.json",
        "report.html",
    ]
    .map(|name| path(folder.path(), name));
    let floor = |floor: &str| format!("embedding.floor={floor}");
    let stoa = home
        .up(&["--learn", HANDBOOK, "--set", &floor("0.4")])
        .expect("starts");
    let gates = [
        "--at-least",
        "recall@5=0.8",
        "--at-most",
        "unsupported=0.02",
    ];
    let asked = ["eval", QUESTIONS, "--out", &good, "--report", &report];
    let run = stoa.good(&[&asked[..], &gates].concat());
    assert_eq!(run["rows"].as_array().map(Vec::len), Some(36), "{run}");
    assert_eq!(run["closed"], json!([]));
    assert_eq!(run["figures"]["failed"]["value"], 0.0, "{}", run["rows"]);
    let documents = run["setup"]["documents"].as_array().expect("documents");
    let hashes = documents.iter().filter_map(|d| d["sha256"].as_str());
    assert_eq!(hashes.filter(|hash| hash.len() == 64).count(), 3);
    assert!(run["setup"]["prompts"]["answer.chat.2"].is_string());
    let page = std::fs::read_to_string(&report).expect("a report");
    assert!(page.contains("<svg") && page.contains("refusal.recall"));

    // The same again is no worse.
    stoa.good(&["eval", QUESTIONS, "--out", &again]);
    let same = stoa.good(&["eval", "compare", &good, &again]);
    assert_eq!(worse(&same), Vec::<String>::new());

    // One leg of the search is off.
    let asked = ["eval", QUESTIONS, "--search-only", "--mode", "keyword"];
    stoa.good(&[&asked[..], &["--out", &keywords]].concat());
    let (fine, compared) = stoa.json(&["eval", "compare", &good, &keywords]);
    let found = worse(&compared);
    assert!(
        !fine && found.contains(&"recall@5".to_owned()),
        "{compared}"
    );
    assert!(stoa.interrupt(), "it ends well");

    // The threshold below which nothing is near enough is doubled.
    let stoa = home.up(&["--set", &floor("0.8")]).expect("starts");
    let asked = ["eval", QUESTIONS, "--out", &strict];
    let gate = ["--at-most", "refusal.false=0.6"];
    let (fine, run) = stoa.json(&[&asked[..], &gate].concat());
    assert!(!fine, "the gate is open: {}", run["figures"]);
    let reason = run["closed"][0].as_str().expect("a reason");
    assert!(reason.starts_with("refusal.false is "), "{reason}");
    drop(stoa);
    // Two files need no server.
    let output = home
        .command(&["eval", "compare", &good, &strict, "--json"])
        .output()
        .expect("runs");
    assert_eq!(output.status.code(), Some(1));
    let compared: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let found = worse(&compared);
    for figure in ["refusal.false", "correct"] {
        assert!(found.contains(&figure.to_owned()), "{figure}: {compared}");
    }
    let setups = compared["setups"].to_string();
    assert!(setups.contains("embedding.floor"), "{setups}");
    assert!(!compared["changes"].as_array().expect("changes").is_empty());
}

#[test]
fn what_cannot_be_measured_says_why_before_anything_is_asked() {
    let home = Home::new();
    let stoa = home.up(&["--learn", HANDBOOK]).expect("starts");
    let folder = tempfile::tempdir().expect("temporary folder");
    let bad = write(
        folder.path(),
        "bad.jsonl",
        "{\"question\": \"q\", \"answer\": \"a\"}\n{\"question\": \"r\"}\n",
    );
    for (arguments, says) in [
        (vec!["eval", &bad], "line 2: nothing says what answers it"),
        (vec!["eval"], "name a file of questions"),
        (
            vec!["eval", QUESTIONS, "--at-least", "recal@5=1"],
            "`recall@5`",
        ),
        (
            vec!["eval", QUESTIONS, "--space", "empty"],
            "has no documents",
        ),
        (vec!["eval", QUESTIONS, "--against", &bad], "is no result"),
    ] {
        let output = stoa.run(&arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{arguments:?}");
        assert!(said.contains(says), "{arguments:?} says {said}");
    }
}

fn rate(stoa: &Stoa<'_>, turn: &str) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let request = FeedbackRequest {
            space: "default".to_owned(),
            turn_id: turn.to_owned(),
            user: "discord:1".to_owned(),
            rating: Rating::Down.into(),
            reason: "it is an old figure".to_owned(),
        };
        let mut generation = GenerationServiceClient::new(stoa.channel());
        generation.feedback(request).await.expect("is kept");
    });
}

fn review(home: &Home, questions: &str, typed: &str) -> Value {
    let mut child = home
        .command(&["eval", "review", questions, "--json"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("runs");
    let mut input = child.stdin.take().expect("an input");
    // It may have nothing to ask, and have ended.
    let _ = input.write_all(typed.as_bytes());
    drop(input);
    let output = child.wait_with_output().expect("ends");
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).expect("JSON")
}

const UNKNOWN: &str = "Who won the world cup in 1998?";
const PLANTS: &str = "Who waters the plants?";

#[test]
fn what_went_wrong_in_a_chat_becomes_a_case_and_then_an_answer() {
    let home = Home::new();
    let stoa = home.up(&[]).expect("starts");
    stoa.teach("default");
    let folder = tempfile::tempdir().expect("temporary folder");
    let questions = path(folder.path(), "cases.jsonl");

    let vacation = "How many days of vacation does everybody get?";
    let answer = stoa.good(&["ask", vacation]);
    rate(&stoa, answer["turn_id"].as_str().expect("an id"));
    assert_eq!(stoa.good(&["ask", UNKNOWN])["abstained"], true);

    // The rating is edited, and the question without an answer taken as it is.
    let reviewed = review(&home, &questions, "e\n\n27 days\n\n\n\na\n");
    assert_eq!(
        reviewed,
        json!({"proposed": 2, "accepted": 2, "dropped": 0, "left": 0})
    );
    assert_eq!(review(&home, &questions, "")["proposed"], 0);
    let lines = std::fs::read_to_string(&questions).expect("a set");
    let mut cases: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(cases.remove(0), json!({"space": "default", "version": 1}));
    assert_eq!(cases[0]["answers"], json!(["27 days"]));
    assert_eq!(cases[0]["document"], "handbook.md");
    assert!(
        cases[0]["origin"]
            .as_str()
            .is_some_and(|o| o.starts_with("feedback:"))
    );
    assert_eq!(cases[1]["unanswerable"], true);

    let report = path(folder.path(), "report.html");
    let run = stoa.good(&["eval", &questions, "--report", &report]);
    assert_eq!(run["figures"]["score"]["n"], 2);
    assert_eq!(run["figures"]["once_wrong"]["value"], 1.0, "{run}");
    assert_eq!(run["setup"]["questions_version"], 1);
    assert_eq!(run["topics"][0]["questions"], json!([UNKNOWN]));
    let page = std::fs::read_to_string(&report).expect("a report");
    assert!(page.contains("What people got no answer to") && page.contains(UNKNOWN));
    // What an evaluation asks stays in no list.
    let topics = stoa.good(&["unanswered"]);
    assert_eq!(
        topics["topics"].as_array().map(Vec::len),
        Some(1),
        "{topics}"
    );
    assert_eq!(topics["topics"][0]["questions"], json!([UNKNOWN]));

    let football = write(
        folder.path(),
        "football.md",
        "# Football\n\nFrance won the world cup in 1998. Brazil won the world cup in 2002.\n",
    );
    // What comes nearest to it is asked again, and what is answered now is not open any more.
    let learned = stoa.good(&["learn", &football]);
    assert_eq!(learned["asked_again"], json!({"asked": 1, "answered": 1}));
    assert_eq!(stoa.good(&["unanswered"])["topics"], json!([]));
    assert_eq!(stoa.good(&["ask", PLANTS])["abstained"], true);
    let plants = write(
        folder.path(),
        "plants.md",
        "# Plants\n\nCarla waters the plants.\n",
    );
    stoa.good(&["learn", "--no-wait", &plants]);
    wait_until("it is answered when it is asked again", || {
        let topics = stoa.good(&["unanswered", "--again"]);
        topics["topics"][0]["answered_now"] == 1
    });
    assert_eq!(stoa.good(&["unanswered"])["topics"], json!([]));

    let pairs = path(folder.path(), "pairs.jsonl");
    let output = stoa.run(&["eval", "export", &questions, "--out", &pairs]);
    assert!(output.status.success(), "{output:?}");
    let pairs = std::fs::read_to_string(&pairs).expect("pairs");
    let first: Value = serde_json::from_str(pairs.lines().next().expect("a pair")).expect("JSON");
    assert_eq!(first["anchor"], vacation);
    assert!(
        first["positive"]
            .as_str()
            .is_some_and(|text| text.contains("27 days"))
    );
    assert!(
        pairs.contains("France"),
        "another document is a negative: {pairs}"
    );
}
