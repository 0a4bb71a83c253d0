//! Words that are made of others without a space: Fahrradkeller.

/// Letters that a part of a compound has at least.
const PART: usize = 4;
/// Letters from which on a word may be a compound.
const COMPOUND: usize = 9;

/// What joins the parts: Arbeit-s-zeit, Straße-n-bahn.
const LINKS: [&str; 7] = ["", "s", "n", "e", "es", "en", "er"];

/// Groups of consonants that a word of the Germanic languages can begin with, beside a single one.
const ONSETS: [&str; 51] = [
    "bj", "bl", "br", "ch", "dr", "dv", "fj", "fl", "fr", "gj", "gl", "gn", "gr", "hj", "hv", "kj",
    "kl", "kn", "kr", "kv", "pf", "pfl", "pl", "pr", "ps", "qu", "sch", "schl", "schm", "schn",
    "schr", "schw", "sj", "sk", "skr", "sl", "sm", "sn", "sp", "spl", "spr", "st", "str", "sv",
    "sw", "th", "tr", "tv", "vr", "wr", "zw",
];

/// Whether a word is made of another one, which may be joined on by a letter or two: Fahrradkeller holds Keller,
/// Arbeitszeit holds Arbeit. Both folded, or both stems.
pub fn compound_holds(compound: &str, part: &str) -> bool {
    if part.chars().count() < PART {
        return false;
    }
    // One letter less than a part that is looked for: Rad and Bad are words, and Fahrrad holds one.
    let rest = |rest: &str| rest.chars().count() >= PART - 1;
    // The head of a compound is its last part and has no link behind it, so it must be the whole end.
    let heads = begins_a_word(part) && compound.strip_suffix(part).is_some_and(rest);
    let begins = compound.strip_prefix(part).is_some_and(|tail| {
        LINKS
            .iter()
            .filter_map(|link| tail.strip_prefix(link))
            .any(|tail| rest(tail) && begins_a_word(tail))
    });
    heads || begins
}

/// Each way to read a long folded word as two words, as their sounds allow. There is no dictionary: most of these are
/// no words, and then nobody looks for them.
pub(crate) fn halves(word: &str) -> Vec<(&str, &str)> {
    let boundaries: Vec<usize> = word.char_indices().map(|(at, _)| at).collect();
    // Each cut costs two terms in the index; short words would be cut into syllables.
    if boundaries.len() < COMPOUND || !word.chars().all(char::is_alphabetic) {
        return Vec::new();
    }
    boundaries[PART..=boundaries.len() - PART]
        .iter()
        .map(|at| word.split_at(*at))
        // No word is without a vowel, and none begins with what only stands inside of one, such as `ndr`.
        .filter(|(first, second)| has_vowel(first) && has_vowel(second) && begins_a_word(second))
        .collect()
}

fn begins_a_word(text: &str) -> bool {
    let onset = text.find(is_vowel).map_or(text, |at| &text[..at]);
    onset.chars().count() <= 1 || ONSETS.contains(&onset)
}

fn has_vowel(text: &str) -> bool {
    text.contains(is_vowel)
}

fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'ä' | 'ö' | 'ü')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compounds_hold_their_parts() {
        for (compound, part) in [
            ("fahrradkeller", "keller"),
            ("fahrradkeller", "fahrrad"),
            ("arbeitszeit", "arbeit"),
            ("arbeitszeit", "zeit"),
            ("fietsenstalling", "stalling"),
            ("sykkelparkering", "parkering"),
        ] {
            assert!(compound_holds(compound, part), "{compound}: {part}");
        }
        for (compound, part) in [
            ("fahrradkeller", "rad"),
            ("keller", "keller"),
            ("gesellschaft", "llschaft"),
        ] {
            assert!(!compound_holds(compound, part), "{compound}: {part}");
        }
    }

    #[test]
    fn halves_are_where_words_can_begin() {
        let halves = halves("fahrradkeller");
        assert!(halves.contains(&("fahrrad", "keller")));
        assert!(
            !halves
                .iter()
                .any(|(_, second)| *second == "dkeller" || *second == "ller")
        );
        assert!(super::halves("keller").is_empty());
        assert!(super::halves("abc123456789").is_empty());
    }
}
