//! What cosines mean.

/// What the cosines of a model say of a question and a passage. These are of multilingual-e5-small, whose cosines all lie
/// high and close together; another model needs its own.
#[derive(Debug, Clone, Copy)]
pub(super) struct Nearness {
    /// Cosine up to which a passage has nothing to do with a question.
    pub(super) unrelated: f32,
    /// Cosine from which it is surely about it.
    pub(super) related: f32,
    /// How far below the best passage one may be that is about the same.
    pub(super) spread: f32,
}

impl Nearness {
    pub(super) const E5_SMALL: Self = Self {
        unrelated: 0.80,
        related: 0.88,
        spread: 0.04,
    };

    /// How sure it is that a passage is about the question, 0 to 1.
    pub(super) fn of(self, cosine: f32) -> f32 {
        ((cosine - self.unrelated) / (self.related - self.unrelated)).clamp(0.0, 1.0)
    }
}
