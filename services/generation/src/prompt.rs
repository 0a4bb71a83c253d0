//! What the model reads, within its budget of tokens.

use stoa_models::language::{LanguageModel, Options, Prompt, Style};
use stoa_proto::generation::FoundPassage;

use crate::units::{self, Unit};

const INSTRUCTIONS: &str = "Answer the question from the numbered sources and from nothing else. \
    Use the words of the sources. After each sentence, name the source that says it, like [1]. \
    If the sources do not answer the question, write only: I don't know. \
    Answer in the language of the question.";
/// Tokens of a chat's frame that the parts do not show.
const FRAME: usize = 32;
/// Longest persona, in tokens.
const PERSONA: usize = 256;

/// A passage as the model and the checks see it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Source {
    /// Title of the document and headings of the passage.
    pub(crate) context: String,
    /// The text.
    pub(crate) text: String,
    /// What it states.
    pub(crate) units: Vec<Unit>,
}

impl Source {
    pub(crate) fn new(text: &str, context: &str) -> Self {
        Self {
            context: context.to_owned(),
            text: text.to_owned(),
            units: units::units(text),
        }
    }

    pub(crate) fn of(passage: &FoundPassage) -> Self {
        let mut context = vec![passage.title.clone()];
        context.extend(
            passage
                .heading_path
                .iter()
                .filter(|heading| **heading != passage.title)
                .cloned(),
        );
        Self::new(&passage.text, &context.join(" › "))
    }
}

/// A prompt, and how many sources are in it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Built {
    pub(crate) prompt: Prompt,
    pub(crate) options: Options,
    pub(crate) sources: usize,
}

/// Builds a prompt with as many sources as fit, best first. `None` when not even one does.
pub(crate) fn build(
    model: &dyn LanguageModel,
    persona: &str,
    question: &str,
    sources: &[Source],
    answer_tokens: usize,
) -> Option<Built> {
    let persona = if model.count_tokens(persona) <= PERSONA {
        persona
    } else {
        ""
    };
    let fixed = model.count_tokens(INSTRUCTIONS)
        + model.count_tokens(persona)
        + model.count_tokens(question)
        + FRAME;
    let mut room = model.context_tokens().checked_sub(answer_tokens + fixed)?;
    let mut blocks = Vec::new();
    for (source, n) in sources.iter().zip(1..) {
        let block = match model.style() {
            Style::Chat => format!("[{n}] {}\n", source.text.trim()),
            // One line each: its answer ends with the line. Rows of tables read as sentences.
            Style::Completion => {
                let said: Vec<&str> = source.units.iter().map(|unit| unit.text.as_str()).collect();
                format!("[{n}] {}\n", said.join(" "))
            }
        };
        let tokens = model.count_tokens(&block);
        if tokens > room {
            break;
        }
        room -= tokens;
        blocks.push(block);
    }
    if blocks.is_empty() {
        return None;
    }
    let listed = blocks.concat();
    let (prompt, stop) = match model.style() {
        Style::Chat => {
            let system = if persona.is_empty() {
                INSTRUCTIONS.to_owned()
            } else {
                format!("{persona}\n\n{INSTRUCTIONS}")
            };
            (
                Prompt::Chat {
                    system,
                    user: format!("Sources:\n{listed}\nQuestion: {question}"),
                },
                Vec::new(),
            )
        }
        // A model that only goes on with texts is shown the beginning of the text it is to write.
        Style::Completion => {
            let text =
                format!("{INSTRUCTIONS}\n\nSources:\n{listed}\nQuestion: {question}\nAnswer:");
            (Prompt::Completion { text }, vec!["\n".to_owned()])
        }
    };
    Some(Built {
        prompt,
        options: Options {
            max_tokens: answer_tokens,
            stop,
        },
        sources: blocks.len(),
    })
}

#[cfg(test)]
mod tests {
    use futures::stream::BoxStream;
    use stoa_models::language::{Event, ModelError};

    use super::*;

    /// Counts a token a byte.
    struct Bytes(usize);

    impl LanguageModel for Bytes {
        fn name(&self) -> &str {
            "bytes"
        }
        fn style(&self) -> Style {
            Style::Completion
        }
        fn context_tokens(&self) -> usize {
            self.0
        }
        fn count_tokens(&self, text: &str) -> usize {
            text.len()
        }
        fn write(&self, _: Prompt, _: Options) -> BoxStream<'static, Result<Event, ModelError>> {
            unreachable!("a prompt is built without writing")
        }
    }

    #[test]
    fn sources_fit_the_budget_best_first() {
        let source = |text: &str| Source::new(text, "");
        let sources = [
            source(&"a".repeat(100)),
            source(&"b".repeat(100)),
            source(&"c".repeat(100)),
        ];
        for context in 300..1_200 {
            let Some(built) = build(&Bytes(context), "", "Why?", &sources, 64) else {
                continue;
            };
            let Prompt::Completion { text } = &built.prompt else {
                panic!("a completion")
            };
            assert!(text.len() + 64 <= context, "{context}: {}", text.len());
            assert_eq!(text.matches('\n').count(), built.sources + 5);
        }
        assert!(build(&Bytes(300), "", "Why?", &sources, 64).is_none());
    }
}
