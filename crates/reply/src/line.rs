//! A document as lines: what a message is made of, and where it may end.

use pulldown_cmark::Alignment;
use unicode_width::UnicodeWidthStr;

use crate::{
    document::Block,
    marks::{collapse, leading},
    span::{Span, SpanStyle},
};

/// Widest table, in columns, that is drawn as one. A wider one would wrap on every phone, so its rows become lists.
const MAX_TABLE_WIDTH: usize = 64;

/// What a line is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineKind {
    /// Text, in a list or not.
    Text,
    /// A heading, of level 1 to 6.
    Heading(u8),
    /// A line of a code block.
    Code {
        /// Number of the block in the reply: lines of one block stand between one pair of fences.
        block: usize,
        /// Its language; empty when it is not known.
        language: String,
    },
    /// A line across.
    Rule,
}

/// A line of a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What it is.
    pub kind: LineKind,
    /// It is quoted.
    pub quote: bool,
    /// How many lists it is nested in.
    pub depth: usize,
    /// What stands before its text.
    pub marker: Marker,
    /// Its text.
    pub spans: Vec<Span>,
    /// An empty line comes before it, unless it is the first of a message.
    pub gap: bool,
    /// It begins with a citation of what is above it.
    pub cites: bool,
}

/// What stands before a line of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    /// Nothing: not in a list, or not the first line of its item.
    None,
    /// A bullet.
    Bullet,
    /// A number.
    Number(u64),
}

impl Line {
    pub(crate) fn is_blank(&self) -> bool {
        self.kind != LineKind::Rule
            && self.marker == Marker::None
            && self.spans.iter().all(|span| span.text.trim().is_empty())
    }

    /// It is nothing but a citation of what is above it.
    pub(crate) fn is_mark(&self) -> bool {
        let length = |span: &Span| leading(&span.text) == span.text.trim_end().len();
        self.cites && self.spans.iter().all(length)
    }

    /// The number of its code block, if it is code.
    pub fn code_block(&self) -> Option<usize> {
        match self.kind {
            LineKind::Code { block, .. } => Some(block),
            _ => None,
        }
    }

    /// The same line with other text.
    pub(crate) fn with(&self, spans: Vec<Span>) -> Self {
        Self {
            spans,
            ..self.clone()
        }
    }

    /// The rest of a line that was cut: it has no marker of its own.
    pub(crate) fn continued(&self, spans: Vec<Span>) -> Self {
        Self {
            marker: Marker::None,
            gap: false,
            cites: false,
            ..self.with(spans)
        }
    }
}

/// Lays a document out as lines.
pub(crate) fn lines(blocks: &[Block]) -> Vec<Line> {
    let mut layout = Layout::default();
    layout.blocks(blocks, Nesting::default());
    layout.lines
}

#[derive(Debug, Clone, Copy, Default)]
struct Nesting {
    quote: bool,
    depth: usize,
}

#[derive(Default)]
struct Layout {
    lines: Vec<Line>,
    /// The next line is the first of an item, and so belongs to none above it.
    begins_item: bool,
    code_blocks: usize,
}

impl Layout {
    fn blocks(&mut self, blocks: &[Block], nesting: Nesting) {
        for block in blocks {
            let begin = self.lines.len();
            self.block(block, nesting);
            // Within a list lines stand close together, as platforms show lists; a citation stays at what it cites.
            if let Some(first) = self.lines.get_mut(begin)
                && begin > 0
                && nesting.depth == 0
            {
                first.gap = !first.is_mark();
            }
        }
    }

    fn block(&mut self, block: &Block, nesting: Nesting) {
        match block {
            Block::Paragraph(spans) => self.paragraph(spans, nesting),
            Block::Plain(spans) => self.text(LineKind::Text, spans, nesting),
            // No platform has headings within lists.
            Block::Heading(_, spans) if nesting.depth > 0 => {
                let bold = |span: &Span| {
                    let mut span = span.clone();
                    span.style.bold = !span.style.code && !span.link;
                    span
                };
                let spans: Vec<Span> = spans.iter().map(bold).collect();
                self.text(LineKind::Text, &spans, nesting);
            }
            Block::Heading(level, spans) => self.text(LineKind::Heading(*level), spans, nesting),
            Block::Quote(blocks) => self.blocks(
                blocks,
                Nesting {
                    quote: true,
                    ..nesting
                },
            ),
            Block::List(first, items) => {
                for (item, number) in items.iter().zip(0..) {
                    let marker = first.map_or(Marker::Bullet, |first| {
                        Marker::Number(first.saturating_add(number))
                    });
                    self.item(item, marker, nesting);
                }
            }
            Block::Code { language, text } => self.code(language, text.lines(), nesting),
            Block::Table(columns, rows) => self.table(columns, rows, nesting),
            Block::Rule => self.push(LineKind::Rule, Vec::new(), nesting),
        }
    }

    fn item(&mut self, blocks: &[Block], marker: Marker, nesting: Nesting) {
        let begin = self.lines.len();
        let inner = Nesting {
            depth: nesting.depth + 1,
            ..nesting
        };
        self.begins_item = true;
        self.blocks(blocks, inner);
        self.begins_item = false;
        match self.lines.get_mut(begin) {
            Some(line) if line.marker == Marker::None && line.kind == LineKind::Text => {
                line.marker = marker;
            }
            // An item that begins with a list, with code or with a rule, or that is empty: its marker stands alone.
            _ => {
                let mut line = self.line(LineKind::Text, Vec::new(), inner);
                line.marker = marker;
                self.lines.insert(begin, line);
            }
        }
    }

    /// A paragraph. Citations at the start of a line cite what is above them.
    fn paragraph(&mut self, spans: &[Span], nesting: Nesting) {
        let first = self.lines.len();
        for mut spans in split_lines(spans) {
            // Above the first line of an item there is nothing that it could cite.
            let marks = match self.lines.last() {
                Some(_) if !self.begins_item => cited_first(&mut spans),
                _ => 0,
            };
            let (marks, rest) = spans.split_at(marks);
            let is_text = self
                .lines
                .last()
                .is_some_and(|last| last.kind == LineKind::Text);
            let goes_on = self.lines.len() > first;
            if marks.is_empty() {
                self.push(LineKind::Text, spans, nesting);
            } else if rest.iter().all(|span| span.text.trim().is_empty()) {
                self.cite(marks, nesting);
            } else if !is_text || (goes_on && self.ends_sentence()) {
                self.cite(marks, nesting);
                self.push(LineKind::Text, without_leading_space(rest), nesting);
                if let Some(last) = self.lines.last_mut() {
                    last.gap = !goes_on && nesting.depth == 0;
                }
            } else {
                // Most likely a line of a list of sources, such as `[1] Handbook`, which stays as it is.
                self.push(LineKind::Text, spans, nesting);
                self.cited();
            }
        }
    }

    /// The last line is text that ends a sentence, and does not begin with a citation.
    fn ends_sentence(&self) -> bool {
        self.lines.last().is_some_and(|last| {
            let text: String = last.spans.iter().map(|span| span.text.as_str()).collect();
            leading(&text) == 0 && text.trim_end().ends_with(['.', '!', '?', '。', '！', '？'])
        })
    }

    /// Appends citations to the text above them, or adds them as a line below what is not text.
    fn cite(&mut self, marks: &[Span], nesting: Nesting) {
        match self.lines.last_mut() {
            Some(Line {
                kind: LineKind::Text | LineKind::Heading(_),
                spans,
                ..
            }) => {
                spans.push(Span::plain(" "));
                spans.extend_from_slice(marks);
                *spans = collapse(std::mem::take(spans));
            }
            _ => {
                self.push(LineKind::Text, marks.to_vec(), nesting);
                self.cited();
            }
        }
    }

    /// Keeps the last line with the one before it.
    fn cited(&mut self) {
        if let Some(last) = self.lines.last_mut() {
            last.cites = true;
        }
    }

    fn text(&mut self, kind: LineKind, spans: &[Span], nesting: Nesting) {
        for spans in split_lines(spans) {
            self.push(kind.clone(), spans, nesting);
        }
    }

    fn code<'a>(
        &mut self,
        language: &str,
        lines: impl Iterator<Item = &'a str> + Clone,
        nesting: Nesting,
    ) {
        if lines.clone().all(|line| line.trim().is_empty()) {
            return;
        }
        let kind = LineKind::Code {
            block: self.code_blocks,
            language: language.to_owned(),
        };
        self.code_blocks += 1;
        for line in lines {
            self.push(kind.clone(), vec![Span::plain(line)], nesting);
        }
    }

    fn table(&mut self, alignments: &[Alignment], rows: &[Vec<String>], nesting: Nesting) {
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.width()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        // Between two columns stands ` │ `.
        let total: usize = widths.iter().sum::<usize>() + 3 * columns.saturating_sub(1);
        if total > MAX_TABLE_WIDTH {
            self.records(rows, nesting);
            return;
        }
        let draw = |row: &Vec<String>| {
            let cells = widths.iter().enumerate().map(|(column, width)| {
                let cell = row.get(column).map_or("", String::as_str);
                // By the width that is shown: a Chinese character takes two columns.
                let room = width - cell.width().min(*width);
                let before = match alignments.get(column) {
                    Some(Alignment::Right) => room,
                    Some(Alignment::Center) => room / 2,
                    _ => 0,
                };
                format!("{}{cell}{}", " ".repeat(before), " ".repeat(room - before))
            });
            // Spaces at the end show nothing, and make a narrow screen wrap the line.
            cells.collect::<Vec<_>>().join(" │ ").trim_end().to_owned()
        };
        let mut drawn: Vec<String> = rows.iter().map(draw).collect();
        if drawn.len() > 1 {
            let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
            drawn.insert(1, rule.join("─┼─"));
        }
        self.code("", drawn.iter().map(String::as_str), nesting);
    }

    /// Rows as items of a list: each cell after the head of its column.
    fn records(&mut self, rows: &[Vec<String>], nesting: Nesting) {
        let Some((head, rows)) = rows.split_first() else {
            return;
        };
        let inner = Nesting {
            depth: nesting.depth + 1,
            ..nesting
        };
        let name = |text: &str| Span {
            text: text.to_owned(),
            style: SpanStyle {
                bold: true,
                ..SpanStyle::default()
            },
            link: false,
        };
        // A table of nothing but a head is one record without names.
        let heads = if rows.is_empty() { &[][..] } else { head };
        let rows = if rows.is_empty() {
            std::slice::from_ref(head)
        } else {
            rows
        };
        for row in rows {
            // Only the first cell that is shown has a bullet; the others stand below it.
            let mut marker = Marker::Bullet;
            for (column, cell) in row.iter().enumerate() {
                if cell.is_empty() {
                    continue;
                }
                let head = heads.get(column).filter(|head| !head.is_empty());
                let mut spans: Vec<Span> = head.map(|head| name(head)).into_iter().collect();
                if !spans.is_empty() {
                    spans.push(Span::plain(": "));
                }
                spans.push(Span::plain(cell.as_str()));
                let mut line = self.line(LineKind::Text, spans, inner);
                line.marker = std::mem::replace(&mut marker, Marker::None);
                self.lines.push(line);
            }
        }
    }

    fn line(&self, kind: LineKind, spans: Vec<Span>, nesting: Nesting) -> Line {
        Line {
            kind,
            quote: nesting.quote,
            depth: nesting.depth,
            marker: Marker::None,
            spans,
            gap: false,
            cites: false,
        }
    }

    fn push(&mut self, kind: LineKind, spans: Vec<Span>, nesting: Nesting) {
        self.begins_item = false;
        let line = self.line(kind, spans, nesting);
        self.lines.push(line);
    }
}

/// Splits the citations that a line begins with from the rest; returns how many spans they are.
fn cited_first(spans: &mut Vec<Span>) -> usize {
    let Some(first) = spans.first_mut() else {
        return 0;
    };
    let length = leading(&first.text);
    if length == 0 || first.style.code || first.link {
        return 0;
    }
    if length < first.text.len() {
        let rest = Span {
            text: first.text.split_off(length),
            ..first.clone()
        };
        spans.insert(1, rest);
    }
    1
}

fn without_leading_space(spans: &[Span]) -> Vec<Span> {
    let mut spans = spans.to_vec();
    if let Some(first) = spans.first_mut() {
        first.text = first.text.trim_start().to_owned();
    }
    spans
}

/// Text with `\n` in it as lines; empty ones are left out.
fn split_lines(spans: &[Span]) -> Vec<Vec<Span>> {
    let mut lines = vec![Vec::new()];
    for span in spans {
        for (number, text) in span.text.split('\n').enumerate() {
            if number > 0 {
                lines.push(Vec::new());
            }
            if let (false, Some(line)) = (text.is_empty(), lines.last_mut()) {
                line.push(Span {
                    text: text.to_owned(),
                    ..span.clone()
                });
            }
        }
    }
    lines.retain(|line| line.iter().any(|span| !span.text.trim().is_empty()));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::parse;

    fn text(lines: &[Line]) -> Vec<String> {
        lines
            .iter()
            .map(|line| line.spans.iter().map(|span| span.text.as_str()).collect())
            .collect()
    }

    #[test]
    fn columns_of_a_table_line_up_in_chinese_too() {
        let lines = lines(&parse(
            "| 项目 | days |\n|---|---|\n| 假期 | 27 |\n| x | 3 |",
        ));
        let widths: Vec<usize> = text(&lines)
            .iter()
            .map(|line| line.split(['│', '┼']).next().unwrap_or_default().width())
            .collect();
        assert_eq!(widths, [5, 5, 5, 5]);
    }

    #[test]
    fn a_wide_table_becomes_lists() {
        let cell = "many words ".repeat(6);
        let lines = lines(&parse(&format!(
            "| name | what |\n|---|---|\n| a | {cell} |\n| b | {cell} |"
        )));
        assert_eq!(lines.len(), 4);
        assert_eq!(text(&lines)[0], "name: a");
        assert_eq!(lines[0].marker, Marker::Bullet);
        assert_eq!(lines[1].marker, Marker::None);
    }

    #[test]
    fn an_item_that_begins_with_code_keeps_its_marker() {
        let lines = lines(&parse("1. ```sh\n   ls\n   ```\n2. two"));
        assert_eq!(lines[0].marker, Marker::Number(1));
        assert_eq!(lines[1].code_block(), Some(0));
        assert_eq!(lines[2].marker, Marker::Number(2));
    }
}
