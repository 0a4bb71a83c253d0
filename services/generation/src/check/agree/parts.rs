//! What one part of a sentence says is not said of what another part speaks of: "the first hour is free, each further one
//! costs 3 euros" has no first hour that costs 3 euros.

use std::ops::Range;

use stoa_language::Reading;

use super::{
    Reason,
    places::{Item, items, same},
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
pub(in crate::check) fn joined(statement: &Reading, claim: &Claim) -> Result<(), Reason> {
    let mixed = if claim.row {
        heads_mixed(statement, &claim.reading)
    } else {
        (0..statement.clause_count()).any(|clause| parts_mixed(statement, clause, &claim.reading))
    };
    if mixed { Err(Reason::Order) } else { Ok(()) }
}

/// A part of a sentence: what stands in it alone.
struct Part<'a> {
    items: Vec<Item<'a>>,
}

fn ends(text: &str) -> Vec<usize> {
    let marks = text.match_indices(ENDS).map(|(at, mark)| at + mark.len());
    let joins = JOINS
        .iter()
        .flat_map(|word| text.match_indices(word).map(|(at, _)| at));
    let mut ends: Vec<usize> = marks.chain(joins).chain([text.len()]).collect();
    ends.sort_unstable();
    ends
}

fn parts(claim: &Reading) -> Vec<Part<'_>> {
    let all = items(claim);
    let ends: Vec<usize> = ends(&claim.text)
        .into_iter()
        // The comma of "1,200" ends nothing.
        .filter(|end| {
            !claim
                .quantities
                .iter()
                .any(|own| own.range.start < *end && *end < own.range.end)
        })
        .collect();
    let part = |item: &Item<'_>| ends.partition_point(|end| *end <= item.start());
    let alone = |item: &Item<'_>| {
        let mut others = all.iter().filter(|other| same(**other, *item));
        others.all(|other| part(other) == part(item))
    };
    (0..ends.len())
        .map(|at| Part {
            items: all
                .iter()
                .copied()
                .filter(|item| part(item) == at && alone(item))
                .collect(),
        })
        .collect()
}

fn parts_mixed(statement: &Reading, clause: usize, claim: &Reading) -> bool {
    let said: Vec<Item<'_>> = items(statement)
        .into_iter()
        .filter(|item| statement.clause_of(item.start()) == clause)
        .collect();
    let is_said = |item: &Item<'_>| said.iter().any(|own| same(*own, *item));
    let parts = parts(claim);
    let is_number = |item: &Item<'_>| matches!(item, Item::Number(_));
    // Parts of which it takes the beginning and not the end, and the other way.
    let (mut heads, mut tails) = (0, 0);
    // It begins as one part does, and ends as a later one, or as an earlier one whose beginning it lacks.
    let (mut begun, mut runs_on, mut runs_back) = (false, false, false);
    let begins = |item: &Item<'_>| said.first().is_some_and(|first| same(*first, *item));
    // It names what one part gives a number of, and has the number of another.
    let mut unnumbered = false;
    let mut numbered = false;
    for part in &parts {
        let (Some(head), Some(tail)) = (part.items.first(), part.items.last()) else {
            continue;
        };
        let (has_head, has_tail) = (is_said(head), is_said(tail));
        // An amount left out at the beginning is no other subject.
        let is_headless = has_tail && !has_head && !is_amount(head);
        let is_tailless = has_head && !has_tail;
        heads += usize::from(is_tailless);
        tails += usize::from(is_headless);
        runs_on |= begun && is_headless;
        runs_back |= tails > 0 && !is_headless && part.items.iter().any(begins);
        // One word alone may be of a list: of "tents and mats cost 5 euros" a tent does.
        begun |=
            has_head && part.items.iter().filter(|item| is_said(item)).count() > 1 && begins(head);
        if is_tailless && is_number(tail) {
            unnumbered = true;
        } else {
            numbered |= part
                .items
                .iter()
                .any(|item| is_number(item) && is_said(item));
        }
    }
    // Two beginnings without their ends may be added up.
    let adds_up = said.iter().any(is_number);
    heads > 0 && tails > 0
        || heads > 1 && !adds_up
        || unnumbered && numbered
        || runs_on
        || runs_back
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
        let named = says_one(&statement.text, &[&row.text[range.clone()]]);
        let (by_head, by_value) = (named || head.iter().any(is_said), value.iter().any(is_said));
        heads |= by_head && !by_value;
        values |= by_value && !by_head;
    }
    heads && values
}
