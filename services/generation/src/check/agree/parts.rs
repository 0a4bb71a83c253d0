//! What one part of a sentence says is not said of what another part speaks of: "the first hour is free, each further one
//! costs 3 euros" has no first hour that costs 3 euros.

use std::ops::Range;

use stoa_language::{
    Reading,
    markers::{Class, Side},
    quantity::{Quantity, Sense, Unit, Value},
};

use super::{
    Reason, is_in_number,
    places::{Item, items, same},
    quantities::is_alike,
    says_one,
};
use crate::read::Claim;

/// What parts a sentence.
const ENDS: [char; 10] = [',', ';', ':', '—', '–', '，', '；', '：', '、', '?'];
/// Words that part one.
const JOINS: [&str; 8] = [
    " and ", " but ", " or ", " und ", " aber ", " oder ", " et ", " y ",
];

/// Whether a statement takes what one part of a claim begins with, and of another what it ends with.
pub(super) fn joined(statement: &Reading, claim: &Claim) -> Result<(), Reason> {
    let mixed = if claim.row {
        heads_mixed(statement, &claim.reading)
    } else {
        (0..statement.clause_count()).any(|clause| parts_mixed(statement, clause, &claim.reading))
            || numbers_exchanged(statement, &claim.reading)
    };
    if mixed { Err(Reason::Order) } else { Ok(()) }
}

/// What stands in one part of a claim alone, and what a statement says of it.
struct Part {
    /// What it begins with is said; what it ends with is.
    head: bool,
    tail: bool,
    /// It begins with an amount, and so with no subject.
    by_amount: bool,
    /// How many of its words are said, and how many are not; and of its numbers.
    words: [usize; 2],
    numbers: [usize; 2],
    /// One of two opposites stands in it: it is free, or forbidden.
    judges: bool,
    /// It says it of all others than those of another part.
    others: bool,
    /// It has what the statement begins with, and begins with that.
    subject: bool,
    begins: bool,
}

/// Where the parts of a text end.
fn ends(reading: &Reading) -> Vec<usize> {
    let text = &reading.text;
    let marks = text.match_indices(ENDS).map(|(at, mark)| at + mark.len());
    let joins = JOINS
        .iter()
        .flat_map(|word| text.match_indices(word).map(|(at, _)| at));
    let mut ends: Vec<usize> = marks.chain(joins).chain([text.len()]).collect();
    ends.retain(|end| !is_in_number(reading, *end));
    ends.sort_unstable();
    ends
}

/// The parts of a claim that have something that no other has.
fn parts(claim: &Reading, said: &[Item<'_>]) -> Vec<Part> {
    // "Or more" says the same as "at least", in another place.
    let all: Vec<Item<'_>> = items(claim)
        .into_iter()
        .filter(|item| !matches!(item, Item::Word(term) if term.side.is_some_and(Side::bounds)))
        .collect();
    let ends = ends(claim);
    let place = |item: &Item<'_>| ends.partition_point(|end| *end <= item.start());
    let places: Vec<usize> = all.iter().map(place).collect();
    let alone: Vec<bool> = all
        .iter()
        .zip(&places)
        .map(|(item, at)| {
            let others = all.iter().zip(&places).filter(|(_, other)| *other != at);
            !others.into_iter().any(|(other, _)| same(*other, *item))
        })
        .collect();
    let is_said = |item: &Item<'_>| said.iter().any(|own| same(*own, *item));
    let begins = |item: &Item<'_>| said.first().is_some_and(|first| same(*first, *item));
    let part = |at: usize| {
        let own = |of: &usize| places[*of] == at && alone[*of];
        let items: Vec<&Item<'_>> = (0..all.len()).filter(own).map(|of| &all[of]).collect();
        let (head, tail) = (*items.first()?, *items.last()?);
        let count = |number: bool, is: bool| {
            let of_kind = |item: &&&Item<'_>| {
                matches!(item, Item::Number(_)) == number && is_said(item) == is
            };
            items.iter().filter(of_kind).count()
        };
        Some(Part {
            head: is_said(head),
            tail: is_said(tail),
            // "Over 65-year-olds pay nothing" has its subject behind the number.
            by_amount: (is_amount(head) || is_moment(head)) && count(false, false) == 0,
            words: [count(false, true), count(false, false)],
            numbers: [count(true, true), count(true, false)],
            judges: items
                .iter()
                .any(|item| matches!(item, Item::Word(term) if term.side.is_some())),
            others: claim.marks.iter().any(|mark| {
                mark.class == Class::Others
                    && ends.partition_point(|end| *end <= mark.range.start) == at
            }),
            subject: items.iter().any(|item| begins(item)),
            begins: begins(head),
        })
    };
    (0..ends.len()).filter_map(part).collect()
}

fn parts_mixed(statement: &Reading, clause: usize, claim: &Reading) -> bool {
    let said: Vec<Item<'_>> = items(statement)
        .into_iter()
        .filter(|item| statement.clause_of(item.start()) == clause)
        .collect();
    let parts = parts(claim, &said);
    let is_tailless = |part: &Part| part.head && !part.tail;
    let is_headless = |part: &Part| part.tail && !part.head && !part.by_amount;
    let tailless = parts.iter().filter(|part| is_tailless(part)).count();
    // It begins as one part does and ends as another, or has what two begin with and neither ends with. Two beginnings
    // with a number may be added up.
    let adds_up = said.iter().any(|item| matches!(item, Item::Number(_)));
    if tailless > 0 && parts.iter().any(is_headless) || tailless > 1 && !adds_up {
        return true;
    }
    // Its subject is all that one part says, and the rest is of another, which ends otherwise.
    let is_whole = |part: &Part| part.begins && part.words[1] + part.numbers[1] == 0;
    if parts
        .iter()
        .position(is_tailless)
        .is_some_and(|at| parts[at + 1..].iter().any(is_whole))
    {
        return true;
    }
    // What gives a number in one part has the number of another.
    let lacks_number = |part: &Part| part.words[0] > 0 && part.numbers[1] > 0;
    let others = statement.has(Class::Others);
    let lends_number = |part: &Part| {
        part.numbers[0] > 0 && part.numbers[1] == 0 && (part.words[1] > 0 || part.others && !others)
    };
    if parts.iter().any(lacks_number) && parts.iter().any(lends_number) {
        return true;
    }
    // Between its subject and what it says of it stands a part that says something else of the subject.
    let says_otherwise = |part: &Part| !part.head && !part.tail && part.judges;
    if let Some(at) = parts.iter().position(|part| part.begins)
        && let Some(end) = parts.iter().rposition(is_headless)
        && parts[at..end.max(at)].iter().skip(1).any(says_otherwise)
    {
        return true;
    }
    // Its subject is of one part, and what it says of it ends another that has a subject of its own. Before that one a
    // subject alone may be of a list: of "tents and mats cost 5 euros" a tent does.
    parts.iter().enumerate().any(|(at, part)| {
        let listed = |other: &Part| !other.begins || other.words[0] + other.numbers[0] < 2;
        is_headless(part)
            && (parts[..at].iter().any(|other| !listed(other))
                || parts[at + 1..]
                    .iter()
                    .any(|other| other.subject && !is_headless(other)))
    })
}

/// Whether a number of a statement stands in one part with a word that a claim has in the part of another number of its
/// kind: 70 online and 45 at the airport, of 45 online and 70 at the airport.
fn numbers_exchanged(statement: &Reading, claim: &Reading) -> bool {
    let (mine, theirs) = (split(statement), split(claim));
    let words = |part: &[Item<'_>], other: &[Item<'_>]| {
        let is_shared = |item: &&Item<'_>| {
            matches!(item, Item::Word(_)) && other.iter().any(|own| same(*own, **item))
        };
        part.iter().filter(is_shared).count()
    };
    let has = |part: &[Item<'_>], number: &Quantity| {
        let mut items = part.iter();
        items.any(|item| matches!(item, Item::Number(own) if number.agrees(own)))
    };
    let has_alike = |part: &[Item<'_>], number: &Quantity| {
        let mut items = part.iter();
        items.any(|item| matches!(item, Item::Number(own) if is_alike(number, own)))
    };
    mine.iter().any(|part| {
        let numbers = part.iter().filter_map(|item| match item {
            Item::Number(own) => Some(*own),
            Item::Word(_) => None,
        });
        numbers.into_iter().any(|number| {
            let (own, others): (Vec<_>, Vec<_>) = theirs.iter().partition(|part| has(part, number));
            let [own] = own[..] else {
                return false;
            };
            let others = others.iter().filter(|part| has_alike(part, number));
            // "October" behind "between April and" has no words of its own, and 一次 may be an article.
            let tells = own.iter().any(|item| matches!(item, Item::Word(_))) && !is_one(number);
            tells && words(part, own) == 0 && others.into_iter().any(|other| words(part, other) > 0)
        })
    })
}

/// Whether a number may be no more than an article.
fn is_one(number: &Quantity) -> bool {
    number
        .measures()
        .any(|own| own.unit == Unit::COUNT && own.value == Value::ONE)
}

/// What stands in each part of a text.
fn split(reading: &Reading) -> Vec<Vec<Item<'_>>> {
    let ends = ends(reading);
    let mut parts: Vec<Vec<Item<'_>>> = ends.iter().map(|_| Vec::new()).collect();
    for item in items(reading) {
        if let Some(part) = parts.get_mut(ends.partition_point(|end| *end <= item.start())) {
            part.push(item);
        }
    }
    parts
}

/// Whether an item is so much of something, and no number that tells one of several apart.
fn is_amount(item: &Item<'_>) -> bool {
    match item {
        Item::Number(own) => {
            own.counted.is_some()
                || own
                    .measures()
                    .any(|measure| !measure.unit.name().is_empty())
        }
        Item::Word(_) => false,
    }
}

/// Whether an item is a day or a time.
fn is_moment(item: &Item<'_>) -> bool {
    let moment = |sense: &Sense| matches!(sense, Sense::Date(_) | Sense::Time(_));
    matches!(item, Item::Number(own) if own.readings.iter().any(moment))
}

/// Of a row: the head of one column with what stands in another.
fn heads_mixed(statement: &Reading, row: &Reading) -> bool {
    let said = items(statement);
    let is_said = |item: &Item<'_>| said.iter().any(|own| same(*own, *item));
    let all = items(row);
    let cells: Vec<(Range<usize>, Range<usize>)> = row
        .text
        .split(", ")
        .scan(0, |from, cell| {
            let begin = *from;
            *from += cell.len() + 2;
            let head = cell.find(": ").map_or(begin, |at| begin + at);
            Some((begin..head, head..begin + cell.len()))
        })
        .collect();
    let of = |range: &Range<usize>| -> Vec<Item<'_>> {
        let inside = |item: &Item<'_>| range.contains(&item.start());
        all.iter().copied().filter(inside).collect()
    };
    let (mut heads, mut values) = (false, false);
    for (at, (range, value)) in cells.iter().enumerate() {
        let (mut head, value) = (of(range), of(value));
        // "Time" of "first time" and "second time" tells neither apart.
        let others: Vec<Item<'_>> = cells
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != at)
            .flat_map(|(_, (head, _))| of(head))
            .collect();
        head.retain(|item| !others.iter().any(|other| same(*other, *item)));
        if value.is_empty() {
            continue;
        }
        let head_text = row.text[range.clone()].to_lowercase();
        let named = !head_text.is_empty() && says_one(&statement.text, &[&head_text]);
        let (by_head, by_value) = (named || head.iter().any(is_said), value.iter().any(is_said));
        heads |= by_head && !by_value;
        values |= by_value && !by_head;
    }
    heads && values
}
