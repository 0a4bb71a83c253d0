//! Answers without a model: the sentences of the passages that say most of what was asked.

use std::collections::{HashMap, HashSet};

use crate::{
    prompt::Source,
    terms::{Terms, is_ideograph, says_something},
};

/// Most sentences of an answer.
const MOST: usize = 3;
/// Share of the best sentence's score that a further one must reach.
const NEAR: f32 = 0.6;
/// Share of what was asked that the best sentence must hold.
const LEAST: f32 = 0.3;
/// Characters of a sentence; a shorter one is a heading, a longer one a table or a formula gone wrong.
const LENGTH: std::ops::RangeInclusive<usize> = 12..=600;

/// A sentence of a passage.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Quoted {
    /// Number of the passage, from 1.
    pub(crate) n: usize,
    /// What it says.
    pub(crate) text: String,
    /// The words of the passage that say it.
    pub(crate) quote: String,
}

struct Candidate {
    n: usize,
    place: usize,
    text: String,
    quote: String,
    terms: HashSet<String>,
}

/// Quotes the sentences that answer best, in the order of the passages. Empty when none says enough of what was asked.
pub(crate) fn answer(question: &str, sources: &[Source]) -> Vec<Quoted> {
    let wanted = keys(&Terms::of(question));
    let candidates = candidates(sources);
    let weights = weights(&wanted, &candidates);
    let total: f32 = weights.values().sum();
    if total <= 0.0 {
        return Vec::new();
    }
    let mut scored: Vec<(f32, &Candidate)> = candidates
        .iter()
        .map(|candidate| {
            let held: f32 = weights
                .iter()
                .filter(|(key, _)| candidate.terms.contains::<str>(key))
                .map(|(_, w)| w)
                .sum();
            // A passage that was found first is more to the point.
            let rank = 1.0 - 0.08 * (candidate.n - 1) as f32;
            (held / total * rank.max(0.5), candidate)
        })
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.place.cmp(&b.1.place)));
    let best = scored.first().map_or(0.0, |(score, _)| *score);
    if best < LEAST {
        return Vec::new();
    }
    let mut chosen: Vec<&Candidate> = Vec::new();
    for (_, candidate) in scored.iter().filter(|(score, _)| *score >= best * NEAR) {
        if chosen.len() < MOST && chosen.iter().all(|other| !repeats(candidate, other)) {
            chosen.push(candidate);
        }
    }
    chosen.sort_by_key(|candidate| candidate.place);
    chosen
        .into_iter()
        .map(|candidate| Quoted {
            n: candidate.n,
            text: candidate.text.clone(),
            quote: candidate.quote.clone(),
        })
        .collect()
}

fn candidates(sources: &[Source]) -> Vec<Candidate> {
    let mut found = Vec::new();
    for (source, n) in sources.iter().zip(1..) {
        for unit in &source.units {
            let lead = unit.goes_on_from.map(|lead| &source.units[lead]);
            let with = |own: &str, lead: Option<&String>| match lead {
                Some(lead) => format!("{lead} {own}"),
                None => own.to_owned(),
            };
            let text = with(&unit.text, lead.map(|lead| &lead.text));
            let quote = with(&unit.quote, lead.map(|lead| &lead.quote));
            let complete = text.ends_with([
                '.', '!', '。', '！', '：', ':', ';', '；', ')', '）', '”', '"',
            ]);
            let statement = !text.ends_with(['?', '？']);
            if LENGTH.contains(&width(&text))
                && statement
                && (complete || lead.is_some() || text.chars().any(is_ideograph))
            {
                let terms = keys(&Terms::of(&text));
                found.push(Candidate {
                    n,
                    place: found.len(),
                    text,
                    quote,
                    terms,
                });
            }
        }
    }
    found
}

/// Rare words say more: the weight is the inverse of how many sentences hold the word.
fn weights<'a>(wanted: &'a HashSet<String>, candidates: &[Candidate]) -> HashMap<&'a str, f32> {
    let count = candidates.len() as f32;
    let weight = |key: &'a String| {
        let holders = candidates
            .iter()
            .filter(|candidate| candidate.terms.contains(key))
            .count() as f32;
        (
            key.as_str(),
            (1.0 + (count - holders + 0.5) / (holders + 0.5)).ln(),
        )
    };
    wanted.iter().map(weight).collect()
}

/// Words, and for Chinese pairs of characters: single ones are in every sentence.
fn keys(terms: &Terms) -> HashSet<String> {
    let words = terms
        .content
        .iter()
        .filter(|word| !word.chars().all(is_ideograph));
    let pairs = terms
        .pairs
        .iter()
        .filter(|pair| pair.chars().all(says_something));
    words.chain(pairs).cloned().collect()
}

fn repeats(one: &Candidate, other: &Candidate) -> bool {
    let shared = one.terms.intersection(&other.terms).count();
    shared * 10 >= one.terms.len().min(other.terms.len()).max(1) * 8
}

fn width(text: &str) -> usize {
    text.chars()
        .map(|c| if is_ideograph(c) { 2 } else { 1 })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source::new(text, "")
    }

    #[test]
    fn the_sentence_that_answers_is_quoted_with_its_passage() {
        let sources = [
            source("The office opens at nine. Lunch is at noon in the canteen."),
            source("Employees get 25 days of vacation a year. Unused vacation expires in March."),
        ];
        let quoted = answer("How many days of vacation do employees get?", &sources);
        let first = quoted.first().expect("quoted");
        assert_eq!(first.n, 2);
        assert_eq!(first.text, "Employees get 25 days of vacation a year.");
    }

    #[test]
    fn chinese_is_matched_by_pairs_of_characters() {
        let sources = [source(
            "今天天气很好，我们去公园玩。过拟合是由于模型的学习能力过于强大。",
        )];
        let quoted = answer("什么是过拟合？", &sources);
        assert_eq!(quoted.len(), 1);
        assert!(quoted[0].text.starts_with("过拟合"), "{quoted:?}");
    }

    #[test]
    fn nothing_is_quoted_when_nothing_is_said() {
        let sources = [source(
            "The office opens at nine. Lunch is at noon in the canteen.",
        )];
        assert!(answer("Who won the football championship?", &sources).is_empty());
    }
}
