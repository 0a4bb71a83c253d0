//! What a bare number counts, and whether it is a number at all.

use super::super::draft::Draft;
use super::super::numbers::{Form, Number};
use super::super::ordinals;
use super::super::tokens::{Shape, Text};
use super::super::{Value, han};

/// Whether a number is one: a lone character counts only before a measure word or at an end.
pub(super) fn is_number(text: &Text<'_>, number: &Number) -> bool {
    if number.form != Form::Han || !number.is_lone {
        return true;
    }
    let has_measure = text.listed(number.to, "classifier").is_some();
    let is_half = text.cjk(number.from) == Some('半');
    let follows = number.from > 0 && text.is(number.from - 1, Shape::Cjk);
    let ends = !follows && !text.is(number.to, Shape::Cjk);
    let before_list = text.cjk(number.to).is_some_and(|c| "至到或、".contains(c));
    let before_number = text
        .cjk(number.to)
        .is_some_and(|c| "二三四五六七八九".contains(c));
    // 半价, 半数 and 减半 are half of a price, of a number and of what it was, where 半岛 is a word.
    let before = number.from.checked_sub(1).and_then(|at| text.cjk(at));
    let is_half_of = is_half
        && (text
            .cjk(number.to)
            .is_some_and(|c| "价價数數额額".contains(c))
            || before.is_some_and(|c| "减減折".contains(c)));
    // 一 alone is in 一般, 一起 and a hundred other words.
    has_measure
        || is_half_of
        || before_number
        || !is_half && ends
        || before_list && !is_half && number.values[0] != Value::ONE
}

/// Whether a number may say nothing: "one of", 一个, a list's number.
pub(super) fn is_weak(text: &Text<'_>, number: &Number) -> bool {
    let is_one = number.values[0] == Value::ONE;
    let is_vague = text.listed(number.to, "weak-one").is_some() || !text.is(number.to, Shape::Cjk);
    let is_article = number.form == Form::Han && number.is_lone && is_one && is_vague;
    let is_pronoun = number.form == Form::Words && is_one && is_pronoun(text, number);
    is_article || is_pronoun || ordinals::is_marker(text, number.from, number.to)
}

fn is_pronoun(text: &Text<'_>, number: &Number) -> bool {
    let next = text.after_space(number.to);
    let counts_nothing = !text.is(next, Shape::Word) || text.listed(next, "not-noun").is_some();
    text.is_after(number.from, "one-before") || counts_nothing
}

/// Notes the word after the number, and whether that word is "times".
pub(super) fn note(text: &Text<'_>, number: &Number, draft: &mut Draft) {
    let next = if text.is_mark(number.to, &['-', '‑']) {
        number.to + 1
    } else {
        text.after_space(number.to)
    };
    if let Some(to) = times_word(text, number, next) {
        (draft.times, draft.to) = (true, to);
        draft.factor |= multiplies(text, number, next, to);
        draft.counted = Some((next, to));
    } else if text.is(next, Shape::Word) {
        draft.counted = Some((next, next + 1)).filter(|_| {
            text.listed(next, "not-noun").is_none() && text.listed(next, "range").is_none()
        });
    } else if text.is(next, Shape::Cjk) {
        draft.counted = in_characters(text, next);
    }
}

/// "1.5 times", "three times as much" and 三倍 multiply, where "three times" alone counts.
fn multiplies(text: &Text<'_>, number: &Number, word: usize, to: usize) -> bool {
    let is_broken = number.values[0].as_whole().is_none();
    let compares = text.listed(text.after_space(to), "times-as").is_some();
    is_broken || compares || text.listed(word, "fold").is_some()
}

fn times_word(text: &Text<'_>, number: &Number, at: usize) -> Option<usize> {
    if let Some(to) = text.listed(at, "fold") {
        return Some(to);
    }
    if text.is(at, Shape::Cjk) {
        return text.listed(at, "times-cjk");
    }
    let is_sign = at == number.to
        && (text.raw(at) == "x" || text.is_mark(at, &['×']))
        && !text.is(text.after_space(at + 1), Shape::Digits);
    if is_sign {
        Some(at + 1)
    } else {
        text.listed(at, "times")
    }
}

/// The noun after the measure word, up to two characters, or the measure word where none follows.
fn in_characters(text: &Text<'_>, at: usize) -> Option<(usize, usize)> {
    let measure = text.listed(at, "classifier");
    let noun = measure.unwrap_or(at);
    // Two characters, as most nouns have; it is compared with another count and not shown.
    let to = (noun..noun + 2)
        .take_while(|&at| is_noun_character(text, at))
        .last()
        .map_or(noun, |last| last + 1);
    match measure {
        Some(measure) if to == noun => Some((at, measure)),
        _ => (to > noun).then_some((noun, to)),
    }
}

fn is_noun_character(text: &Text<'_>, at: usize) -> bool {
    text.cjk(at).is_some_and(|c| {
        han::digit(c).is_none()
            && !('\u{3040}'..='\u{309f}').contains(&c)
            && !"的了至到和或与".contains(c)
    })
}
