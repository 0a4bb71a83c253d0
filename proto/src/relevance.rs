//! What the score of a search means.

/// How a model's cosines are read: each model spreads its vectors in its own way, and `GetModel` says how.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    /// Cosine of a question and a passage that have nothing to do with each other.
    pub unrelated: f32,
    /// Cosine of a question and a passage that says the same in other words.
    pub paraphrase: f32,
}

impl Scale {
    /// How near two texts are in meaning, 0 to 1.
    pub fn nearness(self, cosine: f32) -> f32 {
        // A description that has both alike must not lead to a division by zero.
        let range = (self.paraphrase - self.unrelated).max(f32::EPSILON);
        ((cosine - self.unrelated) / range).clamp(0.0, 1.0)
    }

    /// The score of a passage, 0 to 1: half its meaning, half its words.
    pub fn score(self, cosine: f32, coverage: f32) -> f32 {
        0.5 * (self.nearness(cosine) + coverage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cosine_means_what_the_model_says_it_does() {
        let narrow = Scale {
            unrelated: 0.7,
            paraphrase: 0.9,
        };
        assert!((narrow.nearness(0.8) - 0.5).abs() < 1e-6);
        assert!(narrow.nearness(0.6).abs() < 1e-6);
        assert!((narrow.nearness(0.95) - 1.0).abs() < 1e-6);
        assert!((narrow.score(0.8, 1.0) - 0.75).abs() < 1e-6);
        let silent = Scale {
            unrelated: 0.0,
            paraphrase: 0.0,
        };
        assert!(silent.nearness(0.3).is_finite());
    }
}
