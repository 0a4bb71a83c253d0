//! Ways in which a statement is true in other words, and in which it is false in the words of its source: each is told
//! apart although a model vouches for all of them.

use stoa_language::Reading;

use super::{Checker, Checks, Finding, Ground, Statement, Words, judge::fooled};
use crate::read::Source;

/// A passage with statements about it.
struct Case {
    kind: &'static str,
    passage: &'static str,
    is_true: &'static [&'static str],
    is_false: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        kind: "a denial without its verb",
        passage: "Day tickets are refundable; season tickets are not.",
        is_true: &["You can't get a refund for season tickets."],
        is_false: &["Season tickets are refundable."],
    },
    Case {
        kind: "the verb of another sentence",
        passage: "Lena Ohm reported the leak on Monday. Karl Weiss repaired the pipe on Thursday with a new valve.",
        is_true: &["Karl Weiss fixed the pipe with a new valve."],
        is_false: &["Lena Ohm repaired the leak."],
    },
    Case {
        kind: "the subject of another sentence",
        passage: "Glass and paper are not collected on Fridays. Garden waste belongs in the brown bin.",
        is_true: &["On Fridays neither glass nor paper is picked up."],
        is_false: &["Garden waste is not collected on Fridays."],
    },
    Case {
        kind: "a subject that only its own sentence denies something of",
        passage: "Clean the lens with a dry cloth. Alcohol scratches the coating and must not be used.",
        is_true: &["Don't use alcohol, since it scratches the coating."],
        is_false: &["Alcohol is fine for cleaning the lens."],
    },
    Case {
        kind: "the number of another row",
        passage: "| Bus | Leaves | Arrives |\n|---|---|---|\n| Red | 09:00 | 09:40 |\n| Blue | 10:00 | 11:05 |",
        is_true: &["The ride on the Red bus takes 40 minutes."],
        is_false: &["The ride on the Blue bus takes 40 minutes."],
    },
    Case {
        kind: "steps in the other order",
        passage: "Dry the wood for 12 hours at 60 °C, then for 3 hours at 90 °C.",
        is_true: &["Dry it first at 60 °C and then at 90 °C."],
        is_false: &["Dry it first at 90 °C and then at 60 °C."],
    },
    Case {
        kind: "how many times as much",
        passage: "Mix 600 g of sand and 200 g of cement with water.",
        is_true: &["You need three times as much sand as cement."],
        is_false: &[
            "You need four times as much sand as cement.",
            "You need three times as much cement as sand.",
        ],
    },
    Case {
        kind: "hours that are no score",
        passage: "The library is open from 9 to 5, the pool from 10 to 8.",
        is_true: &["The library is open from 9 to 5."],
        is_false: &["The library is open from 10 to 8."],
    },
    Case {
        kind: "a number that counts something else",
        passage: "A day ticket costs 20 euros, and 10 euros for members.",
        is_true: &["A day ticket costs 20 euros."],
        is_false: &["A day ticket costs 20 euros for 10 people."],
    },
    Case {
        kind: "a verb before a preposition",
        passage: "Members meet in the hall on Mondays.",
        is_true: &["On Mondays the members meet in the hall."],
        is_false: &["Members sleep in the hall on Mondays."],
    },
    Case {
        kind: "a unit that is left out",
        passage: "Members may borrow a tool for 14 days, and extend it by a further 7 days.",
        is_true: &["Members can keep a tool for 14 days, plus 7 more."],
        is_false: &["Members can keep a tool for 14 days, plus 9 more."],
    },
    Case {
        kind: "two votes against each other",
        passage: "会议以九票赞成、四票反对通过了扩建车库的方案。",
        is_true: &["扩建车库的方案以9比4通过。"],
        is_false: &["扩建车库的方案以9比3通过。"],
    },
    Case {
        kind: "one of something",
        passage: "滑雪板租金每副五十元。",
        is_true: &["租一副滑雪板要50元。"],
        is_false: &["租一副滑雪板要60元。"],
    },
    Case {
        kind: "what fails in other words",
        passage: "Uploads of more than 50 files fail after two minutes.",
        is_true: &["Uploads with over 50 files broke off after two minutes."],
        is_false: &["Uploads with over 50 files broke off after three minutes."],
    },
    Case {
        kind: "nobody but one",
        passage: "Nobody except the caretaker may enter the boiler room.",
        is_true: &["Only the caretaker may enter the boiler room."],
        is_false: &["Only the tenants may enter the boiler room."],
    },
    Case {
        kind: "nobody but one, and another denial",
        passage: "Nobody except the coach may open the shed, and guests may not smoke there.",
        is_true: &["Only the coach may open the shed."],
        is_false: &["Only the coach may open the shed, and guests may smoke there."],
    },
    Case {
        kind: "a decision that is not another one",
        passage: "The bid for the tower was not approved.",
        is_true: &["The bid for the tower wasn't approved."],
        is_false: &["The bid for the tower was withdrawn."],
    },
    Case {
        kind: "a decision that was not taken",
        passage: "The request for a new oven was postponed to May because an offer is missing.",
        is_true: &["The request for a new oven was put off until May."],
        is_false: &["The new oven was approved."],
    },
];

fn carries(checks: &Checks, case: &Case, text: &str) -> bool {
    let sources = [Source::new(case.passage, "")];
    let question = Reading::of("What must I know?");
    let ground = Ground::new(&sources, &question);
    let statement = [Statement::parse(&format!("{text} [1]"))];
    let found = futures::executor::block_on(checks.check(&statement, ground));
    matches!(found[..], [Finding::Carried(_)])
}

#[test]
fn kinds_of_statements_are_told_apart_whatever_a_model_vouches_for() {
    let judged = Checks::new(vec![Box::new(fooled()) as Box<dyn Checker>]);
    let mut wrong = Vec::new();
    for case in CASES {
        let lost = case
            .is_true
            .iter()
            .filter(|text| !carries(&judged, case, text));
        wrong.extend(lost.map(|text| format!("{}, lost: {text}", case.kind)));
        let passed = case
            .is_false
            .iter()
            .filter(|text| carries(&judged, case, text));
        wrong.extend(passed.map(|text| format!("{}, let through: {text}", case.kind)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn words_let_nothing_false_of_these_kinds_through() {
    let by_words = Checks::new(vec![Box::new(Words) as Box<dyn Checker>]);
    for case in CASES {
        for text in case.is_false {
            assert!(!carries(&by_words, case, text), "{}: {text}", case.kind);
        }
    }
}

#[test]
fn words_carry_what_is_said_in_two_words_of_its_own_and_no_superlative() {
    let by_words = Checks::new(Vec::new());
    let case = Case {
        kind: "own words",
        passage: "The form must be handed in at the office six weeks before the course begins.\n\n| Lamp | Light | Weight |\n|---|---|---|\n| Aro 1 | 300 lm | 60 g |\n| Aro 2 | 800 lm | 120 g |",
        is_true: &["Bring the form to the office six weeks before the course begins."],
        is_false: &[
            "The Aro 2 is the lightest.",
            "The form must be handed in at the office and the gym six weeks before the course begins.",
            "The pets must be handed in at the office six weeks before the course begins.",
        ],
    };
    for text in case.is_true {
        assert!(carries(&by_words, &case, text), "{text}");
    }
    for text in case.is_false {
        assert!(!carries(&by_words, &case, text), "{text}");
    }
}
