//! A model that copies: whatever it is asked, it writes a sentence of its sources.

use std::collections::HashSet;

use super::judge::{numbered, sentences};

/// That it does not know, in two pieces.
pub(super) const UNKNOWN: [&str; 2] = ["I don't ", "know."];

/// The answer to a question under its sources, in two pieces.
pub(super) fn answer(asked: &str) -> [String; 2] {
    let answer = best(asked).unwrap_or_else(|| UNKNOWN.concat());
    let half = answer.len() / 2;
    let at = answer
        .char_indices()
        .map(|(at, _)| at)
        .find(|at| *at >= half)
        .unwrap_or(answer.len());
    let (first, second) = answer.split_at(at);
    [first.to_owned(), second.to_owned()]
}

/// The sentence that has most of the question's words, with its source.
fn best(asked: &str) -> Option<String> {
    let (_, sources) = asked.rsplit_once("Sources:\n")?;
    let (sources, question) = sources.rsplit_once("\nQuestion: ")?;
    let wanted = words(question);
    let sources = numbered(sources);
    let all = sources
        .iter()
        .flat_map(|(number, text)| sentences(text).map(move |sentence| (number, sentence)));
    let (number, sentence) =
        all.max_by_key(|(_, sentence)| words(sentence).intersection(&wanted).count())?;
    Some(format!("{sentence} [{number}]"))
}

fn words(text: &str) -> HashSet<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.len() > 3)
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_copies_what_the_question_is_about() {
        let asked = "Sources:\n[1] Harbour\nThe harbour pilot is called Kabranak.\n\nThe keeper of the bell is \
                     called Lobranak.\n\n\nQuestion: What is the keeper of the bell called?";
        let answer = answer(asked).concat();
        assert_eq!(answer, "The keeper of the bell is called Lobranak. [1]");
    }
}
