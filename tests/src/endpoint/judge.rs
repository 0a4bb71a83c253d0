//! A checking model that believes what it wrote itself, or anything at all: it says supported of that, with the words of
//! the passage that are most like it.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Value, json};

/// The answer to a call that checks statements; `None` for any other call. It believes what stands in `written`, and
/// anything where there is none.
pub(super) fn verdicts(asked: &str, written: Option<&str>) -> Option<Value> {
    let own = written.map(letters);
    let believes = |text: &str| own.as_ref().is_none_or(|own| own.contains(&letters(text)));
    let (passages, statements) = asked.rsplit_once("\nStatements:\n")?;
    let passages = numbered(passages.rsplit_once("Passages:\n")?.1);
    let verdicts: Vec<Value> = statements
        .lines()
        .filter_map(|line| verdict(line, &passages, &believes))
        .collect();
    Some(json!({ "verdicts": verdicts }))
}

/// `[1] text over lines` by number.
pub(super) fn numbered(text: &str) -> BTreeMap<usize, String> {
    let mut passages: BTreeMap<usize, String> = BTreeMap::new();
    let mut open = None;
    for line in text.lines() {
        let begun = line
            .strip_prefix('[')
            .and_then(|rest| rest.split_once("] "))
            .and_then(|(number, body)| Some((number.parse().ok()?, body)));
        if let Some((number, body)) = begun {
            open = Some(number);
            passages.insert(number, body.to_owned());
        } else if let Some(passage) = open.and_then(|number| passages.get_mut(&number)) {
            passage.push('\n');
            passage.push_str(line);
        }
    }
    passages
}

/// `S1 [1, 2]: text`.
fn verdict(
    line: &str,
    passages: &BTreeMap<usize, String>,
    believes: &dyn Fn(&str) -> bool,
) -> Option<Value> {
    let (head, text) = line.split_once("]: ")?;
    let (number, cited) = head.strip_prefix('S')?.split_once(" [")?;
    let number: usize = number.parse().ok()?;
    if !believes(text) {
        return Some(json!({ "statement": number, "verdict": "not_stated", "quotes": [] }));
    }
    let quotes = cited
        .split(", ")
        .filter_map(|n| n.parse().ok())
        .filter_map(|n: usize| Some((n, passages.get(&n)?)))
        .flat_map(|(n, passage)| sentences(passage).map(move |sentence| (n, sentence)));
    let (passage, quote) =
        quotes.max_by_key(|(_, sentence)| pairs(sentence).intersection(&pairs(text)).count())?;
    Some(json!({
        "statement": number,
        "verdict": "supported",
        "quotes": [{ "passage": passage, "text": quote }],
    }))
}

pub(super) fn sentences(passage: &str) -> impl Iterator<Item = &str> {
    passage
        .split_inclusive(['.', '。', '\n', '!', '?'])
        .map(str::trim)
        .filter(|sentence| sentence.chars().count() > 3)
}

/// The letters and digits of a text without its citations, which its marks and line breaks do not change.
fn letters(text: &str) -> String {
    let cites = |part: &str| part.chars().all(|c| c.is_ascii_digit() || ", ".contains(c));
    let parts = text.split('[').enumerate().map(|(at, part)| {
        let (inside, behind) = part
            .split_once(']')
            .filter(|_| at > 0)
            .unwrap_or(("x", part));
        if cites(inside) { behind } else { part }
    });
    parts
        .collect::<String>()
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn pairs(text: &str) -> HashSet<(char, char)> {
    let chars: Vec<char> = text
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    chars.windows(2).map(|pair| (pair[0], pair[1])).collect()
}
