//! What a word or number of a claim belongs to, where opposites, an exception or a passive part it.

use std::{collections::HashSet, ops::Range};

use stoa_language::{
    Reading,
    markers::{Class, Mark, Opposites, Side},
    quantity::Quantity,
    reading::Term,
};

use super::{Reason, exchanged, hours};

/// What both texts may have.
#[derive(Clone, Copy)]
pub(super) enum Item<'a> {
    Word(&'a Term),
    Number(&'a Quantity),
}

impl Item<'_> {
    pub(super) fn start(self) -> usize {
        match self {
            Self::Word(term) => term.range.start,
            Self::Number(quantity) => quantity.range.start,
        }
    }

    pub(super) fn is(self, other: Item<'_>) -> bool {
        match (self, other) {
            (Self::Word(a), Item::Word(b)) => a.is(b),
            (Self::Number(a), Item::Number(b)) => a.agrees(b),
            _ => false,
        }
    }
}

/// Words and numbers of a text, in their order.
pub(super) fn items(reading: &Reading) -> Vec<Item<'_>> {
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
    let same_hours = hours::agree(statement, claim).is_some();
    for (pair, kind) in both_named(claim) {
        // When it opens and closes is compared by its times.
        if kind == Opposites::Hours && same_hours {
            continue;
        }
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
        let owners = owners(claim, &theirs, &sides(claim, pair));
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
            self::owners(statement, &mine, &said)
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
fn both_named(reading: &Reading) -> HashSet<(u16, Opposites)> {
    let named = |first: bool| -> HashSet<(u16, Opposites)> {
        reading
            .marks
            .iter()
            .filter_map(|mark| side_of(reading, mark))
            .filter(|side| side.first == first)
            .map(|side| (side.pair, side.kind))
            .collect()
    };
    named(true).intersection(&named(false)).copied().collect()
}

/// Prepositions such as from and until belong to one number each, which is compared elsewhere.
fn side_of(reading: &Reading, mark: &Mark) -> Option<Side> {
    match mark.class {
        Class::Side(side) if !side.bounds() => reading
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
fn owners(
    reading: &Reading,
    items: &[Item<'_>],
    sides: &[(Range<usize>, bool)],
) -> Vec<Option<bool>> {
    let last = sides.last().map_or(0, |(range, _)| range.start);
    // A clause with one of the two is all of that one.
    let in_clause = |item: &Item<'_>| {
        let clause = reading.clause_of(item.start());
        let mut own = sides
            .iter()
            .filter(|(range, _)| reading.clause_of(range.start) == clause);
        let first = own.next()?;
        own.next().is_none().then_some(first.1)
    };
    let parted = reading.clause_count() > 1
        && sides
            .iter()
            .map(|(range, _)| reading.clause_of(range.start))
            .collect::<HashSet<_>>()
            .len()
            == sides.len();
    let behind = items.iter().any(|item| item.start() > last);
    let owner = |(at, item): (usize, &Item<'_>)| {
        if parted
            && at > 0
            && matches!(item, Item::Number(_))
            && let Some(side) = in_clause(item)
        {
            return Some(side);
        }
        // "Closed on Monday, open on Friday" and "Mondays closed, Fridays open" are told apart by where the last
        // opposite stands.
        let side = if behind {
            sides.iter().rfind(|(range, _)| range.start < item.start())
        } else {
            sides.iter().find(|(range, _)| range.start > item.start())
        };
        // What is cheap for some and free for others stands before both.
        let topic = !behind
            && matches!(item, Item::Word(term) if !term.name)
            && sides
                .first()
                .is_some_and(|(range, _)| range.start > item.start());
        side.filter(|_| at > 0 && !topic).map(|(_, first)| *first)
    };
    items.iter().enumerate().map(owner).collect()
}

/// Whether two items are one; words of scripts without spaces are cut in several ways.
pub(super) fn same(a: Item<'_>, b: Item<'_>) -> bool {
    match (a, b) {
        (Item::Word(a), Item::Word(b)) => {
            let long = |term: &Term| term.plain.chars().count() > 1;
            a.means(b) || long(a) && long(b) && exchanged::shares(a, b)
        }
        _ => a.is(b),
    }
}

/// What is left out is not what is meant: with one instead of the other.
pub(super) fn excepted(statement: &Reading, claim: &Reading) -> Result<(), Reason> {
    let classes = [Class::Except, Class::Instead];
    let (mine, theirs) = (exceptions(statement, &classes), exceptions(claim, &classes));
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

/// Whether a statement has a number that its claim names only as what is no more: 14 of "9 instead of 14 euros".
pub(super) fn says_what_was(statement: &Reading, claim: &Reading) -> Result<(), Reason> {
    let former = exceptions(claim, &[Class::Instead]);
    if former.is_empty() || statement.has(Class::Instead) {
        return Ok(());
    }
    let others = items(claim);
    let was = |item: &Item<'_>| {
        let mut same = others.iter().filter(|other| item.is(**other)).peekable();
        let within = |other: &Item<'_>| former.iter().any(|place| place.contains(&other.start()));
        matches!(item, Item::Number(_)) && same.peek().is_some() && same.all(within)
    };
    // Both are what it was changed from and to.
    let is = |item: &Item<'_>| matches!(item, Item::Number(_)) && !was(item);
    let said = items(statement);
    if said.iter().any(was) && !said.iter().any(is) {
        Err(Reason::Opposite)
    } else {
        Ok(())
    }
}

/// Whether a claim has all that a statement leaves out.
pub(super) fn names_all_excepted(statement: &Reading, claim: &Reading) -> bool {
    let places = exceptions(statement, &[Class::Except]);
    let others = items(claim);
    !places.is_empty()
        && items(statement)
            .iter()
            .filter(|item| places.iter().any(|place| place.contains(&item.start())))
            .all(|item| others.iter().any(|other| item.is(*other)))
}

/// From behind each exception to the end of its clause.
pub(super) fn exceptions(reading: &Reading, classes: &[Class]) -> Vec<Range<usize>> {
    reading
        .marks
        .iter()
        .filter(|mark| classes.contains(&mark.class))
        .map(|mark| {
            // 除 … 外 holds it.
            if reading
                .claims()
                .any(|term| mark.range.contains(&term.range.start))
            {
                return mark.range.clone();
            }
            let clause = reading.clause_of(mark.range.start);
            let items = items(reading);
            let own = || {
                let starts = items.iter().map(|item| item.start());
                starts.filter(|start| reading.clause_of(*start) == clause)
            };
            let end = own().max();
            // "Dogs are not allowed, guide dogs excepted" has it before.
            if own().all(|start| start < mark.range.start) {
                return reading.clause_start(clause).unwrap_or(0)..mark.range.start;
            }
            // Up to the last item, not the end of the clause: items are found by where they begin.
            mark.range.end..end.map_or(mark.range.end, |end| end + 1)
        })
        .filter(|range| !range.is_empty())
        .collect()
}
