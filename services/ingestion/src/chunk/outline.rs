//! What Markdown says of its own structure: the headings above a place, and the table that it is in.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

/// Most headings a passage names, and most characters of one.
const MAX_HEADINGS: usize = 6;
const MAX_HEADING: usize = 120;

/// Headings and tables of a text.
pub(super) struct Outline {
    headings: Vec<Heading>,
    tables: Vec<Table>,
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
}

impl Outline {
    /// A text that is not Markdown may have its tables, and nothing else of it.
    pub(super) fn of(text: &str, markdown: bool) -> Self {
        Self {
            headings: if markdown { headings(text) } else { Vec::new() },
            tables: tables(text),
        }
    }

    pub(super) fn first_heading(&self) -> Option<&str> {
        self.headings.first().map(|heading| heading.text.as_str())
    }

    /// Headings that a place stands under, its own included, the outermost first.
    pub(super) fn path_at(&self, at: usize) -> Vec<String> {
        let mut path: Vec<&Heading> = Vec::new();
        for heading in self.headings.iter().take_while(|heading| heading.at <= at) {
            while path
                .last()
                .is_some_and(|above| above.level >= heading.level)
            {
                path.pop();
            }
            path.push(heading);
        }
        path.iter()
            .take(MAX_HEADINGS)
            .map(|heading| heading.text.clone())
            .collect()
    }

    /// The tables that lie within a range.
    pub(super) fn tables_in(&self, range: &Range<usize>) -> impl Iterator<Item = &Table> {
        let first = self
            .tables
            .partition_point(|table| table.range.start < range.start);
        self.tables[first..]
            .iter()
            .take_while(move |table| table.range.end <= range.end)
    }

    /// The heads of the table whose later rows begin at a place; empty where it is no such place. Without its heads a
    /// row says numbers, but not what they are.
    pub(super) fn heads_at<'a>(&self, text: &'a str, at: usize) -> &'a str {
        let table = self
            .tables
            .iter()
            .find(|table| table.range.contains(&at) && at >= table.heads);
        table.map_or("", |table| &text[table.range.start..table.heads])
    }
}

fn headings(markdown: &str) -> Vec<Heading> {
    let mut found = Vec::new();
    let mut open: Option<Heading> = None;
    for (event, range) in Parser::new(markdown).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                open = Some(Heading {
                    at: range.start,
                    level: level as usize,
                    text: String::new(),
                });
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut open {
                    heading.text.push_str(&text);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                found.extend(open.take().map(|mut heading| {
                    heading.text = heading.text.trim().chars().take(MAX_HEADING).collect();
                    heading
                }));
            }
            _ => {}
        }
    }
    found.retain(|heading| !heading.text.is_empty());
    found
}

fn tables(markdown: &str) -> Vec<Table> {
    let mut found: Vec<Table> = Vec::new();
    for (event, range) in Parser::new_ext(markdown, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::Table(_)) => {
                let heads = range.start;
                found.push(Table { range, heads });
            }
            // The heads end where the first row begins, behind the line of dashes.
            Event::Start(Tag::TableRow) => {
                if let Some(table) = found.last_mut()
                    && table.heads == table.range.start
                {
                    table.heads = range.start;
                }
            }
            _ => {}
        }
    }
    found
}
