//! A call that a platform leaves without an answer, so that a test can kill who made it at a known step.

/// What becomes of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Nobody sees an effect of it.
    Before,
    /// Its effect is seen, and only the answer is missing.
    After,
}

/// The next call of a kind, which is never answered.
#[derive(Debug, Default)]
pub(crate) struct Hold {
    wanted: Option<(Vec<String>, When)>,
    held: bool,
}

impl Hold {
    /// Holds the next call that has all of this in its line.
    pub(crate) fn next(&mut self, words: &[&str], when: When) {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        *self = Self {
            wanted: Some((words, when)),
            held: false,
        };
    }

    /// Whether this call is the one; said once.
    pub(crate) fn takes(&mut self, line: &str) -> Option<When> {
        let has = |words: &[String]| words.iter().all(|word| line.contains(word.as_str()));
        let (_, when) = self.wanted.take_if(|(words, _)| has(words))?;
        Some(when)
    }

    /// The call has come as far as it will.
    pub(crate) fn hold(&mut self) {
        self.held = true;
    }

    pub(crate) fn is_held(&self) -> bool {
        self.held
    }
}
