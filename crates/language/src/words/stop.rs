//! Words that carry no statement of their own, by language.

use std::{collections::HashMap, sync::LazyLock};

use crate::{
    fold::{fold, lower},
    language::Language,
};

/// A set of languages.
pub(crate) type Languages = u32;

macro_rules! lists {
    ($($language:ident: $file:literal),* $(,)?) => {
        [$((Language::$language, include_str!(concat!("../../data/stop/", $file, ".txt")))),*]
    };
}

static LISTS: [(Language, &str); 28] = lists![
    English: "eng", German: "deu", French: "fra", Spanish: "spa", Italian: "ita", Portuguese: "por", Dutch: "nld",
    Danish: "dan", Norwegian: "nob", Swedish: "swe", Finnish: "fin", Russian: "rus", Ukrainian: "ukr", Polish: "pol",
    Czech: "ces", Turkish: "tur", Greek: "ell", Hungarian: "hun", Romanian: "ron", Arabic: "ara", Hebrew: "heb",
    Hindi: "hin", Chinese: "cmn", Japanese: "jpn", Korean: "kor", Thai: "tha", Vietnamese: "vie", Indonesian: "ind",
];

/// Each word as it is written and as it is folded, for people leave out accents, with the languages it is one of.
static WORDS: LazyLock<HashMap<String, Languages>> = LazyLock::new(|| {
    let mut words = HashMap::new();
    for (language, list) in LISTS {
        for word in list.split_whitespace() {
            *words.entry(lower(word)).or_default() |= set(language);
            *words.entry(fold(word)).or_default() |= set(language);
        }
    }
    words
});

/// The set of one language.
pub(crate) fn set(language: Language) -> Languages {
    1 << language as u32
}

/// The languages in which a word, given in lower case, is a stop word.
pub(crate) fn languages(word: &str) -> Languages {
    WORDS.get(word).copied().unwrap_or_default()
}

/// Whether a word is a stop word. Latin words are asked with their accents: `schön` is none, `schon` is.
pub(crate) fn is_stop(lower: &str, folded: &str, language: Language) -> bool {
    let accents_may_go = language.writes_accents_at_will();
    let known = |word: &str| languages(word) & set(language) != 0;
    known(lower) || (accents_may_go && known(folded))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stops(word: &str, language: Language) -> bool {
        is_stop(&lower(word), &fold(word), language)
    }

    #[test]
    fn question_words_and_articles_are_stop_words() {
        for (word, language) in [
            ("How", Language::English),
            ("don’t", Language::English),
            ("für", Language::German),
            ("fur", Language::German),
            ("怎麼", Language::Chinese),
            ("請問", Language::Chinese),
            ("هٰذا", Language::Arabic),
            ("ทำไม", Language::Thai),
            ("сколько", Language::Russian),
        ] {
            assert!(stops(word, language), "{word}");
        }
        assert!(!stops("schön", Language::German));
        assert!(!stops("für", Language::English));
    }
}
