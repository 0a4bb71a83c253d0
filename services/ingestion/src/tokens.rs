//! Sizes in the embedding model's own tokens.

use std::{cell::RefCell, collections::HashMap};

use text_splitter::ChunkSizer;
use tokenizers::Tokenizer;

/// Counts tokens of texts that overlap a lot, as a splitter tries them: each word is tokenized once.
///
/// Words are runs without white space, and each Chinese or Japanese character. A tokenizer that joins over those
/// borders gives fewer tokens than are counted here, never more.
pub(crate) struct TokenCounter<'a> {
    tokenizer: Option<&'a Tokenizer>,
    known: RefCell<HashMap<String, usize>>,
}

impl<'a> TokenCounter<'a> {
    /// Without a tokenizer, a token is taken to be three bytes.
    pub(crate) fn new(tokenizer: Option<&'a Tokenizer>) -> Self {
        Self {
            tokenizer,
            known: RefCell::default(),
        }
    }

    pub(crate) fn count(&self, text: &str) -> usize {
        text.split_whitespace()
            .flat_map(pieces)
            .map(|word| self.count_word(word))
            .sum()
    }

    fn count_word(&self, word: &str) -> usize {
        let Some(tokenizer) = self.tokenizer else {
            return word.len().div_ceil(3);
        };
        if let Some(count) = self.known.borrow().get(word) {
            return *count;
        }
        let count = tokenizer
            .encode_fast(word, false)
            .map_or_else(|_| word.len().div_ceil(3), |tokens| tokens.len());
        self.known.borrow_mut().insert(word.to_owned(), count);
        count
    }
}

impl ChunkSizer for TokenCounter<'_> {
    fn size(&self, chunk: &str) -> usize {
        self.count(chunk)
    }
}

/// A run without white space, cut around each ideograph and kana.
fn pieces(run: &str) -> impl Iterator<Item = &str> {
    let mut rest = run;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let end = if is_ideograph(first) {
            first.len_utf8()
        } else {
            rest.find(is_ideograph).unwrap_or(rest.len())
        };
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(piece)
    })
}

fn is_ideograph(c: char) -> bool {
    matches!(u32::from(c), 0x3040..=0x30ff | 0x3400..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x3ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ideographs_are_words_of_their_own() {
        assert_eq!(pieces("过拟合").collect::<Vec<_>>(), ["过", "拟", "合"]);
        assert_eq!(pieces("f(x)=过x").collect::<Vec<_>>(), ["f(x)=", "过", "x"]);
    }
}
