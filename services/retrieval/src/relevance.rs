//! How well a passage answers: what its meaning and its words say together.

use std::collections::{HashMap, HashSet};

use stoa_proto::Scale;

use crate::{index::Hit, keywords::Sparse, ranking::dot};

/// How well one passage answers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Relevance {
    /// Both together, 0 to 1.
    pub(crate) score: f32,
    /// Cosine of the vectors.
    pub(crate) similarity: f32,
    /// Share of the question's words, each weighted by its share in the question and by how few candidates hold it.
    pub(crate) coverage: f32,
}

/// Judges passages against one question.
pub(crate) struct Judge<'a> {
    vector: Option<&'a Vec<f32>>,
    scale: Scale,
    weights: HashMap<u32, f32>,
}

impl<'a> Judge<'a> {
    /// Learns from all candidates which of the question's words tell passages apart. Without a vector that means
    /// anything, words decide alone.
    pub(crate) fn new(
        vector: Option<&'a Vec<f32>>,
        scale: Scale,
        question: &Sparse,
        candidates: &[Hit],
    ) -> Self {
        let count = candidates.len() as f32;
        let weight = |(term, share): (&u32, &f32)| {
            // Among the candidates and not the index: what sets this passage apart from those it is shown beside.
            let holders = candidates
                .iter()
                .filter(|hit| hit.sparse.indices.contains(term))
                .count() as f32;
            let rarity = (1.0 + (count - holders + 0.5) / (holders + 0.5)).ln();
            (*term, share * rarity)
        };
        Self {
            vector,
            scale,
            weights: question
                .indices
                .iter()
                .zip(&question.values)
                .map(weight)
                .collect(),
        }
    }

    pub(crate) fn judge(&self, hit: &Hit) -> Relevance {
        let similarity: Option<f32> = self.vector.map(|vector| dot(vector, &hit.dense));
        let terms: HashSet<u32> = hit.sparse.indices.iter().copied().collect();
        // Nothing where the question has no word that is looked for, as "what is it": then the meaning decides.
        let total: f32 = self.weights.values().sum();
        let held: f32 = self
            .weights
            .iter()
            .filter(|(term, _)| terms.contains(term))
            .map(|(_, weight)| weight)
            .sum();
        let coverage = if total > 0.0 { held / total } else { 0.0 };
        let score = similarity.map_or(coverage, |cosine| self.scale.score(cosine, coverage));
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

    const SCALE: Scale = Scale {
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
        let judge = Judge::new(Some(&vector), SCALE, &question, &candidates);
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
            Judge::new(Some(&vector), SCALE, question, &candidates)
                .judge(&candidates[0])
                .score
        };
        assert!(score(&unknown) < score(&known));
    }

    #[test]
    fn a_question_of_stop_words_alone_rests_on_meaning() {
        let vector = vec![1.0, 0.0];
        let candidates = [hit([1.0, 0.0], &[1])];
        let relevance =
            Judge::new(Some(&vector), SCALE, &Sparse::default(), &candidates).judge(&candidates[0]);
        assert!((relevance.score - 0.5).abs() < 1e-6);
    }
}
