//! What the labels of a classifier mean.

use std::collections::BTreeMap;

use super::{EntailmentError, Opinion};

/// Which of a model's labels mean what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Labels {
    /// How many there are.
    pub(super) count: usize,
    entailed: usize,
    contradicted: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Entailed,
    Contradicted,
    Neither,
}

impl Labels {
    /// Reads `id2label`, in whatever order and case. Of two labels without names the second is yes, as in every binary
    /// classifier. `None` when not every label is understood.
    pub(super) fn read(named: &BTreeMap<usize, String>) -> Option<Self> {
        let count = named.len();
        // Ids with a gap between them say that the file is not of this graph.
        if count < 2 || named.keys().copied().ne(0..count) {
            return None;
        }
        let nameless = |(id, label): (&usize, &String)| plain(label) == format!("label{id}");
        if named.iter().all(nameless) {
            return (count == 2).then_some(Self {
                count,
                entailed: 1,
                contradicted: None,
            });
        }
        let meanings: Vec<Meaning> = named
            .values()
            .map(|label| meaning(label))
            .collect::<Option<_>>()?;
        // Exactly one label may say that a statement is supported; of two, one would be read as the other.
        let only = |wanted: Meaning| {
            let mut places = (0..count).filter(|at| meanings[*at] == wanted);
            (places.next(), places.next())
        };
        match (only(Meaning::Entailed), only(Meaning::Contradicted)) {
            ((Some(entailed), None), (contradicted, None)) => Some(Self {
                count,
                entailed,
                contradicted,
            }),
            _ => None,
        }
    }

    /// What the logits of one pair say: their softmax, by meaning.
    pub(super) fn opinion(&self, logits: &[f32]) -> Result<Opinion, EntailmentError> {
        // Taken off before the exponential, which overflows beyond 88.
        let most = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let shares: Vec<f32> = logits.iter().map(|logit| (logit - most).exp()).collect();
        let total: f32 = shares.iter().sum();
        if !total.is_finite() {
            let reason = format!("its logits are {logits:?}");
            return Err(EntailmentError::Model(reason));
        }
        Ok(Opinion {
            entailed: shares[self.entailed] / total,
            contradicted: self.contradicted.map_or(0.0, |at| shares[at] / total),
        })
    }
}

fn meaning(label: &str) -> Option<Meaning> {
    Some(match plain(label).as_str() {
        "entailment" | "entailed" | "entails" | "supported" | "supports" | "support"
        | "consistent" | "grounded" | "faithful" => Meaning::Entailed,
        "contradiction" | "contradicted" | "contradicts" | "contradictory" | "refuted"
        | "refutes" => Meaning::Contradicted,
        "neutral" | "notentailment" | "notentailed" | "nonentailment" | "unsupported"
        | "notsupported" | "notstated" | "notenoughinfo" | "inconsistent" | "ungrounded"
        | "notgrounded" | "unfaithful" | "hallucinated" | "hallucination" => Meaning::Neither,
        _ => return None,
    })
}

/// A label without what exporters write differently.
fn plain(label: &str) -> String {
    label
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(labels: &[&str]) -> Option<Labels> {
        let named = labels.iter().map(|label| (*label).to_owned());
        Labels::read(&named.enumerate().collect())
    }

    #[test]
    fn labels_are_understood_in_any_order_and_case() {
        for (labels, entailed, contradicted) in [
            (&["entailment", "neutral", "contradiction"][..], 0, Some(2)),
            (&["CONTRADICTION", "ENTAILMENT", "NEUTRAL"], 1, Some(0)),
            (&["SUPPORTS", "REFUTES", "NOT ENOUGH INFO"], 0, Some(1)),
            (&["entailment", "not_entailment"], 0, None),
            (&["Unsupported", "Supported"], 1, None),
            (&["LABEL_0", "LABEL_1"], 1, None),
        ] {
            let read = read(labels).expect("understood");
            assert_eq!(read.entailed, entailed, "{labels:?}");
            assert_eq!(read.contradicted, contradicted, "{labels:?}");
        }
    }

    #[test]
    fn labels_that_could_mean_anything_are_not_guessed() {
        for labels in [
            &[][..],
            &["entailment"],
            &["LABEL_0", "LABEL_1", "LABEL_2"],
            &["LABEL_1", "LABEL_0"],
            &["positive", "negative"],
            &["neutral", "contradiction"],
            &["entailment", "supported"],
            &["entailment", "contradiction", "toxic"],
        ] {
            assert_eq!(read(labels), None, "{labels:?}");
        }
    }

    #[test]
    fn logits_become_shares() {
        let labels = read(&["entailment", "neutral", "contradiction"]).expect("understood");
        let opinion = labels.opinion(&[2.0, 2.0, 2.0]).expect("finite");
        assert!((opinion.entailed - 1.0 / 3.0).abs() < 1e-6, "{opinion:?}");
        let opinion = labels.opinion(&[-1e9, 0.0, 500.0]).expect("finite");
        assert!(opinion.contradicted > 0.99, "{opinion:?}");
        for logits in [[f32::NAN, 0.0, 0.0], [f32::INFINITY, 0.0, 0.0]] {
            assert!(labels.opinion(&logits).is_err(), "{logits:?}");
        }
    }
}
