//! Search as the neural generation of language models does it: a vector a word, the same whatever stands around it.
//!
//! The vector of a word is what the embedding model makes of it alone, as Model2Vec distils its tables, so that no other
//! model is needed. A text is the mean of its words' vectors, each by how rare the word is (SIF), less what all words have
//! in common.

use std::collections::BTreeMap;

use stoa_language::{Language, words::tokens};

/// The share of all words from which on a word counts for less than half. Texts of millions of words have 1e-3; with it
/// those of a space, some thousands, are all common words (of Cranfield nDCG@10 .22 for .26).
const RARE: f32 = 1e-2;

/// The words of the passages and the questions, and how often passages have them.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    counts: BTreeMap<String, u32>,
    total: u32,
}

/// Passages by the vectors of their words.
#[derive(Debug, Clone)]
pub struct WordVectors {
    /// Of each word, with its weight in it.
    words: BTreeMap<String, Vec<f32>>,
    /// Of each passage, by its id, of unit length.
    passages: Vec<(String, Vec<f32>)>,
}

impl Vocabulary {
    /// Counts the words of a passage.
    pub fn count(&mut self, passage: &str) {
        for word in words(passage) {
            *self.counts.entry(word).or_default() += 1;
            self.total += 1;
        }
    }

    /// Takes the words of a question, too, which need a vector and count for nothing.
    pub fn take(&mut self, question: &str) {
        for word in words(question) {
            self.counts.entry(word).or_default();
        }
    }

    /// All words, each once, in the order in which `WordVectors` wants their vectors.
    pub fn words(&self) -> Vec<String> {
        self.counts.keys().cloned().collect()
    }

    fn weight(&self, count: u32) -> f32 {
        let share = count as f32 / self.total.max(1) as f32;
        RARE / (RARE + share)
    }
}

impl WordVectors {
    /// Reads passages, by their ids, with a vector for each word of the vocabulary.
    pub fn new<'a>(
        vocabulary: &Vocabulary,
        vectors: Vec<Vec<f32>>,
        passages: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let common = mean(&vectors);
        let counts = vocabulary.counts.iter();
        let words = counts.zip(vectors).map(|((word, count), mut vector)| {
            let weight = vocabulary.weight(*count);
            for (value, common) in vector.iter_mut().zip(&common) {
                // What all words have in common would make every text near to every other.
                *value = weight * (*value - common);
            }
            (word.clone(), vector)
        });
        let mut read = Self {
            words: words.collect(),
            passages: Vec::new(),
        };
        read.passages = passages
            .map(|(id, text)| (id.to_owned(), read.vector(text)))
            .collect();
        read
    }

    /// Ids of the passages that are nearest to a question, best first. None where no word of it is known.
    pub fn nearest(&self, question: &str, limit: usize) -> Vec<String> {
        let question = self.vector(question);
        let near =
            |vector: &[f32]| -> f32 { question.iter().zip(vector).map(|(a, b)| a * b).sum() };
        let mut found: Vec<(f32, &String)> = self
            .passages
            .iter()
            .map(|(id, vector)| (near(vector), id))
            // A passage without a known word has an empty vector, and is near to nothing.
            .filter(|(near, _)| *near > 0.0)
            .collect();
        // By id where two are as near, so that each run has the same order.
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
        let best = found.into_iter().take(limit);
        best.map(|(_, id)| id.clone()).collect()
    }

    /// The sum of the words' vectors, of unit length; empty of a text without a known word.
    fn vector(&self, text: &str) -> Vec<f32> {
        let mut sum: Vec<f32> = Vec::new();
        for vector in words(text).filter_map(|word| self.words.get(&word)) {
            sum.resize(vector.len().max(sum.len()), 0.0);
            for (total, value) in sum.iter_mut().zip(vector) {
                *total += value;
            }
        }
        let length = sum.iter().map(|value| value * value).sum::<f32>().sqrt();
        if length > 0.0 {
            sum.iter_mut().for_each(|value| *value /= length);
        }
        sum
    }
}

/// The words of a text that say something, as they are written but for their case: a model knows them so.
fn words(text: &str) -> impl Iterator<Item = String> {
    let tokens = tokens(text, Language::of(text));
    let telling = tokens.into_iter().filter(|token| !token.stop);
    telling.map(|token| token.text.to_lowercase())
}

fn mean(vectors: &[Vec<f32>]) -> Vec<f32> {
    let mut mean = vec![0.0; vectors.first().map_or(0, Vec::len)];
    for vector in vectors {
        for (total, value) in mean.iter_mut().zip(vector) {
            *total += value / vectors.len() as f32;
        }
    }
    mean
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSAGES: [(&str, &str); 3] = [
        ("a", "A laptop is replaced after four years."),
        ("b", "Lunch is served on Tuesdays."),
        ("c", "Laptops lock themselves. Laptops are encrypted."),
    ];

    /// Equipment points one way, food another, and all words have much in common.
    fn vector(word: &str) -> Vec<f32> {
        let (equipment, food) = match word {
            "laptop" | "laptops" | "computer" | "encrypted" => (1.0, 0.0),
            "lunch" | "meal" | "served" => (0.0, 1.0),
            _ => (0.2, 0.2),
        };
        vec![equipment, food, 9.0]
    }

    fn read(questions: &[&str]) -> WordVectors {
        let mut vocabulary = Vocabulary::default();
        PASSAGES.iter().for_each(|(_, text)| vocabulary.count(text));
        questions.iter().for_each(|text| vocabulary.take(text));
        let vectors = vocabulary.words().iter().map(|word| vector(word)).collect();
        WordVectors::new(&vocabulary, vectors, PASSAGES.into_iter())
    }

    #[test]
    fn another_word_for_the_same_is_found_by_its_vector() {
        let vectors = read(&["Which meal?", "Which computer?"]);
        assert_eq!(vectors.nearest("Which meal?", 1), ["b"]);
        let found = vectors.nearest("Which computer?", 3);
        assert!(!found.is_empty() && found[0] != "b", "{found:?}");
        assert!(vectors.nearest("Qwertz?", 3).is_empty(), "it is not known");
    }

    #[test]
    fn a_word_of_every_passage_tells_little() {
        let mut vocabulary = Vocabulary::default();
        for n in 0..50 {
            vocabulary.count(&format!("Porchlight station{n}"));
        }
        vocabulary.take("unheard");
        let weight = |word: &str| vocabulary.weight(vocabulary.counts[word]);
        assert!(weight("porchlight") < weight("station7"));
        assert!(weight("station7") < weight("unheard"));
    }
}
