//! What a passage states, one statement at a time.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use crate::{sentences, terms::is_ideograph};

/// Words with which a sentence goes on from the one before it.
const GOES_ON: &[&str] = &[
    "it", "its", "this", "that", "these", "those", "they", "them", "their", "he", "his", "she",
    "her", "such", "both", "there",
];
/// The same in Chinese.
const GOES_ON_CHINESE: &[&str] = &[
    "它", "他", "她", "其", "这", "那", "该", "此", "后者", "前者",
];

/// Marks of Markdown that stand at words.
const MARKS: [char; 4] = ['*', '_', '`', '~'];

/// A sentence, a half of one, an item of a list or a row of a table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Unit {
    /// What it says, without marks; a row of a table with the heads of its columns.
    pub(crate) text: String,
    /// The words of the passage that say it, with their marks.
    pub(crate) quote: String,
    /// The unit without which this one is not understood: what a pronoun means, or what introduces a list.
    pub(crate) goes_on_from: Option<usize>,
}

/// Text without marks, and where in the source each piece of it stands.
#[derive(Default)]
struct Block {
    text: String,
    pieces: Vec<(usize, std::ops::Range<usize>)>,
}

#[derive(Default)]
struct Reader {
    units: Vec<Unit>,
    block: Block,
    /// Heads of the columns of the table that is open.
    heads: Vec<String>,
    cells: Vec<String>,
    in_head: bool,
    in_row: bool,
    /// The line that introduces each list that is open.
    leads: Vec<Option<usize>>,
}

/// Reads a passage. Text that is no Markdown reads as paragraphs.
pub(crate) fn units(source: &str) -> Vec<Unit> {
    let mut reader = Reader::default();
    for (event, range) in Parser::new_ext(source, Options::ENABLE_TABLES).into_offset_iter() {
        reader.read(event, range, source);
    }
    reader.end_block(source);
    reader.units
}

impl Block {
    fn push(&mut self, text: &str, range: std::ops::Range<usize>) {
        self.pieces.push((self.text.len(), range));
        self.text.push_str(text);
    }

    /// The source of a part of the text.
    fn source<'a>(&self, part: std::ops::Range<usize>, source: &'a str) -> &'a str {
        let at = |offset: usize, end: bool| {
            let after = self.pieces.partition_point(|(begin, _)| {
                if end {
                    *begin < offset
                } else {
                    *begin <= offset
                }
            });
            let (begin, range) = &self.pieces[after.saturating_sub(1)];
            // Escapes make a piece longer in the source than in the text.
            let place = (range.start + (offset - begin)).min(range.end);
            if end && offset == self.text.len() {
                range.end
            } else {
                place
            }
        };
        let (begin, end) = (at(part.start, false), at(part.end, true));
        // Marks of emphasis belong to the words they stand at.
        let begin = source[..begin].trim_end_matches(MARKS).len();
        let end = source.len() - source[end..].trim_start_matches(MARKS).len();
        source.get(begin..end).unwrap_or_default()
    }
}

impl Reader {
    fn read(&mut self, event: Event<'_>, range: std::ops::Range<usize>, source: &str) {
        match event {
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
                self.block.push(&text, range);
            }
            Event::SoftBreak | Event::HardBreak => self.line_break(range),
            Event::Start(Tag::List(_)) => {
                self.end_block(source);
                let lead = self.units.len().checked_sub(1);
                self.leads
                    .push(lead.filter(|lead| self.units[*lead].text.ends_with([':', '：'])));
            }
            Event::End(TagEnd::List(_)) => {
                self.end_block(source);
                self.leads.pop();
            }
            Event::Start(Tag::TableHead) => {
                self.end_block(source);
                self.in_head = true;
                self.heads.clear();
            }
            Event::Start(Tag::TableRow) => {
                self.in_row = true;
                self.cells.clear();
            }
            Event::End(TagEnd::TableCell) => {
                let cell = std::mem::take(&mut self.block).text.trim().to_owned();
                if self.in_head {
                    self.heads.push(cell);
                } else {
                    self.cells.push(cell);
                }
            }
            Event::End(TagEnd::TableHead) => self.in_head = false,
            Event::End(TagEnd::TableRow) => {
                self.in_row = false;
                self.row(&source[range]);
            }
            Event::Start(
                Tag::Paragraph
                | Tag::Item
                | Tag::Heading { .. }
                | Tag::CodeBlock(_)
                | Tag::HtmlBlock,
            )
            | Event::End(
                TagEnd::Paragraph
                | TagEnd::Item
                | TagEnd::Heading(_)
                | TagEnd::CodeBlock
                | TagEnd::HtmlBlock,
            ) if !self.in_head && !self.in_row => self.end_block(source),
            _ => {}
        }
    }

    /// A line ends within a paragraph, which says nothing; scripts without spaces go on without one.
    fn line_break(&mut self, range: std::ops::Range<usize>) {
        let wide = self
            .block
            .text
            .chars()
            .next_back()
            .is_some_and(is_ideograph);
        self.block.push(if wide { "" } else { " " }, range);
    }

    fn row(&mut self, source: &str) {
        let cells = self
            .heads
            .iter()
            .map(String::as_str)
            .chain(std::iter::repeat(""));
        let said: Vec<String> = cells
            .zip(&self.cells)
            .filter(|(_, cell)| !cell.is_empty())
            .map(|(head, cell)| {
                if head.is_empty() {
                    cell.clone()
                } else {
                    format!("{head}: {cell}")
                }
            })
            .collect();
        if !said.is_empty() {
            self.units.push(Unit {
                text: format!("{}.", said.join(", ")),
                quote: one_line(source),
                goes_on_from: None,
            });
        }
    }

    fn end_block(&mut self, source: &str) {
        let block = std::mem::take(&mut self.block);
        let lead = self.leads.last().copied().flatten();
        let mut first = true;
        let mut begin = 0;
        for sentence in sentences::split(&block.text) {
            for part in halves(sentence) {
                let range = begin..begin + part.len();
                begin = range.end;
                let text = one_line(part);
                if text.is_empty() {
                    continue;
                }
                let goes_on_from = if first {
                    lead
                } else {
                    goes_on(&text).then(|| self.units.len() - 1)
                };
                first = false;
                self.units.push(Unit {
                    quote: one_line(block.source(range, source)),
                    text,
                    goes_on_from,
                });
            }
        }
    }
}

/// The halves of a sentence that turns in the middle: one may be quoted without the other.
fn halves(sentence: &str) -> impl Iterator<Item = &str> {
    sentence.split_inclusive([';', '；'])
}

fn goes_on(sentence: &str) -> bool {
    if GOES_ON_CHINESE
        .iter()
        .any(|word| sentence.starts_with(word))
    {
        return true;
    }
    let mut words = sentence
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    words
        .next()
        .is_some_and(|word| GOES_ON.contains(&word.to_lowercase().as_str()))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<String> {
        units(source).into_iter().map(|unit| unit.text).collect()
    }

    #[test]
    fn lines_of_a_paragraph_are_one_text() {
        let source = "Employees get 27 days of\nvacation a year. **Unused**\ndays expire.\n\n过拟合是由于模型\n过于强大。";
        assert_eq!(
            texts(source),
            [
                "Employees get 27 days of vacation a year.",
                "Unused days expire.",
                "过拟合是由于模型过于强大。"
            ]
        );
        let quotes: Vec<String> = units(source).into_iter().map(|unit| unit.quote).collect();
        assert_eq!(quotes[1], "**Unused** days expire.");
    }

    #[test]
    fn rows_say_what_their_columns_are() {
        let source = "# Offices\n\n| Office | Opens |\n|---|---|\n| Lisbon | 8:00 |\n| Tartu | 7:30 |\n\nThat is all.";
        assert_eq!(
            texts(source),
            [
                "Offices",
                "Office: Lisbon, Opens: 8:00.",
                "Office: Tartu, Opens: 7:30.",
                "That is all."
            ]
        );
        assert_eq!(units(source)[2].quote, "| Tartu | 7:30 |");
    }

    #[test]
    fn items_go_on_from_what_introduces_them() {
        let found =
            units("Employees get:\n\n- 27 days of vacation\n- a laptop. It is new.\n\nIt is good.");
        let said: Vec<(&str, Option<usize>)> = found
            .iter()
            .map(|unit| (unit.text.as_str(), unit.goes_on_from))
            .collect();
        assert_eq!(
            said,
            [
                ("Employees get:", None),
                ("27 days of vacation", Some(0)),
                ("a laptop.", Some(0)),
                ("It is new.", Some(2)),
                ("It is good.", None)
            ]
        );
    }

    #[test]
    fn quotes_are_words_of_the_passage() {
        let source =
            "A &amp; B cost *5* euros; C costs `6`. See [the list](https://example.com/a) of them.";
        for unit in units(source) {
            assert!(one_line(source).contains(&unit.quote), "{unit:?}");
            assert!(!unit.quote.is_empty(), "{unit:?}");
        }
    }
}
