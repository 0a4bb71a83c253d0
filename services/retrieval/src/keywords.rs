//! Text to the sparse vectors of keyword search.

use std::borrow::Cow;

use qdrant_edge::bm25_embed::{EdgeBm25, EdgeBm25Config, EdgeBm25Error};
use serde_json::json;

/// A sparse vector: term ids, ascending order not promised, and their weights.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sparse {
    /// Ids of the terms.
    pub indices: Vec<u32>,
    /// Weight of each.
    pub values: Vec<f32>,
}

/// BM25 over terms of any language; the index applies IDF. English is stemmed and loses its stop words. Scripts
/// without spaces are cut into overlapping pairs of characters, as search engines do: unlike a dictionary's words they
/// match terms that no dictionary has (过拟合), and cost no memory.
#[derive(Debug)]
pub struct Keywords {
    bm25: EdgeBm25,
}

impl Keywords {
    /// Sets up the tokenizer.
    pub fn new() -> Result<Self, EdgeBm25Error> {
        let config: EdgeBm25Config = serde_json::from_value(json!({
            "tokenizer": "word",
            "language": "english",
            // Terms of a passage, with the short ones that documents end with.
            "avg_len": 60.0,
        }))
        .unwrap_or_default();
        Ok(Self {
            bm25: EdgeBm25::new(config)?,
        })
    }

    /// Terms of a question, each with the weight 1.
    pub fn of_query(&self, text: &str) -> Sparse {
        let vector = self.bm25.embed_query(&pairs(text));
        Sparse {
            indices: vector.indices,
            values: vector.values,
        }
    }

    /// Terms of a passage, with BM25's weights before IDF.
    pub fn of_passage(&self, text: &str) -> Sparse {
        let vector = self.bm25.embed_document(&pairs(text));
        Sparse {
            indices: vector.indices,
            values: vector.values,
        }
    }
}

/// Puts spaces around each pair of characters of a script without spaces: 过拟合 → 过拟 拟合.
fn pairs(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unspaced) {
        return Cow::Borrowed(text);
    }
    let mut spaced = String::with_capacity(text.len() * 3);
    let mut before: Option<char> = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if !is_unspaced(c) {
            if before.take().is_some() {
                spaced.push(' ');
            }
            spaced.push(c);
            continue;
        }
        let next = chars.peek().copied().filter(|next| is_unspaced(*next));
        let alone = before.is_none() && next.is_none();
        if next.is_some() || alone {
            spaced.push(' ');
            spaced.push(c);
            spaced.extend(next);
        }
        before = Some(c);
    }
    Cow::Owned(spaced)
}

/// Whether text is of a script without spaces between words: the languages of models name those they know.
pub(crate) fn is_unspaced(c: char) -> bool {
    matches!(u32::from(c), 0x0e00..=0x0eff | 0x3040..=0x30ff | 0x3400..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x3ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(question: &str, passage: &str) -> usize {
        let keywords = Keywords::new().expect("configuration is valid");
        let (question, passage) = (keywords.of_query(question), keywords.of_passage(passage));
        question
            .indices
            .iter()
            .filter(|term| passage.indices.contains(term))
            .count()
    }

    #[test]
    fn unspaced_scripts_are_cut_into_pairs() {
        assert_eq!(pairs("plain words"), "plain words");
        assert_eq!(pairs("a过拟合b"), "a 过拟 拟合 b");
        assert_eq!(pairs("第1章"), " 第 1 章");
    }

    #[test]
    fn chinese_words_match_inside_sentences() {
        assert_eq!(
            share("过拟合", "如果模型过拟合，那么它在训练集上表现很好。"),
            2
        );
        assert_eq!(share("过拟合", "今天天气很好。"), 0);
    }

    #[test]
    fn english_words_match_in_other_forms() {
        assert_eq!(share("wings", "the wing of an aircraft"), 1);
        assert_eq!(
            share("the of and", "the of and"),
            0,
            "stop words do not count"
        );
    }
}
