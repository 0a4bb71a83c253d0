//! Verbs whose forms no stemmer brings together: geliehen and leihen, written and wrote.

use std::{collections::HashMap, sync::LazyLock};

use crate::Language;

/// Letters of the shortest stem that a form leaves: "genau" is no participle.
const STEM: usize = 3;
/// Prefixes that a German verb parts with, before its `ge` and its `zu`.
const PREFIXES: [&str; 24] = [
    "zusammen", "zuruck", "wieder", "weiter", "nieder", "herunter", "heraus", "herein", "hinaus",
    "hinein", "statt", "fest", "frei", "nach", "fort", "vor", "auf", "aus", "ein", "los", "weg",
    "mit", "ab", "an",
];
/// Endings of German verbs and of nouns that name what is done.
const ENDINGS: [&str; 7] = ["ungen", "ung", "en", "et", "te", "t", "e"];
/// Verbs that begin with the letters of a participle.
const WHOLE: [&str; 16] = [
    "gebrauch", "gebuhr", "gefahr", "gefall", "gehor", "gelang", "geling", "genehmig", "geniess",
    "gescheh", "gesteh", "gestalt", "gestatt", "gewahr", "gewinn", "gewohn",
];

static ENGLISH: LazyLock<HashMap<&str, &str>> =
    LazyLock::new(|| bases(include_str!("../../data/forms/en.txt")));
static GERMAN: LazyLock<HashMap<&str, &str>> =
    LazyLock::new(|| bases(include_str!("../../data/forms/de.txt")));

/// Each form with the first of its line.
fn bases(text: &'static str) -> HashMap<&'static str, &'static str> {
    let lines = text.lines().filter_map(|line| {
        let (base, forms) = line.split_once(' ')?;
        Some(forms.split(' ').chain([base]).map(move |form| (form, base)))
    });
    lines.flatten().collect()
}

/// What all forms of a verb have in common, of a folded word that may be one; none of other words.
pub(crate) fn root(folded: &str, stem: &str, capital: bool, language: Language) -> Option<String> {
    match language {
        // "Writing" and "written": the stemmer knows the regular forms.
        Language::English => [folded, stem]
            .iter()
            .find_map(|form| ENGLISH.get(*form))
            .map(|base| (*base).to_owned()),
        Language::German if capital && is_deed(folded) => Some(folded.to_owned()),
        // A German word with a capital is a noun: of a verb where it ends as one does, das Kopieren, die Nutzung.
        Language::German
            if capital
                && !["ieren", "ung", "ungen"]
                    .iter()
                    .any(|end| folded.ends_with(end)) =>
        {
            None
        }
        Language::German => german(folded),
        _ => None,
    }
}

/// Whether a noun names what a verb with a prefix does: der Aufbau of aufbauen.
fn is_deed(folded: &str) -> bool {
    let ends = ENDINGS.iter().any(|ending| folded.ends_with(ending));
    let rest = PREFIXES
        .iter()
        .find_map(|prefix| folded.strip_prefix(prefix));
    !ends && rest.is_some_and(|rest| rest.len() >= STEM)
}

fn german(folded: &str) -> Option<String> {
    let prefix = PREFIXES.iter().find(|prefix| folded.starts_with(**prefix));
    // "Abend" has nothing behind its prefix that could be a verb.
    let parted = prefix.and_then(|prefix| {
        let rest = &folded[prefix.len()..];
        // "Auszuleihen" is a form of "ausleihen".
        let bare = rest.strip_prefix("zu").filter(|bare| bare.ends_with('n'));
        Some((*prefix, stem(bare.unwrap_or(rest))?))
    });
    match parted {
        Some((prefix, stem)) => Some(format!("{prefix}{stem}")),
        None => stem(folded),
    }
}

/// The stem of a German verb without a prefix.
fn stem(word: &str) -> Option<String> {
    // "Geliehen" is a participle, and "gehören" another verb than "hören".
    let is_whole = WHOLE.iter().any(|verb| word.starts_with(verb));
    let participle = ["t", "en"].iter().any(|end| word.ends_with(end));
    let bare = word.strip_prefix("ge").filter(|_| participle && !is_whole);
    bare.and_then(without_ending)
        .or_else(|| without_ending(word))
}

/// A verb without the ending of its form; strong verbs by their base.
fn without_ending(word: &str) -> Option<String> {
    // "Verlängern" and "sammeln" end otherwise than "holen".
    if ["ern", "eln"].iter().any(|end| word.ends_with(end)) {
        return word.strip_suffix('n').map(str::to_owned);
    }
    let stems = || {
        let cut = ENDINGS
            .iter()
            .filter_map(|ending| word.strip_suffix(ending));
        std::iter::once(word).chain(cut)
    };
    // A form that is known before one that only looks like it: "bracht" is of "bringen", and "brach" of "brechen".
    let known = stems().find_map(|stem| GERMAN.get(stem));
    let known = known.map(|base| (*base).to_owned());
    known.or_else(|| {
        let mut regular = stems().skip(1).filter(|stem| stem.len() >= STEM);
        regular.next().map(str::to_owned)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(word: &str, capital: bool, language: Language) -> Option<String> {
        root(
            word,
            &crate::words::stem::stem(word, language),
            capital,
            language,
        )
    }

    #[test]
    fn forms_of_a_verb_have_one_root() {
        for (language, a, b) in [
            (Language::German, "ausgeliehen", "ausleihen"),
            (Language::German, "gemeldet", "melden"),
            (Language::German, "kopiert", "kopieren"),
            (Language::German, "auszugeben", "ausgegeben"),
            (Language::German, "reinigt", "gereinigt"),
            (Language::German, "verlangert", "verlangern"),
            (Language::German, "abgeschlossen", "abschliessen"),
            (Language::English, "written", "wrote"),
            (Language::English, "held", "hold"),
            (Language::English, "writing", "written"),
            (Language::English, "fully", "full"),
        ] {
            let (one, other) = (form(a, false, language), form(b, false, language));
            assert!(one.is_some() && one == other, "{a} {b}: {one:?} {other:?}");
        }
        let noun = |word| form(word, true, Language::German);
        assert_eq!(noun("nutzung"), form("nutzen", false, Language::German));
        assert_eq!(noun("aufbau"), form("aufgebaut", false, Language::German));
        assert_eq!(noun("reinigung"), form("reinigt", false, Language::German));
    }

    #[test]
    fn other_words_have_other_roots() {
        for (a, b) in [
            ("gebracht", "gebrochen"),
            ("gehort", "horen"),
            ("zustellen", "stellen"),
            ("schalen", "schalten"),
            ("gemietet", "vermietet"),
            ("abgegeben", "aufgegeben"),
            ("genau", "nauen"),
        ] {
            let german = |word| form(word, false, Language::German);
            assert!(german(a).is_none() || german(a) != german(b), "{a} {b}");
        }
        assert_eq!(form("zeit", true, Language::German), None);
        assert_eq!(form("laden", true, Language::German), None);
    }
}
