//! Follow-ups to questions that stand alone.

use stoa_language::{Language, Reading};

/// English words that point back.
const POINTERS: &[&str] = &[
    "it", "its", "that", "this", "these", "those", "they", "them", "their", "he", "she", "him",
    "her", "his", "one", "ones", "there", "then", "same", "former", "latter", "else", "more",
    "others", "such", "so",
];
/// Beginnings of questions that go on from the one before.
const OPENINGS: &[&str] = &[
    "and ",
    "but ",
    "or ",
    "so ",
    "what about",
    "how about",
    "why",
    "how so",
    "what else",
    "anything else",
    "also ",
];
/// The same in Chinese.
const CHINESE: &[&str] = &[
    "它",
    "他",
    "她",
    "这",
    "那",
    "其",
    "该",
    "此",
    "呢",
    "还有",
    "为什么",
    "怎么会",
    "前者",
    "后者",
    "上面",
    "上述",
    "刚才",
    "另外",
];
/// A question of so few words, of which fewer say something, says too little to search with.
const FEW_WORDS: usize = 2;
/// A question with as many words of its own names its topic, whatever points back in it.
const OWN_TOPIC: usize = 4;
/// Characters of a Chinese question that says too little alone.
const FEW_CHARACTERS: usize = 4;

/// The question to search with: a follow-up takes along what the turn before was about.
pub(crate) fn standalone(question: &str, before: Option<&str>) -> String {
    let Some(before) = before.filter(|_| is_follow_up(question)) else {
        return question.to_owned();
    };
    let known = Reading::of(question);
    // The question names all of it already: doubled words would only outweigh what is new in it.
    if Reading::of(before).claims().all(|term| known.holds(term)) {
        return question.to_owned();
    }
    format!(
        "{question} ({})",
        before.trim().trim_end_matches(['?', '？', '.', '。'])
    )
}

/// Whether a question is not understood without the one before. One that names its own topic is.
pub(crate) fn is_follow_up(question: &str) -> bool {
    // What is quoted or pasted beside it is what "this" means.
    let mut beside = question.split("\n\n").skip(1);
    if beside.any(says_enough) {
        return false;
    }
    let lower = question.trim().to_lowercase();
    let reading = Reading::of(question);
    let own = reading.claims().count() + reading.quantities.len();
    // A name or a code is a topic of its own: "Does it run on HX-1401?" is searched as it is.
    let names = reading.claims().any(|term| term.name || term.identifier);
    if reading.language == Language::Chinese {
        // Chinese leaves out what is known: of a few characters most are a predicate.
        let short = lower.chars().filter(|c| c.is_alphanumeric()).count() <= FEW_CHARACTERS;
        let points_back = CHINESE.iter().any(|word| lower.contains(word));
        return short || points_back && own < OWN_TOPIC && !names;
    }
    let mut words = lower
        .split(|c: char| !c.is_alphanumeric() && c != '\'')
        .filter(|word| !word.is_empty());
    let points_back = words.any(|word| POINTERS.contains(&word));
    let goes_on = points_back || OPENINGS.iter().any(|opening| lower.starts_with(opening));
    // "Who are the moderators?" is of one word that says something, and whole; "Berlin?" is not.
    let short = lower.split_whitespace().count() <= FEW_WORDS;
    own == 0 || own < FEW_WORDS && (short || goes_on) || goes_on && own < OWN_TOPIC && !names
}

/// Whether a text is more than a word or two, and says something.
fn says_enough(text: &str) -> bool {
    let reading = Reading::of(text);
    let long = if reading.language.is_latin() {
        text.split_whitespace().count() > FEW_WORDS
    } else {
        text.chars().filter(|c| c.is_alphanumeric()).count() > FEW_CHARACTERS
    };
    long && reading.claims().next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_follow_up_takes_its_topic_along() {
        let before = Some("How many vacation days do employees get?");
        let asked = standalone("Do they expire?", before);
        assert_eq!(
            asked,
            "Do they expire? (How many vacation days do employees get)"
        );
        assert!(standalone("为什么呢？", Some("什么是过拟合？")).contains("过拟合"));
        assert!(standalone("And in Berlin?", before).contains("vacation"));
    }

    #[test]
    fn a_question_that_stands_alone_is_left_as_it_is() {
        let before = Some("How many vacation days do employees get?");
        let alone = "Where is the canteen of the Oslo office?";
        assert_eq!(standalone(alone, before), alone);
        assert_eq!(standalone("Do they expire?", None), "Do they expire?");
        let topic = "Which desk of the Oslo office is free, and where is it?";
        assert_eq!(standalone(topic, before), topic, "it names its own topic");
        let short = "Who are the moderators?";
        assert_eq!(standalone(short, before), short, "it is whole");
        let quoted = "Is this right?\n\nThe canteen closes at three.";
        assert_eq!(
            standalone(quoted, before),
            quoted,
            "it brings what is meant"
        );
        assert!(standalone("Do they expire?\n\nThanks!", before).contains("vacation"));
    }
}
