//! Dates in Chinese, Japanese and Korean: 2021年3月31日, 三月三十一日, 3월 31일, 第一季度.

use super::super::draft::Draft;
use super::super::numbers::{self, Form, Number};
use super::super::tokens::{Shape, Text};
use super::super::{Date, Measure, Rank, Sense, Unit, Value, han};
use super::{checked, count, day_or, digital};

/// The date at a position, which a number or 第 begins.
pub(super) fn at(text: &Text<'_>, at: usize) -> Option<Draft> {
    era(text, at)
        .or_else(|| decade(text, at))
        .or_else(|| quarter(text, at, None, at))
        .or_else(|| from_year(text, at))
        .or_else(|| from_month(text, at, None, at))
        .or_else(|| day_alone(text, at))
}

/// A small number, and the position of the sign after it and an optional space.
fn part(text: &Text<'_>, at: usize) -> Option<(Number, usize)> {
    let is_number = text.is(at, Shape::Digits)
        || text
            .cjk(at)
            .is_some_and(|c| han::digit(c).is_some() || "十廿卅".contains(c));
    let follows = at > 0
        && (text.is(at - 1, Shape::Digits)
            || text.is(at - 1, Shape::Mark)
                && at > 1
                && text.is(at - 2, Shape::Digits)
                && text.is_mark(at - 1, &['.', ',']));
    let number = numbers::at(text, at).filter(|_| is_number && !follows)?;
    let next = text.after_space(number.to);
    Some((number, next))
}

fn sign(text: &Text<'_>, at: usize, signs: &str) -> bool {
    text.cjk(at).is_some_and(|c| signs.contains(c))
}

fn from_year(text: &Text<'_>, at: usize) -> Option<Draft> {
    let (number, next) = part(text, at)?;
    let year = number
        .whole()
        // Outside of these a number before 年 is mostly a span of years.
        .filter(|year| (1000..=2999).contains(year) && sign(text, next, "年년"))?;
    // 三千年 is a span of time; a year in characters is said digit by digit.
    let is_year = number.form == Form::Digits
        || number.to - number.from == 4
            && !text.slice(at, number.to).contains(['千', '百', '十', '万']);
    let year = i32::try_from(year).ok().filter(|_| is_year)?;
    finish_year(text, at, year, next + 1)
}

fn finish_year(text: &Text<'_>, at: usize, year: i32, after: usize) -> Option<Draft> {
    let after = after + usize::from(sign(text, after, "度"));
    let next = text.after_space(after);
    let next = next + usize::from(sign(text, next, "的の"));
    quarter(text, next, Some(year), at)
        .or_else(|| from_month(text, next, Some(year), at))
        .or_else(|| Some(Draft::one(at, after, Sense::Date(digital::only_year(year)))))
}

fn from_month(text: &Text<'_>, at: usize, year: Option<i32>, from: usize) -> Option<Draft> {
    let (number, next) = part(text, at)?;
    let month = u32::try_from(number.whole()?).ok()?;
    // 月间 makes it a span of months.
    let is_month = sign(text, next, "月월") && !sign(text, next + 1, "間间");
    let alone = checked(year, Some(month).filter(|_| is_month), None)
        .filter(|date| date.month.is_some())?;
    let after = next + 1 + usize::from(sign(text, next + 1, "份"));
    let Some((day, end)) = part(text, text.after_space(after))
        .filter(|(_, next)| is_day_sign(text, *next) || bare_day(text, *next))
    else {
        return Some(Draft::one(from, after, Sense::Date(alone)));
    };
    let to = if is_day_sign(text, end) {
        end + 1
    } else {
        day.to
    };
    let date = checked(year, Some(month), u32::try_from(day.whole()?).ok());
    Some(date.map_or_else(
        || Draft::one(from, after, Sense::Date(alone)),
        |date| Draft::one(from, to, Sense::Date(date)),
    ))
}

fn is_day_sign(text: &Text<'_>, at: usize) -> bool {
    sign(text, at, "日号號일") && !sign(text, at + 1, "元圆圓円間间楼线")
}

/// 三月十五 leaves out the 日 at the end of a clause.
fn bare_day(text: &Text<'_>, at: usize) -> bool {
    at >= text.len() || text.is(at, Shape::Mark)
}

/// 3日 is the third of a month or three days, 5号 the fifth or number five.
fn day_alone(text: &Text<'_>, at: usize) -> Option<Draft> {
    let (number, next) = part(text, at)?;
    let value = number.whole().filter(|_| is_day_sign(text, next))?;
    let date = checked(None, None, u32::try_from(value).ok())?;
    let others = if sign(text, next, "号號") {
        vec![
            Sense::Ordinal(Rank::Nth(u32::try_from(value).ok()?)),
            count(value),
        ]
    } else {
        vec![Sense::Measure(Measure {
            value: Value::whole(value * 86_400),
            unit: Unit::SECOND,
        })]
    };
    Some(Draft::new(at, next + 1, day_or(date, others)))
}

/// 第一季度, 一季度, 第1四半期.
fn quarter(text: &Text<'_>, at: usize, year: Option<i32>, from: usize) -> Option<Draft> {
    let start = at + usize::from(sign(text, at, "第"));
    let (number, next) = part(text, start)?;
    let quarter = u8::try_from(number.whole()?)
        .ok()
        .filter(|quarter| (1..=4).contains(quarter))?;
    let length = ["季度", "四半期", "분기"]
        .into_iter()
        .find(|name| text.rest(next).starts_with(name))?
        .chars()
        .count();
    let date = Date {
        year,
        quarter: Some(quarter),
        month: None,
        day: None,
    };
    Some(Draft::one(from, next + length, Sense::Date(date)))
}

/// 90年代, 九十年代, 1990年代.
fn decade(text: &Text<'_>, at: usize) -> Option<Draft> {
    let (number, next) = part(text, at)?;
    let own = i32::try_from(number.whole()?).ok()?;
    // 20世纪80年代
    let is_century = ["世纪", "世紀"]
        .iter()
        .any(|name| text.rest(next).starts_with(name));
    if is_century {
        let (decade, next) = part(text, next + 2)?;
        let decade = i32::try_from(decade.whole()?)
            .ok()
            .filter(|decade| *decade < 100 && text.rest(next).starts_with("年代"))?;
        let first = (own - 1).checked_mul(100)?.checked_add(decade)?;
        return Some(Draft::one(at, next + 2, Sense::Decade(first)));
    }
    let value = Some(own).filter(|_| text.rest(next).starts_with("年代"))?;
    let decade = if value < 100 {
        super::century(value)
    } else {
        value
    };
    Some(Draft::one(at, next + 2, Sense::Decade(decade)))
}

/// The years of Japanese reigns, and of the Republic in Taiwan.
const ERAS: [(&str, i32); 4] = [
    ("令和", 2018),
    ("平成", 1988),
    ("昭和", 1925),
    ("民國", 1911),
];

fn era(text: &Text<'_>, at: usize) -> Option<Draft> {
    let (_, before) = ERAS
        .into_iter()
        .find(|(name, _)| text.rest(at).starts_with(name))?;
    let is_first = sign(text, at + 2, "元");
    let (number, next) = if is_first {
        (1, at + 3)
    } else {
        part(text, at + 2).and_then(|(number, next)| Some((number.whole()?, next)))?
    };
    let year = i32::try_from(number)
        .ok()
        .filter(|year| (1..200).contains(year) && sign(text, next, "年"))?;
    finish_year(text, at, before + year, next + 1)
}
