//! Where the clauses of a text end.

use std::ops::Range;

use super::inside;
use crate::{
    markers::{self, Class, Mark},
    quantity::Quantity,
    words::Token,
};

/// Words after which another clause begins, in many languages.
const CONTRASTS: &[&str] = &[
    "but",
    "while",
    "whereas",
    "although",
    "though",
    "however",
    "aber",
    "sondern",
    "obwohl",
    "jedoch",
    "dagegen",
    "hingegen",
    "mais",
    "tandis",
    "alors que",
    "pero",
    "mientras",
    "aunque",
    "sino",
    "ma",
    "mentre",
    "mas",
    "enquanto",
    "maar",
    "terwijl",
    "но",
    "а",
    "хотя",
    "但是",
    "但",
    "而",
    "却",
    "不过",
    "ただし",
    "しかし",
];

/// Words that turn round what stands behind them, and not the rest of their sentence.
const WITHOUT: &[&str] = &[
    "without", "ohne", "sans", "sin", "senza", "sem", "zonder", "без",
];

/// Words on each side of a colon that parts two statements.
const COLON: usize = 2;

/// Words that join to a sentence what may be said otherwise than the rest: it is cold and must not be opened.
const JOINS: &[&str] = &[
    "and", "or", "und", "oder", "et", "ou", "y", "o", "e", "en", "of", "и", "или",
];

/// Where clauses end: at marks that part them, and before words of contrast.
pub(super) fn ends(
    text: &str,
    tokens: &[Token<'_>],
    quantities: &[Quantity],
    marks: &[Mark],
) -> Vec<usize> {
    let chars: Vec<(usize, char)> = text.char_indices().collect();
    let stops = (0..chars.len())
        .filter(|at| markers::ends_clause(&chars, *at))
        .map(|at| chars[at].0 + chars[at].1.len_utf8())
        // The point of "3. März" and of "a.m." ends nothing.
        .filter(|end| {
            let within =
                |quantity: &&Quantity| quantity.range.start < *end && *end < quantity.range.end;
            !quantities.iter().any(|quantity| within(&quantity))
        });
    let colons = text
        .match_indices(": ")
        .map(|(at, _)| at + 1)
        .filter(|at| says_something(tokens, *at));
    let contrasts = tokens
        .iter()
        .filter(|token| {
            token.range.start > 0 && CONTRASTS.contains(&token.text.to_lowercase().as_str())
        })
        .map(|token| token.range.start);
    let mut ends: Vec<usize> = stops
        .chain(contrasts)
        .chain(colons)
        .chain(turns(tokens, marks))
        .chain([text.len()])
        .collect();
    ends.sort_unstable();
    ends.dedup();
    // An end with no word before it parts nothing.
    let mut from = 0;
    ends.retain(|end| {
        let says = text[from..*end].chars().any(char::is_alphanumeric);
        if says {
            from = *end;
        }
        says
    });
    ends
}

/// Whether a colon has a sentence on each side, and no label: "No outings in the dark: boats are off the water".
fn says_something(tokens: &[Token<'_>], at: usize) -> bool {
    let before = tokens
        .iter()
        .filter(|token| !token.stop && token.range.end <= at);
    let behind = tokens
        .iter()
        .filter(|token| !token.stop && token.range.start >= at);
    before.count() >= COLON && behind.count() >= COLON
}

/// Where a part of a sentence begins that alone is turned round. Behind another negation it undoes that: not without.
fn turns(tokens: &[Token<'_>], marks: &[Mark]) -> Vec<usize> {
    let negations: Vec<&Range<usize>> = marks
        .iter()
        .filter(|mark| matches!(mark.class, Class::Not | Class::Fails))
        .map(|mark| &mark.range)
        .collect();
    let Some(first) = negations.iter().map(|range| range.start).min() else {
        return Vec::new();
    };
    let says_little = |token: &Token<'_>| {
        token.stop || marks.iter().any(|mark| inside(&token.range, &mark.range))
    };
    let mut turns = Vec::new();
    for (at, token) in tokens.iter().enumerate().skip(1) {
        // Only what stands before the negation can keep it from the rest of the sentence.
        if token.range.start > first {
            break;
        }
        let word = token.text.to_lowercase();
        let begins = token.range.start == first && WITHOUT.contains(&word.as_str());
        let joins = JOINS.contains(&word.as_str())
            && tokens[at + 1..]
                .iter()
                .take_while(|next| next.range.start < first)
                .all(says_little);
        if begins || joins {
            turns.push(token.range.start);
        }
    }
    turns
}
