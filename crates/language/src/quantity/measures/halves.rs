//! What stands behind a unit and belongs to the number before it: 两年半, 一米八, "2 euros 50", "un litre et demi".

use super::super::numbers::{self, Number};
use super::super::tokens::{Shape, Text};
use super::super::units::{self, Found};
use super::super::{Value, han};

/// The position after the half behind a unit: 两年半, 一升半, "an hour and a half", "une heure et demie".
pub(super) fn half(text: &Text<'_>, unit: &Found) -> Option<usize> {
    let is_half = text.cjk(unit.to) == Some('半')
        && text.is(unit.to - 1, Shape::Cjk)
        && !text
            .cjk(unit.to + 1)
            .is_some_and(|c| "个個天年月日小径徑价價数數路夜岛島".contains(c));
    if is_half {
        Some(unit.to + 1)
    } else {
        numbers::after_and_a_half(text, unit.to)
    }
}

/// What a bare number behind metres or a currency adds, and the position after it.
pub(super) fn smaller(text: &Text<'_>, number: &Number, unit: &Found) -> Option<(Value, usize)> {
    number.whole()?;
    tenth(text, unit.to).or_else(|| hundredths(text, unit))
}

/// 三块五 is 3.5 yuan, 一米八 1.8 metres and 一米八五 1.85.
fn tenth(text: &Text<'_>, to: usize) -> Option<(Value, usize)> {
    if !matches!(text.cjk(to - 1), Some('块' | '塊' | '米')) {
        return None;
    }
    if let Some(digits) = text.digits(to).filter(|digits| digits.len() <= 2) {
        let scale = if digits.len() == 1 { 10 } else { 100 };
        let value = Value::fraction(digits.parse().ok()?, scale)?;
        let is_more = text.is_mark(to + 1, &['.', ',', '-', '/', ':', '%', '–'])
            || text.is(to + 1, Shape::Word);
        return (!is_more && ends(text, to + 1)).then_some((value, to + 1));
    }
    let digit = |at: usize| text.cjk(at).and_then(han::digit);
    let tenths = digit(to)?;
    let (value, to) = match digit(to + 1) {
        Some(hundredths) => (Value::fraction(tenths * 10 + hundredths, 100)?, to + 2),
        None => (Value::fraction(tenths, 10)?, to + 1),
    };
    ends(text, to).then_some((value, to))
}

/// 三块五个 are three pieces and five more.
fn ends(text: &Text<'_>, to: usize) -> bool {
    !text.is(to, Shape::Cjk)
        || text
            .cjk(to)
            .is_some_and(|c| "的高长長宽寬以之及或".contains(c))
}

/// "1 m 80", "2 euros 50", "2 Euro 50", "two euros fifty".
fn hundredths(text: &Text<'_>, unit: &Found) -> Option<(Value, usize)> {
    let divides = unit
        .names
        .iter()
        .all(|name| units::is_money(name.base) || name.base == "metre" && name.scale == Value::ONE);
    let at = text.after_space(unit.to);
    let is_word = text.is(at, Shape::Word);
    let is_two = text.digits(at).is_some_and(|digits| digits.len() == 2);
    let more = numbers::at(text, at).filter(|_| divides && at > unit.to && (is_two || is_word))?;
    let next = text.after_space(more.to);
    // "5 euros 20 people" and "2 m 30.5" go on with another number.
    let goes_on = text.is(next, Shape::Word)
        && text.listed(next, "per").is_none()
        && text.listed(next, "gap-and").is_none()
        || text.is_mark(more.to, &['%', ':', '-', '/', '–'])
        || units::after(text, more.to, false).is_some()
        || text.is_mark(more.to, &['.', ',']) && text.is(more.to + 1, Shape::Digits);
    let hundredths = more
        .whole()
        .filter(|whole| (10..100).contains(whole) && !goes_on)?;
    Some((Value::fraction(hundredths, 100)?, more.to))
}
