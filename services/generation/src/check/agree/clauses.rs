//! What a clause does in its sentence: it sets a condition, names a price, or denies within a word.

use std::collections::HashSet;

use stoa_language::{
    Language, Reading,
    markers::{Class, Mark, Opposites},
    reading::Term,
};

use super::{CONDITIONS, polarity::polar_sides, says_one};

/// Words at the end of a clause that says so in Chinese.
const CHINESE_WHILE: [&str; 8] = ["以后", "之后", "后", "时", "的时候", "之前", "以前", "期间"];

/// Letters of a word behind a prefix that turns it round.
const UNDONE: usize = 4;

/// Beginnings of words whose *un* is no prefix.
const NOT_UNDONE: [&str; 8] = [
    "under", "unit", "univers", "union", "until", "unter", "uniq", "unif",
];

/// Words after which a clause says when or how long.
const WHILE: [&str; 14] = [
    "while", "when", "whenever", "as", "once", "until", "before", "after", "during", "während",
    "wenn", "bis", "quand", "pendant",
];

/// The opposites that count in a clause: where it names a price, that it costs anything is said by that.
pub(super) fn price_of(statement: &Reading, clause: usize, pairs: &HashSet<u16>) -> HashSet<u16> {
    if has_price(statement, Some(clause)) {
        price_free(statement, pairs)
    } else {
        pairs.clone()
    }
}

/// Whether a text, or a clause of it, has an amount of money.
pub(super) fn has_price(reading: &Reading, clause: Option<usize>) -> bool {
    reading.quantities.iter().any(|own| {
        clause.is_none_or(|clause| reading.clause_of(own.range.start) == clause)
            && own.measures().any(|measure| measure.unit.is_money())
    })
}

/// Opposites but for what is free and what is paid.
pub(super) fn price_free(reading: &Reading, pairs: &HashSet<u16>) -> HashSet<u16> {
    let is_price = |pair: &u16| {
        polar_sides(reading).any(|(side, _)| side.pair == *pair && side.kind == Opposites::Price)
    };
    pairs
        .iter()
        .copied()
        .filter(|pair| !is_price(pair))
        .collect()
}

/// Whether a clause has a word that begins with what turns it round.
pub(super) fn undoes(reading: &Reading, clause: usize) -> bool {
    reading
        .claims()
        .any(|term| term.clause == clause && is_undone(reading, term))
}

pub(super) fn undoes_any(reading: &Reading) -> bool {
    reading.claims().any(|term| is_undone(reading, term))
}

fn is_undone(reading: &Reading, term: &Term) -> bool {
    undone(reading, term).next().is_some()
}

/// What a word turns round, if it begins with what does that.
fn undone<'a>(reading: &Reading, term: &'a Term) -> impl Iterator<Item = &'a str> {
    let prefixes: &'static [&'static str] = match reading.language {
        Language::English => &["un", "non"],
        Language::German => &["un"],
        _ => &[],
    };
    let is_one = NOT_UNDONE.iter().any(|word| term.plain.starts_with(word));
    prefixes
        .iter()
        .filter_map(|prefix| term.plain.strip_prefix(prefix))
        .filter(move |rest| rest.len() >= UNDONE && !is_one)
}

/// Whether a text has the contrary of a word of another, by what stands before it: ungültig of gültig.
pub(super) fn undoes_a_word(reading: &Reading, other: &Reading) -> bool {
    let has = |word: &str| other.claims().any(|term| term.plain == word);
    reading.claims().any(|term| {
        let mut bases = undone(reading, term);
        !other.holds(term) && bases.any(has)
    })
}

/// How many denials a clause has.
pub(super) fn denials_in(reading: &Reading, clause: usize) -> usize {
    let of_clause =
        |mark: &&Mark| mark.class == Class::Not && reading.clause_of(mark.range.start) == clause;
    reading.marks.iter().filter(of_clause).count()
}

/// Whether a clause says while, when or until what something is so.
pub(super) fn accompanies(statement: &Reading, clause: usize) -> bool {
    let text = statement
        .clause_start(clause)
        .and_then(|from| statement.text.get(from..))
        .unwrap_or_default();
    let rest = &text[..text.find(['，', ',', '。']).unwrap_or(text.len())];
    if CHINESE_WHILE.iter().any(|word| rest.ends_with(word)) {
        return true;
    }
    let first = text
        .split(|c: char| !c.is_alphanumeric())
        .find(|word| !word.is_empty());
    first.is_some_and(|first| WHILE.contains(&first.to_lowercase().as_str()))
}

/// Whether a text denies nothing but what it sets as a condition: "you may if nobody comes".
pub(super) fn denies_its_condition(reading: &Reading) -> bool {
    let mut denials = reading
        .marks
        .iter()
        .filter(|mark| mark.class == Class::Not)
        .peekable();
    denials.peek().is_some()
        && denials.all(|mark| {
            let clause = reading.clause_of(mark.range.start);
            let from = reading.clause_start(clause).unwrap_or(0);
            let before = reading.text.get(from..mark.range.start);
            before.is_some_and(|before| says_one(before, &CONDITIONS))
        })
}

/// Words that begin what something depends on, and what ends it.
const DEPENDS: [&str; 10] = [
    "if ",
    "unless ",
    "without ",
    "provided ",
    "wenn ",
    "falls ",
    "sofern ",
    "ohne ",
    "如果",
    "若",
];
const ENDS: [char; 8] = [',', ';', '.', ':', '，', '；', '。', '：'];

/// Whether a statement leaves out what its claim makes it depend on, and names no condition of its own: "visitors pay 19
/// euros", of those without a card.
pub(super) fn drops_its_condition(statement: &Reading, claim: &Reading) -> bool {
    let lower = claim.text.to_lowercase();
    let own = statement.text.to_lowercase();
    if DEPENDS.iter().any(|word| own.contains(word)) || statement.has(Class::Not) {
        return false;
    }
    DEPENDS.iter().any(|word| {
        lower.match_indices(word).any(|(from, _)| {
            // A word of its own, and not the end of another.
            let begins = !lower[..from].ends_with(|c: char| c.is_alphanumeric())
                || !claim.language.is_latin();
            let end = lower[from..]
                .find(ENDS)
                .map_or(lower.len(), |end| from + end);
            let inside = |at: usize| (from..end).contains(&at);
            let mut terms = claim.terms.iter().filter(|term| inside(term.range.start));
            let mut numbers = claim
                .quantities
                .iter()
                .filter(|own| inside(own.range.start));
            begins
                && claim.claims().any(|term| inside(term.range.start))
                && !terms.any(|term| statement.says(term))
                && !numbers.any(|other| statement.quantities.iter().any(|own| own.agrees(other)))
        })
    })
}

/// Whether a clause is what something depends on.
pub(super) fn supposes(statement: &Reading, clause: usize) -> bool {
    let first = statement.terms.iter().find(|term| term.clause == clause);
    let from = statement.clause_start(clause);
    let (Some(from), Some(first)) = (from, first) else {
        return false;
    };
    let before = statement
        .text
        .get(from..first.range.end)
        .unwrap_or_default();
    says_one(before, &CONDITIONS)
}
