//! So many in a period: "four times a day", "twenty visits a year", 每秒5米.

use super::super::draft::Draft;
use super::super::tokens::{Shape, Text};
use super::super::{Date, Measure, Rate, Sense, Unit, Value};
use super::{measures, ranges};

/// Characters of a Chinese verb between a period and how often it is.
const VERB: usize = 2;

/// "four times a day", "viermal täglich", 每天四次.
pub(super) fn rate(text: &Text<'_>, left: &Draft, right: &Draft) -> Option<Draft> {
    let gap = text.slice(left.to, right.from);
    // "four times at least a day" and 每天至少四次 are rates, too; any other word between the two parts them.
    let is_near = gap.chars().all(char::is_whitespace)
        || matches!(
            gap.trim(),
            "at least" | "至少" | "最多" | "up to" | "bis zu"
        )
        // 一天观测八次: the verb stands between. Once in a period is that period, said of it.
        || text.is(left.to - 1, Shape::Cjk)
            && gap.chars().count() <= VERB
            && gap.chars().all(crate::script::is_unspaced)
            && right.counts().first() != Some(&Value::ONE);
    let (count, period) = if left.times && is_period(right) {
        (left, right)
    } else if right.times
        && (is_period(left) || is_spanned(text, left))
        && text.is(left.to - 1, Shape::Cjk)
    {
        (right, left)
    } else {
        return None;
    };
    let period = periods(period).next().filter(|_| is_near)?;
    let times = *count.counts().first()?;
    Some(Draft::one(
        left.from,
        right.to,
        Sense::Rate(Rate { times, period }),
    ))
}

fn is_period(draft: &Draft) -> bool {
    draft.every || draft.weak
}

/// 两周一次: in Chinese a span before its count is a period.
fn is_spanned(text: &Text<'_>, draft: &Draft) -> bool {
    (draft.unit.is_some() || is_one_quarter(draft)) && text.is(draft.to - 1, Shape::Cjk)
}

/// 一季度 is the first quarter, but before 一次 it is how often.
fn is_one_quarter(draft: &Draft) -> bool {
    let first = Date {
        quarter: Some(1),
        ..Date::default()
    };
    draft.date() == Some(first)
}

fn periods(draft: &Draft) -> impl Iterator<Item = Measure> + '_ {
    let quarter = is_one_quarter(draft).then_some(Measure {
        value: Value::whole(3),
        unit: Unit::MONTH,
    });
    measures(draft)
        .filter(|measure| measure.unit == Unit::SECOND || measure.unit == Unit::MONTH)
        .chain(quarter)
}

/// What is moved or turned, what it makes in a second, and in how many seconds the unit alone is made.
const SPEEDS: [(&str, &str, i128); 2] = [("metre", "metrepersecond", 1), ("rpm", "rpm", 60)];

/// "5 metres per second", 每秒5米, 每分钟1200转: one quantity, as "5 m/s" is.
pub(super) fn speed(text: &Text<'_>, left: &Draft, right: &Draft) -> Option<Draft> {
    let is_near = text.slice(left.to, right.from).trim().is_empty();
    let (way, time) = if is_period(right) && right.unit.is_some() {
        (left, right)
    } else if left.every {
        (right, left)
    } else {
        return None;
    };
    // "5 km daily" tells how far, and not how fast.
    let time = periods(time)
        .next()
        .filter(|time| is_near && time.unit == Unit::SECOND && time.value <= Value::whole(3600))?;
    let readings: Vec<Sense> = measures(way)
        .filter(|_| !way.every && !way.weak)
        .filter_map(|way| {
            let (_, unit, seconds) = SPEEDS.iter().find(|speed| speed.0 == way.unit.name())?;
            let value = way.value.times(Value::whole(*seconds))?.over(time.value)?;
            Some(Sense::Measure(Measure {
                value,
                unit: Unit(unit),
            }))
        })
        .collect();
    (!readings.is_empty()).then(|| Draft::new(left.from, right.to, readings))
}

/// 时速15公里 and 时速可达120公里: the hour is in the word before.
pub(super) fn note_hourly(text: &Text<'_>, drafts: &mut [Draft]) {
    for draft in drafts {
        let near = draft.from.saturating_sub(6)..draft.from;
        let word = near
            .rev()
            .take_while(|&at| text.is(at, Shape::Cjk))
            .find(|&at| text.rest(at).starts_with("时速") || text.rest(at).starts_with("時速"));
        let speeds: Vec<Sense> = measures(draft)
            .filter(|way| word.is_some() && way.unit == Unit::METRE)
            .filter_map(|way| {
                Some(Sense::Measure(Measure {
                    value: way.value.over(Value::whole(3600))?,
                    unit: Unit("metrepersecond"),
                }))
            })
            .collect();
        if !speeds.is_empty() {
            draft.readings = speeds;
        }
    }
}

/// "twenty visits a year" says the same as "twenty times a year": the count is a rate as well.
pub(super) fn note_counts(text: &Text<'_>, drafts: &mut [Draft]) {
    for at in 1..drafts.len() {
        let (count, of) = if drafts[at - 1].counted.is_some() {
            (at - 1, at)
        } else {
            (at, at - 1)
        };
        // 每天2至3次: the word for both numbers of a range stands behind the second.
        let ends = drafts.get(at + 1).is_some_and(|end| {
            count == at
                && end.times
                && ranges::range_between(text, drafts[at].to, end.from).is_some()
        });
        let is_cjk = text.is(drafts[at - 1].to - 1, Shape::Cjk);
        let is_rate = drafts[count].bare
            && (drafts[count].counted.is_some() || ends)
            && is_period(&drafts[of])
            && drafts[of].unit.is_some()
            // "every year two people" is said, but "a year two people" is not.
            && (count < of || is_cjk && drafts[of].every)
            && is_noun_phrase(text, drafts[at - 1].to, drafts[at].from);
        let Some(period) = periods(&drafts[of]).next().filter(|_| is_rate) else {
            continue;
        };
        add_rate(&mut drafts[count], period);
        if ends {
            add_rate(&mut drafts[at + 1], period);
        }
    }
}

fn add_rate(count: &mut Draft, period: Measure) {
    let times = count.counts();
    let rates = times
        .into_iter()
        .map(|times| Sense::Rate(Rate { times, period }));
    count.readings.extend(rates);
}

/// Whether what stands between a count and its period is a noun and what describes it: "free visits", 免费参观.
fn is_noun_phrase(text: &Text<'_>, from: usize, to: usize) -> bool {
    // A noun with two adjectives, or three words of two characters.
    let is_short = to - from <= 7;
    is_short
        && (from..to).all(|at| match text.shape(at) {
            Some(Shape::Word) => text.listed(at, "parts-rate").is_none(),
            Some(Shape::Cjk | Shape::Space) => true,
            _ => text.is_mark(at, &['-', '\'', '’']),
        })
}
