//! Text to words, as they are compared.

pub mod compound;
pub(crate) mod identifier;
mod search;
mod stem;
pub(crate) mod stop;
pub(crate) mod verb;

use std::{ops::Range, sync::LazyLock};

use icu_segmenter::{WordSegmenter, WordSegmenterBorrowed, options::WordBreakInvariantOptions};
use unicode_segmentation::UnicodeSegmentation;

pub use compound::compound_holds;
pub use search::{SearchTerm, search_terms};

use crate::{
    fold::{fold, lower, simplify},
    language::Language,
    script::{is_han, is_hiragana, is_unspaced},
};

/// Dictionaries rather than the neural network: as good on Chinese, Japanese and Thai words, and faster.
static SEGMENTER: LazyLock<WordSegmenterBorrowed<'static>> =
    LazyLock::new(|| WordSegmenter::new_dictionary(WordBreakInvariantOptions::default()));

/// A word, number or name of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token<'a> {
    /// As it is written.
    pub text: &'a str,
    /// Where it is written, in bytes.
    pub range: Range<usize>,
    /// What is compared: folded and, for words, stemmed.
    pub term: String,
    /// What it is.
    pub kind: TokenKind,
    /// Whether it carries no statement of its own. Negations are among these words.
    pub stop: bool,
    /// Whether it begins with a capital.
    pub capital: bool,
    /// Of what language it is, for a text may have words of several.
    pub language: Language,
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A word of letters.
    Word,
    /// A number in digits, or a time of day.
    Number,
    /// A version, path, code, address or name of a program: compared as a whole.
    Identifier,
    /// A word with ideographs in it.
    Ideographs,
}

/// The stem of a word as it is compared.
pub(crate) fn stem_of(word: &str, language: Language) -> String {
    stem::stem(&lower(word), language)
}

/// The words, numbers and names of a text in order; what stands between them is left out.
pub fn tokens(text: &str, language: Language) -> Vec<Token<'_>> {
    let mut reader = Reader {
        text,
        language,
        shouts: shouts(text),
        tokens: Vec::new(),
    };
    let mut at = 0;
    // Identifiers first: the rules of Unicode would cut 3.2.1 and nginx.conf into words.
    for (range, kind) in identifier::find(text) {
        reader.read_plain(at..range.start);
        at = range.end;
        reader.push(range, kind);
    }
    reader.read_plain(at..text.len());
    reader.tokens
}

/// Whether a text is in capitals, which then say nothing.
fn shouts(text: &str) -> bool {
    !text.chars().any(char::is_lowercase)
}

struct Reader<'a> {
    text: &'a str,
    language: Language,
    shouts: bool,
    tokens: Vec<Token<'a>>,
}

impl Reader<'_> {
    /// Reads text without identifiers: runs of scripts without spaces, and what is between them.
    fn read_plain(&mut self, range: Range<usize>) {
        let text = self.text;
        let mut at = range.start;
        while at < range.end {
            let rest = &text[at..range.end];
            // The dictionary is asked only for scripts that need it, as it takes far longer than the rules for spaced
            // text.
            let unspaced = rest.starts_with(is_unspaced);
            let end = rest
                .find(|c| is_unspaced(c) != unspaced)
                .map_or(range.end, |end| at + end);
            if unspaced {
                self.read_unspaced(at..end);
            } else {
                self.read_spaced(at..end);
            }
            at = end;
        }
    }

    fn read_spaced(&mut self, range: Range<usize>) {
        let text = self.text;
        for (offset, word) in text[range.clone()].unicode_word_indices() {
            let begin = range.start + offset;
            for part in divide(word) {
                let kind = if word[part.clone()].starts_with(char::is_numeric) {
                    TokenKind::Number
                } else {
                    TokenKind::Word
                };
                self.push(begin + part.start..begin + part.end, kind);
            }
        }
    }

    fn read_unspaced(&mut self, range: Range<usize>) {
        let run = &self.text[range.clone()];
        // Traditional text is cut as simplified text is, or the same word would be cut in two ways. Japanese has
        // characters of both.
        let breaks = if self.language != Language::Japanese && run.chars().any(is_han) {
            simplified_breaks(run)
        } else {
            SEGMENTER.segment_str(run).collect()
        };
        for word in breaks.windows(2) {
            self.push_unspaced(range.start + word[0]..range.start + word[1]);
        }
    }

    fn push_unspaced(&mut self, range: Range<usize>) {
        let word = &self.text[range.clone()];
        if word.chars().any(is_han) {
            // Words and particles of kana are words of letters; one ideograph among them makes the whole a word of
            // ideographs: 食べる.
            self.push(range, TokenKind::Ideographs);
        } else if word.chars().all(char::is_numeric) {
            self.push(range, TokenKind::Number);
        } else if word.chars().any(char::is_alphanumeric) {
            self.push(range, TokenKind::Word);
        }
    }

    fn push(&mut self, range: Range<usize>, kind: TokenKind) {
        let text = &self.text[range.clone()];
        let language = self.language.of_word(text);
        let capital = text.starts_with(char::is_uppercase);
        let (term, mut stop) = match kind {
            TokenKind::Number => (number(text, self.language), false),
            TokenKind::Identifier => (fold(text), false),
            TokenKind::Word | TokenKind::Ideographs => self.word(text, language),
        };
        // An ending is no word, and as a term it would match every verb that ends so.
        stop |= language == Language::Japanese && self.inflects(range.start, text);
        self.tokens.push(Token {
            text,
            range,
            term,
            kind,
            stop,
            capital,
            language,
        });
    }

    /// Whether kana are the ending of the word before, which the dictionary cuts off: 閉|まり.
    fn inflects(&self, begin: usize, text: &str) -> bool {
        let follows =
            |before: &Token<'_>| before.range.end == begin && before.kind == TokenKind::Ideographs;
        self.tokens.last().is_some_and(follows)
            && text.chars().count() <= 2
            && text.chars().all(is_hiragana)
    }

    /// The term of a word, and whether it is a stop word. US, IT and WHO are none, unless all the text is in capitals.
    fn word(&self, text: &str, language: Language) -> (String, bool) {
        let mut small = lower(text);
        let acronym = is_acronym(text);
        if acronym {
            // So that U.S. is the same word as US.
            small.retain(|c| c != '.');
        }
        let folded = fold(&small);
        // `it` carries nothing, `IT` does; in a headline in capitals they look alike.
        let name = (acronym || is_capitals(text)) && !self.shouts;
        let meant = match language {
            Language::French | Language::Italian => stem::without_elision(&small),
            _ => &small,
        };
        let stop = !name && (stop::is_stop(meant, &folded, language) || is_elided(text, language));
        // Not stemmed: OS is no plural of O.
        let term = if acronym {
            folded
        } else {
            stem::stem_of(&small, &folded, language)
        };
        (term, stop)
    }
}

/// A word in lower case without what is joined on: its full stops, and an article before it.
fn plain(token: &Token<'_>) -> String {
    let small = lower(token.text).replace('.', "");
    match token.language {
        Language::French | Language::Italian => stem::without_elision(&small).to_owned(),
        _ => small,
    }
}

/// Where words begin and end in the simplified form of a text, as places in the text itself.
fn simplified_breaks(text: &str) -> Vec<usize> {
    let simplified: String = text.chars().map(simplify).collect();
    let ends = |text: &str| {
        let mut ends = vec![0];
        ends.extend(text.char_indices().map(|(at, c)| at + c.len_utf8()));
        ends
    };
    let (places, written) = (ends(&simplified), ends(text));
    SEGMENTER
        .segment_str(&simplified)
        .filter_map(|at| written.get(places.binary_search(&at).ok()?).copied())
        .collect()
}

/// U.S. and e.g.: single letters with full stops.
fn is_acronym(word: &str) -> bool {
    word.contains('.') && word.split('.').all(|part| part.chars().count() <= 1)
}

fn is_capitals(word: &str) -> bool {
    word.chars().count() > 1 && word.chars().all(|c| c.is_uppercase() || c.is_numeric())
}

/// An article that lost its vowel and stands alone.
fn is_elided(word: &str, language: Language) -> bool {
    matches!(language, Language::French | Language::Italian) && word.chars().count() == 1
}

/// Parts of what Unicode counts as one word: 10kg is a number with its unit, end.Next are two words.
fn divide(word: &str) -> Vec<Range<usize>> {
    let letters = |c: char| !c.is_numeric() && c != '.' && c != ',';
    let number = word.find(letters).unwrap_or(word.len());
    let mut parts = Vec::new();
    if number == word.len() || is_acronym(word) {
        parts.push(0..word.len());
        return parts;
    }
    let mut begin = 0;
    if word.starts_with(char::is_numeric) {
        // A full stop behind the digits belongs to the sentence: "10.Next".
        let digits = word[..number].trim_end_matches(['.', ',']);
        parts.push(0..digits.len());
        begin = number;
    }
    let tail = &word[begin..];
    let separators = tail.match_indices(['.', ':', '·', '_']);
    let mut at = 0;
    for (end, separator) in separators.chain([(tail.len(), "")]) {
        if tail[at..end].contains(char::is_alphanumeric) {
            parts.push(begin + at..begin + end);
        }
        at = end + separator.len();
    }
    parts
}

/// A number without what sets off its thousands, and with a point before its decimals.
fn number(text: &str, language: Language) -> String {
    let mut digits = fold(text).replace(['\'', '_'], "");
    let (decimal, thousands) = if language.has_decimal_comma() {
        (',', '.')
    } else {
        ('.', ',')
    };
    let grouped = |separator: char| {
        let mut groups = digits.split(separator);
        let first = groups
            .next()
            // 1.234 has groups of three, 1234.567 is a decimal whichever mark it has.
            .is_some_and(|first| (1..=3).contains(&first.len()));
        first
            && digits.contains(separator)
            // The last group may have decimals behind it.
            && groups.all(|group| group.split(decimal).next().is_some_and(|g| g.len() == 3))
    };
    if grouped(thousands) {
        digits.retain(|c| c != thousands);
    }
    digits.replace(',', ".")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn terms(text: &str) -> Vec<String> {
        let content = tokens(text, Language::of(text))
            .into_iter()
            .filter(|token| !token.stop);
        content.map(|token| token.term).collect()
    }

    #[test]
    fn words_are_compared_by_stem() {
        assert_eq!(terms("How do the libraries open?"), ["librari", "open"]);
        assert_eq!(
            terms("What does the US charge in U.S. dollars?"),
            ["us", "charg", "us", "dollar"]
        );
        assert_eq!(
            terms("Ask the IT department of it."),
            ["ask", "it", "depart"]
        );
        assert_eq!(
            terms("Wo sind die Bücher und Verträge?"),
            terms("Wo ist das Buch und der Vertrag?")
        );
        assert_eq!(
            terms("Quels sont les horaires de l’école ?"),
            terms("Les horaires d'école")
        );
        assert_eq!(terms("ما هي ساعات عمل المكتبة؟"), terms("ساعات عمل مكتبة"));
    }

    #[test]
    fn chinese_is_cut_alike_in_both_forms() {
        assert_eq!(terms("圖書館幾點關門？"), terms("图书馆几点关门？"));
        assert_eq!(
            terms("请问图书馆的开放时间是什么？"),
            ["图书", "馆", "开放", "时间"]
        );
        let tokens = tokens("這本圖書", Language::Chinese);
        let last = &tokens[tokens.len() - 1];
        assert_eq!(
            (last.text, last.term.as_str(), last.range.clone()),
            ("圖書", "图书", 6..12)
        );
        assert_eq!(last.kind, TokenKind::Ideographs);
    }

    #[test]
    fn other_scripts_without_spaces_are_cut_by_dictionary() {
        assert_eq!(terms("図書館は何時に閉まりますか？")[0], fold("図書館"));
        assert_eq!(
            terms("データベースを開く"),
            ["データベース", "開く"].map(|word| stem::stem(word, Language::Japanese))
        );
        assert_eq!(terms("閉まります"), terms("閉まりました"));
        assert_eq!(
            terms("ห้องสมุดเปิดกี่โมง"),
            ["ห้อง", "สมุด", "เปิด", "โมง"].map(fold)
        );
    }

    #[test]
    fn korean_nouns_lose_their_particles() {
        assert_eq!(terms("도서관은 언제 문을 닫나요?")[0], "도서관");
        assert_eq!(terms("도서관에서")[0], "도서관");
    }

    #[test]
    fn numbers_and_names_are_told_apart() {
        let of = |text| {
            let tokens = tokens(text, Language::English);
            tokens
                .into_iter()
                .map(|token| (token.term, token.kind))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            of("HX-1401"),
            [("hx-1401".to_owned(), TokenKind::Identifier)]
        );
        assert_eq!(
            of("10kg"),
            [
                ("10".to_owned(), TokenKind::Number),
                ("kg".to_owned(), TokenKind::Word)
            ]
        );
        assert_eq!(of("1,234.5"), [("1234.5".to_owned(), TokenKind::Number)]);
        assert_eq!(of("2.5"), [("2.5".to_owned(), TokenKind::Number)]);
        assert_eq!(of("第3章")[1], ("3".to_owned(), TokenKind::Number));
        assert_ne!(of("HX-1401"), of("HX-1041"));
        assert_eq!(number("1.234,5", Language::German), "1234.5");
        assert_eq!(number("3,5", Language::German), "3.5");
    }

    #[test]
    fn a_foreign_word_is_stemmed_in_its_own_language() {
        assert!(terms("如何 rollback deployments").contains(&"deploy".to_owned()));
        assert!(terms("请问HX-1401怎么安装").contains(&"hx-1401".to_owned()));
    }

    fn in_order(text: &str) -> Result<(), TestCaseError> {
        let mut end = 0;
        for token in tokens(text, Language::of(text)) {
            prop_assert!(token.range.start >= end && token.range.start < token.range.end);
            prop_assert_eq!(text.get(token.range.clone()), Some(token.text));
            end = token.range.end;
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn tokens_of_any_text_are_in_order(text in any::<String>()) {
            in_order(&text)?;
        }

        #[test]
        fn tokens_of_mixed_scripts_are_in_order(text in "[a-zA-Z0-9 ._/:@#'’-]{0,8}[圖书館𠂉はカー]{0,6}[ก-๙]{0,6}[가-힣]{0,4}[a-z.:]{0,5}[ءآ-ي ً٣·®]{0,4}") {
            in_order(&text)?;
        }
    }
}
