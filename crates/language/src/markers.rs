//! Words that change what a statement says whatever it is about: negation, exclusion, quantity, duty, opposites.

use std::{collections::HashMap, ops::Range, sync::LazyLock};

use crate::{Language, fold::simplify, script::is_han, words::Token};

/// Characters between the two halves of a marker such as `ne … pas`.
const GAP: usize = 30;

/// What a marker does to its clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Turns it round.
    Not,
    /// Says of something that it is not so, without a negation: fails, lacks.
    Fails,
    /// Leaves something out.
    Except,
    /// Names what is not so, beside what is so in its place.
    Instead,
    /// Means all but those that were named.
    Others,
    /// Leaves everything else out.
    Only,
    /// Leaves nothing out.
    All,
    /// Leaves open how much or how sure.
    Some,
    /// A duty.
    Must,
    /// A permission.
    May,
    /// Up to a moment; with a negation, from then on.
    Until,
    /// Marks who does it after what is done.
    Passive,
    /// One of two opposites.
    Side(Side),
}

/// One of two opposites, such as open and closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Side {
    /// Which opposites; the same in every language.
    pub pair: u16,
    /// The first of them.
    pub first: bool,
    /// What their being opposites means.
    pub kind: Opposites,
}

/// What it means that two words are opposites.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Opposites {
    /// They are two of a kind: left and right.
    Order,
    /// The second is the negation of the first: lost is not won.
    Negation,
    /// So it is, and the second denies also where the first is not named: forbidden is not allowed.
    Denial,
    /// So it is, and each may have a time: it opens at nine and closes at five.
    Hours,
    /// So it is, and an amount of money says the second: free and paid.
    Price,
    /// They say the same from two sides, which is no conflict: what one buys another sells.
    Converse,
    /// They bound the amount beside them: above and below.
    Amount,
    /// They bound the time beside them, or say what comes first: before and after.
    Time,
}

impl Side {
    /// Whether the second is the negation of the first.
    pub fn is_polar(self) -> bool {
        matches!(
            self.kind,
            Opposites::Negation | Opposites::Denial | Opposites::Hours | Opposites::Price
        )
    }

    /// Whether they bound the number beside them.
    pub fn bounds(self) -> bool {
        matches!(self.kind, Opposites::Amount | Opposites::Time)
    }
}

/// A marker in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// What it does.
    pub class: Class,
    /// Where it stands, in bytes.
    pub range: Range<usize>,
}

/// What is looked for.
#[derive(Debug)]
struct Pattern {
    /// Folded characters.
    chars: Vec<char>,
    /// More of it after a gap.
    after_gap: Vec<char>,
    any_ending: bool,
    /// `None` hides what is inside of it.
    class: Option<Class>,
}

/// The markers of one language, by their first character.
type Patterns = HashMap<char, Vec<Pattern>>;

static MARKERS: LazyLock<HashMap<Language, Patterns>> = LazyLock::new(read_all);

const FILES: [&str; 11] = [
    include_str!("../data/markers/en.txt"),
    include_str!("../data/markers/de.txt"),
    include_str!("../data/markers/fr.txt"),
    include_str!("../data/markers/es.txt"),
    include_str!("../data/markers/it.txt"),
    include_str!("../data/markers/pt.txt"),
    include_str!("../data/markers/nl.txt"),
    include_str!("../data/markers/ru.txt"),
    include_str!("../data/markers/zh.txt"),
    include_str!("../data/markers/ja.txt"),
    include_str!("../data/markers/ko.txt"),
];

/// Whether the negations of a language are known, so that their absence means something.
pub fn knows(language: Language) -> bool {
    MARKERS.contains_key(&language)
}

/// The markers of a text, in their order. `tokens` are those of the same text.
pub fn find(text: &str, language: Language, tokens: &[Token<'_>]) -> Vec<Mark> {
    let Some(patterns) = MARKERS.get(&language) else {
        return Vec::new();
    };
    let chars: Vec<(usize, char)> = text.char_indices().map(|(at, c)| (at, plain(c))).collect();
    let mut found: Vec<(Option<Class>, Range<usize>)> = Vec::new();
    for start in 0..chars.len() {
        let Some(candidates) = patterns.get(&chars[start].1) else {
            continue;
        };
        for pattern in candidates {
            if let Some(end) = pattern.end(&chars, start) {
                let to = chars.get(end).map_or(text.len(), |(at, _)| *at);
                let range = chars[start].0..to;
                let is_part = language == Language::German && ends_verb(&chars, start, end);
                if pattern.stands_alone(end - start, &range, tokens) && !is_part {
                    found.push((pattern.class, range));
                }
            }
        }
    }
    outermost(found)
}

/// Whether a German word at the end of its clause is the parted half of its verb: "der Hausmeister füllt das Papier nach."
fn ends_verb(chars: &[(usize, char)], start: usize, end: usize) -> bool {
    let word: String = chars[start..end].iter().map(|(_, c)| *c).collect();
    matches!(word.as_str(), "nach" | "vor" | "ab" | "unter" | "über")
        && chars.get(end).is_none_or(|(_, c)| ".,;:!?".contains(*c))
        // "65 Jahre und über" bounds.
        && !["und ", "oder "].iter().any(|join| {
            let from = start.saturating_sub(join.len());
            chars[from..start].iter().map(|(_, c)| *c).eq(join.chars())
        })
}

/// Of markers inside of one another, the longest says what is meant.
fn outermost(found: Vec<(Option<Class>, Range<usize>)>) -> Vec<Mark> {
    let inside = |inner: &Range<usize>| {
        found.iter().any(|(_, outer)| {
            outer.start <= inner.start && inner.end <= outer.end && outer.len() > inner.len()
        })
    };
    let mut marks: Vec<Mark> = Vec::new();
    for (class, range) in &found {
        if let Some(class) = *class
            && !inside(range)
        {
            let mark = Mark {
                class,
                range: range.clone(),
            };
            if !marks.contains(&mark) {
                marks.push(mark);
            }
        }
    }
    marks
}

impl Pattern {
    fn parse(text: &str, class: Option<Class>) -> Self {
        let (text, any_ending) = match text.strip_suffix('*') {
            Some(stem) => (stem, true),
            None => (text, false),
        };
        let (first, after) = text.split_once(" ~ ").unwrap_or((text, ""));
        Self {
            chars: first.chars().map(plain).collect(),
            after_gap: after.chars().map(plain).collect(),
            any_ending,
            class,
        }
    }

    /// Where a match that starts here ends.
    fn end(&self, chars: &[(usize, char)], start: usize) -> Option<usize> {
        let end = stands_at(&self.chars, chars, start)?;
        if self.after_gap.is_empty() {
            return whole_word(chars, start, end, self.any_ending);
        }
        // The first half takes no ending, or `ne` would be found in `neuf`.
        whole_word(chars, start, end, false)?;
        let reach = (end + GAP).min(chars.len());
        (end..reach)
            // Both halves are in one clause; a `pas` behind a comma belongs to another verb.
            .take_while(|at| !ends_clause(chars, *at))
            .find_map(|at| {
                let end = stands_at(&self.after_gap, chars, at)?;
                whole_word(chars, at, end, self.any_ending)
            })
    }

    /// A single Chinese character means what it says only where it is a word; negations are at home in any.
    fn stands_alone(&self, length: usize, range: &Range<usize>, tokens: &[Token<'_>]) -> bool {
        let exempt = match self.class {
            // 不 and 没 are also negations within a word that the dictionary holds: 不能.
            None | Some(Class::Not | Class::Only) => true,
            Some(Class::Side(side)) => side.bounds(),
            _ => false,
        };
        length != 1
            || exempt
            || !self.chars.iter().all(|c| is_han(*c))
            || tokens.iter().any(|token| token.range == *range)
    }
}

fn stands_at(pattern: &[char], chars: &[(usize, char)], start: usize) -> Option<usize> {
    let end = start + pattern.len();
    let there = chars.get(start..end)?;
    there
        .iter()
        .zip(pattern)
        .all(|((_, c), wanted)| c == wanted)
        .then_some(end)
}

/// The end of the word, if the match is one: scripts without spaces have no ends of words.
fn whole_word(
    chars: &[(usize, char)],
    start: usize,
    end: usize,
    any_ending: bool,
) -> Option<usize> {
    let spaced = |at: usize| {
        chars
            .get(at)
            .is_some_and(|(_, c)| c.is_alphanumeric() && !crate::script::is_unspaced(*c))
    };
    let first = chars[start].1;
    // n't goes on from its verb, and Korean endings from their noun.
    let joined = first == 'n' && chars.get(start + 1).is_some_and(|(_, c)| *c == '\'')
        || ('\u{ac00}'..='\u{d7a3}').contains(&first);
    if spaced(start) && !joined && start > 0 && spaced(start - 1) {
        return None;
    }
    if !spaced(end - 1) || !spaced(end) {
        return Some(end);
    }
    any_ending.then(|| {
        (end..chars.len())
            .find(|at| !spaced(*at))
            .unwrap_or(chars.len())
    })
}

/// Whether a clause ends at this character; a point or comma inside of a number ends none.
pub(crate) fn ends_clause(chars: &[(usize, char)], at: usize) -> bool {
    let digit = |at: Option<usize>| {
        at.and_then(|at| chars.get(at))
            .is_some_and(|(_, c)| c.is_ascii_digit())
    };
    match chars[at].1 {
        '.' => {
            let behind = || chars[at + 1..].iter().map(|(_, c)| *c);
            let next = behind().find(|c| !c.is_whitespace());
            // "4.5", "it@office.example".
            let goes_on = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
            let joined = behind().next().is_some_and(goes_on);
            // "4 p.m. on weekdays": a single letter before it is short for a word.
            let letter = |back: usize| {
                let at = at.checked_sub(back).and_then(|at| chars.get(at));
                at.is_some_and(|(_, c)| c.is_alphabetic())
            };
            let is_short = letter(1) && !letter(2);
            !(joined || is_short && next.is_some_and(goes_on))
        }
        ',' => !(digit(at.checked_sub(1)) && digit(Some(at + 1))),
        ';' | '!' | '?' | '(' | ')' | '\n' | '。' | '，' | '；' | '！' | '？' | '（' | '）'
        | '、' => true,
        _ => false,
    }
}

/// A character in the form of the data: lower case, simplified, plain apostrophes.
pub(crate) fn plain(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    if c == '\u{2019}' {
        return '\'';
    }
    simplify(c).to_lowercase().next().unwrap_or(c)
}

fn read_all() -> HashMap<Language, Patterns> {
    let mut pairs: HashMap<&'static str, u16> = HashMap::new();
    FILES
        .iter()
        .filter_map(|file| {
            let (first, rest) = file.split_once('\n')?;
            let language = Language::from_code(first.strip_prefix("language: ")?.trim());
            Some((language, read(rest, &mut pairs)))
        })
        .collect()
}

fn read(file: &'static str, pairs: &mut HashMap<&'static str, u16>) -> Patterns {
    let mut patterns = Patterns::new();
    let mut add = |words: &str, class: Option<Class>| {
        for word in words.split('|').map(str::trim).filter(|w| !w.is_empty()) {
            let pattern = Pattern::parse(word, class);
            if let Some(first) = pattern.chars.first() {
                patterns.entry(*first).or_default().push(pattern);
            }
        }
    };
    for (name, words) in file.lines().filter_map(|line| line.split_once(": ")) {
        let class = match name {
            "not" => Some(Class::Not),
            "fails" => Some(Class::Fails),
            "except" => Some(Class::Except),
            "instead" => Some(Class::Instead),
            "others" => Some(Class::Others),
            "only" => Some(Class::Only),
            "all" => Some(Class::All),
            "some" => Some(Class::Some),
            "must" => Some(Class::Must),
            "may" => Some(Class::May),
            "until" => Some(Class::Until),
            "passive" => Some(Class::Passive),
            _ => None,
        };
        let Some((first, second)) = words.split_once(" / ") else {
            add(words, class);
            continue;
        };
        // Pairs have the same name in every language's file, by which open and 开 are of one pair.
        let known = u16::try_from(pairs.len()).unwrap_or(u16::MAX);
        let pair = *pairs.entry(name).or_insert(known);
        let kind = match name.split(' ').next() {
            Some("pair") => Opposites::Negation,
            Some("denial") => Opposites::Denial,
            Some("hours") => Opposites::Hours,
            Some("price") => Opposites::Price,
            Some("converse") => Opposites::Converse,
            Some("amount") => Opposites::Amount,
            Some("time") => Opposites::Time,
            _ => Opposites::Order,
        };
        for (words, is_first) in [(first, true), (second, false)] {
            let side = Side {
                pair,
                first: is_first,
                kind,
            };
            add(words, Some(Class::Side(side)));
        }
    }
    patterns
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::tokens;

    fn classes(text: &str) -> Vec<Class> {
        let language = Language::of(text);
        find(text, language, &tokens(text, language))
            .into_iter()
            .map(|mark| mark.class)
            .collect()
    }

    fn negations(text: &str) -> usize {
        let not = |class: &&Class| **class == Class::Not;
        classes(text).iter().filter(not).count()
    }

    #[test]
    fn negations_of_many_languages_are_found_once() {
        for text in [
            "Dogs are not allowed in the kitchen of the house.",
            "The dogs don't bark at night.",
            "Der Vertrag ist nicht gültig.",
            "Sie hat keinen Schlüssel für das Haus erhalten.",
            "Le chien ne mange pas la soupe.",
            "El perro no come la sopa que hay en la mesa.",
            "狗不能进入厨房。",
            "这里没有人。",
            "Собака не ест суп.",
        ] {
            let known = classes(text);
            let turned = known
                .iter()
                .any(|class| matches!(class, Class::Not | Class::Side(Side { first: false, .. })));
            assert!(turned, "{text}: {known:?}");
            assert!(negations(text) <= 1, "{text}: {known:?}");
        }
    }

    #[test]
    fn characters_inside_of_other_words_negate_nothing() {
        for text in [
            "这非常不同。",
            "他来自非洲。",
            "无论如何都要参加。",
            "is it noted on the knot?",
        ] {
            assert_eq!(negations(text), 0, "{text}");
        }
    }

    #[test]
    fn opposites_are_the_same_pair_in_every_language() {
        let side = |text: &str| {
            classes(text).into_iter().find_map(|class| match class {
                Class::Side(side) => Some(side),
                _ => None,
            })
        };
        let (english, chinese) = (side("The museum is closed."), side("博物馆闭馆。"));
        assert_eq!(english, chinese);
        assert!(english.is_some_and(|side| side.is_polar() && !side.first));
    }
}
