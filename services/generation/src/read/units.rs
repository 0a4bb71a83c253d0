//! What a passage states, one statement at a time.

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use stoa_language::{
    quantity,
    script::is_unspaced,
    sentences::{self, day_of_month},
};

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

/// What a statement is in its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnitKind {
    Sentence,
    Item,
    Heading,
    Row,
    Code,
}

/// A sentence, an item of a list or a row of a table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Unit {
    /// What it is.
    pub(crate) kind: UnitKind,
    /// What it says, without marks; a row of a table with the heads of its columns.
    pub(crate) text: String,
    /// The words of the passage that say it, with their marks.
    pub(crate) quote: String,
    /// What it says, as the checks read it: a number under the head "Hours" is so many hours.
    pub(crate) read: String,
    /// The paragraph, item or row it stands in.
    pub(crate) block: usize,
    /// How deep a heading is, from 1; 0 of what is none.
    pub(crate) depth: u8,
    /// Its number in a numbered list, of the first sentence of an item.
    pub(crate) step: Option<u64>,
    /// It speaks to whoever reads the document out.
    pub(crate) instructs: bool,
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
    /// What the block that is open is.
    kind: Option<UnitKind>,
    /// How deep it is, where it is a heading.
    depth: u8,
    /// The line that introduces each list that is open.
    leads: Vec<Option<usize>>,
    /// The number of the next item of each list that is open, where it has numbers.
    steps: Vec<Option<u64>>,
    /// The number of the item that is open, until a sentence of it is read.
    step: Option<u64>,
    /// Where the day stands that the text begins with that comes next.
    day: Option<std::ops::Range<usize>>,
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
            // At a seam of two pieces a begin belongs to the later one and an end to the earlier one, so that no marks
            // between them are taken along.
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
                if let Some(day) = self.day.take() {
                    self.block.push(&source[day.clone()], day);
                }
                self.block.push(&text, range);
            }
            Event::SoftBreak | Event::HardBreak => self.line_break(range),
            Event::Start(Tag::List(first)) => self.begin_list(first, source),
            Event::End(TagEnd::List(_)) => {
                self.end_block(source);
                self.leads.pop();
                self.steps.pop();
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
            Event::End(TagEnd::TableCell) => self.end_cell(),
            Event::End(TagEnd::TableHead) => self.in_head = false,
            Event::End(TagEnd::TableRow) => {
                self.in_row = false;
                self.row(&source[range]);
            }
            Event::Start(Tag::Item) => {
                self.end_block(source);
                self.kind = Some(UnitKind::Item);
                let next = self.steps.last_mut().and_then(Option::as_mut);
                self.step = next.map(|next| std::mem::replace(next, next.saturating_add(1)));
                // Markdown takes "27. Dezember" for the 27th of a list.
                if let Some(day) = day_of_month(&source[range.clone()]) {
                    self.step = None;
                    self.day = Some(range.start..range.start + day);
                }
            }
            Event::Start(Tag::Heading { level, .. }) => {
                self.end_block(source);
                self.kind = Some(UnitKind::Heading);
                self.depth = level as u8;
            }
            Event::Start(Tag::CodeBlock(_)) => {
                self.end_block(source);
                self.kind = Some(UnitKind::Code);
            }
            Event::Start(Tag::Paragraph | Tag::HtmlBlock)
            | Event::End(TagEnd::Paragraph | TagEnd::HtmlBlock)
                if !self.in_head && !self.in_row =>
            {
                self.end_block(source);
            }
            Event::End(TagEnd::Item | TagEnd::Heading(_) | TagEnd::CodeBlock) => {
                self.end_block(source);
                self.kind = None;
            }
            _ => {}
        }
    }

    fn begin_list(&mut self, first: Option<u64>, source: &str) {
        self.end_block(source);
        self.steps.push(first);
        let lead = self.units.len().checked_sub(1);
        self.leads
            // Only a line with a colon introduces a list; another sentence merely stands before it.
            .push(lead.filter(|lead| self.units[*lead].text.ends_with([':', '：'])));
    }

    fn end_cell(&mut self) {
        let cell = std::mem::take(&mut self.block).text.trim().to_owned();
        if self.in_head {
            self.heads.push(cell);
        } else {
            self.cells.push(cell);
        }
    }

    /// A line ends within a paragraph, which says nothing; scripts without spaces go on without one.
    fn line_break(&mut self, range: std::ops::Range<usize>) {
        let wide = self.block.text.chars().next_back().is_some_and(is_unspaced);
        self.block.push(if wide { "" } else { " " }, range);
    }

    /// Units come in their order, so a new block is one more than the last that has any.
    fn next_block(&self) -> usize {
        self.units.last().map_or(0, |unit| unit.block + 1)
    }

    fn row(&mut self, source: &str) {
        let heads = self.heads.iter().map(String::as_str);
        let cells: Vec<(&str, &str)> = heads
            .chain(std::iter::repeat(""))
            .zip(self.cells.iter().map(String::as_str))
            .filter(|(_, cell)| !cell.is_empty())
            .collect();
        if cells.is_empty() {
            return;
        }
        let joined = |say: fn(&(&str, &str)) -> String| {
            format!("{}.", cells.iter().map(say).collect::<Vec<_>>().join(", "))
        };
        let block = self.next_block();
        self.units.push(Unit {
            kind: UnitKind::Row,
            text: joined(say),
            quote: one_line(source),
            read: joined(say_with_unit),
            block,
            depth: 0,
            step: None,
            instructs: false,
            goes_on_from: None,
        });
    }

    fn end_block(&mut self, source: &str) {
        let block = std::mem::take(&mut self.block);
        let kind = self.kind.unwrap_or(UnitKind::Sentence);
        let lead = self.leads.last().copied().flatten();
        let number = self.next_block();
        let mut first = true;
        let mut begin = 0;
        let parts = match kind {
            UnitKind::Code => block.text.split_inclusive('\n').collect(),
            _ => sentences::split(&block.text),
        };
        for part in parts {
            let range = begin..begin + part.len();
            begin = range.end;
            let text = one_line(part);
            if text.is_empty() {
                continue;
            }
            let goes_on_from = if first {
                lead
            } else {
                begins_with_pointer(&text).then(|| self.units.len() - 1)
            };
            first = false;
            self.units.push(Unit {
                kind,
                quote: one_line(block.source(range, source)),
                read: text.clone(),
                text,
                block: number,
                depth: if kind == UnitKind::Heading {
                    self.depth
                } else {
                    0
                },
                step: if kind == UnitKind::Item {
                    self.step.take()
                } else {
                    None
                },
                instructs: false,
                goes_on_from,
            });
        }
    }
}

fn say((head, cell): &(&str, &str)) -> String {
    if head.is_empty() {
        (*cell).to_owned()
    } else {
        format!("{head}: {cell}")
    }
}

/// A cell with a number alone is so many of what its column is called.
fn say_with_unit(cell: &(&str, &str)) -> String {
    let bare =
        |text: &str| matches!(&quantity::find(text)[..], [only] if only.range == (0..text.len()));
    if let Some((head, unit)) = unit_of(cell.0)
        && bare(cell.1)
    {
        format!("{head}: {} {unit}", cell.1)
    } else if !cell.0.is_empty() && bare(cell.1) {
        format!("{}: {} {}", cell.0, cell.1, cell.0)
    } else {
        say(cell)
    }
}

/// What a head is called, and the unit that it names in parentheses: "Power (W)", 噪音（分贝）.
fn unit_of(head: &str) -> Option<(&str, &str)> {
    let (name, unit) = head
        .trim_end_matches([')', '）'])
        .rsplit_once(['(', '（'])?;
    let (name, unit) = (name.trim(), unit.trim());
    // Any word may stand there: it is a unit if it makes an amount of a number.
    let is_unit = matches!(&quantity::find(&format!("1 {unit}"))[..], [only]
        if only.range.end > 2 && only.measures().any(|measure| !measure.unit.name().is_empty()));
    (head.ends_with([')', '）']) && !name.is_empty() && is_unit).then_some((name, unit))
}

/// Whether a text begins with a word that points to what stands before it.
fn begins_with_pointer(sentence: &str) -> bool {
    pointers(sentence).is_some_and(|at| at == 0)
}

/// Whether a text has a word that points to what stands before it.
pub(super) fn goes_on(text: &str) -> bool {
    pointers(text).is_some()
}

/// Which word of a text is the first that points back.
fn pointers(text: &str) -> Option<usize> {
    let chinese = GOES_ON_CHINESE
        .iter()
        .filter_map(|word| text.find(word))
        .min();
    let mut words = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty());
    chinese.or_else(|| words.position(|word| GOES_ON.contains(&word.to_lowercase().as_str())))
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
    fn the_day_of_a_date_is_no_number_of_a_list() {
        let source = "- 27. Dezember bis 3. Januar: Ferien\n\n- 10. Mai: Fortbildung\n\n8. Juni: Fest\n\nThen:\n\n1. Open it.\n2. Close it.";
        assert_eq!(
            texts(source),
            [
                "27. Dezember bis 3. Januar: Ferien",
                "10. Mai: Fortbildung",
                "8. Juni: Fest",
                "Then:",
                "Open it.",
                "Close it."
            ]
        );
        let steps: Vec<Option<u64>> = units(source).into_iter().map(|unit| unit.step).collect();
        assert_eq!(steps, [None, None, None, None, Some(1), Some(2)]);
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
    fn items_of_a_numbered_list_have_their_numbers() {
        let found = units("To begin:\n\n3. Open it. Wait.\n4. Close it.\n\n- aside");
        let steps: Vec<Option<u64>> = found.iter().map(|unit| unit.step).collect();
        assert_eq!(steps, [None, Some(3), None, Some(4), None]);
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
