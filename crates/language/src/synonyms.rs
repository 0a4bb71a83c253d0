//! Words that mean the same, as dictionaries have them: English from WordNet, and everyday words of some languages.

use std::{collections::HashMap, sync::LazyLock};

use crate::{Language, words};

/// A set of words that mean the same, by its line in the dictionaries.
pub type Synset = u16;

/// The dictionaries of each language: of words that mean the same wherever they stand, and of words that do in one of
/// their senses.
const FILES: [(Language, &[&str], &str); 3] = [
    (
        Language::English,
        &[
            include_str!("../data/synonyms/en.txt"),
            include_str!("../data/synonyms/everyday/en.txt"),
        ],
        include_str!("../data/synonyms/senses/en.txt"),
    ),
    (
        Language::German,
        &[include_str!("../data/synonyms/everyday/de.txt")],
        include_str!("../data/synonyms/senses/de.txt"),
    ),
    (
        Language::Chinese,
        &[include_str!("../data/synonyms/everyday/zh.txt")],
        include_str!("../data/synonyms/senses/zh.txt"),
    ),
];

#[derive(Default)]
struct Dictionary {
    /// The number of its first set, and of the first whose words mean the same in one sense alone.
    first: Synset,
    senses: Synset,
    /// The stems of each set.
    sets: Vec<Vec<String>>,
    /// The sets of each stem, in order.
    of: HashMap<String, Vec<Synset>>,
}

static DICTIONARIES: LazyLock<HashMap<Language, Dictionary>> = LazyLock::new(|| {
    let mut first = 0;
    let read = |(language, files, senses): (Language, &[&str], &str)| {
        let dictionary = Dictionary::read(files, senses, language, first);
        first += dictionary.sets.len();
        (language, dictionary)
    };
    FILES.into_iter().map(read).collect()
});

impl Dictionary {
    /// Reads a language whose first set has a number of its own among all languages.
    fn read(files: &[&str], senses: &str, language: Language, first: usize) -> Self {
        let number = |at: usize| {
            Synset::try_from(at)
                .expect("the dictionaries, which are compiled in, have fewer sets than u16 counts")
        };
        let mut dictionary = Self {
            first: number(first),
            ..Self::default()
        };
        let whole = files.iter().flat_map(|file| file.lines());
        dictionary.senses = number(first + whole.clone().count());
        for line in whole.chain(senses.lines()) {
            let set = number(first + dictionary.sets.len());
            let mut stems: Vec<String> = Vec::new();
            for word in line.split(' ') {
                let stem = words::stem_of(word, language);
                // The stemmer makes one of a visitor and a visit.
                if language == Language::German && word.ends_with("er") && !stem.ends_with("er") {
                    continue;
                }
                // Two words of a set may have one stem.
                if !stems.contains(&stem) {
                    dictionary.of.entry(stem.clone()).or_default().push(set);
                    stems.push(stem);
                }
            }
            dictionary.sets.push(stems);
        }
        dictionary
    }
}

fn dictionary(language: Language) -> Option<&'static Dictionary> {
    DICTIONARIES.get(&language)
}

/// The sets that a stem is in. Two words mean the same when they share one.
pub fn synsets(stem: &str, language: Language) -> &'static [Synset] {
    let sets = dictionary(language).and_then(|dictionary| dictionary.of.get(stem));
    sets.map_or(&[], Vec::as_slice)
}

/// The stems of words that mean the same as the one with this stem, wherever it stands: a question does not tell in which
/// sense it has a word.
pub fn synonyms(stem: &str, language: Language) -> impl Iterator<Item = &'static str> {
    let senses = dictionary(language).map_or(0, |dictionary| dictionary.senses);
    let sets = synsets(stem, language).iter();
    words_of(
        sets.filter(move |set| **set < senses),
        stem.to_owned(),
        language,
    )
}

/// The same with those that do in one of its senses.
pub fn in_any_sense(stem: &str, language: Language) -> impl Iterator<Item = &'static str> {
    words_of(synsets(stem, language).iter(), stem.to_owned(), language)
}

fn words_of(
    sets: impl Iterator<Item = &'static Synset>,
    but: String,
    language: Language,
) -> impl Iterator<Item = &'static str> {
    let words = sets.filter_map(move |set| {
        let dictionary = dictionary(language)?;
        dictionary.sets.get(usize::from(set - dictionary.first))
    });
    words
        .flatten()
        .map(String::as_str)
        .filter(move |word| *word != but)
}

#[cfg(test)]
mod tests {
    use crate::words;

    use super::*;

    fn are_synonyms(a: &str, b: &str, language: Language) -> bool {
        let stem = |word| words::tokens(word, language)[0].term.clone();
        let found = in_any_sense(&stem(a), language).any(|word| word == stem(b));
        let shared = synsets(&stem(a), language)
            .iter()
            .any(|set| synsets(&stem(b), language).contains(set));
        assert_eq!(found, shared, "{a} {b}");
        found
    }

    #[test]
    fn words_that_mean_the_same_are_found() {
        for (a, b) in [
            ("warranty", "guarantee"),
            ("holidays", "vacation"),
            ("purchased", "buy"),
            ("decision", "decided"),
            ("needed", "requires"),
            ("commences", "started"),
        ] {
            assert!(are_synonyms(a, b, Language::English), "{a} {b}");
        }
        assert!(are_synonyms("Aufzüge", "Fahrstuhl", Language::German));
        assert!(are_synonyms("饮酒", "喝酒", Language::Chinese));
    }

    #[test]
    fn every_set_is_found_by_each_of_its_stems() {
        for (language, ..) in FILES {
            let Dictionary {
                first, sets, of, ..
            } = dictionary(language).expect("it is there");
            let stems: usize = sets.iter().map(Vec::len).sum();
            assert_eq!(of.values().map(Vec::len).sum::<usize>(), stems);
            for (stem, found) in of {
                for set in found {
                    let set = usize::from(*set - first);
                    assert!(sets[set].contains(stem), "{stem} {set}");
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "fewer sets than u16 counts")]
    fn a_dictionary_of_too_many_sets_is_no_dictionary() {
        let sets = usize::from(Synset::MAX) + 2;
        Dictionary::read(&[&"tea char\n".repeat(sets)], "", Language::English, 0);
    }

    #[test]
    fn the_notice_has_the_licence_of_the_dictionary() {
        let readme = include_str!("../data/synonyms/README.md");
        let licence = readme.find("WordNet 3.0 Copyright").expect("it is there");
        let notice = include_str!("../../../NOTICE");
        assert!(notice.contains(readme[licence..].trim_end()));
    }

    #[test]
    fn words_that_mean_the_same_in_one_sense_are_no_synonyms_of_a_question() {
        let stem = |word| words::tokens(word, Language::English)[0].term.clone();
        let (clear, empty) = (stem("clear"), stem("empty"));
        assert!(in_any_sense(&clear, Language::English).any(|word| word == empty));
        assert!(synonyms(&clear, Language::English).all(|word| word != empty));
    }

    #[test]
    fn words_of_one_field_do_not_mean_the_same() {
        for (a, b) in [
            ("employer", "employee"),
            ("wall", "floor"),
            ("approve", "reject"),
            ("open", "close"),
            ("morning", "evening"),
            ("increase", "decrease"),
            ("manager", "engineer"),
        ] {
            assert!(!are_synonyms(a, b, Language::English), "{a} {b}");
        }
        assert!(!are_synonyms("Gift", "present", Language::German));
    }
}
