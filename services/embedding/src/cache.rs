//! Vectors of short texts that were embedded before.
//!
//! A community asks the same things again, and a question is embedded twice on its way: to search with it, and to
//! compare it with what was found. The statements that it is compared with come again too, a few at a time. The passages
//! of a document that is learned come many at a time and are embedded once: they would only push the others out, so they
//! are neither looked up nor kept.

use std::sync::Arc;

use quick_cache::{Weighter, sync::Cache};
use stoa_models::embedding::InputKind;

/// Longest text that is kept, in bytes.
const MAX_TEXT: usize = 512;
/// Most passages of a request that are looked up and kept: more of them are a document that is learned.
const MAX_PASSAGES: usize = 32;
/// What texts and vectors take together, in bytes: with vectors of 384 numbers more than 4,000 of them.
const MAX_BYTES: u64 = 8 << 20;
/// About how many fit. The cache only plans with it.
const ESTIMATED: usize = 4096;

type Key = (InputKind, Box<str>);

/// An entry weighs what its text and its vector take.
#[derive(Debug, Clone)]
struct ByBytes;

impl Weighter<Key, Arc<[f32]>> for ByBytes {
    fn weight(&self, (_, text): &Key, vector: &Arc<[f32]>) -> u64 {
        (text.len() + vector.len() * size_of::<f32>()) as u64
    }
}

pub(crate) struct VectorCache(Cache<Key, Arc<[f32]>, ByBytes>);

impl VectorCache {
    pub(crate) fn new() -> Self {
        Self(Cache::with_weighter(ESTIMATED, MAX_BYTES, ByBytes))
    }

    /// The cache, for a request of so many texts; `None` when they are neither looked up nor kept.
    pub(crate) fn serving(&self, kind: InputKind, texts: usize) -> Option<&Self> {
        match kind {
            InputKind::Query => Some(self),
            InputKind::Passage => (texts <= MAX_PASSAGES).then_some(self),
        }
    }

    pub(crate) fn get(&self, kind: InputKind, text: &str) -> Option<Arc<[f32]>> {
        // Looked up only where it could have been kept, so that long texts are not copied for a key in vain.
        if text.len() > MAX_TEXT {
            return None;
        }
        self.0.get(&(kind, text.into()))
    }

    pub(crate) fn put(&self, kind: InputKind, text: &str, vector: &[f32]) {
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
        cache.put(InputKind::Query, "tea", &[1.0]);
        cache.put(InputKind::Passage, "tea", &[2.0]);
        let get = |kind| cache.get(kind, "tea").map(|vector| vector.to_vec());
        assert_eq!(get(InputKind::Query), Some(vec![1.0]));
        assert_eq!(get(InputKind::Passage), Some(vec![2.0]));
    }

    #[test]
    fn long_texts_are_not_kept() {
        let cache = VectorCache::new();
        let long = "a".repeat(MAX_TEXT + 1);
        for kind in [InputKind::Query, InputKind::Passage] {
            cache.put(kind, &long, &[1.0]);
            assert_eq!(cache.get(kind, &long), None);
            cache.put(kind, &long[..MAX_TEXT], &[1.0]);
            assert!(cache.get(kind, &long[..MAX_TEXT]).is_some());
        }
    }

    #[test]
    fn it_keeps_as_many_bytes_whatever_the_model() {
        for dimensions in [384, 1_024, 4_096] {
            let cache = VectorCache::new();
            let (vector, texts) = (vec![1.0_f32; dimensions], 20_000);
            for n in 0..texts {
                cache.put(InputKind::Query, &n.to_string(), &vector);
            }
            let kept = (0..texts)
                .filter(|n| cache.get(InputKind::Query, &n.to_string()).is_some())
                .count();
            let bytes = (kept * dimensions * size_of::<f32>()) as u64;
            assert!(
                (MAX_BYTES / 2..=MAX_BYTES).contains(&bytes),
                "{kept} of {dimensions} numbers"
            );
        }
    }

    #[test]
    fn many_passages_at_once_are_passed_by() {
        let cache = VectorCache::new();
        let serves = |kind, texts| cache.serving(kind, texts).is_some();
        assert!(serves(InputKind::Passage, 1) && serves(InputKind::Passage, MAX_PASSAGES));
        assert!(!serves(InputKind::Passage, MAX_PASSAGES + 1));
        assert!(serves(InputKind::Query, MAX_PASSAGES + 1));
    }
}
