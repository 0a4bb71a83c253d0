//! A model that judges answers, chooses between two, and writes questions of passages.

use serde_json::{Value, json};

use super::judge::sentences;

/// How it judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judges {
    /// What holds a reference is right, and the rest is not; where there is none, all is.
    Fairly,
    /// The same, but what it writes first is not valid.
    AtTheSecondAttempt,
    /// Never validly.
    Wildly,
    /// The first of two is the better one, whatever it says.
    ByPlace,
}

/// What it writes; `None` where it is asked for something else.
pub(super) fn answer(asked: &str, how: Judges) -> Option<String> {
    // What was not valid is asked for again, with a complaint behind the object.
    let mut objects = serde_json::Deserializer::from_str(asked).into_iter::<Value>();
    let object = objects.next()?.ok()?;
    let is_again = !asked[objects.byte_offset()..].trim().is_empty();
    let is_valid = match how {
        Judges::Fairly | Judges::ByPlace => true,
        Judges::AtTheSecondAttempt => is_again,
        Judges::Wildly => false,
    };
    let written = if object["answer"].is_string() {
        marks(&object, is_valid)
    } else if object["first"].is_string() {
        choice(&object, how)
    } else if object["passage"].is_string() {
        question(&object, is_valid)
    } else {
        return None;
    };
    // Models put words and fences around what they are asked for.
    Some(format!("Here it is:\n```json\n{written}\n```"))
}

fn is_right(object: &Value, text: &Value) -> bool {
    let references = object["references"]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    let text = text.as_str().unwrap_or_default();
    let mut held = references.iter().filter_map(Value::as_str);
    references.is_empty() || held.any(|reference| text.contains(reference))
}

fn marks(object: &Value, is_valid: bool) -> Value {
    let right = if is_right(object, &object["answer"]) {
        5
    } else {
        1
    };
    let fluent = if is_valid { 4 } else { 9 };
    json!({
        "found": 5, "consistent": 5, "hallucination": right, "correct": right, "logical": 5, "fluent": fluent,
        "useful": right, "reason": "as the references say",
    })
}

fn choice(object: &Value, how: Judges) -> Value {
    let (first, second) = (
        is_right(object, &object["first"]),
        is_right(object, &object["second"]),
    );
    let better = match (how, first, second) {
        (Judges::Wildly, ..) => "both",
        (Judges::ByPlace, ..) | (_, true, false) => "first",
        (_, false, true) => "second",
        _ => "neither",
    };
    json!({ "better": better })
}

/// Asks for the number of the first sentence that has one.
fn question(object: &Value, is_valid: bool) -> Value {
    let passage = object["passage"].as_str().unwrap_or_default();
    let numbered =
        sentences(passage).find(|sentence| sentence.contains(|c: char| c.is_ascii_digit()));
    let Some(sentence) = numbered else {
        return json!({ "question": "" });
    };
    let words: Vec<&str> = sentence.split_whitespace().collect();
    let at = words
        .iter()
        .position(|word| word.contains(|c: char| c.is_ascii_digit()))
        .unwrap_or_default();
    let quote = if is_valid {
        sentence
    } else {
        "words of another book"
    };
    json!({
        "question": format!("How many are said of {}?", words[..at].join(" ")),
        "answer": words[at..].iter().take(2).copied().collect::<Vec<_>>().join(" "),
        "quote": quote,
        "language": "en",
    })
}
