//! Questions of any length: what a person pastes is searched by its parts, and most by what is asked at its end.

/// Characters of a part: every model reads as many, of any script.
const PART: usize = 400;
/// Most parts of a question that are embedded.
const MOST: usize = 8;

/// The parts of a question in their order; the last says what is wanted. A short one is a part itself.
pub(crate) fn parts(question: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = question.trim();
    while rest.chars().count() > PART {
        let at = cut(rest);
        let (part, after) = rest.split_at(at);
        parts.push(part.trim());
        rest = after.trim_start();
    }
    parts.push(rest);
    parts.retain(|part| !part.is_empty());
    while parts.len() > MOST {
        // What stands in the middle of a log says least.
        parts.remove(parts.len() / 2);
    }
    parts
}

/// Where a part ends: at a line, or at a space, or where it must.
fn cut(text: &str) -> usize {
    let end = text
        .char_indices()
        .nth(PART)
        .map_or(text.len(), |(at, _)| at);
    let part = &text[..end];
    let half = end / 2;
    [part.rfind('\n'), part.rfind(char::is_whitespace)]
        .into_iter()
        .flatten()
        // In the second half, or a line break near the beginning would leave a part of a few words.
        .find(|at| *at > half)
        .unwrap_or(end)
}

/// One vector for all parts, of unit length: the last counts as much as the others together.
pub(crate) fn together(mut vectors: Vec<Vec<f32>>) -> Option<Vec<f32>> {
    let mut sum = vectors.pop()?;
    let share = 1.0 / vectors.len().max(1) as f32;
    for vector in &vectors {
        for (total, value) in sum.iter_mut().zip(vector) {
            *total += value * share;
        }
    }
    let length = sum.iter().map(|value| value * value).sum::<f32>().sqrt();
    if length > 0.0 {
        sum.iter_mut().for_each(|value| *value /= length);
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_question_is_itself() {
        assert_eq!(parts(" What is stall? "), ["What is stall?"]);
    }

    #[test]
    fn a_pasted_log_ends_with_what_is_asked() {
        let log = "2026-11-25 ERROR could not open the gate\n".repeat(200);
        let question = format!("{log}How do I open it by hand?");
        let found = parts(&question);
        assert!(found.len() <= MOST);
        assert!(found.last().is_some_and(|last| last.ends_with("by hand?")));
        assert!(found.iter().all(|part| part.chars().count() <= PART));
    }

    #[test]
    fn the_last_part_counts_as_much_as_the_others() {
        let vector = together(vec![vec![1.0, 0.0], vec![0.0, 1.0]]).expect("a vector");
        assert!((vector[0] - vector[1]).abs() < 1e-6);
        assert_eq!(together(vec![vec![0.0, 1.0]]), Some(vec![0.0, 1.0]));
    }
}
