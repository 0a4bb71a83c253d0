//! How well each piece of the passages answers, and how many passages say the same.

use std::{collections::HashMap, ops::Range};

use stoa_language::Language;

use super::{
    amounts,
    candidates::{self, Span},
    coverage::{Coverage, QueryTerm},
    kind::{AnswerKind, Asked, Measured},
    lists::Lists,
    nearness::Nearness,
    passage::{Passage, Piece},
    text,
};

/// How much a part of the question counts that stands in the clause of the answer, in its sentence, in the sentence or
/// heading before it, elsewhere in the passage.
const CLAUSE: f32 = 1.0;
const SENTENCE: f32 = 0.95;
const NEAR: f32 = 0.8;
const PASSAGE: f32 = 0.6;
/// The same for the heading of another section.
const OTHER_SECTION: f32 = 0.3;
/// How much a part counts that is not there when the passage is as near to the question as one that answers it.
const MEANT: f32 = 0.5;
/// What passages count that have none of the names of the question.
const OTHER_NAME: f32 = 0.7;
/// The same for a row of a table, which is about what it names.
const OTHER_ROW: f32 = 0.5;

/// What numbers count of other things than those that are asked for.
const OTHER_THINGS: f32 = 0.5;

/// Weight of a number that is planned, or of a part of a year, where neither is asked for.
const PLANNED: f32 = 0.85;
const PART_OF_YEAR: f32 = 0.75;

/// How much a vote adds, and how many count.
const VOTE: f32 = 0.1;
const MOST_VOTES: f32 = 4.0;
/// What the vote of a passage counts that says the same in nearly the same words as another.
const REPEATED: f32 = 0.5;

/// How much its nearness in meaning counts beside a score.
const MEANING: f32 = 0.3;

/// A piece with its best span.
#[derive(Debug, Clone)]
pub(super) struct Scored {
    pub(super) passage: usize,
    pub(super) piece: usize,
    /// What its span says; empty where none is of the kind that is asked for.
    pub(super) key: String,
    /// How much of the question its best span has near it, with its years, 0 to 1.
    pub(super) covered: f32,
    /// How much of the question the passage has in its own words, 0 to 1.
    pub(super) written: f32,
    /// No other passage has the words of the question that this one lacks: none is more about it, and other words may say it.
    pub(super) alone: bool,
    /// What is covered, with how well the span fits the kind.
    pub(super) score: f32,
    /// How much documents speak for what the span says.
    pub(super) vote: f32,
    /// The score with the vote.
    pub(super) total: f32,
    /// Of each word of the question that tells something some passage has it, or one that means the same.
    pub(super) told: bool,
    /// Its passage lacks a name of the question that another has.
    pub(super) other: bool,
    /// The parts of the question that its piece itself has, a bit each.
    pub(super) holds: u64,
    /// How near it is to the question in meaning, 1 where it says the same; where that is known.
    pub(super) near: Option<f32>,
}

impl Scored {
    /// How well it answers, by its words and its meaning.
    pub(super) fn merit(&self) -> f32 {
        self.own() + MEANING * self.near.unwrap_or_default().max(0.0)
    }

    /// The score with the vote, less where it is about something else.
    pub(super) fn own(&self) -> f32 {
        self.total * if self.other { OTHER_NAME } else { 1.0 }
    }
}

/// A place in a passage: the piece, and where in it.
type Place = (usize, usize);

struct Scorer<'a> {
    /// For each part of the question, whether any passage has it.
    known: Vec<bool>,
    asked: &'a Asked,
    coverage: &'a Coverage,
    passages: &'a [Passage<'a>],
    nearness: Option<Nearness>,
}

/// A span with what it scores.
struct Rated {
    key: String,
    covered: f32,
    written: f32,
    alone: bool,
    told: bool,
    other: bool,
    holds: u64,
    score: f32,
}

/// The pieces that can answer, the best first.
pub(super) fn score(
    asked: &Asked,
    coverage: &Coverage,
    passages: &[Passage<'_>],
    nearness: Option<Nearness>,
) -> Vec<Scored> {
    let known = |part: &QueryTerm| part.given || passages.iter().any(|passage| passage.holds(part));
    // Of all passages, before any is scored: a word that nobody has tells no passage from another.
    let known = coverage.parts.iter().map(known).collect();
    let scorer = Scorer {
        known,
        asked,
        coverage,
        passages,
        nearness,
    };
    let mut rated: Vec<(usize, usize, Vec<Rated>)> = Vec::new();
    for (at, passage) in passages.iter().enumerate() {
        let pieces = passage
            .pieces
            .iter()
            .enumerate()
            .filter(|(_, piece)| piece.states);
        rated.extend(pieces.map(|(piece, _)| (at, piece, scorer.rate(passage, piece))));
    }
    let votes = scorer.votes(&rated);
    let scored = rated
        .iter()
        .filter_map(|(passage, piece, spans)| best(*passage, *piece, spans, &votes));
    let mut scored: Vec<Scored> = scored.collect();
    scored.sort_by(|a, b| b.total.total_cmp(&a.total));
    scored
}

fn best(
    passage: usize,
    piece: usize,
    spans: &[Rated],
    votes: &HashMap<&str, f32>,
) -> Option<Scored> {
    let covered = spans
        .iter()
        .max_by(|a, b| a.score.total_cmp(&b.score))?
        .covered;
    let scored = spans.iter().map(|span| {
        let vote = votes.get(span.key.as_str()).copied().unwrap_or_default();
        Scored {
            passage,
            piece,
            key: span.key.clone(),
            covered,
            written: span.written,
            alone: span.alone,
            score: span.score,
            vote,
            total: span.score + VOTE * vote.min(MOST_VOTES),
            told: span.told,
            other: span.other,
            holds: span.holds,
            near: None,
        }
    });
    // The first of equals, as it is written.
    scored.reduce(|best, other| {
        if other.total > best.total {
            other
        } else {
            best
        }
    })
}

impl Scorer<'_> {
    fn rate(&self, passage: &Passage<'_>, at: usize) -> Vec<Rated> {
        let piece = &passage.pieces[at];
        let clauses = text::clause_ends(&piece.text);
        let elsewhere = self.elsewhere(passage, at);
        // Tables and reports name the year once, far above the number that is of it.
        let years: Vec<(Place, u16)> = passage.years().collect();
        let part_of_year = self.is_amount()
            && !self.asked.part
            && amounts::is_part_of_year(&piece.text, self.asked);
        let whole = self.names(piece)
            * self.things(piece, &elsewhere)
            * if part_of_year { PART_OF_YEAR } else { 1.0 };
        let rate = |span: Span| {
            let clause = clause_of(&clauses, &span);
            let planned = self.is_planned(&piece.text[clause.clone()]);
            let years = self.years(passage, &years, (at, span.range.start));
            let mut rated = self.hold(passage, piece, &clause, &elsewhere);
            rated.covered *= years.min(1.0) * self.names(piece);
            rated.score *=
                years.min(1.0) * whole * span.weight * if planned { PLANNED } else { 1.0 };
            rated.key = span.key;
            rated
        };
        let spans = candidates::find(piece, self.asked, self.coverage);
        spans.into_iter().map(rate).collect()
    }

    /// How much of the question a clause has, with what stands outside of its piece.
    fn hold(
        &self,
        passage: &Passage<'_>,
        piece: &Piece,
        clause: &Range<usize>,
        elsewhere: &[f32],
    ) -> Rated {
        let meant = self.meant(passage);
        let total = self.coverage.total().max(f32::EPSILON);
        let (mut covered, mut written, mut alone, mut told, mut holds) = (0.0, 0.0, true, true, 0);
        let mut other = false;
        let parts = self.coverage.parts.iter().zip(elsewhere).zip(&self.known);
        for (at, ((part, elsewhere), known)) in parts.enumerate() {
            let own = held(part, piece, clause);
            // Parts beyond the 64th share the last bit; no question that is quoted for has so many.
            holds |= u64::from(own > 0.0) << at.min(63);
            let held = own.max(*elsewhere);
            alone &= held > 0.0 || !known;
            told &= *known || part.weight < 1.0;
            other |= part.name && *known && held == 0.0;
            // Words that are there, and words that may be meant: thresholds ask for the one or the other.
            written += part.weight * held / total;
            covered += part.weight * held.max(meant) / total;
        }
        Rated {
            key: String::new(),
            covered,
            written,
            alone,
            told,
            other,
            holds,
            score: covered,
        }
    }

    /// Where no passage has any of the names that are asked for, all of them are about something else.
    fn names(&self, piece: &Piece) -> f32 {
        let parts = self.coverage.parts.iter().zip(&self.known);
        let mut names = parts
            .filter(|(part, _)| part.name)
            .map(|(_, known)| *known)
            .peekable();
        if names.peek().is_some() && !names.any(|known| known) {
            if piece.row { OTHER_ROW } else { OTHER_NAME }
        } else {
            1.0
        }
    }

    /// "27 days of vacation" are no sick days: what tells the things apart that are counted must be there.
    fn things(&self, piece: &Piece, elsewhere: &[f32]) -> f32 {
        let Measured::Things(things) = &self.asked.measured else {
            return 1.0;
        };
        let held = |term: &String| {
            let keys = self.coverage.keys_of_word(term);
            let of = |part: &QueryTerm| part.keys.iter().any(|key| keys.contains(key));
            let mut parts = self.coverage.parts.iter().zip(elsewhere);
            piece.keys.iter().any(|(_, key)| keys.contains(key))
                || parts.any(|(part, elsewhere)| of(part) && *elsewhere >= NEAR)
                || keys.is_empty()
        };
        // The last is the noun itself ("days"), which everything counted in it has; those before it ("vacation") tell
        // it apart.
        let kinds = &things[..things.len().saturating_sub(1)];
        if kinds.iter().all(held) {
            1.0
        } else {
            OTHER_THINGS
        }
    }

    fn is_amount(&self) -> bool {
        matches!(self.asked.kind, AnswerKind::Number | AnswerKind::Rate)
    }

    fn is_planned(&self, clause: &str) -> bool {
        let lists = Lists::of(self.asked.language);
        self.is_amount() && !self.asked.plan && lists.any("plan", &lists.prepare(clause))
    }

    /// How much a part of the question counts that a passage does not have, for it may say it in other words.
    fn meant(&self, passage: &Passage<'_>) -> f32 {
        match self.asked.language {
            // Characters are shared by chance more often than words: what is not written is not there.
            Language::Chinese => 0.0,
            _ => self.nearness.map_or(0.0, |nearness| {
                MEANT * nearness.of(passage.source.similarity)
            }),
        }
    }

    /// How much each part of the question counts by what stands outside of a piece.
    fn elsewhere(&self, passage: &Passage<'_>, at: usize) -> Vec<f32> {
        let near = |key: &usize| passage.context.contains(key);
        let headings: Vec<usize> = passage.headings(at).collect();
        let level = |part: &QueryTerm| {
            let pieces = passage
                .pieces
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != at);
            let holding = pieces
                .filter(|(_, piece)| piece.keys.iter().any(|(_, key)| part.keys.contains(key)));
            let levels = holding.map(|(other, _)| match passage.pieces[other].depth {
                0 if other + 1 == at => NEAR,
                0 => PASSAGE,
                _ if headings.contains(&other) => NEAR,
                _ => OTHER_SECTION,
            });
            let context = if part.keys.iter().any(near) {
                NEAR
            } else {
                0.0
            };
            levels.fold(context, f32::max)
        };
        self.coverage.parts.iter().map(level).collect()
    }

    /// How well the years around a place are those of the question.
    fn years(&self, passage: &Passage<'_>, years: &[(Place, u16)], at: Place) -> f32 {
        let asked = &self.asked.years;
        let factor: f32 = asked
            .iter()
            .map(|year| self.year(*year, years, at))
            .product();
        match passage.written {
            Some(written) if !asked.is_empty() && years.is_empty() => {
                factor * written_in(written, asked)
            }
            _ => factor,
        }
    }

    /// How well the years around a place are one year. The last one before it counts, in its own piece above all.
    fn year(&self, year: u16, years: &[(Place, u16)], at: Place) -> f32 {
        let either = |right: bool, yes: f32, no: f32| if right { yes } else { no };
        let last = |years: &mut dyn Iterator<Item = &(Place, u16)>| {
            years
                .filter(|(place, _)| *place < at)
                .last()
                .map(|(_, year)| *year)
        };
        let here = || years.iter().filter(|(place, _)| place.0 == at.0);
        if here().next().is_some() {
            let named = here().any(|(_, other)| *other == year);
            let right = self.asked.kind == AnswerKind::Date
                || last(&mut here()).is_none_or(|last| last == year);
            // These shares were chosen on questions about yearly figures; only their order has a reason: the year of
            // the piece, the one before it, none, another.
            return if named { either(right, 1.0, 0.85) } else { 0.6 };
        }
        match last(&mut years.iter()) {
            Some(last) => either(last == year, 0.95, 0.7),
            None if years.is_empty() => 0.85,
            None => either(years.iter().any(|(_, other)| *other == year), 0.9, 0.75),
        }
    }

    /// What documents say for each key: the best span of each document, less where they say it in the same words.
    fn votes<'r>(&self, rated: &'r [(usize, usize, Vec<Rated>)]) -> HashMap<&'r str, f32> {
        let mut best: HashMap<&str, HashMap<usize, (f32, &Piece)>> = HashMap::new();
        for (passage, piece, spans) in rated {
            let passage = &self.passages[*passage];
            for span in spans.iter().filter(|span| !span.key.is_empty()) {
                let of_document = best.entry(span.key.as_str()).or_default();
                let piece = &passage.pieces[*piece];
                let known = of_document
                    .entry(passage.document)
                    .or_insert((span.score, piece));
                // One vote a document, by its best span: a document that repeats itself is no second witness.
                if span.score > known.0 {
                    *known = (span.score, piece);
                }
            }
        }
        best.into_iter()
            .map(|(key, documents)| (key, sum(documents.into_values().collect())))
            .collect()
    }
}

/// How well the year in which a passage was written fits, where it names none itself. What happened in a year is told in
/// the next one too.
fn written_in(written: u16, asked: &[u16]) -> f32 {
    if asked.contains(&written) {
        1.1
    } else if asked.contains(&(written - 1)) {
        1.0
    } else {
        0.8
    }
}

fn sum(mut votes: Vec<(f32, &Piece)>) -> f32 {
    votes.sort_by(|a, b| b.0.total_cmp(&a.0));
    let counted = votes.iter().enumerate().map(|(at, (score, piece))| {
        // A press release that five sites copy is one source.
        let repeats = votes[..at].iter().any(|(_, other)| piece.repeats(other));
        score * if repeats { REPEATED } else { 1.0 }
    });
    counted.sum()
}

/// The clauses a span stands in.
fn clause_of(ends: &[usize], span: &Span) -> Range<usize> {
    let begin = ends
        .iter()
        .rev()
        .find(|end| **end <= span.range.start)
        .copied()
        .unwrap_or_default();
    let end = ends
        .iter()
        .find(|end| **end >= span.range.end)
        .or(ends.last())
        .copied()
        .unwrap_or_default();
    begin..end.max(begin)
}

/// How much a part of the question counts by where a piece holds it.
fn held(part: &QueryTerm, piece: &Piece, clause: &Range<usize>) -> f32 {
    if part.given {
        return CLAUSE;
    }
    let places = piece.keys.iter().filter(|(_, key)| part.keys.contains(key));
    places
        .map(|(at, _)| {
            if clause.contains(at) {
                CLAUSE
            } else {
                SENTENCE
            }
        })
        .fold(0.0, f32::max)
}
