//! Quantities that are the difference to another one: "35 fewer", "20 % off", 八折, "ten years after".

use super::draft::Draft;
use super::numbers::{self, Form, Number};
use super::tokens::{Shape, Text};
use super::{Difference, Measure, Sense, Unit, Value, han};

/// What the words beside a quantity say of it: "35 members fewer", "20 % Rabatt", 少35人, 10年后.
pub(super) fn beside(text: &Text<'_>, draft: &Draft) -> Option<Difference> {
    let counted = draft.counted.map(|(_, to)| to);
    let behind = [Some(draft.to), counted].into_iter().flatten();
    // "ten before noon" is no difference, "ten years before" is one between two days.
    let is_span = draft.readings.iter().any(|reading| {
        matches!(reading, Sense::Measure(Measure { unit, .. }) if matches!(*unit, Unit::SECOND | Unit::MONTH))
    });
    let (after, ahead) = if is_span {
        (["earlier", "later"], ["earlier-before", "later-before"])
    } else {
        (["less", "more"], ["less-before", "more-before"])
    };
    let behind = behind.map(|to| text.after_space(to)).find_map(|at| {
        named(after).find_map(|(list, difference)| {
            let next = text.after_space(text.listed(at, list)?);
            // "2 more days" goes on counting, and is compared with nothing.
            let compares = !text.is(next, Shape::Word) || text.listed(next, "than").is_some();
            (compares || !draft.bare).then_some(difference)
        })
    });
    // "For 90 minutes after the alarm" says how long.
    let lasts = is_span
        && matches!(
            text.word_before(draft.from),
            "for" | "für" | "pendant" | "durante"
        );
    behind
        .filter(|_| !lasts)
        .or_else(|| before(text, draft.from, ahead))
}

fn named(lists: [&'static str; 2]) -> impl Iterator<Item = (&'static str, Difference)> {
    lists.into_iter().zip([Difference::Less, Difference::More])
}

fn before(text: &Text<'_>, from: usize, lists: [&'static str; 2]) -> Option<Difference> {
    // "a discount of" and 减少了 have up to five tokens.
    (from.saturating_sub(6)..from).find_map(|at| {
        named(lists).find_map(|(list, difference)| {
            let to = text.listed(at, list)?;
            (text.after_space(to) == from && !bounds(text, at)).then_some(difference)
        })
    })
}

/// Whether 多 and 少 are the second half of 最多, at most, or 至少, at least.
fn bounds(text: &Text<'_>, at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| text.cjk(before));
    before.is_some_and(|c| "最至".contains(c))
}

/// 八折 is 20 % off, 85折 and 八五折 are 15 % off; 三成 is 30 %.
pub(super) fn tenths(text: &Text<'_>, at: usize) -> Option<Draft> {
    let (value, to) = digits_of_price(text, at)?;
    let is_part = |words: &str| text.cjk(to + 1).is_some_and(|c| words.contains(c));
    let hundred = Value::whole(100);
    let (percent, difference) = match text.cjk(to)? {
        '折' if !is_part("叠疊页頁线線扇椅") => (
            hundred.minus(value.times(hundred)?)?,
            Some(Difference::Less),
        ),
        '成' if !is_part("员員功立为為果本就人年长長都分熟") => {
            (value.times(hundred)?, None)
        }
        _ => return None,
    };
    let reading = Sense::Measure(Measure {
        value: percent,
        unit: Unit::PERCENT,
    });
    let mut draft = Draft::one(at, to + 1, reading);
    draft.difference = difference;
    Some(draft)
}

/// The number before 折 or 成 as a part of one: 8, 8.5 and 85 are tenths and hundredths.
fn digits_of_price(text: &Text<'_>, at: usize) -> Option<(Value, usize)> {
    // 第三成员 and 十八折 are something else.
    if at > 0 && text.is(at - 1, Shape::Cjk) && is_numeral(text, at - 1) {
        return None;
    }
    let two = text
        .cjk(at)
        .and_then(han::digit)
        .zip(text.cjk(at + 1).and_then(han::digit));
    if let Some((tens, ones)) = two {
        return Some((Value::fraction(tens * 10 + ones, 100)?, at + 2));
    }
    let number: Number = numbers::at(text, at).filter(|number| !number.is_part)?;
    let value = *number.values.first()?;
    let is_written = number.form != Form::Words && value > Value::whole(0);
    let scale = if value < Value::whole(10) { 10 } else { 100 };
    let part = value.over(Value::whole(scale))?;
    (is_written && part < Value::ONE && number.from == at).then_some((part, number.to))
}

fn is_numeral(text: &Text<'_>, at: usize) -> bool {
    text.cjk(at)
        .is_some_and(|c| han::digit(c).is_some() || han::multiplier(c).is_some() || c == '第')
}
