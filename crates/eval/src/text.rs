//! What is said, against what would have been right to say.

use std::collections::HashMap;

use stoa_language::script::is_unspaced;

/// Words that say nothing, as the F1 of SQuAD leaves them out.
const ARTICLES: [&str; 3] = ["a", "an", "the"];

/// Overlap of an answer with the reference that it is nearest to, 0 to 1: of words as SQuAD counts them, or of
/// characters where the reference is in a script without spaces. 0 without references.
pub(crate) fn f1(answer: &str, references: &[String]) -> f64 {
    let overlaps = references.iter().map(|reference| {
        let parts: fn(&str) -> Vec<String> = if reference.chars().any(is_unspaced) {
            characters
        } else {
            words
        };
        overlap(&parts(answer), &parts(reference))
    });
    overlaps.fold(0.0, f64::max)
}

/// Whether an answer holds one of the references, word for word, whatever their case and punctuation.
pub(crate) fn holds(answer: &str, references: &[String]) -> bool {
    let said = plain(answer, Decimals::Kept);
    references.iter().any(|reference| {
        let wanted = plain(reference, Decimals::Kept);
        !wanted.trim().is_empty() && holds_plain(&said, &wanted)
    })
}

/// An answer without the marks of its citations.
pub(crate) fn without_marks(text: &str) -> String {
    let mut rest = text;
    let mut out = String::with_capacity(text.len());
    while let Some(at) = rest.find('[') {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        match mark(from) {
            Some((_, after)) => rest = after,
            None => {
                out.push('[');
                rest = &from[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// The number of the mark that a text begins with, such as `[2]`, and what follows it.
pub(crate) fn mark(text: &str) -> Option<(u32, &str)> {
    let (number, after) = text.strip_prefix('[')?.split_once(']')?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    // `[2](address)` is a link.
    if !is_number || after.starts_with('(') {
        return None;
    }
    Some((number.parse().ok()?, after))
}

/// One space where there was any white space, for comparing what is quoted letter for letter.
pub(crate) fn joined(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn overlap(answer: &[String], reference: &[String]) -> f64 {
    if answer.is_empty() || reference.is_empty() {
        return f64::from(u8::from(answer == reference));
    }
    let mut left: HashMap<&str, usize> = HashMap::new();
    for part in reference {
        *left.entry(part).or_default() += 1;
    }
    let mut same = 0_usize;
    for part in answer {
        if let Some(count) = left.get_mut(part.as_str()).filter(|count| **count > 0) {
            *count -= 1;
            same += 1;
        }
    }
    // 2PR / (P + R), with the division done once.
    2.0 * same as f64 / (answer.len() + reference.len()) as f64
}

fn words(text: &str) -> Vec<String> {
    let text = plain(text, Decimals::Dropped);
    let words = text.split_whitespace();
    words
        .filter(|word| !ARTICLES.contains(word))
        .map(str::to_owned)
        .collect()
}

fn characters(text: &str) -> Vec<String> {
    let text = plain(text, Decimals::Dropped);
    let characters = text.chars().filter(|c| !c.is_whitespace());
    characters.map(String::from).collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Decimals {
    /// As SQuAD has it: 2.5 becomes 25.
    Dropped,
    /// 2.5 stays another number than 25, and 2,400 is 2400.
    Kept,
}

/// Lower case, without punctuation.
fn plain(text: &str, decimals: Decimals) -> String {
    let text = text.to_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut before = ' ';
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let after = rest.peek().copied().unwrap_or(' ');
        let is_point = c == '.' && before.is_ascii_digit() && after.is_ascii_digit();
        if is_point && decimals == Decimals::Kept || !is_punctuation(c) {
            out.push(c);
        }
        before = c;
    }
    out
}

fn is_punctuation(c: char) -> bool {
    c.is_ascii_punctuation()
        || (!c.is_alphanumeric()
            && matches!(c, '\u{a1}'..='\u{bf}' | '\u{2010}'..='\u{205e}' | '\u{3001}'..='\u{303f}' | '\u{ff00}'..='\u{ff65}'))
}

/// Words in a row in spaced scripts. Without spaces a match must not begin or end within a number.
fn holds_plain(said: &str, wanted: &str) -> bool {
    if wanted.chars().any(is_unspaced) {
        let squeeze = |text: &str| text.split_whitespace().collect::<String>();
        let (said, wanted) = (squeeze(said), squeeze(wanted));
        return said.match_indices(&wanted).any(|(at, found)| {
            !splits_number(&said[..at], found) && !splits_number(found, &said[at + found.len()..])
        });
    }
    let wanted: Vec<&str> = wanted.split_whitespace().collect();
    // A number that stands between characters without spaces is a word of its own.
    let said = spaced(said);
    let said: Vec<&str> = said.split_whitespace().collect();
    said.windows(wanted.len()).any(|words| words == wanted)
}

fn splits_number(before: &str, after: &str) -> bool {
    let of_number = |c: char| c.is_ascii_digit() || c == '.';
    before.chars().next_back().is_some_and(of_number) && after.chars().next().is_some_and(of_number)
}

fn spaced(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_unspaced(c) {
            out.extend([' ', c, ' ']);
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one(reference: &str) -> Vec<String> {
        vec![reference.to_owned()]
    }

    #[test]
    fn an_answer_is_right_when_it_holds_a_reference() {
        for (answer, reference, right) in [
            ("Everybody gets 27 days of vacation. [1]", "27 days", true),
            ("Everybody gets 127 days.", "27 days", false),
            ("It takes 2.5 days.", "25 days", false),
            ("The budget is 2,400 euros.", "2400 Euros", true),
            ("每位员工每年有27天带薪假期。", "27天", true),
            ("每位员工每年有127天带薪假期。", "27天", false),
            ("一共27天。", "27", true),
            ("一共2.7天。", "7天", false),
            ("anything", "?!", false),
        ] {
            assert_eq!(
                holds(&without_marks(answer), &one(reference)),
                right,
                "{answer}"
            );
        }
    }

    #[test]
    fn marks_are_no_words_and_links_are_no_marks() {
        assert_eq!(
            without_marks("A. [1][12] B [x] [2](u) [3"),
            "A.  B [x] [2](u) [3"
        );
        assert_eq!(mark("[7] rest"), Some((7, " rest")));
        assert_eq!(mark("[]"), None);
        assert_eq!(mark("[99999999999]"), None);
    }

    #[test]
    fn squad_says_the_same_of_overlaps() {
        let reference: serde_json::Value =
            serde_json::from_str(include_str!("../fixtures/reference.json")).expect("JSON");
        for case in reference["overlaps"].as_array().expect("a list") {
            let text = |key: &str| case[key].as_str().expect("a text");
            let value = f1(text("answer"), &one(text("reference")));
            let expected = case["f1"].as_f64().expect("a number");
            assert!((value - expected).abs() < 1e-9, "{case}: {value}");
        }
    }

    #[test]
    fn the_nearest_reference_counts() {
        let references = ["nothing like it".to_owned(), "the 27 days".to_owned()];
        assert!((f1("27 days", &references) - 1.0).abs() < 1e-12);
        assert!((f1("过拟合", &one("过拟合是指")) - 0.75).abs() < 1e-12);
        assert!(f1("x", &[]).abs() < 1e-12);
    }

    proptest! {
        #[test]
        fn overlaps_are_shares(a in "[a-d 我们的]{0,20}", b in "[a-d 我们的]{0,20}") {
            let value = f1(&a, &one(&b));
            prop_assert!((0.0..=1.0).contains(&value));
            let (a, b) = (words(&a), words(&b));
            prop_assert!((overlap(&a, &b) - overlap(&b, &a)).abs() < 1e-12);
        }

        #[test]
        fn the_order_of_words_does_not_matter(words in prop::collection::vec("[a-c]{1,2}", 1..8), b in "[a-c ]{1,12}") {
            let mut turned = words.clone();
            turned.reverse();
            let same = f1(&words.join(" "), &one(&b)) - f1(&turned.join(" "), &one(&b));
            prop_assert!(same.abs() < 1e-12);
        }

        #[test]
        fn what_is_said_whole_is_right(answer in "[a-z0-9 我们]{1,20}") {
            prop_assume!(!answer.trim().is_empty());
            prop_assert!(holds(&answer, &one(&answer)));
        }

        #[test]
        fn no_text_breaks_the_reading_of_marks(text in "\\PC{0,40}") {
            let _ = without_marks(&text);
        }
    }
}
