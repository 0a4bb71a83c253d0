//! Pages of a document as one text, and where a passage must end.

use std::ops::Range;

use stoa_language::sentences;

use crate::extract::Page;

/// Most characters at the top of a page that may be the end of the last page's sentence.
const MAX_REST: usize = 300;

/// What a page ends with when its last sentence is complete: the sentence's own mark, or a quotation's behind it.
const SENTENCE_ENDS: [char; 8] = ['.', '!', '?', '。', '！', '？', '”', '」'];

/// What rows of tables begin and end with.
const ROW: char = '|';

/// What stands between two pages in the text of both.
const PAGE_BREAK: &str = "\n\n";

/// The pages as one text, so that a sentence may run over the end of a page.
pub(super) struct Joined {
    pub(super) text: String,
    /// Where each page begins, and its number.
    pages: Vec<(usize, u32)>,
    /// Texts that no passage runs over the end of: a page each, with the end of its last sentence. A passage of two
    /// pages would be cited with the first of them, whatever it is cited for.
    pub(super) sections: Vec<Range<usize>>,
}

impl Joined {
    /// Takes the pages one by one, so that the text is not there twice.
    pub(super) fn of(given: Vec<Page>, markdown: bool) -> Self {
        let length = |page: &Page| page.text.len() + PAGE_BREAK.len();
        let mut text = String::with_capacity(given.iter().map(length).sum());
        let mut pages = Vec::with_capacity(given.len());
        let mut sections: Vec<Range<usize>> = Vec::with_capacity(given.len());
        let mut open = 0;
        let mut unfinished = false;
        for page in given {
            let body = page.text.trim_end();
            let begin = text.len();
            // A row at the top of a page goes on from no sentence.
            let rest = if unfinished && !body.starts_with(ROW) {
                end_of_sentence(body)
            } else {
                0
            };
            sections.push(open..begin + rest);
            open = begin + rest;
            // A page without text, such as a picture, ends no sentence and begins none.
            if !body.is_empty() {
                // Pages of Markdown are slides: their last line is an item without a full stop, and complete.
                unfinished = !markdown && !body.ends_with(SENTENCE_ENDS) && !body.ends_with(ROW);
            }
            pages.push((begin, page.number));
            text.push_str(body);
            text.push_str(PAGE_BREAK);
        }
        sections.push(open..text.len());
        Self {
            text,
            pages,
            sections,
        }
    }

    /// Number of the page that a place is on.
    pub(super) fn page_at(&self, offset: usize) -> u32 {
        let after = self.pages.partition_point(|(begin, _)| *begin <= offset);
        after.checked_sub(1).map_or(0, |index| self.pages[index].1)
    }
}

/// Where the sentence that a text begins with ends; 0 when it does not soon.
fn end_of_sentence(text: &str) -> usize {
    let near = text.char_indices().take(MAX_REST);
    near.map(|(at, c)| (at + c.len_utf8(), c))
        .find(|(end, c)| sentences::is_end(*c, &text[*end..]))
        .map_or(0, |(end, _)| end)
}
