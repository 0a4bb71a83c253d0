//! Tables that are longer than a passage: rows of them, each passage with the heads.

use std::ops::Range;

use text_splitter::{ChunkConfig, TextSplitter};

use super::{Chunker, outline::Table};

/// A table that is at most so many times as long as a passage is one: its rows are compared with each other.
const WHOLE: usize = 2;

impl<'a> Chunker<'a> {
    /// Splits the part of a table that is in a piece between its rows. The first ones stay with what introduces them,
    /// the last part before the table where it is short.
    pub(super) fn split_table(
        &self,
        table: &Table,
        range: Range<usize>,
        parts: &mut Vec<(usize, &'a str)>,
    ) {
        let text = &self.joined.text;
        let heads = &text[table.range.start..table.heads];
        // A passage has its heads besides; where they are long, it is longer than others.
        let rest = self.room.saturating_sub(self.counter.count(heads));
        let is_whole = self
            .counter
            .fits(&text[table.range.clone()], self.room * WHOLE);
        // Its rows by themselves have more tokens than they have together.
        let room = if is_whole {
            usize::MAX
        } else {
            rest.max(self.room / 2)
        };
        let (mut begin, mut used) = if range.start == table.range.start {
            self.lead(table, parts)
        } else {
            (range.start, 0)
        };
        let rows = table.heads.max(range.start);
        let mut end = rows;
        for row in text[rows..range.end].split_inclusive('\n') {
            let size = self.counter.count(row);
            // Never before the first row: heads and what leads to them alone are no passage.
            if used + size > room && end > rows.max(begin) {
                parts.push((begin, text[begin..end].trim_end()));
                (begin, used) = (end, 0);
            }
            if size > self.room {
                // What introduces the table; its heads are given to each part of the row.
                if begin < table.range.start {
                    parts.push((begin, text[begin..end].trim_end()));
                }
                let config = ChunkConfig::new(self.room).with_sizer(&self.counter);
                let splitter = TextSplitter::new(config);
                let row_parts = splitter.chunk_indices(row);
                parts.extend(row_parts.map(|(at, part)| (end + at, part)));
                begin = end + row.len();
            } else {
                used += size;
            }
            end += row.len();
        }
        if end > begin {
            parts.push((begin, text[begin..end].trim_end()));
        }
    }

    /// Where the first passage of a table begins, and the tokens that it has before the table.
    fn lead(&self, table: &Table, parts: &mut Vec<(usize, &'a str)>) -> (usize, usize) {
        let text = &self.joined.text;
        if let Some((at, part)) = parts.last().copied() {
            let tokens = self.counter.count(part);
            let is_next = text[at + part.len()..table.range.start].trim().is_empty();
            if is_next && tokens <= self.room / 2 {
                parts.pop();
                return (at, tokens);
            }
        }
        (table.range.start, 0)
    }
}
