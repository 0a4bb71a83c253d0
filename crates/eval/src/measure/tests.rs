use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::figure::{Figure, meaning};

fn question(line: &Value) -> Question {
    serde_json::from_value(line.clone()).expect("a question")
}

fn found(document: &str, page: u32, text: &str) -> Found {
    Found {
        id: format!("{document} {page} {text}"),
        document: document.to_owned(),
        page,
        text: text.to_owned(),
        ..Found::default()
    }
}

fn cited(n: u32, passage: &Found, quote: &str) -> Cited {
    Cited {
        n,
        passage: passage.id.clone(),
        document: passage.document.clone(),
        title: String::new(),
        page: passage.page,
        quote: quote.to_owned(),
    }
}

fn is(values: &Values, name: &str, expected: f64) {
    let value = values.get(name).copied();
    assert!(
        value.is_some_and(|value| (value - expected).abs() < 1e-9),
        "{name} is {value:?}, not {expected}: {values:?}"
    );
}

#[test]
fn a_page_counts_once_and_a_passage_by_its_words() {
    let asked = question(&json!({
        "question": "q", "document": "book.pdf", "page": 2, "passage": "the  right words"
    }));
    let results = [
        found("book.pdf", 1, "a"),
        found("book.pdf", 1, "b"),
        found("lib/book.pdf", 2, "c"),
        found("lib/book.pdf", 2, "here the right\nwords stand"),
    ];
    let values = measure_search(&asked, &results);
    is(&values, "mrr", 1.0 / 2.0);
    is(&values, "recall@1", 0.0);
    is(&values, "recall@3", 1.0);
    is(&values, "passage.mrr", 1.0 / 4.0);
    is(&values, "passage.recall@3", 0.0);
    let anywhere = question(&json!({"question": "q", "document": "book.pdf"}));
    let values = measure_search(&anywhere, &results);
    is(&values, "mrr", 1.0);
    assert!(!values.contains_key("passage.mrr"));
    assert!(
        measure_search(
            &question(&json!({"question": "q", "answer": "a"})),
            &results
        )
        .is_empty()
    );
}

#[test]
fn two_places_in_one_passage_are_found_with_it() {
    let asked = question(&json!({"question": "q", "evidence": [
        {"document": "d", "passage": "one"}, {"document": "d", "passage": "two"}
    ]}));
    let values = measure_search(&asked, &[found("d", 0, "one and two")]);
    is(&values, "passage.recall@1", 1.0);
    is(&values, "passage.ndcg@10", 1.0);
    is(&values, "recall@1", 1.0);
}

#[test]
fn an_answer_is_measured_by_its_words_and_its_sources() {
    let asked = question(&json!({"question": "q", "answer": "27 days", "document": "a.md"}));
    let (right, other) = (
        found("a.md", 0, "Everybody gets **27 days** a year."),
        found("b.md", 0, "Laptops are replaced."),
    );
    let answered = Answered {
        text: "Everybody gets 27 days a year. [1] So it is. [2] And more.".to_owned(),
        cited: vec![
            cited(1, &right, "Everybody gets 27 days…"),
            cited(2, &other, "So it is."),
        ],
        passages: vec![right, other],
        first_text_ms: Some(3.0),
        total_ms: 5.0,
        ..Answered::default()
    };
    let (outcome, values) = measure_answer(&asked, &answered);
    assert_eq!(outcome, Outcome::Right);
    is(&values, "correct", 1.0);
    is(&values, "score", 1.0);
    is(&values, "citation.precision", 0.5);
    is(&values, "citation.recall", 1.0);
    // The second quotes what its passage does not say, and the third cites nothing.
    is(&values, "supported", 1.0 / 3.0);
    is(&values, "unsupported", 2.0 / 3.0);
    is(&values, "refusal.false", 0.0);
    for name in values.keys() {
        assert!(meaning(name).is_some(), "{name} has no meaning");
    }
}

#[test]
fn what_fails_or_is_refused_is_not_right() {
    let asked = question(&json!({"question": "q", "answer": "27", "document": "a.md"}));
    let ended = |ending| Answered {
        ending,
        ..Answered::default()
    };
    let (outcome, values) = measure_answer(&asked, &ended(Ending::Failed("no".to_owned())));
    assert_eq!(outcome, Outcome::Failed);
    is(&values, "failed", 1.0);
    is(&values, "correct", 0.0);
    is(&values, "f1", 0.0);
    assert!(!values.contains_key("total_ms") && !values.contains_key("supported"));
    let (_, values) = measure_answer(&asked, &ended(Ending::Refused));
    is(&values, "score", 0.0);
    is(&values, "refusal.false", 1.0);
    is(&values, "refusal.precision", 0.0);
    is(&values, "citation.recall", 0.0);

    let unanswerable = question(&json!({"question": "q", "unanswerable": true}));
    let (_, values) = measure_answer(&unanswerable, &ended(Ending::Given));
    is(&values, "score", -1.0);
    is(&values, "refusal.recall", 0.0);
}

#[test]
fn scikit_learn_says_the_same_of_refusals() {
    let reference: Value =
        serde_json::from_str(include_str!("../../fixtures/reference.json")).expect("JSON");
    for case in reference["refusals"].as_array().expect("a list") {
        let bits = |key: &str| case[key].as_array().expect("a list").clone();
        let measured: Vec<Values> = bits("unanswerable")
            .iter()
            .zip(&bits("refused"))
            .map(|(unanswerable, refused)| {
                let asked = if unanswerable == true {
                    question(&json!({"question": "q", "unanswerable": true}))
                } else {
                    question(&json!({"question": "q", "answer": "a"}))
                };
                let ending = if refused == true {
                    Ending::Refused
                } else {
                    Ending::Given
                };
                let answered = Answered {
                    ending,
                    ..Answered::default()
                };
                measure_answer(&asked, &answered).1
            })
            .collect();
        for name in ["precision", "recall"] {
            let figure = format!("refusal.{name}");
            let values: Vec<f64> = measured
                .iter()
                .filter_map(|v| v.get(&figure).copied())
                .collect();
            let value = Figure::of(&figure, &values, 1).expect("values").value;
            let expected = case[name].as_f64().expect("a number");
            assert!((value - expected).abs() < 1e-9, "{case}");
        }
    }
}

#[test]
fn scikit_learn_says_the_same_of_citations() {
    let reference: Value =
        serde_json::from_str(include_str!("../../fixtures/reference.json")).expect("JSON");
    for case in reference["citations"].as_array().expect("a list") {
        let pages = |key: &str| -> Vec<u64> {
            let pages = case[key].as_array().expect("a list");
            pages.iter().filter_map(Value::as_u64).collect()
        };
        let places = pages("answers").into_iter();
        let places: Vec<Value> = places
            .map(|page| json!({"document": "d", "page": page}))
            .collect();
        let asked = question(&json!({"question": "q", "evidence": places}));
        let passages = pages("cited").into_iter();
        let passages: Vec<Found> = passages
            .map(|page| found("d", u32::try_from(page).expect("a page"), "x"))
            .collect();
        let answered = Answered {
            // What is cited twice is one page.
            cited: passages
                .iter()
                .chain(&passages)
                .zip(1..)
                .map(|(passage, n)| cited(n, passage, "x"))
                .collect(),
            passages: passages.clone(),
            ..Answered::default()
        };
        let (_, values) = measure_answer(&asked, &answered);
        for name in ["precision", "recall"] {
            let expected = case[name].as_f64().expect("a number");
            is(&values, &format!("citation.{name}"), expected);
        }
    }
}

proptest! {
    #[test]
    fn shares_are_shares_whatever_is_found(pages in prop::collection::vec(0u32..4, 0..12), page in 1u32..4) {
        let asked = question(&json!({"question": "q", "document": "d", "page": page, "passage": "x"}));
        let results: Vec<Found> = pages.iter().map(|page| found("d", *page, "x")).collect();
        for (name, value) in measure_search(&asked, &results) {
            prop_assert!((0.0..=1.0).contains(&value), "{} is {}", name, value);
        }
    }
}
