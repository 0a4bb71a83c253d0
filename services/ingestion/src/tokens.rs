//! Sizes in the embedding model's own tokens.

use std::{cell::RefCell, collections::HashMap};

use kitoken::Kitoken;
use stoa_language::script::is_unspaced;
use text_splitter::ChunkSizer;

/// Longest piece of a text without spaces, in bytes.
const LONGEST: usize = 120;
/// Longest word of other scripts, in bytes. Past that it is no word but data.
const LONGEST_WORD: usize = 1_000;
/// Most bytes that one token stands for. Blank space has no tokens, and some tokenizers give one for a word of any
/// length; a passage of either would be as long as the document.
const MOST_BYTES: usize = 32;
/// Most words whose tokens are remembered: more than a book has different ones.
const MOST_KNOWN: usize = 100_000;

/// Counts tokens of texts that overlap a lot, as a splitter tries them: each word is tokenized once.
///
/// Words are runs without white space, and in scripts without spaces what stands between marks. A tokenizer that joins
/// over those borders gives fewer tokens than are counted here, never more.
pub(crate) struct TokenCounter<'a> {
    tokenizer: Option<&'a Kitoken>,
    known: RefCell<HashMap<String, usize>>,
}

impl<'a> TokenCounter<'a> {
    /// Without a tokenizer, a token is taken to be three bytes.
    pub(crate) fn new(tokenizer: Option<&'a Kitoken>) -> Self {
        Self {
            tokenizer,
            known: RefCell::default(),
        }
    }

    pub(crate) fn count(&self, text: &str) -> usize {
        let tokens: usize = text
            .split_whitespace()
            .flat_map(pieces)
            .map(|word| self.count_word(word))
            .sum();
        tokens.max(text.len() / MOST_BYTES)
    }

    /// Whether a text has at most so many tokens; one that cannot have is not counted.
    pub(crate) fn fits(&self, text: &str, tokens: usize) -> bool {
        text.len() / MOST_BYTES <= tokens && self.count(text) <= tokens
    }

    fn count_word(&self, word: &str) -> usize {
        let Some(tokenizer) = self.tokenizer else {
            return word.len().div_ceil(3);
        };
        if let Some(count) = self.known.borrow().get(word) {
            return *count;
        }
        let count = tokenizer
            .encode(word, false)
            .map_or_else(|_| word.len().div_ceil(3), |tokens| tokens.len());
        let mut known = self.known.borrow_mut();
        // All of them: which words come again is not known, and most do within a page.
        if known.len() == MOST_KNOWN {
            known.clear();
        }
        known.insert(word.to_owned(), count);
        count
    }
}

impl ChunkSizer for TokenCounter<'_> {
    fn size(&self, chunk: &str) -> usize {
        self.count(chunk)
    }
}

/// A run without white space; one of a script without spaces is cut after each mark, and where it gets long. Only what
/// is near is looked at, so that a run of any length takes time as its length says.
fn pieces(run: &str) -> impl Iterator<Item = &str> {
    let mut rest = run;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let cut = |(at, c): (usize, char)| (!c.is_alphanumeric()).then_some(at + c.len_utf8());
        let word = &rest[..rest.floor_char_boundary(LONGEST_WORD)];
        let end = if rest.len() <= LONGEST || !word.contains(is_unspaced) {
            word.len()
        } else {
            let near = || rest.char_indices().take(LONGEST / 3);
            let longest = near()
                .last()
                .map_or(first.len_utf8(), |(at, c)| at + c.len_utf8());
            near().find_map(cut).unwrap_or(longest)
        };
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_few_tokens_for_its_length_is_counted_by_its_length() {
        let counter = TokenCounter::new(None);
        let blank = format!("a{}b", " ".repeat(32_000));
        assert_eq!(counter.count(&blank), 32_002 / MOST_BYTES);
        assert!(!counter.fits(&blank, 999) && counter.fits(&blank, 1_000));
        assert_eq!(counter.count("a word"), 3);
    }

    #[test]
    fn a_run_of_any_length_is_cut_and_whole() {
        let run = format!("{}过", "x".repeat(100_000));
        assert!(pieces(&run).all(|piece| piece.len() <= LONGEST_WORD));
        assert_eq!(pieces(&run).collect::<String>(), run);
    }

    #[test]
    fn text_without_spaces_is_cut_at_its_marks() {
        let clause = "过拟合是指模型在训练集上表现很好但在新样本上表现很差的现象";
        let text = format!("{clause}，{clause}。");
        assert_eq!(
            pieces(&text).collect::<Vec<_>>(),
            [format!("{clause}，"), format!("{clause}。")]
        );
        assert_eq!(pieces("f(x)=过x").collect::<Vec<_>>(), ["f(x)=过x"]);
        let long = "过".repeat(1_000);
        assert!(pieces(&long).all(|piece| piece.len() <= LONGEST));
        assert_eq!(pieces(&long).collect::<String>(), long);
    }
}
