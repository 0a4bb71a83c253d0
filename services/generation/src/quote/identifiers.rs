//! Names that differ by a digit: codes, versions, numbers of clauses. What is said of one is said of no other.

use stoa_language::{
    Language,
    fold::fold,
    quantity::{self, Quantity, Sense},
    words::{self, Token, TokenKind},
};

use crate::read::UnitKind;

use super::{kind::Asked, passage::Passage, text};

/// Digits from which on a number can be a name by itself.
const DIGITS: usize = 2;
/// Longest word in capitals that belongs to the number behind it: HX 1401.
const CAPITALS: usize = 4;

/// A name with digits, in the parts by which it is compared: HX-1401 and hx1401 are hx, 1401.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Label {
    parts: Vec<String>,
    /// Numbers with points between them, of which none has to be large: 1.10.
    dotted: bool,
}

/// The names of this kind in a question.
#[derive(Debug, Default)]
pub(super) struct Identifiers {
    language: Language,
    labels: Vec<Label>,
    /// Words of the question behind which a number is a name: "clause", "version".
    before: Vec<String>,
    /// Terms of the names and of the words before them, which say what is asked about and not what of it.
    pub(super) terms: Vec<String>,
}

impl Identifiers {
    pub(super) fn of(asked: &Asked) -> Self {
        let mut found = Self {
            language: asked.language,
            ..Self::default()
        };
        let tokens = words::tokens(&asked.text, asked.language);
        let quantities = quantity::find(&asked.text);
        for (at, token) in tokens.iter().enumerate() {
            let Some(label) =
                // A code is one wherever it stands; of a bare number the words around it tell.
                label(token, &quantities).or_else(|| number(&tokens, at, &quantities, asked))
            else {
                continue;
            };
            if !found.labels.contains(&label) {
                found.labels.push(label);
            }
            found.terms.push(token.term.clone());
            found.read_before(&tokens[..at], &asked.text[..token.range.start]);
        }
        found
    }

    /// The word right before a name, which says what it is: "station" of WS-09.
    fn read_before(&mut self, tokens: &[Token<'_>], text: &str) {
        let before = tokens.last().filter(|token| {
            let beside = text[token.range.end..].chars().all(|c| c == ' ');
            !token.stop && token.kind == TokenKind::Word && beside
        });
        if let Some(before) = before {
            self.before.push(fold(before.text));
            self.terms.push(before.term.clone());
        }
    }

    /// Leaves of the pieces of passages those that speak of one of the names. Nothing is left out where neither they nor
    /// others of their form stand anywhere, for a number may be no name there.
    pub(super) fn keep(&self, passages: &mut [Passage<'_>]) -> bool {
        if self.labels.is_empty() {
            return false;
        }
        let read: Vec<Read> = passages.iter().map(|passage| self.read(passage)).collect();
        let all = || read.iter().flat_map(Read::all);
        let is_name = |label: &Label| {
            // A bare number that nothing in the passages is called by is an amount, and amounts leave nothing out.
            label.is_code() || all().any(|other| label.is(other) || label.resembles(other))
        };
        if !self.labels.iter().any(is_name) {
            return false;
        }
        for (passage, read) in passages.iter_mut().zip(&read) {
            for at in 0..passage.pieces.len() {
                let about = self.about(passage, read, at);
                passage.pieces[at].about = about;
                // What is said of HX-1401 must not be quoted for HX-1041, however well the rest fits.
                passage.pieces[at].states &= about != 0;
            }
        }
        true
    }

    fn read(&self, passage: &Passage<'_>) -> Read {
        let levels = passage.source.context.rsplit(" › ");
        Read {
            pieces: passage
                .pieces
                .iter()
                .map(|piece| self.labels_in(&piece.text))
                .collect(),
            context: levels
                .map(|level| self.labels_in(&text::normal(level)))
                .collect(),
        }
    }

    /// Of which names a piece speaks, a bit each: those that it has, or that the nearest text before it in its section or
    /// above it has that has such names.
    fn about(&self, passage: &Passage<'_>, read: &Read, at: usize) -> u64 {
        let own = &passage.pieces[at];
        // "The HX-1401 has two ports. They are …": the name stands a sentence before.
        let before = (0..at).rev().filter(|other| {
            let piece = &passage.pieces[*other];
            let unit = piece
                .units
                .last()
                .map(|unit| passage.source.units[*unit].kind);
            unit == Some(UnitKind::Sentence) && piece.heading == own.heading
        });
        let levels = std::iter::once(at)
            .chain(before)
            .chain(passage.headings(at));
        let levels = levels.map(|at| &read.pieces[at]);
        let mut named = levels
            .chain(&read.context)
            .filter(|labels| labels.iter().any(|other| self.concerns(other)));
        let bit = |other: &Label| {
            let asked = self.labels.iter().zip(0..u64::BITS);
            // At most 64 names have a bit; a question with more is of none in particular.
            let is = asked.filter(|(label, _)| label.is(other));
            is.fold(0, |bits, (_, bit)| bits | 1 << bit)
        };
        named.next().map_or(0, |labels| {
            labels.iter().fold(0, |bits, other| bits | bit(other))
        })
    }

    /// Whether a name is one of those asked for, or could be taken for one.
    fn concerns(&self, other: &Label) -> bool {
        self.labels
            .iter()
            .any(|label| label.is(other) || label.resembles(other))
    }

    fn labels_in(&self, text: &str) -> Vec<Label> {
        let tokens = words::tokens(text, self.language);
        let quantities = quantity::find(text);
        let named = |(at, token): (usize, &Token<'_>)| {
            label(token, &quantities).or_else(|| self.number_in(text, &tokens, at, &quantities))
        };
        tokens.iter().enumerate().filter_map(named).collect()
    }

    /// A number of a text that is a name: behind a word as in the question or in capitals, or with a point and first.
    fn number_in(
        &self,
        text: &str,
        tokens: &[Token<'_>],
        at: usize,
        quantities: &[Quantity],
    ) -> Option<Label> {
        let token = &tokens[at];
        let mut quantity = quantities
            .iter()
            .filter(|quantity| quantity.range.contains(&token.range.start));
        // "2.4 The board" counts no board.
        let numbers = quantity.all(|quantity| quantity.range == token.range && quantity.is_count());
        if token.kind != TokenKind::Number || !numbers {
            return None;
        }
        let label = Label::of(token.text);
        let before = at.checked_sub(1).map(|before| &tokens[before]);
        let before = before.filter(|before| &text[before.range.end..token.range.start] == " ");
        let Some(before) = before else {
            // "3.2 A concert" numbers a clause; in the middle of a text 3.2 is a value.
            return (at == 0 && label.dotted).then_some(label);
        };
        if self.before.contains(&fold(before.text)) {
            return Some(label);
        }
        let capitals = before.text.chars().all(char::is_uppercase)
            && (2..=CAPITALS).contains(&before.text.chars().count());
        capitals.then(|| label.behind(before.text))
    }
}

/// The names of a passage, by piece and by level above it.
struct Read {
    pieces: Vec<Vec<Label>>,
    context: Vec<Vec<Label>>,
}

impl Read {
    fn all(&self) -> impl Iterator<Item = &Label> {
        self.pieces.iter().chain(&self.context).flatten()
    }
}

impl Label {
    fn of(written: &str) -> Self {
        let written = written.strip_prefix(['v', 'V']).map_or(written, |rest| {
            if rest.starts_with(|c: char| c.is_ascii_digit()) && rest.contains('.') {
                rest
            } else {
                written
            }
        });
        let mut parts: Vec<String> = Vec::new();
        let mut before: Option<char> = None;
        for c in fold(written).chars() {
            // Cut between letters and digits, so that HX1401, HX-1401 and hx 1401 are one.
            let joins = before.is_some_and(|before| before.is_ascii_digit() == c.is_ascii_digit());
            match parts.last_mut().filter(|_| joins) {
                _ if !c.is_alphanumeric() => {}
                Some(part) => part.push(c),
                None => parts.push(c.to_string()),
            }
            before = c.is_alphanumeric().then_some(c);
        }
        let dotted = written.starts_with(|c: char| c.is_ascii_digit()) && written.contains('.');
        Self { parts, dotted }
    }

    fn behind(mut self, word: &str) -> Self {
        self.parts.insert(0, fold(word));
        self
    }

    /// It has letters: it is a name wherever it stands.
    fn is_code(&self) -> bool {
        let letters = |part: &String| !part.starts_with(|c: char| c.is_ascii_digit());
        self.dotted && self.parts.len() > 2 || self.parts.iter().any(letters)
    }

    /// Whether another is the same; a number is meant by itself where it is the number of a code.
    fn is(&self, other: &Self) -> bool {
        self.parts == other.parts && self.dotted == other.dotted
            || !other.dotted
                && matches!(&self.parts[..], [number] if !self.is_code() && other.parts.contains(number))
    }

    /// Whether another could be taken for it: its letters are the same, or both are versions, or a number of as many
    /// digits is in it.
    fn resembles(&self, other: &Self) -> bool {
        let number = |part: &String| part.starts_with(|c: char| c.is_ascii_digit());
        if self.dotted || other.dotted {
            // 1.10 could be taken for 1.1 and 2.3, but for no code.
            return self.dotted && other.dotted;
        }
        match &self.parts[..] {
            [only] if number(only) => other
                .parts
                .iter()
                .any(|part| number(part) && part.len() == only.len()),
            parts => {
                let same = |(a, b): (&String, &String)| a == b || number(a) && number(b);
                parts.len() == other.parts.len() && parts.iter().zip(&other.parts).all(same)
            }
        }
    }
}

/// A code, or a version. Days, and addresses of all kinds, are none.
fn label(token: &Token<'_>, quantities: &[Quantity]) -> Option<Label> {
    let quantity = quantities.iter().find(|quantity| {
        quantity.range.start < token.range.end && token.range.start < quantity.range.end
    });
    let version = |quantity: &Quantity| matches!(quantity.readings[0], Sense::Version(_));
    if quantity.is_some_and(version) && token.kind != TokenKind::Word {
        return Some(Label::of(token.text));
    }
    let named = token
        .text
        .contains(|c: char| c.is_ascii_digit() || c == '_');
    let address = token.text.contains("://") || token.text.contains(['@', '/', '\\']);
    (token.kind == TokenKind::Identifier && named && !address && quantity.is_none())
        .then(|| Label::of(token.text))
}

/// A number of a question that can be a name: it measures and counts nothing, and is no year.
fn number(
    tokens: &[Token<'_>],
    at: usize,
    quantities: &[Quantity],
    asked: &Asked,
) -> Option<Label> {
    let token = &tokens[at];
    let label = Label::of(token.text);
    let long = label.dotted || token.text.len() >= DIGITS;
    if token.kind != TokenKind::Number || !long || token.text.contains([',', ':']) {
        return None;
    }
    let year = token
        .text
        .parse()
        .is_ok_and(|year: u16| asked.years.contains(&year));
    let quantity = quantities
        .iter()
        .find(|quantity| quantity.range.contains(&token.range.start));
    let bare = quantity.is_none_or(|quantity| is_bare(quantity, token));
    let named = |before: &Token<'_>| {
        !before.stop
            && asked.text[before.range.end..token.range.start]
                .trim()
                .is_empty()
    };
    let before = at.checked_sub(1).map(|before| &tokens[before]);
    let alone = tokens.iter().enumerate().all(|(other, token)| {
        other == at || token.stop || asked.whole && token.kind == TokenKind::Word
    });
    (!year && (alone || bare && before.is_some_and(named))).then_some(label)
}

/// Whether a number measures and counts nothing.
fn is_bare(quantity: &Quantity, token: &Token<'_>) -> bool {
    quantity.range == token.range && quantity.counted.is_none() && !quantity.every
}
