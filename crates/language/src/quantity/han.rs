//! Chinese and Japanese numerals: 二百五, 三万五千, 二〇二一, 壹佰贰拾.

use super::tokens::Text;
use super::value::Value;

/// A numeral in characters: the position after it and its value.
#[derive(Debug)]
pub(super) struct Han {
    pub(super) to: usize,
    pub(super) value: Value,
    /// How many characters it has; one alone is often part of a word.
    pub(super) len: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Sign {
    Digit(i128),
    Times(i128),
    Tens(i128),
}

fn sign(c: char) -> Option<Sign> {
    Some(match c {
        '〇' | '零' => Sign::Digit(0),
        '一' | '壹' | '壱' => Sign::Digit(1),
        '二' | '两' | '兩' | '贰' | '貳' | '弐' => Sign::Digit(2),
        '三' | '叁' | '參' | '叄' | '参' => Sign::Digit(3),
        '四' | '肆' => Sign::Digit(4),
        '五' | '伍' => Sign::Digit(5),
        '六' | '陆' | '陸' => Sign::Digit(6),
        '七' | '柒' => Sign::Digit(7),
        '八' | '捌' => Sign::Digit(8),
        '九' | '玖' => Sign::Digit(9),
        '十' | '拾' => Sign::Times(10),
        '百' | '佰' => Sign::Times(100),
        '千' | '仟' => Sign::Times(1000),
        '万' | '萬' => Sign::Times(10_000),
        '亿' | '億' => Sign::Times(100_000_000),
        '兆' => Sign::Times(1_000_000_000_000),
        '廿' => Sign::Tens(20),
        '卅' => Sign::Tens(30),
        _ => return None,
    })
}

/// Whether a character is a numeral in documents of value only, and a common word by itself.
fn is_formal(c: char) -> bool {
    "壹壱贰貳弐叁參叄参肆伍陆陸柒捌玖拾佰仟".contains(c)
}

/// The multiplier a character is, such as 10 000 for 万.
pub(super) fn multiplier(c: char) -> Option<i128> {
    match sign(c)? {
        Sign::Times(by) => Some(by),
        _ => None,
    }
}

/// The digit from 0 to 9 that a character is.
pub(super) fn digit(c: char) -> Option<i128> {
    match sign(c)? {
        Sign::Digit(digit) => Some(digit),
        _ => None,
    }
}

/// The numeral at a position.
pub(super) fn at(text: &Text<'_>, at: usize) -> Option<Han> {
    let signs = collect(text, at);
    let first = text.cjk(at)?;
    if signs.len() == 1 && is_formal(first) && !next_is_yuan(text, at + 1) {
        return None;
    }
    let (value, len) = read(&signs)?;
    Some(Han {
        to: at + len,
        value: Value::whole(value),
        len,
    })
}

fn next_is_yuan(text: &Text<'_>, at: usize) -> bool {
    text.cjk(at).is_some_and(|c| "元圆圓円".contains(c))
}

fn collect(text: &Text<'_>, at: usize) -> Vec<Sign> {
    let all = (at..text.len()).map_while(|at| {
        // 千米, 千克, 千瓦 and 百分 begin units, not numbers.
        let ends =
            text.cjk(at) == Some('千') && text.cjk(at + 1).is_some_and(|c| "克米瓦卡".contains(c));
        let is_percent = text.cjk(at) == Some('百') && text.cjk(at + 1) == Some('分');
        if ends || is_percent {
            None
        } else {
            text.cjk(at).and_then(sign)
        }
    });
    // More than any number has, so that a line of digits does not make reading it quadratic.
    all.take(40).collect()
}

fn read(signs: &[Sign]) -> Option<(i128, usize)> {
    let digits = signs
        .iter()
        .take_while(|sign| matches!(sign, Sign::Digit(_)))
        .count();
    // 二〇二一 is said digit by digit; in 二百五 a digit has its unit behind it.
    if digits == signs.len() || digits > 1 && !matches!(signs[0], Sign::Digit(0)) {
        return read_digits(signs, digits);
    }
    let mut sum = Sum::default();
    for (used, &sign) in signs.iter().enumerate() {
        if !sum.add(sign)? {
            return Some((sum.total()?, used));
        }
    }
    Some((sum.total()?, signs.len()))
}

/// Digits one after the other: a year or a code. Two of them are two numbers, as in 三四个, "three or four".
fn read_digits(signs: &[Sign], digits: usize) -> Option<(i128, usize)> {
    let values = || {
        signs[..digits].iter().filter_map(|sign| {
            if let Sign::Digit(digit) = sign {
                Some(*digit)
            } else {
                None
            }
        })
    };
    match digits {
        0 => None,
        1 => Some((values().next()?, 1)),
        2 if values().all(|digit| digit != 0) => Some((values().next()?, 1)),
        _ if digits == signs.len() => {
            let value = values().try_fold(0_i128, |value, digit| {
                value.checked_mul(10)?.checked_add(digit)
            })?;
            Some((value, digits))
        }
        _ => Some((values().next()?, 1)),
    }
}

#[derive(Default)]
struct Sum {
    total: i128,
    section: i128,
    digit: Option<i128>,
    unit: i128,
    big: i128,
    zero: bool,
}

impl Sum {
    /// Adds a sign; false when it belongs to the next number.
    fn add(&mut self, sign: Sign) -> Option<bool> {
        match sign {
            Sign::Digit(0) => {
                self.zero = true;
                self.digit = self.digit.or(if self.unit == 0 { Some(0) } else { None });
            }
            Sign::Digit(_) if self.digit.is_some_and(|digit| digit > 0) => return Some(false),
            Sign::Digit(digit) => self.digit = Some(digit),
            Sign::Tens(tens) if self.digit.is_none() => {
                (self.section, self.unit) = (self.section + tens, 10);
            }
            Sign::Tens(_) => return Some(false),
            Sign::Times(by) if by < 10_000 => return self.small(by),
            Sign::Times(by) => self.large(by)?,
        }
        Some(true)
    }

    fn small(&mut self, by: i128) -> Option<bool> {
        if self.unit != 0 && self.unit < 10_000 && by >= self.unit {
            return Some(false);
        }
        self.section += self.digit.take().unwrap_or(1) * by;
        (self.unit, self.zero) = (by, false);
        Some(true)
    }

    fn large(&mut self, by: i128) -> Option<()> {
        self.section += self.digit.take().unwrap_or(0);
        // 万亿 multiplies, as does 三千五百万亿; in 三亿五千万 the parts add up.
        let multiplies = self.section == 0 && self.total > 0 || self.big != 0 && by > self.big;
        if multiplies {
            self.total = (self.total + self.section).checked_mul(by)?;
        } else {
            // 万 alone says ten thousand: 万元.
            let section = if self.section == 0 { 1 } else { self.section };
            self.total = self.total.checked_add(section.checked_mul(by)?)?;
        }
        (self.section, self.unit, self.big, self.zero) = (0, by, by, false);
        Some(())
    }

    /// The sum; a last digit right after a hundred or more counts the next smaller unit: 二百五 is 250.
    fn total(&self) -> Option<i128> {
        let digit = self.digit.unwrap_or(0);
        let is_short = self.unit >= 100 && !self.zero;
        let last = if is_short {
            digit.checked_mul(self.unit / 10)?
        } else {
            digit
        };
        self.total.checked_add(self.section)?.checked_add(last)
    }
}
