//! The order of what was found: reciprocal rank fusion of both legs, and one step of feedback.
//!
//! The best passages of a first fusion are taken for relevant (pseudo-relevance feedback). The question's vector is moved
//! towards theirs (Rocchio), and the words that they share and few other candidates have are looked for too. The
//! candidates are ordered by both, and fused with the order of the question's own words: a passage that says what the
//! best ones say rises, also where the question says it in other words.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use crate::index::{Found, Hit};

/// The k of reciprocal rank fusion, 1 / (k + rank): the field's usual one.
const RRF_K: f32 = 60.0;
/// Passages that are taken for relevant. The first counts for most, by the root of the rank.
const RELEVANT: usize = 5;
/// How much of their mean is added to the question's vector.
const SHARE: f32 = 0.5;
/// Words of theirs that are looked for, and what their order counts beside the others.
const WORDS: usize = 60;
const WORDS_WEIGHT: f32 = 0.5;
/// Share of the terms of two passages that both have, from which on they are near-duplicates.
const NEARLY_ALL: f32 = 0.9;
/// Near-duplicates of one passage that are not held back: two that differ in one number may contradict each other.
const ALIKE: usize = 2;

/// An order of candidates, the best first, and what it counts.
type Leg<'a> = (&'a [Uuid], f32);

/// What was found, once each, the best first. Feedback needs the question's vector.
pub(crate) fn rank(found: Found, question: Option<&[f32]>) -> Vec<Hit> {
    let keyword: Vec<Uuid> = found.keyword.iter().map(|hit| hit.id).collect();
    let dense: Vec<Uuid> = found.dense.iter().map(|hit| hit.id).collect();
    let mut known = HashSet::new();
    let both = found.dense.into_iter().chain(found.keyword);
    // Hits of both legs are the same points, with both of their vectors.
    let mut hits: Vec<Hit> = both.filter(|hit| known.insert(hit.id)).collect();
    order(&mut hits, &[(&dense, 1.0), (&keyword, 1.0)]);
    // Without a vector there is nothing to move, and the order of the first fusion stands.
    let Some(moved) = question.and_then(|question| moved(question, &hits)) else {
        return hits;
    };
    let near = by(&hits, |hit| dot(&moved, &hit.dense));
    let words = words(&hits);
    let alike = by(&hits, |hit| shared(&words, hit));
    order(
        &mut hits,
        &[(&near, 1.0), (&keyword, 1.0), (&alike, WORDS_WEIGHT)],
    );
    hits
}

/// Orders by reciprocal ranks; equals stay as they are.
fn order(hits: &mut [Hit], legs: &[Leg<'_>]) {
    let mut ranks: HashMap<Uuid, f32> = HashMap::new();
    for (leg, weight) in legs {
        for (id, rank) in leg.iter().zip(1_u16..) {
            *ranks.entry(*id).or_default() += weight / (RRF_K + f32::from(rank));
        }
    }
    let rank = |hit: &Hit| ranks.get(&hit.id).copied().unwrap_or_default();
    // Stable, so that what ranks alike keeps the order of the fusion before.
    hits.sort_by(|a, b| rank(b).total_cmp(&rank(a)));
}

/// The hits by what they score, the best first.
fn by(hits: &[Hit], score: impl Fn(&Hit) -> f32) -> Vec<Uuid> {
    let mut scored: Vec<(Uuid, f32)> = hits.iter().map(|hit| (hit.id, score(hit))).collect();
    scored.sort_by(|a, b| b.1.total_cmp(&a.1));
    scored.into_iter().map(|(id, _)| id).collect()
}

/// The hits that are taken for relevant, and what each counts.
fn relevant(hits: &[Hit]) -> impl Iterator<Item = (&Hit, f32)> {
    let weights = (1_u8..).map(|rank| f32::from(rank).sqrt().recip());
    hits.iter().take(RELEVANT).zip(weights)
}

/// The question's vector, moved towards the best hits, and of unit length.
fn moved(question: &[f32], hits: &[Hit]) -> Option<Vec<f32>> {
    // Divided by it, so that few hits move the question as far as many.
    let total: f32 = relevant(hits).map(|(_, weight)| weight).sum();
    let mut moved = question.to_vec();
    for (hit, weight) in relevant(hits) {
        for (value, other) in moved.iter_mut().zip(&hit.dense) {
            *value += SHARE * weight / total * other;
        }
    }
    let length = dot(&moved, &moved).sqrt();
    (length > 0.0).then(|| {
        moved.iter_mut().for_each(|value| *value /= length);
        moved
    })
}

/// The words that the best hits have most of and few candidates have, each with its weight.
fn words(hits: &[Hit]) -> HashMap<u32, f32> {
    let mut holders: HashMap<u32, f32> = HashMap::new();
    for term in hits.iter().flat_map(|hit| &hit.sparse.indices) {
        *holders.entry(*term).or_default() += 1.0;
    }
    let mut weights: HashMap<u32, f32> = HashMap::new();
    for (hit, weight) in relevant(hits) {
        for (term, value) in hit.sparse.indices.iter().zip(&hit.sparse.values) {
            *weights.entry(*term).or_default() += weight * value;
        }
    }
    let count = hits.len() as f32;
    let mut weights: Vec<(u32, f32)> = weights
        .into_iter()
        .map(|(term, weight)| {
            let holders = holders.get(&term).copied().unwrap_or_default();
            let rarity = (1.0 + (count - holders + 0.5) / (holders + 0.5)).ln();
            // Once for the best hits, and once for the hit that is compared with them.
            (term, weight * rarity * rarity)
        })
        .collect();
    // By id where they weigh the same: the order of a hash map would change from run to run.
    weights.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    weights.truncate(WORDS);
    weights.into_iter().collect()
}

/// How much of the words a hit has.
fn shared(words: &HashMap<u32, f32>, hit: &Hit) -> f32 {
    let terms = hit.sparse.indices.iter().zip(&hit.sparse.values);
    terms
        .filter_map(|(term, value)| Some(words.get(term)? * value))
        .sum()
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
        // By letters and digits alone: copies differ in white space and marks.
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
                context: String::new(),
                dated: String::new(),
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
    fn what_shares_the_best_ones_words_rises() {
        let with = |id: u128, words: &str| Hit {
            sparse: Sparse::of_passage(words),
            ..hit(id, [1.0, 0.0, 0.0])
        };
        let best = [1, 2, 3, 4, 5].map(|id| with(id, "propeller slipstream"));
        let far = (10..40).map(|id| with(id, "propeller noise"));
        let (unlike, like) = (
            with(8, "boundary layer"),
            with(9, "slipstream of a propeller"),
        );
        let dense: Vec<Hit> = best
            .iter()
            .cloned()
            .chain([unlike, like])
            .chain(far)
            .collect();
        let found = Found {
            dense,
            keyword: best.to_vec(),
        };
        let ranked = ids(&rank(found, Some(&[1.0, 0.0, 0.0])));
        let place = |id| ranked.iter().position(|other| *other == id);
        assert!(place(9) < place(8), "{ranked:?}");
    }

    #[test]
    fn copies_count_once_and_near_copies_do_not_crowd_others_out() {
        let station = |n: u32| {
            text(&format!(
                "Station {n} stands on a hill with a mast, a rain gauge, two solar panels, one wooden fence, a shed, a bench, the sensor of snow and a locked gate towards the valley road"
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
