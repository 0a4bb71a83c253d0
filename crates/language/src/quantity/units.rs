//! Units of measure and money at a position of a text.

use super::tables::{Lang, TABLES, UnitName};
use super::tokens::{Shape, Text};

/// The unit's name at a position: the position after it, and all that the name can stand for.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) to: usize,
    pub(super) names: Vec<UnitName>,
}

const MOST_TOKENS: usize = 7;

/// The longest unit name that begins at a position.
pub(super) fn at(text: &Text<'_>, at: usize) -> Option<Found> {
    let shape = text
        .shape(at)
        .filter(|&shape| shape == Shape::Word || shape == Shape::Cjk || shape == Shape::Mark)?;
    if !TABLES.unit_firsts.contains(text.key(at)) {
        return None;
    }
    // Signs have short names (€, °C, %); only words have long ones such as "cubic metres per second".
    let most = if shape == Shape::Mark { 4 } else { MOST_TOKENS };
    (at + 1..=(at + most).min(text.len())).rev().find_map(|to| {
        let names = named(text.slice(at, to));
        (!names.is_empty() && !cuts_word(text, to)).then_some(Found { to, names })
    })
}

/// "m2" is no metre before a two: a letter symbol ends where digits or more letters do not go on.
fn cuts_word(text: &Text<'_>, to: usize) -> bool {
    let is_letters = text.is(to - 1, Shape::Word);
    is_letters
        && (text.is(to, Shape::Digits) && !text.raw(to - 1).eq_ignore_ascii_case("h")
            || text.is_mark(to, &['_']))
}

fn named(name: &str) -> Vec<UnitName> {
    let symbols = TABLES.symbols.get(name).into_iter().flatten();
    let words = TABLES
        .units
        .get(name.to_lowercase().as_str())
        .into_iter()
        .flatten();
    let mut names: Vec<UnitName> = symbols.chain(words).copied().collect();
    names.dedup();
    names
}

/// The unit after a number that ends at a position: directly, after a space, or after a hyphen.
pub(super) fn after(text: &Text<'_>, to: usize, scaled: bool) -> Option<Found> {
    if let Some(found) = at(text, to) {
        return Some(found);
    }
    // A hyphen joins the unit as a space does: "5-day", "3/4-Stunde".
    let is_hyphen = text.is_mark(to, &['-', '‑', '‐']);
    let mut next = if is_hyphen {
        to + 1
    } else {
        text.after_space(to)
    };
    if next == to {
        return None;
    }
    if scaled && text.listed(next, "of").is_some() {
        next = after_of(text, next);
    }
    at(text, next).filter(|found| !is_other_word(text, next, found))
}

/// After "3 millions" come "d'euros", "de dollars".
fn after_of(text: &Text<'_>, at: usize) -> usize {
    let next = at + 1;
    if text.is_mark(next, &['\'', '’']) {
        next + 1
    } else {
        text.after_space(next)
    }
}

/// "5 in the box", "3 a", "2 t": one-letter symbols and "in" after a space may be words.
fn is_other_word(text: &Text<'_>, at: usize, found: &Found) -> bool {
    let word = text.word(at);
    let next = text.after_space(found.to);
    let goes_on = next > found.to && text.is(next, Shape::Word);
    match word {
        "in" => goes_on || text.is_mark(found.to, &['-']) || text.is(next, Shape::Digits),
        "am" | "al" => true,
        // "Steht 2026 an."
        "an" => text.speaks(Lang::DE) || text.speaks(Lang::EN),
        // "Trois quarts de l'énergie".
        "l" => text.is_mark(found.to, &['\'', '’']),
        "a" if text.raw(at) == "A" => goes_on && is_number_of_clause(text, at),
        "d" | "a" => goes_on,
        _ => false,
    }
}

/// Whether all that stands before is a number with points: "3.2 A concert needs …" is a clause, and no current.
fn is_number_of_clause(text: &Text<'_>, at: usize) -> bool {
    let is_part = |at: usize| {
        text.is(at, Shape::Digits) || text.is(at, Shape::Space) || text.is_mark(at, &['.'])
    };
    (0..at).all(is_part) && (0..at).any(|at| text.is_mark(at, &['.']))
}

/// Whether a base unit is a currency: those are written in capitals.
pub(super) fn is_money(base: &str) -> bool {
    base.starts_with(|c: char| c.is_ascii_uppercase())
}

/// Whether a name is one that stands before its number: a symbol, a code in capitals, "Fr.", "kr".
pub(super) fn is_prefix(text: &Text<'_>, found: &Found, at: usize) -> bool {
    let is_money = found.names.iter().any(|name| is_money(name.base));
    let raw = text.slice(at, found.to);
    // 分三次 is in three parts, and no three cents.
    let is_code =
        raw.len() <= 4 && !text.is(at, Shape::Cjk) && !raw.chars().any(char::is_lowercase);
    let is_short = matches!(
        raw,
        "Fr" | "Fr."
            | "fr."
            | "SFr"
            | "SFr."
            | "kr"
            | "kr."
            | "Rs"
            | "Rs."
            | "Euro"
            | "Kč"
            | "zł"
            | "人民币"
            | "人民幣"
            | "R$"
    );
    is_money && (text.is(at, Shape::Mark) || is_code || is_short)
}
