//! What Stoa tells those who run it: metrics and traces, and nothing of what people say in them.

use std::collections::BTreeSet;

use stoa_kit::metrics::declared;
use stoa_tests::{
    HANDBOOK, Home,
    collector::{Collector, Span},
    endpoint::{self, Endpoint, Writes},
    telegram::{Chat, Telegram},
    wait_until, wait_until_or, write,
};

/// A word that only a document has, and one that only a question has.
const TAUGHT: &str = "zephyrquartz";
const ASKED: &str = "marzipanomicron";

const SUBMIT: &str = "/stoa.ingestion.v1.IngestionService/Submit";
const EMBED: &str = "/stoa.embedding.v1.EmbeddingService/Embed";
const PUBLISH: &str = "/stoa.retrieval.v1.RetrievalService/Publish";
const QUESTION: &str = "How many days of vacation do I get?";

fn traced(telegram: &Telegram, collector: &Collector, settings: &[&str]) -> Home {
    telegram
        .home(&[settings, &["generation.model=extractive"]].concat())
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint())
}

/// The same with a collector that is sent spans all the time, and not at the end only.
fn traced_at_once(telegram: &Telegram, collector: &Collector, settings: &[&str]) -> Home {
    traced(telegram, collector, settings).env("OTEL_BSP_SCHEDULE_DELAY", "100")
}

/// Waits until these spans are of the trace of the one that begins it.
fn one_trace(collector: &Collector, first: &str, others: &[&str]) {
    let of_it = || -> BTreeSet<String> {
        let spans = collector.spans();
        let traces: Vec<&Vec<u8>> = spans
            .iter()
            .filter(|span| span.name == first)
            .map(|span| &span.trace)
            .collect();
        let of_it = spans.iter().filter(|span| traces.contains(&&span.trace));
        of_it.map(|span| span.name.clone()).collect()
    };
    let all = || -> Vec<String> {
        let line = |span: &Span| format!("{} {:x?}", span.name, span.trace);
        collector.spans().iter().map(line).collect()
    };
    wait_until_or(
        || format!("{others:?} are of the trace of {first}: {:#?}", all()),
        || {
            let of_it = of_it();
            others.iter().all(|other| of_it.contains(*other))
        },
    );
}

#[test]
fn a_question_is_one_trace_from_the_message_to_its_answer() {
    let (telegram, collector) = (Telegram::start(), Collector::start());
    let home = traced_at_once(&telegram, &collector, &[]);
    let stoa = home.up(&[]).expect("it starts");
    let chat = Chat::with(42);
    stoa.teach("telegram:42");
    telegram.say(chat, 42, QUESTION);
    telegram.complete(chat, "27 days");
    let others = [
        "event",
        "/stoa.generation.v1.GenerationService/Answer",
        "/stoa.retrieval.v1.RetrievalService/Search",
        EMBED,
        "send",
    ];
    one_trace(&collector, "receive", &others);
    let spans = collector.spans();
    let received: Vec<&Span> = spans.iter().filter(|span| span.name == "receive").collect();
    assert_eq!(received.len(), 1, "{received:?}");
    assert!(received[0].text.contains("telegram"), "{received:?}");
    assert!(
        spans.iter().all(|span| span.text.contains("service.name")),
        "whose spans they are"
    );
    let polled = spans.iter().any(|span| span.name.contains("grpc.health"));
    assert!(!polled, "health is asked for all the time");
}

#[test]
fn a_document_is_one_trace_from_its_upload_to_its_passages() {
    let (telegram, collector) = (Telegram::start(), Collector::start());
    let home = traced_at_once(&telegram, &collector, &[]);
    let stoa = home.up(&[]).expect("it starts");
    stoa.teach("default");
    let upsert = "/stoa.retrieval.v1.RetrievalService/Upsert";
    one_trace(&collector, SUBMIT, &["job", EMBED, upsert, PUBLISH]);
}

#[test]
fn a_job_goes_on_with_its_trace_when_its_process_was_killed() {
    let (telegram, collector) = (Telegram::start(), Collector::start());
    let model = ["embedding.model=small", "embedding.dimensions=64"];
    let home =
        traced_at_once(&telegram, &collector, &model).env("STOA_EMBEDDING_API_KEY", endpoint::KEY);
    let endpoint = Endpoint::start(64, Writes::Refuses(500));
    let url = format!("embedding.url={}", endpoint.url);
    let stoa = home.up(&["--set", &url]).expect("it starts");
    // Without the model the job cannot end.
    drop(endpoint);
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = write(folder.path(), "handbook.md", HANDBOOK);
    stoa.good(&["learn", &path, "--no-wait"]);
    wait_until("the upload was traced", || {
        collector.spans().iter().any(|span| span.name == SUBMIT)
    });
    stoa.kill_dash_nine();
    let published = || collector.spans().iter().any(|span| span.name == PUBLISH);
    assert!(!published());
    let endpoint = Endpoint::start(64, Writes::Refuses(500));
    let url = format!("embedding.url={}", endpoint.url);
    let stoa = home.up(&["--set", &url]).expect("it starts again");
    one_trace(&collector, SUBMIT, &["job", PUBLISH]);
    assert!(stoa.interrupt());
}

#[test]
fn what_is_logged_does_not_decide_what_is_traced() {
    let (telegram, collector) = (Telegram::start(), Collector::start());
    let home = traced(&telegram, &collector, &["log.level=error"]);
    let stoa = home.up(&[]).expect("it starts");
    let chat = Chat::with(42);
    telegram.say(chat, 42, QUESTION);
    wait_until("it is answered", || !telegram.shown(chat).is_empty());
    let (_, report) = stoa.json(&["doctor"]);
    let checks = report["checks"].as_array().expect("a list");
    let sent = checks.iter().find(|check| check["name"] == "traces");
    let sent = sent.expect("the doctor looks at it").to_string();
    assert!(sent.contains(&collector.endpoint()), "{sent}");
    assert!(sent.contains("\"ok\":true"), "{sent}");
    assert!(stoa.interrupt());
    let spans = collector.spans();
    let received = spans.iter().find(|span| span.name == "receive");
    let trace = &received.expect("it was traced").trace;
    let handled = |span: &&Span| span.name == "event" && span.trace == *trace;
    assert!(spans.iter().filter(handled).count() == 1, "{spans:?}");
}

#[test]
fn nothing_that_people_say_or_documents_hold_is_in_logs_metrics_or_traces() {
    let (telegram, collector) = (Telegram::start(), Collector::start());
    let home = traced(&telegram, &collector, &["log.level=debug"]);
    let stoa = home.up(&[]).expect("it starts");
    let chat = Chat::with(42);
    let folder = tempfile::tempdir().expect("temporary folder");
    let text = format!("# Leave\n\nUnder the {TAUGHT} rule everybody gets 31 days of vacation.\n");
    let path = write(folder.path(), "leave.md", text);
    stoa.good(&["learn", &path, "--space", "telegram:42"]);
    let question = format!("How many days of vacation do I get, asks {ASKED}?");
    telegram.say(chat, 42, &question);
    telegram.complete(chat, "31 days");
    let (status, metrics) = stoa.admin().get("/metrics");
    assert_eq!(status, 200);
    assert!(stoa.interrupt());
    let spans = collector.spans();
    assert!(!spans.is_empty());
    let log = home.log();
    assert!(log.contains("DEBUG"), "it is as talkative as was asked for");
    for word in [TAUGHT, ASKED] {
        let says = |text: &str| text.to_lowercase().contains(word);
        let logged: Vec<&str> = log.lines().filter(|line| says(line)).collect();
        assert!(logged.is_empty(), "{word} is logged: {logged:?}");
        assert!(!says(&metrics), "{word} is in the metrics");
        let traced: Vec<&Span> = spans.iter().filter(|span| says(&span.text)).collect();
        assert!(traced.is_empty(), "{word} is traced: {traced:?}");
    }
}

#[test]
fn every_metric_is_told_and_counts_what_happens() {
    let telegram = Telegram::start();
    let home = telegram.home(&["generation.model=extractive"]);
    let stoa = home.up(&[]).expect("it starts");
    let (chat, admin) = (Chat::with(42), stoa.admin());
    stoa.teach("telegram:42");
    telegram.say(chat, 42, QUESTION);
    telegram.complete(chat, "27 days");
    stoa.good(&["ask", QUESTION, "--space", "telegram:42"]);
    let text = || admin.get("/metrics").1;
    let value = |sample: &str| -> f64 {
        let text = text();
        let values = text.lines().filter_map(|line| line.strip_prefix(sample));
        let values = values.filter_map(|value| value.trim().parse::<f64>().ok());
        values.sum()
    };
    let counts = |sample: &str| value(sample) > 0.0;
    for sample in [
        r#"stoa_deliveries_total{platform="telegram",outcome="sent"}"#,
        r#"stoa_answers_total{verdict="supported"}"#,
        r#"stoa_jobs_finished_total{outcome="succeeded"}"#,
        r#"stoa_lease_held{platform="telegram"}"#,
        r#"stoa_embedding_texts_total{}"#,
        r#"stoa_retrieval_stage_seconds_count{stage="search"}"#,
        r#"stoa_grpc_requests_total{method="/stoa.retrieval.v1.RetrievalService/Search",code="Ok"}"#,
        r#"stoa_process_resident_memory_bytes{}"#,
        r#"stoa_database_connections_most{schema="generation"}"#,
    ] {
        wait_until(&format!("{sample} is counted"), || counts(sample));
    }
    // Whoever read the answers read them to their ends.
    let answered = |code: &str| {
        value(&format!(
            r#"stoa_grpc_requests_total{{method="/stoa.generation.v1.GenerationService/Answer",code="{code}"}}"#
        ))
    };
    wait_until("both answers are counted", || answered("Ok") >= 2.0);
    assert_eq!(answered("Cancelled"), 0.0, "an answer was read to its end");
    let text = text();
    for metric in declared() {
        let family = metric.name.trim_end_matches("_total");
        let kind = format!("# TYPE {family} {}", metric.kind);
        let known = metric.labels.iter().all(|(_, values)| !values.is_empty());
        // The others come with the first that is counted.
        if known || family.starts_with("stoa_grpc_") {
            assert!(text.lines().any(|line| line == kind), "{kind}");
            assert!(text.contains(&format!("# HELP {family} ")), "{family}");
        }
    }
    for told in ["telegram:42", "42\"", "vacation"] {
        assert!(!text.contains(told), "{told} is a label");
    }
}
