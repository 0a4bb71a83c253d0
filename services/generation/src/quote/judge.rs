//! Answer, or say nothing; and what to quote.

use std::collections::{HashMap, HashSet};

use stoa_language::Language;

use super::{
    kind::{Asked, Kind},
    nearness::Nearness,
    passage::{Passage, Piece},
    score::Scored,
    text,
};

/// Most pieces that are quoted.
const MOST: usize = 4;
/// Share of the best piece's score that a further one must reach, and of what the best holds of the question.
const NEAR_BEST: f32 = 0.55;
const BESIDE_BEST: f32 = 0.6;
/// The same within a document whose best piece has nearly all that is asked, for it seldom says a thing twice.
const NEAR_BEST_OF_DOCUMENT: f32 = 0.8;
/// Share of the question from which on it has nearly all.
const WHOLE: f32 = 0.85;
/// The same for a row of a table: rows differ in little but what they are about.
const NEAR_BEST_ROW: f32 = 0.95;

/// Share of the question that a document must hold to be about it.
const ABOUT: f32 = 0.3;
/// Votes that count towards an answer, and how many make one.
const VOTES: f32 = 2.5;
const VOTES_OF_ONE: f32 = 4.0;

/// What an answer must score in Chinese where several documents are about the question, and could agree; and where one
/// is, and nothing can agree with it.
const SEVERAL: f32 = 1.37;
const ALONE: f32 = 0.65;
/// The same in languages that part words: what its best piece must score, and, where this many documents are about the
/// question, votes and pieces together.
const BEST: f32 = 0.40;
const TOGETHER: f32 = 0.84;
const CROWD: usize = 3;
/// Share of the question that a passage must say in the question's words, and how near it is where it need not.
const HALF: f32 = 0.5;
const NEAREST: f32 = 0.3;

/// The pieces that answer, the best first; none when the passages do not.
pub(super) fn choose(
    asked: &Asked,
    scored: &[Scored],
    passages: &[Passage<'_>],
    nearness: Nearness,
) -> Vec<Scored> {
    if answers(asked, scored, passages, nearness) {
        pick(scored, passages)
    } else {
        Vec::new()
    }
}

fn answers(asked: &Asked, scored: &[Scored], passages: &[Passage<'_>], nearness: Nearness) -> bool {
    margin(asked, scored, passages, nearness).is_some_and(|margin| margin > 0.0)
}

/// How far above what an answer must score the pieces are.
fn margin(
    asked: &Asked,
    scored: &[Scored],
    passages: &[Passage<'_>],
    nearness: Nearness,
) -> Option<f32> {
    let first = scored.first()?;
    let about = about(scored, passages, nearness);
    let best = distinct(scored, passages, about.min(MOST));
    let mean = best.iter().map(|scored| scored.score).sum::<f32>() / best.len().max(1) as f32;
    let together = first.vote.min(VOTES) / VOTES_OF_ONE + mean;
    if asked.language == Language::Chinese {
        return Some(together - if about > 1 { SEVERAL } else { ALONE });
    }
    let spoken = scored
        .iter()
        .filter(|scored| says_enough(asked, scored, passages, nearness));
    let highest = spoken.map(|scored| scored.score).fold(0.0, f32::max) - BEST;
    Some(if about < CROWD {
        highest
    } else {
        highest.min(together - TOGETHER)
    })
}

/// Whether a passage says more than half of what is asked in the same words. Where it has something of the kind that is
/// asked for, and no other has the words that it lacks, other words will do.
fn says_enough(
    asked: &Asked,
    scored: &Scored,
    passages: &[Passage<'_>],
    nearness: Nearness,
) -> bool {
    let of_kind = asked.kind != Kind::Other && !scored.key.is_empty();
    let near = nearness.of(passages[scored.passage].source.similarity) >= NEAREST;
    scored.written > HALF || of_kind && near && scored.alone
}

/// How many documents are about the question, at least 1: near to it as the best, and holding some of it.
fn about(scored: &[Scored], passages: &[Passage<'_>], nearness: Nearness) -> usize {
    let similarity = |scored: &Scored| passages[scored.passage].source.similarity;
    let best = scored.iter().map(similarity).fold(0.0, f32::max);
    let near = scored
        .iter()
        .filter(|scored| similarity(scored) >= best - nearness.spread);
    let holding = near.filter(|scored| scored.covered >= ABOUT);
    let documents: HashSet<usize> = holding
        .map(|scored| passages[scored.passage].document)
        .collect();
    documents.len().max(1)
}

/// The first pieces of which none repeats another.
fn distinct<'s>(scored: &'s [Scored], passages: &[Passage<'_>], most: usize) -> Vec<&'s Scored> {
    let mut kept: Vec<&Scored> = Vec::new();
    let least = scored.first().map_or(0.0, |first| first.total * NEAR_BEST);
    for other in scored {
        if kept.len() == most || other.total < least {
            break;
        }
        if !kept
            .iter()
            .any(|known| piece(known, passages).repeats(piece(other, passages)))
        {
            kept.push(other);
        }
    }
    kept
}

/// The first pieces that are nearly as good as the best and say something else.
fn pick(scored: &[Scored], passages: &[Passage<'_>]) -> Vec<Scored> {
    let mut best: HashMap<usize, &Scored> = HashMap::new();
    let mut picked: Vec<(&Scored, HashSet<&str>)> = Vec::new();
    for other in scored {
        let of_document = *best
            .entry(passages[other.passage].document)
            .or_insert(other);
        if picked.len() == MOST || !is_near(other, &scored[0], of_document, passages) {
            continue;
        }
        let own = names_of(other, passages);
        let repeats = |known: &Scored| piece(known, passages).repeats(piece(other, passages));
        if !picked
            .iter()
            .any(|(known, names)| repeats(known) && own.is_subset(names))
        {
            picked.push((other, own));
        }
    }
    picked
        .into_iter()
        .map(|(scored, _)| scored.clone())
        .collect()
}

/// Whether a piece is nearly as good as the best of all and of its document.
fn is_near(other: &Scored, first: &Scored, of_document: &Scored, passages: &[Passage<'_>]) -> bool {
    let share = if piece(other, passages).row {
        NEAR_BEST_ROW
    } else if of_document.covered >= WHOLE {
        NEAR_BEST_OF_DOCUMENT
    } else {
        NEAR_BEST
    };
    other.total >= NEAR_BEST * first.total
        && other.total >= share * of_document.total
        && other.covered >= BESIDE_BEST * first.covered
}

fn piece<'p>(scored: &Scored, passages: &'p [Passage<'_>]) -> &'p Piece {
    &passages[scored.passage].pieces[scored.piece]
}

/// Numbers and names of a piece: a piece that has others than one in nearly the same words says something else.
fn names_of<'p>(scored: &'p Scored, passages: &'p [Passage<'_>]) -> HashSet<&'p str> {
    let piece = piece(scored, passages);
    let words = text::runs(&piece.text[piece.body..], char::is_alphanumeric);
    let named = words
        .map(|(_, word)| word)
        .filter(|word| word.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit()));
    named
        .chain((!scored.key.is_empty()).then_some(scored.key.as_str()))
        .collect()
}
