//! Questions by what they are about.

use std::cmp::Reverse;

/// Questions that are about the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Topic {
    /// Places of its questions in what was given, the one in the middle first, then by nearness to it.
    pub(crate) questions: Vec<usize>,
}

/// Members of a group, the sum of their vectors, and the length of that.
struct Group {
    members: Vec<usize>,
    sum: Vec<f32>,
    length: f32,
}

/// Groups vectors of unit length, the largest group first. Two groups are about the same when the means of their vectors
/// have at least this cosine; the nearest are put together first, so that the order of the questions does not matter.
pub(crate) fn group(vectors: &[Vec<f32>], least: f32) -> Vec<Topic> {
    let mut groups: Vec<Group> = vectors
        .iter()
        .enumerate()
        .map(|(n, vector)| Group::new(vec![n], vector.clone()))
        .collect();
    // For each group, of those after it the nearest: after a merger most of them are still right.
    let mut nearest: Vec<Option<(usize, f32)>> = (0..groups.len())
        .map(|at| nearest_after(&groups, at))
        .collect();
    while let Some((into, from)) = closest(&nearest, least) {
        let other = groups.swap_remove(from);
        groups[into].take_in(other);
        nearest.truncate(groups.len());
        // The last group, of this number, took the place of the one that is gone.
        let moved = groups.len();
        for at in 0..groups.len() {
            let points_at = |other: usize| [into, from, moved].contains(&other);
            let stale = nearest[at].is_some_and(|(other, _)| points_at(other));
            if stale || at == into || at == from {
                nearest[at] = nearest_after(&groups, at);
            } else if at < into {
                // It grew by the other group and may be the nearest now.
                let cosine = groups[at].cosine(&groups[into]);
                if nearest[at].is_none_or(|(_, best)| cosine > best) {
                    nearest[at] = Some((into, cosine));
                }
            }
        }
    }
    let mut topics: Vec<Topic> = groups
        .into_iter()
        .map(|group| group.ordered(vectors))
        .collect();
    topics.sort_by_key(|topic| (Reverse(topic.questions.len()), topic.questions[0]));
    topics
}

/// The two nearest groups that are near enough, the first one first.
fn closest(nearest: &[Option<(usize, f32)>], least: f32) -> Option<(usize, usize)> {
    let pairs = nearest.iter().enumerate();
    let pairs = pairs.filter_map(|(at, found)| found.map(|(other, cosine)| (at, other, cosine)));
    let (at, other, cosine) = pairs.max_by(|a, b| a.2.total_cmp(&b.2))?;
    (cosine >= least).then_some((at, other))
}

fn nearest_after(groups: &[Group], at: usize) -> Option<(usize, f32)> {
    let others = groups.iter().enumerate().skip(at + 1);
    let cosines = others.map(|(other, group)| (other, groups[at].cosine(group)));
    cosines.max_by(|a, b| a.1.total_cmp(&b.1))
}

impl Group {
    fn new(members: Vec<usize>, sum: Vec<f32>) -> Self {
        let length = dot(&sum, &sum).sqrt();
        Self {
            members,
            sum,
            length,
        }
    }

    fn take_in(&mut self, other: Self) {
        let mut members = std::mem::take(&mut self.members);
        members.extend(other.members);
        let sums = self.sum.iter().zip(&other.sum);
        *self = Self::new(members, sums.map(|(a, b)| a + b).collect());
    }

    fn cosine(&self, other: &Self) -> f32 {
        let lengths = self.length * other.length;
        if lengths > 0.0 {
            dot(&self.sum, &other.sum) / lengths
        } else {
            0.0
        }
    }

    fn ordered(self, vectors: &[Vec<f32>]) -> Topic {
        let nearness = |n: usize| dot(&vectors[n], &self.sum);
        let mut questions = self.members;
        questions.sort_by(|a, b| nearness(*b).total_cmp(&nearness(*a)).then(a.cmp(b)));
        Topic { questions }
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(degrees: f32) -> Vec<f32> {
        let angle = degrees.to_radians();
        vec![angle.cos(), angle.sin()]
    }

    #[test]
    fn what_points_the_same_way_is_one_topic() {
        let vectors: Vec<Vec<f32>> = [0.0, 90.0, 4.0, 94.0, 2.0, 180.0].map(at).into();
        let topics = group(&vectors, 0.9);
        let found: Vec<Vec<usize>> = topics.into_iter().map(|topic| topic.questions).collect();
        assert_eq!(found[0][0], 4, "the one in the middle: {found:?}");
        let mut sets = found;
        for set in &mut sets {
            set.sort_unstable();
        }
        assert_eq!(sets, [vec![0, 2, 4], vec![1, 3], vec![5]]);
        assert!(group(&[], 0.9).is_empty());
    }

    proptest! {
        #[test]
        fn every_question_is_in_one_topic(degrees in prop::collection::vec(0.0..360.0_f32, 0..30), least in -1.0..1.0_f32) {
            let vectors: Vec<Vec<f32>> = degrees.into_iter().map(at).collect();
            let mut members: Vec<usize> = group(&vectors, least).into_iter().flat_map(|t| t.questions).collect();
            members.sort_unstable();
            prop_assert_eq!(members, (0..vectors.len()).collect::<Vec<_>>());
        }
    }
}
