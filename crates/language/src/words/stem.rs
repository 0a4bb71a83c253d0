//! Words to what their forms have in common.

use rust_stemmers::{Algorithm, Stemmer};

use crate::{
    fold::fold,
    language::Language,
    script::{is_han, is_hiragana},
};

/// The stem of a word that is given in lower case with its accents; folded.
pub(crate) fn stem(lower: &str, language: Language) -> String {
    stem_of(lower, &fold(lower), language)
}

/// The stem of a word that is given as written, in lower case, and folded.
pub(super) fn stem_of(lower: &str, folded: &str, language: Language) -> String {
    match language {
        // Marks of tone make another word.
        Language::Vietnamese => lower.to_owned(),
        // Before stemming: the stemmer knows ü and leaves `ue` as it is, so that the two spellings would part.
        Language::German => snowball(&umlauts(lower), language),
        Language::French | Language::Italian => snowball(without_elision(lower), language),
        // Turkish sets endings off from a name: İstanbul'da.
        Language::Turkish => snowball(lower.split('\'').next().unwrap_or(lower), language),
        // Folded, as the stemmer does not know ё, which most people write as е.
        Language::Russian => snowball(folded, language),
        Language::Korean => without_particles(folded).to_owned(),
        Language::Japanese => without_inflection(folded).to_owned(),
        Language::Arabic => without_affixes(folded).to_owned(),
        // Without a stemmer the accents go, or nobody who leaves them out would find the word.
        _ if algorithm(language).is_none() => folded.to_owned(),
        _ => snowball(lower, language),
    }
}

/// The stem that a word has whatever language it is taken for: of its folded form, by its script's commonest language.
pub(crate) fn common_stem(folded: &str) -> String {
    stem_of(folded, folded, Language::English.of_word(folded))
}

fn snowball(word: &str, language: Language) -> String {
    match algorithm(language) {
        Some(algorithm) => fold(&Stemmer::create(algorithm).stem(word)),
        None => fold(word),
    }
}

fn algorithm(language: Language) -> Option<Algorithm> {
    Some(match language {
        Language::English => Algorithm::English,
        Language::German => Algorithm::German,
        Language::French => Algorithm::French,
        Language::Spanish => Algorithm::Spanish,
        Language::Italian => Algorithm::Italian,
        Language::Portuguese => Algorithm::Portuguese,
        Language::Dutch => Algorithm::Dutch,
        Language::Danish => Algorithm::Danish,
        Language::Norwegian => Algorithm::Norwegian,
        Language::Swedish => Algorithm::Swedish,
        Language::Finnish => Algorithm::Finnish,
        Language::Russian => Algorithm::Russian,
        Language::Turkish => Algorithm::Turkish,
        Language::Greek => Algorithm::Greek,
        Language::Hungarian => Algorithm::Hungarian,
        Language::Romanian => Algorithm::Romanian,
        _ => return None,
    })
}

/// German as typed without its letters: Muenchen → München. `ue` after q, a and e is none: Quelle, Bauer, neue.
fn umlauts(word: &str) -> String {
    let mut written = String::with_capacity(word.len());
    let mut before = ' ';
    let mut chars = word.chars().peekable();
    while let Some(c) = chars.next() {
        let umlaut = match c {
            'a' => Some('ä'),
            'o' => Some('ö'),
            'u' if !matches!(before, 'q' | 'a' | 'e') => Some('ü'),
            _ => None,
        };
        match umlaut.filter(|_| chars.peek() == Some(&'e')) {
            Some(umlaut) => {
                chars.next();
                written.push(umlaut);
            }
            None => written.push(c),
        }
        before = c;
    }
    written
}

/// Articles and the like that lose their vowel before a word: l'eau, dell'acqua.
const ELIDED: [&str; 22] = [
    "l", "d", "j", "q", "qu", "n", "s", "c", "m", "t", "jusqu", "lorsqu", "puisqu", "quoiqu", "un",
    "dell", "all", "nell", "sull", "dall", "quell", "quest",
];

/// The word after an elided one.
pub(crate) fn without_elision(word: &str) -> &str {
    match word.split_once('\'') {
        Some((elided, rest)) if ELIDED.contains(&elided) && !rest.is_empty() => rest,
        _ => word,
    }
}

/// Verbs that make one of a noun, and the copula; longest first.
const VERBS: [&str; 43] = [
    "하였습니다",
    "되었습니다",
    "했습니다",
    "하십시오",
    "합니다",
    "합니까",
    "하나요",
    "하세요",
    "하려면",
    "하였다",
    "됩니다",
    "됩니까",
    "되나요",
    "입니다",
    "입니까",
    "인가요",
    "이에요",
    "하는",
    "하여",
    "해서",
    "해야",
    "하고",
    "하며",
    "하면",
    "하기",
    "하지",
    "하다",
    "한다",
    "했다",
    "되는",
    "된다",
    "되어",
    "되면",
    "되다",
    "이다",
    "예요",
    "할",
    "한",
    "될",
    "된",
    "해",
    "적인",
    "들",
];

/// Particles that any noun may have; longest first.
const PARTICLES: [&str; 32] = [
    "으로부터",
    "에서부터",
    "에게서",
    "로부터",
    "에서는",
    "에서도",
    "에서의",
    "이라는",
    "까지는",
    "으로는",
    "에서",
    "에게",
    "에는",
    "에도",
    "으로",
    "까지",
    "부터",
    "처럼",
    "만큼",
    "보다",
    "마다",
    "조차",
    "마저",
    "밖에",
    "이랑",
    "하고",
    "한테",
    "라는",
    "께서",
    "에",
    "도",
    "만",
];

/// Particles of one syllable, and whether they stand after a consonant.
const AFTER: [(char, bool); 9] = [
    ('은', true),
    ('이', true),
    ('을', true),
    ('과', true),
    ('는', false),
    ('가', false),
    ('를', false),
    ('와', false),
    ('의', true),
];

/// A Korean noun without its particles. At least two syllables stay: 회의 is no particle after 회.
fn without_particles(word: &str) -> &str {
    let mut noun = word;
    // Twice, for several may follow each other: 에서 + 는.
    for _ in 0..2 {
        let before = noun;
        noun = shorter(noun, &VERBS);
        noun = shorter(noun, &PARTICLES);
        noun = without_short_particle(noun);
        if noun == before {
            break;
        }
    }
    noun
}

fn shorter<'a>(word: &'a str, endings: &[&str]) -> &'a str {
    let rest = endings.iter().find_map(|ending| word.strip_suffix(ending));
    rest.filter(|rest| rest.chars().count() >= 2)
        .unwrap_or(word)
}

fn without_short_particle(word: &str) -> &str {
    let mut chars = word.chars().rev();
    let (Some(last), Some(before)) = (chars.next(), chars.next()) else {
        return word;
    };
    let fits = match last {
        '의' => true,
        // After a vowel or ㄹ, whose number is 8; after any other consonant it is 으로.
        '로' => matches!(final_consonant(before), Some(0 | 8)),
        _ => {
            final_consonant(before).is_some_and(|consonant| AFTER.contains(&(last, consonant != 0)))
        }
    };
    if fits && chars.next().is_some() {
        &word[..word.len() - last.len_utf8()]
    } else {
        word
    }
}

/// The number of a syllable's final consonant; 0 is none.
fn final_consonant(syllable: char) -> Option<u32> {
    let code = u32::from(syllable);
    (0xac00..=0xd7a3)
        .contains(&code)
        .then(|| (code - 0xac00) % 28)
}

/// A Japanese word without the kana that inflect it: 開ける and 開いた are of 開.
fn without_inflection(word: &str) -> &str {
    let root = word.trim_end_matches(is_hiragana);
    if root.ends_with(is_han) { root } else { word }
}

/// Arabic prefixes and suffixes as in Larkey's light10, the longest first.
const PREFIXES: [&str; 7] = ["وال", "بال", "كال", "فال", "لل", "ال", "و"];
const SUFFIXES: [&str; 10] = ["ها", "ان", "ات", "ون", "ين", "يه", "يا", "ه", "ي", "ا"];

/// A folded Arabic word without article, conjunction and endings: light10 finds more than roots do.
fn without_affixes(word: &str) -> &str {
    let long = |rest: &&str, least: usize| rest.chars().count() >= least;
    let mut stem = word;
    for prefix in PREFIXES {
        // "And" is one letter that many words begin with, so that more must be left of the word.
        let least = if prefix == "و" { 3 } else { 2 };
        if let Some(rest) = stem.strip_prefix(prefix).filter(|rest| long(rest, least)) {
            stem = rest;
            break;
        }
    }
    // Every suffix that is there goes, one after the other; of the prefixes only one: as in light10.
    for suffix in SUFFIXES {
        if let Some(rest) = stem.strip_suffix(suffix).filter(|rest| long(rest, 2)) {
            stem = rest;
        }
    }
    stem
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::lower;

    #[test]
    fn forms_of_a_word_have_one_stem() {
        for (language, forms) in [
            (Language::English, &["library", "libraries"][..]),
            (
                Language::German,
                &["Vertrag", "Verträge", "Vertraege", "Verträgen"],
            ),
            (Language::German, &["München", "Muenchen"]),
            (Language::German, &["Straße", "Strasse", "Straßen"]),
            (
                Language::French,
                &["l'abonnement", "abonnements", "d’abonnement"],
            ),
            (Language::Italian, &["dell'acqua", "l'acqua", "acqua"]),
            (Language::Spanish, &["biblioteca", "bibliotecas"]),
            (Language::Turkish, &["İstanbul'da", "İstanbul"]),
            (
                Language::Russian,
                &["библиотека", "библиотеки", "библиотеку"],
            ),
            (
                Language::Korean,
                &[
                    "도서관",
                    "도서관은",
                    "도서관에서는",
                    "도서관의",
                    "도서관을",
                    "도서관으로",
                ],
            ),
            (
                Language::Korean,
                &["신청", "신청하는", "신청합니다", "신청서는", "신청서"][..3],
            ),
            (Language::Japanese, &["開ける", "開いた", "開く"]),
            (
                Language::Arabic,
                &[
                    "المكتبة",
                    "مكتبة",
                    "مكتبات",
                    "للمكتبة",
                    "والمكتبة",
                    "الْمَكْتَبَة",
                ],
            ),
            (
                Language::Greek,
                &["βιβλιοθήκη", "βιβλιοθήκης", "βιβλιοθήκες"],
            ),
        ] {
            let stems: Vec<String> = forms
                .iter()
                .map(|form| stem(&lower(form), language))
                .collect();
            assert!(stems.iter().all(|stem| *stem == stems[0]), "{stems:?}");
        }
    }

    #[test]
    fn other_words_have_other_stems() {
        for (language, a, b) in [
            (Language::Vietnamese, "mà", "má"),
            (Language::Korean, "회의", "회사"),
            (Language::Korean, "평가", "평"),
            (Language::German, "Quelle", "Qülle"),
            (Language::Japanese, "開ける", "閉める"),
        ] {
            assert_ne!(
                stem(&lower(a), language),
                stem(&lower(b), language),
                "{a} and {b}"
            );
        }
    }

    #[test]
    fn a_word_has_a_stem_that_no_guess_of_its_language_changes() {
        assert_eq!(common_stem("aplicacion"), common_stem(&fold("aplicación")));
        assert_eq!(
            common_stem("bibliotheken"),
            common_stem(&fold("Bibliotheken"))
        );
    }
}
