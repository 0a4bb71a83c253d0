//! What keyword search indexes of a text, and what it looks for.

use std::collections::HashMap;

use super::{Token, TokenKind, compound, identifier, plain, stem, tokens};
use crate::{fold::fold, language::Language};

/// What a word counts, once for each time that it is written.
const WORD: f32 = 1.0;
/// The stem under which a word is found whatever language it is taken for.
const COMMON: f32 = 0.25;
/// A part of an identifier, or of a compound.
const PART: f32 = 0.25;
/// A pair of characters in a longer word, or across two words: it finds what the dictionary cuts otherwise.
const PAIR: f32 = 0.4;
/// A word of one character among others: most are cut from a longer word.
const CHARACTER: f32 = 0.4;

/// A term of keyword search.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchTerm {
    /// What is looked up.
    pub text: String,
    /// How much a question that has it asks for it: 1 for a word, less for what is there beside it.
    pub weight: f32,
    /// How often it is there.
    pub count: u32,
}

/// The terms by which a text is indexed and asked for, each once, in the order of the text: stems without stop words,
/// identifiers whole and in parts, compounds in halves; of scripts without spaces words and pairs of characters.
pub fn search_terms(text: &str, language: Language) -> Vec<SearchTerm> {
    let mut bag = Bag::default();
    let tokens = tokens(text, language);
    let spoken: Vec<&Token<'_>> = tokens.iter().filter(|token| !token.stop).collect();
    for (index, token) in spoken.iter().enumerate() {
        let before = index.checked_sub(1).map(|before| spoken[before]);
        let next = spoken.get(index + 1).copied();
        match token.kind {
            TokenKind::Number => bag.add(token.term.clone(), WORD),
            TokenKind::Identifier => bag.add_identifier(token),
            TokenKind::Ideographs => bag.add_ideographs(before, token, next),
            TokenKind::Word if token.language == Language::Korean => bag.add_syllables(token),
            TokenKind::Word => bag.add_word(token),
        }
    }
    bag.terms
}

#[derive(Debug, Default)]
struct Bag {
    terms: Vec<SearchTerm>,
    places: HashMap<String, usize>,
}

impl Bag {
    fn add(&mut self, text: String, weight: f32) {
        if let Some(place) = self.places.get(&text) {
            let term = &mut self.terms[*place];
            term.count += 1;
            // A word that is written whole and is also part of an identifier counts as the word.
            term.weight = term.weight.max(weight);
            return;
        }
        self.places.insert(text.clone(), self.terms.len());
        self.terms.push(SearchTerm {
            text,
            weight,
            count: 1,
        });
    }

    /// A word and, where its language is not English, what it would be if it were taken for that.
    fn add_word(&mut self, token: &Token<'_>) {
        self.add(token.term.clone(), WORD);
        let small = plain(token);
        let common = stem::common_stem(&fold(&small));
        if common != token.term {
            self.add(common, COMMON);
        }
        if token.language.has_compounds() {
            for (first, second) in compound::halves(&small) {
                self.add(stem::stem(first, token.language), PART);
                self.add(stem::stem(second, token.language), PART);
            }
        }
    }

    fn add_identifier(&mut self, token: &Token<'_>) {
        self.add(token.term.clone(), WORD);
        for part in identifier::parts(token.text) {
            self.add(stem::common_stem(&part), PART);
        }
        // As a word it may be written in another case, and is stemmed then.
        if token.text.chars().all(char::is_alphabetic) {
            let common = stem::common_stem(&token.term);
            if common != token.term {
                self.add(common, PART);
            }
        }
    }

    fn add_syllables(&mut self, token: &Token<'_>) {
        self.add(token.term.clone(), WORD);
        self.add_inner_pairs(&token.term);
    }

    fn add_ideographs(
        &mut self,
        before: Option<&Token<'_>>,
        token: &Token<'_>,
        next: Option<&Token<'_>>,
    ) {
        let touches = |a: &Token<'_>, b: &Token<'_>| {
            a.range.end == b.range.start
                && b.kind == TokenKind::Ideographs
                && a.kind == TokenKind::Ideographs
        };
        let alone = !before.is_some_and(|before| touches(before, token))
            && !next.is_some_and(|next| touches(token, next));
        let single = token.term.chars().nth(1).is_none();
        let weight = if single && !alone { CHARACTER } else { WORD };
        self.add(token.term.clone(), weight);
        // The dictionary may cut a longer word in a question otherwise than in the document; its pairs are in both.
        self.add_inner_pairs(&token.term);
        if let Some(next) = next.filter(|next| touches(token, next)) {
            let across = token
                .term
                .chars()
                .last()
                .into_iter()
                .chain(next.term.chars().next());
            self.add(across.collect(), PAIR);
        }
    }

    /// The pairs of a word of more than two characters.
    fn add_inner_pairs(&mut self, word: &str) {
        if word.chars().nth(2).is_none() {
            return;
        }
        for (first, second) in word.chars().zip(word.chars().skip(1)) {
            self.add([first, second].iter().collect(), PAIR);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        let terms = search_terms(text, Language::of(text));
        terms.into_iter().map(|term| term.text).collect()
    }

    fn share(question: &str, passage: &str) -> f32 {
        let held = texts(passage);
        let asked = search_terms(question, Language::of(question));
        let total: f32 = asked.iter().map(|term| term.weight).sum();
        let found = asked.iter().filter(|term| held.contains(&term.text));
        found.map(|term| term.weight).sum::<f32>() / total
    }

    #[test]
    fn english_is_its_stems() {
        assert_eq!(
            texts("How do the libraries open the wings?"),
            ["librari", "open", "wing"]
        );
        assert!(texts("what is it").is_empty());
    }

    #[test]
    fn words_and_pairs_of_ideographs_are_found() {
        assert_eq!(texts("过拟合")[..1], texts("什么是过拟合？")[..1]);
        assert_eq!(
            share("過擬合", "如果模型过拟合，那么它在训练集上表现很好。"),
            1.0
        );
        assert!(share("圖書館開放時間", "图书馆的开放时间是九点到五点。") > 0.6);
        assert_eq!(share("过拟合", "今天天气很好。"), 0.0);
        assert_eq!(share("猫", "我家的猫很可爱。"), 1.0);
    }

    #[test]
    fn a_word_weighs_no_more_for_being_cut_in_pairs() {
        let terms = search_terms("开放", Language::Chinese);
        assert_eq!(terms.len(), 1);
        assert_eq!(terms[0].weight, WORD);
    }

    #[test]
    fn identifiers_are_found_whole_and_in_parts() {
        assert_eq!(share("HX-1401", "Error HX-1401: replace the filter."), 1.0);
        assert_eq!(share("hx 1401", "Error HX-1401: replace the filter."), 1.0);
        assert!(share("HX-1401", "Error HX-1041: replace the filter.") < 0.2);
        assert_eq!(
            share("nginx conf", "Edit /etc/nginx/nginx.conf first."),
            1.0
        );
    }

    #[test]
    fn compounds_are_found_by_their_halves() {
        assert!(
            share(
                "Wo ist der Keller?",
                "Das Fahrrad gehört in den Fahrradkeller."
            ) >= 0.8
        );
        assert!(
            share(
                "Wo ist der Fahrradkeller?",
                "Die Fahrräder stehen im Keller und der Schlüssel liegt da."
            ) > 0.0
        );
    }

    #[test]
    fn a_word_is_found_when_the_question_is_taken_for_another_language() {
        let passage =
            "Die Bibliothek ist am Montag und am Dienstag geöffnet, die Anmeldung ist im Keller.";
        for question in ["Bibliothek Dienstag", "Anmeldung"] {
            let terms = search_terms(question, Language::English);
            let held = texts(passage);
            assert!(
                terms.iter().all(|term| held.contains(&term.text)),
                "{terms:?}"
            );
        }
        assert!(
            share(
                "aplicacion",
                "La aplicación es gratuita para todos los alumnos."
            ) > 0.9
        );
    }

    #[test]
    fn korean_compounds_are_found_in_pairs() {
        assert!(share("이용 시간", "도서관이용시간은 아홉 시부터입니다.") > 0.9);
    }
}
