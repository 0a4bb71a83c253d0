//! What holds of any text and any number.

use super::super::{Unit, Value, find};
use proptest::prelude::*;

/// The values that a text's only quantity can have, as a bare number.
fn values(text: &str) -> Vec<Value> {
    let found = find(text);
    assert_eq!(found.len(), 1, "{text:?}: {found:?}");
    assert_eq!(found[0].range, 0..text.len(), "{text:?}: {found:?}");
    found[0]
        .measures()
        .filter(|measure| measure.unit == Unit::COUNT)
        .map(|measure| measure.value)
        .collect()
}

const ONES: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = [
    "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];

fn english(number: usize, and: &str) -> String {
    match number {
        0..20 => ONES[number].to_owned(),
        20..100 if number.is_multiple_of(10) => TENS[number / 10].to_owned(),
        20..100 => format!("{}-{}", TENS[number / 10], ONES[number % 10]),
        100..1000 => joined(number, 100, "hundred", and),
        1000..1_000_000 => joined(number, 1000, "thousand", and),
        _ => joined(number, 1_000_000, "million", and),
    }
}

fn joined(number: usize, by: usize, name: &str, and: &str) -> String {
    let (head, rest) = (english(number / by, and), number % by);
    let and = if rest < 100 { and } else { "" };
    if rest == 0 {
        format!("{head} {name}")
    } else {
        format!("{head} {name} {and}{}", english(rest, ""))
    }
}

const DIGITS: [char; 10] = ['零', '一', '二', '三', '四', '五', '六', '七', '八', '九'];

fn chinese(number: usize) -> String {
    if number < 10 {
        return DIGITS[number].to_string();
    }
    for (by, sign) in [
        (100_000_000, '亿'),
        (10_000, '万'),
        (1000, '千'),
        (100, '百'),
        (10, '十'),
    ] {
        if number >= by {
            let (head, rest) = (chinese(number / by), number % by);
            let zero = if rest > 0 && rest < by / 10 {
                "零"
            } else {
                ""
            };
            return if rest == 0 {
                format!("{head}{sign}")
            } else {
                format!("{head}{sign}{zero}{}", chinese(rest))
            };
        }
    }
    String::new()
}

const EINER: [&str; 20] = [
    "null",
    "eins",
    "zwei",
    "drei",
    "vier",
    "fünf",
    "sechs",
    "sieben",
    "acht",
    "neun",
    "zehn",
    "elf",
    "zwölf",
    "dreizehn",
    "vierzehn",
    "fünfzehn",
    "sechzehn",
    "siebzehn",
    "achtzehn",
    "neunzehn",
];
const ZEHNER: [&str; 10] = [
    "", "", "zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig",
];

fn german(number: usize) -> String {
    let one = |digit: usize| if digit == 1 { "ein" } else { EINER[digit] };
    match number {
        0..20 => EINER[number].to_owned(),
        20..100 if number.is_multiple_of(10) => ZEHNER[number / 10].to_owned(),
        20..100 => format!("{}und{}", one(number % 10), ZEHNER[number / 10]),
        _ if number.is_multiple_of(100) => format!("{}hundert", one(number / 100)),
        _ => format!("{}hundert{}", one(number / 100), german(number % 100)),
    }
}

proptest! {
    #[test]
    fn any_text_gives_valid_ranges(text in "\\PC{0,80}") {
        check_ranges(&text);
    }

    #[test]
    fn any_mix_of_what_is_understood_gives_valid_ranges(parts in prop::collection::vec(prop::sample::select(PARTS), 0..25)) {
        check_ranges(&parts.concat());
    }

    #[test]
    fn a_number_is_the_same_in_every_writing(number in prop_oneof![0_usize..100, 0_usize..10_000, 0_usize..1_000_000_000]) {
        let value = Value::whole(number as i128);
        prop_assert!(values(&number.to_string()) == vec![value]);
        prop_assert_eq!(values(&english(number, "")), vec![value]);
        prop_assert_eq!(values(&english(number, "and ")), vec![value]);
        prop_assert_eq!(values(&chinese(number)), vec![value]);
    }
}

#[test]
fn german_numbers_below_a_thousand_are_their_own_value() {
    for number in 0..1000 {
        // "elf", "acht" and "null" are words elsewhere and need a German text around them.
        if ![0, 8, 11].contains(&number) {
            assert_eq!(
                values(&german(number)),
                vec![Value::whole(number as i128)],
                "{}",
                german(number)
            );
        }
    }
}

fn check_ranges(text: &str) {
    let mut end = 0;
    for quantity in find(text) {
        assert!(
            quantity.range.start >= end && quantity.range.start < quantity.range.end,
            "{text:?}"
        );
        assert!(text.get(quantity.range.clone()).is_some(), "{text:?}");
        assert!(!quantity.readings.is_empty(), "{text:?}");
        end = quantity.range.end;
    }
}

const PARTS: &[&str] = &[
    "1",
    "2021",
    "31",
    "3.2",
    "1,200",
    "007",
    " ",
    " ",
    "-",
    "–",
    ".",
    ",",
    ":",
    "/",
    "(",
    ")",
    "'",
    "%",
    "€",
    "$",
    "°",
    "C",
    "a",
    "an",
    "half",
    "hour",
    "and",
    "one",
    "hundred",
    "thousand",
    "million",
    "May",
    "march",
    "Mon",
    "five",
    "past",
    "to",
    "a.m.",
    "p",
    "m",
    "h",
    "Uhr",
    "halb",
    "zwei",
    "und",
    "Stunde",
    "一",
    "二",
    "十",
    "百",
    "万",
    "亿",
    "零",
    "半",
    "个",
    "小时",
    "年",
    "月",
    "日",
    "点",
    "分",
    "之",
    "第",
    "周",
    "每",
    "次",
    "元",
    "块",
    "角",
    "下午",
    "至",
    "季度",
    "最后",
    "v",
    "Q",
    "HX",
    "kg",
    "²",
    "½",
    "\n",
    "１",
    "：",
    "é",
    "\u{301}",
    "😀",
    "first",
    "last",
    "every",
    "times",
    "per",
    "day",
    "minus",
    "版",
    "本",
    "999999999999999999999999999999",
];
