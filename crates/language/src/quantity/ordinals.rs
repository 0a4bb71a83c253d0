//! Ranks: "third", "3rd", 第三, "last".

use super::draft::Draft;
use super::tables::{Lang, TABLES};
use super::tokens::{Shape, Text};
use super::{Measure, Rank, Sense, Unit, Value, numbers, spoken};

/// The rank at a position.
pub(super) fn at(text: &Text<'_>, at: usize) -> Option<Draft> {
    match text.shape(at)? {
        Shape::Cjk => in_characters(text, at),
        Shape::Digits => in_digits(text, at),
        Shape::Word => in_words(text, at),
        _ => None,
    }
}

fn in_characters(text: &Text<'_>, at: usize) -> Option<Draft> {
    if text.rest(at).starts_with("最后") || text.rest(at).starts_with("最後") {
        let draft = Draft::one(at, at + 2, Sense::Ordinal(Rank::Last));
        let is_adverb = text.is(at + 2, Shape::Mark) || at + 2 >= text.len();
        return Some(if is_adverb { draft.weak() } else { draft });
    }
    // 首次 is the first time; 首 by itself begins many other words.
    if text.cjk(at) == Some('首') && text.cjk(at + 1).is_some_and(|c| "次个位名届批".contains(c))
    {
        return Some(Draft::one(at, at + 1, Sense::Ordinal(Rank::Nth(1))));
    }
    if text.cjk(at) != Some('第') {
        return None;
    }
    let number = numbers::at(text, text.after_space(at + 1))?;
    let draft = Draft::one(at, number.to, Sense::Ordinal(rank(number.whole()?)?));
    // 第二天 and 第二年 are mostly the next one.
    let is_next =
        number.whole()? == 2 && text.cjk(number.to).is_some_and(|c| "天日周年".contains(c));
    Some(if is_next { draft.weak() } else { draft })
}

fn rank(number: i128) -> Option<Rank> {
    u32::try_from(number).ok().map(Rank::Nth)
}

fn in_digits(text: &Text<'_>, at: usize) -> Option<Draft> {
    let (rank, to) = digits_with_suffix(text, at)?;
    Some(Draft::one(at, to, Sense::Ordinal(Rank::Nth(rank))))
}

/// `1st`, `2e`, `3ème`, `1º`, with the position after it.
pub(super) fn digits_with_suffix(text: &Text<'_>, at: usize) -> Option<(u32, usize)> {
    let number: u32 = text.digits(at)?.parse().ok()?;
    let is_suffix = matches!(
        text.word(at + 1),
        "st" | "nd"
            | "rd"
            | "th"
            | "er"
            | "ère"
            | "re"
            | "e"
            | "ème"
            | "eme"
            | "nde"
            | "de"
            | "ter"
            | "te"
            | "ten"
    );
    let ends = !text.is(at + 2, Shape::Digits);
    (ends && (is_suffix || text.is_mark(at + 1, &['º', 'ª']))).then_some((number, at + 2))
}

/// The rank in Roman numerals that French centuries have: XIXe, XXIème.
pub(super) fn roman(word: &str) -> Option<u32> {
    let letters = word.find(|c| !"IVX".contains(c)).filter(|&end| end > 1)?;
    if !matches!(&word[letters..], "e" | "ème") {
        return None;
    }
    let value = |c: char| match c {
        'I' => 1,
        'V' => 5,
        _ => 10,
    };
    let digits: Vec<u32> = word[..letters].chars().map(value).collect();
    let signed = digits.iter().enumerate().map(|(at, &digit)| {
        let is_less = digits.get(at + 1).is_some_and(|&next| next > digit);
        let digit = i32::try_from(digit).unwrap_or(0);
        if is_less { -digit } else { digit }
    });
    u32::try_from(signed.sum::<i32>())
        .ok()
        .filter(|rank| *rank > 0)
}

fn in_words(text: &Text<'_>, at: usize) -> Option<Draft> {
    if let Some(rank) = roman(text.raw(at)) {
        return Some(Draft::one(at, at + 1, Sense::Ordinal(Rank::Nth(rank))));
    }
    let (rank, to) = word_rank(text, at)?;
    if rank == 0 {
        return last(text, at, to);
    }
    let mut draft = Draft::one(at, to, Sense::Ordinal(Rank::Nth(rank)));
    if text.word(at) == "second" && text.word_before(at) == "a" {
        draft.readings.push(Sense::Measure(Measure {
            value: Value::ONE,
            unit: Unit::SECOND,
        }));
    }
    // "must first register", "second-hand": a rank has an article or the like before it, and no hyphen after it.
    let is_rank =
        (text.is_after(at, "the") || text.is_after(at, "before-rank")) && !text.is_mark(to, &['-']);
    draft.weak = !is_rank || draft.readings.len() > 1;
    Some(draft)
}

/// "will last", "last year": the last of a kind has "the" or the like before it.
fn last(text: &Text<'_>, at: usize, to: usize) -> Option<Draft> {
    let draft = Draft::one(at, to, Sense::Ordinal(Rank::Last));
    let is_ranked = text.is_after(at, "the");
    Some(if is_ranked { draft } else { draft.weak() })
}

/// The rank in words at a position, 0 for the last: "third", "twenty-first", "dritte".
pub(super) fn word_rank(text: &Text<'_>, at: usize) -> Option<(u32, usize)> {
    if let Some(rank) = simple(text, at) {
        return Some((rank, at + 1));
    }
    let tens = spoken::at(text, at).filter(|tens| tens.lang == Lang::EN)?;
    let value = u32::try_from(tens.value.as_whole()?)
        .ok()
        .filter(|value| value % 10 == 0 && *value > 10)?;
    let next = if text.is_mark(tens.to, &['-']) {
        tens.to + 1
    } else {
        text.after_space(tens.to)
    };
    let one = simple(text, next).filter(|one| (1..10).contains(one) && next > tens.to)?;
    // "twenty second breaks" speaks of seconds; with a hyphen it may too, but then says the rank as often.
    let is_seconds = one == 2 && !text.is_mark(tens.to, &['-']);
    (!is_seconds).then_some((value + one, next + 1))
}

fn simple(text: &Text<'_>, at: usize) -> Option<u32> {
    let known = TABLES.ordinals.get(text.word(at))?;
    known
        .iter()
        .find(|(_, lang)| text.admits(at, *lang))
        .map(|(rank, _)| *rank)
}

/// A bare number that its neighbours make a rank as well: "Rule 3", "#3", 二楼.
pub(super) fn as_rank(text: &Text<'_>, from: usize, to: usize, value: Value) -> Option<Sense> {
    let is_labelled = text.is_after(from, "label") || is_after_short_label(text, from);
    let is_marked = from > 0 && text.is_mark(from - 1, &['#', '§', '№'])
        || text
            .before(from)
            .is_some_and(|before| text.is_mark(before, &['§', '№']));
    let is_floor = text.listed(to, "floor").is_some();
    let is_german = text.is_mark(to, &['.'])
        && text.speaks(Lang::DE)
        && text.is(to + 1, Shape::Space)
        && text.is(to + 2, Shape::Word);
    let is_rank = is_labelled || is_marked || is_floor || is_german;
    rank(value.as_whole().filter(|_| is_rank)?).map(Sense::Ordinal)
}

/// "No. 3", "Art. 3".
fn is_after_short_label(text: &Text<'_>, at: usize) -> bool {
    text.before(at).is_some_and(|dot| {
        text.is_mark(dot, &['.']) && dot > 0 && text.listed(dot - 1, "label").is_some()
    })
}

/// A list's number at the start of a line, "2." or "2)", and a number alone in square brackets say nothing.
pub(super) fn is_marker(text: &Text<'_>, from: usize, to: usize) -> bool {
    let starts_line = from == 0
        || text.is(from - 1, Shape::Space) && (from == 1 || text.raw(from - 1).contains('\n'));
    let is_short = to == from + 1 && text.raw(from).chars().count() <= 3;
    let has_item = text.is_mark(to, &['.', ')', '、'])
        && to + 2 < text.len()
        && !text.is(to + 1, Shape::Digits);
    let is_list = starts_line && is_short && has_item;
    is_list || from > 0 && text.is_mark(from - 1, &['[']) && text.is_mark(to, &[']'])
}
