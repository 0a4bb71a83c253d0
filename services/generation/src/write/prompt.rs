//! What the model reads, within its budget of tokens.

use stoa_kit::config::Style as AnswerStyle;
use stoa_models::language::{LanguageModel, Options, Prompt, PromptStyle};

use super::prompts::{self, Named};
use crate::{read::Source, store::Exchange};

/// Tokens of a chat's frame that the parts do not show.
const FRAME: usize = 32;
/// Longest persona, in tokens: every prompt has it, and a small model's is short.
pub(crate) const MAX_PERSONA_TOKENS: usize = 256;
/// Share of the context that the conversation may take: one part of this many.
const CONVERSATION_PART: usize = 6;
/// Longest question that is put before a model, in tokens; of a longer one its beginning and its end.
const QUESTION: usize = 1_024;

/// What a model is asked.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asking<'a> {
    /// The words of the space.
    pub(crate) persona: &'a str,
    /// The question, as it stands alone.
    pub(crate) question: &'a str,
    /// The turns before, oldest first.
    pub(crate) before: &'a [Exchange],
    /// What was found, best first.
    pub(crate) sources: &'a [Source],
    /// How to write.
    pub(crate) style: AnswerStyle,
    /// Most tokens of the answer.
    pub(crate) answer_tokens: usize,
    /// What is to be done with the last answer, in place of a question.
    pub(crate) rework: bool,
    /// Statements of an answer before that were refused.
    pub(crate) refused: &'a [String],
}

/// A prompt, and how many sources are in it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Built {
    pub(crate) prompt: Prompt,
    pub(crate) options: Options,
    pub(crate) sources: usize,
    /// Name and version of what the model was told.
    pub(crate) name: &'static str,
}

/// Builds a prompt with as many sources as fit, best first. `None` when not even one does.
pub(crate) fn build(model: &dyn LanguageModel, asking: Asking<'_>) -> Option<Built> {
    let told = match (model.style(), asking.rework) {
        (PromptStyle::Chat, true) => prompts::REWORK,
        (PromptStyle::Chat, false) => prompts::ANSWER,
        (PromptStyle::Completion, _) => prompts::COMPLETION,
    };
    let system = instructions(model, asking, told);
    let question = middle_left_out(model, asking.question);
    let again = again(asking.refused);
    let conversation = match model.style() {
        PromptStyle::Chat => conversation(model, asking.before),
        PromptStyle::Completion => String::new(),
    };
    let fixed = [&system, &question, &again, &conversation]
        .iter()
        .map(|part| model.count_tokens(part))
        .sum::<usize>()
        + FRAME;
    let room = model
        .context_tokens()
        // A question and a persona that leave no room at all: the caller quotes the documents instead.
        .checked_sub(asking.answer_tokens + fixed)?;
    let listed = listed(model, asking.sources, room);
    if listed.is_empty() {
        return None;
    }
    let (sources, listed) = (listed.len(), listed.concat());
    let (prompt, stop) = match model.style() {
        PromptStyle::Chat => {
            let label = if asking.rework { "Message" } else { "Question" };
            let user = format!("{conversation}Sources:\n{listed}\n{label}: {question}{again}");
            (Prompt::Chat { system, user }, Vec::new())
        }
        // A model that only goes on with texts is shown the beginning of the text it is to write.
        PromptStyle::Completion => {
            let text = format!("{system}\n\nSources:\n{listed}\nQuestion: {question}\nAnswer:");
            // It would go on with a next question of its own.
            (Prompt::Completion { text }, vec!["\n".to_owned()])
        }
    };
    Some(Built {
        prompt,
        options: Options {
            max_tokens: asking.answer_tokens,
            stop,
            json: false,
        },
        sources,
        name: told.name,
    })
}

/// Asks for a question that stands alone.
pub(crate) fn rewrite(
    model: &dyn LanguageModel,
    before: &[Exchange],
    question: &str,
) -> (Prompt, Options) {
    let user = format!("{}Next message: {question}", conversation(model, before));
    let prompt = Prompt::Chat {
        system: prompts::REWRITE.text.to_owned(),
        user,
    };
    let options = Options {
        max_tokens: 256,
        ..Options::default()
    };
    (prompt, options)
}

fn instructions(model: &dyn LanguageModel, asking: Asking<'_>, told: Named) -> String {
    let chat = model.style() == PromptStyle::Chat;
    let persona = beginning(model, asking.persona);
    let mut parts: Vec<&str> = Vec::new();
    if !persona.is_empty() {
        parts.push(&persona);
    }
    // After the persona, so that the rules of answering are the last word.
    parts.push(told.text.trim());
    if let Some(style) = prompts::style(asking.style).filter(|_| chat && !asking.rework) {
        parts.push(style.text.trim());
    }
    parts.join("\n\n")
}

/// A persona within its budget: of a longer one, which another model had room for, its first lines or words.
fn beginning(model: &dyn LanguageModel, persona: &str) -> String {
    let persona = persona.trim();
    let tokens = model.count_tokens(persona);
    if tokens <= MAX_PERSONA_TOKENS {
        return persona.to_owned();
    }
    tracing::warn!(tokens, most = MAX_PERSONA_TOKENS, "the persona is cut");
    // By its own ratio of characters to tokens: cutting at a token needs the tokenizer of an endpoint, which is not at
    // hand.
    let kept = persona.chars().count() * MAX_PERSONA_TOKENS / tokens;
    let kept: String = persona.chars().take(kept).collect();
    let end = kept.rfind(char::is_whitespace).unwrap_or(kept.len());
    kept[..end].trim_end().to_owned()
}

fn again(refused: &[String]) -> String {
    if refused.is_empty() {
        return String::new();
    }
    let list: Vec<String> = refused
        .iter()
        .map(|statement| format!("- {statement}"))
        .collect();
    format!(
        "\n\n{}",
        prompts::AGAIN
            .text
            .trim()
            .replace("{refused}", &list.join("\n"))
    )
}

/// A source's text, of which no line looks like the head of another source.
fn as_data(text: &str) -> String {
    let line = |line: &str| {
        // "[2] …" in a document would be cited as source 2.
        let begins = line.starts_with('[');
        format!("{}{line}", if begins { " " } else { "" })
    };
    text.trim().lines().map(line).collect::<Vec<_>>().join("\n")
}

/// As many sources as there is room for.
fn listed(model: &dyn LanguageModel, sources: &[Source], mut room: usize) -> Vec<String> {
    let mut blocks = Vec::new();
    for (source, n) in sources.iter().zip(1..) {
        let block = match model.style() {
            PromptStyle::Chat => format!("[{n}] {}\n{}\n\n", source.head(), as_data(&source.text)),
            // One line each: its answer ends with the line. Rows of tables read as sentences.
            PromptStyle::Completion => {
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
    blocks
}

/// The last turns that fit their share of the context.
fn conversation(model: &dyn LanguageModel, before: &[Exchange]) -> String {
    let mut room = model.context_tokens() / CONVERSATION_PART;
    let mut turns: Vec<String> = Vec::new();
    // The newest first, as an old turn is the one to do without.
    for exchange in before.iter().rev() {
        let turn = format!(
            "User: {}\nYou: {}\n",
            exchange.question.trim(),
            exchange.answer.trim()
        );
        let tokens = model.count_tokens(&turn);
        if tokens > room {
            break;
        }
        room -= tokens;
        turns.insert(0, turn);
    }
    if turns.is_empty() {
        return String::new();
    }
    format!("Conversation so far:\n{}\n", turns.concat())
}

/// A question without its middle where it is too long: pasted text is long, and the question about it is at its end.
fn middle_left_out(model: &dyn LanguageModel, question: &str) -> String {
    let tokens = model.count_tokens(question);
    if tokens <= QUESTION {
        return question.to_owned();
    }
    let chars: Vec<char> = question.chars().collect();
    let kept = chars.len() * QUESTION / tokens;
    // Two thirds from the end, where the request stands; the beginning says what the paste is.
    let (head, tail) = (kept / 3, kept - kept / 3);
    let text = |part: &[char]| part.iter().collect::<String>();
    format!(
        "{}\n…\n{}",
        text(&chars[..head]),
        text(&chars[chars.len() - tail..])
    )
}

#[cfg(test)]
mod tests {
    use futures::stream::BoxStream;
    use stoa_models::language::{ModelError, ModelEvent};

    use super::*;

    /// Counts a token a byte.
    struct Bytes(usize);

    impl LanguageModel for Bytes {
        fn name(&self) -> &str {
            "bytes"
        }
        fn style(&self) -> PromptStyle {
            PromptStyle::Completion
        }
        fn context_tokens(&self) -> usize {
            self.0
        }
        fn count_tokens(&self, text: &str) -> usize {
            text.len()
        }
        fn write(
            &self,
            _: Prompt,
            _: Options,
        ) -> BoxStream<'static, Result<ModelEvent, ModelError>> {
            unreachable!("a prompt is built without writing")
        }
    }

    fn asking(sources: &[Source]) -> Asking<'_> {
        Asking {
            persona: "",
            question: "Why?",
            before: &[],
            sources,
            style: AnswerStyle::Plain,
            answer_tokens: 64,
            rework: false,
            refused: &[],
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
            let Some(built) = build(&Bytes(context), asking(&sources)) else {
                continue;
            };
            let Prompt::Completion { text } = &built.prompt else {
                panic!("a completion")
            };
            assert!(text.len() + 64 <= context, "{context}: {}", text.len());
            assert_eq!(text.matches('\n').count(), built.sources + 5);
        }
        assert!(build(&Bytes(300), asking(&sources)).is_none());
    }

    #[test]
    fn a_model_that_goes_on_with_texts_sees_the_persona_too() {
        let sources = [Source::new("It is so.", "")];
        let asking = Asking {
            persona: "You are a pirate.",
            ..asking(&sources)
        };
        let built = build(&Bytes(4_096), asking).expect("it fits");
        let Prompt::Completion { text } = &built.prompt else {
            panic!("a completion")
        };
        assert!(text.starts_with("You are a pirate.\n\n"), "{text}");
    }

    #[test]
    fn a_long_persona_is_cut_and_not_dropped() {
        let model = Bytes(4_096);
        assert_eq!(beginning(&model, " You are brief. "), "You are brief.");
        let cut = beginning(&model, &"speak like a sailor ".repeat(100));
        assert!(
            cut.len() <= MAX_PERSONA_TOKENS && cut.len() > MAX_PERSONA_TOKENS / 2,
            "{cut}"
        );
        assert!(cut.ends_with(|c: char| c.is_alphabetic()), "{cut}");
    }
}
