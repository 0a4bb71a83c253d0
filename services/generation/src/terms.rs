//! What a sentence says, as far as its words tell: terms, numbers, names, negations.

use std::collections::HashSet;

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// English words that carry no statement of their own.
const STOP_WORDS: &[&str] = &[
    "a",
    "about",
    "above",
    "after",
    "again",
    "all",
    "also",
    "am",
    "an",
    "and",
    "any",
    "are",
    "as",
    "at",
    "be",
    "because",
    "been",
    "before",
    "being",
    "below",
    "between",
    "both",
    "but",
    "by",
    "can",
    "could",
    "did",
    "do",
    "does",
    "doing",
    "down",
    "during",
    "each",
    "etc",
    "few",
    "for",
    "from",
    "further",
    "had",
    "has",
    "have",
    "having",
    "he",
    "her",
    "here",
    "hers",
    "him",
    "his",
    "how",
    "however",
    "i",
    "if",
    "in",
    "into",
    "is",
    "it",
    "its",
    "itself",
    "just",
    "may",
    "me",
    "might",
    "more",
    "most",
    "much",
    "must",
    "my",
    "of",
    "off",
    "on",
    "once",
    "only",
    "or",
    "other",
    "our",
    "ours",
    "out",
    "over",
    "own",
    "same",
    "shall",
    "she",
    "should",
    "so",
    "some",
    "such",
    "than",
    "that",
    "the",
    "their",
    "theirs",
    "them",
    "then",
    "there",
    "therefore",
    "these",
    "they",
    "this",
    "those",
    "through",
    "thus",
    "to",
    "too",
    "under",
    "until",
    "up",
    "very",
    "was",
    "we",
    "were",
    "what",
    "when",
    "where",
    "whether",
    "which",
    "while",
    "who",
    "whom",
    "why",
    "will",
    "with",
    "would",
    "you",
    "your",
    "yours",
];

/// English words that turn a statement round.
const NEGATIONS: &[&str] = &[
    "not", "no", "never", "none", "nobody", "nothing", "neither", "nor", "without", "cannot",
    "hardly", "barely", "lacks", "fails", "except", "unless", "unable",
];

/// Chinese words that hold a negating character and negate nothing.
const NOT_NEGATIONS: &[&str] = &[
    "非常",
    "不同",
    "不仅",
    "不但",
    "不断",
    "不过",
    "无论",
    "不管",
    "不少",
    "不错",
    "不等式",
    "无监督",
    "非线性",
    "未来",
    "是否",
    "不妨",
];

const CHINESE_NEGATIONS: &[char] = &[
    '不', '没', '無', '无', '非', '未', '勿', '否', '莫', '別', '别',
];

/// Chinese characters that carry no statement of their own.
const CHINESE_STOP: &str = "的了是在和与及或也都就而且对于为以其之这那个一有被把将从到由于因此所并则即即使如果那么吗呢吧啊什么怎请哪些";

/// English words for numbers.
const NUMBER_WORDS: &[(&str, &str)] = &[
    ("zero", "0"),
    ("one", "1"),
    ("two", "2"),
    ("three", "3"),
    ("four", "4"),
    ("five", "5"),
    ("six", "6"),
    ("seven", "7"),
    ("eight", "8"),
    ("nine", "9"),
    ("ten", "10"),
    ("eleven", "11"),
    ("twelve", "12"),
    ("thirteen", "13"),
    ("fourteen", "14"),
    ("fifteen", "15"),
    ("sixteen", "16"),
    ("seventeen", "17"),
    ("eighteen", "18"),
    ("nineteen", "19"),
    ("twenty", "20"),
    ("thirty", "30"),
    ("forty", "40"),
    ("fifty", "50"),
    ("sixty", "60"),
    ("seventy", "70"),
    ("eighty", "80"),
    ("ninety", "90"),
    ("hundred", "100"),
    ("thousand", "1000"),
    ("million", "1000000"),
    ("billion", "1000000000"),
];

/// What a text says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Terms {
    /// Stems and Chinese characters that carry the statement, in order.
    pub(crate) content: Vec<String>,
    /// Pairs of Chinese characters that stand side by side.
    pub(crate) pairs: Vec<String>,
    /// Names and numbers, in order.
    pub(crate) anchors: Vec<String>,
    /// How often it negates.
    pub(crate) negations: usize,
}

impl Terms {
    pub(crate) fn of(text: &str) -> Self {
        let text: String = text.nfkc().collect();
        let stemmer = Stemmer::create(Algorithm::English);
        let mut terms = Self {
            negations: chinese_negations(&text),
            ..Self::default()
        };
        let mut before: Option<char> = None;
        for (index, (at, word)) in text.unicode_word_indices().enumerate() {
            if word.chars().all(is_ideograph) {
                terms.take_ideographs(word, &mut before);
                continue;
            }
            before = None;
            terms.take_word(word, index, &text[..at], &stemmer);
        }
        terms
    }

    /// Words that carry the statement, without order.
    pub(crate) fn set(&self) -> HashSet<&str> {
        self.content.iter().map(String::as_str).collect()
    }

    fn take_ideographs(&mut self, word: &str, before: &mut Option<char>) {
        for c in word.chars() {
            if let Some(before) = *before {
                self.pairs.push([before, c].iter().collect());
            }
            *before = Some(c);
            if !CHINESE_STOP.contains(c) && !CHINESE_NEGATIONS.contains(&c) {
                self.content.push(c.to_string());
            }
        }
    }

    fn take_word(&mut self, word: &str, index: usize, before: &str, stemmer: &Stemmer) {
        let lower = word.to_lowercase();
        let plain = lower.replace('’', "'");
        if NEGATIONS.contains(&plain.as_str()) || plain.ends_with("n't") {
            self.negations += 1;
            return;
        }
        if let Some(number) = number(&plain) {
            self.content.push(number.clone());
            self.anchors.push(number);
            return;
        }
        let plain = plain.trim_end_matches("'s");
        if STOP_WORDS.contains(&plain) {
            return;
        }
        let stem = stemmer.stem(plain).into_owned();
        let capital = word.chars().next().is_some_and(char::is_uppercase);
        let inner_capital = word.chars().skip(1).any(char::is_uppercase);
        let begins = index == 0
            || before
                .trim_end()
                .ends_with(['.', '!', '?', ':', '"', '\n', '。', '：']);
        if inner_capital || (capital && !begins) || word.chars().any(char::is_numeric) {
            self.anchors.push(stem.clone());
        }
        self.content.push(stem);
    }
}

/// A number in one form: without separators of thousands, and without zeros that say nothing.
fn number(word: &str) -> Option<String> {
    if let Some((_, digits)) = NUMBER_WORDS.iter().find(|(name, _)| *name == word) {
        return Some((*digits).to_owned());
    }
    if !word.chars().next()?.is_ascii_digit() {
        return None;
    }
    let plain: String = word
        .chars()
        .filter(|c| !matches!(c, ',' | '_' | '\''))
        .collect();
    if !plain.chars().all(|c| c.is_ascii_digit() || c == '.') {
        return None;
    }
    let trimmed = if plain.contains('.') {
        plain.trim_end_matches('0').trim_end_matches('.')
    } else {
        &plain
    };
    Some(trimmed.to_owned())
}

fn chinese_negations(text: &str) -> usize {
    let mut text = text.to_owned();
    for word in NOT_NEGATIONS {
        text = text.replace(word, "");
    }
    text.chars()
        .filter(|c| CHINESE_NEGATIONS.contains(c))
        .count()
}

pub(crate) fn is_ideograph(c: char) -> bool {
    matches!(u32::from(c), 0x3400..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x3ffff)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_one_form() {
        assert_eq!(Terms::of("It costs 1,200.50 dollars").anchors, ["1200.5"]);
        assert_eq!(Terms::of("twelve weeks").anchors, ["12"]);
    }

    #[test]
    fn names_are_told_from_words_that_begin_a_sentence() {
        assert_eq!(
            Terms::of("Flow in Berlin. Then NASA came").anchors,
            ["berlin", "nasa"]
        );
    }

    #[test]
    fn negations_are_counted_in_both_languages() {
        assert_eq!(Terms::of("It doesn't work and never did").negations, 2);
        assert_eq!(Terms::of("模型没有过拟合").negations, 1);
        assert_eq!(Terms::of("这非常不同").negations, 0);
    }
}
