//! Numbers that no source has and that follow from it all the same: a case within a bound, a bound that a number keeps, a day
//! that is not among those that are named (`calendar`), a count of what is listed.
//!
//! Which number a case would be compared with is a guess, so this is asked only of what a tested model vouches for.

mod calendar;

use std::cmp::Ordering;

use stoa_language::{
    Reading,
    markers::Class,
    quantity::{Measure, Quantity, Rank, Sense, Unit, Value},
};

use super::{
    super::{extent::denies, says_one},
    bounds::{is_bounded, lies_above},
    computed::makes_times,
    has_alike,
    known::{compares, counts_listed, numbers},
    ranges::{compare, is_age, lies_between},
};
use crate::read::Source;

pub(super) use calendar::is_period_named;

/// How many times as much a bound may be as what it is true of: "less than two months" of seven weeks.
const LOOSE: i128 = 2;
/// How far a time of day may be from it, in minutes: "shortly after nine" of 09:12.
const SHORTLY: u16 = 60;
/// Seconds of a month, which lie between those of 28 and of 31 days.
const MONTH: [i128; 2] = [28 * DAY, 31 * DAY];
/// Words for those beyond a bound.
const REST: [&str; 12] = [
    "smaller ones",
    "larger ones",
    "smaller",
    "larger",
    "shorter",
    "longer",
    "cheaper",
    "below that",
    "above that",
    "kleinere",
    "größere",
    "否则",
];
const DAY: i128 = 86_400;

/// Whether a number of a statement follows from its source.
pub(super) fn is_implied(statement: &Reading, quantity: &Quantity, source: &Source) -> bool {
    let claims: Vec<&Reading> = about(statement, quantity, source).collect();
    claims.into_iter().any(|claim| {
        is_case(statement, quantity, claim)
            || is_kept(statement, quantity, claim)
            || calendar::is_other_day(statement, quantity, claim)
            || calendar::is_times_of_days(quantity, claim)
            || calendar::is_count_of_days(quantity, claim)
            || is_rest_of_hundred(quantity, claim)
            || is_before_rank(statement, quantity, claim)
            || calendar::is_between_times(quantity, claim)
            || is_times(quantity, claim)
            || is_each_times(quantity, claim)
            || is_as_often(statement, quantity, claim)
            || is_of_name(statement, quantity, claim)
    }) || counts_listed(quantity, source)
        || is_first(quantity)
        || is_supposed(statement, quantity, source)
        || is_period_named(quantity, source)
        || calendar::is_next_year(quantity, source)
        || is_ratio_of_any(statement, quantity, source)
        || calendar::is_between_years(quantity, source)
}

/// The claims that a statement may be of: those that have most of its words among those that have a number which its own
/// could stand for. A bound of something else decides nothing.
fn about<'a>(
    statement: &'a Reading,
    quantity: &'a Quantity,
    source: &'a Source,
) -> impl Iterator<Item = &'a Reading> {
    let shared = |claim: &Reading| statement.claims().filter(|term| claim.holds(term)).count();
    let most = source
        .claims()
        .iter()
        .filter(|claim| has_alike(quantity, &claim.reading))
        .map(|claim| shared(&claim.reading))
        .max()
        .unwrap_or_default();
    let claims = source.claims().iter().map(|claim| &claim.reading);
    claims.filter(move |claim| {
        let own = shared(claim);
        own > 0 && own >= most
    })
}

/// Whether a number is a case that a claim decides: who is 14 is under 16. Within the bound it is as the claim says, and
/// beyond it otherwise; of an age the statement says so in many ways.
fn is_case(statement: &Reading, quantity: &Quantity, claim: &Reading) -> bool {
    if is_bounded(statement, quantity) {
        return false;
    }
    let same = denies(statement) == denies(claim);
    // "Smaller ones only need a receipt" decides the rest.
    let told = says_one(&claim.text, &REST) || claim.has(Class::Others);
    let decides = |holds: bool| told || is_age(statement, quantity) || holds == same;
    let numbers = || claim.quantities.iter().filter(|own| !own.weak);
    let beyond_one = numbers().any(|bound| {
        let above = lies_above(claim, bound);
        let order =
            compare(quantity, bound).filter(|_| counts_the_same(statement, quantity, claim, bound));
        above.zip(order).is_some_and(|(above, order)| {
            decides(if above { order.is_ge() } else { order.is_le() })
        })
    });
    beyond_one || lies_between(quantity, claim).is_some_and(decides)
}

/// Whether two numbers without a unit may be of the same: both count it, or stand behind the same word ("move 20").
pub(super) fn counts_the_same(
    statement: &Reading,
    own: &Quantity,
    claim: &Reading,
    other: &Quantity,
) -> bool {
    let bare = |quantity: &Quantity| {
        quantity
            .measures()
            .all(|measure| measure.unit == Unit::COUNT)
            && quantity.measures().count() > 0
    };
    let counted =
        |quantity: &Quantity| quantity.counted.as_ref().map(|own| own.word.to_lowercase());
    let before = |reading: &Reading, quantity: &Quantity| {
        let before = reading.text[..quantity.range.start].trim_end();
        let word = before.rsplit(|c: char| !c.is_alphanumeric()).next();
        word.unwrap_or_default().to_lowercase()
    };
    !bare(own)
        || !bare(other)
        || is_age(statement, own)
        || counted(own).is_some() && counted(own) == counted(other)
        || before(statement, own) == before(claim, other)
}

/// Whether a statement bounds a number, and a claim has one that keeps the bound and is not far from it.
fn is_kept(statement: &Reading, quantity: &Quantity, claim: &Reading) -> bool {
    let Some(above) = lies_above(statement, quantity) else {
        return false;
    };
    let keeps = |order: Ordering| if above { order.is_gt() } else { order.is_lt() };
    // A bound of the claim's own is another one, and kept by nothing; what was done within seven weeks was done in less than
    // two months.
    let lasts = |own: &Quantity| {
        own.measures()
            .any(|own| matches!(own.unit, Unit::SECOND | Unit::MONTH))
    };
    let may_keep = |own: &Quantity| {
        !is_bounded(claim, own) || !above && lasts(own) && lies_above(claim, own) == Some(false)
    };
    let mut numbers = claim
        .quantities
        .iter()
        .filter(|own| !own.weak && may_keep(own));
    numbers.any(|own| {
        let times = own.times().any(|own| {
            quantity.times().any(|bound| {
                keeps(own.minutes.cmp(&bound.minutes))
                    && own.minutes.abs_diff(bound.minutes) <= SHORTLY
            })
        });
        let amounts = own.measures().any(|own| {
            quantity
                .measures()
                .any(|bound| is_near(own, bound) && amount_order(own, bound).is_some_and(keeps))
        });
        times || amounts
    })
}

/// How two amounts compare; those of months and of days where any month would tell.
fn amount_order(a: Measure, b: Measure) -> Option<Ordering> {
    match (a.unit, b.unit) {
        (Unit::SECOND, Unit::MONTH) => {
            let order = |month: i128| a.value.partial_cmp(&b.value.times(Value::whole(month))?);
            order(MONTH[0]).filter(|short| order(MONTH[1]) == Some(*short))
        }
        (Unit::MONTH, Unit::SECOND) => amount_order(b, a).map(Ordering::reverse),
        (a_unit, b_unit) if a_unit == b_unit && a_unit != Unit::COUNT => {
            a.value.partial_cmp(&b.value)
        }
        _ => None,
    }
}

/// Whether neither of two amounts is many times the other.
fn is_near(a: Measure, b: Measure) -> bool {
    let most = |measure: Measure| {
        Some(Measure {
            value: measure.value.times(Value::whole(LOOSE))?,
            ..measure
        })
    };
    let less = |a: Measure, b: Measure| {
        most(b)
            .and_then(|most| amount_order(a, most))
            .is_some_and(Ordering::is_le)
    };
    less(a, b) && less(b, a)
}

/// Whether a share is what the share of a claim leaves of a hundred.
fn is_rest_of_hundred(quantity: &Quantity, claim: &Reading) -> bool {
    let shares = |own: &Quantity| -> Vec<Value> {
        let of_hundred = |measure: &Measure| measure.unit.name() == "percent";
        own.measures()
            .filter(of_hundred)
            .map(|measure| measure.value)
            .collect()
    };
    let own = shares(quantity);
    let mut theirs = claim.quantities.iter().flat_map(shares);
    theirs.any(|other| {
        own.iter()
            .any(|own| own.plus(other) == Some(Value::whole(100)))
    })
}

/// Whether a number says how many times another an amount is, and any two of the source are so; half the time is twice
/// as fast.
fn is_ratio_of_any(statement: &Reading, quantity: &Quantity, source: &Source) -> bool {
    if !compares(statement, quantity) {
        return false;
    }
    let stated = numbers(source, |_| true);
    let stated: Vec<Measure> = stated
        .iter()
        .filter(|own| !own.weak)
        .flat_map(Quantity::measures)
        .collect();
    let count = |own: &Measure| own.unit == Unit::COUNT;
    let mut ratios = quantity.measures().filter(count);
    ratios.any(|ratio| {
        let is_so = |a: &Measure, b: &Measure| {
            a.unit == b.unit && b.value.times(ratio.value) == Some(a.value)
        };
        let inverse =
            |own: &Measure| count(own) && own.value.times(ratio.value) == Some(Value::ONE);
        stated.iter().any(|a| stated.iter().any(|b| is_so(a, b))) || stated.iter().any(inverse)
    })
}

/// Whether a statement says more than so many days, or things, where a claim says from the next one on: the fourth.
fn is_before_rank(statement: &Reading, quantity: &Quantity, claim: &Reading) -> bool {
    let ranks = claim.quantities.iter().flat_map(|own| &own.readings);
    let mut next = ranks.filter_map(|sense| match sense {
        Sense::Ordinal(Rank::Nth(rank)) => Some(Value::whole(i128::from(*rank) - 1)),
        _ => None,
    });
    let count = |measure: Measure| match measure.unit {
        Unit::SECOND => measure.value.over(Value::whole(DAY)),
        Unit::COUNT => Some(measure.value),
        _ => None,
    };
    lies_above(statement, quantity) == Some(true)
        && next.any(|next| quantity.measures().any(|own| count(own) == Some(next)))
}

/// Whether a number may say no more than "a" or "the first".
fn is_first(quantity: &Quantity) -> bool {
    quantity.readings.iter().all(|sense| match sense {
        Sense::Measure(measure) => measure.unit == Unit::COUNT && measure.value == Value::ONE,
        Sense::Ordinal(rank) => *rank == Rank::Nth(1),
        _ => false,
    })
}

/// Whether a number is supposed, and another of the statement is what comes of it: three bags come to 12 of 4 each.
fn is_supposed(statement: &Reading, quantity: &Quantity, source: &Source) -> bool {
    // Asked first, since all numbers of a source cost more.
    let mut measures = quantity.measures();
    let Some(count) = measures.find(|own| !own.unit.is_money() && own.value.as_whole().is_some())
    else {
        return false;
    };
    let stated = numbers(source, |_| true);
    let results = statement.quantities.iter().filter(|other| {
        !other.weak && other.range != quantity.range && !stated.iter().any(|own| other.agrees(own))
    });
    results.into_iter().any(|result| {
        let mut each = stated.iter().filter(|own| !own.weak);
        each.any(|each| makes_times(result, each, count.value))
    })
}

/// Whether a count is so many times another of a claim, or its share, as the claim says: 60, twice as many as before.
fn is_times(quantity: &Quantity, claim: &Reading) -> bool {
    let stated = claim.quantities.iter().filter(|own| !own.weak);
    let (factors, counts): (Vec<&Quantity>, Vec<&Quantity>) = stated.partition(|own| own.factor);
    let values =
        |of: &[&Quantity]| -> Vec<Measure> { of.iter().flat_map(|own| own.measures()).collect() };
    let (factors, amounts) = (values(&factors), values(&counts));
    quantity.measures().any(|own| {
        let is = |value: Option<Value>| value == Some(own.value);
        amounts
            .iter()
            .filter(|amount| amount.unit == own.unit)
            .any(|amount| {
                factors.iter().any(|factor| {
                    is(amount.value.times(factor.value)) || is(amount.value.over(factor.value))
                })
            })
    })
}

/// Whether a count is so many for each of so many: twelve beds of six classes with two each.
fn is_each_times(quantity: &Quantity, claim: &Reading) -> bool {
    let counts: Vec<Value> = claim
        .quantities
        .iter()
        .filter(|own| !own.weak && own.is_count())
        .flat_map(Quantity::measures)
        .map(|measure| measure.value)
        .collect();
    let made = |value: Value| {
        counts
            .iter()
            .enumerate()
            .any(|(at, a)| counts[at + 1..].iter().any(|b| a.times(*b) == Some(value)))
    };
    quantity.is_count()
        && says_one(&claim.text, &EACH)
        && quantity.measures().any(|own| made(own.value))
}

/// What says that it is so of each one.
const EACH: [&str; 10] = [
    "each", "every", "per", "jede", "jeder", "jedes", "je", "chaque", "cada", "每",
];

/// Whether a count is how many times in a period of the statement something is that is every so often: three an hour of
/// every 20 minutes.
fn is_as_often(statement: &Reading, quantity: &Quantity, claim: &Reading) -> bool {
    let periods = || {
        let every = claim.quantities.iter().filter(|own| own.every);
        every.flat_map(Quantity::measures)
    };
    let within = || {
        let others = statement.quantities.iter();
        others
            .filter(|own| own.range != quantity.range)
            .flat_map(Quantity::measures)
    };
    quantity.is_count()
        && quantity.measures().any(|own| {
            periods().any(|every| {
                within().any(|whole| {
                    whole.unit == every.unit && whole.value.over(every.value) == Some(own.value)
                })
            })
        })
}

/// Chinese digits, which are no numbers within a name: 安卓八.
const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

/// Whether a number stands behind the same two characters in Chinese digits.
fn is_of_name(statement: &Reading, quantity: &Quantity, claim: &Reading) -> bool {
    let text = statement.text.get(quantity.range.clone());
    let digit = text.and_then(|text| text.trim().parse::<usize>().ok());
    let Some(digit) = digit.and_then(|digit| DIGITS.get(digit)) else {
        return false;
    };
    let before = &statement.text[..quantity.range.start];
    let mut name: Vec<char> = before.chars().rev().take(2).collect();
    name.reverse();
    name.push(*digit);
    name.len() > 2 && claim.text.contains(&name.iter().collect::<String>())
}
