//! Numbers, dates and times that can answer.

use stoa_language::{
    Language,
    fold::fold,
    quantity::{self, Date, Measure, Quantity, Sense, Unit, Value},
    script::is_han,
    words::{self, Token},
};

use super::{
    candidates::Span,
    kind::{AnswerKind, Asked, Measured},
    lists::Lists,
    text,
};

/// A unit of percentage points.
const POINTS: &str = "point";
/// A bare number that can be one of money where money is asked for: large, and said in words.
const LARGE: Value = Value::whole(10_000);
/// Words behind a number of which one is what it counts.
const WORDS_BETWEEN: usize = 3;
/// Weight of a number by which something changed, or of a part, where that is not asked for.
const CHANGE_NOT_ASKED: f32 = 0.7;
const SHARE_OF_WHOLE: f32 = 0.8;
const POINTS_NOT_ASKED: f32 = 0.7;
/// What "up to 5" weighs.
const LIMIT: f32 = 0.8;
/// Weight of a number that measures something else, or probably does.
const OTHER_COUNT: f32 = 0.75;
const OTHER_THINGS: f32 = 0.5;
const NOT_A_DURATION: f32 = 0.6;
const NOT_A_COUNT: f32 = 0.6;
/// Weight of a date that says less than a day.
const YEAR_ALONE: f32 = 0.85;
const NO_DAY: f32 = 0.85;
/// Weight of a date that stands before the text: it says when that was written.
const DATELINE: f32 = 0.6;
/// Weight of a time of day or a day of the week where the other is asked for.
const OTHER_TIME: f32 = 0.75;
/// What "within 30 days" weighs where a day is asked for.
const DELAY: f32 = 0.65;

/// Spans of a text that can answer a question for a number, date or time. What stands before `body` is the dateline.
pub(super) fn find(text: &str, asked: &Asked, body: usize, row: bool) -> Vec<Span> {
    let found = quantity::find(text);
    let spans = found.iter().filter_map(|quantity| {
        Some(Span {
            range: quantity.range.clone(),
            key: key(quantity),
            weight: weight(text, quantity, asked, body, row)?,
        })
    });
    spans.collect()
}

fn weight(text: &str, quantity: &Quantity, asked: &Asked, body: usize, row: bool) -> Option<f32> {
    if matches!(asked.kind, AnswerKind::Number | AnswerKind::Rate) {
        return number(text, quantity, asked, row);
    }
    // A date that the question names is no answer to when.
    if asked.text.contains(&text[quantity.range.clone()]) {
        return None;
    }
    let written = if quantity.range.end <= body {
        DATELINE
    } else {
        1.0
    };
    let weight = if asked.kind == AnswerKind::Time {
        time(quantity)
    } else {
        date(quantity, asked)
    };
    weight.map(|weight| weight * written)
}

/// Whether a text speaks of a part of a year: a quarter, half of it, some months.
pub(super) fn is_part_of_year(text: &str, asked: &Asked) -> bool {
    let lists = Lists::of(asked.language);
    if lists.any("part", &lists.prepare(text)) {
        return true;
    }
    let range = |quantity: &Quantity| {
        let before = text[..quantity.range.start].trim_end_matches(['-', '—', '–', '至', '~']);
        let follows =
            before.len() < quantity.range.start && before.ends_with(|c: char| c.is_ascii_digit());
        follows && dates(quantity).any(|date| date.month.is_some() && date.day.is_none())
    };
    quantity::find(text)
        .iter()
        .any(|quantity| range(quantity) || dates(quantity).any(|date| date.quarter.is_some()))
}

/// The key by which quantities are compared: two ways of writing a value are one, and a day is the same with its year.
fn key(quantity: &Quantity) -> String {
    match quantity.readings.first() {
        Some(Sense::Date(Date {
            month: Some(month),
            day: Some(day),
            ..
        })) => format!("{month}-{day}"),
        Some(Sense::Measure(Measure { value, unit })) => format!("{value:?}{}", unit.name()),
        Some(reading) => format!("{reading:?}"),
        None => String::new(),
    }
}

/// Whether a text says the day that a key is of with its year.
pub(super) fn has_year(text: &str, day: &str) -> bool {
    let found = quantity::find(text);
    let mut days = found.iter().filter(|quantity| key(quantity) == day);
    days.any(|quantity| dates(quantity).any(|date| date.year.is_some()))
}

fn dates(quantity: &Quantity) -> impl Iterator<Item = Date> {
    quantity
        .readings
        .iter()
        .take(1)
        .filter_map(|reading| match reading {
            Sense::Date(date) => Some(*date),
            _ => None,
        })
}

fn time(quantity: &Quantity) -> Option<f32> {
    match quantity.readings.first()? {
        Sense::Time(_) => Some(1.0),
        Sense::Weekday(_) => Some(OTHER_TIME),
        // "At nine" is a time where one is asked for.
        _ => quantity.times().next().map(|_| OTHER_TIME),
    }
}

fn date(quantity: &Quantity, asked: &Asked) -> Option<f32> {
    match quantity.readings.first()? {
        Sense::Date(date) => date_weight(date, asked),
        Sense::Time(_) | Sense::Weekday(_) => Some(OTHER_TIME),
        Sense::Decade(_) => Some(YEAR_ALONE * NO_DAY),
        Sense::Measure(measure) if is_duration(measure.unit) && !quantity.weak => Some(DELAY),
        _ => quantity.times().next().map(|_| OTHER_TIME),
    }
}

fn date_weight(date: &Date, asked: &Asked) -> Option<f32> {
    let less = if asked.coarse { 1.0 } else { NO_DAY };
    if date.day.is_some() {
        return Some(1.0);
    }
    if date.month.is_some() || date.quarter.is_some() {
        return Some(less);
    }
    let year = u16::try_from(date.year?).ok()?;
    (!asked.years.contains(&year)).then_some(YEAR_ALONE * less)
}

fn number(text: &str, quantity: &Quantity, asked: &Asked, row: bool) -> Option<f32> {
    let measure = measure(text, quantity)?;
    let follows = text::after(text, quantity.range.end, 3);
    let share = is_share(measure.unit) || quantity.factor || follows.starts_with('倍');
    if share != (asked.kind == AnswerKind::Rate) {
        return None;
    }
    Some(fits(text, quantity, measure, asked, row)? * in_context(text, quantity, measure, asked))
}

/// What a quantity measures. 1200 may be a year, but not of people; the number of a table or a figure measures nothing.
fn measure(text: &str, quantity: &Quantity) -> Option<Measure> {
    let year = match quantity.readings.first()? {
        Sense::Date(Date {
            year: Some(year),
            month: None,
            day: None,
            ..
        }) => Some(*year),
        Sense::Measure(_) => None,
        _ => return None,
    };
    let likely_year =
        year.is_some_and(|year| (1900..2100).contains(&year)) && quantity.counted.is_none();
    // "表 3" and "第 5" number something and measure nothing.
    let label = text[..quantity.range.start].ends_with(['表', '图', '第', '号', '№', '#']);
    // The head of a table: 单位:万吨.
    let scale = text[quantity.range.clone()].starts_with(['万', '亿']);
    quantity
        .measures()
        .next()
        .filter(|_| !likely_year && !label && !scale)
}

fn is_duration(unit: Unit) -> bool {
    unit == Unit::SECOND || unit == Unit::MONTH
}

fn is_share(unit: Unit) -> bool {
    unit == Unit::PERCENT || unit.name() == POINTS
}

/// Whether a number measures what is asked for.
fn fits(
    text: &str,
    quantity: &Quantity,
    measure: Measure,
    asked: &Asked,
    row: bool,
) -> Option<f32> {
    let follows = text::after(text, quantity.range.end, 3);
    let written = &text[quantity.range.clone()];
    match &asked.measured {
        Measured::Counted(characters) => {
            let holds = |c: char| follows.contains(c) || written.contains(c);
            characters.chars().any(holds).then_some(1.0)
        }
        // 一 and "one" are articles more often than numbers; only a question for what stands behind them takes them.
        _ if quantity.weak => None,
        Measured::Unit(units) => {
            let asked = |measure: Measure| units.split('|').any(|unit| unit == measure.unit.name());
            // A table has its units in the heads of its columns.
            let cell = row && measure.unit == Unit::COUNT;
            (cell || quantity.measures().any(asked)).then_some(1.0)
        }
        Measured::Money => {
            // "两百万" in a text about a purchase is money, though no currency stands behind it.
            let spoken = written.contains(char::is_alphabetic) && measure.value >= LARGE;
            let money = quantity.measures().any(|measure| measure.unit.is_money());
            (money || measure.unit == Unit::COUNT && spoken).then_some(1.0)
        }
        Measured::Things(things) => Some(if counts(text, quantity, measure, things, asked) {
            1.0
        } else {
            OTHER_THINGS
        }),
        Measured::Duration if is_duration(measure.unit) => Some(1.0),
        Measured::Duration => (measure.unit != Unit::COUNT).then_some(NOT_A_DURATION),
        Measured::Anything if measure.unit == Unit::MONTH => Some(NOT_A_COUNT),
        Measured::Anything => {
            let numeral = !written.contains(|c: char| c.is_ascii_digit());
            let other = numeral && written.contains(is_han)
                || follows.starts_with(['个', '家', '座', '项', '届', '层', '号']);
            Some(if other { OTHER_COUNT } else { 1.0 })
        }
    }
}

/// Whether a number counts one of these things: they stand behind it, in its unit, or, in Chinese, before it.
fn counts(
    text: &str,
    quantity: &Quantity,
    measure: Measure,
    things: &[String],
    asked: &Asked,
) -> bool {
    let follows = text::after(text, quantity.range.end, 24);
    if asked.language == Language::Chinese {
        let before = text::before(text, quantity.range.start, 12);
        // Chinese names the thing before its number (职工 120 人) as often as behind it.
        let near = |thing: &String| {
            before.contains(thing.as_str()) || text::after(follows, 0, 8).contains(thing.as_str())
        };
        return measure.unit == Unit::COUNT && things.iter().any(near);
    }
    let is = |token: &Token<'_>| things.contains(&token.term);
    let unit = &text[quantity.range.clone()];
    let behind = words::tokens(follows, asked.language);
    words::tokens(unit, asked.language).iter().any(is)
        || measure.unit == Unit::COUNT && behind.iter().take(WORDS_BETWEEN).any(is)
}

/// What the words around a number say of it.
fn in_context(text: &str, quantity: &Quantity, measure: Measure, asked: &Asked) -> f32 {
    let before = text::before(text, quantity.range.start, 8);
    let change = ends_in_change(before, asked);
    let mut weight = 1.0;
    if !asked.change && change {
        weight *= CHANGE_NOT_ASKED;
    }
    // The share of what: only in the number's own clause.
    let clause = before.rsplit(',').next().unwrap_or(before);
    if asked.change
        && ["占", "比重", "比例"]
            .iter()
            .any(|word| clause.contains(word))
    {
        weight *= SHARE_OF_WHOLE;
    }
    if asked.kind == AnswerKind::Rate && !asked.change && measure.unit.name() == POINTS {
        weight *= POINTS_NOT_ASKED;
    }
    let follows = text::after(text, quantity.range.end, 5);
    if ["以上", "以下", "以内"]
        .iter()
        .any(|word| follows.contains(word))
    {
        weight *= LIMIT;
    }
    weight
}

fn ends_in_change(before: &str, asked: &Asked) -> bool {
    let lists = Lists::of(asked.language);
    let before = fold(before);
    // Between the verb and its number: 增长了约 5%.
    let before = before.trim_end_matches(['了', '约', '近', '超', '逾', '过', ' ']);
    lists
        .words("change")
        .iter()
        .any(|word| before.ends_with(word.as_str()) || before.ends_with(&format!("{word} by")))
}

#[cfg(test)]
mod tests {
    use stoa_language::Reading as Question;

    use super::*;

    fn answers(question: &str, text: &str) -> Vec<String> {
        let asked = Asked::of(&Question::of(question));
        let spans = find(&text::normal(text), &asked, 0, false);
        spans
            .into_iter()
            .map(|span| text::normal(text)[span.range].to_owned())
            .collect()
    }

    #[test]
    fn numbers_answer_what_they_measure() {
        let text = "2021年营收为60.5亿元，同比增长8.1%，员工1200人。";
        assert_eq!(answers("公司有多少人", text), ["1200"]);
        assert_eq!(answers("营收是多少", text), ["60.5亿元"]);
        assert_eq!(answers("营收增长了多少", text), ["8.1%"]);
        assert_eq!(
            answers(
                "How much does it cost?",
                "On May 5 it costs 12 euros for 3 people."
            ),
            ["12 euros"]
        );
        assert_eq!(
            answers("How long does it take?", "It takes 6 hours at 780 degrees."),
            ["6 hours", "780 degrees"]
        );
    }

    #[test]
    fn dates_and_times_answer_when() {
        assert_eq!(
            answers(
                "When was it opened?",
                "It was opened on 3 May 2012 for 400 guests."
            ),
            ["3 May 2012"]
        );
        assert_eq!(
            answers("When was it opened in 2012?", "In 2012."),
            Vec::<String>::new()
        );
        assert_eq!(
            answers("What are the opening hours?", "Office: Tartu, Opens: 7:30."),
            ["7:30"]
        );
        assert_eq!(answers("几点开门", "上午九点开门"), ["上午九点"]);
    }
}
