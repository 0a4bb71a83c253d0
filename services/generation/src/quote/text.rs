//! Text as questions and passages are compared, character by character.

use stoa_language::{fold::simplify, script};

/// Width of a character of a script without spaces, where a letter has 1: it says as much as three.
const WIDE: usize = 3;

/// A text in plain characters, of which each stands for one: half-width, simplified.
pub(super) fn normal(text: &str) -> String {
    let plain = |c: char| match c {
        '\u{3000}' | '\u{a0}' => ' ',
        // The full-width forms stand at a fixed distance from ASCII.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c if c.is_ascii() => c,
        c => simplify(c),
    };
    text.chars().map(plain).collect()
}

/// How wide a text is, in letters.
pub(super) fn width(text: &str) -> usize {
    text.chars()
        .map(|c| if script::is_unspaced(c) { WIDE } else { 1 })
        .sum()
}

/// Years of this and the last century, with their places. The end of a span (2019-2021) is none: what is said of the
/// span is not said of that year.
pub(super) fn years(text: &str) -> impl Iterator<Item = (usize, u16)> {
    digits(text).filter_map(|(at, digits)| {
        let spans = text[..at].ends_with(['-', '—', '–', '~', '至', '到']);
        let year: u16 = digits
            .parse()
            .ok()
            .filter(|_| digits.len() == 4 && !spans)?;
        (1900..2100).contains(&year).then_some((at, year))
    })
}

/// Runs of digits with their places.
pub(super) fn digits(text: &str) -> impl Iterator<Item = (usize, &str)> {
    runs(text, |c| c.is_ascii_digit())
}

/// Runs of characters of one sort with their places.
pub(super) fn runs(text: &str, sort: fn(char) -> bool) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let begin = at + text[at..].find(sort)?;
        let rest = &text[begin..];
        at = begin + rest.find(|c| !sort(c)).unwrap_or(rest.len());
        Some((begin, &text[begin..at]))
    })
}

/// Where each clause of a text ends, the last at its end. A comma or colon between digits ends none.
pub(super) fn clause_ends(text: &str) -> Vec<usize> {
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let ends = text.char_indices().filter_map(|(at, c)| {
        let end = at + c.len_utf8();
        let number = || digit(text[..at].chars().next_back()) && digit(text[end..].chars().next());
        (",;:、。!?—，；：！？".contains(c) && !number()).then_some(end)
    });
    let mut ends: Vec<usize> = ends.chain([text.len()]).collect();
    ends.dedup();
    ends
}

/// Pairs of neighbouring characters of a script without spaces, with their places.
pub(super) fn pairs(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let places = text.char_indices().zip(text.char_indices().skip(1));
    places
        .filter(|((_, a), (_, b))| script::is_unspaced(*a) && script::is_unspaced(*b))
        .map(|((at, _), (next, b))| (at, &text[at..next + b.len_utf8()]))
}

/// The text before a place, at most so many characters of it.
pub(super) fn before(text: &str, at: usize, most: usize) -> &str {
    let begin = text[..at]
        .char_indices()
        .rev()
        .take(most)
        .last()
        .map_or(at, |(begin, _)| begin);
    &text[begin..at]
}

/// The text from a place on, at most so many characters of it.
pub(super) fn after(text: &str, at: usize, most: usize) -> &str {
    let end = text[at..]
        .char_indices()
        .nth(most)
        .map_or(text.len(), |(end, _)| at + end);
    &text[at..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn years_stand_alone() {
        let found: Vec<u16> = years("2019-2021, in 2020年 and 120203, not 1850")
            .map(|(_, year)| year)
            .collect();
        assert_eq!(found, [2019, 2020]);
    }

    #[test]
    fn clauses_end_at_marks_and_not_in_numbers() {
        let text = "At 7:30, 1,000 people: all.";
        let parts: Vec<usize> = clause_ends(text);
        assert_eq!(parts, [8, 22, 27]);
    }

    #[test]
    fn pairs_lie_side_by_side() {
        let found: Vec<&str> = pairs("ab过拟 合c").map(|(_, pair)| pair).collect();
        assert_eq!(found, ["过拟"]);
        assert_eq!((before("abc", 2, 1), after("过拟合", 3, 1)), ("b", "拟"));
    }
}
