//! Spans of a text that can be the answer to a question of a kind.

use std::ops::Range;

use stoa_language::Language;

use super::{
    amounts,
    coverage::Coverage,
    kind::{AnswerKind, Asked},
    lists::Lists,
    names_latin,
    names_zh::{self, Sort, Word},
    passage::Piece,
    text,
};

/// Digits that a telephone number has at least.
const PHONE_DIGITS: usize = 6;

/// A span that can be the answer, or a clause where none is of the kind that is asked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Span {
    pub(super) range: Range<usize>,
    /// What it says, to find it elsewhere; empty for a clause.
    pub(super) key: String,
    /// How well it fits the kind, 0 to 1.
    pub(super) weight: f32,
}

/// The spans of a piece that can answer. Without any that surely is of the kind, its clauses, where the kind allows it.
pub(super) fn find(piece: &Piece, asked: &Asked, coverage: &Coverage) -> Vec<Span> {
    let mut spans = of_kind(piece, asked, coverage);
    // A capital at the beginning of a sentence is no sure sign of a name, so the clauses compete with it.
    let sure = |span: &Span| span.weight >= names_latin::FIRST_WORD + f32::EPSILON;
    let unsure = matches!(
        asked.kind,
        AnswerKind::Who | AnswerKind::Place | AnswerKind::Name | AnswerKind::Other
    );
    if spans.is_empty() || unsure && !spans.iter().any(sure) {
        spans.extend(clauses(&piece.text, asked, coverage));
    }
    spans
}

fn of_kind(piece: &Piece, asked: &Asked, coverage: &Coverage) -> Vec<Span> {
    let (text, body) = (piece.text.as_str(), piece.body);
    match asked.kind {
        AnswerKind::Phone => phones(text),
        AnswerKind::Mail => addresses(text, |word| word.contains('@')),
        AnswerKind::Web => addresses(text, |word| {
            word.contains("://") || word.starts_with("www.")
        }),
        AnswerKind::Time | AnswerKind::Date | AnswerKind::Rate | AnswerKind::Number => {
            amounts::find(text, asked, body, piece.row)
        }
        _ if asked.language == Language::Chinese => chinese(text, asked, body),
        _ => latin(piece, asked, coverage),
    }
}

fn clauses(text: &str, asked: &Asked, coverage: &Coverage) -> Vec<Span> {
    let mut begin = 0;
    let ranges = text::clause_ends(text)
        .into_iter()
        .map(|end| std::mem::replace(&mut begin, end)..end);
    let spans = ranges.map(|range| Span {
        weight: clause_weight(&text[range.clone()], text, asked, coverage),
        range,
        key: String::new(),
    });
    spans.filter(|span| span.weight > 0.0).collect()
}

/// Weight of a clause that has nothing of the kind that is asked for. A number or a date that is missing is no answer,
/// but "when it is cold" says when, and "by the manager" says who.
fn clause_weight(clause: &str, text: &str, asked: &Asked, coverage: &Coverage) -> f32 {
    let lists = Lists::of(asked.language);
    let has = |name| lists.any(name, &lists.prepare(clause));
    let chinese = asked.language == Language::Chinese;
    match asked.kind {
        AnswerKind::Phone | AnswerKind::Mail | AnswerKind::Web => 0.0,
        AnswerKind::Date if has("moment") => 0.6,
        AnswerKind::Time | AnswerKind::Date | AnswerKind::Rate | AnswerKind::Number if chinese => {
            0.5
        }
        AnswerKind::Time | AnswerKind::Date | AnswerKind::Rate | AnswerKind::Number => 0.4,
        AnswerKind::Other => 0.8,
        AnswerKind::Place if chinese && has("site") => 0.7,
        _ if chinese => 0.6,
        // "The library was founded in 1802" says no more than the question, and so not by whom.
        _ if !names_latin::says_more(text, asked.language, coverage) => 0.0,
        AnswerKind::Who if has("agent") => 0.6,
        AnswerKind::Place if has("site") => 0.6,
        _ => 0.5,
    }
}

fn latin(piece: &Piece, asked: &Asked, coverage: &Coverage) -> Vec<Span> {
    let text = piece.text.as_str();
    let most = if asked.kind == AnswerKind::Other {
        0.9
    } else {
        1.0
    };
    let names = names_latin::find(text, asked.language, coverage).into_iter();
    let named = names
        .filter(|(range, _)| range.start >= piece.body && !(piece.row && is_head(text, range)));
    let spans = named.map(|(range, weight)| Span {
        key: text[range.clone()].to_lowercase(),
        range,
        weight: most * weight,
    });
    spans.collect()
}

/// The head of a column, which stands before its cell: "Opens: 7:30".
fn is_head(text: &str, range: &Range<usize>) -> bool {
    text[range.end..]
        .find([':', ','])
        .is_some_and(|at| text[range.end + at..].starts_with(": "))
}

fn chinese(text: &str, asked: &Asked, body: usize) -> Vec<Span> {
    let words = names_zh::find(text).into_iter();
    let new = words.filter(|word| word.range.start >= body && is_new(word, &asked.text));
    let spans = new.filter_map(|word| {
        let weight = weight(asked, word.sort)?;
        Some(Span {
            key: key(word.name),
            range: word.range,
            weight: weight * word.weight,
        })
    });
    spans.collect()
}

/// Whether a word says what the question does not.
fn is_new(word: &Word<'_>, question: &str) -> bool {
    let shared = || text::pairs(word.name).any(|(_, pair)| question.contains(pair));
    !question.contains(word.name) && (matches!(word.sort, Sort::Quoted | Sort::Latin) || !shared())
}

/// How well a sort of word answers a kind of question.
fn weight(asked: &Asked, sort: Sort) -> Option<f32> {
    let role = if asked.role { 0.0 } else { 0.8 };
    // Chosen on Chinese questions with known answers, in the order of `order` below.
    let weights = match (asked.kind, asked.person) {
        (AnswerKind::Who, true) => [0.55, 0.6, 1.0, 0.3, 0.5, role, 0.0],
        (AnswerKind::Who, false) => [0.95, 0.8, 1.0, 0.8, 0.9, role, 0.0],
        (AnswerKind::Name, _) => [1.0, 1.0, 0.9, 0.8, 1.0, 0.5, 0.5],
        (AnswerKind::Place, _) => [0.4, 0.0, 0.4, 1.0, 0.6, 0.0, 0.0],
        _ => [0.8, 0.7, 0.7, 0.7, 0.9, 0.85, 0.85],
    };
    let order = [
        Sort::Quoted,
        Sort::Latin,
        Sort::Person,
        Sort::Place,
        Sort::Proper,
        Sort::Role,
        Sort::Noun,
    ];
    let found = order.iter().zip(weights).find(|(other, _)| **other == sort);
    found
        .map(|(_, weight)| weight)
        .filter(|weight| *weight > 0.0)
}

fn key(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Runs of digits that a telephone number can be: with spaces, brackets and hyphens within. A date has fewer digits, or
/// is one.
fn phones(text: &str) -> Vec<Span> {
    let runs = text::runs(text, |c| c.is_ascii_digit() || "+()-/. ".contains(c));
    let runs = runs.map(|(at, run)| (at, run.trim_end_matches(|c: char| !c.is_ascii_digit())));
    // Shorter runs are years, prices and numbers of houses.
    let whole =
        runs.filter(|(_, run)| run.chars().filter(char::is_ascii_digit).count() >= PHONE_DIGITS);
    let phone = whole.filter(|(_, run)| !is_date(run.trim()));
    let spans = phone.map(|(at, run)| Span {
        range: at..at + run.len(),
        key: run.chars().filter(char::is_ascii_digit).collect(),
        weight: 1.0,
    });
    spans.collect()
}

fn is_date(run: &str) -> bool {
    use stoa_language::quantity::{self, Sense};
    matches!(&quantity::find(run)[..], [only] if only.range.len() == run.len() && matches!(only.readings[0], Sense::Date(_)))
}

fn addresses(text: &str, fits: fn(&str) -> bool) -> Vec<Span> {
    let words = text::runs(text, |c| c.is_ascii_graphic());
    let found = words.filter(|(_, word)| fits(word));
    found
        .map(|(at, word)| Span {
            range: at..at + word.len(),
            key: key(word),
            weight: 1.0,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use stoa_language::Reading;

    use super::{super::passage::Passage, *};
    use crate::read::Source;

    fn answers<'a>(question: &str, text: &'a str) -> Vec<&'a str> {
        let asked = Asked::of(&Reading::of(question));
        let coverage = Coverage::of(&asked);
        let source = [Source::new(text, "")];
        let passages = Passage::all(&source, &coverage);
        let spans = find(&passages[0].pieces[0], &asked, &coverage);
        spans
            .into_iter()
            .map(|span| text[span.range].trim())
            .collect()
    }

    #[test]
    fn phone_numbers_and_addresses_answer_alone() {
        let phone = "What's the phone number of the office?";
        assert_eq!(
            answers(phone, "Call +372 555 1234, room 12, since 2020-05-01."),
            ["+372 555 1234"]
        );
        assert!(answers(phone, "The office is in Tartu since 2020-05-01.").is_empty());
        assert_eq!(
            answers(
                "What is the email address?",
                "Write to desk@example.org today."
            ),
            ["desk@example.org"]
        );
    }

    #[test]
    fn people_are_not_what_the_question_names() {
        assert_eq!(
            answers("电影《四季》的导演是谁", "《四季》由张艺谋执导"),
            ["张艺谋"]
        );
        assert_eq!(
            answers("Who directed Titanic?", "James Cameron directed Titanic."),
            ["James Cameron"]
        );
    }
}
