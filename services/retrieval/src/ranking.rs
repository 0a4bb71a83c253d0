//! The order of what was found: reciprocal rank fusion of both legs, and one step of feedback.
//!
//! The best passages of a first fusion are taken for relevant, and the question's vector is moved towards theirs
//! (Rocchio's pseudo-relevance feedback, on vectors). The candidates are ordered by the moved vector, and fused with the
//! words again: a passage that says what the best ones say rises, also where the question says it in other words.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use crate::index::{Found, Hit};

/// The k of reciprocal rank fusion, 1 / (k + rank): the field's usual one.
const RRF_K: f32 = 60.0;
/// Passages that are taken for relevant.
const RELEVANT: usize = 5;
/// How much of their mean is added to the question's vector.
const SHARE: f32 = 0.5;

/// Share of the terms of two passages that both have, from which on they are near-duplicates.
const NEARLY_ALL: f32 = 0.9;
/// Near-duplicates of one passage that are not held back: two that differ in one number may contradict each other.
const ALIKE: usize = 2;

/// What was found, once each, the best first.
pub(crate) fn rank(found: Found, question: Option<&[f32]>) -> Vec<Hit> {
    let keyword: Vec<Uuid> = found.keyword.iter().map(|hit| hit.id).collect();
    let dense: Vec<Uuid> = found.dense.iter().map(|hit| hit.id).collect();
    let mut hits: Vec<Hit> = Vec::with_capacity(dense.len() + keyword.len());
    for hit in found.dense.into_iter().chain(found.keyword) {
        if !hits.iter().any(|known| known.id == hit.id) {
            hits.push(hit);
        }
    }
    order(&mut hits, &[&dense, &keyword]);
    let Some(moved) = question.and_then(|question| moved(question, &hits)) else {
        return hits;
    };
    let mut near: Vec<(Uuid, f32)> = hits
        .iter()
        .map(|hit| (hit.id, dot(&moved, &hit.dense)))
        .collect();
    near.sort_by(|a, b| b.1.total_cmp(&a.1));
    let near: Vec<Uuid> = near.into_iter().map(|(id, _)| id).collect();
    order(&mut hits, &[&near, &keyword]);
    hits
}

/// Orders by reciprocal ranks; equals stay as they are.
fn order(hits: &mut [Hit], legs: &[&[Uuid]]) {
    let mut ranks: HashMap<Uuid, f32> = HashMap::new();
    for leg in legs {
        for (id, rank) in leg.iter().zip(1_u16..) {
            *ranks.entry(*id).or_default() += 1.0 / (RRF_K + f32::from(rank));
        }
    }
    let rank = |hit: &Hit| ranks.get(&hit.id).copied().unwrap_or_default();
    hits.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
}

/// The question's vector, moved towards the best hits, and of unit length.
fn moved(question: &[f32], hits: &[Hit]) -> Option<Vec<f32>> {
    let relevant: Vec<&Hit> = hits.iter().take(RELEVANT).collect();
    let share = SHARE / relevant.len().max(1) as f32;
    let mut moved = question.to_vec();
    for hit in relevant {
        for (value, other) in moved.iter_mut().zip(&hit.dense) {
            *value += share * other;
        }
    }
    let length = dot(&moved, &moved).sqrt();
    (length > 0.0).then(|| {
        moved.iter_mut().for_each(|value| *value /= length);
        moved
    })
}

/// Passages that say the same word for word count once; of those that nearly do, a few come first and the others after
/// everything else.
pub(crate) fn collapse(hits: Vec<Hit>) -> Vec<Hit> {
    let mut said: HashSet<String> = HashSet::new();
    let mut first: Vec<(Hit, HashSet<u32>)> = Vec::with_capacity(hits.len());
    let mut last = Vec::new();
    for hit in hits {
        let text = hit.payload.as_ref().map_or("", |payload| &payload.text);
        let letters = text.chars().filter(|c| c.is_alphanumeric());
        if !said.insert(letters.flat_map(char::to_lowercase).collect()) {
            continue;
        }
        let terms: HashSet<u32> = hit.sparse.indices.iter().copied().collect();
        let alike = first
            .iter()
            .filter(|(_, other)| share(&terms, other) >= NEARLY_ALL);
        if alike.count() < ALIKE {
            first.push((hit, terms));
        } else {
            last.push(hit);
        }
    }
    first.into_iter().map(|(hit, _)| hit).chain(last).collect()
}

/// Share of the terms of either that both have (Jaccard).
fn share(terms: &HashSet<u32>, others: &HashSet<u32>) -> f32 {
    let both = terms.intersection(others).count();
    let either = terms.len() + others.len() - both;
    if either == 0 {
        0.0
    } else {
        both as f32 / either as f32
    }
}

/// The cosine of vectors of unit length.
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{index::Payload, keywords::Sparse};

    fn hit(id: u128, dense: [f32; 3]) -> Hit {
        Hit {
            id: Uuid::from_u128(id),
            dense: dense.to_vec(),
            ..Hit::default()
        }
    }

    fn text(text: &str) -> Hit {
        Hit {
            payload: Some(Payload {
                space: "here".to_owned(),
                document_id: Uuid::nil(),
                version: 1,
                published: true,
                document: String::new(),
                title: String::new(),
                collection: String::new(),
                access: Vec::new(),
                ordinal: 0,
                page: 0,
                heading_path: Vec::new(),
                language: String::new(),
                text: text.to_owned(),
            }),
            sparse: Sparse::of_passage(text),
            ..Hit::default()
        }
    }

    fn ids(hits: &[Hit]) -> Vec<u128> {
        hits.iter().map(|hit| hit.id.as_u128()).collect()
    }

    #[test]
    fn what_both_legs_find_comes_first() {
        let found = Found {
            dense: vec![hit(1, [1.0, 0.0, 0.0]), hit(2, [0.9, 0.1, 0.0])],
            keyword: vec![hit(2, [0.9, 0.1, 0.0]), hit(3, [0.0, 1.0, 0.0])],
        };
        assert_eq!(ids(&rank(found.clone(), None))[0], 2);
        assert_eq!(rank(found, None).len(), 3);
    }

    #[test]
    fn what_is_like_the_best_rises() {
        // 8 is as the best ones are, and 9 only as the question is.
        let relevant = (1..=5).map(|id| hit(id, [0.6, 0.8, 0.0]));
        let (like, unlike) = (hit(8, [0.55, 0.83, 0.0]), hit(9, [0.6, 0.0, 0.8]));
        let dense: Vec<Hit> = relevant.clone().chain([unlike, like]).collect();
        let found = Found {
            dense,
            keyword: relevant.collect(),
        };
        let plain = ids(&rank(found.clone(), None));
        let place = |ids: &[u128], id| ids.iter().position(|other| *other == id);
        assert!(place(&plain, 9) < place(&plain, 8));
        let fed = ids(&rank(found, Some(&[1.0, 0.0, 0.0])));
        assert!(place(&fed, 8) < place(&fed, 9), "{fed:?}");
    }

    #[test]
    fn copies_count_once_and_near_copies_do_not_crowd_others_out() {
        let station = |n: u32| {
            text(&format!(
                "Station {n} stands on a hill with a mast, a rain gauge, two solar panels, one wooden fence and a shed"
            ))
        };
        let hits = vec![
            station(1),
            station(1),
            station(2),
            station(3),
            text("Call the office first."),
        ];
        let kept = collapse(hits);
        let texts: Vec<&str> = kept
            .iter()
            .filter_map(|hit| hit.payload.as_ref())
            .map(|payload| &payload.text[..9])
            .collect();
        assert_eq!(texts, ["Station 1", "Station 2", "Call the ", "Station 3"]);
    }
}
