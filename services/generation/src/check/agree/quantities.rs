//! Numbers, dates and amounts of a statement stand in what it cites, and belong to the same thing there.

use std::{mem::discriminant, ops::Range};

use stoa_language::{
    Reading,
    markers::{Class, Side},
    quantity::{Quantity, Reading as Meaning, Unit, Value, derive},
    reading::Term,
};

use super::{Reason, Vouched};
use crate::read::{Claim, Source};

/// What stands before the number that something goes from.
const ORIGINS: [&str; 9] = [
    "from", "between", "von", "zwischen", "de", "entre", "从", "由", "自",
];
/// What parts the columns of a row as it is read.
const COLUMN: &str = ", ";
/// Bytes between a number and the word that belongs to it.
const BESIDE: usize = 8;
/// Bytes between a number and what bounds it.
const NEAR: usize = 12;

/// Whether all numbers of a statement are those of the claim, or follow from them.
pub(super) fn agree(
    statement: &Reading,
    claim: &Claim,
    source: &Source,
    vouched: Vouched,
) -> Result<(), Reason> {
    let theirs = &claim.reading.quantities;
    for quantity in &statement.quantities {
        if quantity.every && other_period(quantity, theirs) {
            return Err(Reason::Quantity(said(statement, quantity)));
        }
        if quantity.weak && !measures(statement, quantity, &claim.reading)
            || vouched == Vouched::ByModel && is_article(quantity, theirs)
        {
            continue;
        }
        let own = theirs.iter().position(|other| {
            quantity.agrees(other)
                || statement.language != source.language && is_bare(quantity, other)
        });
        let held = match own {
            Some(at) => {
                bounded(statement, quantity, claim, at, vouched)?;
                belongs(statement, quantity, claim, at)
                    && !is_of_later(statement, quantity, &claim.reading, at)
                    && (vouched == Vouched::ByModel
                        || !is_anothers(statement, quantity, &claim.reading, at))
            }
            None => {
                !replaces(statement, quantity, &claim.reading)
                    && elsewhere(quantity, claim, source, vouched)
            }
        };
        if !held {
            return Err(Reason::Quantity(said(statement, quantity)));
        }
    }
    if reversed(statement, &claim.reading) {
        return Err(Reason::Order);
    }
    Ok(())
}

/// Whether what may be no number is one after all: 一 before a unit that the claim measures something else in, or 第二天 where
/// the claim counts days.
fn measures(statement: &Reading, quantity: &Quantity, claim: &Reading) -> bool {
    let measure = quantity.readings.iter().any(
        |meaning| matches!(meaning, Meaning::Measure(measure) if !measure.unit.name().is_empty()),
    );
    let ranked = quantity
        .readings
        .iter()
        .any(|meaning| matches!(meaning, Meaning::Ordinal(_)));
    (measure || ranked)
        && !statement.language.is_latin()
        && claim
            .quantities
            .iter()
            .any(|other| is_alike(quantity, other))
}

/// Whether a claim names periods, and not this one: per quarter is not per year.
fn other_period(quantity: &Quantity, theirs: &[Quantity]) -> bool {
    let periods: Vec<&Quantity> = theirs
        .iter()
        .filter(|other| {
            let of_rate = |meaning: &Meaning| matches!(meaning, Meaning::Rate(_));
            other.every || other.readings.iter().any(of_rate)
        })
        .collect();
    !periods.is_empty() && !periods.iter().any(|other| quantity.agrees(other))
}

/// Whether a number is "one" of something that the claim does not count: one adult, 一次.
fn is_article(quantity: &Quantity, theirs: &[Quantity]) -> bool {
    let one = |meaning: &Meaning| {
        matches!(meaning, Meaning::Measure(measure)
            if measure.unit == Unit::COUNT && measure.value == Value::ONE)
    };
    quantity.readings.iter().all(one) && !theirs.iter().any(|other| is_alike(quantity, other))
}

/// Whether an amount with a unit begins right behind a place, or behind one word more.
pub(super) fn measures_next(reading: &Reading, at: usize) -> bool {
    reading.quantities.iter().any(|quantity| {
        let behind = quantity.range.start >= at && quantity.range.start - at <= BESIDE;
        behind
            && quantity
                .measures()
                .any(|measure| measure.unit != Unit::COUNT)
    })
}

/// Whether a number without a unit is one with a unit of another language: "under 18" may go without its years.
fn is_bare(quantity: &Quantity, other: &Quantity) -> bool {
    quantity.measures().any(|bare| {
        bare.unit.name().is_empty() && other.measures().any(|measure| measure.value == bare.value)
    })
}

/// Whether a number stands where the claim has another for the same thing: children pay 5, and not 12 less 5.
fn replaces(statement: &Reading, quantity: &Quantity, claim: &Reading) -> bool {
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
        .is_some_and(|cell| named.iter().all(|other| other == cell))
}

/// Whether a number is of what the claim goes away from, or says something else of in a later clause: "成人票三十元，学生半价" has no price
/// for 学生.
fn is_anothers(statement: &Reading, quantity: &Quantity, claim: &Reading, at: usize) -> bool {
    let own = &claim.quantities[at];
    let clause = claim.clause_of(own.range.start);
    let moment = |quantity: &Quantity| {
        let of_time = |meaning: &Meaning| matches!(meaning, Meaning::Time(_) | Meaning::Date(_));
        quantity.readings.iter().any(of_time)
    };
    // What something goes from it no longer is.
    let left = origin(claim).is_some_and(|from| from.agrees(own) && !moment(from));
    if left && origin(statement).is_none() {
        return true;
    }
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
        same.peek().is_some() && same.all(|other| other.clause > clause)
    };
    replaced
        && statement
            .claims()
            .any(|term| term.clause == here && later(term))
}

/// Whether a number stands with a word that the claim says further on, with a number of its own: of "daily the one, weekly
/// the other" the other is not daily.
fn is_of_later(statement: &Reading, quantity: &Quantity, claim: &Reading, at: usize) -> bool {
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
    let of_time = |meaning: &Meaning| {
        matches!(
            meaning,
            Meaning::Time(_) | Meaning::Date(_) | Meaning::Weekday(_) | Meaning::Rate(_)
        )
    };
    !quantity.weak && (quantity.every || quantity.readings.iter().any(of_time))
}

/// How many numbers a claim shares with a statement.
pub(in crate::check) fn shared(statement: &Reading, claim: &Reading) -> usize {
    statement
        .quantities
        .iter()
        .filter(|quantity| {
            !quantity.weak && claim.quantities.iter().any(|other| quantity.agrees(other))
        })
        .count()
}

/// A number that the claim does not have: it follows from its numbers, stands in the headings, or, when somebody
/// vouches for the statement, stands elsewhere in the source while the claim has no other of its kind.
fn elsewhere(quantity: &Quantity, claim: &Claim, source: &Source, vouched: Vouched) -> bool {
    let theirs = &claim.reading.quantities;
    let above = &source.heading().quantities;
    let of_sentence = numbers(source, |other| other.unit == claim.unit);
    if above.iter().any(|other| quantity.agrees(other)) || follows(quantity, &of_sentence) {
        return true;
    }
    if vouched == Vouched::ByNobody {
        return false;
    }
    // How often something is elsewhere says nothing of how often it is here.
    let all = numbers(source, |_| !quantity.every);
    let conflict = theirs.iter().any(|other| is_alike(quantity, other));
    follows(quantity, &all) || !conflict && all.iter().any(|other| quantity.agrees(other))
}

/// Whether a number is computed from others, and is none of them.
fn follows(quantity: &Quantity, from: &[Quantity]) -> bool {
    !from.iter().any(|other| quantity.agrees(other)) && derive::holds(quantity, from)
}

fn numbers(source: &Source, of: impl Fn(&Claim) -> bool) -> Vec<Quantity> {
    let claims = source.claims().iter().filter(|claim| of(claim));
    claims
        .flat_map(|claim| claim.reading.quantities.clone())
        .collect()
}

/// Whether two numbers could stand for one another: two prices, two times, two dates.
fn is_alike(a: &Quantity, b: &Quantity) -> bool {
    a.readings.iter().any(|a| {
        b.readings.iter().any(|b| match (a, b) {
            (Meaning::Measure(a), Meaning::Measure(b)) => {
                let lasts = |unit| matches!(unit, Unit::SECOND | Unit::MONTH);
                a.unit == b.unit
                    || a.unit.is_money() && b.unit.is_money()
                    || lasts(a.unit) && lasts(b.unit)
            }
            (a, b) => discriminant(a) == discriminant(b),
        })
    })
}

/// Above is not below, and neither is the number itself.
fn bounded(
    statement: &Reading,
    quantity: &Quantity,
    claim: &Claim,
    at: usize,
    vouched: Vouched,
) -> Result<(), Reason> {
    let own = &claim.reading.quantities[at];
    let (mine, theirs) = (bounds(statement, quantity), bounds(&claim.reading, own));
    let apart = !mine.is_empty()
        && !theirs.is_empty()
        && !mine
            .iter()
            .any(|side| theirs.iter().any(|other| other.pair == side.pair));
    let turned = mine.iter().any(|side| {
        theirs
            .iter()
            .any(|other| other.pair == side.pair && other.first != side.first)
            && !theirs.contains(side)
    });
    // A row has no words beside its numbers.
    let added = vouched == Vouched::ByNobody && !claim.row && theirs.is_empty() && !mine.is_empty();
    if turned || apart || added {
        Err(Reason::Opposite)
    } else {
        Ok(())
    }
}

/// The opposites that bound a number: the number behind "above", or before 以上 where none is behind it.
fn bounds(reading: &Reading, quantity: &Quantity) -> Vec<Side> {
    reading
        .marks
        .iter()
        .filter_map(|mark| match mark.class {
            Class::Side(side)
                if side.bounds
                    && bounded_by(reading, &mark.range) == Some(quantity.range.start) =>
            {
                Some(side)
            }
            _ => None,
        })
        .collect()
}

/// Whether a word bounds a number.
pub(in crate::check) fn bounds_one(reading: &Reading, range: &Range<usize>) -> bool {
    bounded_by(reading, range).is_some()
}

/// Where the number begins that a mark bounds.
fn bounded_by(reading: &Reading, mark: &Range<usize>) -> Option<usize> {
    let starts = |quantity: &&Quantity| {
        quantity.range.start >= mark.end && quantity.range.start - mark.end <= NEAR
    };
    let ends = |quantity: &&Quantity| {
        quantity.range.end <= mark.start && mark.start - quantity.range.end <= NEAR
    };
    let behind = reading.quantities.iter().find(starts);
    let before = || reading.quantities.iter().rev().find(ends);
    behind.or_else(before).map(|quantity| quantity.range.start)
}

/// Where a claim has several numbers of one kind, each is of something: 18:00 is of Vienna and 17:00 of Oslo. The words
/// around the statement's number must be those around the claim's.
fn belongs(statement: &Reading, quantity: &Quantity, claim: &Claim, at: usize) -> bool {
    let (row, claim) = (claim.row, &claim.reading);
    let alike: Vec<usize> = (0..claim.quantities.len())
        .filter(|other| is_alike(quantity, &claim.quantities[*other]))
        .collect();
    let same: Vec<usize> = alike
        .iter()
        .copied()
        .filter(|other| quantity.agrees(&claim.quantities[*other]))
        .collect();
    let others_said = alike.iter().all(|other| {
        statement
            .quantities
            .iter()
            .any(|own| own.agrees(&claim.quantities[*other]))
    });
    if alike.len() < 2 || same.len() == alike.len() || !same.contains(&at) {
        return true;
    }
    if others_said {
        return placed(statement, claim, &alike);
    }
    let cells = if row {
        Cells::of_row(claim, &alike)
    } else {
        Cells::of(claim, &alike)
    };
    let clause = statement.clause_of(quantity.range.start);
    let around: Vec<&Term> = statement
        .claims()
        .filter(|term| term.clause == clause || statement.clause_count() == 1)
        // An opposite is compared with what it is said of.
        .filter(|term| term.side.is_none_or(|side| !side.polar))
        .collect();
    let beside: Vec<&Quantity> = statement
        .quantities
        .iter()
        .filter(|other| !other.weak && other.range != quantity.range)
        .collect();
    same.iter().any(|own| {
        let cell = alike
            .iter()
            .position(|other| other == own)
            .unwrap_or_default();
        around.iter().all(|term| cells.allow(claim, term, cell))
            && beside
                .iter()
                .all(|other| cells.allow_number(claim, other, &alike, cell))
    })
}

/// Whether all numbers of a kind, said in another order, are still with their words.
fn placed(statement: &Reading, claim: &Reading, alike: &[usize]) -> bool {
    let mine: Vec<usize> = (0..statement.quantities.len())
        .filter(|own| {
            let own = &statement.quantities[*own];
            alike
                .iter()
                .any(|other| own.agrees(&claim.quantities[*other]))
        })
        .collect();
    if mine.len() != alike.len() {
        return true;
    }
    let (own, theirs) = (Cells::of(statement, &mine), Cells::of(claim, alike));
    if !own.all_named(statement) || !theirs.all_named(claim) {
        return true;
    }
    let terms = statement.terms.iter().zip(&own.of_term);
    terms
        .filter(|(term, _)| !term.light)
        .filter_map(|(term, cell)| Some((term, (*cell)?)))
        .all(|(term, cell)| {
            let number = &statement.quantities[mine[cell]];
            (0..alike.len())
                .filter(|other| number.agrees(&claim.quantities[alike[*other]]))
                .any(|other| theirs.allow(claim, term, other))
        })
}

/// The words of a claim, by the number of a kind that they belong to.
struct Cells {
    /// How many numbers there are.
    count: usize,
    /// For each word of the claim its cell; `None` for those that belong to all.
    of_term: Vec<Option<usize>>,
    /// What the first cell is about, which the others do not share.
    label: Option<usize>,
    /// Words belong to their own number alone.
    strict: bool,
    /// What follows a number says what it is of.
    values_first: bool,
}

impl Cells {
    fn of(claim: &Reading, alike: &[usize]) -> Self {
        let starts: Vec<usize> = alike
            .iter()
            .map(|at| claim.quantities[*at].range.start)
            .collect();
        let last = starts.last().copied().unwrap_or_default();
        // "50 for adults, 25 for children": words that follow the last number say what each is of.
        let values_first = claim
            .terms
            .iter()
            .any(|term| !term.light && term.range.start > last);
        let cell = |term: &Term| {
            let mut same_clause =
                (0..starts.len()).filter(|cell| claim.clause_of(starts[*cell]) == term.clause);
            if let (Some(only), None) = (same_clause.next(), same_clause.next()) {
                return Some(only);
            }
            if values_first {
                starts.iter().rposition(|start| *start < term.range.start)
            } else {
                starts.iter().position(|start| *start > term.range.start)
            }
        };
        let label = (!values_first)
            .then(|| claim.terms.iter().position(|term| !term.light))
            .flatten();
        Self {
            count: starts.len(),
            of_term: claim.terms.iter().map(cell).collect(),
            label,
            strict: false,
            values_first,
        }
    }

    /// The cells of a row: what stands in the column of a number is of that number, the rest of all.
    fn of_row(claim: &Reading, alike: &[usize]) -> Self {
        let column = |at: usize| claim.text[..at].matches(COLUMN).count();
        let columns: Vec<usize> = alike
            .iter()
            .map(|at| column(claim.quantities[*at].range.start))
            .collect();
        // What a column says beside several numbers may be of any of them.
        let cell = |term: &Term| {
            let own = column(term.range.start);
            let mut cells = (0..columns.len()).filter(|cell| columns[*cell] == own);
            cells.next().filter(|_| cells.next().is_none())
        };
        Self {
            count: alike.len(),
            of_term: claim.terms.iter().map(cell).collect(),
            label: None,
            strict: true,
            values_first: false,
        }
    }

    /// Whether each number has a word of its own.
    fn all_named(&self, claim: &Reading) -> bool {
        (0..self.count).all(|cell| {
            let mut own = claim.terms.iter().zip(&self.of_term);
            own.any(|(term, own)| *own == Some(cell) && !term.light)
        })
    }

    /// Whether a number has a word of its own that says what it is of, and not only whether it is open or closed then.
    fn names(&self, claim: &Reading, cell: usize) -> bool {
        let mut own = claim.terms.iter().zip(&self.of_term);
        own.any(|(term, own)| *own == Some(cell) && !term.light && term.side.is_none())
    }

    /// The cell that a word belongs to, if it stands in one only.
    fn only(&self, claim: &Reading, term: &Term) -> Option<usize> {
        let mut cells = claim
            .terms
            .iter()
            .zip(&self.of_term)
            .filter(|(other, _)| other.is(term))
            .map(|(_, cell)| *cell);
        let first = cells.next()??;
        cells.all(|cell| cell == Some(first)).then_some(first)
    }

    /// Whether another number of the statement may stand with that of a cell: twice a day is not of May to September.
    fn allow_number(
        &self,
        claim: &Reading,
        number: &Quantity,
        alike: &[usize],
        cell: usize,
    ) -> bool {
        let mut places = (0..claim.quantities.len())
            .filter(|at| !alike.contains(at) && number.agrees(&claim.quantities[*at]))
            .map(|at| &claim.quantities[at].range)
            .peekable();
        let starts: Vec<usize> = alike
            .iter()
            .map(|at| claim.quantities[*at].range.start)
            .collect();
        let own = |start: usize| {
            if self.values_first {
                starts.iter().rposition(|other| *other < start)
            } else {
                starts.iter().position(|other| *other > start)
            }
        };
        self.strict
            || places.peek().is_none()
            || places.any(|range| {
                own(range.start).is_none_or(|own| own == cell || own == 0 && !self.values_first)
            })
    }

    /// Whether a word of the statement may stand with the number of a cell.
    fn allow(&self, claim: &Reading, term: &Term, cell: usize) -> bool {
        let places: Vec<usize> = (0..claim.terms.len())
            .filter(|at| claim.terms[*at].is(term))
            .collect();
        places.is_empty()
            || places.iter().any(|at| match self.of_term[*at] {
                None => true,
                Some(own) if own == cell => true,
                Some(_) if self.strict => false,
                // What is said of the first is often said of all, but not what the first is, unless no other is named.
                Some(0) if !self.names(claim, cell) => true,
                Some(0) => self.label.is_some() && self.label != Some(*at) && !term.name,
                Some(_) => false,
            })
    }
}

/// Two times or dates in the opposite order, or two numbers of which the other is the first: from nine to five is not
/// from five to nine.
fn reversed(statement: &Reading, claim: &Reading) -> bool {
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
    let moments: Vec<&Quantity> = statement
        .quantities
        .iter()
        .filter(|quantity| {
            !quantity.weak
                && quantity
                    .readings
                    .iter()
                    .any(|meaning| matches!(meaning, Meaning::Time(_) | Meaning::Date(_)))
        })
        .collect();
    moments.windows(2).any(|pair| {
        is_alike(pair[0], pair[1])
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
                !word.is_ascii() || !rest.ends_with(|c: char| c.is_alphanumeric())
            })
        })
    });
    let first = from.next()?;
    from.next().is_none().then_some(first)
}

/// The number in the statement's own words.
fn said(statement: &Reading, quantity: &Quantity) -> String {
    statement
        .text
        .get(quantity.range.clone())
        .unwrap_or_default()
        .to_owned()
}
