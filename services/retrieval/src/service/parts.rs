//! A stored passage as the texts that are embedded for it.
//!
//! Ingestion counts the model's own tokens when it cuts a document. Here a token is taken to be three bytes, which is less
//! than most have.

use stoa_language::sentences;

use crate::index::Payload;

/// Bytes of a token, and tokens that a model puts around each text.
const BYTES: usize = 3;
const ENDS: usize = 2;
/// Fewest bytes of a part: no model reads less.
const FEWEST: usize = 96;

/// The parts of a passage, each with the lines of its context that it does not hold itself.
pub(super) fn of(passage: &Payload, tokens: usize) -> Vec<String> {
    let most = tokens
        .saturating_sub(ENDS)
        .saturating_mul(BYTES)
        .max(FEWEST);
    let context = context(passage);
    // What is longer says less than the passage does.
    let context = if context.len() <= most / 2 {
        context
    } else {
        String::new()
    };
    let pieces = cut(&passage.text, most - context.len());
    let parts = pieces.into_iter().map(|piece| {
        let lines = context.lines().filter(|line| !piece.contains(line));
        lines.chain([piece]).collect::<Vec<_>>().join("\n")
    });
    parts.collect()
}

/// What it is found by besides its own words. What older versions wrote has only its headings.
fn context(passage: &Payload) -> String {
    if passage.context.is_empty() {
        passage.heading_path.join("\n")
    } else {
        passage.context.clone()
    }
}

/// Pieces of about the same length, none over `most` bytes; a short text is one.
fn cut(text: &str, most: usize) -> Vec<&str> {
    let mut rest = text.trim();
    let count = rest.len().div_ceil(most).max(1);
    // A little more than an even share, so that a sentence's end is in reach.
    let share = (rest.len().div_ceil(count) * 9 / 8).clamp(1, most);
    let mut pieces = Vec::new();
    while rest.len() > most {
        let (piece, after) = rest.split_at(end(rest, share));
        pieces.push(piece.trim());
        rest = after.trim_start();
    }
    pieces.push(rest);
    // An only piece stays even when it is empty, as each passage needs a vector.
    if pieces.len() > 1 {
        pieces.retain(|piece| !piece.is_empty());
    }
    pieces
}

/// Where a piece of at most so many bytes ends: with a line or a sentence, or at a space, or where it must.
fn end(text: &str, most: usize) -> usize {
    let piece = &text[..text.floor_char_boundary(most)];
    let half = piece.len() / 2;
    let sentence = piece
        .char_indices()
        .map(|(at, c)| (at + c.len_utf8(), c))
        .rfind(|(at, c)| *c == '\n' || sentences::is_end(*c, &text[*at..]))
        .map(|(at, _)| at);
    let space = piece.rfind(char::is_whitespace);
    let mut ends = [sentence, space].into_iter().flatten();
    let found = ends.find(|at| *at > half);
    // At least a character, or the loop that calls this would not end.
    let first = text.chars().next().map_or(0, char::len_utf8);
    found.unwrap_or(piece.len()).max(first)
}

/// The mean of vectors, of unit length.
pub(super) fn mean(mut vectors: impl Iterator<Item = Vec<f32>>) -> Vec<f32> {
    let Some(mut sum) = vectors.next() else {
        return Vec::new();
    };
    let mut count = 1;
    for vector in vectors {
        count += 1;
        for (total, value) in sum.iter_mut().zip(vector) {
            *total += value;
        }
    }
    let length = sum.iter().map(|value| value * value).sum::<f32>().sqrt();
    // A single vector is of unit length already, and stays what the model gave to the last bit.
    if count > 1 && length > 0.0 {
        sum.iter_mut().for_each(|value| *value /= length);
    }
    sum
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn passage(text: &str, context: &str, headings: &[&str]) -> Payload {
        Payload {
            space: "default".to_owned(),
            document_id: Uuid::nil(),
            version: 1,
            published: true,
            document: "lamps.md".to_owned(),
            title: String::new(),
            collection: "default".to_owned(),
            access: Vec::new(),
            ordinal: 0,
            page: 0,
            heading_path: headings.iter().map(|text| (*text).to_owned()).collect(),
            language: "eng".to_owned(),
            text: text.to_owned(),
            context: context.to_owned(),
            dated: String::new(),
        }
    }

    #[test]
    fn a_short_passage_is_one_part_with_its_context() {
        let text = "The lamp is lit at six.";
        assert_eq!(
            of(&passage(text, "Lamps", &["Quay", "Lamps"]), 128),
            [format!("Lamps\n{text}")]
        );
        assert_eq!(
            of(&passage(text, "", &["Quay", "Lamps"]), 128),
            [format!("Quay\nLamps\n{text}")],
            "its headings, where it was stored without"
        );
        assert_eq!(of(&passage(text, text, &[]), 128), [text]);
    }

    #[test]
    fn a_long_passage_is_cut_at_sentences_and_nothing_is_lost() {
        let text = "The lamp of the quay is lit at six and put out at dawn. ".repeat(20);
        let parts = of(&passage(&text, "", &[]), 64);
        assert!(parts.len() > 4, "{parts:?}");
        for part in &parts {
            assert!(part.len() <= 62 * BYTES && part.ends_with('.'), "{part}");
        }
        assert_eq!(parts.join(" "), text.trim());
    }

    #[test]
    fn a_run_without_an_end_is_cut_and_whole() {
        for text in ["x".repeat(5_000), "过".repeat(5_000)] {
            let parts = of(&passage(&text, "", &[]), 32);
            assert!(parts.iter().all(|part| part.len() <= FEWEST));
            assert_eq!(parts.concat(), text);
        }
        assert_eq!(of(&passage("a", "", &[]), usize::MAX), ["a"]);
        assert_eq!(of(&passage("a", "", &[]), 0), ["a"]);
    }

    #[test]
    fn the_mean_is_of_unit_length() {
        let vector = mean([vec![1.0, 0.0], vec![0.0, 1.0]].into_iter());
        let half = std::f32::consts::FRAC_1_SQRT_2;
        assert!(vector.iter().all(|value| (value - half).abs() < 1e-6));
        assert_eq!(mean([vec![0.5, 0.0]].into_iter()), [0.5, 0.0]);
    }
}
