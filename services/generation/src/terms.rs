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

/// Whether a Chinese character carries a statement.
pub(crate) fn says_something(c: char) -> bool {
    !CHINESE_STOP.contains(c)
}

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
    /// Words that a negation turns round: the first after each.
    pub(crate) negated: Vec<String>,
    /// Words within the reach of a negation.
    pub(crate) in_negation: HashSet<String>,
}

/// Words after a negation that it reaches, if no clause ends before.
const REACH: usize = 3;
/// The same for Chinese characters.
const CHINESE_REACH: usize = 4;
/// Words that begin a clause, which a negation before them does not reach.
const CLAUSE_OPENERS: &[&str] = &[
    "and", "but", "while", "because", "whereas", "if", "although",
];

/// A negation on its way through a clause.
#[derive(Default)]
struct Negation {
    begins: bool,
    left: usize,
}

impl Terms {
    pub(crate) fn of(text: &str) -> Self {
        let text: String = text.nfkc().collect();
        let stemmer = Stemmer::create(Algorithm::English);
        let harmless = harmless_negations(&text);
        let mut terms = Self::default();
        let mut negation = Negation::default();
        let mut before: Option<char> = None;
        let mut end = 0;
        for (index, (at, word)) in text.unicode_word_indices().enumerate() {
            if text[end..at].contains(ends_clause) {
                negation.left = 0;
            }
            end = at + word.len();
            if word.chars().all(is_ideograph) {
                for (offset, c) in word.char_indices() {
                    let negates = CHINESE_NEGATIONS.contains(&c)
                        && !harmless.iter().any(|range| range.contains(&(at + offset)));
                    terms.take_ideograph(c, negates, &mut before, &mut negation);
                }
                continue;
            }
            before = None;
            terms.take_word(word, index, &text[..at], &stemmer, &mut negation);
        }
        terms
    }

    /// Words that carry the statement, without order.
    pub(crate) fn set(&self) -> HashSet<&str> {
        self.content.iter().map(String::as_str).collect()
    }

    fn take_ideograph(
        &mut self,
        c: char,
        negates: bool,
        before: &mut Option<char>,
        negation: &mut Negation,
    ) {
        if let Some(before) = *before {
            self.pairs.push([before, c].iter().collect());
        }
        *before = Some(c);
        if negates {
            *negation = Negation {
                begins: true,
                left: CHINESE_REACH,
            };
        } else if says_something(c) && !CHINESE_NEGATIONS.contains(&c) {
            self.push(c.to_string(), negation);
        }
    }

    fn take_word(
        &mut self,
        word: &str,
        index: usize,
        before: &str,
        stemmer: &Stemmer,
        negation: &mut Negation,
    ) {
        let lower = word.to_lowercase();
        let plain = lower.replace('’', "'");
        if NEGATIONS.contains(&plain.as_str()) || plain.ends_with("n't") {
            *negation = Negation {
                begins: true,
                left: REACH,
            };
            return;
        }
        if CLAUSE_OPENERS.contains(&plain.as_str()) {
            negation.left = 0;
        }
        if let Some(number) = number(&plain) {
            self.anchors.push(number.clone());
            self.push(number, negation);
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
        self.push(stem, negation);
    }

    fn push(&mut self, word: String, negation: &mut Negation) {
        if negation.left > 0 {
            negation.left -= 1;
            if std::mem::take(&mut negation.begins) {
                self.negated.push(word.clone());
            }
            self.in_negation.insert(word.clone());
        }
        self.content.push(word);
    }
}

fn ends_clause(c: char) -> bool {
    ".,;:!?()\n。，；：！？（）".contains(c)
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

/// Where words stand that hold a negating character and negate nothing.
fn harmless_negations(text: &str) -> Vec<std::ops::Range<usize>> {
    NOT_NEGATIONS
        .iter()
        .flat_map(|word| text.match_indices(word))
        .map(|(at, word)| at..at + word.len())
        .collect()
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
    fn negations_reach_the_words_after_them_in_their_clause() {
        assert_eq!(
            Terms::of("It doesn't work and never did pay").negated,
            ["work", "pay"]
        );
        let terms = Terms::of("Dogs are not allowed in Lisbon, but cats are.");
        assert_eq!(terms.negated, ["allow"]);
        assert!(terms.in_negation.contains("lisbon") && !terms.in_negation.contains("cat"));
        assert_eq!(Terms::of("模型没有过拟合").negated.len(), 1);
        assert!(Terms::of("这非常不同").negated.is_empty());
    }
}
