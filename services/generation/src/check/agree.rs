//! What must agree between a statement and its source, whoever wrote it.
//!
//! A claim of the source is one sentence, with those it goes on from. The statement's words are found in it as far as
//! they are the same; where it says things in other words, what is compared is what has no other words: numbers, names,
//! negations, only and all, duties, opposites, and who did it to whom.

mod across;
mod cells;
mod certain;
mod clauses;
mod doers;
mod elsewhere;
mod exceptions;
mod exchanged;
mod extent;
mod hours;
mod mixed;
mod order;
mod parts;
mod places;
mod polarity;
mod quantities;
mod sequence;
pub(super) mod steps;

use stoa_language::{
    Language, Reading,
    markers::{Class, Opposites, Side},
    reading::Term,
};

use super::Reason;
use crate::read::{Claim, Source};

/// Words that begin a condition: what follows is supposed, not stated.
pub(super) const CONDITIONS: [&str; 14] = [
    "if", "unless", "when", "provided", "whether", "wenn", "falls", "sofern", "si", "se", "als",
    "如果", "若", "除非",
];

/// Whether a text says one of some words: as a word of its own, and phrases, words with an accent and those of scripts
/// without spaces anywhere.
pub(super) fn says_one(text: &str, words: &[&str]) -> bool {
    let lower = text.to_lowercase();
    words.iter().any(|word| {
        if word.is_ascii() && !word.contains(' ') {
            lower
                .split(|c: char| !c.is_alphanumeric())
                .any(|own| own == *word)
        } else {
            lower.contains(word)
        }
    })
}

/// Whether a place is inside of a number: the comma of "1,200" and the "and" of "an hour and a half" part nothing.
pub(super) fn is_in_number(reading: &Reading, at: usize) -> bool {
    let mut numbers = reading.quantities.iter();
    numbers.any(|own| own.range.start < at && at < own.range.end)
}

/// How much of a statement's meaning somebody else vouches for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Vouched {
    /// A model says that the source states it: words may differ.
    ByModel,
    /// Nobody: words must be the source's.
    ByNobody,
}

/// A word of the statement and where the claim has it.
struct Held<'a> {
    term: &'a Term,
    /// Place of the first among the claim's words.
    place: usize,
    /// Clauses of the claim that have it.
    clauses: Vec<usize>,
    /// It stands before what its clause denies.
    before: bool,
}

/// Whether nothing in a statement is at odds with a claim.
pub(super) fn agrees(
    statement: &Reading,
    claim: &Claim,
    source: &Source,
    question: &Reading,
    vouched: Vouched,
) -> Result<(), Reason> {
    // The cheap and certain first: most lies change a number, and numbers compare across languages.
    quantities::agree(statement, claim, source, question, vouched)?;
    if statement.language != source.language {
        return across::agrees(statement, claim, source);
    }
    let hours = hours::agree(statement, &claim.reading);
    if let Some(Err(reason)) = hours {
        return Err(reason);
    }
    places::parted(statement, &claim.reading)?;
    // The columns of a row are no clauses.
    if !claim.row {
        mixed::mixed(statement, &claim.reading)?;
    }
    places::excepted(statement, &claim.reading)?;
    if exceptions::allows_excepted(statement, &claim.reading) {
        return Err(Reason::Polarity);
    }
    // A model may have read "after lunch" out of "when lunch is over"; words alone cannot.
    if vouched == Vouched::ByNobody
        && is_stray(statement, claim, source)
        && !steps::are_told(statement, &claim.reading)
    {
        return Err(Reason::Opposite);
    }
    exchanged::word(statement, claim, vouched)?;
    exchanged::lead(statement, claim, source)?;
    exchanged::row(statement, claim, source)?;
    exchanged::negation(statement, &claim.reading)?;
    let answer = claim
        .row
        .then(|| cells::answers(statement, &claim.reading))
        .flatten();
    if answer == Some(false) {
        return Err(Reason::Polarity);
    }
    let held = held(statement, &claim.reading);
    names(statement, claim, source)?;
    extent::extent(statement, claim, source, &held, vouched)?;
    duty(statement, &claim.reading)?;
    if answer.is_none() && !cells::decides_nothing(statement, claim) {
        polarity::agree(statement, &claim.reading, &held, vouched)?;
    }
    sequence::agrees(statement, &claim.reading)?;
    if steps::are_turned(statement, &claim.reading) {
        return Err(Reason::Order);
    }
    opposites(statement, &claim.reading)?;
    // The columns of a row may be said in any order.
    if claim.row {
        return Ok(());
    }
    order::order(statement, &claim.reading, &held, vouched)
}

/// Whether a statement that shares most words with a claim puts them together as the claim does; of what a model vouches
/// for this asks too much.
pub(super) fn puts_alike(statement: &Reading, claim: &Claim) -> Result<(), Reason> {
    // What is told one after the other stands in parts of its own.
    if !steps::are_told(statement, &claim.reading) {
        parts::joined(statement, claim)?;
    }
    turns_nothing(statement, claim)
}

/// Whether a statement in words of its own turns nothing of a claim round: not what was, nor a part, who it is of, where it
/// goes, a condition or a contrary within a word.
pub(super) fn turns_nothing(statement: &Reading, claim: &Claim) -> Result<(), Reason> {
    places::says_what_was(statement, &claim.reading)?;
    extent::says_whole_of_part(statement, &claim.reading)?;
    if extent::adds_most(statement, &claim.reading) {
        return Err(Reason::Extent);
    }
    if doers::takes_back(statement, &claim.reading)
        || doers::buys_buyer(statement, &claim.reading)
        || doers::is_of_named_last(statement, &claim.reading)
        || doers::goes_into_another(statement, &claim.reading)
        || doers::goes_other_way(statement, &claim.reading)
        || quantities::compares_with_another(statement, &claim.reading)
    {
        return Err(Reason::Order);
    }
    let is_contrary = clauses::undoes_a_word(statement, &claim.reading)
        || clauses::undoes_a_word(&claim.reading, statement);
    if is_contrary && extent::denies(statement) == extent::denies(&claim.reading) {
        return Err(Reason::Polarity);
    }
    if clauses::drops_its_condition(statement, &claim.reading) {
        return Err(Reason::Extent);
    }
    if clauses::denies_its_condition(statement)
        && extent::denies(&claim.reading)
        && !clauses::denies_its_condition(&claim.reading)
    {
        return Err(Reason::Polarity);
    }
    if statement.language.is_latin() {
        exchanged::modifier(statement, &claim.reading)
    } else {
        exchanged::opposite_characters(statement, &claim.reading)?;
        doers::by(statement, &claim.reading)?;
        exchanged::characters(statement, &claim.reading)
    }
}

pub(super) use certain::{is_of_source, keeps_apart};
pub(super) use elsewhere::elsewhere;
pub(super) use exceptions::is_of_excepted;
pub(super) use quantities::{
    bounds_one, computes, has_other_period, is_alike, is_bounded, is_in as has_number, names_step,
};

/// How much of a statement a claim has in its own words: the claim that it should be held against has most.
pub(super) fn overlap(statement: &Reading, claim: &Claim) -> usize {
    let words = statement
        .claims()
        .filter(|term| claim.reading.holds(term))
        // A claim about the same name is nearer than one that shares any other word.
        .map(|term| if term.name || term.identifier { 2 } else { 1 })
        .sum::<usize>();
    let marks = if statement.language == claim.reading.language {
        0
    } else {
        across::shared(statement, &claim.reading)
    };
    words + marks + quantities::shared(statement, &claim.reading)
}

/// Whether a statement says before or after of what is no number, and the claim neither.
fn is_stray(statement: &Reading, claim: &Claim, source: &Source) -> bool {
    // Of numbers it is asked with the number, in `quantities::bounds`.
    let has = |reading: &Reading, pair: u16| {
        reading
            .marks
            .iter()
            .any(|mark| matches!(mark.class, Class::Side(side) if side.pair == pair))
    };
    statement.marks.iter().any(|mark| match mark.class {
        Class::Side(side) if side.bounds() => {
            // "Since" of no number gives a reason.
            statement
                .text
                .get(mark.range.clone())
                .is_some_and(|word| !word.eq_ignore_ascii_case("since"))
                && !bounds_one(statement, &mark.range)
                && !has(&claim.reading, side.pair)
                && !has(source.heading(), side.pair)
        }
        _ => false,
    })
}

fn held<'a>(statement: &'a Reading, claim: &Reading) -> Vec<Held<'a>> {
    statement
        .claims()
        .filter_map(|term| {
            let same = |other: &Term| other.means(term) || exchanged::shares(other, term);
            let places: Vec<usize> = (0..claim.terms.len())
                .filter(|at| same(&claim.terms[*at]))
                .collect();
            Some(Held {
                term,
                place: *places.first()?,
                before: places
                    .iter()
                    .any(|at| stands_before(claim, &claim.terms[*at])),
                clauses: places.iter().map(|at| claim.terms[*at].clause).collect(),
            })
        })
        .collect()
}

/// Whether a word stands before the negation of its clause, which turns round what comes after it: "open to people not
/// staying" is open. German puts its negation behind the verb.
fn stands_before(claim: &Reading, term: &Term) -> bool {
    let mut negations = claim
        .marks
        .iter()
        .filter(|mark| mark.class == Class::Not && claim.clause_of(mark.range.start) == term.clause)
        .map(|mark| mark.range.start)
        .peekable();
    claim.language != Language::German
        && negations.peek().is_some()
        && negations.all(|at| at > term.range.start)
}

/// Names and codes are in the claim, or above it, where the source has them.
fn names(statement: &Reading, claim: &Claim, source: &Source) -> Result<(), Reason> {
    let missing = statement.claims().find(|term| {
        (term.identifier || term.name)
            && !claim.reading.holds(term)
            && !source.heading().holds(term)
    });
    match missing {
        Some(term) => Err(Reason::Name(term.plain.clone())),
        // Every name that shows by its capital was found. What is left is a name in first place, where a capital says
        // nothing.
        None => substituted(statement, &claim.reading),
    }
}

/// A sentence that begins with a name shows it by nothing. Where the rest is the claim's and both begin with words that
/// the other does not have, one name stands for another.
fn substituted(statement: &Reading, claim: &Reading) -> Result<(), Reason> {
    let capitals_tell =
        // Every German noun has a capital, and Chinese has none.
        !matches!(statement.language, Language::German) && statement.language.is_latin();
    let (Some(mine), Some(theirs)) = (statement.claims().next(), claim.claims().next()) else {
        return Ok(());
    };
    let begins = |reading: &Reading, term: &Term| {
        term.range.start == 0 && reading.text.starts_with(char::is_uppercase)
    };
    // "Call Ines Berg": a verb stands before a name that the claim has as it is.
    let tells_to = statement.claims().nth(1).is_some_and(|next| {
        next.name
            && next.range.start - mine.range.end <= 1
            && claim
                .claims()
                .zip(claim.claims().skip(1))
                .all(|(before, own)| !own.is(next) || !before.name || statement.holds(before))
    });
    let labels = statement.text[mine.range.end..].starts_with(':');
    if tells_to || labels {
        return Ok(());
    }
    let rest: Vec<&Term> = statement.claims().skip(1).collect();
    let same = rest.iter().filter(|term| claim.holds(term)).count();
    let replaced = capitals_tell
        && begins(statement, mine)
        && begins(claim, theirs)
        && !claim.holds(mine)
        && !statement.holds(theirs)
        && !rest.is_empty()
        // Two thirds of the rest, so that a paraphrase that merely begins otherwise is none.
        && same * 3 >= rest.len() * 2;
    if replaced {
        Err(Reason::Name(mine.plain.clone()))
    } else {
        Ok(())
    }
}

/// A duty is no permission. "May only" is a duty.
fn duty(statement: &Reading, claim: &Reading) -> Result<(), Reason> {
    // "May only be opened by staff" does forbid, so "must" is no exaggeration of it.
    let limits = claim.has(Class::Only) || claim.has(Class::Not);
    // Who may join from 14 on must be 14.
    let bounded = statement.quantities.iter().any(|quantity| {
        quantities::is_bounded(statement, quantity)
            && claim
                .quantities
                .iter()
                .any(|other| quantity.agrees(other) && quantities::is_bounded(claim, other))
    });
    let demanded = statement.has(Class::Must)
        && claim.has(Class::May)
        && !claim.has(Class::Must)
        && !limits
        && !bounded;
    let allowed = statement.has(Class::May)
        && !statement.has(Class::Must)
        && !statement.has(Class::Not)
        && claim.has(Class::Must)
        && !claim.has(Class::May)
        // "At most four each" is a permission.
        && !bounded;
    if demanded || allowed {
        return Err(Reason::Duty);
    }
    Ok(())
}

/// Of two opposites the statement does not name the one that the claim does not.
fn opposites(statement: &Reading, claim: &Reading) -> Result<(), Reason> {
    let sides = |reading: &Reading| -> Vec<Side> {
        reading
            .marks
            .iter()
            .filter_map(|mark| match mark.class {
                // What comes first is compared by what it is.
                Class::Side(side) if side.kind == Opposites::Converse => None,
                // Bounds are compared with their numbers.
                Class::Side(side)
                    if side.kind == Opposites::Amount
                        && quantities::bounds_one(reading, &mark.range) =>
                {
                    None
                }
                Class::Side(side) if !side.is_polar() && sequence::in_time(mark).is_none() => {
                    Some(side)
                }
                _ => None,
            })
            .collect()
    };
    let (said, theirs) = (sides(statement), sides(claim));
    let turned = said.iter().any(|side| {
        let of_pair = |other: &&Side| other.pair == side.pair;
        theirs
            .iter()
            .any(|other| of_pair(&other) && other.first != side.first)
            && !theirs.contains(side)
            && !said
                .iter()
                .any(|other| of_pair(&other) && other.first != side.first)
    });
    if turned {
        Err(Reason::Opposite)
    } else {
        Ok(())
    }
}
