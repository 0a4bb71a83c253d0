//! A text cut into words, digit runs, single East Asian characters, spaces and marks, with the language it seems to be in.

use super::numbers::Number;
use super::tables::{self, HashMap, Lang, TABLES};
use std::cell::RefCell;
use unicode_normalization::UnicodeNormalization as _;

/// What a token is made of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    Word,
    Digits,
    Cjk,
    Space,
    Mark,
}

#[derive(Debug)]
struct Token {
    shape: Shape,
    start: usize,
    end: usize,
    lower: String,
}

/// A text and its tokens; positions are indices of tokens, and a position past the end is allowed everywhere.
pub(super) struct Text<'a> {
    raw: &'a str,
    tokens: Vec<Token>,
    votes: [u32; tables::LANGUAGES.len()],
    /// The numbers already read, by position: several readers ask for the same one.
    pub(super) numbers: RefCell<HashMap<usize, Option<Number>>>,
}

impl<'a> Text<'a> {
    pub(super) fn new(raw: &'a str) -> Self {
        let mut text = Self {
            raw,
            tokens: cut(raw),
            votes: [0; tables::LANGUAGES.len()],
            numbers: RefCell::default(),
        };
        for token in &text.tokens {
            for lang in TABLES.votes.get(token.lower.as_str()).into_iter().flatten() {
                text.votes[lang.index()] += 1;
            }
        }
        text
    }

    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    pub(super) fn shape(&self, at: usize) -> Option<Shape> {
        self.tokens.get(at).map(|token| token.shape)
    }

    pub(super) fn is(&self, at: usize, shape: Shape) -> bool {
        self.shape(at) == Some(shape)
    }

    /// The lower-case word at a position, or nothing when no word is there.
    pub(super) fn word(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.lower.as_str())
    }

    pub(super) fn raw(&self, at: usize) -> &'a str {
        self.slice(at, at + 1)
    }

    /// The text from one position up to another.
    pub(super) fn slice(&self, from: usize, to: usize) -> &'a str {
        let end = to.min(self.len());
        if from >= end {
            ""
        } else {
            &self.raw[self.tokens[from].start..self.tokens[end - 1].end]
        }
    }

    pub(super) fn rest(&self, at: usize) -> &'a str {
        self.tokens
            .get(at)
            .map_or("", |token| &self.raw[token.start..])
    }

    pub(super) fn bytes(&self, from: usize, to: usize) -> std::ops::Range<usize> {
        self.tokens[from].start..self.tokens[to - 1].end
    }

    /// The single character at a position when it is a mark, full-width forms as their plain ones.
    pub(super) fn mark(&self, at: usize) -> Option<char> {
        if !self.is(at, Shape::Mark) {
            return None;
        }
        self.raw(at).chars().next().map(plain)
    }

    pub(super) fn is_mark(&self, at: usize, wanted: &[char]) -> bool {
        self.mark(at).is_some_and(|mark| wanted.contains(&mark))
    }

    pub(super) fn cjk(&self, at: usize) -> Option<char> {
        if self.is(at, Shape::Cjk) {
            self.raw(at).chars().next()
        } else {
            None
        }
    }

    /// The ASCII digits at a position.
    pub(super) fn digits(&self, at: usize) -> Option<String> {
        self.is(at, Shape::Digits)
            .then(|| self.raw(at).chars().map(plain).collect())
    }

    /// The position after the space at a position, when there is one and it does not part two paragraphs.
    pub(super) fn after_space(&self, at: usize) -> usize {
        // One line break is how a paragraph is set; after an empty line nothing belongs to what is before it.
        let joins = self.is(at, Shape::Space) && self.raw(at).matches('\n').count() < 2;
        at + usize::from(joins)
    }

    /// The position of the last token before a position that is not a space.
    pub(super) fn before(&self, at: usize) -> Option<usize> {
        (0..at.min(self.len()))
            .rev()
            // One space at most is between a word and the next.
            .take(2)
            .find(|&before| !self.is(before, Shape::Space))
    }

    /// The lower-case word before a position.
    pub(super) fn word_before(&self, at: usize) -> &str {
        self.before(at).map_or("", |before| self.word(before))
    }

    /// Whether a capital letter begins the token.
    pub(super) fn is_capital(&self, at: usize) -> bool {
        self.raw(at).chars().next().is_some_and(char::is_uppercase)
    }

    /// What the tables know a token by: a word in lower case, anything else as it is.
    pub(super) fn key(&self, at: usize) -> &str {
        if self.is(at, Shape::Word) {
            self.word(at)
        } else {
            self.raw(at)
        }
    }

    /// The position after the longest phrase of a named list that stands at a position.
    pub(super) fn listed(&self, at: usize, list: &str) -> Option<usize> {
        let phrases = TABLES
            .lists
            .get(list)
            .filter(|phrases| phrases.firsts.contains(self.key(at)))?;
        let most = if self.is(at, Shape::Cjk) {
            phrases.cjk
        } else {
            phrases.latin
        };
        // The longest first, as many phrases begin with a shorter one of the list.
        (at + 1..=(at + most).min(self.len())).rev().find(|&to| {
            let slice = self.slice(at, to);
            phrases.words.contains(slice)
                || is_cased(slice) && phrases.words.contains(slice.to_lowercase().as_str())
        })
    }

    /// Whether the word before a position is on a named list.
    pub(super) fn is_after(&self, at: usize, list: &str) -> bool {
        self.before(at)
            .is_some_and(|before| self.listed(before, list) == Some(before + 1))
    }

    /// Whether the text seems to be in a language, and in no other more.
    pub(super) fn speaks(&self, lang: Lang) -> bool {
        let votes = self.votes[lang.index()];
        // A tie counts for both: short texts have few words that vote.
        votes > 0 && self.votes.iter().all(|&other| other <= votes)
    }

    /// Whether a word that is also a common word of other languages is to be read in this one.
    pub(super) fn admits(&self, at: usize, lang: Lang) -> bool {
        // English numbers stand in texts in which no word tells: only an oven in French is no number.
        let is_open = || lang == Lang::EN && !self.speaks(Lang::FR);
        self.speaks(lang) || is_open() || !TABLES.traps.contains(&(lang, self.word(at)))
    }
}

/// The plain form of a full-width character.
pub(super) fn plain(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{a0}' | '\u{202f}' | '\u{2009}' | '\u{2007}' => ' ',
        _ => c,
    }
}

fn is_cased(slice: &str) -> bool {
    slice.chars().any(char::is_uppercase)
}

/// The first token of a phrase, without its word parted.
pub(super) fn first(phrase: &str) -> &str {
    runs(phrase)
        .first()
        .map_or("", |token| &phrase[..token.end])
}

fn cut(raw: &str) -> Vec<Token> {
    let mut tokens = runs(raw);
    for token in tokens.iter_mut().filter(|token| token.shape == Shape::Word) {
        token.lower = fold(&raw[token.start..token.end]);
    }
    tokens.into_iter().flat_map(part_german).collect()
}

fn runs(raw: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    for (start, c) in raw.char_indices() {
        let shape = shape_of(c);
        let end = start + c.len_utf8();
        match tokens.last_mut() {
            Some(last) if is_joined(last.shape, shape, c) => last.end = end,
            _ => tokens.push(Token {
                shape,
                start,
                end,
                lower: String::new(),
            }),
        }
    }
    tokens
}

fn is_joined(last: Shape, next: Shape, c: char) -> bool {
    match last {
        Shape::Word => next == Shape::Word || is_combining(c),
        Shape::Digits | Shape::Space => next == last,
        // Each character by itself: only the tables know where a word of these scripts ends.
        Shape::Cjk | Shape::Mark => false,
    }
}

fn is_combining(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{ad}')
}

fn fold(word: &str) -> String {
    if word.is_ascii() {
        return word.to_ascii_lowercase();
    }
    word.to_lowercase()
        .nfc()
        .filter(|&c| c != '\u{ad}')
        .collect()
}

/// "zweijährig" says two and years: the number and the unit become words of their own.
fn part_german(token: Token) -> Vec<Token> {
    match tables::german_tail(&token.lower) {
        // Only where lower case has as many bytes as the word, or the middle would be looked for in the wrong place.
        Some(head) if token.end - token.start == token.lower.len() => {
            let middle = token.start + head;
            let tail = token.lower[head..].to_owned();
            let lower = token.lower[..head].to_owned();
            vec![
                Token {
                    shape: Shape::Word,
                    start: token.start,
                    end: middle,
                    lower,
                },
                Token {
                    shape: Shape::Word,
                    start: middle,
                    end: token.end,
                    lower: tail,
                },
            ]
        }
        _ => vec![token],
    }
}

fn shape_of(c: char) -> Shape {
    match c {
        '0'..='9' | '０'..='９' => Shape::Digits,
        // Letters to Unicode, signs to a reader: 1º, 5 ª, and the Roman numerals and circled letters.
        'º' | 'ª' | '\u{2100}'..='\u{24ff}' => Shape::Mark,
        '\u{3005}'..='\u{3007}'
        | '\u{3040}'..='\u{30ff}'
        | '\u{3400}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}' => Shape::Cjk,
        '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => Shape::Cjk,
        'Ａ'..='Ｚ' | 'ａ'..='ｚ' => Shape::Mark,
        _ if c.is_whitespace() => Shape::Space,
        _ if c.is_alphabetic() => Shape::Word,
        _ => Shape::Mark,
    }
}
