//! How well a passage answers: what its meaning and its words say together.

use std::collections::{HashMap, HashSet};

use crate::{index::Hit, keywords::Sparse};

/// What a model's cosines mean: each model spreads its vectors in its own way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cosines {
    /// Of a question and a passage that have nothing to do with each other.
    pub(crate) unrelated: f32,
    /// Of a question and a passage that says the same in other words.
    pub(crate) paraphrase: f32,
}

impl Cosines {
    /// How near two texts are in meaning, 0 to 1.
    fn nearness(self, cosine: f32) -> f32 {
        let range = (self.paraphrase - self.unrelated).max(f32::EPSILON);
        ((cosine - self.unrelated) / range).clamp(0.0, 1.0)
    }
}

/// How well one passage answers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Relevance {
    /// Both together, 0 to 1.
    pub(crate) score: f32,
    /// Cosine of the vectors.
    pub(crate) similarity: f32,
    /// Share of the question's words, each weighted by how few candidates hold it.
    pub(crate) coverage: f32,
}

/// Judges passages against one question.
pub(crate) struct Judge<'a> {
    vector: Option<&'a Vec<f32>>,
    cosines: Cosines,
    weights: HashMap<u32, f32>,
}

impl<'a> Judge<'a> {
    /// Learns from all candidates which of the question's words tell passages apart. Without a vector that means
    /// anything, words decide alone.
    pub(crate) fn new(
        vector: Option<&'a Vec<f32>>,
        cosines: Cosines,
        question: &Sparse,
        candidates: &[Hit],
    ) -> Self {
        let count = candidates.len() as f32;
        let weight = |term: &u32| {
            let holders = candidates
                .iter()
                .filter(|hit| hit.sparse.indices.contains(term))
                .count() as f32;
            (
                *term,
                (1.0 + (count - holders + 0.5) / (holders + 0.5)).ln(),
            )
        };
        Self {
            vector,
            cosines,
            weights: question.indices.iter().map(weight).collect(),
        }
    }

    pub(crate) fn judge(&self, hit: &Hit) -> Relevance {
        let similarity: Option<f32> = self
            .vector
            .map(|vector| vector.iter().zip(&hit.dense).map(|(a, b)| a * b).sum());
        let terms: HashSet<u32> = hit.sparse.indices.iter().copied().collect();
        let total: f32 = self.weights.values().sum();
        let held: f32 = self
            .weights
            .iter()
            .filter(|(term, _)| terms.contains(term))
            .map(|(_, weight)| weight)
            .sum();
        let coverage = if total > 0.0 { held / total } else { 0.0 };
        let score = similarity.map_or(coverage, |similarity| {
            0.5 * (self.cosines.nearness(similarity) + coverage)
        });
        Relevance {
            score,
            similarity: similarity.unwrap_or(0.0),
            coverage,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COSINES: Cosines = Cosines {
        unrelated: 0.0,
        paraphrase: 1.0,
    };

    fn hit(dense: [f32; 2], terms: &[u32]) -> Hit {
        Hit {
            dense: dense.to_vec(),
            sparse: Sparse {
                indices: terms.to_vec(),
                values: vec![1.0; terms.len()],
            },
            ..Hit::default()
        }
    }

    #[test]
    fn a_rare_word_counts_for_more_than_a_common_one() {
        let vector = vec![1.0, 0.0];
        let candidates = [
            hit([0.0, 1.0], &[1, 2]),
            hit([0.0, 1.0], &[1]),
            hit([0.0, 1.0], &[1]),
        ];
        let question = Sparse {
            indices: vec![1, 2],
            values: vec![1.0; 2],
        };
        let judge = Judge::new(Some(&vector), COSINES, &question, &candidates);
        let both = judge.judge(&candidates[0]);
        let common = judge.judge(&candidates[1]);
        assert!((both.coverage - 1.0).abs() < 1e-6);
        assert!(common.coverage < 0.3, "{common:?}");
    }

    #[test]
    fn words_that_no_passage_holds_pull_the_score_down() {
        let vector = vec![1.0, 0.0];
        let candidates = [hit([1.0, 0.0], &[1])];
        let known = Sparse {
            indices: vec![1],
            values: vec![1.0],
        };
        let unknown = Sparse {
            indices: vec![1, 8, 9],
            values: vec![1.0; 3],
        };
        let score = |question: &Sparse| {
            Judge::new(Some(&vector), COSINES, question, &candidates)
                .judge(&candidates[0])
                .score
        };
        assert!(score(&unknown) < score(&known));
    }

    #[test]
    fn a_question_of_stop_words_alone_rests_on_meaning() {
        let vector = vec![1.0, 0.0];
        let candidates = [hit([1.0, 0.0], &[1])];
        let relevance = Judge::new(Some(&vector), COSINES, &Sparse::default(), &candidates)
            .judge(&candidates[0]);
        assert!((relevance.score - 0.5).abs() < 1e-6);
    }

    #[test]
    fn a_cosine_means_what_the_model_says_it_does() {
        let narrow = Cosines {
            unrelated: 0.7,
            paraphrase: 0.9,
        };
        assert!((narrow.nearness(0.8) - 0.5).abs() < 1e-6);
        assert!(narrow.nearness(0.6).abs() < 1e-6);
        assert!((narrow.nearness(0.95) - 1.0).abs() < 1e-6);
        let silent = Cosines {
            unrelated: 0.0,
            paraphrase: 0.0,
        };
        assert!(silent.nearness(0.3).is_finite());
    }
}
