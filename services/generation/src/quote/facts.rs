//! Questions that ask for more than one thing, as the single questions that they are.

use stoa_language::{Language, Reading};

use super::lists::Lists;

/// Most things that are asked for in one question.
const MOST: usize = 3;
/// Words with which a part of a question means something of the part before it.
const POINTERS: &[&str] = &[
    "it", "its", "they", "their", "them", "he", "his", "him", "she", "her", "there", "that", "this",
];
const POINTERS_CHINESE: &[&str] = &["它", "他", "她", "其"];

/// The questions of a question: one, or each that asks with a word of its own.
pub(crate) fn questions(asked: &Reading) -> Vec<String> {
    let lists = Lists::of(asked.language);
    let mut questions: Vec<&str> = Vec::new();
    let mut begin = 0;
    for (at, end) in seams(&asked.text, asked.language) {
        let (before, after) = (&asked.text[begin..at], &asked.text[end..]);
        // Both sides must ask, so that "salt and pepper" and a list of names stay whole.
        if questions.len() + 1 < MOST && asks(lists, before, false) && asks(lists, after, true) {
            questions.push(before);
            begin = end;
        }
    }
    questions.push(&asked.text[begin..]);
    let whole = |(at, question): (usize, &&str)| match at.checked_sub(1) {
        // "Who founded it?" is searched with the part that names it.
        Some(before) if points_back(question) => {
            format!("{} ({})", bare(question), bare(questions[before]))
        }
        _ => bare(question).to_owned(),
    };
    questions.iter().enumerate().map(whole).collect()
}

/// Where a part of a question may end, and where the next begins. A comma alone ends one only where no word joins the parts:
/// "When it rains, where do we meet?" asks one thing.
fn seams(text: &str, language: Language) -> Vec<(usize, usize)> {
    let lists = Lists::of(language);
    let comma = |mark: &str| !lists.running && mark == ",";
    let marks = text.match_indices([',', ';', '?', '，', '；', '？', '、']);
    let marks = marks.filter(|(_, mark)| !comma(mark));
    let mut seams: Vec<(usize, usize)> = marks.map(|(at, mark)| (at, at + mark.len())).collect();
    for word in lists.words("and") {
        let spaced = format!(" {word} ");
        let found = text.match_indices(spaced.as_str());
        seams.extend(found.map(|(at, found)| (at, at + found.len())));
    }
    seams.sort_unstable();
    seams
}

/// Whether a part of a question asks by itself; where spaces part words, `first` with its first word.
fn asks(lists: Lists, part: &str, first: bool) -> bool {
    let prepared = lists.prepare(part);
    let found = lists.first("question", &prepared);
    found.is_some_and(|(at, _)| lists.running || !first || at <= 1)
}

fn points_back(question: &str) -> bool {
    let mut words = question.split(|c: char| !c.is_alphanumeric());
    words.any(|word| POINTERS.contains(&word.to_lowercase().as_str()))
        || POINTERS_CHINESE.iter().any(|word| question.contains(word))
}

fn bare(question: &str) -> &str {
    question
        .trim()
        .trim_end_matches(['?', '？', '.', '。', ','])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(question: &str) -> Vec<String> {
        questions(&Reading::of(question))
    }

    #[test]
    fn each_thing_that_is_asked_for_is_a_question() {
        assert_eq!(
            of("How many rooms are there, and who cleans them?"),
            [
                "How many rooms are there",
                "who cleans them (How many rooms are there)"
            ]
        );
        assert_eq!(
            of("When does the bakery open and where is the market?"),
            ["When does the bakery open", "where is the market"]
        );
        assert_eq!(of("食堂几点开门，经理是谁？"), ["食堂几点开门", "经理是谁"]);
        assert_eq!(of("Wann öffnet das Bad und wer leitet es?").len(), 2);
    }

    #[test]
    fn one_question_is_one() {
        for question in [
            "Who feeds the cats and the dogs?",
            "When it rains, where do we meet?",
            "请问，食堂几点开门？",
            "",
        ] {
            assert_eq!(of(question).len(), 1, "{question}");
        }
    }
}
