//! Text to the sparse vectors of keyword search.

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

/// BM25 over terms of any language: Chinese and Japanese are segmented, English is stemmed, and the index
/// applies IDF.
#[derive(Debug)]
pub struct Keywords {
    bm25: EdgeBm25,
}

impl Keywords {
    /// Sets up the tokenizer.
    pub fn new() -> Result<Self, EdgeBm25Error> {
        let config: EdgeBm25Config = serde_json::from_value(json!({
            "tokenizer": "multilingual",
            "language": "english",
            "stopwords": { "languages": ["english", "chinese"] },
            // Terms of a passage of ordinary length.
            "avg_len": 100.0,
        }))
        .unwrap_or_default();
        Ok(Self { bm25: EdgeBm25::new(config)? })
    }

    /// Terms of a question, each with the weight 1.
    pub fn of_query(&self, text: &str) -> Sparse {
        let vector = self.bm25.embed_query(text);
        Sparse { indices: vector.indices, values: vector.values }
    }

    /// Terms of a passage, with BM25's weights before IDF.
    pub fn of_passage(&self, text: &str) -> Sparse {
        let vector = self.bm25.embed_document(text);
        Sparse { indices: vector.indices, values: vector.values }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(question: &str, passage: &str) -> usize {
        let keywords = Keywords::new().expect("configuration is valid");
        let (question, passage) = (keywords.of_query(question), keywords.of_passage(passage));
        question.indices.iter().filter(|term| passage.indices.contains(term)).count()
    }

    #[test]
    fn chinese_words_match_inside_sentences() {
        assert!(share("过拟合", "如果模型过拟合，那么它在训练集上表现很好。") >= 1);
        assert_eq!(share("过拟合", "今天天气很好。"), 0);
    }

    #[test]
    fn english_words_match_in_other_forms() {
        assert_eq!(share("wings", "the wing of an aircraft"), 1);
        assert_eq!(share("the of and", "the of and"), 0, "stop words do not count");
    }
}
