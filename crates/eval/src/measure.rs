//! One question measured: what was found, and what was said.

use std::collections::BTreeMap;

use crate::{
    question::{Evidence, Question, names_document},
    ranking::Ranking,
    run::Outcome,
    statements::{Statement, statements},
    text::{f1, holds, joined, without_marks},
};

/// Figures of one question, by name.
pub type Values = BTreeMap<String, f64>;

/// How many results are looked at.
const CUTS: [usize; 4] = [1, 3, 5, 10];
const DEPTH: usize = 10;

/// A passage that was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Found {
    /// Id of the passage.
    pub id: String,
    /// The document's name.
    pub document: String,
    /// The document's title.
    pub title: String,
    /// Page, from 1; 0 where the format has no pages.
    pub page: u32,
    /// The words.
    pub text: String,
    /// How well it answers, 0 to 1.
    pub score: f32,
}

/// What an answer rests on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Cited {
    /// Number of its mark in the answer, from 1.
    pub n: u32,
    /// Id of the passage.
    pub passage: String,
    /// The document's name.
    pub document: String,
    /// The document's title.
    pub title: String,
    /// Page, from 1; 0 where the format has no pages.
    pub page: u32,
    /// Words of the passage.
    pub quote: String,
}

/// How a question ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Ending {
    /// With an answer.
    #[default]
    Given,
    /// With "I don't know".
    Refused,
    /// With an error, which says this.
    Failed(String),
}

/// What was said to a question.
#[derive(Debug, Clone, Default)]
pub struct Answered {
    /// The words, with marks such as `[1]`.
    pub text: String,
    /// How it ended.
    pub ending: Ending,
    /// What it rests on.
    pub cited: Vec<Cited>,
    /// Passages that it may rest on.
    pub passages: Vec<Found>,
    /// Model that wrote it.
    pub model: String,
    /// Milliseconds to the first text; none where there was no text.
    pub first_text_ms: Option<f64>,
    /// Milliseconds to the end.
    pub total_ms: f64,
    /// Tokens that were read.
    pub prompt_tokens: u32,
    /// Tokens that were written.
    pub completion_tokens: u32,
}

/// Measures a search: `found` best first. Nothing where it is not known what answers the question.
pub fn measure_search(question: &Question, found: &[Found]) -> Values {
    let mut values = Values::new();
    // Not zero: a question that says nothing of places must not lower the figures of those that do.
    if question.evidence.is_empty() {
        return values;
    }
    rate("", &by_page(question, found), &mut values);
    if question
        .evidence
        .iter()
        .all(|place| place.passage.is_some())
    {
        let places: Vec<&Evidence> = question.evidence.iter().collect();
        let ranking = rank(found.iter(), &places, Evidence::is_passage);
        rate("passage.", &ranking, &mut values);
    }
    values
}

/// Measures an answer.
pub fn measure_answer(question: &Question, answered: &Answered) -> (Outcome, Values) {
    let outcome = judge(question, answered);
    let mut values = Values::new();
    let mut put = |name: &str, value: f64| values.insert(name.to_owned(), value);
    let bit = |is: bool| f64::from(u8::from(is));
    let refused = answered.ending == Ending::Refused;
    let failed = matches!(answered.ending, Ending::Failed(_));
    put("failed", bit(failed));
    if question.unanswerable {
        put("refusal.recall", bit(refused));
    } else {
        put("refusal.false", bit(refused));
    }
    // Precision is a share of the refusals, so that questions which were answered have none.
    if refused {
        put("refusal.precision", bit(question.unanswerable));
    }
    if question.was_wrong() {
        put("once_wrong", bit(is_mended(question, outcome)));
    }
    match outcome {
        Outcome::Right => put("score", 1.0),
        Outcome::Wrong => put("score", -1.0),
        Outcome::Refused | Outcome::Failed => put("score", 0.0),
        Outcome::Answered | Outcome::Searched => None,
    };
    if !question.answers.is_empty() {
        let said = without_marks(&answered.text);
        let given = answered.ending == Ending::Given;
        let overlap = if given {
            f1(&said, &question.answers)
        } else {
            0.0
        };
        put("correct", bit(outcome == Outcome::Right));
        put("f1", overlap);
    }
    if !failed {
        put("total_ms", answered.total_ms);
        put("prompt_tokens", answered.prompt_tokens.into());
        put("completion_tokens", answered.completion_tokens.into());
        if let Some(first) = answered.first_text_ms {
            put("first_text_ms", first);
        }
    }
    values.extend(cite(question, answered));
    values.extend(support(answered));
    (outcome, values)
}

fn judge(question: &Question, answered: &Answered) -> Outcome {
    match &answered.ending {
        Ending::Failed(_) => Outcome::Failed,
        Ending::Refused => Outcome::Refused,
        Ending::Given if question.unanswerable => Outcome::Wrong,
        Ending::Given if question.answers.is_empty() => Outcome::Answered,
        Ending::Given if holds(&without_marks(&answered.text), &question.answers) => Outcome::Right,
        Ending::Given => Outcome::Wrong,
    }
}

/// Whether a question that was answered wrongly once is not any more.
fn is_mended(question: &Question, outcome: Outcome) -> bool {
    match outcome {
        Outcome::Right | Outcome::Answered => true,
        Outcome::Refused => question.unanswerable,
        Outcome::Wrong | Outcome::Failed | Outcome::Searched => false,
    }
}

/// Which of the pages that answer are cited, and which of the cited answer.
fn cite(question: &Question, answered: &Answered) -> Values {
    let mut values = Values::new();
    if question.evidence.is_empty() {
        return values;
    }
    let mut cited: Vec<(&str, &str, u32)> = answered
        .cited
        .iter()
        .map(|cited| (cited.document.as_str(), cited.title.as_str(), cited.page))
        .collect();
    // Each page once: several citations of a page are one source.
    cited.sort_unstable();
    cited.dedup();
    let pages = pages(question);
    let answers = |(document, title, page): &(&str, &str, u32)| {
        pages
            .iter()
            .any(|place| place.is_page(document, title, *page))
    };
    let is_cited = |place: &&&Evidence| {
        let mut cited = cited.iter();
        cited.any(|(document, title, page)| place.is_page(document, title, *page))
    };
    let recall = pages.iter().filter(is_cited).count() as f64 / pages.len() as f64;
    values.insert("citation.recall".to_owned(), recall);
    if !cited.is_empty() {
        let right = cited.iter().filter(|page| answers(page)).count();
        let precision = right as f64 / cited.len() as f64;
        values.insert("citation.precision".to_owned(), precision);
    }
    values
}

/// Share of the statements that rest on words which stand where they are said to stand.
fn support(answered: &Answered) -> Values {
    let stated = match answered.ending {
        Ending::Given => statements(&answered.text),
        _ => Vec::new(),
    };
    if stated.is_empty() {
        return Values::new();
    }
    let supported = stated.iter().filter(|one| is_supported(one, answered));
    let share = supported.count() as f64 / stated.len() as f64;
    Values::from([
        ("supported".to_owned(), share),
        ("unsupported".to_owned(), 1.0 - share),
    ])
}

fn is_supported(statement: &Statement, answered: &Answered) -> bool {
    let stands = |mark: &u32| {
        let mut cited = answered.cited.iter().filter(|cited| cited.n == *mark);
        cited.any(|cited| {
            let passage = answered
                .passages
                .iter()
                .find(|found| found.id == cited.passage);
            passage.is_some_and(|passage| stands_in(&cited.quote, &passage.text))
        })
    };
    // Every mark: one that rests on nothing makes the statement look better supported than it is.
    !statement.marks.is_empty() && statement.marks.iter().all(stands)
}

/// Whether each part of a quote stands in a text by its letters and digits: what is between them is laid out anew in a
/// quote, and dots stand for what was left out.
fn stands_in(quote: &str, text: &str) -> bool {
    let letters = |text: &str| {
        text.chars()
            .filter(|c| c.is_alphanumeric())
            .collect::<String>()
    };
    let text = letters(text);
    let mut parts = quote
        .split(['…', '\n'])
        .map(letters)
        .filter(|part| !part.is_empty())
        .peekable();
    parts.peek().is_some() && parts.all(|part| text.contains(&part))
}

impl Evidence {
    fn is_page(&self, document: &str, title: &str, page: u32) -> bool {
        names_document(&self.document, document, title) && self.page.is_none_or(|own| own == page)
    }

    /// Whether a passage is of the page.
    pub(crate) fn holds(&self, found: &Found) -> bool {
        self.is_page(&found.document, &found.title, found.page)
    }

    /// Whether a passage of the page holds the words, too.
    pub(crate) fn is_passage(&self, found: &Found) -> bool {
        let holds = |words: &String| joined(&found.text).contains(&joined(words));
        self.holds(found) && self.passage.as_ref().is_some_and(holds)
    }
}

/// The places of a question, each page once.
fn pages(question: &Question) -> Vec<&Evidence> {
    let mut pages: Vec<&Evidence> = Vec::new();
    for place in &question.evidence {
        let same =
            |other: &&Evidence| (&other.document, other.page) == (&place.document, place.page);
        if !pages.iter().any(same) {
            pages.push(place);
        }
    }
    pages
}

fn by_page(question: &Question, found: &[Found]) -> Ranking {
    let mut seen: Vec<(&str, u32)> = Vec::new();
    let firsts = found.iter().filter(|found| {
        let page = (found.document.as_str(), found.page);
        let new = !seen.contains(&page);
        if new {
            seen.push(page);
        }
        new
    });
    rank(firsts, &pages(question), Evidence::holds)
}

/// Marks what was looked for among what was found. A result that is several of the places is one thing to find.
fn rank<'a>(
    found: impl Iterator<Item = &'a Found>,
    places: &[&Evidence],
    is: fn(&Evidence, &Found) -> bool,
) -> Ranking {
    let mut open = places.to_vec();
    let mut relevant = places.len();
    let hits = found
        .map(|found| {
            let before = open.len();
            open.retain(|place| !is(place, found));
            let hit = before - open.len();
            // Or recall could never be whole where one passage holds two of the places.
            relevant -= hit.saturating_sub(1);
            hit > 0
        })
        .collect();
    Ranking { hits, relevant }
}

fn rate(kind: &str, ranking: &Ranking, values: &mut Values) {
    for k in CUTS {
        values.insert(format!("{kind}recall@{k}"), ranking.recall(k));
    }
    values.insert(format!("{kind}ndcg@{DEPTH}"), ranking.ndcg(DEPTH));
    values.insert(format!("{kind}mrr"), ranking.reciprocal_rank());
}

#[cfg(test)]
mod tests;
