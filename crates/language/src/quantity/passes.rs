//! What neighbours say about each other: ranges share their unit, parts of one measure add up, rates have a period.

mod ranges;
mod rates;

use super::draft::{self, Draft};
use super::tokens::Text;
use super::{Measure, Sense, Time, Value};

/// All passes over the quantities of a text.
pub(super) fn run(text: &Text<'_>, drafts: Vec<Draft>) -> Vec<Draft> {
    let mut drafts = join(drafts, |left, right| {
        rates::rate(text, left, right)
            .or_else(|| rates::speed(text, left, right))
            .or_else(|| sum(text, left, right))
    });
    rates::note_counts(text, &mut drafts);
    rates::note_hourly(text, &mut drafts);
    // From behind, so that a unit that is said once at the end reaches the first of several: "5, 10 or 15 km".
    let mut is_listed = false;
    for at in (1..drafts.len()).rev() {
        let (before, after) = drafts.split_at_mut(at);
        is_listed = ranges::distribute(text, &mut before[at - 1], &mut after[0], is_listed);
    }
    complete(text, &mut drafts);
    // Last, as a range may have told the half of one of its ends before.
    know_halves(&mut drafts);
    drafts
}

/// "The first costs 65 dollars, the second 130": a bare number that counts nothing may have the unit of the one before it in
/// its sentence.
fn complete(text: &Text<'_>, drafts: &mut [Draft]) {
    for at in 1..drafts.len() {
        let (before, rest) = drafts.split_at_mut(at);
        let own = &mut rest[0];
        if !own.bare || own.weak || own.times || own.factor || own.counted.is_some() {
            continue;
        }
        let every = text.is_after(own.from, "every");
        let mut with_unit = before
            .iter()
            .rev()
            .filter(|last| last.unit.is_some() && !last.weak);
        let Some(last) = with_unit.find(|last| last.every == every) else {
            continue;
        };
        let between = text.slice(last.to, own.from);
        let ends = |c: char| matches!(c, '.' | '。' | '!' | '?' | '\n');
        if let Some(unit) = last.unit.clone()
            && !between.contains(ends)
        {
            own.readings.extend(draft::with_unit(&own.counts(), &unit));
            own.every = every;
        }
    }
}

/// Joins each pair of neighbours that makes one quantity.
fn join(drafts: Vec<Draft>, joined: impl Fn(&Draft, &Draft) -> Option<Draft>) -> Vec<Draft> {
    let mut out: Vec<Draft> = Vec::with_capacity(drafts.len());
    for draft in drafts {
        match out.last().and_then(|last| joined(last, &draft)) {
            Some(both) => {
                out.pop();
                out.push(both);
            }
            None => out.push(draft),
        }
    }
    out
}

/// "1 hour 30 minutes", 5元2角, "2 years and 3 months": the smaller unit right after the larger.
fn sum(text: &Text<'_>, left: &Draft, right: &Draft) -> Option<Draft> {
    // "every hour and 30 minutes" are two statements; "an hour and a minute" tells nothing to add.
    if left.every || right.every || left.weak && right.weak {
        return None;
    }
    let gap = text.slice(left.to, right.from).trim();
    let (larger, smaller) = (left.unit.as_ref()?, right.unit.as_ref()?);
    let is_and = text
        .listed(text.after_space(left.to), "gap-and")
        .is_some_and(|to| text.after_space(to) == right.from);
    let mut readings = Vec::new();
    for name in &larger.names {
        let below = smaller
            .names
            .iter()
            .filter(|below| below.base == name.base && below.scale < name.scale);
        let adds = |base: &str| {
            gap.is_empty()
                // "2 kg and 500 g" are two things more often than one weight; of spans and prices an "and" makes a sum.
                || is_and && (base == "second" || base == "month" || super::units::is_money(base))
        };
        for _ in below.filter(|below| adds(below.base)) {
            readings.extend(sums(left, right, name.base, name.scale));
        }
    }
    readings.dedup();
    let mut draft = Draft::new(left.from, right.to, readings);
    draft.unit = Some(smaller.clone());
    (!draft.readings.is_empty()).then_some(draft)
}

fn sums(left: &Draft, right: &Draft, base: &str, limit: Value) -> Vec<Sense> {
    let of = |draft: &Draft| {
        measures(draft)
            .filter(|measure| measure.unit.name() == base)
            .collect::<Vec<_>>()
    };
    let mut readings = Vec::new();
    for first in of(left) {
        // 90 minutes behind an hour are no part of it.
        let small = of(right).into_iter().filter(|second| second.value < limit);
        readings.extend(small.filter_map(|second| {
            let value = first.value.plus(second.value)?;
            Some(Sense::Measure(Measure {
                value,
                unit: first.unit,
            }))
        }));
    }
    readings
}

fn measures(draft: &Draft) -> impl Iterator<Item = Measure> + '_ {
    draft.readings.iter().filter_map(|reading| {
        if let Sense::Measure(measure) = reading {
            Some(*measure)
        } else {
            None
        }
    })
}

/// A text that has an hour from 13 on, or a zero before an hour, writes all its hours to 24.
fn know_halves(drafts: &mut [Draft]) {
    if !drafts.iter().any(|draft| draft.to_24) {
        return;
    }
    for draft in drafts {
        if let Some(time) = time(draft).filter(|time| !time.half_known && !time.is_spoken) {
            set_time(
                draft,
                Time {
                    half_known: true,
                    ..time
                },
            );
        }
    }
}

fn time(draft: &Draft) -> Option<Time> {
    draft.readings.iter().find_map(|reading| {
        if let Sense::Time(time) = reading {
            Some(*time)
        } else {
            None
        }
    })
}

fn set_time(draft: &mut Draft, time: Time) {
    for reading in &mut draft.readings {
        if let Sense::Time(own) = reading {
            *own = time;
        }
    }
}
