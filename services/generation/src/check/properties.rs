//! Of a document that says something, a statement with one meaningful word changed is refused, whatever the document
//! and however easily a checking model is fooled.

use stoa_language::Reading;

use super::{Checker, Checks, Finding, Ground, Statement, Words, judge::fooled};
use crate::read::Source;

/// A sentence with places for words, and what each place may hold. `{0}` is the first place.
struct Template {
    sentence: &'static str,
    places: &'static [&'static [&'static str]],
    /// Sentences made from it that say something else.
    turned: &'static [&'static str],
}

const ENGLISH: &[Template] = &[
    Template {
        sentence: "The {0} in {1} opens at {2} on {3}.",
        places: &[
            &["library", "museum", "canteen", "workshop"],
            &["Lund", "Tartu", "Graz", "Porto"],
            &["7:30 a.m.", "8:15 a.m.", "9 a.m.", "10:45 a.m."],
            &["Monday", "Wednesday", "Friday", "Sunday"],
        ],
        turned: &[
            "The {0} in {1} does not open at {2} on {3}.",
            "The {0} in {1} closes at {2} on {3}.",
            "Only the {0} in {1} opens at {2} on {3}.",
        ],
    },
    Template {
        sentence: "{0} acquired {1} in {2} for {3} million euros.",
        places: &[
            &["Brightwater", "Oakfield", "Lindner"],
            &["Fenwick", "Marlow", "Tessin"],
            &["2017", "2019", "2021", "2023"],
            &["3.2", "14", "27", "108"],
        ],
        turned: &[
            "{1} acquired {0} in {2} for {3} million euros.",
            "{0} never acquired {1} in {2} for {3} million euros.",
        ],
    },
    Template {
        sentence: "Requests above {0} dollars are approved by the {1} team within {2} days.",
        places: &[
            &["500", "750", "2,000"],
            &["HR", "IT", "QA"],
            &["two", "three", "ten"],
        ],
        turned: &[
            "Requests above {0} dollars are rejected by the {1} team within {2} days.",
            "Requests below {0} dollars are approved by the {1} team within {2} days.",
            "Requests above {0} dollars are not approved by the {1} team within {2} days.",
            "All requests above {0} dollars are always approved by the {1} team within {2} days.",
        ],
    },
    Template {
        sentence: "Members may borrow {0} boats for {1} hours before {2}.",
        places: &[
            &["two", "three", "five"],
            &["4", "6", "12"],
            &["May", "July", "October"],
        ],
        turned: &[
            "Members may not borrow {0} boats for {1} hours before {2}.",
            "Members may borrow {0} boats for {1} hours after {2}.",
            "Members must borrow {0} boats for {1} hours before {2}.",
            "Only members may borrow {0} boats for {1} hours before {2}.",
        ],
    },
    Template {
        sentence: "Firmware {0} runs on the {1} down to {2} degrees.",
        places: &[
            &["3.2.1", "3.2.4", "4.0.1"],
            &["HX-1401", "HX-1041", "KD-77"],
            &["-5", "-15", "5"],
        ],
        turned: &["Firmware {0} does not run on the {1} down to {2} degrees."],
    },
];

const CHINESE: &[Template] = &[
    Template {
        sentence: "{0}图书馆{1}{2}开放。",
        places: &[
            &["海淀", "浦东", "天河", "渝中"],
            &["周一", "周三", "周六"],
            &["上午八点", "上午九点半", "下午两点"],
        ],
        turned: &[
            "{0}图书馆{1}{2}不开放。",
            "{0}图书馆{1}{2}关闭。",
            "只有{0}图书馆{1}{2}开放。",
        ],
    },
    Template {
        sentence: "{0}公司在{1}年以{2}万元收购了{3}公司。",
        places: &[
            &["蓝海", "东方", "金石"],
            &["2018", "2020", "2022"],
            &["三百", "五百二十", "1200"],
            &["晨光", "长河", "云山"],
        ],
        turned: &[
            "{3}公司在{1}年以{2}万元收购了{0}公司。",
            "{0}公司在{1}年没有以{2}万元收购{3}公司。",
        ],
    },
    Template {
        sentence: "超过{0}元的申请由{1}部门批准，期限为{2}天。",
        places: &[
            &["五百", "2000", "八千"],
            &["财务", "人事", "技术"],
            &["两", "三", "十"],
        ],
        turned: &[
            "超过{0}元的申请由{1}部门驳回，期限为{2}天。",
            "低于{0}元的申请由{1}部门批准，期限为{2}天。",
        ],
    },
    Template {
        sentence: "会员可以在{0}前借{1}本书。",
        places: &[&["五月", "七月", "十月"], &["三", "六", "十二"]],
        turned: &[
            "会员不可以在{0}前借{1}本书。",
            "会员可以在{0}后借{1}本书。",
            "会员必须在{0}前借{1}本书。",
        ],
    },
];

const GERMAN: &[Template] = &[
    Template {
        sentence: "Die {0} in {1} öffnet am {2} um {3} Uhr.",
        places: &[
            &["Bibliothek", "Werkstatt", "Kantine"],
            &["Graz", "Bremen", "Basel"],
            &["Montag", "Mittwoch", "Freitag"],
            &["8", "9", "10"],
        ],
        turned: &[
            "Die {0} in {1} öffnet nicht am {2} um {3} Uhr.",
            "Die {0} in {1} schließt am {2} um {3} Uhr.",
            "Nur die {0} in {1} öffnet am {2} um {3} Uhr.",
        ],
    },
    Template {
        sentence: "Anträge über {0} Euro werden nach {1} Tagen genehmigt.",
        places: &[&["200", "450", "1.500"], &["zwei", "fünf", "zwanzig"]],
        turned: &[
            "Anträge über {0} Euro werden nach {1} Tagen abgelehnt.",
            "Anträge unter {0} Euro werden nach {1} Tagen genehmigt.",
            "Anträge über {0} Euro werden nicht nach {1} Tagen genehmigt.",
        ],
    },
    Template {
        sentence: "Gäste haben am {0} einen Schlüssel für {1} Euro erhalten.",
        places: &[&["3. März", "14. Mai", "31. Oktober"], &["15", "25", "50"]],
        turned: &["Gäste haben am {0} keinen Schlüssel für {1} Euro erhalten."],
    },
];

/// Any place: without a model to vouch for it, no word may be another.
fn any(_: &[&str]) -> bool {
    true
}

/// Places of numbers, dates and codes: what a paraphrase cannot say otherwise.
fn has_no_other_words(choices: &[&str]) -> bool {
    choices.iter().all(|choice| {
        !stoa_language::quantity::find(choice).is_empty()
            || choice.contains('-')
            || choice.contains('.')
    })
}

/// Every filling of the places, and with each the statements that differ in one of them.
fn cases(template: &Template, tells: fn(&[&str]) -> bool) -> Vec<(String, Vec<String>)> {
    let mut fillings: Vec<Vec<&str>> = vec![Vec::new()];
    for choices in template.places {
        fillings = fillings
            .into_iter()
            .flat_map(|filling| {
                choices.iter().map(move |choice| {
                    let mut longer = filling.clone();
                    longer.push(choice);
                    longer
                })
            })
            .collect();
    }
    fillings
        .into_iter()
        .step_by(5)
        .map(|filling| {
            let mut wrong: Vec<String> = template
                .turned
                .iter()
                .map(|turned| fill(turned, &filling))
                .collect();
            let telling = template
                .places
                .iter()
                .enumerate()
                .filter(|(_, choices)| tells(choices));
            for (place, choices) in telling {
                for choice in choices.iter().filter(|choice| **choice != filling[place]) {
                    let mut other = filling.clone();
                    other[place] = choice;
                    wrong.push(fill(template.sentence, &other));
                }
            }
            (fill(template.sentence, &filling), wrong)
        })
        .collect()
}

fn fill(sentence: &str, filling: &[&str]) -> String {
    (0..)
        .zip(filling)
        .fold(sentence.to_owned(), |text, (n, word): (usize, _)| {
            text.replace(&format!("{{{n}}}"), word)
        })
}

/// Of all statements with one word changed, those that a checker lets through.
fn wrongly_accepted(
    templates: &[Template],
    checker: &dyn Checker,
    tells: fn(&[&str]) -> bool,
) -> (Vec<String>, usize) {
    let mut accepted = Vec::new();
    let mut tried = 0;
    for template in templates {
        for (sentence, wrong) in cases(template, tells) {
            let sources = [Source::new(&sentence, "")];
            let question = Reading::of(&sentence);
            let ground = Ground {
                sources: &sources,
                question: &question,
            };
            for text in wrong {
                tried += 1;
                let statement = [Statement {
                    text: text.clone(),
                    cited: vec![1],
                }];
                let findings = futures::executor::block_on(checker.check(&statement, ground))
                    .expect("it checks");
                if matches!(findings[..], [Finding::Carried(_)]) {
                    accepted.push(format!("{sentence} => {text}"));
                }
            }
        }
    }
    (accepted, tried)
}

#[test]
#[expect(clippy::print_stdout, reason = "the rate is what is measured")]
fn a_statement_with_one_word_changed_is_refused() {
    for (language, templates) in [
        ("English", ENGLISH),
        ("Chinese", CHINESE),
        ("German", GERMAN),
    ] {
        let (accepted, tried) = wrongly_accepted(templates, &Words, any);
        println!(
            "{language}, by words: {} of {tried} wrongly accepted",
            accepted.len()
        );
        assert!(tried > 100, "{tried}");
        assert!(accepted.len() * 50 <= tried, "{}", accepted.join("\n"));
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "the rate is what is measured")]
fn a_model_that_is_always_fooled_changes_little() {
    for (language, templates) in [
        ("English", ENGLISH),
        ("Chinese", CHINESE),
        ("German", GERMAN),
    ] {
        let (accepted, tried) = wrongly_accepted(templates, &fooled(), has_no_other_words);
        println!(
            "{language}, by a fooled model: {} of {tried} wrongly accepted",
            accepted.len()
        );
        assert!(accepted.len() * 20 <= tried * 3, "{}", accepted.join("\n"));
    }
}

#[test]
fn what_a_document_says_is_carried() {
    for templates in [ENGLISH, CHINESE, GERMAN] {
        for template in templates {
            for (sentence, _) in cases(template, any) {
                let sources = [Source::new(&sentence, "")];
                let question = Reading::of(&sentence);
                let ground = Ground {
                    sources: &sources,
                    question: &question,
                };
                // As a statement of its own words, and by the words alone.
                let statement = [Statement::parse(&sentence)];
                let found =
                    futures::executor::block_on(Checks::new(Vec::new()).check(&statement, ground));
                assert!(
                    matches!(found[..], [Finding::Carried(_)]),
                    "{sentence}: {found:?}"
                );
                let found = futures::executor::block_on(Words.check(&statement, ground))
                    .expect("it checks");
                assert!(
                    matches!(found[..], [Finding::Carried(_)]),
                    "{sentence}: {found:?}"
                );
            }
        }
    }
}
