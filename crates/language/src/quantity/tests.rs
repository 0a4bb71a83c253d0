//! The promises of the module, as tables of what is the same and what is not.

mod amounts;
mod derived;
mod different;
mod measures;
mod periods;
mod properties;
mod same;
mod times;

use super::{Quantity, Sense, find};

/// The first strong quantity of a text, or its first.
fn first(text: &str) -> Quantity {
    let found = find(text);
    let strong = found
        .iter()
        .find(|quantity| !quantity.weak)
        .or(found.first());
    strong
        .unwrap_or_else(|| panic!("no quantity in {text:?}"))
        .clone()
}

fn all_in(statement: &str, passage: &str) -> bool {
    let cited = find(passage);
    let found = find(statement);
    let mut strong = found.iter().filter(|quantity| !quantity.weak).peekable();
    assert!(strong.peek().is_some(), "no quantity in {statement:?}");
    strong.all(|quantity| cited.iter().any(|other| quantity.agrees(other)))
}

fn strong(text: &str) -> Vec<String> {
    find(text)
        .into_iter()
        .filter(|quantity| !quantity.weak)
        .map(|quantity| text[quantity.range].to_owned())
        .collect()
}

#[test]
fn identifiers_and_common_words_are_no_quantities() {
    let texts = [
        "HX-1401 and covid-19 on A4",
        "see 192.168.1.1 or +49 30 1234567",
        "/usr/lib/3/x and https://example.org/2021/3?a=5",
        "ISBN 978-3-16-148410-0",
        "电话：010-8888-6666",
        "a 3D film on 5G",
        "you may go, and they may not",
        "May I ask",
        "Soldiers march to Mars",
        "一些人一起统一，万一不行，千万别，十分好",
        "These units came once more due to the elf in a media file",
        "mail a1@b2.org",
    ];
    for text in texts {
        assert_eq!(strong(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_version_is_a_version() {
    for text in ["v3.2", "version 3.2", "3.2版", "V3.2", "版本3.2"] {
        assert_eq!(
            first(text).readings,
            vec![Sense::Version("3.2".into())],
            "{text}"
        );
    }
}

#[test]
fn what_may_say_nothing_is_weak() {
    for text in [
        "a month",
        "ein Monat",
        "一年",
        "一个人",
        "one of the rules",
        "no one",
        "First, wash",
        "must first wash",
        "second-hand",
        "1. Wash",
        "per day",
        "at last",
    ] {
        let found = find(text);
        assert!(
            !found.is_empty() && found.iter().all(|quantity| quantity.weak),
            "{text}: {found:?}"
        );
    }
    for text in [
        "one month",
        "one person",
        "12 people",
        "every day",
        "the first rule",
        "the last day",
    ] {
        assert!(find(text).iter().all(|quantity| !quantity.weak), "{text}");
    }
}

#[test]
fn the_counted_word_is_given() {
    for (text, word) in [
        ("3 people", "people"),
        ("六本书", "书"),
        ("12人", "人"),
        ("fünf Hunde", "Hunde"),
        ("两个孩子", "孩子"),
    ] {
        assert_eq!(
            first(text).counted.map(|counted| counted.word).as_deref(),
            Some(word),
            "{text}"
        );
    }
}
