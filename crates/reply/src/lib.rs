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
mod split;
mod telegram;

pub use discord::{Discord, MESSAGE_CHARACTERS};
pub use telegram::{Entity, Look, MESSAGE_UNITS, Styled, Telegram};

/// How a platform writes and counts messages.
pub trait Syntax: sealed::Sealed {
    /// A message, ready to be sent.
    type Message: Clone + PartialEq + std::fmt::Debug + Send + Sync + 'static;
    /// Most that a message may be.
    const LIMIT: usize;

    /// How much a message is, as the platform counts.
    fn size(message: &Self::Message) -> usize;

    #[doc(hidden)]
    fn render(lines: &[line::Line]) -> Self::Message;
}

mod sealed {
    /// Lines are no business of other crates.
    pub trait Sealed {}
    impl Sealed for super::Discord {}
    impl Sealed for super::Telegram {}
}

/// What a reply says, paragraph by paragraph.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Markdown(String),
    Plain(String),
    Quote(String),
}

impl Reply {
    /// Adds Markdown.
    #[must_use]
    pub fn markdown(mut self, markdown: impl Into<String>) -> Self {
        self.parts.push(Part::Markdown(markdown.into()));
        self
    }

    /// Adds text in which nothing is a mark: names, and what comes from documents.
    #[must_use]
    pub fn plain(mut self, text: impl Into<String>) -> Self {
        self.parts.push(Part::Plain(text.into()));
        self
    }

    /// Adds text in which nothing is a mark, as a quote.
    #[must_use]
    pub fn quote(mut self, text: impl Into<String>) -> Self {
        self.parts.push(Part::Quote(text.into()));
        self
    }

    /// Its messages, in order. None is empty and none is over the limit; there are none when it shows nothing.
    pub fn messages<S: Syntax>(&self) -> Vec<S::Message> {
        let blocks: Vec<_> = self
            .parts
            .iter()
            .flat_map(|part| match part {
                Part::Markdown(markdown) => document::parse(markdown),
                Part::Plain(text) => vec![document::plain(text)],
                Part::Quote(text) => vec![document::Block::Quote(vec![document::plain(text)])],
            })
            .collect();
        split::split::<S>(line::lines(&blocks))
    }
}

/// The messages of Markdown that is complete.
pub fn messages<S: Syntax>(markdown: &str) -> Vec<S::Message> {
    Reply::default().markdown(markdown).messages::<S>()
}

/// The messages of Markdown that is still being written: what is open at its end is shown as if it were closed.
pub fn messages_so_far<S: Syntax>(markdown: &str) -> Vec<S::Message> {
    messages::<S>(&mend::mend(markdown))
}
