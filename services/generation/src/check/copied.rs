//! Words of a source that a statement repeats letter for letter.

use stoa_language::{Reading, markers};

use super::{agree, shortened, statement::normal};
use crate::read::{Source, Unit};

/// Units in a row that a statement may quote whole.
const RUN: usize = 4;

/// Words that a clause says at least when it is copied alone.
const CLAUSE: usize = 3;

/// The words of a source that a statement repeats letter for letter, as whole sentences: as they are read, or with the
/// marks that they have there. An item of a list may come with the line that introduces all of them.
pub(super) fn verbatim(source: &Source, said: &str) -> Option<String> {
    let units = &source.units;
    let read = |unit: &Unit| normal(&unit.text);
    let marked = |unit: &Unit| normal(&unit.quote);
    (0..units.len()).find_map(|from| {
        // "You need:" and "a passport" are two units of a list; an answer says them as one sentence.
        let led = units[from]
            .goes_on_from
            .map(|lead| [&units[lead], &units[from]]);
        run(units[from..].iter(), said, read)
            .or_else(|| run(units[from..].iter(), said, marked))
            .or_else(|| run(led?.into_iter(), said, read))
    })
}

/// The sentence of which a statement copies a whole clause, where the rest of it sets no condition, limit or negation.
pub(super) fn clause_of(source: &Source, text: &str) -> Option<String> {
    let said = text
        .trim()
        .trim_end_matches(|c: char| c.is_ascii_punctuation() || "。！？；，".contains(c));
    // Two words copied from anywhere say too little to be vouched for by being copied.
    if Reading::in_language(said, source.language).claims().count() < CLAUSE {
        return None;
    }
    let mut first = said.chars();
    // A clause from the middle of a sentence gets a capital where it is said alone.
    let lower: String = first.next()?.to_lowercase().chain(first).collect();
    let ends = |c: char| ",;:—–(，；：".contains(c);
    let units = source.units.iter().filter(|unit| !unit.instructs);
    let mut units = units.filter(|unit| {
        let at = unit.text.find(said).map(|at| (at, said.len()));
        let Some((at, length)) = at.or_else(|| unit.text.find(&lower).map(|at| (at, lower.len())))
        else {
            return false;
        };
        let (before, after) = (
            unit.text[..at].trim_end(),
            unit.text[at + length..].trim_start(),
        );
        let whole = (before.is_empty() || before.ends_with(ends))
            && (after.is_empty()
                || after.starts_with(|c: char| ends(c) || ".。!！?？)".contains(c)));
        // "Members may enter" is copied word for word from "Members may enter only with a badge", and false.
        whole && !limits(before, source) && !limits(after, source)
    });
    units.next().map(|unit| shortened(&unit.quote))
}

/// Whether the rest of a sentence changes what a clause of it says.
fn limits(rest: &str, source: &Source) -> bool {
    use markers::Class;
    let reading = Reading::in_language(rest, source.language);
    let changes = |class: Class| {
        matches!(
            class,
            Class::Not | Class::Fails | Class::Only | Class::Except | Class::Instead
        )
    };
    reading.marks.iter().any(|mark| changes(mark.class))
        || agree::says_one(rest, &agree::CONDITIONS)
}

/// The quote of the first units, if they are what is said.
fn run<'a>(
    units: impl Iterator<Item = &'a Unit>,
    said: &str,
    words: impl Fn(&Unit) -> String,
) -> Option<String> {
    let mut joined = String::new();
    let mut quotes: Vec<&str> = Vec::new();
    for unit in units.take(RUN) {
        // Copied or not, what speaks to the one who answers is not repeated.
        if unit.instructs {
            return None;
        }
        joined.push_str(&words(unit));
        quotes.push(&unit.quote);
        if joined == said {
            return Some(shortened(&quotes.join(" ")));
        }
        if !said.starts_with(&joined) {
            return None;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clause_is_copied_where_the_rest_does_not_change_it() {
        let copies = |text: &str, clause: &str| clause_of(&Source::new(text, ""), clause).is_some();
        let text = "Once a year, the whole club sails to Ruhnu in June, and dinner is free.";
        assert!(copies(text, "The whole club sails to Ruhnu in June."));
        assert!(!copies(text, "The whole club sails to Ruhnu."));
        for text in [
            "If it is calm, the whole club sails to Ruhnu in June.",
            "It is not true, the whole club sails to Ruhnu in June.",
            "Unless it rains, the whole club sails to Ruhnu in June.",
        ] {
            assert!(
                !copies(text, "The whole club sails to Ruhnu in June."),
                "{text}"
            );
        }
        assert!(copies(
            "会员每年交费两百元，学生会员另有规定。",
            "会员每年交费两百元。"
        ));
        assert!(!copies(
            "除非另有约定，会员每年交费两百元。",
            "会员每年交费两百元。"
        ));
    }
}
