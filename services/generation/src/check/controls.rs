//! Statements that are certainly false, put to a checking model beside those of an answer: a model that vouches for one of
//! them vouches for anything, and is not believed.
//!
//! Each is a sentence of the source with one thing changed, as a lie would be: a number, or whether it is so at all.

use stoa_language::{Language, Reading, markers::Class};

use super::{Ground, Statement, agree, words};
use crate::read::{Source, Unit, UnitKind};

/// Characters of a sentence that a control is made of: a shorter one says too little to be false, a longer one costs more
/// to read than it tells.
const LENGTH: std::ops::RangeInclusive<usize> = 8..=240;

/// Negations that leave a sentence when they are taken out of it.
const NEGATIONS: [&str; 4] = ["not", "never", "nicht", "niemals"];

/// Controls for statements that are checked together. None where no sentence of their sources serves.
pub(super) fn controls(statements: &[Statement], ground: Ground<'_>) -> Vec<Statement> {
    let Some((n, source)) = statements
        .iter()
        .find_map(|statement| ground.cited(statement).first().copied())
    else {
        return Vec::new();
    };
    // The sentence that the statements are about, so that a control is told from them by nothing but its truth.
    let said: Vec<Reading> = statements
        .iter()
        .map(|statement| words::read(&statement.text, source))
        .collect();
    let near = |unit: &Reading| {
        let shared = |said: &Reading| said.claims().filter(|term| unit.holds(term)).count();
        said.iter().map(shared).max().unwrap_or(0)
    };
    let mut sentences: Vec<Reading> = source
        .units
        .iter()
        .filter(|unit| serves(unit))
        .map(|unit| {
            let line: Vec<&str> = unit.text.split_whitespace().collect();
            Reading::in_language(&line.join(" "), source.language)
        })
        .collect();
    sentences.sort_by_key(|sentence| std::cmp::Reverse(near(sentence)));
    let number = sentences
        .iter()
        .find_map(|sentence| other_number(sentence, source));
    let denial = sentences.first().map(denied);
    let texts = [number, denial].into_iter().flatten();
    texts
        .map(|text| Statement {
            text,
            cited: vec![n],
        })
        .collect()
}

fn serves(unit: &Unit) -> bool {
    matches!(unit.kind, UnitKind::Sentence | UnitKind::Item)
        && !unit.instructs
        && LENGTH.contains(&unit.text.chars().count())
}

/// A sentence with one of its numbers changed to one that its source does not have.
fn other_number(sentence: &Reading, source: &Source) -> Option<String> {
    sentence.quantities.iter().find_map(|quantity| {
        // "At most six" says at most seven, too.
        if quantity.weak || agree::is_bounded(sentence, quantity) {
            return None;
        }
        let said = sentence.text.get(quantity.range.clone())?;
        let from = said.find(|c: char| c.is_ascii_digit())?;
        let digits = said[from..].bytes().take_while(u8::is_ascii_digit).count();
        let (before, last) = said[from..from + digits].split_at(digits - 1);
        let last: u8 = last.parse().ok()?;
        // The last digit, as a slip would change it; by three and more, since a length of two may be of three days.
        (3..9).find_map(|step| {
            let other = format!("{before}{}", (last + step) % 10);
            let is_new = !source.text.contains(&other) && other.bytes().any(|digit| digit != b'0');
            let at = quantity.range.start + from;
            is_new.then(|| {
                format!(
                    "{}{other}{}",
                    &sentence.text[..at],
                    &sentence.text[at + digits..]
                )
            })
        })
    })
}

/// A sentence that says that another one is not so.
fn denied(sentence: &Reading) -> String {
    let mut negations = sentence
        .marks
        .iter()
        .filter(|mark| mark.class == Class::Not);
    if let (Some(mark), None) = (negations.next(), negations.next())
        && let Some(word) = sentence.text.get(mark.range.clone())
        && NEGATIONS.contains(&word)
    {
        let before = sentence.text[..mark.range.start].trim_end();
        return format!("{before}{}", &sentence.text[mark.range.end..]);
    }
    let lead = match sentence.language {
        Language::German => "Die folgende Aussage ist falsch:",
        Language::French => "L'affirmation suivante est fausse :",
        Language::Spanish => "La siguiente afirmación es falsa:",
        Language::Italian => "La seguente affermazione è falsa:",
        Language::Portuguese => "A afirmação seguinte é falsa:",
        Language::Dutch => "De volgende bewering is onjuist:",
        Language::Russian => "Следующее утверждение неверно:",
        Language::Chinese => "下面这句话是错的：",
        Language::Japanese => "次の文は誤りです：",
        Language::Korean => "다음 문장은 틀렸습니다:",
        _ => "The following is false:",
    };
    format!("{lead} {}", sentence.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str, statement: &str) -> Vec<String> {
        let sources = [Source::new(text, "")];
        let question = Reading::of("What must I know?");
        let ground = Ground::new(&sources, &question);
        let statement = Statement::parse(&format!("{statement} [1]"));
        let controls = controls(&[statement], ground).into_iter();
        controls.map(|control| control.text).collect()
    }

    #[test]
    fn a_control_is_a_sentence_with_one_thing_changed() {
        let text = "# Club\n\nMembership costs 240 crowns a year. Boats are not lent to guests.";
        assert_eq!(
            of(text, "Guests can't borrow boats."),
            [
                "Membership costs 243 crowns a year.",
                "Boats are lent to guests."
            ]
        );
        assert_eq!(
            of("面包每天早上七点出炉。", "面包七点出炉。"),
            ["下面这句话是错的： 面包每天早上七点出炉。"]
        );
    }

    #[test]
    fn a_number_is_changed_to_none_that_the_source_has() {
        let text = "Room 12 is on floor 3. Room 15 is on floor 3. Ask for the key of room 16.";
        let [number, _] = &of(text, "Room 12 is upstairs.")[..] else {
            panic!("two controls");
        };
        assert_eq!(number, "Room 17 is on floor 3.");
    }

    #[test]
    fn a_bound_is_no_number_to_change() {
        let text = "You may borrow at most 6 books. The card costs nothing.";
        assert_eq!(
            of(text, "Up to 6 books can be borrowed."),
            ["The following is false: You may borrow at most 6 books."]
        );
    }

    #[test]
    fn what_is_no_sentence_makes_no_control() {
        assert_eq!(of("# Opening hours", "It is open."), [""; 0]);
    }
}
