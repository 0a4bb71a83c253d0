//! Numbers that the claim has, but of something else or in another order.

use stoa_language::{
    Reading,
    quantity::{Quantity, Sense},
    reading::Term,
};

use super::{super::says_one, cells::Cells, is_alike};

/// What stands before the number that something goes from.
const ORIGINS: [&str; 16] = [
    "from",
    "between",
    "von",
    "zwischen",
    "de",
    "entre",
    "从",
    "由",
    "自",
    "was",
    "formerly",
    "previously",
    "war",
    "bisher",
    "原为",
    "原来",
];

/// What stands before such a word and makes it another.
const WITHIN: [&str; 5] = ["innerhalb", "binnen", "wert", "höhe", "anzahl"];

/// What stands between an amount and what there is so much of.
const OF: [&str; 3] = [" of ", " de ", " d'"];

/// What says that one thing comes after another.
const THEN: [&str; 14] = [
    "then",
    "afterwards",
    "after that",
    "dann",
    "danach",
    "puis",
    "ensuite",
    "luego",
    "después",
    "poi",
    "depois",
    "然后",
    "再",
    "その後",
];

/// What stands before what something is compared with, and the bytes between it and the number.
const THAN: [&str; 3] = [" than in ", " als in ", " que dans "];
const BEHIND: usize = 10;

/// Whether a number stands where the claim has another for the same thing: children pay 5, and not 12 less 5.
pub(super) fn replaces(statement: &Reading, quantity: &Quantity, claim: &Reading) -> bool {
    let alike: Vec<usize> = (0..claim.quantities.len())
        .filter(|other| is_alike(quantity, &claim.quantities[*other]))
        .collect();
    if alike.len() < 2 {
        return false;
    }
    let cells = Cells::of(claim, &alike);
    let clause = statement.clause_of(quantity.range.start);
    let around = statement.claims().filter(|term| term.clause == clause);
    let named: Vec<usize> = around.filter_map(|term| cells.only(claim, term)).collect();
    named
        .first()
        // All words that belong to a number belong to one and the same: that one is what the statement should have
        // said.
        .is_some_and(|cell| named.iter().all(|other| other == cell))
}

/// Whether a statement measures something else than the claim does: 1.5 litres of milk for as much stock.
pub(super) fn measures_another(
    statement: &Reading,
    quantity: &Quantity,
    claim: &Reading,
    at: usize,
) -> bool {
    let thing = |reading: &Reading, quantity: &Quantity| -> Option<Term> {
        let behind = reading.text.get(quantity.range.end..)?;
        let of = OF.iter().find(|of| behind.starts_with(**of))?;
        let from = quantity.range.end + of.len();
        reading
            .claims()
            .find(|term| term.range.start >= from)
            .cloned()
    };
    match (
        thing(statement, quantity),
        thing(claim, &claim.quantities[at]),
    ) {
        (Some(mine), Some(theirs)) => {
            !mine.means(&theirs) && !claim.holds(&mine) && !statement.holds(&theirs)
        }
        _ => false,
    }
}

/// Whether a number is of what the claim goes away from, or says something else of in a later clause: "成人票三十元，学生半价" has no price
/// for 学生.
pub(super) fn is_anothers(
    statement: &Reading,
    quantity: &Quantity,
    claim: &Reading,
    at: usize,
) -> bool {
    let own = &claim.quantities[at];
    let clause = claim.clause_of(own.range.start);
    let moment = |quantity: &Quantity| {
        let of_time = |meaning: &Sense| matches!(meaning, Sense::Time(_) | Sense::Date(_));
        quantity.readings.iter().any(of_time)
    };
    // "Raised from 5 to 8": 5 is no longer so. A time that something goes from still is: "from 9 to 5".
    let left = origin(claim).is_some_and(|from| from.agrees(own) && !moment(from));
    if left && origin(statement).is_none() {
        return true;
    }
    // Something of the number's own clause is missing in the statement: it may have been exchanged for a word of a
    // later clause.
    let replaced = claim.claims().any(|term| {
        term.clause == clause && term.range.start < own.range.start && !statement.holds(term)
    });
    let here = statement.clause_of(quantity.range.start);
    let later = |term: &Term| {
        let mut same = claim
            .terms
            .iter()
            .filter(|other| other.plain == term.plain)
            .peekable();
        same.peek().is_some()
            && same.all(|other| other.clause > clause)
            // 汽车站 is a 车站, however the dictionary cuts it.
            && !(term.unspaced && claim.text[..own.range.start].contains(&term.plain))
    };
    replaced
        && statement
            .claims()
            .any(|term| term.clause == here && later(term))
}

/// Whether two texts compare with something, and not with the same: faster than in 5.3 is not faster than in 5.4.
pub(in crate::check::agree) fn compares_with_another(statement: &Reading, claim: &Reading) -> bool {
    let compared = |reading: &Reading| -> Option<Quantity> {
        let lower = reading.text.to_lowercase();
        let word = THAN.iter().find(|word| lower.contains(**word))?;
        let at = lower.find(*word)? + word.len();
        let near = |own: &&Quantity| own.range.start >= at && own.range.start - at <= BEHIND;
        reading.quantities.iter().find(near).cloned()
    };
    match (compared(statement), compared(claim)) {
        (Some(mine), Some(theirs)) => is_alike(&mine, &theirs) && !mine.agrees(&theirs),
        _ => false,
    }
}

/// Whether a number stands with a word that the claim says further on, with a number of its own: of "daily the one, weekly
/// the other" the other is not daily.
pub(super) fn is_of_later(
    statement: &Reading,
    quantity: &Quantity,
    claim: &Reading,
    at: usize,
) -> bool {
    let clause = claim.clause_of(claim.quantities[at].range.start);
    let here = statement.clause_of(quantity.range.start);
    let own: Vec<&Term> = statement
        .claims()
        .filter(|term| term.clause == here)
        .collect();
    // A version or a price may be what both clauses are about; a time is of its own.
    if !tells_when(quantity) {
        return false;
    }
    let has_number = |clause: usize| {
        claim
            .quantities
            .iter()
            .any(|other| tells_when(other) && claim.clause_of(other.range.start) == clause)
    };
    let later = own.iter().any(|term| {
        let mut places = claim
            .terms
            .iter()
            .filter(|other| other.means(term))
            .peekable();
        places.peek().is_some()
            && places.all(|other| other.clause > clause && has_number(other.clause))
    });
    let left_out = claim
        .claims()
        .any(|term| term.clause == clause && !own.iter().any(|own| own.means(term)));
    later && left_out
}

/// Whether a number is a day, a time or a period.
fn tells_when(quantity: &Quantity) -> bool {
    let of_time = |meaning: &Sense| {
        matches!(
            meaning,
            Sense::Time(_) | Sense::Date(_) | Sense::Weekday(_) | Sense::Rate(_)
        )
    };
    !quantity.weak && (quantity.every || quantity.readings.iter().any(of_time))
}

/// Two times or dates in the opposite order, or two numbers of which the other is the first: from nine to five is not
/// from five to nine.
pub(super) fn reversed(statement: &Reading, claim: &Reading) -> bool {
    // "From 5 to 8" for "from 8 to 5": both have both numbers and begin with another.
    if let (Some(mine), Some(theirs)) = (origin(statement), origin(claim)) {
        let has = |reading: &Reading, wanted: &Quantity| {
            reading.quantities.iter().any(|other| wanted.agrees(other))
        };
        if is_alike(mine, theirs)
            && !mine.agrees(theirs)
            && has(claim, mine)
            && has(statement, theirs)
        {
            return true;
        }
    }
    let place = |quantity: &Quantity| {
        claim
            .quantities
            .iter()
            .position(|other| quantity.agrees(other))
    };
    if steps_back(statement, &place) {
        return true;
    }
    let moments: Vec<&Quantity> = statement
        .quantities
        .iter()
        .filter(|quantity| {
            !quantity.weak
                && quantity
                    .readings
                    .iter()
                    .any(|meaning| matches!(meaning, Sense::Time(_) | Sense::Date(_)))
        })
        .collect();
    moments.windows(2).any(|pair| {
        is_alike(pair[0], pair[1])
            && !pair[0].agrees(pair[1])
            && matches!((place(pair[0]), place(pair[1])), (Some(a), Some(b)) if a > b)
    })
}

/// Whether a statement says of two amounts which comes first, and the claim has them in the other order: first at 250 °C
/// and then at 200 °C.
fn steps_back(statement: &Reading, place: &impl Fn(&Quantity) -> Option<usize>) -> bool {
    let amounts: Vec<&Quantity> = statement
        .quantities
        .iter()
        .filter(|quantity| {
            let measured = quantity
                .measures()
                .any(|measure| !measure.unit.name().is_empty());
            !quantity.weak && measured
        })
        .collect();
    amounts.windows(2).any(|pair| {
        let between = statement
            .text
            .get(pair[0].range.end..pair[1].range.start)
            .unwrap_or_default();
        says_one(between, &THEN)
            && is_alike(pair[0], pair[1])
            && !pair[0].agrees(pair[1])
            && matches!((place(pair[0]), place(pair[1])), (Some(a), Some(b)) if a > b)
    })
}

/// The number that something goes from, where there is one such.
fn origin(reading: &Reading) -> Option<&Quantity> {
    let mut from = reading.quantities.iter().filter(|quantity| {
        let before = reading.text[..quantity.range.start]
            .trim_end()
            .to_lowercase();
        ORIGINS.iter().any(|word| {
            before.strip_suffix(word).is_some_and(|rest| {
                // "Platform 5" does not go from 5, and neither does "innerhalb von 5".
                !word.is_ascii()
                    || !rest.ends_with(|c: char| c.is_alphanumeric())
                        && !WITHIN
                            .iter()
                            .any(|within| rest.trim_end().ends_with(within))
            })
        })
    });
    let first = from.next()?;
    // Two of them cannot be told apart by order alone.
    from.next().is_none().then_some(first)
}
