//! Numbers in words, with their halves, parts and decimals.

use super::super::tables::{Class, Lang, Numeral};
use super::super::tokens::{Shape, Text};
use super::super::value::Value;
use super::super::{spoken, units};
use super::{Form, Number, and_a_half, of_parts, scaled_by_words};

/// The number in words at a position.
pub(super) fn number(text: &Text<'_>, at: usize) -> Option<Number> {
    if let Some(part) = half_or_part(text, at) {
        return Some(part);
    }
    let found = spoken::at(text, at)?;
    let number = Number::new(at, found.to, found.value, Form::Words);
    let number = spoken_decimal(text, number)?;
    let number = of_parts(text, number)?;
    let mut number = and_a_half(text, number)?;
    number.scaled = spoken::of_class(text, found.to - 1, Class::Scale).is_some();
    // A larger one has its scale in it already, and would be scaled twice; "two and a half" million has none.
    if number.values[0] < Value::whole(1000) && !number.is_part && !number.scaled {
        number = scaled_by_words(text, number)?;
    }
    Some(number)
}

/// "half", "a half", "half a million", "eine halbe Million", "a third of", "quarter of an hour".
fn half_or_part(text: &Text<'_>, at: usize) -> Option<Number> {
    if let Some(half) = spoken::of_class(text, at, Class::Half) {
        // "half-life" and "half-hearted" have no half in them, "half-hour" and "half-million" have.
        if text.is_mark(at + 1, &['-'])
            && units::at(text, at + 2).is_none()
            && text.listed(at + 2, "article").is_none()
            && scaled_half(text, at + 1).is_none()
        {
            return None;
        }
        return part(text, at, at, half);
    }
    if let Some(quarter) = quarter_of_period(text, at) {
        return part(text, at, at, quarter);
    }
    if text.listed(at, "article") != Some(at + 1) {
        return None;
    }
    let next = text.after_space(at + 1);
    let named = spoken::of_class(text, next, Class::Half)
        .or_else(|| article_part(text, next))
        .filter(|_| next > at + 1)?;
    part(text, at, next, named)
}

/// The part that a word names, with the scale behind it.
fn part(text: &Text<'_>, from: usize, word: usize, named: Numeral) -> Option<Number> {
    let value = Value::ONE.over(named.value)?;
    let number = Number::new(from, word + 1, value, Form::Words).part();
    match scaled_half(text, word + 1).filter(|_| named.class == Class::Half) {
        // A number like another, and no part: "half a million" is of nothing.
        Some((to, scale)) => Some(Number {
            is_part: false,
            scaled: true,
            ..number.map(to, |value| value.times(scale))?
        }),
        None => Some(number),
    }
}

/// Without an article a quarter may be anything, but not in "quarter of an hour".
fn quarter_of_period(text: &Text<'_>, at: usize) -> Option<Numeral> {
    let quarter = spoken::of_class(text, at, Class::Part)
        .filter(|part| part.lang == Lang::EN && part.value == Value::whole(4))?;
    let article = text.after_space(text.listed(text.after_space(at + 1), "of")?);
    let unit = units::at(text, text.after_space(text.listed(article, "article")?))?;
    unit.names
        .iter()
        .any(|name| matches!(name.base, "second" | "month"))
        .then_some(quarter)
}

/// "a third option" is no part, "a third of it" is.
fn article_part(text: &Text<'_>, at: usize) -> Option<Numeral> {
    let part = spoken::of_class(text, at, Class::Part)?;
    let has_of = text.listed(text.after_space(at + 1), "of").is_some();
    (part.lang == Lang::DE || has_of).then_some(part)
}

/// "half a million", "halbe Million", "demi-douzaine".
fn scaled_half(text: &Text<'_>, at: usize) -> Option<(usize, Value)> {
    let next = at + usize::from(text.is_mark(at, &['-']) || text.is(at, Shape::Space));
    let scale = text
        .listed(next, "article")
        .map_or(next, |article| text.after_space(article));
    let numeral = spoken::of_class(text, scale, Class::Scale).filter(|_| scale > at)?;
    Some((scale + 1, numeral.value))
}

/// "two point five", "zwei Komma fünf", "deux virgule cinq".
fn spoken_decimal(text: &Text<'_>, number: Number) -> Option<Number> {
    let point = text.after_space(number.to);
    if !matches!(
        text.word(point),
        "point" | "komma" | "virgule" | "coma" | "virgola"
    ) {
        return Some(number);
    }
    let (mut digits, mut to) = (String::new(), point + 1);
    // Digit by digit: "two point five six" has two decimals.
    while let Some(one) = spoken::of_class(text, text.after_space(to), Class::One) {
        digits.push_str(&one.value.as_whole()?.to_string());
        to = text.after_space(to) + 1;
    }
    if digits.is_empty() {
        return Some(number);
    }
    let whole = number.whole()?.to_string();
    let value = Value::decimal(&whole, &digits)?;
    number.map(to, |_| Some(value))
}
