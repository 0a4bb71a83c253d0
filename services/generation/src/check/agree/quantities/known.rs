//! Numbers of a statement that its claim does not have: known from elsewhere, or following from what it has.

use stoa_language::{
    Reading,
    markers::Class,
    quantity::{Difference, Measure, Quantity, Rank, Sense, Unit, Value, derive},
    reading::Term,
};

use super::{
    super::{Vouched, says_one},
    BESIDE, cells, computed, counts_a_thing, days, exact, has_alike, implied, is_alike,
    others::replaces,
    ranges,
};
use crate::read::{Claim, Source, UnitKind};

/// What says behind a number that it compares two amounts.
const TIMES: [&str; 9] = [
    "times as",
    "times more",
    "times the",
    "mal so",
    "mal mehr",
    "fois plus",
    "veces más",
    "volte più",
    "倍",
];

/// Words that say two of something that was named.
const BOTH: [&str; 7] = [
    "both", "beide", "beiden", "beider", "ambos", "ambas", "entrambi",
];

/// Whether a number that a claim does not have is known from elsewhere, or follows.
pub(super) fn is_known(
    statement: &Reading,
    quantity: &Quantity,
    claim: &Claim,
    source: &Source,
    question: &Reading,
    vouched: Vouched,
) -> bool {
    let read = &claim.reading;
    if quantity.difference.is_some() && is_turned(statement, quantity, read) {
        return false;
    }
    // "In the other months" is said of each of them.
    let is_other = || {
        let tells = |sense: &Sense| matches!(sense, Sense::Date(_) | Sense::Weekday(_));
        read.has(Class::Others) && quantity.readings.iter().any(tells)
    };
    let free = || !has_alike(quantity, read);
    let by_model = || {
        ranges::asked(quantity, question) && free()
            || is_other()
            || days::is_all_day(quantity) && read.has(Class::All)
            || computed::computed(statement, quantity, claim, source)
            || is_ratio_of_rows(statement, quantity, claim, source)
            || first_or_last(quantity) && free()
    };
    is_both(quantity, read)
        || is_last(quantity, read)
        || days::is_of_named_days(quantity, read)
        || days::is_each_week(quantity, read)
        || is_step(statement, quantity, claim, source)
        || implied::is_period_named(quantity, source)
        || quantity.difference.is_some()
            && follows(quantity, &read.quantities)
        || exact::follows(statement, quantity, claim, vouched)
        || days::is_each_day(quantity, read)
        || ranges::within(statement, quantity, claim, question, vouched)
        || vouched == Vouched::ByModel && by_model()
        // A number from another sentence is welcome only where this one has no number for the same thing.
        || !replaces(statement, quantity, read)
            && elsewhere(statement, quantity, claim, source, vouched)
}

/// Whether a number is two, and the claim says "both".
fn is_both(quantity: &Quantity, claim: &Reading) -> bool {
    let two = quantity
        .measures()
        .any(|measure| measure.unit == Unit::COUNT && measure.value == Value::whole(2));
    let lower = claim.text.to_lowercase();
    two && lower
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| BOTH.contains(&word))
}

/// Words for one of several steps.
const STEP: [&str; 8] = [
    "step", "stage", "schritt", "étape", "paso", "passo", "步", "步骤",
];
/// Whether a word says behind a rank that it is of a step.
pub(in crate::check) fn names_step(statement: &Reading, term: &Term) -> bool {
    let ranks = |own: &Quantity| {
        let near = own.range.end <= term.range.start && term.range.start - own.range.end <= 1;
        near && own
            .readings
            .iter()
            .any(|sense| matches!(sense, Sense::Ordinal(_)))
    };
    STEP.contains(&term.plain.as_str()) && statement.quantities.iter().any(ranks)
}

/// What says that something is the first step, and what stands before it in other words.
const FIRST: &str = "先";
const OTHERWISE: [char; 4] = ['优', '事', '祖', '领'];

/// Whether a number says which step of a list, or of "first this, then that", a claim is.
fn is_step(statement: &Reading, quantity: &Quantity, claim: &Claim, source: &Source) -> bool {
    let rank = quantity.readings.iter().find_map(|sense| match sense {
        Sense::Ordinal(Rank::Nth(nth)) => Some(*nth),
        _ => None,
    });
    let Some(rank) = rank else {
        return false;
    };
    let behind = statement.text[quantity.range.end..]
        .trim_start()
        .to_lowercase();
    let named = STEP.iter().any(|word| behind.starts_with(word));
    let listed = source.units[claim.unit].step == Some(u64::from(rank));
    let said = || {
        let text = &claim.reading.text;
        let before = |at: usize| text[..at].chars().next_back();
        let place = text
            .match_indices(FIRST)
            .find(|(at, _)| !before(*at).is_some_and(|c| OTHERWISE.contains(&c)));
        let next = place.and_then(|(at, word)| {
            let mut words = claim.reading.claims();
            words.find(|term| term.range.start >= at + word.len())
        });
        rank == 1 && next.is_some_and(|next| statement.holds(next) && next.side.is_none())
    };
    named && (listed || said())
}

/// The first and the last of what runs, or is done, again and again.
const FIRST_OF: [&str; 7] = ["首班", "首次", "首场", "首轮", "首趟", "首批", "初次"];
const LAST_OF: [&str; 7] = ["末班", "末次", "末场", "末轮", "末趟", "末批", "最后"];

/// Whether a number says the first or the last, and the claim says so in a word.
fn is_last(quantity: &Quantity, claim: &Reading) -> bool {
    let rank = |sense: &Sense| match sense {
        Sense::Ordinal(Rank::Nth(1)) => Some(true),
        Sense::Ordinal(Rank::Last) => Some(false),
        _ => None,
    };
    let ranks: Vec<bool> = quantity.readings.iter().filter_map(rank).collect();
    let says = |words: &[&str]| words.iter().any(|word| claim.text.contains(word));
    ranks == [true] && says(&FIRST_OF) || ranks == [false] && says(&LAST_OF)
}

/// Whether a number says only that something is the first or the last, which is also said without one.
pub(super) fn first_or_last(quantity: &Quantity) -> bool {
    let ends = |sense: &Sense| matches!(sense, Sense::Ordinal(Rank::Nth(1) | Rank::Last));
    quantity.readings.iter().all(ends)
}

/// A number that the claim does not have: it follows from its numbers, stands in the headings, or, when somebody
/// vouches for the statement, stands elsewhere in the source, or is its document's day, while the claim has no other of
/// its kind.
fn elsewhere(
    statement: &Reading,
    quantity: &Quantity,
    claim: &Claim,
    source: &Source,
    vouched: Vouched,
) -> bool {
    let theirs = &claim.reading.quantities;
    let above = &source.heading().quantities;
    let of_sentence = numbers(source, |other| other.unit == claim.unit);
    let conflict = theirs.iter().any(|other| is_alike(quantity, other));
    // "Removed in 5.0" under "What is new in 4.2" is not removed in 4.2, unless somebody vouches for it.
    let is_above = above.iter().any(|other| quantity.agrees(other));
    if is_above && (vouched == Vouched::ByModel || !conflict)
        || (vouched == Vouched::ByModel || says_sum(statement, quantity, &of_sentence))
            && follows(quantity, &of_sentence)
        || is_ratio(statement, quantity, &claim.reading)
    {
        return true;
    }
    // Words alone do not tell whether a number of another sentence is of this one's subject.
    if vouched == Vouched::ByNobody {
        return false;
    }
    // How often something is elsewhere says nothing of how often it is here, nor what another row has of this one.
    let own_row = own_row(statement, source);
    let all = numbers(source, |claim| !quantity.every && own_row(claim));
    let dated = Reading::in_language(&source.dated, source.language).quantities;
    let mut stated = all.iter().chain(&dated);
    let is_there = stated.any(|other| quantity.agrees(other))
        || !counts_a_thing(quantity) && counts_listed(quantity, source);
    follows(quantity, &all) || !conflict && is_there
}

/// Whether a claim may be what a statement is about, as far as rows tell: of a table, the rows that have what the
/// statement names and other rows do not.
fn own_row<'a>(statement: &'a Reading, source: &'a Source) -> impl Fn(&Claim) -> bool + 'a {
    let rows = || source.claims().iter().filter(|claim| claim.row);
    let names: Vec<&Term> = statement
        .claims()
        .filter(|term| {
            rows().any(|row| row.reading.holds(term)) && !rows().all(|row| row.reading.holds(term))
        })
        .collect();
    move |claim: &Claim| {
        !claim.row || names.is_empty() || names.iter().any(|term| claim.reading.holds(term))
    }
}

/// Whether a number is how many times one amount of a claim is another, and the statement begins with what has the larger
/// one: "four times as much rye as wheat" of 400 g of rye and 100 g of wheat.
fn is_ratio(statement: &Reading, quantity: &Quantity, claim: &Reading) -> bool {
    if !compares(statement, quantity) {
        return false;
    }
    let amounts = amounts(claim);
    quantity.measures().any(|ratio| {
        ratio.unit == Unit::COUNT
            && amounts.iter().any(|(larger, a)| {
                amounts.iter().any(|(smaller, b)| {
                    larger != smaller
                        && a.unit == b.unit
                        && (a.unit != Unit::COUNT || counts_alike(claim, *larger, *smaller))
                        && b.value.times(ratio.value) == Some(a.value)
                        && begins_with(statement, claim, *larger, *smaller)
                })
            })
    })
}

/// The amounts of a claim, with the places of their numbers.
fn amounts(claim: &Reading) -> Vec<(usize, Measure)> {
    let numbers = claim.quantities.iter().enumerate();
    numbers
        .filter(|(_, other)| !other.weak && !other.every)
        .flat_map(|(at, other)| other.measures().map(move |measure| (at, measure)))
        .collect()
}

/// Whether a statement begins with what has the one of two numbers of a claim, and not the other.
fn begins_with(statement: &Reading, claim: &Reading, own: usize, other: usize) -> bool {
    let alike = [own.min(other), own.max(other)];
    let cells = cells::Cells::of(claim, &alike);
    let first = statement.claims().find_map(|term| cells.only(claim, term));
    first.is_some_and(|cell| alike[cell] == own)
}

/// What stands before what something is compared with.
const THAN: [&str; 5] = ["than", "als", "que", "di", "比"];

/// Whether a statement says of what has the smaller of two amounts that it has so much more, or the other way round.
fn is_turned(statement: &Reading, quantity: &Quantity, claim: &Reading) -> bool {
    // What rose by so much is more than itself.
    if !says_one(&statement.text, &THAN) {
        return false;
    }
    let amounts = amounts(claim);
    let less = quantity.difference == Some(Difference::Less);
    let is_so = |difference: Measure, (a, more): (usize, Measure), (b, fewer): (usize, Measure)| {
        let (wrong, right) = if less { (a, b) } else { (b, a) };
        more.unit == difference.unit
            && fewer.unit == difference.unit
            && more.value.minus(fewer.value) == Some(difference.value)
            && begins_with(statement, claim, wrong, right)
    };
    quantity.measures().any(|difference| {
        let mut pairs = amounts
            .iter()
            .flat_map(|a| amounts.iter().map(move |b| (*a, *b)));
        pairs.any(|(a, b)| is_so(difference, a, b))
    })
}

/// Whether a number says how many times another an amount is.
pub(in super::super) fn compares(statement: &Reading, quantity: &Quantity) -> bool {
    let behind = statement
        .text
        .get(quantity.range.start..)
        .unwrap_or_default();
    let near = |times: &&str| {
        let at = behind.find(*times);
        at.is_some_and(|at| at <= quantity.range.len() + BESIDE)
    };
    quantity.factor || TIMES.iter().any(near)
}

/// Whether a number is how many times an amount of one row is that of another, and the statement begins with what the row
/// with the larger one names.
fn is_ratio_of_rows(
    statement: &Reading,
    quantity: &Quantity,
    claim: &Claim,
    source: &Source,
) -> bool {
    let rows = || source.claims().iter().filter(|other| other.row);
    let named = |row: &Claim, other: &Claim| {
        statement
            .claims()
            .position(|term| row.reading.holds(term) && !other.reading.holds(term))
    };
    let is = |larger: &Claim, smaller: &Claim, ratio: Value| {
        let amounts = |row: &Claim| -> Vec<Measure> {
            row.reading
                .quantities
                .iter()
                .flat_map(Quantity::measures)
                .collect()
        };
        let smaller = amounts(smaller);
        amounts(larger).iter().any(|a| {
            smaller
                .iter()
                .any(|b| a.unit == b.unit && b.value.times(ratio) == Some(a.value))
        })
    };
    let ratios = || {
        quantity
            .measures()
            .filter(|ratio| ratio.unit == Unit::COUNT)
    };
    claim.row
        && compares(statement, quantity)
        && rows().any(|other| {
            other.unit != claim.unit
                && match (named(claim, other), named(other, claim)) {
                    (Some(own), Some(theirs)) if own < theirs => {
                        ratios().any(|ratio| is(claim, other, ratio.value))
                    }
                    (Some(_), Some(_)) => ratios().any(|ratio| is(other, claim, ratio.value)),
                    _ => false,
                }
        })
}

/// Whether two counts count the same, or one of them leaves out what it counts.
fn counts_alike(claim: &Reading, a: usize, b: usize) -> bool {
    let word = |at: usize| {
        let counted = claim.quantities[at].counted.as_ref();
        counted.map(|counted| counted.word.to_lowercase())
    };
    word(a).is_none() || word(b).is_none() || word(a) == word(b)
}

/// Whether a bare number is how many rows a table of the source has, or items a list: "of the three".
pub(super) fn counts_listed(quantity: &Quantity, source: &Source) -> bool {
    let bare = |measure: Measure| (measure.unit == Unit::COUNT).then_some(measure.value);
    let mut counts: Vec<i128> = Vec::new();
    let mut run = (UnitKind::Heading, 0);
    for unit in &source.units {
        if unit.kind == run.0 {
            run.1 += 1;
        } else {
            run = (unit.kind, 1);
        }
        if matches!(unit.kind, UnitKind::Row | UnitKind::Item) {
            // The longest run counts; a shorter one is its beginning.
            if run.1 > 1 {
                counts.pop();
            }
            counts.push(run.1);
        }
    }
    quantity
        .measures()
        .filter_map(bare)
        .any(|value| counts.iter().any(|count| Value::whole(*count) == value))
}

/// Whether a statement says that a number is a sum or a difference, where it could be one: ten minutes are between half an
/// hour and twenty minutes, and nobody says so.
fn says_sum(statement: &Reading, quantity: &Quantity, from: &[Quantity]) -> bool {
    quantity.difference.is_some() || computed::says_so(statement) || !derive::is_sum(quantity, from)
}

/// Whether a number is computed from others, and is none of them.
fn follows(quantity: &Quantity, from: &[Quantity]) -> bool {
    // A number that the source has needs no sum: what it is said of is compared instead, and a sum that happens to give
    // it must not pass in its place.
    !from.iter().any(|other| quantity.agrees(other)) && derive::holds(quantity, from)
}

pub(super) fn numbers(source: &Source, of: impl Fn(&Claim) -> bool) -> Vec<Quantity> {
    let mut numbers: Vec<(usize, &Quantity)> = Vec::new();
    for claim in source.claims().iter().filter(|claim| of(claim)) {
        for quantity in &claim.reading.quantities {
            // A sentence and its half are two claims with one number.
            let known = |(unit, known): &(usize, &Quantity)| {
                *unit == claim.unit && known.readings == quantity.readings
            };
            if !numbers.iter().any(known) {
                numbers.push((claim.unit, quantity));
            }
        }
    }
    numbers
        .into_iter()
        .map(|(_, quantity)| quantity.clone())
        .collect()
}
