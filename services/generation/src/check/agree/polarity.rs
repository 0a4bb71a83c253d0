//! Denials: a statement denies what its claim denies, and nothing else.

use std::collections::HashSet;

use stoa_language::{
    Language, Reading,
    markers::{Class, Opposites, Side},
    quantity::{Quantity, Value},
    reading::Term,
};

use super::{
    Held, Reason, Vouched,
    clauses::{
        accompanies, denials_in, has_price, price_free, price_of, supposes, undoes, undoes_any,
    },
    exchanged, hours, places, quantities, says_one,
};

/// The statement negates what the claim negates, and nothing else. Where the claim has several clauses, its subject may be
/// in one and the negation in another.
pub(super) fn agree(
    statement: &Reading,
    claim: &Reading,
    held: &[Held<'_>],
    vouched: Vouched,
) -> Result<(), Reason> {
    let pairs = contested(statement, claim);
    let negated = denying(statement, claim, &pairs);
    let refused = match turns(statement, claim, held, &negated, &pairs, vouched) {
        Ok(()) => return denies_all(statement, claim, &negated, &pairs),
        Err(refused) => refused,
    };
    // "Broke off" is how a model says "fails", and no negation.
    let fails = |reading: &Reading| reading.has(Class::Fails);
    if vouched == Vouched::ByNobody || !fails(claim) || fails(statement) || claim.has(Class::Except)
    {
        return Err(refused);
    }
    let without: Vec<bool> = negated
        .iter()
        .enumerate()
        .map(|(clause, negated)| *negated != claim.fails(clause))
        .collect();
    turns(statement, claim, held, &without, &pairs, vouched)
}

/// Which clauses of a claim deny.
fn denying(statement: &Reading, claim: &Reading, pairs: &HashSet<u16>) -> Vec<bool> {
    let unpriced = price_free(claim, pairs);
    let prices = has_price(statement, None);
    (0..claim.clause_count())
        .map(|clause| {
            // Where both name a price, that it costs anything is said by that.
            let pairs = if prices && has_price(claim, Some(clause)) {
                &unpriced
            } else {
                pairs
            };
            claim.is_negated(clause, pairs)
                || counts_none(claim, clause)
                || is_shut(statement, claim, clause)
        })
        .collect()
}

/// Words that say that something can be done.
const CAN: [&str; 10] = [
    "can", "kann", "können", "darf", "peut", "peuvent", "puede", "pueden", "可以", "能",
];

/// Whether a clause says that something is closed, and a statement says without that word that it can or cannot be used.
fn is_shut(statement: &Reading, claim: &Reading, clause: usize) -> bool {
    let shut = |side: Side| {
        side.kind == Opposites::Hours
            && !side.first
            && !polar_sides(statement).any(|(own, _)| own.pair == side.pair)
    };
    // "The hotel is close to the station and can be booked" says more than that something is closed.
    let says_more = claim.clause_count() > 1
        || claim.has(Class::May)
        || says_one(&claim.text, &CAN)
        || claim.text.to_lowercase().contains("close to ");
    !says_more
        && (statement.has(Class::Not) || says_one(&statement.text, &CAN))
        && polar_sides(claim).any(|(side, own)| own == clause && shut(side))
}

/// Whether a text says what a clause of another denies, in all words of that clause.
pub(super) fn says_what_is_denied(statement: &Reading, claim: &Reading) -> Result<(), Reason> {
    let pairs = contested(statement, claim);
    denies_all(statement, claim, &denying(statement, claim, &pairs), &pairs)
}

/// Whether a cell says that there are none of what its column counts.
fn counts_none(claim: &Reading, clause: usize) -> bool {
    claim.quantities.iter().any(|quantity| {
        claim.clause_of(quantity.range.start) == clause
            && !quantity.weak
            && quantity
                .measures()
                .any(|measure| measure.value == Value::whole(0) && !measure.unit.is_scale())
    })
}

/// Which clauses of a claim deny, of what a clause of the statement is about: what a claim says of all but one is the
/// contrary of what it says of that one.
fn denied_of(statement: &Reading, clause: usize, claim: &Reading, negated: &[bool]) -> Vec<bool> {
    let mut negated = negated.to_vec();
    let excepts = |reading: &Reading| reading.marks.iter().any(|mark| mark.class == Class::Except);
    if excepts(statement) {
        return negated;
    }
    for place in places::exceptions(claim, &[Class::Except]) {
        let named = |term: &&Term| {
            statement
                .terms
                .iter()
                .any(|own| own.clause == clause && (own.is(term) || exchanged::shares(own, term)))
        };
        let excepted: Vec<&Term> = claim
            .claims()
            .filter(|term| place.contains(&term.range.start))
            .collect();
        let number = |other: &&Quantity| {
            statement
                .quantities
                .iter()
                .any(|own| statement.clause_of(own.range.start) == clause && own.agrees(other))
        };
        let numbers: Vec<&Quantity> = claim
            .quantities
            .iter()
            .filter(|other| !other.weak && place.contains(&other.range.start))
            .collect();
        if excepted.is_empty() && numbers.is_empty()
            || !excepted.iter().all(named)
            || !numbers.iter().all(number)
        {
            continue;
        }
        let own = claim.clause_of(place.start);
        let of_clause = || claim.claims().filter(|term| term.clause == own);
        let goes_on = of_clause().any(|term| term.range.start >= place.end);
        // A clause that says no more than that, behind what is said of the others: "…, guide dogs excepted".
        if own > 0 && of_clause().all(|term| place.contains(&term.range.start)) {
            for clause in &mut negated[..own] {
                *clause = !*clause;
            }
            negated[own] = negated[own - 1];
            continue;
        }
        // In Chinese what is said of the others stands behind, with a comma or without one; elsewhere anywhere.
        let turned = if claim.language != Language::Chinese {
            0..negated.len()
        } else if goes_on {
            own..own + 1
        } else {
            own + 1..(own + 2).min(negated.len())
        };
        for clause in turned {
            negated[clause] = !negated[clause];
        }
    }
    negated
}

/// A clause of the claim that denies, and of which the statement has all words, is what the statement speaks of: of
/// "staff are covered, interns are not" it may not take the verb of the one and the subject of the other.
fn denies_all(
    statement: &Reading,
    claim: &Reading,
    negated: &[bool],
    pairs: &HashSet<u16>,
) -> Result<(), Reason> {
    let words = |clause: usize| claim.claims().filter(move |term| term.clause == clause);
    for clause in (0..negated.len()).filter(|clause| negated[*clause]) {
        let all_in = |own: usize| {
            words(clause).all(|term| {
                // Of "closed" it is that the statement says the contrary.
                term.side.is_some_and(|side| pairs.contains(&side.pair))
                    || statement.terms.iter().any(|other| {
                        other.clause == own
                            && (other.is(term) || other.unspaced && statement.holds(term))
                    })
            })
        };
        let numbers_in = claim
            .quantities
            .iter()
            .filter(|quantity| !quantity.weak && claim.clause_of(quantity.range.start) == clause)
            .all(|quantity| statement.quantities.iter().any(|own| own.agrees(quantity)));
        let said = (0..statement.clause_count()).any(|own| {
            numbers_in
                && words(clause).next().is_some()
                && all_in(own)
                && !statement.is_negated(own, pairs)
                && denied_of(statement, own, claim, negated)[clause]
        });
        if said {
            return Err(Reason::Polarity);
        }
    }
    Ok(())
}

/// Whether each clause of a statement is turned as the claim's clause is that it says.
fn turns(
    statement: &Reading,
    claim: &Reading,
    held: &[Held<'_>],
    negated: &[bool],
    pairs: &HashSet<u16>,
    vouched: Vouched,
) -> Result<(), Reason> {
    // "Don't use it, since it harms the seals" of "it harms the seals and must not be used": where a claim has no
    // clauses that could be told apart, one of the statement's is turned.
    if let ([true], Vouched::ByModel) = (negated, vouched)
        && statement.clause_count() > 1
        && (0..statement.clause_count()).any(|clause| statement.is_negated(clause, pairs))
    {
        return Ok(());
    }
    for clause in 0..statement.clause_count() {
        let negated = &denied_of(statement, clause, claim, negated)[..];
        let here: Vec<&Held<'_>> = held
            .iter()
            .filter(|held| held.term.clause == clause)
            .collect();
        // A clause of which the claim has no word cannot be placed in it; the words that it lacks are for the other
        // checks.
        if here.is_empty() && statement.clause_count() > 1 {
            continue;
        }
        let priced = price_of(statement, clause, pairs);
        let pairs = &priced;
        let turned = statement.is_negated(clause, pairs) || counts_none(statement, clause);
        if is_open(statement, clause, turned, claim, vouched) {
            continue;
        }
        named(statement, clause, claim, negated, pairs)?;
        // In Chinese, where both halves often have the verb, what only one has tells which is meant.
        let in_one = |held: &&&Held<'_>| {
            let polar = held.term.side.is_some_and(Side::is_polar);
            !polar && held.clauses.iter().all(|clause| *clause == held.clauses[0])
        };
        let told: Vec<&&Held<'_>> = here.iter().filter(in_one).collect();
        // What the claim begins with both halves may be about.
        let behind: Vec<&&Held<'_>> = told.iter().copied().filter(|held| held.place > 0).collect();
        let told = if behind.is_empty() { told } else { behind };
        if vouched == Vouched::ByNobody
            && !statement.language.is_latin()
            && negated.len() == 2
            && !told.is_empty()
            && told.iter().all(|held| negated[held.clauses[0]] != turned)
        {
            return Err(Reason::Polarity);
        }
        let by_opposite = polar_sides(statement).any(|(side, place)| {
            place == clause && (pairs.contains(&side.pair) || in_one_clause(claim, side.pair))
        });
        // "Not open" where the claim says "closed": the opposite is the negation, and counting both would take it back.
        if turned && by_opposite {
            continue;
        }
        // "Uninhabited" is how a statement says that nobody lives there.
        if vouched == Vouched::ByModel && undoes(statement, clause) != undoes_any(claim) {
            continue;
        }
        // With one clause there is nothing to place. With several, which of them is meant is told by the words that are
        // shared.
        let agrees = match negated {
            [only] => *only == turned,
            _ if turned => turned_among(statement, clause, &here, negated),
            _ => said_among(statement, clause, &here, negated),
        };
        if !agrees {
            return Err(Reason::Polarity);
        }
    }
    Ok(())
}

/// Whether a clause may deny or not, whatever its claim does.
fn is_open(
    statement: &Reading,
    clause: usize,
    turned: bool,
    claim: &Reading,
    vouched: Vouched,
) -> bool {
    // Of "requests you don't use aren't kept" one denial is of the requests: which it is only a model can tell.
    // What is supposed is neither said nor denied, and a denial in it may be of another word of the only clause.
    let supposed = statement.clause_count() > 1 && supposes(statement, clause) && !turned;
    let twice = vouched == Vouched::ByModel && denials_in(statement, clause) > 1;
    // What goes on while it is so is neither said nor denied.
    let goes_on = !turned && accompanies(statement, clause) && statement.clause_count() > 1;
    // "If you aren't a member" is how a statement says "all others".
    let others = turned && supposes(statement, clause) && claim.has(Class::Others);
    // Its bound is turned round as well as its verb.
    let bound = statement.quantities.iter().any(|own| {
        statement.clause_of(own.range.start) == clause
            && claim
                .quantities
                .iter()
                .any(|other| own.agrees(other) && quantities::turned(statement, own, claim, other))
    });
    // "Nobody but who hung it up" is how a statement says "only who hung it up".
    let alone = turned && statement.has(Class::Except) && claim.has(Class::Only);
    twice || goes_on || supposed || others || bound || alone || waits(statement, turned, claim)
}

/// Whether one text forbids something before something else and the other allows it from then on: 停稳之前不能开门 is
/// 停稳才能开门.
fn waits(statement: &Reading, turned: bool, claim: &Reading) -> bool {
    let before = |reading: &Reading| {
        reading.marks.iter().any(|mark| {
            matches!(mark.class, Class::Side(side) if side.kind == Opposites::Time && side.first)
        })
    };
    let forbids = |reading: &Reading| before(reading) && super::extent::denies(reading);
    statement.language == Language::Chinese
        && (!turned && statement.has(Class::Until) && forbids(claim)
            || turned && before(statement) && claim.has(Class::Until))
}

/// The opposites by which two texts may say the opposite: both name one of them, not the same, and the claim not both in
/// one breath.
pub(super) fn contested(statement: &Reading, claim: &Reading) -> HashSet<u16> {
    let sides = |reading: &Reading, pair: u16| -> HashSet<bool> {
        polar_sides(reading)
            .filter(|(side, _)| side.pair == pair)
            .map(|(side, _)| side.first)
            .collect()
    };
    // 不准 is a negation, too: what is compared with it must count as one.
    let is_negation = |reading: &Reading, pair: u16| {
        reading.marks.iter().any(|mark| {
            matches!(mark.class, Class::Side(side) if side.pair == pair)
                && reading.marks.iter().any(|other| {
                    other.class == Class::Not
                        && other.range.start < mark.range.end
                        && mark.range.start < other.range.end
                })
        })
    };
    let (mine, theirs) = (statement.polar_pairs(), claim.polar_pairs());
    // "Open until five" and "closes at five" are no opposites.
    let same_hours: HashSet<u16> = if hours::agree(statement, claim).is_some() {
        let hours = |(side, _): &(Side, usize)| side.kind == Opposites::Hours;
        polar_sides(claim)
            .filter(hours)
            .map(|(side, _)| side.pair)
            .collect()
    } else {
        HashSet::new()
    };
    mine.intersection(&theirs)
        .copied()
        .filter(|pair| {
            sides(statement, *pair) != sides(claim, *pair)
                || is_negation(statement, *pair)
                || is_negation(claim, *pair)
        })
        .filter(|pair| !in_one_clause(claim, *pair) && !same_hours.contains(pair))
        .chain(denials(statement, &theirs))
        .chain(denials(claim, &mine))
        .collect()
}

/// The opposites of which a text names the one that denies, and the other text neither: forbidden is a denial also where
/// nobody says "allowed".
fn denials<'a>(reading: &'a Reading, others: &'a HashSet<u16>) -> impl Iterator<Item = u16> + 'a {
    polar_sides(reading)
        .map(|(side, _)| side)
        .filter(|side| {
            side.kind == Opposites::Denial && !side.first && !others.contains(&side.pair)
        })
        .map(|side| side.pair)
}

/// Whether one clause names both of two opposites: what each is said of tells more than that.
fn in_one_clause(claim: &Reading, pair: u16) -> bool {
    polar_sides(claim).any(|(side, clause)| {
        side.pair == pair
            && side.first
            && polar_sides(claim)
                .any(|(other, place)| other.pair == pair && !other.first && place == clause)
    })
}

/// The opposites of a text of which the second negates the first, with their clauses.
pub(super) fn polar_sides(reading: &Reading) -> impl Iterator<Item = (Side, usize)> + '_ {
    reading.marks.iter().filter_map(|mark| match mark.class {
        Class::Side(side) if side.is_polar() => Some((side, reading.clause_of(mark.range.start))),
        _ => None,
    })
}

/// Where a clause names one of two opposites, a clause of the claim that names one of them is turned as it is.
fn named(
    statement: &Reading,
    clause: usize,
    claim: &Reading,
    negated: &[bool],
    pairs: &HashSet<u16>,
) -> Result<(), Reason> {
    let turned = statement.is_negated(clause, pairs);
    let here = polar_sides(statement)
        .filter(|(side, place)| *place == clause && pairs.contains(&side.pair));
    for (side, _) in here {
        let mut there = polar_sides(claim).filter(|(other, _)| other.pair == side.pair);
        let mut there = there.by_ref().peekable();
        // A denial that has no counterpart is compared by its clause.
        if there.peek().is_some() && !there.any(|(_, place)| negated[place] == turned) {
            return Err(Reason::Polarity);
        }
    }
    Ok(())
}

/// Whether the claim turns round what the statement does: the words behind its negation, as far as the claim has them.
fn turned_among(statement: &Reading, clause: usize, here: &[&Held<'_>], negated: &[bool]) -> bool {
    let negation = statement
        .marks
        .iter()
        .filter(|mark| mark.class == Class::Not && statement.clause_of(mark.range.start) == clause)
        .map(|mark| mark.range.start)
        .min();
    let behind: Vec<&&Held<'_>> = here
        .iter()
        .filter(|held| negation.is_some_and(|at| held.term.range.start > at))
        .collect();
    let turned = |held: &Held<'_>| held.clauses.iter().any(|clause| negated[*clause]);
    let denied = statement
        .claims()
        .find(|term| term.clause == clause && negation.is_some_and(|at| term.range.start > at));
    // "Was not refused" of a claim that says "was admitted": the word behind the negation is the statement's own, so no
    // clause of the claim can be expected to negate it.
    let own = match denied {
        Some(denied) => here.iter().all(|held| held.term.range != denied.range),
        // Chinese verbs stand behind their negation, also those that say little.
        None => statement.language == Language::Chinese,
    };
    // Of a claim whose parts share their subject, the subject alone does not tell which part is meant.
    let of_subject = !here.is_empty() && here.iter().all(|held| held.place == 0);
    // All that it shares is said of something that is not denied.
    let elsewhere = !of_subject && !here.is_empty() && !here.iter().any(|held| turned(held));
    if elsewhere && statement.language.is_latin() && here.len() > 1 {
        return false;
    }
    if own || of_subject {
        // What it denies it says in a word of its own.
        return negated.contains(&true);
    }
    match (&behind[..], here) {
        // A negation behind its verb, or before other words than the claim's.
        ([], [_, said @ ..])
            if !said.is_empty()
                && negation.is_none_or(|at| here.iter().all(|held| held.term.range.start < at)) =>
        {
            here.iter().any(|held| turned(held))
        }
        ([], _) => negated.contains(&true),
        // What is denied stands last, or first as what it is denied of.
        ([.., last], [first, ..]) => turned(last) || turned(first),
        (_, []) => negated.contains(&true),
    }
}

/// Whether the claim says what the statement says without a negation.
fn said_among(statement: &Reading, clause: usize, here: &[&Held<'_>], negated: &[bool]) -> bool {
    let alone = statement.claims().count() == 1;
    let plain = |held: &Held<'_>| held.clauses.iter().any(|clause| !negated[*clause]);
    // What stands before a negation is what is spoken of; what comes after it is what is denied.
    let said: Vec<&Held<'_>> = here.iter().copied().filter(|held| !held.before).collect();
    let here = if said.len() > 1 { &said[..] } else { here };
    match here {
        // What is all of a statement, or of a clause that goes on.
        // The subject stands first and often in a clause of its own, so with more words than one it decides nothing.
        [said] if alone || clause > 0 => plain(said),
        [] | [_] => negated.contains(&false),
        [_, said @ ..] => said.iter().all(|held| plain(held)),
    }
}
