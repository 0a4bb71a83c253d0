//! Spans, ages, units, shares and ranks in everyday words.

use super::different;
use super::first;
use super::same::{both_ways, check};

#[test]
fn spans_are_the_same_in_words_and_numbers() {
    weakly_same(&[
        &[
            "a decade",
            "ten years",
            "十年",
            "ein Jahrzehnt",
            "une décennie",
            "dix ans",
        ],
        &[
            "a century",
            "100 years",
            "ein Jahrhundert",
            "一个世纪",
            "un siècle",
        ],
        &[
            "a fortnight",
            "two weeks",
            "两周",
            "14天",
            "vierzehn Tage",
            "deux semaines",
        ],
        &[
            "half a year",
            "six months",
            "半年",
            "ein halbes Jahr",
            "un semestre",
        ],
        &["two days", "48 hours", "两天", "48小时", "48 Stunden"],
        &[
            "quarter of an hour",
            "15 minutes",
            "一刻钟",
            "eine Viertelstunde",
            "un quart d'heure",
        ],
        &[
            "three quarters of an hour",
            "45 minutes",
            "三刻钟",
            "eine Dreiviertelstunde",
        ],
    ]);
}

#[test]
fn dozens_and_halves_are_the_same_in_words_and_numbers() {
    both_ways(&[
        &["two dozen", "24", "zwei Dutzend", "deux douzaines"],
        &[
            "half a dozen",
            "six",
            "ein halbes Dutzend",
            "une demi-douzaine",
        ],
        &[
            "half a million",
            "500000",
            "eine halbe Million",
            "un demi-million",
            "五十万",
        ],
        &["half a kilo", "500 g", "un demi-kilo", "半公斤"],
        &[
            "a third of it",
            "ein Drittel davon",
            "un tiers des membres",
            "三分之一",
        ],
    ]);
    different::check(&[
        ("half a million", "half"),
        ("a quarter of an hour", "a quarter"),
        ("100 years", "the 19th century"),
    ]);
}

#[test]
fn what_stands_behind_a_unit_belongs_to_its_number() {
    both_ways(&[
        &["一米五", "1.5 m", "un mètre et demi", "anderthalb Meter"],
        &["一米八", "1 m 80", "1,80 m", "1.8米"],
        &["一米二以下", "1.2米以下"],
        &["à 8.50 €", "8,50 €"],
        &["at 3.50 %", "3.5 %"],
        &["from 1.20 to 1.40 m", "from 120 to 140 cm"],
        &["一米八五", "1.85 m"],
        &["一升半", "1.5 L", "un litre et demi"],
        &["2 euros 50", "2 Euro 50", "two euros fifty", "2,50 €"],
        &["two and a half million", "2.5 million", "250万"],
        &["5块8", "5.8元", "五块八"],
        &["vierwöchiger Kurs", "four-week course", "四周课程"],
        &["时速15公里", "15 km/h"],
    ]);
    check(&[
        ("5 euros", "5 euros 20 minutes before"),
        ("三米", "三米半径"),
    ]);
    different::check(&[
        ("5.20 euros", "5 euros 20 people"),
        ("三年", "三年级"),
        ("3.5 m", "三米半径"),
        ("七天", "第一个星期一"),
    ]);
}

#[test]
fn ages_are_the_same_with_and_without_their_years() {
    both_ways(&[
        &[
            "seven years old",
            "seven-year-old",
            "a 7-year-old child",
            "siebenjährig",
            "7-jährig",
            "七岁",
            "aged 7",
            "at the age of seven",
            "im Alter von sieben Jahren",
            "âgé de sept ans",
            "年龄：7",
        ],
        &[
            "ages 5–11",
            "aged between 5 and 11",
            "5 bis 11 Jahre",
            "5至11岁",
            "Age: 5–11",
        ],
    ]);
    check(&[
        ("unter 12 Jahren", "children under 12 pay half"),
        ("12 years", "under-12s"),
        ("65 Jahre", "over 65s"),
        ("children under 12", "12岁以下儿童"),
    ]);
    different::check(&[
        ("seven years", "at seven"),
        ("12 years", "room for under 12 people"),
        ("13 years", "children under 12"),
        ("12 seconds", "under-12s"),
        ("eight", "seven-year-old"),
    ]);
}

#[test]
fn units_of_data_sheets_are_the_same() {
    both_ways(&[
        &[
            "噪音: 24 分贝",
            "24 dB",
            "24 decibels",
            "24 Dezibel",
            "24 décibels",
        ],
        &["功率: 40 瓦", "Power: 40 W", "40 watts"],
        &["300 lux", "300 lx", "300勒克斯"],
        &["500 lumens", "500 lm", "500流明"],
        &["5000 mAh", "5 Ah", "5000毫安时", "5安时"],
        &["400 ppm", "400 parts per million"],
        &["1.5 MPa", "15 bar", "1.5兆帕", "15 Bar"],
        &["50 µg", "50微克", "50 micrograms", "50 Mikrogramm"],
        &["120 mg/l", "120毫克/升", "120 milligrams per litre"],
        &["10 Mbit/s", "10兆比特每秒", "10 megabits per second"],
        &["5 GHz", "5吉赫", "5 gigahertz"],
        &["8 megapixels", "8 MP", "800万像素"],
        &["120 mmHg", "120毫米汞柱"],
    ]);
    different::check(&[
        ("24 dB", "24 W"),
        ("120毫米", "120毫米汞柱"),
        ("5 mAh", "5 Ah"),
        ("35 dB", "PM2.5: 35 µg/m³"),
    ]);
}

#[test]
fn discounts_and_tenths_are_percentages() {
    both_ways(&[
        &[
            "八折",
            "8折",
            "20 % off",
            "20 % Rabatt",
            "20 % de réduction",
        ],
        &["85折", "8.5折", "八五折", "15 % off"],
        &["三成", "30 %", "百分之三十"],
        &["three times as much", "三倍", "das Dreifache", "dreifach"],
    ]);
    different::check(&[
        ("80 % off", "八折"),
        ("8 people", "八折"),
        ("30 %", "三成员"),
        ("70 %", "三折页"),
    ]);
}

#[test]
fn a_rank_and_a_count_can_have_the_same_number() {
    for (left, right) in [
        (
            "after three missed bookings",
            "after the third missed booking",
        ),
        ("第三次", "三次"),
        ("der dritte Verstoß", "drei Verstöße"),
        ("3rd", "第三"),
    ] {
        let (left, right) = (first(left), first(right));
        assert!(
            left.same_rank(&right) && right.same_rank(&left),
            "{left:?} {right:?}"
        );
    }
    for (left, right) in [
        ("the third", "two bookings"),
        ("three bookings", "three guests"),
        ("the third", "3 km"),
        ("the third", "a third of it"),
        ("the last", "one booking"),
    ] {
        assert!(!first(left).same_rank(&first(right)), "{left} {right}");
    }
}

/// As [`both_ways`], where "a decade" counts although its one may be an article.
fn weakly_same(groups: &[&[&str]]) {
    for (one, other) in groups.iter().flat_map(|group| {
        group
            .iter()
            .flat_map(|one| group.iter().map(move |other| (one, other)))
    }) {
        let (one, other) = (first(one), first(other));
        assert!(one.agrees(&other), "{one:?} {other:?}");
    }
}
