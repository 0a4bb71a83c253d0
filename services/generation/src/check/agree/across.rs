//! What must agree between a statement and a claim of another language, where their words cannot be compared.
//!
//! Both have the parts that no translation loses: numbers, codes, names in one script, and the words that turn a statement
//! round or bound it. A translation that leaves such a word out may say something else, so it is asked for on both sides.

use std::collections::HashSet;

use stoa_language::{
    Language, Reading,
    markers::{Class, Mark, Opposites, Side},
    reading::Term,
    script,
};

use super::{
    Reason, duty, opposites,
    order::is_capital,
    places,
    polarity::{contested, polar_sides},
};
use crate::read::{Claim, Source};

/// How many kinds of marks two texts have in common: by them a claim is found that is about the same.
pub(super) fn shared(statement: &Reading, claim: &Reading) -> usize {
    let kinds = |reading: &Reading| -> HashSet<Class> {
        let kind = |mark: &Mark| match mark.class {
            // Opposites are about the same.
            Class::Side(side) => Class::Side(Side {
                first: true,
                ..side
            }),
            class => class,
        };
        reading.marks.iter().map(kind).collect()
    };
    kinds(statement).intersection(&kinds(claim)).count()
}

/// Letters that two forms of a name begin with: Rome is Rom, and Hannover is Hanover.
const ALIKE: usize = 3;

/// Whether nothing but the words of a statement is at odds with a claim; its numbers are compared already.
pub(super) fn agrees(statement: &Reading, claim: &Claim, source: &Source) -> Result<(), Reason> {
    // The same order as for one language, less what needs words: those cannot be compared.
    places::parted(statement, &claim.reading)?;
    names(statement, claim, source)?;
    extent(statement, &claim.reading)?;
    duty(statement, &claim.reading)?;
    polarity(statement, &claim.reading)?;
    opposites(statement, &claim.reading)?;
    order(statement, &claim.reading)
}

/// Codes are the same in every language. A name may be written otherwise, but not while the claim names somebody else.
pub(super) fn names(statement: &Reading, claim: &Claim, source: &Source) -> Result<(), Reason> {
    let held = |term: &Term| {
        claim.reading.holds(term)
            || source.heading().holds(term)
            || claim.reading.claims().any(|other| is_alike(term, other))
    };
    // "Gate 1" is told by its number.
    let is_numbered = |term: &Term| {
        let mut numbers = statement.quantities.iter();
        numbers.any(|own| own.range.start == term.range.end + 1)
    };
    let missing: Vec<&Term> = statement
        .claims()
        .filter(|term| is_name(statement, term) && !held(term))
        .filter(|term| term.identifier || !is_numbered(term))
        .collect();
    if let Some(code) = missing.iter().find(|term| term.identifier) {
        return Err(Reason::Name(code.plain.clone()));
    }
    // A translated name ("Gesundheitsamt" for "Health Office") is missing too. It is refused only where the claim names
    // another in its place.
    let other = |term: &&Term| {
        is_name(&claim.reading, term)
            && !statement.holds(term)
            && !statement.claims().any(|own| is_alike(term, own))
    };
    match missing.first() {
        Some(name) if claim.reading.claims().any(|term| other(&term)) => {
            Err(Reason::Name(name.plain.clone()))
        }
        _ => Ok(()),
    }
}

/// A name as far as it shows: by its capital, or as a word of another script than the text's. Every German noun could be
/// one.
fn is_name(reading: &Reading, term: &Term) -> bool {
    let of_another_script = !reading.language.is_latin()
        && !term.unspaced
        && term.plain.chars().all(|c| c.is_ascii_alphanumeric());
    let noun = reading.language == Language::German && is_capital(reading, term);
    term.name || term.identifier || of_another_script || noun
}

fn is_alike(a: &Term, b: &Term) -> bool {
    let common = a
        .plain
        .chars()
        .zip(b.plain.chars())
        .take_while(|(a, b)| a == b)
        .count();
    let shorter = a.plain.chars().count().min(b.plain.chars().count());
    let spaced = |term: &Term| !term.plain.chars().any(script::is_unspaced);
    // Two thirds of the shorter one, so that Marta is not Martin.
    spaced(a) && spaced(b) && common >= ALIKE && common * 3 >= shorter * 2
}

/// Only, all and some are neither added nor left out. Whom "only" leaves out may also be said by a negation or a duty.
fn extent(statement: &Reading, claim: &Reading) -> Result<(), Reason> {
    let adds = |class: Class| statement.has(class) && !claim.has(class);
    let leaves_out = |class: Class| claim.has(class) && claim.clause_count() == 1;
    let limited = [Class::Only, Class::Not, Class::Must, Class::Except];
    let vague = [Class::Some, Class::May];
    let has_one = |classes: &[Class]| classes.iter().any(|class| statement.has(*class));
    // Only what bounds a whole claim of one clause may not be left out: in a longer one it may bound a part that the
    // statement leaves alone.
    if adds(Class::Only)
        || adds(Class::All)
        || adds(Class::Except) && !super::extent::denies(claim)
        || claim.has(Class::Only) && !has_one(&limited)
        || leaves_out(Class::Some) && !has_one(&vague)
    {
        return Err(Reason::Extent);
    }
    Ok(())
}

/// A statement negates where the claim negates, and the other way: at least one of its clauses, or less than half of them,
/// as it cannot be told which one it is.
fn polarity(statement: &Reading, claim: &Reading) -> Result<(), Reason> {
    // What has a price is no denial of what is free.
    let denies = |(side, _): &(Side, usize)| side.kind != Opposites::Price;
    let theirs: HashSet<u16> = polar_sides(claim)
        .filter(denies)
        .map(|(side, _)| side.pair)
        .collect();
    // Which of the two the statement is about cannot be told where the claim names both.
    let one_named = |pair: &u16| {
        let mut firsts = polar_sides(claim)
            .filter(|(side, _)| side.pair == *pair)
            .map(|(side, _)| side.first);
        let first = firsts.next();
        firsts.all(|other| Some(other) == first)
    };
    let mut both = contested(statement, claim);
    both.retain(one_named);
    let negated = |reading: &Reading, pairs| -> Vec<bool> {
        (0..reading.clause_count())
            .map(|clause| reading.is_negated(clause, pairs))
            .collect()
    };
    let turned = negated(statement, &both).contains(&true);
    let theirs_turned = negated(claim, &both);
    let said = if turned {
        // "No entry" may be how a statement says that a place is closed.
        theirs_turned.contains(&true) || negated(claim, &theirs).contains(&true)
    } else {
        let count = theirs_turned.iter().filter(|turned| **turned).count();
        count * 2 < theirs_turned.len()
    };
    if said { Ok(()) } else { Err(Reason::Polarity) }
}

/// Two names that both have stand in one order, but for a passive.
fn order(statement: &Reading, claim: &Reading) -> Result<(), Reason> {
    // Word order differs between languages; the order of two names hardly does, unless one text turns the sentence
    // round.
    if statement.has(Class::Passive) || claim.has(Class::Passive) {
        return Ok(());
    }
    let places: Vec<usize> = statement
        .claims()
        .filter(|term| is_name(statement, term))
        .filter_map(|term| {
            claim
                .terms
                .iter()
                .position(|other| other.plain == term.plain)
        })
        .collect();
    if places.windows(2).any(|pair| pair[0] > pair[1]) {
        return Err(Reason::Order);
    }
    Ok(())
}
