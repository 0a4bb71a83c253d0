//! Markdown as a document: what a model wrote, free of any platform's syntax.

use linkify::{LinkFinder, LinkKind};
use pulldown_cmark::{Alignment, CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use crate::{
    fences::with_readable_marks,
    marks::{collapse, leading},
    span::{Span, SpanStyle, is_blank, tidy},
};

/// Deepest nesting of lists and quotes that is kept; deeper blocks are flattened to it.
const MAX_DEPTH: usize = 6;

/// A part of a document. Text holds `\n` where a line ends.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Block {
    Paragraph(Vec<Span>),
    /// Text that was never Markdown: `[1]` cites nothing in it.
    Plain(Vec<Span>),
    Heading(u8, Vec<Span>),
    /// The number of the first item, if they are numbered, and the items.
    List(Option<u64>, Vec<Vec<Block>>),
    Quote(Vec<Block>),
    Code {
        language: String,
        text: String,
    },
    /// How each column is aligned, and rows of cells; the first row is the head.
    Table(Vec<Alignment>, Vec<Vec<String>>),
    Rule,
}

/// Reads Markdown. Everything is a document: what is malformed is text.
pub(crate) fn parse(markdown: &str) -> Vec<Block> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_MATH
        | Options::ENABLE_TASKLISTS;
    let readable: String = markdown.chars().filter(|c| !is_treacherous(*c)).collect();
    let mut builder = Builder::default();
    for event in Parser::new_ext(&with_readable_marks(&readable), options) {
        builder.take(event);
    }
    builder.finish()
}

/// Literal text: nothing in it is Markdown.
pub(crate) fn plain(text: &str) -> Block {
    let readable: String = text.chars().filter(|c| !is_treacherous(*c)).collect();
    let mut builder = Builder::default();
    builder.text(&readable);
    Block::Plain(builder.spans)
}

/// What is open while a document is read.
#[derive(Default)]
struct Builder {
    /// Blocks of each container that is open, innermost last; the first is the document.
    containers: Vec<Vec<Block>>,
    /// Lists that are open: the number of the first item, and the items that are done.
    lists: Vec<(Option<u64>, Vec<Vec<Block>>)>,
    spans: Vec<Span>,
    style: SpanStyle,
    bold: usize,
    italic: usize,
    strike: usize,
    /// Address of each link that is open, and where its text begins.
    links: Vec<(String, usize)>,
    code: Option<(String, String)>,
    columns: Vec<Alignment>,
    table: Vec<Vec<String>>,
    /// The block before was code without a character: it is not shown, and nor are the citations below it.
    after_nothing: bool,
}

impl Builder {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => match &mut self.code {
                Some((_, code)) => code.push_str(&text),
                None => self.text(&text),
            },
            Event::Code(text) | Event::InlineMath(text) => self.inline_code(&text),
            Event::DisplayMath(text) => {
                self.close_paragraph();
                self.push(Block::Code {
                    language: "latex".to_owned(),
                    text: text.trim().to_owned(),
                });
            }
            // HTML becomes text: no chat platform renders it, and dropping it would lose words.
            Event::Html(text) | Event::InlineHtml(text) => {
                if is_break(&text) {
                    self.text("\n");
                } else {
                    self.text(&text);
                }
            }
            Event::SoftBreak | Event::HardBreak => self.text("\n"),
            Event::Rule => {
                self.close_paragraph();
                self.push(Block::Rule);
            }
            Event::TaskListMarker(is_done) => self.text(if is_done { "☑ " } else { "☐ " }),
            // Footnotes are not switched on, so that `[^1]` stays text.
            Event::FootnoteReference(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Strong => self.bold += 1,
            Tag::Emphasis => self.italic += 1,
            Tag::Strikethrough => self.strike += 1,
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.links.push((dest_url.into_string(), self.spans.len()));
            }
            Tag::CodeBlock(kind) => {
                self.close_paragraph();
                let language = match kind {
                    CodeBlockKind::Fenced(info) => language(&info),
                    CodeBlockKind::Indented => String::new(),
                };
                self.code = Some((language, String::new()));
            }
            Tag::List(first) => {
                self.close_paragraph();
                self.lists.push((first, Vec::new()));
            }
            Tag::BlockQuote(_) | Tag::Item => {
                self.close_paragraph();
                self.containers.push(Vec::new());
            }
            Tag::Table(columns) => {
                self.close_paragraph();
                self.columns = columns;
            }
            Tag::TableHead | Tag::TableRow => self.table.push(Vec::new()),
            _ => {}
        }
        self.restyle();
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Strong => self.bold = self.bold.saturating_sub(1),
            TagEnd::Emphasis => self.italic = self.italic.saturating_sub(1),
            TagEnd::Strikethrough => self.strike = self.strike.saturating_sub(1),
            TagEnd::Link | TagEnd::Image => self.close_link(),
            TagEnd::Heading(level) => {
                let spans = std::mem::take(&mut self.spans);
                if !is_blank(&spans) {
                    self.push(Block::Heading(level as u8, tidy(spans)));
                }
            }
            TagEnd::CodeBlock => {
                if let Some((language, text)) = self.code.take() {
                    let text = text.trim_end_matches('\n').to_owned();
                    if text.trim().is_empty() {
                        self.after_nothing = true;
                    } else {
                        self.push(Block::Code { language, text });
                    }
                }
            }
            TagEnd::Item => {
                self.close_paragraph();
                let blocks = self.containers.pop().unwrap_or_default();
                if let Some((_, items)) = self.lists.last_mut() {
                    items.push(blocks);
                }
            }
            TagEnd::List(_) => {
                if let Some((first, items)) = self.lists.pop() {
                    self.push(Block::List(first, items));
                }
            }
            TagEnd::BlockQuote(_) => {
                self.close_paragraph();
                let blocks = self.containers.pop().unwrap_or_default();
                self.push(Block::Quote(blocks));
            }
            TagEnd::TableCell => {
                // Cells lose their styles: most tables are drawn as code, in which no mark works.
                let spans = collapse(std::mem::take(&mut self.spans));
                let cell: String = spans.into_iter().map(|span| span.text).collect();
                if let Some(row) = self.table.last_mut() {
                    row.push(cell.split_whitespace().collect::<Vec<_>>().join(" "));
                }
            }
            TagEnd::Table => {
                let columns = std::mem::take(&mut self.columns);
                let rows = std::mem::take(&mut self.table);
                self.push(Block::Table(columns, rows));
            }
            TagEnd::Paragraph | TagEnd::HtmlBlock => self.close_paragraph(),
            _ => {}
        }
        self.restyle();
    }

    fn restyle(&mut self) {
        self.style = SpanStyle {
            bold: self.bold > 0,
            italic: self.italic > 0,
            strike: self.strike > 0,
            ..SpanStyle::default()
        };
    }

    /// Adds text, with the addresses in it as links.
    fn text(&mut self, text: &str) {
        let mut finder = LinkFinder::new();
        // Not addresses of mail, which most people write without wanting a link.
        finder.kinds(&[LinkKind::Url]);
        let inside = !self.links.is_empty();
        for part in finder.spans(text) {
            let is_link = part.kind().is_some() && !inside && is_web(part.as_str());
            self.add(part.as_str(), self.style, is_link);
        }
    }

    fn inline_code(&mut self, text: &str) {
        let style = SpanStyle {
            code: true,
            ..self.style
        };
        self.add(text, style, false);
    }

    fn add(&mut self, text: &str, style: SpanStyle, link: bool) {
        if text.is_empty() {
            return;
        }
        // The label of a link is a span of its own, so that `close_link` can find where it begins.
        let begins = self
            .links
            .last()
            .is_some_and(|(_, begin)| *begin == self.spans.len());
        match self.spans.last_mut() {
            Some(last) if last.style == style && !last.link && !link && !begins => {
                last.text.push_str(text);
            }
            _ => self.spans.push(Span {
                text: text.to_owned(),
                style,
                link,
            }),
        }
    }

    /// Puts a link's address after its label, so that everybody sees where it leads.
    fn close_link(&mut self) {
        let Some((address, begin)) = self.links.pop() else {
            return;
        };
        // An image within a link shows the address of the link alone.
        if !self.links.is_empty() || !is_web(&address) {
            return;
        }
        let begin = begin.min(self.spans.len());
        let label: String = self.spans[begin..]
            .iter()
            .map(|s| s.text.as_str())
            .collect();
        let bare = |text: &str| {
            let text = text.trim().trim_end_matches('/');
            text.strip_prefix("https://")
                .or_else(|| text.strip_prefix("http://"))
                .unwrap_or(text)
                .to_owned()
        };
        // A label that is the address already is not repeated; one that is another address stands beside the true one.
        if label.trim().is_empty() || bare(&label) == bare(&address) {
            self.spans.truncate(begin);
            self.add(&address, self.style, true);
        } else {
            self.add(" (", SpanStyle::default(), false);
            self.add(&address, SpanStyle::default(), true);
            self.add(")", SpanStyle::default(), false);
        }
    }

    fn close_paragraph(&mut self) {
        let mut spans = std::mem::take(&mut self.spans);
        if let Some(first) = spans.first_mut()
            && self.after_nothing
        {
            let rest = &first.text[leading(&first.text)..];
            if rest.is_empty() || rest.starts_with('\n') {
                first.text = rest.trim_start().to_owned();
            }
        }
        if !is_blank(&spans) {
            self.push(Block::Paragraph(tidy(spans)));
        }
    }

    fn push(&mut self, block: Block) {
        self.after_nothing = false;
        let too_deep = self.containers.len() > MAX_DEPTH;
        if self.containers.is_empty() {
            self.containers.push(Vec::new());
        }
        let Some(open) = self.containers.last_mut() else {
            return;
        };
        match block {
            // Flattened and not dropped: the words stay.
            Block::Quote(blocks) if too_deep => open.extend(blocks),
            Block::List(_, items) if too_deep => open.extend(items.into_iter().flatten()),
            block => open.push(block),
        }
    }

    fn finish(mut self) -> Vec<Block> {
        self.close_paragraph();
        // The parser closes every container that it opens, so only the document is left.
        self.containers.into_iter().flatten().collect()
    }
}

/// The language of a fence: the first word of its info string, in the characters that platforms accept.
fn language(info: &str) -> String {
    info.split(|c: char| c.is_whitespace() || c == ',')
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || "+-#_.".contains(*c))
        // Longer than the name of any language: a sentence behind the fence.
        .take(24)
        .collect()
}

fn is_web(address: &str) -> bool {
    // What would end an address early in a platform's own syntax.
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>\"`".contains(c);
    (address.starts_with("https://") || address.starts_with("http://"))
        // A link is never cut, so it has to fit into a message of any platform with some text before it.
        && address.len() <= 1_000
        && address.chars().all(plain)
}

/// Characters that disguise text: control characters, and those that override its direction.
fn is_treacherous(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn is_break(html: &str) -> bool {
    matches!(html.trim(), "<br>" | "<br/>" | "<br />")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(markdown: &str) -> Vec<Span> {
        match parse(markdown).into_iter().next() {
            Some(Block::Paragraph(spans)) => spans,
            other => panic!("{other:?}"),
        }
    }

    fn shown(markdown: &str) -> String {
        spans(markdown).into_iter().map(|span| span.text).collect()
    }

    #[test]
    fn a_link_shows_where_it_leads() {
        assert_eq!(
            shown("see [the manual](https://example.com/a)"),
            "see the manual (https://example.com/a)"
        );
        assert_eq!(shown("<https://example.com>"), "https://example.com");
        assert_eq!(
            shown("[example.com](https://example.com/)"),
            "https://example.com/"
        );
        assert_eq!(
            shown("[https://bank.example](https://evil.example)"),
            "https://bank.example (https://evil.example)"
        );
    }

    #[test]
    fn a_link_to_anything_but_the_web_is_its_text() {
        for address in [
            "javascript:alert(1)",
            "tg://resolve?domain=x",
            "file:///etc",
        ] {
            assert_eq!(shown(&format!("[here]({address})")), "here");
        }
    }

    #[test]
    fn spoilers_are_found_in_pairs() {
        let found = spans("the end is ||he *wins*|| and || is not");
        let hidden: String = found
            .iter()
            .filter(|span| span.style.spoiler)
            .map(|span| span.text.as_str())
            .collect();
        assert_eq!(hidden, "he wins");
        assert!(shown("a || b || c").contains("|| b ||"));
        assert!(shown("a ||b").contains("||b"));
        assert!(shown("`a || b || c`").contains("||"));
    }

    #[test]
    fn styles_end_at_words() {
        let found = spans("a **bold *both* ** b");
        assert!(
            found
                .iter()
                .filter(|span| span.style != SpanStyle::default())
                .all(|span| !span.text.starts_with(' ') || span.style.bold),
            "{found:?}"
        );
    }

    #[test]
    fn code_without_a_character_is_not_shown_nor_what_cites_it() {
        for empty in [
            "```\n\n```\n\n[1]",
            "```rust\n   \n```\n\n[1] [2]",
            "```\n``` [1]",
        ] {
            assert_eq!(parse(empty), [], "{empty}");
            for (below, wanted) in [
                ("\n\nIt is so. [1]", "It is so. [1]"),
                ("\nIt is so.", "It is so."),
                ("\n\n[1] Handbook", "[1] Handbook"),
            ] {
                let given = format!("{empty}{below}");
                assert_eq!(parse(&given), parse(wanted), "{given}");
            }
        }
    }

    #[test]
    fn nesting_has_a_limit() {
        let deep = format!("{}x", "> ".repeat(500));
        let mut blocks = parse(&deep);
        let mut depth = 0;
        while let Some(Block::Quote(inner)) = blocks.into_iter().next() {
            blocks = inner;
            depth += 1;
        }
        assert!(depth <= MAX_DEPTH + 1, "{depth}");
    }
}
