//! What of a question a text holds.

use std::collections::HashMap;

use stoa_language::{
    Language,
    fold::fold,
    script,
    synonyms::synonyms,
    words::{self, Token, TokenKind, compound_holds},
};

use super::{kind::Asked, lists::Lists, names_zh, text};

/// How much the last word of a Chinese question counts, which says what of its subject is asked for.
const FOCUS: f32 = 1.5;
/// Weight of a word that carries no claim of its own.
const LIGHT: f32 = 0.3;
/// How many characters a word of letters counts as in a question that is written in characters.
const WORD_IN_CHARACTERS: (usize, usize) = (2, 3);

/// A word, or a character with the pairs it stands in: a text holds the character when it holds one of them.
#[derive(Debug)]
pub(super) struct QueryTerm {
    pub(super) keys: Vec<usize>,
    pub(super) weight: f32,
    /// It is of a name or a code: no other word says the same.
    pub(super) name: bool,
    /// All pieces that can be quoted are about it.
    pub(super) given: bool,
}

/// A question in parts, by which texts are measured.
#[derive(Debug, Default)]
pub(super) struct Coverage {
    language: Language,
    keys: HashMap<String, usize>,
    pub(super) parts: Vec<QueryTerm>,
}

impl Coverage {
    pub(super) fn of(asked: &Asked) -> Self {
        let mut coverage = Self {
            language: asked.language,
            ..Self::default()
        };
        let lists = Lists::of(asked.language);
        let subject = without_asking(asked, lists);
        for (run, unspaced) in scripts(&subject) {
            if unspaced {
                coverage.read_characters(run, lists);
            } else {
                coverage.read_words(run, asked, lists);
            }
        }
        // After all parts are read: both look for parts that are there already.
        coverage.weigh_focus(asked, lists);
        coverage.mark_names(asked);
        coverage
    }

    /// Takes as given what all pieces are about that are left. What else is asked tells them apart, unless all is asked for
    /// that is said of it.
    pub(super) fn give(&mut self, terms: &[String], whole: bool) {
        let known = |key: &usize| terms.iter().any(|term| self.keys.get(term) == Some(key));
        for part in &mut self.parts {
            part.given |= part.keys.iter().any(known);
        }
        // With nothing else asked, what is given is all there is to measure by.
        let rest = !whole && self.parts.iter().any(|part| !part.given);
        self.parts.retain(|part| part.given != rest);
        if self.parts.is_empty() {
            self.parts.push(QueryTerm {
                keys: Vec::new(),
                weight: 1.0,
                name: false,
                given: true,
            });
        }
    }

    /// What all parts weigh.
    pub(super) fn total(&self) -> f32 {
        self.parts.iter().map(|part| part.weight).sum()
    }

    /// Takes other words for those of the question that no text has, as far as `known` tells: what a dictionary has as
    /// meaning the same. Whether there are any.
    pub(super) fn add_synonyms(&mut self, known: impl Fn(&QueryTerm) -> bool) -> bool {
        let open: Vec<usize> = (0..self.parts.len())
            // Only words that nobody writes: a synonym beside a word that is written would count twice.
            .filter(|at| !self.parts[*at].name && !known(&self.parts[*at]))
            .collect();
        let mut added = false;
        for at in open {
            let own = &self.parts[at].keys;
            let words = self.keys.iter().filter(|(_, key)| own.contains(key));
            let same: Vec<&str> = words
                .flat_map(|(word, _)| synonyms(word, self.language))
                .collect();
            let new: Vec<usize> = same.into_iter().map(|word| self.key(word)).collect();
            added |= !new.is_empty();
            self.parts[at].keys.extend(new);
        }
        added
    }

    /// Keys by which a word of the question, and what means the same, is found.
    pub(super) fn keys_of_word(&self, word: &str) -> Vec<usize> {
        let known = self.keys_in(word);
        let parts = self
            .parts
            .iter()
            .filter(|part| part.keys.iter().any(|key| known.contains(key)));
        parts.flat_map(|part| part.keys.iter().copied()).collect()
    }

    fn keys_in(&self, text: &str) -> Vec<usize> {
        self.find(text).into_iter().map(|(_, key)| key).collect()
    }

    /// Whether a key of the question is a word or pair.
    pub(super) fn knows(&self, key: &str) -> bool {
        self.keys.contains_key(key)
    }

    /// Where a text holds keys of the question.
    pub(super) fn find(&self, text: &str) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for (run, unspaced) in scripts(text) {
            // `scripts` gives slices of this text, so their addresses tell where they stand in it.
            let begin = run.as_ptr() as usize - text.as_ptr() as usize;
            if unspaced {
                let pairs = text::pairs(run)
                    .filter_map(|(at, pair)| Some((begin + at, *self.keys.get(pair)?)));
                found.extend(pairs);
            } else {
                for token in words::tokens(run, self.language) {
                    found.extend(
                        self.keys_of(&token)
                            .map(|key| (begin + token.range.start, key)),
                    );
                }
            }
        }
        found
    }

    fn keys_of(&self, token: &Token<'_>) -> impl Iterator<Item = usize> {
        let known = self.keys.get(&token.term).copied();
        // "Urlaubsantrag" holds "Urlaub".
        let compound =
            known.is_none() && self.language.has_compounds() && token.kind == TokenKind::Word;
        let whole = if compound {
            fold(token.text)
        } else {
            String::new()
        };
        let halves = self
            .keys
            .iter()
            .filter(move |(key, _)| compound && compound_holds(&whole, key));
        known.into_iter().chain(halves.map(|(_, key)| *key))
    }

    fn key(&mut self, key: &str) -> usize {
        let next = self.keys.len();
        *self.keys.entry(key.to_owned()).or_insert(next)
    }

    fn read_characters(&mut self, run: &str, lists: Lists) {
        let particle = |c: char| {
            lists
                .words("particles")
                .iter()
                .any(|word| word.chars().eq([c]))
        };
        for piece in run.split(particle) {
            let pairs: Vec<usize> = text::pairs(piece).map(|(_, pair)| self.key(pair)).collect();
            // A character counts once, however many of its pairs are found: two pairs of one word share a character,
            // and would weigh more than two words.
            for at in 0..piece.chars().count() {
                let keys: Vec<usize> = (at.saturating_sub(1)..=at)
                    .filter_map(|at| pairs.get(at).copied())
                    .collect();
                if !keys.is_empty() {
                    self.parts.push(QueryTerm {
                        keys,
                        weight: 1.0,
                        name: false,
                        given: false,
                    });
                }
            }
        }
    }

    fn read_words(&mut self, run: &str, asked: &Asked, lists: Lists) {
        let characters = asked.text.chars().any(script::is_unspaced);
        let degree = |word: &str| lists.words("degree").contains(&fold(word));
        let mut before = "";
        for token in words::tokens(run, self.language) {
            // "How high" asks for a number, and no text has to say that it is high.
            let measured = degree(std::mem::replace(&mut before, token.text));
            let year = token
                .text
                .parse()
                .is_ok_and(|year| asked.years.contains(&year));
            if token.stop || year || measured || lists.words("generic").contains(&fold(token.text))
            {
                continue;
            }
            let key = self.key(&token.term);
            let length = token
                .text
                .chars()
                .count()
                .clamp(WORD_IN_CHARACTERS.0, WORD_IN_CHARACTERS.1);
            let weight = match (characters, asked.light.contains(&token.term)) {
                (true, _) => length as f32,
                (false, true) => LIGHT,
                (false, false) => 1.0,
            };
            if characters
                || self
                    .parts
                    .iter()
                    .all(|part| part.keys.first() != Some(&key))
            {
                // The first word of a question has its capital from that.
                let first = asked.text.starts_with(token.text);
                let name = token.capital && !first && self.language != Language::German;
                let name = name || token.kind == TokenKind::Identifier;
                self.parts.push(QueryTerm {
                    keys: vec![key],
                    weight,
                    name,
                    given: false,
                });
            }
        }
    }

    /// Names in Chinese, which no capitals tell.
    fn mark_names(&mut self, asked: &Asked) {
        if asked.language != Language::Chinese {
            return;
        }
        for name in names_zh::names(&asked.text) {
            let keys: Vec<usize> = text::pairs(name)
                .filter_map(|(_, pair)| self.keys.get(pair).copied())
                .collect();
            let parts = self
                .parts
                .iter_mut()
                .filter(|part| part.keys.iter().any(|key| keys.contains(key)));
            parts.for_each(|part| part.name = true);
        }
    }

    fn weigh_focus(&mut self, asked: &Asked, lists: Lists) {
        if asked.language != Language::Chinese {
            return;
        }
        let mut subject = without_words(&asked.text, lists.words("asks"));
        for generic in lists.words("generic") {
            subject = subject.replace(generic.as_str(), "|");
        }
        let focus = names_zh::last_content_word(&subject).unwrap_or_default();
        let keys: Vec<usize> = text::pairs(&focus)
            .filter_map(|(_, pair)| self.keys.get(pair).copied())
            .collect();
        for part in &mut self.parts {
            if part.keys.iter().any(|key| keys.contains(key)) {
                part.weight *= FOCUS;
            }
        }
    }
}

/// The question without the words that make it one, and without years, which are compared by themselves.
fn without_asking(asked: &Asked, lists: Lists) -> String {
    let mut subject = without_words(&asked.text, lists.words("asks"));
    for year in &asked.years {
        let year = year.to_string();
        subject = subject
            .replace(&format!("{year}年"), "|")
            .replace(&year, "|");
    }
    let generic = lists.words("generic");
    let mut kept = String::with_capacity(subject.len());
    for (run, unspaced) in scripts(&subject) {
        let end = generic.iter().find_map(|word| {
            run.strip_suffix(word.as_str())
                .filter(|rest| !rest.is_empty())
        });
        kept.push_str(if unspaced { end.unwrap_or(run) } else { run });
        if unspaced && end.is_some() {
            kept.push('|');
        }
    }
    kept
}

/// A text with a mark for each of the words that it has, the longest first.
fn without_words(text: &str, words: &[String]) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let longest = words
            .iter()
            .filter(|word| rest.starts_with(word.as_str()))
            // Or "什么时候" would leave 时候 behind 什么.
            .max_by_key(|word| word.len());
        match longest {
            Some(_) => kept.push('|'),
            None => kept.push(c),
        }
        rest = &rest[longest.map_or(c.len_utf8(), String::len)..];
    }
    kept
}

/// Runs of scripts with and without spaces.
fn scripts(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let unspaced = script::is_unspaced(rest.chars().next()?);
        let end = rest
            .find(|c| script::is_unspaced(c) != unspaced)
            .unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        rest = after;
        Some((run, unspaced))
    })
}

#[cfg(test)]
mod tests {
    use stoa_language::Reading;

    use super::*;

    fn share(question: &str, text: &str) -> f32 {
        let coverage = Coverage::of(&Asked::of(&Reading::of(question)));
        let found = coverage.find(text);
        let held = coverage
            .parts
            .iter()
            .filter(|part| found.iter().any(|(_, key)| part.keys.contains(key)));
        held.map(|part| part.weight).sum::<f32>() / coverage.total()
    }

    #[test]
    fn texts_hold_what_is_asked() {
        assert_eq!(
            share(
                "Who approves the expenses?",
                "Expenses are approved by the office."
            ),
            1.0
        );
        assert_eq!(
            share("What is the date of the party?", "The party is in May."),
            1.0
        );
        assert_eq!(share("怎么避免过拟合？", "为了避免过拟合，可以早停。"), 1.0);
        assert_eq!(share("大桥通车的时间", "大桥于五月通车。"), 1.0);
        assert_eq!(
            share("Wie viel Urlaub habe ich?", "Es gibt 27 Urlaubstage."),
            1.0
        );
        assert_eq!(share("图书馆在哪里？", "今天天气很好。"), 0.0);
    }
}
