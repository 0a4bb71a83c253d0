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
        &["5 Uhr nachts", "5 a.m."],
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
        ("6 a.m.", "in room 6, at 9 a.m."),
    ]);
}
