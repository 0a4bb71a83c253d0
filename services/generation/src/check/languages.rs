//! Statements in another language than their passage: a model that vouches for them is believed as far as nothing that
//! every language has is at odds with its quote. A copied sentence needs nobody to vouch for it.

use stoa_language::Reading;

use super::{Checker, Checks, Finding, Ground, Statement, Words, judge::quoting};
use crate::read::Source;

/// A passage, and statements about it: each with the words of the passage that it is about, and whether it is true.
struct Case {
    passage: &'static str,
    question: &'static str,
    statements: &'static [(&'static str, &'static str, bool)],
}

const CASES: &[Case] = &[
    Case {
        passage: "Der Ruderclub verleiht Boote nur an Mitglieder. Anfänger müssen eine Schwimmweste tragen. Das Bootshaus ist von April bis Oktober von 7 bis 21 Uhr geöffnet. Die Aufnahmegebühr beträgt 35 Euro. Hunde sind auf dem Steg nicht erlaubt.",
        question: "What are the rules of the rowing club?",
        statements: &[
            (
                "The boathouse is open from 7:00 to 21:00 between April and October.",
                "Das Bootshaus ist von April bis Oktober von 7 bis 21 Uhr geöffnet.",
                true,
            ),
            (
                "Joining costs 35 euros.",
                "Die Aufnahmegebühr beträgt 35 Euro.",
                true,
            ),
            (
                "Dogs aren't allowed on the jetty.",
                "Hunde sind auf dem Steg nicht erlaubt.",
                true,
            ),
            (
                "Beginners have to wear a life jacket.",
                "Anfänger müssen eine Schwimmweste tragen.",
                true,
            ),
            (
                "Only members can borrow boats.",
                "Der Ruderclub verleiht Boote nur an Mitglieder.",
                true,
            ),
            (
                "Joining costs 53 euros.",
                "Die Aufnahmegebühr beträgt 35 Euro.",
                false,
            ),
            (
                "Dogs are allowed on the jetty.",
                "Hunde sind auf dem Steg nicht erlaubt.",
                false,
            ),
            (
                "Beginners may go without a life jacket.",
                "Anfänger müssen eine Schwimmweste tragen.",
                false,
            ),
            (
                "The boathouse is closed between April and October.",
                "Das Bootshaus ist von April bis Oktober von 7 bis 21 Uhr geöffnet.",
                false,
            ),
            (
                "Guests can borrow boats too.",
                "Der Ruderclub verleiht Boote nur an Mitglieder.",
                false,
            ),
        ],
    },
    Case {
        passage: "图书馆周一闭馆。每张借书证最多可借六本书，期限三十天。逾期每天罚款五元。馆内禁止饮食。未满十二岁的儿童须由家长陪同。",
        question: "What are the rules of the library?",
        statements: &[
            (
                "The library is closed on Mondays.",
                "图书馆周一闭馆。",
                true,
            ),
            (
                "You can borrow up to six books per card for 30 days.",
                "每张借书证最多可借六本书，期限三十天。",
                true,
            ),
            (
                "The fine for overdue books is 5 yuan a day.",
                "逾期每天罚款五元。",
                true,
            ),
            (
                "Eating and drinking are forbidden in the library.",
                "馆内禁止饮食。",
                true,
            ),
            (
                "Children under 12 must come with a parent.",
                "未满十二岁的儿童须由家长陪同。",
                true,
            ),
            ("The library is open on Mondays.", "图书馆周一闭馆。", false),
            (
                "Each card allows up to eight books.",
                "每张借书证最多可借六本书，期限三十天。",
                false,
            ),
            ("Eating is allowed in the library.", "馆内禁止饮食。", false),
            (
                "Children over 12 must come with a parent.",
                "未满十二岁的儿童须由家长陪同。",
                false,
            ),
            (
                "The fine for overdue books is 15 yuan a day.",
                "逾期每天罚款五元。",
                false,
            ),
        ],
    },
    Case {
        passage: "The workshop opens at 9 a.m. on weekdays. Members must book machines two days before use. The laser cutter is not available to guests. Each session lasts at most three hours. Material is sold at cost price.",
        question: "工作坊有什么规定？",
        statements: &[
            (
                "工作坊工作日上午九点开门。",
                "The workshop opens at 9 a.m. on weekdays.",
                true,
            ),
            (
                "会员必须在使用前两天预约机器。",
                "Members must book machines two days before use.",
                true,
            ),
            (
                "访客不能使用激光切割机。",
                "The laser cutter is not available to guests.",
                true,
            ),
            (
                "每次最多使用三小时。",
                "Each session lasts at most three hours.",
                true,
            ),
            (
                "材料按成本价出售。",
                "Material is sold at cost price.",
                true,
            ),
            (
                "工作坊工作日上午八点开门。",
                "The workshop opens at 9 a.m. on weekdays.",
                false,
            ),
            (
                "会员必须在使用后两天预约机器。",
                "Members must book machines two days before use.",
                false,
            ),
            (
                "访客可以使用激光切割机。",
                "The laser cutter is not available to guests.",
                false,
            ),
            (
                "每次至少使用三小时。",
                "Each session lasts at most three hours.",
                false,
            ),
            (
                "会员不必预约机器。",
                "Members must book machines two days before use.",
                false,
            ),
        ],
    },
    Case {
        passage: "Le musée est fermé le mardi. L'entrée est gratuite pour les moins de 18 ans. Les photos sont autorisées sans flash. Le billet coûte 11 euros et reste valable trois jours. Les sacs de plus de 40 litres sont interdits.",
        question: "What should I know before I visit the museum?",
        statements: &[
            (
                "The museum is closed on Tuesdays.",
                "Le musée est fermé le mardi.",
                true,
            ),
            (
                "Admission is free for visitors under 18.",
                "L'entrée est gratuite pour les moins de 18 ans.",
                true,
            ),
            (
                "You may take photos without flash.",
                "Les photos sont autorisées sans flash.",
                true,
            ),
            (
                "A ticket costs 11 euros and is valid for three days.",
                "Le billet coûte 11 euros et reste valable trois jours.",
                true,
            ),
            (
                "Bags larger than 40 litres are not allowed.",
                "Les sacs de plus de 40 litres sont interdits.",
                true,
            ),
            (
                "The museum is open on Tuesdays.",
                "Le musée est fermé le mardi.",
                false,
            ),
            (
                "Admission is free for visitors over 18.",
                "L'entrée est gratuite pour les moins de 18 ans.",
                false,
            ),
            (
                "You may take photos with flash.",
                "Les photos sont autorisées sans flash.",
                false,
            ),
            (
                "A ticket costs 11 euros and is valid for five days.",
                "Le billet coûte 11 euros et reste valable trois jours.",
                false,
            ),
            (
                "Bags larger than 40 litres are allowed.",
                "Les sacs de plus de 40 litres sont interdits.",
                false,
            ),
        ],
    },
];

fn found(checker: &dyn Checker, case: &Case, text: &str) -> Finding {
    let sources = [Source::new(case.passage, "")];
    let question = Reading::of(case.question);
    let ground = Ground::new(&sources, &question);
    let statement = [Statement {
        text: text.to_owned(),
        cited: vec![1],
    }];
    let found = futures::executor::block_on(checker.check(&statement, ground));
    found.expect("it checks").remove(0)
}

/// Of the true and of the false statements, those that are let through and all; and what went wrong.
fn let_through(
    checker: impl Fn(&'static str) -> Box<dyn Checker>,
) -> ([(usize, usize); 2], Vec<String>) {
    let mut counts = [(0, 0); 2];
    let mut wrong = Vec::new();
    for case in CASES {
        for (text, quote, is_true) in case.statements {
            let finding = found(checker(quote).as_ref(), case, text);
            let carried = matches!(finding, Finding::Carried(_));
            let (through, all) = &mut counts[usize::from(!is_true)];
            *through += usize::from(carried);
            *all += 1;
            if carried != *is_true {
                wrong.push(format!("{text} ({is_true}): {finding:?}"));
            }
        }
    }
    (counts, wrong)
}

#[test]
#[expect(clippy::print_stdout, reason = "the rate is what is measured")]
fn a_translation_is_carried_and_a_turned_one_is_not() {
    let ([(kept, all_true), (passed, all_false)], wrong) =
        let_through(|quote| Box::new(quoting(quote)));
    println!(
        "in another language, vouched for by a model that is always fooled: {kept} of {all_true} true and {passed} of {all_false} false statements\n{}",
        wrong.join("\n")
    );
    assert!(kept * 10 >= all_true * 9, "{}", wrong.join("\n"));
    assert!(passed * 20 <= all_false * 3, "{}", wrong.join("\n"));
}

#[test]
fn nobody_but_a_model_vouches_for_a_translation() {
    let ([(kept, _), (passed, _)], _) = let_through(|_| Box::new(Words::default()));
    assert_eq!((kept, passed), (0, 0));
}

/// What copies are made of, with how they are written in an answer: every passage has one sentence as it is meant, a
/// table row and an item of a list.
const COPIES: &[(&str, &str, &[&str])] = &[
    (
        "# Bootshaus\n\nDer Steg ist ab 1. Mai geöffnet. Gäste zahlen **12 Euro** am Tag.\n\n| Boot | Plätze |\n|---|---|\n| Möwe | 4 |\n\nMitzubringen sind:\n\n- feste Schuhe\n- eine Jacke gegen Regen",
        "What should I bring to the boathouse?",
        &[
            "Der Steg ist ab 1. Mai geöffnet. [1]",
            "Gäste zahlen 12 Euro am Tag. [1]",
            "Gäste zahlen **12 Euro** am Tag [1].",
            "„Der Steg ist ab 1. Mai geöffnet.“ [1]",
            "Der Steg ist [1] ab 1. Mai geöffnet.",
            "Boot: Möwe, Plätze: 4 [1]",
            "| Möwe | 4 | [1]",
            "feste Schuhe [1]",
            "Mitzubringen sind: eine Jacke gegen Regen. [1]",
        ],
    ),
    (
        "# 借阅规则\n\n每张证件可借六本书。**珍本**只能在馆内阅读。\n\n| 日期 | 时间 |\n|---|---|\n| 周六 | 10:00 |\n\n办证需要：\n\n- 身份证\n- 一张照片",
        "When is the library open on Saturdays?",
        &[
            "每张证件可借六本书。[1]",
            "珍本只能在馆内阅读。[1]",
            "**珍本**只能在馆内阅读[1]。",
            "“每张证件可借六本书。”[1]",
            "每张证件[1]可借六本书。",
            "日期：周六，时间：10:00 [1]",
            "| 周六 | 10:00 | [1]",
            "办证需要：一张照片 [1]",
        ],
    ),
    (
        "# Release 4.2\n\nThe exporter no longer writes empty rows. Set `retries` to 0 to switch it off.\n\n| Key | Default |\n|---|---|\n| retries | 3 |\n\nRemoved in this release:\n\n- the `--legacy` flag\n- support for Python 3.8",
        "4.2 版本有什么变化？",
        &[
            "The exporter no longer writes empty rows. [1]",
            "Set retries to 0 to switch it off. [1]",
            "*Set `retries` to 0 to switch it off.* [1]",
            "\"The exporter no longer writes empty rows.\" [1]",
            "The exporter [1] no longer writes empty rows.",
            "Key: retries, Default: 3 [1]",
            "| retries | 3 | [1]",
            "support for Python 3.8 [1]",
            "Removed in this release: support for Python 3.8. [1]",
        ],
    ),
];

#[test]
fn a_copy_is_carried_whatever_language_is_asked_in() {
    let mut lost = Vec::new();
    for (passage, question, copies) in COPIES {
        let sources = [Source::new(passage, "")];
        let question = Reading::of(question);
        let ground = Ground::new(&sources, &question);
        for copy in *copies {
            let statement = [Statement::parse(copy)];
            let checks = Checks::new(Vec::new());
            let found = futures::executor::block_on(checks.check(&statement, ground));
            if !matches!(found[..], [Finding::Carried(_)]) {
                lost.push(format!("{copy}: {found:?}"));
            }
        }
    }
    assert!(lost.is_empty(), "{}", lost.join("\n"));
}
