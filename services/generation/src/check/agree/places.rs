//! What a word or number of a claim belongs to, where opposites, an exception or a passive part it.

use std::{collections::HashSet, ops::Range};

use stoa_language::{
    Reading,
    markers::{Class, Mark, Side},
    quantity::Quantity,
    reading::Term,
};

use super::Reason;

/// What both texts may have.
#[derive(Clone, Copy)]
enum Item<'a> {
    Word(&'a Term),
    Number(&'a Quantity),
}

impl Item<'_> {
    fn start(self) -> usize {
        match self {
            Self::Word(term) => term.range.start,
            Self::Number(quantity) => quantity.range.start,
        }
    }

    fn is(self, other: Item<'_>) -> bool {
        match (self, other) {
            (Self::Word(a), Item::Word(b)) => a.is(b),
            (Self::Number(a), Item::Number(b)) => a.agrees(b),
            _ => false,
        }
    }
}

/// Words and numbers of a text, in their order.
fn items(reading: &Reading) -> Vec<Item<'_>> {
    let words = reading.claims();
    let numbers = reading.quantities.iter().filter(|quantity| !quantity.weak);
    let mut items: Vec<Item<'_>> = words.map(Item::Word).collect();
    items.extend(numbers.map(Item::Number));
    items.sort_by_key(|item| item.start());
    items
}

/// Of two opposites that a claim names, what it says of one is not said of the other: closed on Monday and open on
/// Friday.
pub(super) fn parted(statement: &Reading, claim: &Reading) -> Result<(), Reason> {
    for pair in both_named(claim) {
        // The opposites themselves are what the others belong to.
        let others = |reading| -> Vec<Item<'_>> {
            let own = sides(reading, pair);
            let mut items = items(reading);
            items.retain(|item| !own.iter().any(|(range, _)| range.contains(&item.start())));
            items
        };
        let (mine, theirs) = (others(statement), others(claim));
        let said = sides(statement, pair);
        // A statement that names neither of the two says nothing that could be on the wrong side.
        if said.is_empty() {
            continue;
        }
        let owners = owners(&theirs, &sides(claim, pair));
        // With one opposite named, all of its clause belongs to that; with both, each item to the one beside it.
        let own = if let [(range, side)] = &said[..] {
            let clause = statement.clause_of(range.start);
            let of_clause = |item: &Item<'_>| statement.clause_of(item.start()) == clause;
            // Not open is closed.
            let polar = statement.polar_pairs().contains(&pair);
            let side = &(*side != (polar && statement.is_negated(clause, &HashSet::new())));
            mine.iter()
                .map(|item| of_clause(item).then_some(*side))
                .collect()
        } else {
            self::owners(&mine, &said)
        };
        let exchanged = mine.iter().zip(own).any(|(item, side)| {
            let same = theirs
                .iter()
                .zip(&owners)
                .filter(|(other, _)| item.is(**other));
            let sides: Vec<Option<bool>> = same.map(|(_, owner)| *owner).collect();
            side.is_some_and(|side| {
                // A word that the claim has on both sides, or on none, tells nothing.
                !sides.is_empty() && sides.iter().all(|other| *other == Some(!side))
            })
        });
        if exchanged {
            return Err(Reason::Opposite);
        }
    }
    Ok(())
}

/// Opposites that a text names both of, as words of its own.
fn both_named(reading: &Reading) -> HashSet<u16> {
    let named = |first: bool| -> HashSet<u16> {
        reading
            .marks
            .iter()
            .filter_map(|mark| side_of(reading, mark))
            .filter(|side| side.first == first)
            .map(|side| side.pair)
            .collect()
    };
    named(true).intersection(&named(false)).copied().collect()
}

/// Prepositions such as from and until belong to one number each, which is compared elsewhere.
fn side_of(reading: &Reading, mark: &Mark) -> Option<Side> {
    match mark.class {
        Class::Side(side) if !side.bounds => reading
            .terms
            .iter()
            .any(|term| term.range.start < mark.range.end && mark.range.start < term.range.end)
            .then_some(side),
        _ => None,
    }
}

/// Where a text names one of two opposites, and whether it is the first.
fn sides(reading: &Reading, pair: u16) -> Vec<(Range<usize>, bool)> {
    reading
        .marks
        .iter()
        .filter_map(|mark| Some((mark.range.clone(), side_of(reading, mark)?)))
        .filter(|(_, side)| side.pair == pair)
        .map(|(range, side)| (range, side.first))
        .collect()
}

/// The opposite that each item belongs to: the one before it, or the one behind it where nothing stands behind the last.
/// What the text is about stands first and belongs to both.
fn owners(items: &[Item<'_>], sides: &[(Range<usize>, bool)]) -> Vec<Option<bool>> {
    let last = sides.last().map_or(0, |(range, _)| range.start);
    let behind = items.iter().any(|item| item.start() > last);
    let owner = |(at, item): (usize, &Item<'_>)| {
        // "Closed on Monday, open on Friday" and "Mondays closed, Fridays open" are told apart by where the last
        // opposite stands.
        let side = if behind {
            sides.iter().rfind(|(range, _)| range.start < item.start())
        } else {
            sides.iter().find(|(range, _)| range.start > item.start())
        };
        side.filter(|_| at > 0).map(|(_, first)| *first)
    };
    items.iter().enumerate().map(owner).collect()
}

/// What is left out is not what is meant: with one instead of the other.
pub(super) fn excepted(statement: &Reading, claim: &Reading) -> Result<(), Reason> {
    let (mine, theirs) = (exceptions(statement), exceptions(claim));
    if mine.is_empty() || theirs.is_empty() {
        return Ok(());
    }
    let within = |item: &Item<'_>, places: &[Range<usize>]| {
        places.iter().any(|place| place.contains(&item.start()))
    };
    let others = items(claim);
    let exchanged = items(statement).iter().any(|item| {
        let mut same = others.iter().filter(|other| item.is(**other)).peekable();
        // A word that the claim has both inside and outside of its exception may be either.
        same.peek().is_some() && same.all(|other| within(item, &mine) != within(other, &theirs))
    });
    if exchanged {
        Err(Reason::Opposite)
    } else {
        Ok(())
    }
}

/// From behind each exception to the end of its clause.
fn exceptions(reading: &Reading) -> Vec<Range<usize>> {
    reading
        .marks
        .iter()
        .filter(|mark| mark.class == Class::Except)
        .map(|mark| {
            let clause = reading.clause_of(mark.range.start);
            let end = items(reading)
                .iter()
                .map(|item| item.start())
                .filter(|start| reading.clause_of(*start) == clause)
                .max();
            // Up to the last item, not the end of the clause: items are found by where they begin.
            mark.range.end..end.map_or(mark.range.end, |end| end + 1)
        })
        .filter(|range| !range.is_empty())
        .collect()
}

/// Who does it in a passive is who does it in the other text.
pub(super) fn agents(statement: &Reading, claim: &Reading) -> Result<(), Reason> {
    let exchanged = match (agent(statement), agent(claim)) {
        (Some(mine), Some(theirs)) => {
            mine.term != theirs.term && claim.holds(mine) && statement.holds(theirs)
        }
        (Some(mine), None) => names_it_later(mine, statement, claim),
        (None, Some(theirs)) => names_it_later(theirs, claim, statement),
        (None, None) => false,
    };
    if exchanged {
        Err(Reason::Order)
    } else {
        Ok(())
    }
}

/// The word right behind the mark of a passive.
fn agent(reading: &Reading) -> Option<&Term> {
    reading
        .marks
        .iter()
        .filter(|mark| mark.class == Class::Passive)
        .find_map(|mark| {
            let next = reading
                .terms
                .iter()
                .find(|term| term.range.start >= mark.range.end)?;
            let number = reading
                .quantities
                .iter()
                .any(|q| (mark.range.end..next.range.start).contains(&q.range.start));
            let clause = reading.clause_of(mark.range.start);
            // "By 5 May" and "by hand" are no doers: with a number between or a light word next it is another "by".
            (!number && !next.light && next.clause == clause).then_some(next)
        })
}

/// Whether the active text names who does it in the passive one behind somebody whom the passive one names first.
fn names_it_later(agent: &Term, passive: &Reading, active: &Reading) -> bool {
    let place = |term: &Term| {
        active
            .terms
            .iter()
            .position(|other| other.plain == term.plain)
    };
    // Only for names: other words stand anywhere in an active sentence.
    let Some(at) = place(agent).filter(|_| agent.name) else {
        return false;
    };
    passive
        .claims()
        .filter(|term| term.name && term.range.start < agent.range.start)
        .filter_map(place)
        .any(|other| other < at)
}
