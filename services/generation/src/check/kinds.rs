//! Ways in which a statement is true in other words, and in which it is false in the words of its source: each is told
//! apart although a model vouches for all of them.

mod by_words;
mod pinned;

use stoa_language::Reading;

use super::{Checker, Checks, Finding, Ground, Statement, Words, judge::fooled};
use crate::read::Source;

use by_words::BY_WORDS;
use pinned::PINNED;

/// A passage with statements about it.
struct Case {
    kind: &'static str,
    passage: &'static str,
    is_true: &'static [&'static str],
    is_false: &'static [&'static str],
}

const CASES: &[Case] = &[
    Case {
        kind: "the parted half of a German verb",
        passage: "Handtücher werden vom Bademeister nachgelegt.",
        is_true: &["Der Bademeister legt die Handtücher nach."],
        is_false: &["Der Bademeister legt keine Handtücher nach."],
    },
    Case {
        kind: "what is shut and cannot be used",
        passage: "The bridge to the island is closed from 1 May to 10 August.",
        is_true: &["You can't use the bridge to the island between May 1 and August 10."],
        is_false: &["You can use the bridge to the island between May 1 and August 10."],
    },
    Case {
        kind: "what stands beside something that is shut",
        passage: "The inn is close to the quay and can be booked by phone. Letters can be posted when the office is closed.",
        is_true: &["The inn can be booked by phone."],
        is_false: &[
            "The inn cannot be booked by phone.",
            "Letters cannot be posted when the office is closed.",
        ],
    },
    Case {
        kind: "a sentence that begins with a small letter",
        passage: "Bicycles are not allowed. iPads are lent out.",
        is_true: &["iPads are lent out."],
        is_false: &["iPads are not lent out."],
    },
    Case {
        kind: "how long after something",
        passage: "A locker stays shut for 90 minutes after five wrong codes.",
        is_true: &["After five wrong codes a locker stays shut for an hour and a half."],
        is_false: &["After five wrong codes a locker stays shut for two and a half hours."],
    },
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
    Case {
        kind: "opening hours by either word",
        passage: "The swimming hall is open daily from 7:00 to 21:30.",
        is_true: &["It opens at 7 am and closes at 9:30 pm."],
        is_false: &[
            "It opens at 9:30 pm and closes at 7 am.",
            "The hall closes at 7 am.",
        ],
    },
    Case {
        kind: "what comes first",
        passage: "Visitors sign the register after the tour.",
        is_true: &["Take the tour before you sign the register."],
        is_false: &["Visitors sign the register before the tour."],
    },
    Case {
        kind: "what is excepted",
        passage: "All lockers may be used overnight, except the ones at platform 3.",
        is_true: &["The ones at platform 3 may not be used overnight."],
        is_false: &[
            "The ones at platform 3 may be used overnight.",
            "Every locker may be used overnight.",
        ],
    },
    Case {
        kind: "a day that is excepted",
        passage: "The workshop is open every day except Wednesday.",
        is_true: &["The workshop isn't open on Wednesdays."],
        is_false: &["The workshop is open on Wednesdays."],
    },
    Case {
        kind: "who alone may",
        passage: "The loading ramp is used by drivers only.",
        is_true: &["Only drivers use the loading ramp."],
        is_false: &["Passengers may use the loading ramp."],
    },
    Case {
        kind: "what it costs",
        passage: "Entry to the garden is free; the greenhouse costs 4 euros.",
        is_true: &[
            "Entry to the garden costs nothing.",
            "You pay 4 euros for the greenhouse.",
        ],
        is_false: &["The greenhouse is free."],
    },
    Case {
        kind: "a bound turned round with its verb",
        passage: "Parcels may weigh up to 20 kg.",
        is_true: &["Parcels can't be heavier than 20 kg."],
        is_false: &["Parcels must be heavier than 20 kg."],
    },
    Case {
        kind: "a denial within a word",
        passage: "Nobody has lived on the island since 1957.",
        is_true: &["The island has been uninhabited since 1957."],
        is_false: &["People have lived on the island since 1957."],
    },
    Case {
        kind: "a rate of another period",
        passage: "The pump delivers 300 litres an hour.",
        is_true: &["It delivers 300 litres per hour."],
        is_false: &["It delivers 300 litres a day."],
    },
    Case {
        kind: "a number without its unit",
        passage: "The red line runs every 6 minutes, the blue line every 10.",
        is_true: &["The blue line runs every ten minutes."],
        is_false: &["The blue line runs every six minutes."],
    },
    Case {
        kind: "what is computed",
        passage: "Production rose from 260 tons to 310. A round takes 40 minutes, a game has 6 rounds.",
        is_true: &["Production rose by 50 tons.", "A game takes 240 minutes."],
        is_false: &["Production rose by 60 tons.", "A game takes 250 minutes."],
    },
    Case {
        kind: "who did it",
        passage: "The chapel was founded by Erik Holm in 1820; Ida Brandt gave the bell.",
        is_true: &["Erik Holm founded the chapel in 1820."],
        is_false: &["The chapel was founded by Ida Brandt."],
    },
    Case {
        kind: "to whom it is passed on",
        passage: "The clerk checks the form and sends it to the mayor by the fifth.",
        is_true: &["The form is checked by the clerk and sent to the mayor."],
        is_false: &["The mayor checks the form and sends it to the clerk."],
    },
    Case {
        kind: "whence and whither",
        passage: "The archive was moved from Bremen to Kiel in 1994.",
        is_true: &["In 1994 the archive went from Bremen to Kiel."],
        is_false: &["The archive was moved from Kiel to Bremen in 1994."],
    },
    Case {
        kind: "the subject of the other half",
        passage: "Guests pay at the door; members must register by noon.",
        is_true: &["Members must register by noon."],
        is_false: &["Guests must register by noon."],
    },
    Case {
        kind: "what the other half is about",
        passage: "Players buy their own shoes, but rackets are lent to them.",
        is_true: &["Players buy their own shoes."],
        is_false: &["Players buy their own rackets."],
    },
    Case {
        kind: "none in a row",
        passage: "| Ticket | Bags |\n|---|---|\n| Light | 0 |\n| Plus | 2 |",
        is_true: &["The Light ticket has no bags."],
        is_false: &["The Plus ticket has no bags."],
    },
    Case {
        kind: "a unit in a head",
        passage: "| Lamp | Power (W) | Noise (dB) |\n|---|---|---|\n| Aro | 40 | 24 |\n| Bix | 65 | 31 |",
        is_true: &["The Aro takes 40 watts and makes 24 dB of noise."],
        is_false: &["The Aro takes 65 watts."],
    },
    Case {
        kind: "once in the Chinese of two clauses",
        passage: "迟到一次扣五分，迟到两次取消资格。",
        is_true: &["迟到两次就会取消资格。"],
        is_false: &["迟到一次就会取消资格。"],
    },
    Case {
        kind: "how many of which of two",
        passage: "The choir needs two tenors and one bass.",
        is_true: &["The choir is short of two tenors and one bass."],
        is_false: &["The choir needs two basses and one tenor."],
    },
    Case {
        kind: "a denial before a range",
        passage: "Das Bad ist von 9 bis 17 Uhr geöffnet.",
        is_true: &["Das Bad hat von 9 bis 17 Uhr geöffnet."],
        is_false: &["Das Bad ist nicht von 9 bis 17 Uhr geöffnet."],
    },
    Case {
        kind: "who does it, in Chinese",
        passage: "屋顶由房东维修，门窗由租客维修。",
        is_true: &["门窗由租客维修。"],
        is_false: &["屋顶由租客维修。"],
    },
    Case {
        kind: "a smoking ban in one word",
        passage: "大厅内全面禁烟。",
        is_true: &["大厅内不能抽烟。"],
        is_false: &["大厅内可以抽烟。"],
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
    let by_words = Checks::new(vec![Box::new(Words::default()) as Box<dyn Checker>]);
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
    tells_apart(&by_words, [&case]);
}

#[test]
fn words_tell_apart_what_they_must() {
    let by_words = Checks::new(vec![Box::new(Words::default()) as Box<dyn Checker>]);
    tells_apart(&by_words, BY_WORDS.iter().chain(PINNED));
}

/// All that is told wrongly at once: one mend may cost another kind.
fn tells_apart<'c>(checks: &Checks, cases: impl IntoIterator<Item = &'c Case>) {
    let mut wrong = Vec::new();
    for case in cases {
        let lost = case
            .is_true
            .iter()
            .filter(|text| !carries(checks, case, text));
        wrong.extend(lost.map(|text| format!("{}, lost: {text}", case.kind)));
        let passed = case
            .is_false
            .iter()
            .filter(|text| carries(checks, case, text));
        wrong.extend(passed.map(|text| format!("{}: {text}", case.kind)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
