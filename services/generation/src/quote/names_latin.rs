//! Names in text of Latin, Greek and Cyrillic letters, by their capitals; in Japanese, words of the syllabary of foreign
//! words.

use std::ops::Range;

use stoa_language::{
    Language, quantity, script,
    words::{self, Token, TokenKind},
};

use super::{coverage::Coverage, text};

/// Small words within names.
const WITHIN: &[&str] = &[
    "de", "van", "von", "of", "the", "da", "di", "al", "bin", "der", "la", "le", "du", "del",
];

/// Weight of a word that has its capital perhaps only because a sentence begins with it.
pub(super) const FIRST_WORD: f32 = 0.5;

/// Names that say something new, with their places and how sure it is that they are names.
pub(super) fn find(text: &str, language: Language, asked: &Coverage) -> Vec<(Range<usize>, f32)> {
    let mut names = capitalised(text, language, asked);
    let katakana = text::runs(text, |c| script::is_katakana(c) || c == '・');
    let long = katakana.filter(|(_, run)| run.chars().nth(1).is_some());
    names.extend(long.map(|(at, run)| (at..at + run.len(), 1.0)));
    names
}

/// Whether a text says anything that the question does not, but for numbers.
pub(super) fn says_more(text: &str, language: Language, asked: &Coverage) -> bool {
    let numbers = quantity::find(text);
    let tokens = words::tokens(text, language);
    let in_number = |token: &Token<'_>| {
        numbers
            .iter()
            .any(|number| number.range.contains(&token.range.start))
    };
    tokens
        .iter()
        .any(|token| !token.stop && !asked.knows(&token.term) && !in_number(token))
}

fn capitalised(text: &str, language: Language, asked: &Coverage) -> Vec<(Range<usize>, f32)> {
    // May is a month before it is a name.
    let dates = quantity::find(text);
    let free = |token: &Token<'_>| {
        !dates
            .iter()
            .any(|date| date.range.contains(&token.range.start))
    };
    let tokens: Vec<Token<'_>> = words::tokens(text, language)
        .into_iter()
        .filter(free)
        .collect();
    let mut names = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let length = name_length(text, &tokens[at..]);
        let name = &tokens[at..at + length];
        if name.iter().any(|token| is_new(token, asked)) {
            let range = name[0].range.start..name[length - 1].range.end;
            // Two words with capitals are a name even there.
            let begins = length == 1 && begins_sentence(&text[..range.start]);
            // Asked who won the cup, the Cup Final is no answer.
            let new = name.iter().filter(|token| is_new(token, asked)).count();
            let known = name.iter().filter(|token| asked.knows(&token.term)).count();
            let share = 1.0 - 0.5 * known as f32 / (new + known) as f32;
            names.push((range, if begins { FIRST_WORD } else { share }));
        }
        at += length.max(1);
    }
    names
}

fn begins_sentence(before: &str) -> bool {
    let before = before.trim_end_matches([' ', '"', '“', '(', '*']);
    before.is_empty() || before.ends_with(['.', '!', '?', ':', '…'])
}

/// How many tokens from the first on are one name.
fn name_length(text: &str, tokens: &[Token<'_>]) -> usize {
    let joined = |a: &Token<'_>, b: &Token<'_>| {
        let between = &text[a.range.end..b.range.start];
        !between.is_empty()
            && between
                .chars()
                .all(|c| c == ' ' || c == '-' || c == '.' || c == '\'' || c == '’')
            && between.len() <= 3
    };
    if !tokens[0].capital {
        return 0;
    }
    let mut length = 1;
    while let Some(next) = tokens
        .get(length)
        .filter(|next| joined(&tokens[length - 1], next))
    {
        let after = tokens.get(length + 1).filter(|after| joined(next, after));
        // "van" joins only what goes on with a capital: "Bank of the river" ends at Bank.
        let within = WITHIN.contains(&next.text) && after.is_some_and(|after| after.capital);
        if !next.capital && !within {
            break;
        }
        length += if within { 2 } else { 1 };
    }
    length
}

/// A word of a name that the question does not have.
fn is_new(token: &Token<'_>, asked: &Coverage) -> bool {
    token.capital
        && token.kind != TokenKind::Identifier
        && !token.stop
        && token.text.chars().nth(1).is_some()
        && !asked.knows(&token.term)
}

#[cfg(test)]
mod tests {
    use stoa_language::Reading;

    use super::{super::kind::Asked, *};

    #[test]
    fn names_are_words_with_capitals_that_the_question_lacks() {
        let asked = Coverage::of(&Asked::of(&Reading::of("Who directed Titanic?")));
        let text = "The film Titanic was made by James Cameron and the University of Tartu.";
        let names: Vec<&str> = find(text, Language::English, &asked)
            .into_iter()
            .map(|(name, _)| &text[name])
            .collect();
        assert_eq!(names, ["James Cameron", "University of Tartu"]);
    }
}
