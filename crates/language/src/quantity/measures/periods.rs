//! Periods: "every six hours", "daily", "per quarter", 按月, "5 m³/h", and one of them alone: "a month".

use super::super::draft::{self, Draft};
use super::super::tables::TABLES;
use super::super::tokens::{Shape, Text};
use super::super::units::{self, Found};
use super::super::{Measure, Sense, Unit, Value, numbers, ordinals, weekdays};

pub(super) fn is_period(found: &Found) -> bool {
    found
        .names
        .iter()
        .any(|name| matches!(name.base, "second" | "month" | "workday"))
}

/// The name of a period in full at a position: no symbol, since "a m" and "every s" are no periods.
fn period(text: &Text<'_>, at: usize) -> Option<Found> {
    let found = units::at(text, at).filter(is_period)?;
    let is_full = text.is(at, Shape::Cjk)
        || text.slice(at, found.to).chars().count() > 2
        || text.word(at) == "an";
    // "every quarter of the town" is no time.
    let next = text.after_space(found.to);
    let is_part = text.slice(at, found.to) == "quarter"
        && (text.word(next) == "of"
            || text
                .listed(next, "past")
                .or(text.listed(next, "to"))
                .is_some());
    (is_full && !is_part).then(|| only_periods(found))
}

fn only_periods(mut found: Found) -> Found {
    found
        .names
        .retain(|name| matches!(name.base, "second" | "month" | "workday"));
    found
}

/// "every six hours", "every day", "every other week", 每6小时, 每天, 按月, 隔周.
pub(super) fn every(text: &Text<'_>, at: usize) -> Option<Draft> {
    if text.is(at, Shape::Cjk) {
        return every_in_characters(text, at);
    }
    let next = text.after_space(text.listed(at, "every")?);
    if weekdays::at(text, next).is_some() {
        return None;
    }
    // "every second" is a period itself, but not in "every second week".
    let draft = every_nth(text, next)
        .or_else(|| Some(one_of(at, &period(text, next)?)))
        .or_else(|| numbered(text, next))?;
    Some(repeated(at, draft))
}

fn repeated(from: usize, draft: Draft) -> Draft {
    Draft {
        from,
        every: true,
        weak: false,
        ..draft
    }
}

/// A number of periods: the six hours of "every six hours".
fn numbered(text: &Text<'_>, at: usize) -> Option<Draft> {
    super::number(text, at).filter(|draft| draft.unit.as_ref().is_some_and(is_period))
}

/// "every other day", "every third week", "jeden zweiten Tag".
fn every_nth(text: &Text<'_>, at: usize) -> Option<Draft> {
    let (nth, to) = if text.word(at) == "other" {
        (2, at + 1)
    } else {
        ordinals::word_rank(text, at).filter(|(rank, _)| *rank > 1)?
    };
    let found = period(text, text.after_space(to))?;
    Some(times(at, nth, &found))
}

fn times(from: usize, number: u32, found: &Found) -> Draft {
    let values = [Value::whole(i128::from(number))];
    let mut draft = Draft::new(from, found.to, draft::with_unit(&values, found));
    draft.unit = Some(found.clone());
    draft
}

fn every_in_characters(text: &Text<'_>, at: usize) -> Option<Draft> {
    if let Some(draft) = every_other_in_characters(text, at) {
        return Some(draft);
    }
    // 按 is "by": 按月 is every month, but 按三个月 reckons with three months.
    let by = (text.cjk(at) == Some('按')).then_some(at + 1);
    let next = match by {
        Some(next) => next,
        None => text.after_space(text.listed(at, "every-cjk")?),
    };
    // 每个星期天 is 每周日.
    let named = next + usize::from(matches!(text.cjk(next), Some('个' | '個')));
    // 每周末 comes every week, but 按周末 is by the price of the weekend.
    let is_weekend = by.is_some() && text.cjk(next + 1) == Some('末');
    if weekdays::at(text, named).is_some()
        || text.listed(next, "not-period").is_some()
        || is_weekend
    {
        return None;
    }
    if let Some(draft) = bare_period(text, at, next) {
        return Some(draft);
    }
    let draft = match period(text, next) {
        Some(found) => one_of(at, &found),
        None if by.is_some() => return None,
        None => numbered(text, next)?,
    };
    Some(repeated(at, draft))
}

/// 隔周 and 每隔一周 leave one week out, though 每隔一小时 is often said for every hour.
fn every_other_in_characters(text: &Text<'_>, at: usize) -> Option<Draft> {
    let skips = at + usize::from(text.cjk(at) == Some('每'));
    if text.cjk(skips) != Some('隔') {
        return None;
    }
    let has_one = text.cjk(skips + 1) == Some('一');
    let start = skips + 1 + usize::from(has_one);
    let one = bare_period(text, at, start).or_else(|| Some(one_of(at, &period(text, start)?)))?;
    let twice = one.readings.iter().filter_map(|reading| match reading {
        Sense::Measure(measure) => Some(Sense::Measure(Measure {
            value: measure.value.times(Value::whole(2))?,
            ..*measure
        })),
        _ => None,
    });
    let mut readings: Vec<Sense> = twice.collect();
    if has_one {
        readings.extend(one.readings.iter().cloned());
    }
    let other = repeated(at, Draft { readings, ..one });
    // 隔天 is "the next day" as well.
    Some(if has_one { other } else { other.weak() })
}

/// 每月 and 每季度: without a measure word these are parts of the calendar anywhere else.
fn bare_period(text: &Text<'_>, from: usize, at: usize) -> Option<Draft> {
    let months = match text.cjk(at)? {
        '月' if !text.cjk(at + 1).is_some_and(|c| "刊票饼球".contains(c)) => 1,
        '季' if text.cjk(at + 1) != Some('节') && text.cjk(at + 1) != Some('節') => 3,
        _ => return None,
    };
    let is_long = months == 3 && text.cjk(at + 1) == Some('度');
    let readings = vec![Sense::Measure(Measure {
        value: Value::whole(months),
        unit: Unit::MONTH,
    })];
    let draft = Draft::new(from, at + 1 + usize::from(is_long), readings);
    Some(repeated(from, draft))
}

fn one_of(from: usize, found: &Found) -> Draft {
    times(from, 1, found)
}

/// "per day", "pro Tag", "/h": a period that is weak, since the sentence is seldom about its one.
pub(super) fn per(text: &Text<'_>, at: usize) -> Option<Draft> {
    let counts =
        text.is_after(at, "times") || text.is_after(at, "once") || text.word_before(at) == "x";
    let found = if text.is_mark(at, &['/']) {
        after_stroke(text, at)?
    } else if counts && text.listed(at, "per-after-times").is_some() {
        // "dreimal die Woche"
        period(text, text.after_space(at + 1))?
    } else if let Some(of) = of_the(text, at) {
        of
    } else {
        let next = text.after_space(text.listed(at, "per")?);
        period(text, next)?
    };
    let mut draft = one_of(at, &found).weak();
    draft.every = true;
    Some(draft)
}

/// The period of "90 m³/h", "€5/month", 两次/周: behind a unit or a price, where a symbol is enough.
fn after_stroke(text: &Text<'_>, at: usize) -> Option<Found> {
    if !is_behind_measure(text, at) {
        return None;
    }
    let year = TABLES.units.get("year").filter(|_| text.raw(at + 1) == "a");
    if let Some(names) = year {
        return Some(Found {
            to: at + 2,
            names: names.clone(),
        });
    }
    if matches!(text.cjk(at + 1), Some('月' | '季')) {
        let name = if text.cjk(at + 1) == Some('月') {
            "个月"
        } else {
            "个季度"
        };
        let to = at + 2 + usize::from(text.slice(at + 1, at + 3) == "季度");
        let names = TABLES.units.get(name)?.clone();
        return Some(Found { to, names });
    }
    units::at(text, at + 1).filter(is_period).map(only_periods)
}

fn is_behind_measure(text: &Text<'_>, at: usize) -> bool {
    if at == 0 {
        return false;
    }
    // A unit in front of a stroke has four tokens at most: "m", "³" and the like.
    let unit = (at.saturating_sub(4)..at).find(|&from| {
        units::at(text, from).is_some_and(|found| found.to == at)
            || text.listed(from, "times-cjk") == Some(at)
            || text.listed(from, "times") == Some(at)
    });
    let ends = |to: usize| {
        text.before(to)
            .is_some_and(|last| text.is(last, Shape::Digits) || is_numeral(text, last))
    };
    let is_price = at > 1
        && text.is(at - 1, Shape::Digits)
        && (0..at - 1).rev().take(6).any(|from| {
            units::at(text, from).is_some_and(|found| units::is_prefix(text, &found, from))
        });
    // "2 visits/week"
    let is_count =
        text.is(at - 1, Shape::Word) && at > 1 && text.is(at - 2, Shape::Space) && ends(at - 1);
    unit.is_some_and(ends) || is_price || is_count
}

fn is_numeral(text: &Text<'_>, at: usize) -> bool {
    numbers::at(text, at).is_some_and(|number| number.to == at + 1)
}

/// "the second Friday of the month" comes every month, as does "the last day of the month"; "the plan of the month"
/// does not.
fn of_the(text: &Text<'_>, at: usize) -> Option<Found> {
    let day = text.before(at)?;
    let next = text.after_space(text.listed(at, "of-the")?);
    let is_day = weekdays::at(text, day).is_some() || text.listed(day, "day").is_some();
    let is_nth = text
        .before(day)
        .is_some_and(|rank| ordinals::at(text, rank).is_some_and(|draft| draft.to == rank + 1));
    period(text, next).filter(|_| is_day && is_nth)
}

/// "a month", "ein Jahr", "une heure et demie": one, and weak unless a half comes with it.
pub(super) fn article(text: &Text<'_>, at: usize) -> Option<Draft> {
    let next = text
        .listed(at, "article")
        .map_or(at, |to| text.after_space(to));
    if !text.is(at, Shape::Word) || next == at + 1 {
        return None;
    }
    let Some(found) = period(text, next) else {
        // "un litre et demi"
        let unit = units::at(text, next).filter(|_| next > at)?;
        let to = numbers::after_and_a_half(text, unit.to)?;
        let readings = draft::with_unit(&[Value::fraction(3, 2)?], &unit);
        return Some(Draft::new(at, to, readings));
    };
    match numbers::after_and_a_half(text, found.to) {
        Some(to) => {
            let readings = draft::with_unit(&[Value::fraction(3, 2)?], &found);
            Some(Draft::new(at, to, readings))
        }
        None if text.word(text.after_space(found.to)) == "sur" => one_in(text, at, &found),
        // Without an article only "hora y media" says how many.
        None => (next > at).then(|| one_of(at, &found).weak()),
    }
}

/// "un jour sur deux"
fn one_in(text: &Text<'_>, at: usize, found: &Found) -> Option<Draft> {
    let sur = text.after_space(found.to);
    let number = numbers::at(text, text.after_space(sur + 1))?;
    let nth = u32::try_from(number.whole()?).ok().filter(|nth| *nth > 1)?;
    let to = number.to;
    Some(repeated(
        at,
        Draft {
            to,
            ..times(at, nth, found)
        },
    ))
}

/// "daily", "täglich".
pub(super) fn adverb(text: &Text<'_>, at: usize) -> Option<Draft> {
    let mut found =
        units::at(text, at).filter(|found| text.is(at, Shape::Word) && is_period(found))?;
    let is_adverb = found.names.iter().any(|name| name.every);
    found.names.retain(|name| name.every);
    let mut draft = one_of(at, &found);
    draft.every = true;
    is_adverb.then_some(draft)
}
