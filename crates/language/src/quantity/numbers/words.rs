//! Numbers in words, with their halves, parts and decimals.

use super::super::tables::{Class, Lang, Numeral};
use super::super::tokens::Text;
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
    if number.values[0]
        .as_whole()
        // A larger one has its scale in it already, and would be scaled twice.
        .is_some_and(|whole| whole < 1000)
        && !number.scaled
    {
        number = scaled_by_words(text, number)?;
    }
    Some(number)
}

/// "half", "a half", "half a million", "a third of".
fn half_or_part(text: &Text<'_>, at: usize) -> Option<Number> {
    if let Some(half) = spoken::of_class(text, at, Class::Half) {
        // "half-life" and "half-hearted" have no half in them, "half-hour" has.
        if text.is_mark(at + 1, &['-'])
            && units::at(text, at + 2).is_none()
            && text.listed(at + 2, "article").is_none()
        {
            return None;
        }
        let number = Number::new(at, at + 1, Value::ONE.over(half.value)?, Form::Words).part();
        return match scaled_half(text, at + 1) {
            Some((to, scale)) => number.map(to, |value| value.times(scale)),
            None => Some(number),
        };
    }
    if text.listed(at, "article") != Some(at + 1) {
        return None;
    }
    let next = text.after_space(at + 1);
    let part = spoken::of_class(text, next, Class::Half)
        .or_else(|| article_part(text, next))
        .filter(|_| next > at + 1)?;
    Some(Number::new(at, next + 1, Value::ONE.over(part.value)?, Form::Words).part())
}

/// "a third option" is no part, "a third of it" is.
fn article_part(text: &Text<'_>, at: usize) -> Option<Numeral> {
    let part = spoken::of_class(text, at, Class::Part)?;
    let has_of = text.listed(text.after_space(at + 1), "of").is_some();
    (part.lang == Lang::DE || has_of).then_some(part)
}

fn scaled_half(text: &Text<'_>, at: usize) -> Option<(usize, Value)> {
    let article = text.after_space(at);
    let scale = text.after_space(text.listed(article, "article")?);
    let numeral = spoken::of_class(text, scale, Class::Scale)?;
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
