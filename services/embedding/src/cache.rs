//! Vectors of short texts that were embedded before.
//!
//! A community asks the same things again, and a question is embedded twice on its way: to search with it, and to
//! compare it with what was found. Passages are long and are embedded once, so they would only push questions out.

use std::sync::Arc;

use stoa_models::embedding::Kind;

/// Longest text that is kept, in bytes.
const MAX_TEXT: usize = 512;
/// Texts that are kept: with vectors of 384 numbers about 8 MB.
const TEXTS: usize = 4096;

pub(crate) struct VectorCache(quick_cache::sync::Cache<(Kind, Box<str>), Arc<[f32]>>);

impl VectorCache {
    pub(crate) fn new() -> Self {
        Self(quick_cache::sync::Cache::new(TEXTS))
    }

    pub(crate) fn get(&self, kind: Kind, text: &str) -> Option<Arc<[f32]>> {
        if text.len() > MAX_TEXT {
            return None;
        }
        self.0.get(&(kind, text.into()))
    }

    pub(crate) fn put(&self, kind: Kind, text: &str, vector: &[f32]) {
        if text.len() <= MAX_TEXT {
            self.0.insert((kind, text.into()), vector.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_a_vector_as_a_question_and_one_as_a_passage() {
        let cache = VectorCache::new();
        cache.put(Kind::Query, "tea", &[1.0]);
        cache.put(Kind::Passage, "tea", &[2.0]);
        let get = |kind| cache.get(kind, "tea").map(|vector| vector.to_vec());
        assert_eq!(get(Kind::Query), Some(vec![1.0]));
        assert_eq!(get(Kind::Passage), Some(vec![2.0]));
    }

    #[test]
    fn long_texts_and_more_than_its_fill_are_not_kept() {
        let cache = VectorCache::new();
        let long = "a".repeat(MAX_TEXT + 1);
        cache.put(Kind::Passage, &long, &[1.0]);
        assert_eq!(cache.get(Kind::Passage, &long), None);
        for n in 0..2 * TEXTS {
            cache.put(Kind::Query, &n.to_string(), &[1.0]);
        }
        let kept = (0..2 * TEXTS)
            .filter(|n| cache.get(Kind::Query, &n.to_string()).is_some())
            .count();
        assert!(kept <= TEXTS + TEXTS / 8, "{kept}");
    }
}
