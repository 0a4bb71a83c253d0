//! Text to passages that follow its structure.

mod context;
mod outline;
mod pages;
mod pieces;
mod table;

use std::ops::Range;

use kitoken::Kitoken;
use text_splitter::{ChunkCapacity, ChunkConfig, MarkdownSplitter, TextSplitter};

use crate::{extract::Extracted, tokens::TokenCounter};
use outline::Outline;
use pages::Joined;
use pieces::{Piece, pieces};

/// Most passages of a plain text whose beginning is the context of the others. What a longer text begins with says
/// little about its parts.
const SHORT_TEXT: usize = 8;

/// A passage: a part of a document that is found and cited as one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Passage {
    /// Page it begins on, from 1; 0 where the format has none.
    pub(crate) page: u32,
    /// Headings above it, outermost first.
    pub(crate) heading_path: Vec<String>,
    /// ISO 639-3 code of its language; empty when it could not be told.
    pub(crate) language: String,
    /// Its text.
    pub(crate) text: String,
    /// What it is found by besides its own words, and above them: its headings, or how a short plain text begins.
    /// One a line.
    pub(crate) context: String,
    /// What is embedded, and the mean of it taken: the text in parts that the model is best at, each after the lines
    /// of the context that it does not hold itself.
    pub(crate) embedded: Vec<String>,
}

/// How long texts may be, in the embedding model's tokens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sizes {
    /// A passage, its context included.
    pub(crate) passage: usize,
    /// A part of it that is embedded, its context included.
    pub(crate) embedded: usize,
}

/// A document as passages.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Chunked {
    /// First heading of the text, if there is one.
    pub(crate) heading: Option<String>,
    pub(crate) passages: Vec<Passage>,
}

/// How one document is split.
struct Chunker<'a> {
    counter: TokenCounter<'a>,
    joined: &'a Joined,
    outline: Outline,
    /// How a short plain text begins; empty for all others.
    lead: &'a str,
    /// Tokens of a passage without its context.
    room: usize,
    /// Tokens of a part that is embedded, with its context.
    embedded_tokens: usize,
}

/// Splits a document into passages. Headings, paragraphs, lists, tables and code stay whole where they fit, and
/// sentences where those do not; Chinese and Japanese sentences too.
pub(crate) fn chunk(extracted: Extracted, tokenizer: Option<&Kitoken>, sizes: Sizes) -> Chunked {
    let markdown = extracted.markdown;
    let joined = Joined::of(extracted.pages, markdown);
    let sections = joined.sections.iter();
    let pieces: Vec<Piece> = sections
        .flat_map(|section| pieces(&joined.text, section.clone(), markdown))
        .collect();
    let outline = Outline::of(&joined.text, &pieces, markdown);
    let chunker = Chunker::new(
        markdown,
        &joined,
        outline,
        TokenCounter::new(tokenizer),
        sizes,
    );
    let parts = pieces
        .iter()
        .flat_map(|piece| chunker.split(piece.range.clone(), piece.markdown));
    let passages = parts
        // A rule or a row of dashes is nothing that could be found.
        .filter(|(_, text)| text.chars().any(char::is_alphanumeric))
        .map(|(at, text)| chunker.passage(at, text))
        .collect();
    Chunked {
        heading: chunker.outline.first_heading().map(str::to_owned),
        passages,
    }
}

impl<'a> Chunker<'a> {
    fn new(
        markdown: bool,
        joined: &'a Joined,
        outline: Outline,
        counter: TokenCounter<'a>,
        sizes: Sizes,
    ) -> Self {
        let lead = if !markdown && counter.fits(&joined.text, sizes.passage * SHORT_TEXT) {
            context::lead(&counter, &joined.text)
        } else {
            ""
        };
        // A plain text that fits into one passage holds its beginning itself, so that no room is kept for it.
        // Room is kept for the context of each, whether a passage has one or not, so that passages of a document are of
        // one length.
        let has_context = outline.first_heading().is_some()
            || (!lead.is_empty() && !counter.fits(&joined.text, sizes.passage));
        let room = if has_context {
            context::room_beside(sizes.passage)
        } else {
            sizes.passage
        };
        Self {
            counter,
            joined,
            outline,
            lead,
            room,
            embedded_tokens: sizes.embedded,
        }
    }

    /// Parts of a piece with the places where they begin. Tables that are too long for one are split by themselves, and
    /// so are those that would be torn where the piece has several even parts.
    fn split(&self, piece: Range<usize>, markdown: bool) -> Vec<(usize, &'a str)> {
        let mut parts = Vec::new();
        let mut begin = piece.start;
        let tokens = self.counter.count(&self.joined.text[piece.clone()]);
        let longest = even_part(tokens, self.room);
        for table in self.outline.tables_in(&piece) {
            let is_long = !self
                .counter
                .fits(&self.joined.text[table.range.clone()], longest);
            // A piece may begin, and end, within a table.
            let rows = table.range.start.max(begin)..table.range.end.min(piece.end);
            // A table that fits stays with the text around it, which says what it is about.
            if is_long && table.heads <= rows.end && !rows.is_empty() {
                self.split_text(begin..rows.start, markdown, &mut parts);
                self.split_table(table, rows.clone(), &mut parts);
                begin = rows.end;
            }
        }
        self.split_text(begin..piece.end, markdown, &mut parts);
        parts
    }

    fn split_text(&self, range: Range<usize>, markdown: bool, parts: &mut Vec<(usize, &'a str)>) {
        let begin = range.start;
        let text = &self.joined.text[range];
        let capacity = even(self.counter.count(text), self.room);
        let config = ChunkConfig::new(capacity).with_sizer(&self.counter);
        let placed = |(at, part): (usize, &'a str)| (begin + at, part);
        if markdown {
            let splitter = MarkdownSplitter::new(config);
            parts.extend(splitter.chunk_indices(text).map(placed));
        } else {
            let splitter = TextSplitter::new(config);
            parts.extend(splitter.chunk_indices(text).map(placed));
        }
    }

    fn passage(&self, at: usize, text: &str) -> Passage {
        let heading_path = self.outline.path_at(at);
        let context = if self.lead.is_empty() {
            context::of_headings(&self.counter, &heading_path)
        } else {
            self.lead.to_owned()
        };
        let heads = self.outline.heads_at(&self.joined.text, at);
        // Heads that are longer than a passage say little of a row.
        let text = if self.counter.fits(heads, self.room) {
            [heads, text].concat()
        } else {
            text.to_owned()
        };
        Passage {
            page: self.joined.page_at(at),
            language: whatlang::detect_lang(&text)
                .map_or_else(String::new, |lang| lang.code().to_owned()),
            heading_path,
            embedded: self.embedded(&context, &text),
            text,
            context,
        }
    }

    /// A passage as the texts that are embedded for it.
    fn embedded(&self, context: &str, text: &str) -> Vec<String> {
        let room = if context.is_empty() {
            self.embedded_tokens
        } else {
            context::room_beside(self.embedded_tokens)
        };
        let capacity = even(self.counter.count(text), room);
        let splitter = TextSplitter::new(ChunkConfig::new(capacity).with_sizer(&self.counter));
        let parts = splitter.chunks(text).map(|part| {
            let lines = context.lines().filter(|line| !part.contains(line));
            lines.chain([part]).collect::<Vec<_>>().join("\n")
        });
        parts.collect()
    }
}

/// A text that is a little too long for one passage is better two halves than one whole and a scrap.
fn even(tokens: usize, room: usize) -> ChunkCapacity {
    ChunkCapacity::new(even_part(tokens, room))
        .with_max(room)
        .unwrap_or_else(|_| ChunkCapacity::new(room))
}

/// Tokens of each of the even parts of a text that has so many.
fn even_part(tokens: usize, room: usize) -> usize {
    let passages = tokens.div_ceil(room).max(1);
    tokens.div_ceil(passages).clamp(1, room)
}

#[cfg(test)]
mod tests;
