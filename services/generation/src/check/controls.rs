//! Statements that are certainly false, put to a checking model among those of an answer: a model that vouches for one of
//! them vouches for anything, and is not believed.
//!
//! Each is a sentence of a source with one thing changed, as a lie would be: a number, or whether it is so at all.

use std::{
    hash::{DefaultHasher, Hash as _, Hasher as _},
    ops::RangeInclusive,
};

use stoa_language::{Language, Reading, markers::Class, quantity::Quantity};

use super::{
    Finding, Ground, Statement,
    agree::{self, CONDITIONS, says_one},
    nearest::Units,
    words,
};
use crate::read::{Source, Unit, UnitKind};

/// Characters of a sentence that a control is made of: a shorter one says too little to be false, a longer one costs more
/// to read than it tells.
const LENGTH: RangeInclusive<usize> = 8..=240;
/// Sources that are tested in one call; statements of more are rare, and then the model is not tested.
const SOURCES: usize = 3;
/// How much a number grows: a length of two may be of three days.
const STEPS: RangeInclusive<u64> = 3..=8;

/// Words that leave a number open.
const ABOUT: [&str; 14] = [
    "about",
    "around",
    "approximately",
    "roughly",
    "nearly",
    "almost",
    "some",
    "circa",
    "etwa",
    "rund",
    "ungefähr",
    "environ",
    "约",
    "左右",
];

/// What turns a sentence round that has the first of each: auxiliaries, and in Chinese the words of what may not be.
const TURNS: &[(Language, &[(&str, &str)])] = &[
    (
        Language::English,
        &[
            (" is ", " is not "),
            (" are ", " are not "),
            (" was ", " was not "),
            (" were ", " were not "),
            (" can ", " cannot "),
            (" may ", " may not "),
            (" must ", " need not "),
            (" will ", " will not "),
        ],
    ),
    (
        Language::German,
        &[
            (" ist ", " ist nicht "),
            (" sind ", " sind nicht "),
            (" wird ", " wird nicht "),
            (" werden ", " werden nicht "),
            (" darf ", " darf nicht "),
            (" dürfen ", " dürfen nicht "),
            (" muss ", " muss nicht "),
            (" müssen ", " müssen nicht "),
        ],
    ),
    (
        Language::Chinese,
        &[
            ("禁止", "允许"),
            ("严禁", "允许"),
            ("不可以", "可以"),
            ("不得", "可以"),
            ("不能", "可以"),
            ("必须", "不必"),
            ("须", "不必"),
            ("可以", "不可以"),
        ],
    ),
];

/// Negations that leave a sentence when they are taken out of it.
const NEGATIONS: [&str; 4] = ["not", "never", "nicht", "niemals"];

/// Chinese digits, each with a later one that no slip takes for it.
const CHINESE: [(char, char); 7] = [
    ('二', '五'),
    ('两', '五'),
    ('三', '六'),
    ('四', '七'),
    ('五', '八'),
    ('六', '九'),
    ('七', '九'),
];

/// What a model is asked of statements that are checked together.
pub(super) struct Controls {
    statements: Vec<Statement>,
    /// How many of the statements that are checked stand before them.
    at: usize,
    /// Each source is tested, and by a sentence that does not say itself that it is false.
    pub(super) tell: bool,
}

impl Controls {
    /// Of the sources that some statements cite.
    pub(super) fn of(statements: &[Statement], ground: Ground<'_>) -> Self {
        let mut sources: Vec<(usize, &Source)> = Vec::new();
        for (n, source) in statements
            .iter()
            .flat_map(|statement| ground.cited(statement))
        {
            if !sources.iter().any(|(other, _)| *other == n) {
                sources.push((n, source));
            }
        }
        let (mut found, mut plain, mut tested) = (Vec::new(), false, 0);
        for (n, source) in sources.iter().take(SOURCES) {
            let own = controls(statements, *n, source, ground);
            tested += usize::from(!own.is_empty());
            plain |= own.iter().any(|(_, is_plain)| *is_plain);
            found.extend(own.into_iter().map(|(control, _)| control));
        }
        let mut hasher = DefaultHasher::new();
        statements.iter().for_each(|own| own.text.hash(&mut hasher));
        let places = statements.len() as u64 + 1;
        Self {
            statements: found,
            // By their texts, so that no place in the list tells a control.
            at: usize::try_from(hasher.finish() % places).unwrap_or(0),
            tell: plain && tested == sources.len(),
        }
    }

    /// The statements with the controls among them.
    pub(super) fn among(&self, statements: &[Statement]) -> Vec<Statement> {
        let (before, behind) = statements.split_at(self.at);
        [before, &self.statements[..], behind].concat()
    }

    /// The number, from 1, of a statement by its place from 0.
    pub(super) fn number(&self, place: usize) -> usize {
        let before = if place < self.at {
            0
        } else {
            self.statements.len()
        };
        place + 1 + before
    }

    #[cfg(test)]
    pub(super) fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// Their own numbers.
    pub(super) fn numbers(&self) -> std::ops::Range<usize> {
        self.at + 1..self.at + 1 + self.statements.len()
    }
}

/// Controls of a source, and whether each is plain: nothing in it says that it is false.
fn controls(
    statements: &[Statement],
    n: usize,
    source: &Source,
    ground: Ground<'_>,
) -> Vec<(Statement, bool)> {
    // The sentence that the statements are about, so that a control is told from them by its truth alone.
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
    // What the source says in another place is no lie.
    let is_false = |text: &String| {
        let control = Statement {
            text: text.clone(),
            cited: vec![n],
        };
        matches!(
            words::finding(&control, &Units::new(), ground),
            Finding::Refused(_)
        )
    };
    let first =
        |of: &dyn Fn(&Reading) -> Option<String>| sentences.iter().filter_map(of).find(is_false);
    let number = first(&|sentence| other_number(sentence, source));
    let turned = first(&turned);
    let denied = if turned.is_none() {
        sentences.first().map(denied).filter(is_false)
    } else {
        None
    };
    let plain = [number, turned]
        .into_iter()
        .flatten()
        .map(|text| (text, true));
    plain
        .chain(denied.map(|text| (text, false)))
        .map(|(text, is_plain)| {
            let cited = vec![n];
            (Statement { text, cited }, is_plain)
        })
        .collect()
}

fn serves(unit: &Unit) -> bool {
    matches!(unit.kind, UnitKind::Sentence | UnitKind::Item)
        && !unit.instructs
        && LENGTH.contains(&unit.text.chars().count())
}

/// A sentence with its last number grown to one that its source does not have. The first may begin a range, and a range
/// that begins later lies within it.
fn other_number(sentence: &Reading, source: &Source) -> Option<String> {
    if says_one(&sentence.text, &ABOUT) {
        return None;
    }
    let quantity = sentence.quantities.iter().rfind(|own| !own.weak)?;
    // "At most six" says at most nine, too.
    if agree::is_bounded(sentence, quantity) {
        return None;
    }
    let said = sentence.text.get(quantity.range.clone())?;
    let other = grown(said, source).or_else(|| grown_in_chinese(said, quantity, source))?;
    let text = &sentence.text;
    Some(format!(
        "{}{other}{}",
        &text[..quantity.range.start],
        &text[quantity.range.end..]
    ))
}

fn grown(said: &str, source: &Source) -> Option<String> {
    let from = said.find(|c: char| c.is_ascii_digit())?;
    let digits = said[from..].bytes().take_while(u8::is_ascii_digit).count();
    let number: u64 = said[from..from + digits].parse().ok()?;
    STEPS.into_iter().find_map(|step| {
        let other = number.checked_add(step)?.to_string();
        let is_new = !source.text.contains(&other) && !source.context.contains(&other);
        is_new.then(|| format!("{}{other}{}", &said[..from], &said[from + digits..]))
    })
}

fn grown_in_chinese(said: &str, quantity: &Quantity, source: &Source) -> Option<String> {
    // 一 before a measure word is an article, and what may be none is no number to change.
    let (at, digit, other) = said.char_indices().rev().find_map(|(at, c)| {
        let (_, other) = CHINESE.iter().find(|(digit, _)| *digit == c)?;
        Some((at, c, *other))
    })?;
    let changed = format!("{}{other}{}", &said[..at], &said[at + digit.len_utf8()..]);
    let is_new = !source.text.contains(&changed) && !source.context.contains(&changed);
    (is_new && !quantity.weak).then_some(changed)
}

/// A sentence turned round by one word, in a way that its language has.
fn turned(sentence: &Reading) -> Option<String> {
    let text = &sentence.text;
    // "Whether it is open or not" and "if it is open" say nothing that could be turned round.
    if says_one(text, &CONDITIONS) || says_one(text, &["or", "oder", "only", "nur"]) {
        return None;
    }
    let mut negations = sentence
        .marks
        .iter()
        .filter(|mark| mark.class == Class::Not);
    let (first, second) = (negations.next(), negations.next());
    if let (Some(mark), None) = (first, second)
        && let Some(word) = text.get(mark.range.clone())
        && NEGATIONS.contains(&word)
    {
        let before = text[..mark.range.start].trim_end();
        return Some(format!("{before}{}", &text[mark.range.end..]));
    }
    let (_, turns) = TURNS
        .iter()
        .find(|(language, _)| *language == sentence.language)?;
    let (from, to) = turns
        .iter()
        .find(|(from, _)| text.matches(from).count() == 1)?;
    let is_chinese = sentence.language == Language::Chinese;
    // A second negation might take the first back.
    (is_chinese || first.is_none()).then(|| text.replacen(from, to, 1))
}

/// A sentence that says that another one is not so.
fn denied(sentence: &Reading) -> String {
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

    fn of(texts: &[&str], statement: &str) -> (Vec<String>, bool) {
        let sources: Vec<Source> = texts.iter().map(|text| Source::new(text, "")).collect();
        let question = Reading::of("What must I know?");
        let ground = Ground::new(&sources, &question);
        let cited: String = (1..=texts.len()).map(|n| format!("[{n}]")).collect();
        let statement = Statement::parse(&format!("{statement} {cited}"));
        let controls = Controls::of(&[statement], ground);
        let found = controls.statements.into_iter();
        (found.map(|control| control.text).collect(), controls.tell)
    }

    #[test]
    fn a_control_is_a_sentence_with_one_thing_changed() {
        for (text, wanted) in [
            (
                "# Club\n\nMembership costs 240 crowns a year. Boats are not lent to guests.",
                &[
                    "Membership costs 243 crowns a year.",
                    "Boats are lent to guests.",
                ][..],
            ),
            (
                "Das Bad ist von 9 bis 17 Uhr geöffnet.",
                &["Das Bad ist nicht von 9 bis 17 Uhr geöffnet."],
            ),
            (
                "面包每天早上七点出炉。参考书不得外借。",
                &["面包每天早上九点出炉。", "参考书可以外借。"],
            ),
        ] {
            let (found, tell) = of(&[text], "It is so.");
            assert_eq!(found, wanted);
            assert!(tell, "{text}");
        }
    }

    #[test]
    fn what_may_still_be_true_is_no_control() {
        let (found, tell) = of(
            &[
                "You may borrow at most 6 books or 9 films. About 250 people come, whether or not it rains.",
            ],
            "Books can be borrowed.",
        );
        assert_eq!(
            found,
            [
                "You may borrow at most 6 books or 12 films.",
                "The following is false: You may borrow at most 6 books or 9 films."
            ]
        );
        assert!(tell);
        let said = "Room 12 is open. It may be locked, but room 12 is not open on Sundays. The hall is not let.";
        let (found, _) = of(&[said], "The hall is let.");
        assert!(
            !found.contains(&"Room 12 is not open.".to_owned()),
            "{found:?}"
        );
        let (found, tell) = of(&["# Opening hours"], "It is open.");
        assert_eq!((found.len(), tell), (0, false));
    }

    #[test]
    fn each_source_is_tested_or_the_model_is_not() {
        let (found, tell) = of(
            &[
                "The hall seats 85 people.",
                "The shop opens at 9 on Mondays.",
            ],
            "The hall seats 85, and the shop opens at 9.",
        );
        assert!(tell && found.len() >= 2, "{found:?}");
        let (_, tell) = of(
            &["The hall seats 85 people.", "# Shop"],
            "The hall seats 85.",
        );
        assert!(!tell);
    }

    #[test]
    fn statements_keep_their_numbers_among_the_controls() {
        let sources = [Source::new(
            "Boats are not lent to guests. The hut seats 20.",
            "",
        )];
        let question = Reading::of("What must I know?");
        let ground = Ground::new(&sources, &question);
        for count in 1..8 {
            let statements: Vec<Statement> = (0..count)
                .map(|n| Statement::parse(&format!("The hut has room number {n}. [1]")))
                .collect();
            let controls = Controls::of(&statements, ground);
            let among = controls.among(&statements);
            for (place, statement) in statements.iter().enumerate() {
                assert_eq!(among[controls.number(place) - 1].text, statement.text);
            }
            for (n, control) in controls.numbers().zip(&controls.statements) {
                assert_eq!(among[n - 1].text, control.text);
            }
            assert_eq!(among.len(), statements.len() + controls.numbers().len());
        }
    }
}
