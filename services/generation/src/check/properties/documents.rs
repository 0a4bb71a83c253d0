//! Sentences of many kinds of documents, and what one changed word makes of them.

mod chinese;
mod english;
mod german;

pub(super) use chinese::CHINESE;
pub(super) use english::ENGLISH;
pub(super) use german::GERMAN;

/// A sentence with places for words, and what each place may hold. `{0}` is the first place.
pub(super) struct Template {
    pub(super) sentence: &'static str,
    pub(super) places: &'static [&'static [&'static str]],
    /// Sentences made from it that say what it says, or part of it.
    pub(super) same: &'static [&'static str],
    /// Sentences made from it that say something else.
    pub(super) turned: &'static [&'static str],
}
