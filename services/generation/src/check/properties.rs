//! Of a document that says something, a statement with one meaningful word changed is refused, whatever the document
//! and however easily a checking model is fooled.

mod documents;

use stoa_language::Reading;

use self::documents::{CHINESE, ENGLISH, GERMAN, Template};
use super::{
    Checker, Checks, Finding, Ground, Statement, Words, controls::Controls, judge::fooled,
};
use crate::read::Source;

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

/// Some of the fillings of the places.
fn fillings(template: &Template) -> Vec<Vec<&'static str>> {
    let mut fillings: Vec<Vec<&'static str>> = vec![Vec::new()];
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
    fillings.into_iter().step_by(5).collect()
}

/// For each filling the sentence, and the statements that differ from it in one place.
fn cases(template: &Template, tells: fn(&[&str]) -> bool) -> Vec<(String, Vec<String>)> {
    fillings(template)
        .into_iter()
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
            let ground = Ground::new(&sources, &question);
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
        let (accepted, tried) = wrongly_accepted(templates, &Words::default(), any);
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
                let ground = Ground::new(&sources, &question);
                // As a statement of its own words, and by the words alone.
                let statement = [Statement::parse(&sentence)];
                let found =
                    futures::executor::block_on(Checks::new(Vec::new()).check(&statement, ground));
                assert!(
                    matches!(found[..], [Finding::Carried(_)]),
                    "{sentence}: {found:?}"
                );
                let found = futures::executor::block_on(Words::default().check(&statement, ground))
                    .expect("it checks");
                assert!(
                    matches!(found[..], [Finding::Carried(_)]),
                    "{sentence}: {found:?}"
                );
            }
        }
    }
}

#[test]
#[expect(clippy::print_stdout, reason = "the rate is what is measured")]
fn what_a_model_is_tested_with_is_false() {
    let (mut tried, mut stands) = (0, Vec::new());
    for template in [ENGLISH, CHINESE, GERMAN].into_iter().flatten() {
        for (sentence, _) in cases(template, any) {
            let sources = [Source::new(&sentence, "")];
            let question = Reading::of(&sentence);
            let ground = Ground::new(&sources, &question);
            let controls = Controls::of(&[Statement::parse(&sentence)], ground);
            let controls = controls.statements();
            assert!(!controls.is_empty(), "{sentence}");
            tried += controls.len();
            let found =
                futures::executor::block_on(Checks::new(Vec::new()).check(controls, ground));
            let carried = controls.iter().zip(found);
            let carried = carried.filter(|(_, found)| matches!(found, Finding::Carried(_)));
            stands.extend(carried.map(|(control, _)| format!("{sentence} => {}", control.text)));
        }
    }
    println!("{} of {tried} controls stand by words", stands.len());
    assert!(tried > 300, "{tried}");
    assert!(stands.is_empty(), "{}", stands.join("\n"));
}

/// Of all sentences that say the same in other words, those that a checker refuses.
fn wrongly_refused(templates: &[Template], checker: &dyn Checker) -> (Vec<String>, usize) {
    let mut refused = Vec::new();
    let mut tried = 0;
    for template in templates {
        for filling in fillings(template) {
            let sentence = fill(template.sentence, &filling);
            let sources = [Source::new(&sentence, "")];
            let question = Reading::of(&sentence);
            let ground = Ground::new(&sources, &question);
            for same in template.same {
                tried += 1;
                let statement = [Statement {
                    text: fill(same, &filling),
                    cited: vec![1],
                }];
                let found = futures::executor::block_on(checker.check(&statement, ground))
                    .expect("it checks");
                if let [Finding::Refused(reason)] = &found[..] {
                    refused.push(format!("{sentence} => {}: {reason}", statement[0].text));
                }
            }
        }
    }
    (refused, tried)
}

#[test]
#[expect(clippy::print_stdout, reason = "the rate is what is measured")]
fn what_says_the_same_is_carried_when_a_model_vouches_for_it() {
    for (language, templates) in [
        ("English", ENGLISH),
        ("Chinese", CHINESE),
        ("German", GERMAN),
    ] {
        let (refused, tried) = wrongly_refused(templates, &fooled());
        let (by_words, _) = wrongly_refused(templates, &Words::default());
        println!(
            "{language}, in other words: {} of {tried} refused with a model, {} by words",
            refused.len(),
            by_words.len()
        );
        assert!(refused.len() * 10 <= tried, "{}", refused.join("\n"));
    }
}
