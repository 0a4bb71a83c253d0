//! Times of day and of the night.

use super::different;
use super::same::{both_ways, check};

#[test]
fn times_that_are_the_same() {
    both_ways(&[
        &[
            "12 noon",
            "twelve noon",
            "12:00 noon",
            "12 o'clock noon",
            "noon",
            "正午",
            "正午12点",
            "12 p.m.",
        ],
        &[
            "12 midnight",
            "midnight",
            "零点",
            "零时",
            "午夜12点",
            "半夜十二点",
            "0 Uhr",
            "12 Uhr nachts",
        ],
        &[
            "零点半",
            "零时三十分",
            "0:30",
            "半夜零点半",
            "凌晨零点三十分",
            "0 Uhr 30",
        ],
        &["半夜两点", "夜里两点", "凌晨两点", "2 a.m.", "2 Uhr nachts"],
        &["深夜十一点", "夜里十一点", "11 p.m.", "23:00"],
        &["7.30 to 9.30 p.m.", "19:30 to 21:30"],
        &["at 8.45 on Thursday", "at 8:45 on Thursday"],
        &["5 Uhr nachts", "5 a.m."],
        &["neuf heures et quart", "9:15", "九点一刻"],
        &[
            "neuf heures moins le quart",
            "quarter to nine",
            "差一刻九点",
            "8:45",
        ],
        &["huit heures moins vingt", "twenty to eight", "差二十分八点"],
    ]);
    check(&[
        ("6 a.m.", "between 6 and 9 a.m."),
        ("6 a.m.", "at 6, 9 and 11 a.m."),
        ("9 a.m.", "at 6, 9 and 11 a.m."),
        ("18:00", "6 and 9 p.m."),
        ("6 Uhr", "zwischen 6 und 9 Uhr"),
        ("9 h", "entre 9 et 12 h"),
        ("上午六点", "上午6点和9点"),
    ]);
}

#[test]
fn times_that_differ() {
    different::check(&[
        ("12 noon", "midnight"),
        ("12 midnight", "12 noon"),
        ("半夜两点", "下午两点"),
        ("零点半", "零点"),
        ("6 p.m.", "between 6 and 9 a.m."),
        ("11 a.m.", "深夜十一点"),
        ("noon", "12 people"),
        ("九点", "差一刻九点"),
        ("neuf heures", "neuf heures moins le quart"),
        ("6 a.m.", "in room 6, at 9 a.m."),
    ]);
}

#[test]
fn decades_and_centuries_are_the_same() {
    both_ways(&[
        &[
            "the 1980s",
            "the eighties",
            "die achtziger Jahre",
            "les années 1980",
            "les années 80",
            "20世纪80年代",
            "八十年代",
        ],
        &["19世纪", "the 19th century", "le XIXe siècle"],
    ]);
    check(&[("in March", "mid-March")]);
    different::check(&[
        ("the 1880s", "20世纪80年代"),
        ("the eighties", "80 years"),
        ("le XXe siècle", "le XIXe siècle"),
    ]);
}
