//! Names in Chinese text, by the dictionary and its parts of speech.

use std::{collections::HashMap, ops::Range, sync::LazyLock};

use jieba_rs::Jieba;
use stoa_language::script;

use super::text;

/// Longest name behind the dot of a foreign one.
const LONGEST_FOREIGN: usize = 6;
/// Longest name of a person with a Chinese surname.
const LONGEST: usize = 3;
/// Characters between quotation marks that can be a name.
const QUOTED: std::ops::RangeInclusive<usize> = 2..=20;

/// Read at the first question in Chinese: 0.2 to 0.3 s and 50 MB.
static DICTIONARY: LazyLock<Jieba> = LazyLock::new(Jieba::new);

static LISTS: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let lines = include_str!("names_zh.txt").lines();
    lines.filter_map(|line| line.split_once(": ")).collect()
});

/// What a word is, as far as the dictionary tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// Between quotation marks.
    Quoted,
    /// In Latin letters.
    Latin,
    Person,
    Place,
    /// A body, a brand or another thing with a name.
    Proper,
    /// What someone does or is: 经理.
    Role,
    Noun,
}

/// A word that can be a name.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Word<'a> {
    pub(super) range: Range<usize>,
    pub(super) name: &'a str,
    pub(super) sort: Sort,
    /// How sure it is that the word is one.
    pub(super) weight: f32,
}

struct Tagged<'a> {
    at: usize,
    word: &'a str,
    tag: String,
}

impl Tagged<'_> {
    fn end(&self) -> usize {
        self.at + self.word.len()
    }

    fn is_single(&self) -> bool {
        let mut chars = self.word.chars();
        chars.next().is_some_and(script::is_han) && chars.next().is_none()
    }

    fn is_han(&self) -> bool {
        self.word.starts_with(script::is_han)
    }

    fn can_be_in_name(&self) -> bool {
        self.is_han() && !in_list("function", self.word)
    }
}

/// The words of a text that can be names. Those of who wrote it are none.
pub(super) fn find(text: &str) -> Vec<Word<'_>> {
    let mut words: Vec<Word<'_>> = quoted(text).chain(latin(text)).collect();
    let tagged = tagged(text);
    let mut at = 0;
    while at < tagged.len() {
        let (word, next) = word_at(text, &tagged, at);
        words.extend(word);
        at = next;
    }
    words.retain(|word| can_answer(text, word));
    words
}

/// The last word of a text that says something.
pub(super) fn last_content_word(text: &str) -> Option<String> {
    let says = |tag: &str| tag.starts_with(['n', 'v']) || matches!(tag, "l" | "j" | "x" | "i");
    let mut words = tagged(text).into_iter().rev();
    let long = |word: &str| word.starts_with(script::is_han) && word.chars().nth(1).is_some();
    words
        .find(|word| long(word.word) && says(&word.tag))
        .map(|word| word.word.to_owned())
}

/// Names of people, places, bodies and brands in a text.
pub(super) fn names(text: &str) -> Vec<&str> {
    let named = |sort| matches!(sort, Some(Sort::Person | Sort::Place | Sort::Proper));
    let words = tagged(text)
        .into_iter()
        .filter(|word| named(sort(&word.tag)));
    words
        .map(|word| word.word)
        .filter(|word| word.chars().nth(1).is_some())
        .collect()
}

/// The noun with which a text begins.
pub(super) fn first_noun(text: &str) -> Option<String> {
    let first = tagged(text).into_iter().next()?;
    let noun = first.tag.starts_with('n') && first.word.chars().nth(1).is_some();
    noun.then(|| first.word.to_owned())
}

fn in_list(list: &str, characters: &str) -> bool {
    let listed = LISTS.get(list).copied().unwrap_or_default();
    characters.chars().all(|c| listed.contains(c))
}

fn is_role(word: &str) -> bool {
    LISTS
        .get("roles")
        .is_some_and(|roles| roles.split(", ").any(|role| word.ends_with(role)))
}

fn is_surname(word: &str) -> bool {
    word.chars().next().is_some_and(|first| {
        LISTS
            .get("surnames")
            .is_some_and(|names| names.contains(first))
    })
}

fn tagged(text: &str) -> Vec<Tagged<'_>> {
    let mut at = 0;
    let tag = |tag: jieba_rs::Tag<'_>| tag.tag.to_owned();
    // Without the hidden Markov model: it makes words of what the dictionary does not know, and a name of three
    // characters is found by its surname instead.
    let words = DICTIONARY.tag(text, false).into_iter().map(|found| {
        let begin = at;
        at += found.word.len();
        (begin, at, tag(found))
    });
    let words: Vec<(usize, usize, String)> = words.collect();
    words
        .into_iter()
        .filter_map(|(begin, end, tag)| {
            Some(Tagged {
                at: begin,
                word: text.get(begin..end)?,
                tag,
            })
        })
        .collect()
}

/// What begins at a word, and the word to go on with.
fn word_at<'a>(text: &'a str, tagged: &[Tagged<'a>], at: usize) -> (Option<Word<'a>>, usize) {
    // First, since the dictionary cuts a foreign name into words that mean something else.
    if let Some((end, next)) = foreign(tagged, at) {
        let begin = tagged[at + 2].at;
        let word = Word {
            range: tagged[at].at..end,
            name: &text[begin..end],
            sort: Sort::Person,
            weight: 1.0,
        };
        return (Some(word), next);
    }
    let found = &tagged[at];
    let word = |end: usize, sort, weight| {
        let range = found.at..end;
        Some(Word {
            name: &text[range.clone()],
            range,
            sort,
            weight,
        })
    };
    let word = match sort(&found.tag) {
        // A name that the dictionary lacks falls into single characters.
        _ if found.is_single() => {
            person_end(tagged, at).and_then(|end| word(end, Sort::Person, 0.95))
        }
        _ if !found.is_han() => None,
        Some(Sort::Noun) if is_role(found.word) => word(found.end(), Sort::Role, 1.0),
        Some(Sort::Person) => word(given_name_end(tagged, at), Sort::Person, 1.0),
        Some(sort) => word(found.end(), sort, 1.0),
        None => None,
    };
    (word, at + 1)
}

fn sort(tag: &str) -> Option<Sort> {
    match tag {
        "nr" | "nrt" | "nrfg" => Some(Sort::Person),
        "ns" => Some(Sort::Place),
        "nt" | "nz" => Some(Sort::Proper),
        // Verbal nouns, fixed phrases, idioms and abbreviations, in the dictionary's letters.
        "vn" | "l" | "i" | "j" => Some(Sort::Noun),
        tag => tag.starts_with('n').then_some(Sort::Noun),
    }
}

/// Where a foreign name with a dot ends: 凯尔·内斯.
fn foreign(tagged: &[Tagged<'_>], at: usize) -> Option<(usize, usize)> {
    let dot = tagged.get(at + 1)?;
    if !["·", "•", "・"].contains(&dot.word) {
        return None;
    }
    let mut length = 0;
    let mut next = at + 2;
    while let Some(part) = tagged
        .get(next)
        .filter(|part| part.is_han() && length < LONGEST_FOREIGN)
    {
        let named = part.is_single() && part.can_be_in_name()
            || matches!(part.tag.as_str(), "nr" | "nrt" | "ns" | "nz");
        if !named {
            break;
        }
        length += part.word.chars().count();
        next += 1;
    }
    (length >= 2).then(|| (tagged[next - 1].end(), next))
}

/// Where the name ends that a surname of one character may begin: single characters follow it.
fn person_end(tagged: &[Tagged<'_>], at: usize) -> Option<usize> {
    let surname = tagged[at].word;
    if !is_surname(surname) || in_list("function", surname) {
        return None;
    }
    let given = tagged[at + 1..].iter().take(LONGEST - 1);
    let given = given.take_while(|part| part.is_single() && part.can_be_in_name());
    given.last().map(Tagged::end)
}

/// The dictionary knows surnames with the first character of a given name; the second follows.
fn given_name_end(tagged: &[Tagged<'_>], at: usize) -> usize {
    let found = &tagged[at];
    let short = found.word.chars().count() == 2 && is_surname(found.word);
    let next = tagged
        .get(at + 1)
        .filter(|next| short && next.is_single() && next.can_be_in_name());
    next.map_or(found.end(), Tagged::end)
}

fn can_answer(text: &str, word: &Word<'_>) -> bool {
    let sources = LISTS.get("sources").copied().unwrap_or_default();
    if sources.split(", ").any(|source| source == word.name) {
        return false;
    }
    match word.sort {
        Sort::Person => {
            !word
                .name
                .chars()
                .any(|c| in_list("no-person", c.encode_utf8(&mut [0; 4])))
                && !is_byline(text, word)
        }
        // 北京时间 is no place.
        Sort::Place => !text[word.range.end..].starts_with("时间"),
        _ => true,
    }
}

fn is_byline(text: &str, word: &Word<'_>) -> bool {
    let before = text[..word.range.start].trim_end();
    let before = before
        .strip_suffix([':', '/', '|'])
        .unwrap_or(before)
        .trim_end();
    let words = LISTS.get("byline").copied().unwrap_or_default();
    words.split(", ").any(|word| before.ends_with(word))
}

fn quoted(text: &str) -> impl Iterator<Item = Word<'_>> {
    let marks = text.match_indices(['"', '“', '《', '「', '『']);
    let mut end = 0;
    marks.filter_map(move |(at, mark)| {
        if at < end {
            return None;
        }
        let begin = at + mark.len();
        let close = text[begin..].find(['"', '”', '》', '」', '』'])? + begin;
        let name = &text[begin..close];
        let fits = QUOTED.contains(&name.chars().count());
        // Between marks that are too far apart is a speech, in which a title may be quoted in turn.
        end = if fits { close + 1 } else { begin };
        fits.then_some(Word {
            range: at..close,
            name,
            sort: Sort::Quoted,
            weight: 1.0,
        })
    })
}

/// Words of Latin letters and digits with spaces and hyphens between them.
fn latin(text: &str) -> impl Iterator<Item = Word<'_>> {
    let run = text::runs(text, |c| c.is_ascii_alphanumeric() || c == ' ' || c == '-');
    run.filter_map(|(at, run)| {
        let begin = run.find(|c: char| c.is_ascii_alphabetic())?;
        let name = run[begin..].trim_end_matches([' ', '-']);
        (name.len() > 1).then(|| Word {
            range: at + begin..at + begin + name.len(),
            name,
            sort: Sort::Latin,
            weight: 0.9,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str, sort: Sort) -> Vec<&str> {
        find(text)
            .into_iter()
            .filter(|word| word.sort == sort)
            .map(|word| word.name)
            .collect()
    }

    #[test]
    fn names_are_found_by_their_sort() {
        assert_eq!(names("由张艺谋执导", Sort::Person), ["张艺谋"]);
        assert_eq!(names("冠军是约翰·史密斯。", Sort::Person), ["史密斯"]);
        assert_eq!(names("大会在上海举办，北京时间九点", Sort::Place), ["上海"]);
        assert_eq!(names("主题是“面向未来”", Sort::Quoted), ["面向未来"]);
        assert_eq!(names("新款 iPhone SE 发布", Sort::Latin), ["iPhone SE"]);
        assert!(names("(记者 王伟)", Sort::Person).is_empty());
    }

    #[test]
    fn the_last_word_that_says_something_is_found() {
        assert_eq!(last_content_word("公司的食堂|").as_deref(), Some("食堂"));
    }
}
