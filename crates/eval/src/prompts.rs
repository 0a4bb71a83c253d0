//! The prompts of `prompts/`, each with its name and version.

/// A prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prompt {
    /// Name and version.
    pub name: &'static str,
    /// What the model is told.
    pub text: &'static str,
}

macro_rules! prompt {
    ($(#[$says:meta])* $constant:ident, $file:literal) => {
        $(#[$says])*
        pub const $constant: Prompt = Prompt {
            name: $file,
            text: include_str!(concat!("../prompts/", $file, ".md")),
        };
    };
}

prompt!(
    /// Marks an answer.
    JUDGE, "judge.1"
);
prompt!(
    /// Chooses between two answers.
    PREFER, "prefer.1"
);
prompt!(
    /// Writes a question of a passage.
    PROPOSE, "propose.1"
);
