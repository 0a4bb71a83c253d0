//! What a text says, as far as its words tell.

mod clauses;

use std::{collections::HashSet, ops::Range, sync::LazyLock};

use crate::{
    Language,
    fold::fold,
    markers::{self, Class, Mark},
    quantity::{self, Quantity},
    script,
    synonyms::{self, Synset},
    words::{self, Token, TokenKind},
};

/// Words that carry no claim of their own, of every language.
static LIGHT: LazyLock<HashSet<String>> = LazyLock::new(|| {
    [
        include_str!("../data/light/en.txt"),
        include_str!("../data/light/de.txt"),
        include_str!("../data/light/fr.txt"),
        include_str!("../data/light/es.txt"),
        include_str!("../data/light/zh.txt"),
        include_str!("../data/light/ja.txt"),
    ]
    .iter()
    .flat_map(|file| file.split_whitespace())
    .map(fold)
    .collect()
});

/// Words that carry a claim and say little: what else a text says with them is said by the words beside them.
static FAINT: LazyLock<HashSet<String>> = LazyLock::new(|| {
    [
        include_str!("../data/light/faint/en.txt"),
        include_str!("../data/light/faint/de.txt"),
        include_str!("../data/light/faint/zh.txt"),
    ]
    .iter()
    .flat_map(|file| file.split_whitespace())
    .map(fold)
    .collect()
});

/// Characters that join Chinese words and say nothing: the dictionary's words often begin or end with them.
static FUNCTION: LazyLock<HashSet<char>> = LazyLock::new(|| {
    include_str!("../data/light/function_zh.txt")
        .trim()
        .chars()
        .collect()
});

/// A word that says something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The form that is compared: folded, stemmed.
    pub term: String,
    /// Folded, not stemmed.
    pub plain: String,
    /// What all forms of it have in common that no stemmer brings together; of verbs, where it is known.
    pub root: Option<String>,
    /// Where it stands, in bytes.
    pub range: Range<usize>,
    /// The clause it is in.
    pub clause: usize,
    /// A name, as far as capitals tell.
    pub name: bool,
    /// A version, path, code or the like.
    pub identifier: bool,
    /// Of a script without spaces between words.
    pub unspaced: bool,
    /// It carries no claim of its own.
    pub light: bool,
    /// It carries a claim and says little.
    pub faint: bool,
    /// One of two opposites.
    pub side: Option<markers::Side>,
    /// What else it may be called; nothing of a name or a code.
    pub synsets: &'static [Synset],
}

impl Term {
    /// Whether another word is this one in some form.
    pub fn is(&self, other: &Self) -> bool {
        other.term == self.term
            || other.plain == self.plain
            || self.root.is_some() && other.root == self.root
    }

    /// Whether another word is this one in some form, or means the same.
    pub fn means(&self, other: &Self) -> bool {
        // A word with an opposite must not be exchanged for a neighbour of it: both are on one side.
        let side = |term: &Self| term.side.map(|side| (side.pair, side.first));
        self.is(other)
            || side(self) == side(other)
                && self.synsets.iter().any(|set| other.synsets.contains(set))
    }
}

/// What a text says, as far as its words tell.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The language it was read in.
    pub language: Language,
    /// The text itself.
    pub text: String,
    /// The text, folded and without white space: what words of scripts without spaces are looked for in.
    pub folded: String,
    /// Words that say something, in their order; numbers are not among them.
    pub terms: Vec<Term>,
    /// Numbers, dates and the like, in their order.
    pub quantities: Vec<Quantity>,
    /// Words that change what is said.
    pub marks: Vec<Mark>,
    /// Where each clause ends, in bytes.
    clauses: Vec<usize>,
}

impl Reading {
    /// Reads a text in its own language.
    pub fn of(text: &str) -> Self {
        Self::in_language(text, Language::of(text))
    }

    /// Reads a text in a language that is known.
    pub fn in_language(text: &str, language: Language) -> Self {
        let tokens = words::tokens(text, language);
        let quantities = quantity::find(text);
        let mut marks = markers::find(text, language, &tokens);
        // May is a month before it is a permission.
        let permits = |class: Class| match class {
            Class::May => true,
            Class::Side(side) => side.kind == markers::Opposites::Denial && side.first,
            _ => false,
        };
        marks.retain(|mark| {
            !permits(mark.class)
                || !quantities
                    .iter()
                    .any(|quantity| inside(&mark.range, &quantity.range))
        });
        let clauses = clauses::ends(text, &tokens, &quantities, &marks);
        let mut reading = Self {
            language,
            text: text.to_owned(),
            folded: fold(text).split_whitespace().collect(),
            terms: Vec::with_capacity(tokens.len()),
            quantities,
            marks,
            clauses,
        };
        for (index, token) in tokens.iter().enumerate() {
            reading.terms.extend(reading.term(text, token, index));
        }
        reading
    }

    fn term(&self, text: &str, token: &Token<'_>, index: usize) -> Option<Term> {
        let in_number = self
            .quantities
            .iter()
            .any(|quantity| inside(&token.range, &quantity.range));
        if token.stop || in_number || token.kind == TokenKind::Number {
            return None;
        }
        let unspaced = token.text.chars().all(script::is_unspaced);
        let folded = fold(token.text);
        // The dictionary may cut a word in the middle of a number: 有二 of 有二百.
        let in_part = |at: usize| {
            let at = token.range.start + at;
            let goes_on = |own: &Quantity| !inside(&own.range, &token.range);
            let mut numbers = self.quantities.iter();
            unspaced && numbers.any(|own| goes_on(own) && own.range.contains(&at))
        };
        let plain = if !unspaced {
            folded
        } else if token.text.char_indices().any(|(at, _)| in_part(at)) {
            let rest = token.text.char_indices().filter(|(at, _)| !in_part(*at));
            core(&fold(&rest.map(|(_, c)| c).collect::<String>()))
        } else {
            core(&folded)
        };
        let sides = || {
            self.marks.iter().filter_map(|mark| match mark.class {
                Class::Side(side) if overlaps(&mark.range, &token.range) => Some(side),
                _ => None,
            })
        };
        // 最多 bounds the number beside it before it is a superlative.
        let side = sides()
            .find(|side| side.bounds())
            .or_else(|| sides().next());
        // What 除 … 外 holds is left out by it, and no part of it.
        let held = |range: &Range<usize>| {
            unspaced && range.start < token.range.start && token.range.end < range.end
        };
        let marked = self.marks.iter().any(|mark| {
            !matches!(mark.class, Class::Side(_))
                && inside(&token.range, &mark.range)
                && !(mark.class == Class::Except && held(&mark.range))
        });
        // A capital at the beginning of a sentence tells nothing, nor does any in German, where nouns have one.
        let inner_capital = token.text.chars().skip(1).any(char::is_uppercase);
        let begins = index == 0 || begins_sentence(&text[..token.range.start]);
        let name = inner_capital || token.capital && !begins && self.language != Language::German;
        let identifier = token.kind == TokenKind::Identifier;
        Some(Term {
            faint: side.is_none() && !name && FAINT.contains(&plain),
            light: marked
                || side.is_none()
                    && !name
                    && (plain.is_empty() || LIGHT.contains(&plain) || LIGHT.contains(&token.term)),
            term: token.term.clone(),
            root: (!identifier && !name)
                .then(|| words::verb::root(&plain, &token.term, token.capital, self.language))
                .flatten(),
            range: token.range.clone(),
            clause: self.clause_of(token.range.start),
            name,
            identifier,
            unspaced,
            side,
            synsets: if name || identifier {
                &[]
            } else {
                synonyms::synsets(&token.term, self.language)
            },
            plain,
        })
    }

    /// Words that carry a claim.
    pub fn claims(&self) -> impl Iterator<Item = &Term> {
        self.terms.iter().filter(|term| !term.light)
    }

    /// Whether the text holds a word, in this or another form of it.
    pub fn holds(&self, term: &Term) -> bool {
        if term.unspaced {
            // The dictionary cuts a word one way in a claim and another way in a passage; characters stay where they
            // are.
            return self.folded.contains(&term.plain);
        }
        self.terms.iter().any(|other| other.is(term))
            || !term.identifier
                && self.language.compounds()
                && self.terms.iter().any(|other| {
                    !other.identifier
                        && (words::compound_holds(&other.plain, &term.plain)
                            || words::compound_holds(&term.plain, &other.plain))
                })
    }

    /// Whether the text holds a word, or one that means the same.
    pub fn says(&self, term: &Term) -> bool {
        self.holds(term)
            || self.terms.iter().any(|own| own.means(term))
            || term.unspaced && self.says_unspaced(term)
    }

    /// The dictionary cuts one of two texts otherwise: synonyms are looked for among the characters.
    fn says_unspaced(&self, term: &Term) -> bool {
        synonyms::in_any_sense(&term.term, self.language).any(|other| {
            // One character is a part of many words.
            other.chars().nth(1).is_some() && self.folded.contains(other)
        })
    }

    /// Which clause a place is in.
    pub fn clause_of(&self, at: usize) -> usize {
        self.clauses.partition_point(|end| *end <= at)
    }

    /// Where a clause begins, in bytes.
    pub fn clause_start(&self, clause: usize) -> Option<usize> {
        (clause < self.clauses.len()).then(|| {
            clause
                .checked_sub(1)
                .map_or(0, |before| self.clauses[before])
        })
    }

    /// How many clauses there are.
    pub fn clause_count(&self) -> usize {
        self.clauses.len().max(1)
    }

    /// Whether there is a marker of a class.
    pub fn has(&self, class: Class) -> bool {
        self.marks.iter().any(|mark| mark.class == class)
    }

    /// Whether a clause says of something that it fails or lacks, an odd number of times.
    pub fn fails(&self, clause: usize) -> bool {
        let of_clause =
            |mark: &&Mark| mark.class == Class::Fails && self.clause_of(mark.range.start) == clause;
        self.marks.iter().filter(of_clause).count() % 2 == 1
    }

    /// The opposites of which the second is the negation of the first, and of which this text names one.
    pub fn polar_pairs(&self) -> HashSet<u16> {
        self.marks
            .iter()
            .filter_map(|mark| match mark.class {
                Class::Side(side) if side.is_polar() => Some(side.pair),
                _ => None,
            })
            .collect()
    }

    /// Whether a clause is turned round: an odd number of negations. Of the opposites in `pairs` (those that both texts
    /// name one of) the second is a negation: closed is not open. "Not until" is none.
    pub fn is_negated(&self, clause: usize, pairs: &HashSet<u16>) -> bool {
        let mut places: Vec<&Range<usize>> = Vec::new();
        let mut counted: HashSet<u16> = HashSet::new();
        let mut until = false;
        for mark in self
            .marks
            .iter()
            .filter(|mark| self.clause_of(mark.range.start) == clause)
        {
            let negative = match mark.class {
                Class::Not | Class::Fails => true,
                // Once for each pair: a second time it is about another thing.
                Class::Side(side) => {
                    side.is_polar()
                        && !side.first
                        && pairs.contains(&side.pair)
                        && counted.insert(side.pair)
                }
                _ => false,
            };
            // Only right behind the negation: "not until May"; "from one until three it is not" and "it is not open from
            // one until three" deny.
            let counts = |from: usize| {
                let mut numbers = self.quantities.iter();
                numbers.any(|own| from <= own.range.start && own.range.end <= mark.range.start)
            };
            until |= mark.class == Class::Until
                && places
                    .iter()
                    .any(|place| place.start < mark.range.start && !counts(place.end));
            if negative && !places.iter().any(|other| overlaps(other, &mark.range)) {
                places.push(&mark.range);
            }
        }
        // "Not until May" says that it is so from May on.
        let negations = if until {
            places.len().saturating_sub(1)
        } else {
            places.len()
        };
        negations % 2 == 1
    }
}

/// A Chinese word without the characters that only join it to others.
fn core(word: &str) -> String {
    word.chars().filter(|c| !FUNCTION.contains(c)).collect()
}

fn inside(inner: &Range<usize>, outer: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

fn overlaps(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

fn begins_sentence(before: &str) -> bool {
    let before = before.trim_end();
    before.is_empty()
        || before.ends_with([
            '.', '!', '?', ':', '"', '“', '\n', '。', '：', '*', '-', '|', '#',
        ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_negation_turns_its_own_clause_alone() {
        let reading = Reading::of("The engineer, not the support team, approves a restore.");
        let negated: Vec<&str> = reading
            .terms
            .iter()
            .filter(|term| reading.is_negated(term.clause, &HashSet::new()))
            .map(|term| term.plain.as_str())
            .collect();
        assert_eq!(negated, ["support", "team"]);
    }

    #[test]
    fn opposites_and_negations_cancel() {
        for (text, negated) in [
            ("The museum is closed on Mondays.", true),
            ("The museum is not open on Mondays.", true),
            ("The museum is not closed on Mondays.", false),
            ("周一闭馆。", true),
            ("周一不开放。", true),
            ("Don't open the kiln until it is cold.", false),
        ] {
            let reading = Reading::of(text);
            assert_eq!(
                reading.is_negated(0, &reading.polar_pairs()),
                negated,
                "{text}"
            );
        }
    }

    #[test]
    fn words_without_a_claim_are_light() {
        let reading = Reading::of("Lustre takes six hours at 780 degrees.");
        let claims: Vec<&str> = reading.claims().map(|term| term.plain.as_str()).collect();
        assert_eq!(claims, ["lustre"]);
    }
}
