//! A number in any writing, with its sign, scale, fraction and half.

mod words;

use super::tables::{Class, Lang, TABLES};
use super::tokens::{Shape, Text};
use super::value::Value;
use super::{digits, han, spoken, units};

/// How a number is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    Digits,
    Words,
    Han,
}

/// A number: the positions it takes, and what it can mean.
#[derive(Clone, Debug)]
pub(super) struct Number {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) values: Vec<Value>,
    pub(super) form: Form,
    /// Whether it is an unsigned integer in digits without separators, as a year or a day is.
    pub(super) plain: bool,
    /// Whether a word such as "million" scales it, so that an "of" may stand before the unit.
    pub(super) scaled: bool,
    /// Whether it is said as a part: "half", "two thirds", 三分之二.
    pub(super) is_part: bool,
    /// Whether it is one character, which is often part of another word.
    pub(super) is_lone: bool,
}

impl Number {
    fn new(from: usize, to: usize, value: Value, form: Form) -> Self {
        let values = vec![value];
        Self {
            from,
            to,
            values,
            form,
            plain: false,
            scaled: false,
            is_part: false,
            is_lone: false,
        }
    }

    fn map(mut self, to: usize, change: impl Fn(Value) -> Option<Value>) -> Option<Self> {
        self.values = self.values.into_iter().filter_map(change).collect();
        (self.to, self.plain) = (to, false);
        (!self.values.is_empty()).then_some(self)
    }

    fn part(mut self) -> Self {
        self.is_part = true;
        self
    }

    /// The only integer it can be.
    pub(super) fn whole(&self) -> Option<i128> {
        if self.values.len() == 1 {
            self.values[0].as_whole()
        } else {
            None
        }
    }
}

/// The number at a position, with its sign.
pub(super) fn at(text: &Text<'_>, at: usize) -> Option<Number> {
    // Every reader asks for the number at each place that it tries, and reading one costs several looks into the
    // tables.
    if let Some(known) = text.numbers.borrow().get(&at) {
        return known.clone();
    }
    let number = signed(text, at);
    text.numbers.borrow_mut().insert(at, number.clone());
    number
}

fn signed(text: &Text<'_>, at: usize) -> Option<Number> {
    let Some(after_sign) = sign(text, at) else {
        return unsigned(text, at);
    };
    let number = unsigned(text, after_sign)?;
    let to = number.to;
    let mut negative = number.map(to, |value| Some(value.negated()))?;
    negative.from = at;
    Some(negative)
}

/// The position after a minus sign or word; a hyphen in a range or a name is none.
fn sign(text: &Text<'_>, at: usize) -> Option<usize> {
    // "5 - 3" is a range or a difference, and no minus three.
    let follows_number = text
        .before(at)
        .is_some_and(|before| text.is(before, Shape::Digits));
    if follows_number {
        return None;
    }
    if let Some(to) = text.listed(at, "minus") {
        // "Au moins 48 heures" is at least so many.
        let is_least = text.is_after(at, "before-least");
        return (!is_least).then(|| text.after_space(to));
    }
    let is_free = at == 0
        || text.is(at - 1, Shape::Space)
        || text.is(at - 1, Shape::Cjk)
        || is_opening(text, at - 1);
    let is_minus = text.is_mark(at, &['-', '−', '–']) && text.is(at + 1, Shape::Digits);
    (is_free && is_minus).then_some(at + 1)
}

fn is_opening(text: &Text<'_>, at: usize) -> bool {
    text.is_mark(
        at,
        &[
            '(', '[', ':', '=', ',', '，', '。', '"', '“', '<', '>', '≤', '≥', '±', '|', '€', '$',
            '£',
        ],
    )
}

fn unsigned(text: &Text<'_>, at: usize) -> Option<Number> {
    match text.shape(at)? {
        Shape::Digits => in_digits(text, at),
        Shape::Cjk => in_han(text, at),
        Shape::Mark => {
            vulgar(text, at).map(|half| Number::new(at, at + 1, half, Form::Digits).part())
        }
        Shape::Word => words::number(text, at),
        Shape::Space => None,
    }
}

fn in_digits(text: &Text<'_>, at: usize) -> Option<Number> {
    let found = digits::at(text, at)?;
    let mut number = Number::new(at, found.to, Value::ONE, Form::Digits);
    (number.values, number.plain) = (found.values, found.plain);
    // Fractions first, as their upper number would otherwise be taken for the whole: 3/4, 四分之三.
    if let Some(fraction) = slashed(text, &number).or_else(|| han_part(text, &number)) {
        return Some(fraction);
    }
    // In the order in which they are written: 1½, million, thirds, and a half.
    let number = with_vulgar(text, number)?;
    let number = scaled_by_characters(text, number)?;
    let number = scaled_by_words(text, number)?;
    let number = of_parts(text, number)?;
    and_a_half(text, number)
}

/// `3/4`, which may be a day and a month too; three numbers with slashes are a date or nothing, `50/50` is two.
fn slashed(text: &Text<'_>, number: &Number) -> Option<Number> {
    let is_slash = number.plain
        && text.is_mark(number.to, &['/', '⁄'])
        && !text.is_mark(number.to + 2, &['/']);
    let follows_slash = number.from > 0 && text.is_mark(number.from - 1, &['/']);
    let bottom = digits::at(text, number.to + 1)
        .filter(|bottom| is_slash && !follows_slash && bottom.plain)?;
    let value = number.values[0].over(bottom.values[0])?;
    let is_part = value < Value::ONE;
    let is_day = number.values[0] <= Value::whole(31) && bottom.values[0] <= Value::whole(12);
    let fraction = Number::new(number.from, bottom.to, value, Form::Digits);
    (is_part || is_day).then_some(Number {
        is_part,
        ..fraction
    })
}

/// 三分之二, "of three parts two".
fn han_part(text: &Text<'_>, bottom: &Number) -> Option<Number> {
    let is_part =
        text.cjk(bottom.to) == Some('分') && matches!(text.cjk(bottom.to + 1), Some('之' | 'の'));
    if !is_part {
        return None;
    }
    let top = unsigned(text, bottom.to + 2)?;
    let value = top.values.first()?.over(*bottom.values.first()?)?;
    Some(Number::new(bottom.from, top.to, value, bottom.form).part())
}

fn vulgar(text: &Text<'_>, at: usize) -> Option<Value> {
    let (top, bottom) = match text.mark(at)? {
        '½' => (1, 2),
        '⅓' => (1, 3),
        '⅔' => (2, 3),
        '¼' => (1, 4),
        '¾' => (3, 4),
        '⅕' => (1, 5),
        '⅛' => (1, 8),
        '⅜' => (3, 8),
        '⅝' => (5, 8),
        '⅞' => (7, 8),
        _ => return None,
    };
    Value::fraction(top, bottom)
}

/// `1½`, `1 ½` and `1 1/2`.
fn with_vulgar(text: &Text<'_>, number: Number) -> Option<Number> {
    if !number.plain {
        return Some(number);
    }
    let at = text.after_space(number.to);
    if let Some(more) = vulgar(text, at) {
        return number.map(at + 1, |value| value.plus(more));
    }
    let fraction = digits::at(text, at)
        .filter(|top| at > number.to && top.plain)
        .and_then(|top| {
            let top = Number {
                values: top.values,
                plain: true,
                ..Number::new(at, top.to, Value::ONE, Form::Digits)
            };
            slashed(text, &top)
        });
    match fraction.filter(|fraction| fraction.values[0] < Value::ONE) {
        Some(fraction) => number.map(fraction.to, |value| value.plus(fraction.values[0])),
        None => Some(number),
    }
}

/// 320万, 1万2千, 3千万.
fn scaled_by_characters(text: &Text<'_>, number: Number) -> Option<Number> {
    let (mut at, mut scale) = (text.after_space(number.to), 1_i128);
    // Several: 3千万 is three thousand times ten thousand.
    while let Some(by) = multiplier(text, at) {
        (at, scale) = (at + 1, scale.checked_mul(by)?);
    }
    if scale == 1 {
        return Some(number);
    }
    let scale = Value::whole(scale);
    let number = number.map(at, |value| value.times(scale))?;
    match rest_after_scale(text, at).filter(|rest| rest.values[0] < scale) {
        Some(rest) => number.map(rest.to, |value| value.plus(rest.values[0])),
        None => Some(number),
    }
}

fn rest_after_scale(text: &Text<'_>, at: usize) -> Option<Number> {
    let found = digits::at(text, at)?;
    let mut rest = Number::new(at, found.to, Value::ONE, Form::Digits);
    rest.values = found.values;
    let rest = scaled_by_characters(text, rest)?;
    let is_scaled = rest.to > found.to;
    // 1万2 leaves open what the 2 counts; 1万2000 and 1万2千 do not.
    (is_scaled || text.raw(at).chars().count() == 4).then_some(rest)
}

fn multiplier(text: &Text<'_>, at: usize) -> Option<i128> {
    let starts_unit = units::at(text, at).is_some_and(|unit| unit.to > at + 1);
    match text.cjk(at)? {
        _ if starts_unit => None,
        '만' => Some(10_000),
        '억' => Some(100_000_000),
        '천' => Some(1000),
        // 十 after digits is no scale: 5十 is not written.
        c => han::multiplier(c).filter(|&by| by >= 100),
    }
}

/// "3.2 million", "5 hundred", "2 dozen", "3 Mio.", "1.5k".
fn scaled_by_words(text: &Text<'_>, mut number: Number) -> Option<Number> {
    if let Some(by) = suffix(text, number.to) {
        let to = number.to + 1;
        return number.map(to, |value| value.times(Value::whole(by)));
    }
    // Twice at most: "three hundred million" has two, and no number has more.
    for _ in 0..2 {
        let at = text.after_space(number.to);
        let scale = spoken::of_class(text, at, Class::Scale)
            .or_else(|| spoken::of_class(text, at, Class::Hundred));
        let Some(scale) = scale.filter(|_| !is_cent(text, at)) else {
            break;
        };
        let to = after_abbreviation(text, at);
        number = number.map(to, |value| value.times(scale.value))?;
        number.scaled = true;
    }
    Some(number)
}

/// "5 cents" are money, also where the text speaks French.
fn is_cent(text: &Text<'_>, at: usize) -> bool {
    matches!(text.word(at), "cent" | "cents" | "cien" | "cem" | "cento")
}

fn after_abbreviation(text: &Text<'_>, at: usize) -> usize {
    let is_short = text.listed(at, "abbreviation").is_some()
        && text.is_mark(at + 1, &['.'])
        && text.is(at + 2, Shape::Space);
    at + 1 + usize::from(is_short)
}

fn suffix(text: &Text<'_>, at: usize) -> Option<i128> {
    match text.raw(at) {
        "k" | "K" => Some(1000),
        "M" => Some(1_000_000),
        "bn" => Some(1_000_000_000),
        _ => None,
    }
}

/// "two thirds", "three quarters", "one half".
fn of_parts(text: &Text<'_>, number: Number) -> Option<Number> {
    let at = if text.is_mark(number.to, &['-']) {
        number.to + 1
    } else {
        text.after_space(number.to)
    };
    if at == number.to
        || number
            .whole()
            .is_none_or(|whole| !(1..100).contains(&whole))
    {
        return Some(number);
    }
    let part = spoken::of_class(text, at, Class::Part)
        // "2 quarters" in digits counts quarters of a year.
        .filter(|part| number.form == Form::Words || part.lang != Lang::EN);
    let half = spoken::of_class(text, at, Class::Half).filter(|_| number.values[0] == Value::ONE);
    match part.or(half) {
        Some(part) => Some(number.map(at + 1, |value| value.over(part.value))?.part()),
        None => Some(number),
    }
}

/// "two and a half", "deux et demi", "dos y media".
fn and_a_half(text: &Text<'_>, number: Number) -> Option<Number> {
    match after_and_a_half(text, number.to) {
        Some(to) => number.map(to, |value| value.plus(Value::fraction(1, 2)?)),
        None => Some(number),
    }
}

/// The position after "and a half" in any language.
pub(super) fn after_and_a_half(text: &Text<'_>, at: usize) -> Option<usize> {
    let and = text.after_space(at);
    let is_and = and > at && text.listed(and, "gap-and") == Some(and + 1);
    let mut half = text.after_space(and + 1);
    if text.listed(half, "article") == Some(half + 1) {
        half = text.after_space(half + 1);
    }
    let is_half = is_and && of_any(text, half, Class::Half);
    // "an hour and half a day" begins another quantity.
    let goes_on = text.listed(text.after_space(half + 1), "article").is_some();
    (is_half && !goes_on).then_some(half + 1)
}

/// Whether a word has a class in any language: beside its "and", a word that is a trap elsewhere is none.
fn of_any(text: &Text<'_>, at: usize, class: Class) -> bool {
    TABLES
        .numbers
        .get(text.word(at))
        .is_some_and(|known| known.iter().any(|numeral| numeral.class == class))
}

fn in_han(text: &Text<'_>, at: usize) -> Option<Number> {
    if text.cjk(at) == Some('半') {
        return Some(lone(
            Number::new(at, at + 1, Value::fraction(1, 2)?, Form::Han).part(),
        ));
    }
    if text.cjk(at) == Some('一') && text.cjk(at + 1) == Some('半') {
        return Some(Number::new(at, at + 2, Value::fraction(1, 2)?, Form::Han).part());
    }
    let found = han::at(text, at)?;
    let number = Number {
        is_lone: found.len == 1,
        ..Number::new(at, found.to, found.value, Form::Han)
    };
    if let Some(part) = han_part(text, &number) {
        return Some(part);
    }
    Some(han_decimal(text, &number).unwrap_or(number))
}

fn lone(mut number: Number) -> Number {
    number.is_lone = true;
    number
}

/// 三点一四; 三点五分 and 九点零五 are times of day.
fn han_decimal(text: &Text<'_>, number: &Number) -> Option<Number> {
    if !matches!(text.cjk(number.to), Some('点' | '點' | '・')) {
        return None;
    }
    let from = number.to + 1;
    let digits: String = (from..text.len())
        .map_while(|at| text.cjk(at).and_then(han::digit))
        .map(|digit| digit.to_string())
        .collect();
    let to = from + digits.len();
    let is_time = text.cjk(to).is_some_and(|c| "分刻半整钟鐘十".contains(c))
        || digits.len() == 2 && digits.starts_with('0');
    if digits.is_empty() || is_time {
        return None;
    }
    let value = Value::decimal(&number.whole()?.to_string(), &digits)?;
    let to = (to..text.len())
        .take_while(|&at| text.cjk(at).is_some_and(|c| "万萬亿億".contains(c)))
        .last()
        .map_or(to, |last| last + 1);
    let scale = (from + digits.len()..to)
        .filter_map(|at| text.cjk(at).and_then(han::multiplier))
        .product::<i128>();
    Some(Number::new(
        number.from,
        to,
        value.times(Value::whole(scale))?,
        Form::Han,
    ))
}
