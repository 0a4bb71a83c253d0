//! How good an order of results is, with relevance 0 or 1, as trec_eval counts it.

/// Which of the results, best first, are what was looked for, and how many there are to find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ranking {
    pub(crate) hits: Vec<bool>,
    pub(crate) relevant: usize,
}

impl Ranking {
    /// Share of what there is to find that is among the first `k`.
    pub(crate) fn recall(&self, k: usize) -> f64 {
        let found = self.first(k).count();
        share(found as f64, self.relevant as f64)
    }

    /// Discounted gain of the first `k`, as a share of the best order's.
    pub(crate) fn ndcg(&self, k: usize) -> f64 {
        let gain = |rank: usize| 1.0 / ((rank + 2) as f64).log2();
        let best: f64 = (0..self.relevant.min(k)).map(gain).sum();
        share(self.first(k).map(gain).sum(), best)
    }

    /// One over the rank of the first hit; 0 without one.
    pub(crate) fn reciprocal_rank(&self) -> f64 {
        let first = self.hits.iter().position(|hit| *hit);
        first.map_or(0.0, |rank| 1.0 / (rank + 1) as f64)
    }

    /// Ranks, from 0, of the hits among the first `k`.
    fn first(&self, k: usize) -> impl Iterator<Item = usize> {
        let hits = self.hits.iter().take(k).enumerate();
        hits.filter(|(_, hit)| **hit).map(|(rank, _)| rank)
    }
}

fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    #[test]
    fn trec_eval_says_the_same() {
        let reference: Value =
            serde_json::from_str(include_str!("../fixtures/reference.json")).expect("JSON");
        let cases = reference["rankings"].as_array().expect("a list");
        assert!(cases.len() >= 100);
        for case in cases {
            let hits = case["hits"].as_array().expect("a list");
            let ranking = Ranking {
                hits: hits.iter().map(|hit| hit == 1).collect(),
                relevant: case["relevant"].as_u64().expect("a count") as usize,
            };
            let figures = case["figures"].as_object().expect("figures");
            for (name, expected) in figures {
                let value = match name.split_once('@') {
                    Some(("recall", k)) => ranking.recall(k.parse().expect("a number")),
                    Some(("ndcg", k)) => ranking.ndcg(k.parse().expect("a number")),
                    _ => ranking.reciprocal_rank(),
                };
                let expected = expected.as_f64().expect("a number");
                assert!((value - expected).abs() < 1e-9, "{name} of {ranking:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn figures_are_shares_that_grow_with_k(hits in prop::collection::vec(any::<bool>(), 0..30), more in 0usize..5) {
            let relevant = hits.iter().filter(|hit| **hit).count() + more;
            let ranking = Ranking { hits, relevant };
            let mut before = 0.0;
            for k in 1..40 {
                let recall = ranking.recall(k);
                prop_assert!(recall >= before && (0.0..=1.0).contains(&recall));
                prop_assert!((0.0..=1.0 + 1e-12).contains(&ranking.ndcg(k)));
                before = recall;
            }
            prop_assert!((0.0..=1.0).contains(&ranking.reciprocal_rank()));
        }

        #[test]
        fn what_comes_earlier_is_better(mut hits in prop::collection::vec(any::<bool>(), 2..20), at in 0usize..18) {
            let at = at % (hits.len() - 1);
            hits[at] = false;
            hits[at + 1] = true;
            let relevant = hits.len();
            let late = Ranking { hits: hits.clone(), relevant };
            hits.swap(at, at + 1);
            let early = Ranking { hits, relevant };
            prop_assert!(early.ndcg(20) > late.ndcg(20));
            prop_assert!(early.reciprocal_rank() >= late.reciprocal_rank());
            prop_assert!((early.recall(20) - late.recall(20)).abs() < 1e-12);
        }
    }
}
