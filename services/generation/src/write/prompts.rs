//! The prompts of `prompts/`, each with its name and version.

/// A prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Named {
    /// Name and version.
    pub(crate) name: &'static str,
    /// What the model is told.
    pub(crate) text: &'static str,
}

macro_rules! prompt {
    ($constant:ident, $file:literal) => {
        pub(crate) const $constant: Named = Named {
            name: $file,
            text: include_str!(concat!("../../prompts/", $file, ".md")),
        };
    };
}

prompt!(ANSWER, "answer.chat.2");
prompt!(COMPLETION, "answer.completion.1");
prompt!(AGAIN, "again.1");
prompt!(CHECK, "check.1");
prompt!(REWORK, "rework.1");
prompt!(REWRITE, "rewrite.1");
prompt!(SHORT, "style.short.1");
prompt!(FULL, "style.full.1");
prompt!(STEPS, "style.steps.1");
prompt!(QUOTE, "style.quote.1");

/// All of them.
pub(crate) const ALL: [Named; 10] = [
    ANSWER, COMPLETION, AGAIN, CHECK, REWORK, REWRITE, SHORT, FULL, STEPS, QUOTE,
];

/// How answers are written; `generation.style`.
pub(crate) fn style(style: stoa_kit::config::Style) -> Option<Named> {
    use stoa_kit::config::Style;
    match style {
        Style::Plain => None,
        Style::Short => Some(SHORT),
        Style::Full => Some(FULL),
        Style::Steps => Some(STEPS),
        Style::Quote => Some(QUOTE),
    }
}
