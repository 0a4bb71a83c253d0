//! Only, all and some: whom a statement leaves in and whom it leaves out.

mod lists;

use std::collections::HashSet;

use stoa_language::{
    Language, Reading,
    fold::fold,
    markers::{Class, Opposites},
    quantity::{Quantity, Sense},
    reading::Term,
};

use super::{Held, Reason, Vouched, doers, exchanged, places, polarity, quantities, says_one};
use crate::read::{Claim, Source};

use lists::{AGAIN, ALONE, ALWAYS, AT_ONCE, EACH, EACH_TIME, MOST, NEVER, TURNS, WHOEVER};

/// Only, all and some are said where the source says them.
pub(super) fn extent(
    statement: &Reading,
    claim: &Claim,
    source: &Source,
    held: &[Held<'_>],
    vouched: Vouched,
) -> Result<(), Reason> {
    // A row has all that there is of its column, and "others pay" leaves nobody else out.
    let exhausts = vouched == Vouched::ByModel
        && (claim.row
            || source
                .claims()
                .iter()
                .filter(|other| other.unit == claim.unit)
                .any(|other| other.reading.has(Class::Others) || other.reading.has(Class::Not)));
    let claim = &claim.reading;
    let in_reach = |class: Class| {
        claim.marks.iter().any(|mark| {
            let clause = claim.clause_of(mark.range.start);
            mark.class == class && held.iter().any(|held| held.clauses.contains(&clause))
        })
    };
    let adds = |class: Class| statement.has(class) && !claim.has(class);
    // "Only five kilos" are five kilos.
    let excludes = statement.marks.iter().any(|mark| {
        // The number itself is compared already.
        mark.class == Class::Only && !quantities::measures_next(statement, mark.range.end)
    });
    // Nobody but the coach may: only the coach may.
    let excepts = claim.has(Class::Except) && denies(claim);
    // "4 euros instead of 6.50" says what both are, and "unless you cancel" what a denial says.
    let leaves_out = adds(Class::Except)
        && !claim.has(Class::Only)
        && !denies(claim)
        && !places::names_all_excepted(statement, claim);
    // Of what is so with exceptions nobody says that it is so of each.
    let drops = claim.has(Class::Except)
        && !statement.has(Class::Except)
        && (says_each(statement) || says_one(&statement.text, &NEVER));
    if widens(statement, claim, held)
        || vouched == Vouched::ByNobody
            && (exchanges(statement, claim)
                || adds_each(statement, claim)
                || drops_only(statement, claim)
                || adds_always(statement, claim)
                || adds_at_once(statement, claim)
                || adds_alone(statement, claim)
                || unbounds(statement, claim)
                || drops_turn(statement, claim))
        || drops
        || excludes && !claim.has(Class::Only) && !excepts && !exhausts
        || adds_all(statement, claim, vouched)
        || leaves_out
    {
        return Err(Reason::Extent);
    }
    // "Some" of a clause that the statement takes nothing from limits something else.
    if in_reach(Class::Some) && !statement.has(Class::Some) && !statement.has(Class::May) {
        return Err(Reason::Extent);
    }
    Ok(())
}

/// Whether a statement says of somebody else what a claim says of one alone: what only staff may use visitors may not.
fn widens(statement: &Reading, claim: &Reading, held: &[Held<'_>]) -> bool {
    let pairs = polarity::contested(statement, claim);
    let turned = (0..statement.clause_count()).any(|clause| statement.is_negated(clause, &pairs));
    let said = |only: &Term| {
        let mut own = statement.terms.iter();
        own.any(|own| own.means(only) || exchanged::shares(own, only))
    };
    // It may limit another clause than the one that the statement takes from.
    let limits = |only: &Term| {
        let in_clause = |held: &Held<'_>| held.clauses.iter().all(|clause| *clause == only.clause);
        held.iter().any(in_clause)
    };
    // Another part of the sentence, with a number of its own.
    let numbered = quantities::shared(statement, claim) > 0;
    let widens = !turned
        && !numbered
        && !statement.has(Class::Only)
        && only_of(claim).is_some_and(|only| limits(only) && !said(only));
    // "Everywhere but there" is the contrary of "only there".
    let reverses = claim.has(Class::Only) && statement.has(Class::Except);
    !denies(statement) && (widens || reverses)
}

/// Whether a statement limits it to another one: only the red ones are not only the black ones.
fn exchanges(statement: &Reading, claim: &Reading) -> bool {
    statement.has(Class::Only)
        && only_of(claim).is_some()
        && only_of(statement).is_some_and(|only| {
            !claim.holds(only) && !claim.terms.iter().any(|own| own.means(only))
        })
}

/// To what alone a claim limits what it says: "only staff", "staff only".
fn only_of(claim: &Reading) -> Option<&Term> {
    let mark = claim.marks.iter().find(|mark| mark.class == Class::Only)?;
    let clause = claim.clause_of(mark.range.start);
    // An amount or a day is compared as one.
    let next = claim
        .claims()
        .find(|term| term.range.start >= mark.range.end);
    let counts = claim.quantities.iter().any(|own| {
        own.range.start >= mark.range.end
            && next.is_none_or(|next| own.range.start < next.range.start)
    });
    if counts || quantities::measures_next(claim, mark.range.end) || !claim.language.is_latin() {
        return None;
    }
    let own = || claim.claims().filter(|term| term.clause == clause);
    let last = own().last()?;
    if last.range.end <= mark.range.start {
        return Some(last);
    }
    own().find(|term| term.range.start >= mark.range.end)
}

/// Whether a statement leaves out what alone a claim says it of: what may only be moved by the ice master nobody else may.
fn drops_only(statement: &Reading, claim: &Reading) -> bool {
    let mut only = claim.marks.iter().filter(|mark| {
        mark.class == Class::Only && !quantities::measures_next(claim, mark.range.end)
    });
    let Some(mark) = only.next() else {
        return false;
    };
    let clause = claim.clause_of(mark.range.start);
    let said = |term: &Term| {
        let mut own = statement.terms.iter();
        own.any(|own| own.means(term) || exchanged::shares(own, term))
    };
    // What it says otherwise it may say with a verb of its own; of one word in three no more is left out.
    let words: Vec<&Term> = claim
        .claims()
        .filter(|term| term.clause == clause)
        .collect();
    let left_out = words.iter().filter(|term| !said(term)).count();
    // "Only drivers over 25" are not "any driver".
    let mut numbers = claim
        .quantities
        .iter()
        .filter(|own| !own.weak && claim.clause_of(own.range.start) == clause);
    let agent = doers::agent(claim).filter(|agent| agent.clause == clause);
    let by_another = agent.is_some_and(|agent| !said(agent));
    let unbounded = numbers.any(|own| !statement.quantities.iter().any(|said| said.agrees(own)));
    let limits = [Class::Only, Class::Must, Class::Not, Class::Others];
    !limits.into_iter().any(|class| statement.has(class))
        && !denies(statement)
        && statement.language.is_latin()
        && words.iter().any(|term| said(term))
        && (unbounded || by_another || left_out * 3 > words.len())
}

/// Whether a statement says that it is so all the time, and the claim does not.
fn adds_always(statement: &Reading, claim: &Reading) -> bool {
    let always = |reading: &Reading| {
        says_one(&reading.text, &ALWAYS)
            || reading.quantities.iter().any(|own| own.every)
            || says_one(&reading.text, &["no matter", "regardless", "whatever"])
    };
    says_one(&statement.text, &ALWAYS) && !always(claim) && !denies(statement)
}

/// Whether a statement says that somebody does it alone whom the claim lets do it on a condition.
fn adds_alone(statement: &Reading, claim: &Reading) -> bool {
    let conditions = [Class::Only, Class::Must, Class::Not];
    // "Signed by Ann alone" says only.
    says_one(&statement.text, &ALONE)
        && !statement.has(Class::Passive)
        && !says_one(&claim.text, &ALONE)
        && conditions.iter().any(|class| claim.has(*class))
        && !denies(statement)
}

/// Whether a statement says it of any or of each one of which the claim says it within a bound: any patient of a patient
/// under 16.
fn unbounds(statement: &Reading, claim: &Reading) -> bool {
    let lower = statement.text.to_lowercase();
    // Of whom the bound is said stands before it: a patient under 16.
    let bounded = |bound: &Quantity| {
        let before = claim
            .claims()
            .filter(|term| term.range.end <= bound.range.start);
        before.last().is_some_and(|term| {
            EACH.iter()
                .any(|each| lower.contains(&format!("{each} {}", term.plain)))
        })
    };
    let mut bounds = claim.quantities.iter().filter(|own| {
        !own.weak
            && quantities::is_bounded(claim, own)
            && !statement.quantities.iter().any(|said| said.agrees(own))
    });
    !denies(statement) && bounds.any(bounded)
}

/// Whether a statement says of each time what the claim says of one of several: every Thursday of every second Thursday.
fn drops_turn(statement: &Reading, claim: &Reading) -> bool {
    let tells = |own: &Quantity| {
        let ranks = |sense: &Sense| matches!(sense, Sense::Ordinal(_));
        !own.weak && own.readings.iter().any(ranks)
    };
    says_one(&claim.text, &TURNS)
        && !says_one(&statement.text, &TURNS)
        && says_one(&statement.text, &EACH_TIME)
        && statement.quantities.iter().any(|own| {
            own.readings
                .iter()
                .any(|sense| matches!(sense, Sense::Weekday(_)))
        })
        && !statement.quantities.iter().any(tells)
        && !statement
            .quantities
            .iter()
            .any(|own| own.every && !own.weak && own.measures().next().is_some())
}

/// Whether a statement says that nothing is waited for, or that it is done once more, and the claim does not.
fn adds_at_once(statement: &Reading, claim: &Reading) -> bool {
    [&AT_ONCE[..], &AGAIN[..]]
        .iter()
        .any(|words| says_one(&statement.text, words) && !says_one(&claim.text, words))
}

/// Whether a text says of each one what it says.
fn says_each(reading: &Reading) -> bool {
    says_one(&reading.text, &EACH)
}

/// Whether a text denies anything.
pub(super) fn denies(reading: &Reading) -> bool {
    reading.marks.iter().any(|mark| match mark.class {
        Class::Not | Class::Fails => true,
        Class::Side(side) => side.kind == Opposites::Denial && !side.first,
        _ => false,
    })
}

/// Whether a text denies something, or says the denying one of two opposites.
pub(super) fn says_no(reading: &Reading) -> bool {
    denies(reading)
        || reading
            .marks
            .iter()
            .any(|mark| matches!(mark.class, Class::Side(side) if side.is_polar() && !side.first))
}

/// Whether a statement says that it is so of the whole, and the claim of a part: the full price of half the price.
pub(super) fn says_whole_of_part(statement: &Reading, claim: &Reading) -> Result<(), Reason> {
    let part = |reading: &Reading| reading.quantities.iter().any(|own| own.factor && !own.weak);
    if statement.has(Class::All) && part(claim) && !part(statement) {
        Err(Reason::Extent)
    } else {
        Ok(())
    }
}

/// Whether a statement says of each one what the claim says without such a word: "every lane" of "the fast lane only".
fn adds_each(statement: &Reading, claim: &Reading) -> bool {
    let lower = statement.text.to_lowercase();
    // "Every six hours" is a number, and compared as one.
    let in_number = |at: usize| {
        statement
            .quantities
            .iter()
            .any(|own| own.range.contains(&at))
    };
    // "Any" asks nothing of all, and "20 cents for every page" is a price.
    let free = ["any", "任何"];
    let says = EACH.iter().filter(|word| !free.contains(word)).any(|word| {
        lower.match_indices(word).any(|(at, word)| {
            let is_letter = |c: char| c.is_ascii_alphanumeric();
            let whole = !lower[..at].ends_with(is_letter)
                && !lower[at + word.len()..].starts_with(is_letter);
            whole && !in_number(at) && !lower[..at].ends_with("for ")
        })
    });
    says && !claim.has(Class::All)
        && !says_each(claim)
        && !denies(statement)
        && !says_of_several(statement, claim)
}

/// Whether what a statement says of each one the claim says of more than one: "each walk" of "walks last an hour". "Some
/// walks" are not each.
fn says_of_several(statement: &Reading, claim: &Reading) -> bool {
    let words: Vec<&str> = statement.text.split_whitespace().collect();
    let each = words.windows(2).filter(|pair| {
        let word = pair[0].to_lowercase();
        EACH.contains(&word.as_str())
    });
    let mut each = each.map(|pair| pair[1].trim_matches(|c: char| !c.is_alphanumeric()));
    !claim.has(Class::Some)
        && statement.language == Language::English
        && each.all(|one| {
            claim.terms.iter().any(|own| {
                let several = fold(one) + "s";
                own.plain == several || own.plain.strip_suffix("ies") == fold(one).strip_suffix('y')
            })
        })
}

/// Whether a statement says that it is so of most, and the claim says nothing of how many.
pub(super) fn adds_most(statement: &Reading, claim: &Reading) -> bool {
    let says = |reading: &Reading| says_one(&reading.text, &MOST);
    let amounts = claim.has(Class::All) || claim.quantities.iter().any(|own| own.factor);
    says(statement) && !says(claim) && !amounts
}

/// Whether a statement says that it is so of all, or all the time, and the claim does not. "A whole day" is a day.
fn adds_all(statement: &Reading, claim: &Reading, vouched: Vouched) -> bool {
    !claim.has(Class::All)
        && !says_each(claim)
        && !says_one(&claim.text, &WHOEVER)
        && statement.marks.iter().any(|mark| {
            // "Nowhere" is "not anywhere".
            let clause = statement.clause_of(mark.range.start);
            let denied = statement.is_negated(clause, &HashSet::new()) && denies(claim);
            // In Chinese the negation may be of another word of its clause.
            let none = denied && (vouched == Vouched::ByModel || statement.language.is_latin());
            mark.class == Class::All
                && !none
                && !quantities::measures_beside(statement, &mark.range)
        })
}
