//! Text to the sparse vectors of keyword search: BM25 over terms of any language, to which the index applies IDF.
//!
//! What the terms are is the language's affair: a passage has every form under which a question may look for a word, and
//! a question weighs the forms of a word against each other.

use std::collections::BTreeMap;

use stoa_language::{
    Language,
    words::{SearchTerm, search_terms},
};

/// How soon a term that is there more often says no more, and how much the length of a passage counts: as is usual.
const K1: f32 = 1.2;
const B: f32 = 0.75;
/// Terms of a passage, with the short ones that documents end with.
const AVERAGE_LENGTH: f32 = 60.0;

/// A sparse vector: term ids, ascending order not promised, and their weights.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sparse {
    /// Ids of the terms.
    pub indices: Vec<u32>,
    /// Weight of each.
    pub values: Vec<f32>,
}

impl Sparse {
    /// Terms of a question, each with the share that it has in the question: 1 for a word, less for a part of one.
    pub fn of_query(text: &str) -> Self {
        let terms = search_terms(text, Language::of(text));
        sparse(terms.iter().map(|term| (id(&term.text), term.weight)))
    }

    /// Terms of a passage, with BM25's weights before IDF.
    pub fn of_passage(text: &str) -> Self {
        let terms = search_terms(text, Language::of(text));
        // Forms that are there beside a word do not make a passage longer: by that, Chinese would be half as good.
        let length: f32 = terms
            .iter()
            .map(|term| term.weight * term.count as f32)
            .sum();
        sparse(
            terms
                .iter()
                .map(|term| (id(&term.text), saturated(term, length))),
        )
    }
}

/// BM25's weight of a term in a passage of a length.
fn saturated(term: &SearchTerm, length: f32) -> f32 {
    let count = term.count as f32;
    count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * length / AVERAGE_LENGTH))
}

/// The index takes each id once: terms that share one are one.
fn sparse(weights: impl Iterator<Item = (u32, f32)>) -> Sparse {
    let mut terms = BTreeMap::<u32, f32>::new();
    for (id, weight) in weights {
        let known = terms.entry(id).or_default();
        // The larger one, not the sum: a collision must not make a rare word outweigh all others.
        *known = known.max(weight);
    }
    let (indices, values) = terms.into_iter().unzip();
    Sparse { indices, values }
}

/// The id of a term: FNV-1a of 32 bits. It is in every index and must stay as it is.
fn id(term: &str) -> u32 {
    term.bytes().fold(0x811c_9dc5, |hash: u32, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The share of the question's weight that a passage holds.
    fn share(question: &str, passage: &str) -> f32 {
        let (question, passage) = (Sparse::of_query(question), Sparse::of_passage(passage));
        let terms = question.indices.iter().zip(&question.values);
        let held = terms.filter(|(term, _)| passage.indices.contains(term));
        let total: f32 = question.values.iter().sum();
        held.map(|(_, weight)| weight).sum::<f32>() / total.max(1.0)
    }

    #[test]
    fn chinese_words_match_inside_sentences_in_either_form() {
        let passage = "如果模型过拟合，那么它在训练集上表现很好。";
        assert_eq!(share("过拟合", passage), 1.0);
        assert_eq!(share("什麼是過擬合？", passage), 1.0);
        assert_eq!(share("过拟合", "今天天气很好。"), 0.0);
    }

    #[test]
    fn english_words_match_in_other_forms() {
        assert_eq!(share("wings", "the wing of an aircraft"), 1.0);
        assert_eq!(
            share("the of and", "the of and"),
            0.0,
            "stop words do not count"
        );
    }

    #[test]
    fn words_of_many_languages_match_in_other_forms() {
        for (question, passage) in [
            (
                "Welche Verträge gibt es?",
                "Der Vertrag ist schriftlich und wird von der Leitung unterschrieben.",
            ),
            (
                "Wo ist der Keller?",
                "Das Rad gehört in den Fahrradkeller und nicht in den Hof.",
            ),
            (
                "Quels abonnements y a-t-il ?",
                "L’abonnement est gratuit pour les élèves de la ville.",
            ),
            ("図書館は何時に閉まりますか？", "図書館は午後八時に閉まる。"),
            (
                "도서관은 언제 문을 닫나요?",
                "도서관에서는 여덟 시에 문을 닫습니다.",
            ),
            ("متى تغلق المكتبة؟", "تغلق مكتبة المدينة في الثامنة."),
        ] {
            let share = share(question, passage);
            assert!(share > 0.6, "{question}: {share}");
        }
    }

    #[test]
    fn codes_match_whole_or_by_their_parts_and_are_not_mistaken() {
        let passage = "Error HX-1401: replace the filter.";
        assert_eq!(share("hx-1401", passage), 1.0);
        assert_eq!(share("1401", passage), 1.0);
        assert!(share("HX-1041", passage) < 0.2);
    }

    #[test]
    fn a_word_that_is_there_often_weighs_more_and_a_long_passage_less() {
        let weight = |passage: &str| Sparse::of_passage(passage).values[0];
        assert!(weight("wing wing wing") > weight("wing"));
        let long = "wing ".repeat(3) + &"aircraft slipstream ".repeat(80);
        let terms = Sparse::of_passage(&long);
        let wing = terms.indices.iter().position(|term| *term == id("wing"));
        let wing = terms.values[wing.expect("the word is there")];
        assert!(wing < weight("wing wing wing"));
    }

    #[test]
    fn ids_of_terms_stay_as_they_are() {
        assert_eq!(id(""), 0x811c_9dc5);
        assert_eq!(id("a"), 0xe40c_292c);
        assert_eq!(id("foobar"), 0xbf9c_f968);
    }
}
