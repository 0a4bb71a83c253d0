//! Words that mean the same, as a dictionary has them: English from WordNet.

use std::{collections::HashMap, sync::LazyLock};

use rust_stemmers::{Algorithm, Stemmer};

use crate::Language;

/// A set of words that mean the same, by its line in the dictionary.
pub type Synset = u16;

struct Dictionary {
    /// The stems of each set.
    sets: Vec<Vec<String>>,
    /// The sets of each stem, in order.
    of: HashMap<String, Vec<Synset>>,
}

static ENGLISH: LazyLock<Dictionary> =
    LazyLock::new(|| Dictionary::read(include_str!("../data/synonyms/en.txt"), Algorithm::English));

impl Dictionary {
    fn read(text: &str, stemmer: Algorithm) -> Self {
        let stemmer = Stemmer::create(stemmer);
        let mut sets = Vec::new();
        let mut of: HashMap<String, Vec<Synset>> = HashMap::new();
        for (number, line) in text.lines().enumerate() {
            let set = Synset::try_from(number)
                .expect("the dictionary, which is compiled in, has fewer sets than u16 counts");
            let mut stems: Vec<String> = Vec::new();
            for word in line.split(' ') {
                let stem = stemmer.stem(word).into_owned();
                // Two words of a set may have one stem.
                if !stems.contains(&stem) {
                    of.entry(stem.clone()).or_default().push(set);
                    stems.push(stem);
                }
            }
            sets.push(stems);
        }
        Self { sets, of }
    }
}

fn dictionary(language: Language) -> Option<&'static Dictionary> {
    (language == Language::English).then(|| &*ENGLISH)
}

/// The sets that a stem is in. Two words mean the same when they share one.
pub fn synsets(stem: &str, language: Language) -> &'static [Synset] {
    let sets = dictionary(language).and_then(|dictionary| dictionary.of.get(stem));
    sets.map_or(&[], Vec::as_slice)
}

/// The stems of words that mean the same as the one with this stem.
pub fn synonyms(stem: &str, language: Language) -> impl Iterator<Item = &'static str> {
    let sets = synsets(stem, language).iter();
    let words = sets.filter_map(move |set| dictionary(language)?.sets.get(usize::from(*set)));
    let own = stem.to_owned();
    words
        .flatten()
        .map(String::as_str)
        .filter(move |word| *word != own)
}

#[cfg(test)]
mod tests {
    use crate::words;

    use super::*;

    fn are_synonyms(a: &str, b: &str, language: Language) -> bool {
        let stem = |word| words::tokens(word, language)[0].term.clone();
        let found = synonyms(&stem(a), language).any(|word| word == stem(b));
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
        ] {
            assert!(are_synonyms(a, b, Language::English), "{a} {b}");
        }
    }

    #[test]
    fn every_set_is_found_by_each_of_its_stems() {
        let Dictionary { sets, of } = &*ENGLISH;
        let stems: usize = sets.iter().map(Vec::len).sum();
        assert_eq!(of.values().map(Vec::len).sum::<usize>(), stems);
        for (stem, found) in of {
            for set in found {
                assert!(sets[usize::from(*set)].contains(stem), "{stem} {set}");
            }
        }
    }

    #[test]
    #[should_panic(expected = "fewer sets than u16 counts")]
    fn a_dictionary_of_too_many_sets_is_no_dictionary() {
        let sets = usize::from(Synset::MAX) + 2;
        Dictionary::read(&"tea char\n".repeat(sets), Algorithm::English);
    }

    #[test]
    fn the_notice_has_the_licence_of_the_dictionary() {
        let readme = include_str!("../data/synonyms/README.md");
        let licence = readme.find("WordNet 3.0 Copyright").expect("it is there");
        let notice = include_str!("../../../NOTICE");
        assert!(notice.contains(readme[licence..].trim_end()));
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
