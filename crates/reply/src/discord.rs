//! Lines as Discord's Markdown.

use crate::{
    Syntax,
    line::{Line, LineKind, Marker},
    span::{Span, SpanStyle},
};

/// Most characters of a message.
pub const MESSAGE_CHARACTERS: usize = 2_000;

/// Discord: text with marks in it, counted in characters.
#[derive(Debug, Clone, Copy)]
pub struct Discord;

impl Syntax for Discord {
    type Message = String;
    const LIMIT: usize = MESSAGE_CHARACTERS;

    fn size(message: &String) -> usize {
        message.chars().count()
    }

    fn render(lines: &[Line]) -> String {
        let mut message = String::new();
        let mut open: Option<&Line> = None;
        for line in lines {
            let same_block = |other: &&Line| other.code_block() == line.code_block();
            if let Some(code) = open.take_if(|code| !same_block(code)) {
                close_code(&mut message, code);
            }
            if line.gap && !message.is_empty() {
                message.push_str(if line.quote && ends_in_quote(&message) {
                    "\n> "
                } else {
                    "\n"
                });
            }
            new_line(&mut message, line);
            match &line.kind {
                LineKind::Code { language, .. } => {
                    if open.is_none() {
                        message.push_str("```");
                        message.push_str(language);
                        new_line(&mut message, line);
                    }
                    open = Some(line);
                    // Three backticks would close the block. Fewer are left alone: code is there to be copied.
                    for span in &line.spans {
                        if span.text.contains("```") {
                            message.push_str(&apart(&span.text));
                        } else {
                            message.push_str(&span.text);
                        }
                    }
                }
                LineKind::Rule => message.push_str("──────────"),
                LineKind::Heading(level) => {
                    // Discord has three levels of headings; deeper ones would show their signs.
                    message.push_str(["# ", "## ", "### "][usize::from(*level).clamp(1, 3) - 1]);
                    text(&mut message, &line.spans);
                }
                LineKind::Text => {
                    message.push_str(&"  ".repeat(line.depth.saturating_sub(1)));
                    match line.marker {
                        Marker::Bullet => message.push_str("- "),
                        Marker::Number(number) => message.push_str(&format!("{number}. ")),
                        Marker::None if line.depth > 0 => message.push_str("  "),
                        Marker::None => {}
                    }
                    text(&mut message, &line.spans);
                }
            }
        }
        if let Some(code) = open {
            close_code(&mut message, code);
        }
        message
    }
}

fn ends_in_quote(message: &str) -> bool {
    message
        .rsplit('\n')
        .next()
        .is_some_and(|line| line.starts_with('>'))
}

fn new_line(message: &mut String, line: &Line) {
    if !message.is_empty() {
        message.push('\n');
    }
    if line.quote {
        message.push_str("> ");
    }
}

fn close_code(message: &mut String, line: &Line) {
    new_line(message, line);
    message.push_str("```");
}

/// Writes text with the marks of its styles, each closed where the style ends.
fn text(message: &mut String, spans: &[Span]) {
    let begin = message.len();
    let mut open: Vec<&'static str> = Vec::new();
    for (number, span) in spans.iter().enumerate() {
        let wanted = marks(span.style);
        // Marks nest: one that ends closes those that were opened within it, and they are opened again.
        let kept = open
            .iter()
            .zip(&wanted)
            .take_while(|(open, wanted)| open == wanted)
            .count();
        for mark in open.drain(kept..).rev() {
            message.push_str(mark);
        }
        for mark in &wanted[kept..] {
            message.push_str(mark);
            open.push(mark);
        }
        // Within code no mark works, so nothing in it is escaped.
        if span.style.code {
            code(message, &span.text);
        } else if span.link {
            // Angle brackets delimit the address, and suppress its preview.
            message.push('<');
            message.push_str(&span.text);
            message.push('>');
        } else {
            let next = spans
                .get(number + 1)
                .and_then(|next| next.text.chars().next());
            escape(message, begin, &span.text, next);
        }
    }
    for mark in open.into_iter().rev() {
        message.push_str(mark);
    }
}

/// The marks of a style, outermost first. Italic is an underscore, as `***` would leave open which of the two it is.
fn marks(style: SpanStyle) -> Vec<&'static str> {
    [
        (style.spoiler, "||"),
        (style.strike, "~~"),
        (style.bold, "**"),
        (style.italic, "_"),
    ]
    .into_iter()
    .filter_map(|(on, mark)| on.then_some(mark))
    .collect()
}

/// Code that contains backticks is fenced by two.
fn code(message: &mut String, text: &str) {
    if text.contains('`') {
        message.push_str(&format!("`` {} ``", apart(text)));
    } else {
        message.push_str(&format!("`{text}`"));
    }
}

/// Separates adjacent backticks, which would close the code that they are in.
fn apart(text: &str) -> String {
    let mut apart = String::with_capacity(text.len());
    for c in text.chars() {
        if c == '`' && apart.ends_with('`') {
            apart.push('\u{200b}');
        }
        apart.push(c);
    }
    apart
}

/// Escapes text so that Discord shows it literally: no style, no mention, no masked link.
fn escape(message: &mut String, line_begin: usize, text: &str, after: Option<char>) {
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().or(after);
        let before = message[line_begin..].chars().next_back();
        let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let special = match c {
            '\\' | '*' | '`' => true,
            // Within a word it marks nothing.
            '_' => !(word(before) && word(next)),
            '~' | '|' => next == Some(c) || before == Some(c),
            // Mentions, emoji, times, and addresses.
            '<' => next.is_some_and(|next| !next.is_whitespace()),
            // The address of a masked link.
            '(' => before == Some(']'),
            // Only at the start of a line: headings, quotes, lists, small print.
            '#' | '>' | '-' | '+' => before.is_none(),
            // A number at the start of a line would become an item of a list.
            '.' | ')' => {
                let line = &message[line_begin..];
                !line.is_empty() && line.chars().all(|c| c.is_ascii_digit())
            }
            _ => false,
        };
        if special {
            message.push('\\');
        }
        message.push(c);
        if c == '@' && next.is_some_and(|next| !next.is_whitespace()) {
            // A word joiner keeps every client from reading @everyone as a mention.
            message.push('\u{2060}');
        }
    }
}
