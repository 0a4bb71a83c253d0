//! A reply, from the Markdown that a model wrote to the messages that a platform takes.
//!
//! Markdown is read once into a document, the document is laid out as lines, lines are packed into messages, and each
//! message is written in the platform's own way. What is counted is always the message as it will be sent.

mod discord;
mod document;
mod fences;
mod line;
mod marks;
mod mend;
mod span;
mod split;
mod telegram;

pub use discord::{Discord, MESSAGE_CHARACTERS};
pub use line::{Line, LineKind, Marker};
pub use span::{Span, SpanStyle};
pub use telegram::{Entity, Look, MESSAGE_UNITS, Styled, Telegram};

/// How a platform writes and counts messages. A frontend may bring one of its own: all that is laid out and split is
/// lines, and only `render` knows what they look like.
pub trait Syntax {
    /// A message, ready to be sent.
    type Message: Clone + PartialEq + std::fmt::Debug + Send + Sync + 'static;
    /// Largest size of a message.
    const LIMIT: usize;

    /// The size of a message, as the platform counts.
    fn size(message: &Self::Message) -> usize;

    /// Writes lines as one message. More lines never make a smaller message.
    fn render(lines: &[Line]) -> Self::Message;
}

/// What a reply says, paragraph by paragraph.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    sections: Vec<Section>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Section {
    Markdown(String),
    Plain(String),
    Quote(String),
}

impl Reply {
    /// Adds Markdown.
    #[must_use]
    pub fn markdown(mut self, markdown: impl Into<String>) -> Self {
        self.sections.push(Section::Markdown(markdown.into()));
        self
    }

    /// Adds literal text: names, and what comes from documents.
    #[must_use]
    pub fn plain(mut self, text: impl Into<String>) -> Self {
        self.sections.push(Section::Plain(text.into()));
        self
    }

    /// Adds literal text, as a quote.
    #[must_use]
    pub fn quote(mut self, text: impl Into<String>) -> Self {
        self.sections.push(Section::Quote(text.into()));
        self
    }

    /// Its messages, in order. None is empty and none is over the limit; there are none when it shows nothing.
    pub fn messages<S: Syntax>(&self) -> Vec<S::Message> {
        let blocks: Vec<_> = self
            .sections
            .iter()
            .flat_map(|section| match section {
                Section::Markdown(markdown) => document::parse(markdown),
                Section::Plain(text) => vec![document::plain(text)],
                Section::Quote(text) => vec![document::Block::Quote(vec![document::plain(text)])],
            })
            .collect();
        split::split::<S>(line::lines(&blocks))
    }
}

/// The messages of Markdown that is complete.
pub fn messages<S: Syntax>(markdown: &str) -> Vec<S::Message> {
    Reply::default().markdown(markdown).messages::<S>()
}

/// The messages of Markdown that is still being written: marks that are open at its end are shown as if closed.
pub fn messages_so_far<S: Syntax>(markdown: &str) -> Vec<S::Message> {
    messages::<S>(&mend::mend(markdown))
}
