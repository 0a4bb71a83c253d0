//! What Markdown says of its own structure: the headings above a place, and the table that it is in.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::pieces::Piece;

/// Most headings a passage names, and most characters of one.
const MAX_HEADINGS: usize = 6;
const MAX_HEADING: usize = 120;
/// Most headings, and most tables, of a document that are kept: more than any book has. Behind the last one, passages
/// name no heading and parts of tables have no heads.
const MAX_KEPT: usize = 100_000;

/// Headings and tables of a text; of a plain one, the tables that were found in its lines.
#[derive(Default)]
pub(super) struct Outline {
    headings: Vec<Heading>,
    tables: Vec<Table>,
    /// Where more headings were than are kept.
    unknown_from: Option<usize>,
}

/// A table of the text.
pub(super) struct Table {
    pub(super) range: Range<usize>,
    /// Where its heads end.
    pub(super) heads: usize,
}

struct Heading {
    at: usize,
    level: usize,
    text: String,
    /// The one that it stands under, by its place among all.
    above: Option<usize>,
}

impl Outline {
    /// Reads the pieces of a text that are Markdown, or tables in one that is not.
    pub(super) fn of(text: &str, pieces: &[Piece], markdown: bool) -> Self {
        let mut outline = Self::default();
        for piece in pieces {
            let range = piece.range.clone();
            let body = &text[range.clone()];
            outline.continue_table(text, body, range.start);
            if piece.markdown {
                outline.read_headings(body, range.start);
                outline.read_tables(body, range.start);
            } else if !markdown {
                outline.read_plain_tables(body, range.start);
            }
        }
        outline
    }

    pub(super) fn first_heading(&self) -> Option<&str> {
        self.headings.first().map(|heading| heading.text.as_str())
    }

    /// Headings that a place stands under, its own included, the outermost first.
    pub(super) fn path_at(&self, at: usize) -> Vec<String> {
        if self.unknown_from.is_some_and(|from| at >= from) {
            return Vec::new();
        }
        // Headings are in the order of the text, so the last one before a place is found by halving.
        let after = self.headings.partition_point(|heading| heading.at <= at);
        let mut path = Vec::new();
        let mut place = after.checked_sub(1);
        while let Some(heading) = place.and_then(|place| self.headings.get(place)) {
            path.push(heading.text.clone());
            place = heading.above;
        }
        path.reverse();
        path.truncate(MAX_HEADINGS);
        path
    }

    /// The tables that have a part in a range, in their order.
    pub(super) fn tables_in(&self, range: &Range<usize>) -> impl Iterator<Item = &Table> {
        let (begin, end) = (range.start, range.end);
        let first = self
            .tables
            .partition_point(|table| table.range.end <= begin);
        self.tables
            .iter()
            .skip(first)
            .take_while(move |table| table.range.start < end)
    }

    /// The heads of the table whose later rows begin at a place; empty where it is no such place. Without its heads a
    /// row says numbers, but not what they are.
    pub(super) fn heads_at<'a>(&self, text: &'a str, at: usize) -> &'a str {
        let after = self.tables.partition_point(|table| table.range.start <= at);
        let table = after
            .checked_sub(1)
            .and_then(|place| self.tables.get(place));
        table
            .filter(|table| table.range.contains(&at) && at >= table.heads)
            .map_or("", |table| &text[table.range.start..table.heads])
    }

    fn read_headings(&mut self, markdown: &str, begin: usize) {
        let mut open: Option<Heading> = None;
        for (event, range) in Parser::new(markdown).into_offset_iter() {
            match event {
                Event::Start(Tag::Heading { level, .. }) => {
                    open = Some(Heading {
                        at: begin + range.start,
                        level: level as usize,
                        text: String::new(),
                        above: None,
                    });
                }
                Event::Text(text) | Event::Code(text) => {
                    if let Some(heading) = &mut open {
                        heading.text.push_str(&text);
                    }
                }
                Event::End(TagEnd::Heading(_)) => {
                    if let Some(heading) = open.take() {
                        self.add(heading);
                    }
                }
                _ => {}
            }
        }
    }

    fn add(&mut self, mut heading: Heading) {
        heading.text = heading.text.trim().chars().take(MAX_HEADING).collect();
        if heading.text.is_empty() || self.unknown_from.is_some() {
            return;
        }
        if self.headings.len() == MAX_KEPT {
            self.unknown_from = Some(heading.at);
            return;
        }
        let mut above = self.headings.len().checked_sub(1);
        // The nearest before it that is higher; those between are closed by it.
        while let Some(other) = above.and_then(|place| self.headings.get(place)) {
            if other.level < heading.level {
                break;
            }
            above = other.above;
        }
        heading.above = above;
        self.headings.push(heading);
    }

    fn read_tables(&mut self, markdown: &str, begin: usize) {
        for (event, range) in Parser::new_ext(markdown, Options::ENABLE_TABLES).into_offset_iter() {
            match event {
                Event::Start(Tag::Table(_)) if self.tables.len() < MAX_KEPT => {
                    let range = begin + range.start..begin + range.end;
                    let heads = range.start;
                    self.tables.push(Table { range, heads });
                }
                // The heads end where the first row begins, behind the line of dashes.
                Event::Start(Tag::TableRow) => {
                    if let Some(table) = self.tables.last_mut()
                        && table.heads == table.range.start
                    {
                        table.heads = begin + range.start;
                    }
                }
                _ => {}
            }
        }
    }

    /// Reads the tables of a plain text: a line of heads, a line of dashes, and rows, each from mark to mark.
    fn read_plain_tables(&mut self, text: &str, begin: usize) {
        let mut at = begin;
        let mut above: Option<usize> = None;
        let mut is_open = false;
        for line in text.split_inclusive('\n') {
            let end = at + line.len();
            let is_row = line.starts_with('|');
            let is_rule = is_row && line.trim_end().chars().all(|c| matches!(c, '|' | '-'));
            if is_open && is_row {
                if let Some(table) = self.tables.last_mut() {
                    table.range.end = end;
                }
            } else if is_rule
                && self.tables.len() < MAX_KEPT
                && let Some(start) = above
            {
                let range = start..end;
                self.tables.push(Table { range, heads: end });
                is_open = true;
            } else {
                is_open = false;
            }
            above = (is_row && !is_open).then_some(at);
            at = end;
        }
    }

    /// Adds the rows that a table of the pieces before goes on with: a piece may end inside one.
    fn continue_table(&mut self, text: &str, piece: &str, begin: usize) {
        let Some(table) = self.tables.last_mut() else {
            return;
        };
        let between = text[table.range.end.min(begin)..begin].trim_matches([' ', '\t', '\r']);
        // A blank line ends a table, wherever the piece was cut.
        if !matches!(between, "" | "\n") || text[..begin].ends_with("\n\n") {
            return;
        }
        let rows = piece.split_inclusive('\n');
        let rows = rows.take_while(|line| line.contains('|'));
        let length: usize = rows.map(str::len).sum();
        table.range.end = table.range.end.max(begin + length);
    }
}
