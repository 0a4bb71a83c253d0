//! What cosines mean.

/// What the cosines of a model say of a question and a text; each model spreads its vectors in its own way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Nearness {
    /// Cosine of a question and a text that have nothing to do with each other.
    unrelated: f32,
    /// From there to the cosine of a question and a text that says the same in other words.
    range: f32,
}

/// Shares of the range: up to where a passage may well have nothing to do with a question, from where on it is surely about
/// it, and how far below the best one may be that is about the same.
const DOUBTFUL: f32 = 0.14;
const SURE: f32 = 0.71;
const SPREAD: f32 = 0.29;
/// Share of the range from which on two questions are about the same.
const ALIKE: f32 = 0.5;

impl Nearness {
    pub(crate) const fn new(unrelated: f32, paraphrase: f32) -> Self {
        Self {
            unrelated,
            range: (paraphrase - unrelated).max(f32::EPSILON),
        }
    }

    /// How near a text is: 0 where it has nothing to do with the question, 1 where it says the same.
    pub(super) fn share(self, cosine: f32) -> f32 {
        (cosine - self.unrelated) / self.range
    }

    /// How sure it is that a passage is about the question, 0 to 1.
    pub(super) fn of(self, cosine: f32) -> f32 {
        ((self.share(cosine) - DOUBTFUL) / (SURE - DOUBTFUL)).clamp(0.0, 1.0)
    }

    /// The cosine from which on two questions are about the same.
    pub(crate) fn alike(self) -> f32 {
        self.unrelated + ALIKE * self.range
    }

    /// How far below the cosine of the best passage that of another may be that is about the same.
    pub(super) fn spread(self) -> f32 {
        SPREAD * self.range
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cosine_means_what_the_model_says() {
        let narrow = Nearness::new(0.78, 0.92);
        let wide = Nearness::new(0.0, 0.7);
        assert!((narrow.share(0.85) - wide.share(0.35)).abs() < 1e-5);
        assert_eq!((narrow.of(0.75), narrow.of(0.93)), (0.0, 1.0));
        assert!(wide.spread() > narrow.spread());
        assert!(Nearness::new(0.0, 0.0).of(0.5).is_finite());
    }
}
