//! Lines as Telegram's text with entities. Nothing is escaped, so nothing can be escaped wrongly.

use crate::{
    Syntax,
    line::{Line, LineKind, Marker},
    span::Span,
};

/// Most UTF-16 code units of a message.
pub const MESSAGE_UNITS: usize = 4_096;
/// Most entities of a message: Telegram shows the first hundred and drops the others.
const MESSAGE_ENTITIES: usize = 100;

/// Telegram: plain text, with entities that say how parts of it look.
#[derive(Debug, Clone, Copy)]
pub struct Telegram;

/// A message: its text, and how it looks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Styled {
    /// The text.
    pub text: String,
    /// How parts of it look, by where they begin.
    pub entities: Vec<Entity>,
}

/// How a part of a text looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entity {
    /// Where it begins, in UTF-16 code units.
    pub offset: usize,
    /// How long it is, in UTF-16 code units.
    pub length: usize,
    /// How it looks.
    pub look: Look,
}

/// A look of text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// Bold.
    Bold,
    /// Italic.
    Italic,
    /// Struck through.
    Strikethrough,
    /// Hidden until it is tapped.
    Spoiler,
    /// Code within a line.
    Code,
    /// A block of code in a language; empty when it is not known.
    Pre(String),
    /// A quote.
    Blockquote,
}

impl Syntax for Telegram {
    type Message = Styled;
    const LIMIT: usize = MESSAGE_UNITS;

    fn size(message: &Styled) -> usize {
        // Too large in any case, so that it is split until every entity is shown.
        if message.entities.len() > MESSAGE_ENTITIES {
            return usize::MAX;
        }
        units(&message.text)
    }

    fn render(lines: &[Line]) -> Styled {
        let mut writer = Writer::default();
        for line in lines {
            writer.line(line);
        }
        writer.finish()
    }
}

fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// Looks that nest in each other, outermost first, and where each that is open began.
const LOOKS: [Look; 4] = [Look::Spoiler, Look::Strikethrough, Look::Bold, Look::Italic];
type Open = [Option<usize>; LOOKS.len()];

#[derive(Default)]
struct Writer {
    message: Styled,
    /// UTF-16 code units written.
    at: usize,
    quote: Option<usize>,
    code: Option<(usize, usize, String)>,
}

impl Writer {
    fn push(&mut self, text: &str) {
        self.message.text.push_str(text);
        self.at += units(text);
    }

    fn mark(&mut self, begin: usize, look: Look) {
        if self.at > begin {
            self.message.entities.push(Entity {
                offset: begin,
                length: self.at - begin,
                look,
            });
        }
    }

    fn close_code(&mut self) {
        if let Some((_, begin, language)) = self.code.take() {
            self.mark(begin, Look::Pre(language));
        }
    }

    fn close_quote(&mut self) {
        if let Some(begin) = self.quote.take() {
            self.mark(begin, Look::Blockquote);
        }
    }

    fn line(&mut self, line: &Line) {
        let block = line.code_block();
        if self
            .code
            .as_ref()
            .is_some_and(|(open, ..)| Some(*open) != block)
        {
            self.close_code();
        }
        // Telegram allows no entity around code.
        let quoted = line.quote && block.is_none();
        if !quoted {
            self.close_quote();
        }
        if !self.message.text.is_empty() {
            self.push(if line.gap { "\n\n" } else { "\n" });
        }
        // After the line break, which is not part of the quote.
        if quoted && self.quote.is_none() {
            self.quote = Some(self.at);
        }
        match &line.kind {
            LineKind::Code { block, language } => {
                if self.code.is_none() {
                    self.code = Some((*block, self.at, language.clone()));
                }
                for span in &line.spans {
                    self.push(&span.text);
                }
            }
            LineKind::Rule => self.push("──────────"),
            LineKind::Heading(_) => {
                let begin = self.at;
                self.text(&line.spans, quoted, true);
                self.mark(begin, Look::Bold);
            }
            LineKind::Text => {
                // An em space, as Telegram trims ordinary ones at the start of a message.
                self.push(&"\u{2003}".repeat(line.depth.saturating_sub(1)));
                match line.marker {
                    Marker::Bullet => self.push("• "),
                    Marker::Number(number) => self.push(&format!("{number}. ")),
                    Marker::None if line.depth > 0 => self.push("\u{2003}"),
                    Marker::None => {}
                }
                self.text(&line.spans, quoted, false);
            }
        }
    }

    fn text(&mut self, spans: &[Span], quoted: bool, heading: bool) {
        let begin = self.message.entities.len();
        let mut open: Open = [None; LOOKS.len()];
        for (number, span) in spans.iter().enumerate() {
            // Telegram allows no entity around code, and none within it.
            let code = span.style.code && !quoted && !heading;
            let wanted = [
                span.style.spoiler,
                span.style.strike,
                span.style.bold && !heading,
                span.style.italic,
            ];
            let ends = |n: &usize| open[*n].is_some() && (code || !wanted[*n]);
            if let Some(first) = (0..LOOKS.len()).find(ends) {
                self.close_from(first, &mut open);
            }
            if code {
                let from = self.at;
                self.push(&span.text);
                self.mark(from, Look::Code);
                continue;
            }
            for n in 0..LOOKS.len() {
                if wanted[n] && open[n].is_none() {
                    // A look can only open within those that come before it.
                    self.close_from(n + 1, &mut open);
                    open[n] = Some(self.at);
                }
            }
            self.visible(span, spans.get(number + 1));
        }
        self.close_from(0, &mut open);
        self.message.entities[begin..]
            .sort_by_key(|entity| (entity.offset, usize::MAX - entity.length));
    }

    /// Closes the looks from this one on, the innermost first, so that one look is always within the other.
    fn close_from(&mut self, first: usize, open: &mut Open) {
        for n in (first..LOOKS.len()).rev() {
            if let Some(from) = open[n].take() {
                self.mark(from, LOOKS[n].clone());
            }
        }
    }

    /// Writes the text of a span.
    fn visible(&mut self, span: &Span, next: Option<&Span>) {
        if span.link {
            self.push(&span.text);
            return;
        }
        let before = self.message.text.chars().next_back();
        let after = next.and_then(|next| next.text.chars().next());
        let text = defused(&span.text, before, after);
        self.push(&text);
    }

    fn finish(mut self) -> Styled {
        self.close_code();
        self.close_quote();
        self.message
            .entities
            .sort_by_key(|entity| (entity.offset, usize::MAX - entity.length));
        self.message
    }
}

/// Text in which clients find no mention and no command: a word joiner separates the `@` or `/` from its word.
fn defused(text: &str, mut before: Option<char>, after: Option<char>) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        safe.push(c);
        let next = chars.peek().copied().or(after);
        let word_follows = next.is_some_and(|next| next.is_alphanumeric() || next == '_');
        let begins = before.is_none_or(|before| !before.is_alphanumeric());
        if word_follows && (c == '@' || (c == '/' && begins)) {
            safe.push('\u{2060}');
        }
        before = Some(c);
    }
    safe
}
