//! The promises of the module, as tables of what is the same and what is not.

mod different;
mod measures;
mod periods;
mod properties;
mod same;
mod times;

use super::{Quantity, Sense, derive, find};

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

#[test]
fn safe_arithmetic_is_derived() {
    let pairs = [
        ("four times a day", "every six hours"),
        ("每天四次", "every six hours"),
        ("viermal täglich", "alle sechs Stunden"),
        ("120", "240 euros for adults, 240 in all, half for children"),
        ("half costs 120 euros", "240 euros; children pay half"),
        ("三个小时", "from 02:00 to 05:00"),
        ("three hours", "两点至五点"),
        ("eight hours", "9:00–17:00"),
        ("30 euros", "10 euros and later 20 euros"),
        ("2 hours", "3 hours, then 1 hour off"),
        ("480 dollars", "$240, and double at night"),
        ("8 books", "5 books for adults, 3 books for children"),
    ];
    for (statement, cited) in pairs {
        let cited_found = find(cited);
        let found = find(statement);
        let holds = found
            .iter()
            .filter(|quantity| !quantity.weak)
            .all(|quantity| derive::holds(quantity, &cited_found));
        assert!(
            holds,
            "{statement:?} from {cited:?}: {found:?} {cited_found:?}"
        );
    }
}

#[test]
fn unsafe_arithmetic_is_not_derived() {
    let pairs = [
        ("5 people", "2 dogs and 3 cats"),
        ("5", "2 and 3"),
        ("6", "2 books and 3 boxes"),
        ("30 days", "one month"),
        ("120 euros", "240 euros for 2 people"),
        ("15 %", "10 % and 5 %"),
        ("three times a day", "every six hours"),
        ("every eight hours", "three times a day"),
        ("30 euros", "10 euros and 20 dollars"),
        ("4 hours", "from 02:00 to 05:00"),
    ];
    for (statement, cited) in pairs {
        let cited_found = find(cited);
        assert!(
            !derive::holds(&first(statement), &cited_found),
            "{statement:?} from {cited:?}"
        );
    }
}
