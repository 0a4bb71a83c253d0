//! Decades in words: "the eighties", "die achtziger Jahre", "les années 80".

use super::super::Sense;
use super::super::draft::Draft;
use super::super::tables::{Class, TABLES};
use super::super::tokens::Text;
use super::century;

/// The decade at a position that a word begins.
pub(super) fn in_words(text: &Text<'_>, at: usize) -> Option<Draft> {
    after_years(text, at)
        .or_else(|| english(text, at))
        .or_else(|| german(text, at))
}

/// "les années 1980", "los años 80"
fn after_years(text: &Text<'_>, at: usize) -> Option<Draft> {
    let is_years = matches!(text.word(at), "années" | "años" | "anos" | "anni");
    let digits = text.after_space(at + 1);
    let number = text
        .digits(digits)
        .filter(|number| is_years && number.ends_with('0'))?;
    let year: i32 = number.parse().ok()?;
    let first = match number.len() {
        2 if year >= 20 => century(year),
        4 if (1000..2100).contains(&year) => year,
        _ => return None,
    };
    Some(Draft::one(at, digits + 1, Sense::Decade(first)))
}

/// "the eighties"; "in his eighties" is an age.
fn english(text: &Text<'_>, at: usize) -> Option<Draft> {
    let ten = text.word(at).strip_suffix("ties")?;
    let year = ten_of(&format!("{ten}ty"))?;
    let is_decade = matches!(text.word_before(at), "the" | "early" | "late" | "mid");
    is_decade.then(|| Draft::one(at, at + 1, Sense::Decade(century(year))))
}

fn german(text: &Text<'_>, at: usize) -> Option<Draft> {
    let year = ten_of(text.word(at).strip_suffix("er")?)?;
    let years = text.after_space(at + 1);
    let is_decade = matches!(text.word(years), "jahre" | "jahren");
    is_decade.then(|| Draft::one(at, years + 1, Sense::Decade(century(year))))
}

fn ten_of(word: &str) -> Option<i32> {
    let known = TABLES.numbers.get(word)?;
    let ten = known.iter().find(|numeral| numeral.class == Class::Ten)?;
    i32::try_from(ten.value.as_whole()?).ok()
}
