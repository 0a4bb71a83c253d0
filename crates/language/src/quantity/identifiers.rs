//! What has digits and is no quantity: codes, addresses, paths, telephone numbers; and versions, which are one.

use super::draft::Draft;
use super::tokens::{Shape, Text};
use super::{Sense, dates, digits, measures, units};

/// The position after an identifier, or after a word that only looks like a numeral (一般, 万一).
pub(super) fn skip(text: &Text<'_>, at: usize) -> Option<usize> {
    match text.shape(at)? {
        Shape::Cjk => common_word(text, at),
        Shape::Word => address(text, at)
            .or_else(|| labelled(text, at))
            .or_else(|| code(text, at)),
        Shape::Digits => address(text, at).or_else(|| digit_code(text, at)),
        Shape::Mark => address(text, at).or_else(|| phone(text, at)),
        Shape::Space => None,
    }
}

/// The position after what no reader understood: a run with digits is left as a whole.
pub(super) fn skip_word(text: &Text<'_>, at: usize) -> usize {
    if text.is(at, Shape::Digits) {
        run_end(text, at)
    } else {
        at + 1
    }
}

fn common_word(text: &Text<'_>, at: usize) -> Option<usize> {
    let word = text.listed(at, "skip")?;
    // A longer phrase that is a quantity after all wins over the shorter one that is none.
    let kept = text.listed(at, "keep").is_some_and(|kept| kept > word);
    (!kept).then_some(word)
}

/// URLs, mail addresses and paths.
fn address(text: &Text<'_>, at: usize) -> Option<usize> {
    // An address begins after a space or a bracket; inside of a word, a stroke is an "or".
    if at > 0
        && !text.is(at - 1, Shape::Space)
        && !text.is(at - 1, Shape::Cjk)
        && !text.is_mark(at - 1, &['(', '<', '[', '"'])
    {
        return None;
    }
    let length = text
        .rest(at)
        .find(|c: char| !c.is_ascii_graphic())
        .unwrap_or(text.rest(at).len());
    let run = &text.rest(at)[..length];
    let is_path = (run.starts_with('/') || run.starts_with("~/") || run.starts_with("./"))
        && run[1..].contains(|c: char| c.is_ascii_alphabetic());
    let is_mail = run.contains('@') && run.contains('.') && !run.starts_with('@');
    let is_address =
        run.contains("://") || run.starts_with("www.") || run.contains('\\') || is_path || is_mail;
    is_address.then(|| token_at(text, at, length))
}

fn token_at(text: &Text<'_>, at: usize, length: usize) -> usize {
    (at + 1..=text.len())
        .find(|&to| text.slice(at, to).len() >= length)
        .unwrap_or(text.len())
}

/// "ISBN 978…", "Tel. 0800 …": the digits after such a word, with the marks between.
fn labelled(text: &Text<'_>, at: usize) -> Option<usize> {
    text.listed(at, "identifier")?;
    // Four tokens are room for "No.: (" between the label and its digits.
    let digits = (at + 1..text.len().min(at + 5)).find(|&at| text.is(at, Shape::Digits))?;
    let between = text.slice(at + 1, digits);
    let is_near = between
        .chars()
        .all(|c| c.is_whitespace() || ".:：+(#-".contains(c));
    is_near.then(|| groups_end(text, digits))
}

/// The end of digit groups parted by single spaces, hyphens, dots, slashes and brackets.
fn groups_end(text: &Text<'_>, digits: usize) -> usize {
    let mut to = digits + 1;
    while text.is(to + 1, Shape::Digits)
        && (text.raw(to) == " " || text.is_mark(to, &['-', '.', '/', ')', '‑']))
    {
        to += 2;
    }
    to
}

/// A word with digits in it or after its hyphen: `HX-1401`, `covid-19`, `A4`.
fn code(text: &Text<'_>, at: usize) -> Option<usize> {
    let next = at + 1;
    let is_joined = text.is_mark(next, &['-', '_', '‑']) && text.is(next + 1, Shape::Digits);
    if !is_joined && !text.is(next, Shape::Digits) {
        return None;
    }
    if is_joined
        && text.is_mark(next, &['-', '‑'])
        && (text.listed(at, "prefix").is_some() || dates::names_day_or_month(text, at))
    {
        return None;
    }
    let is_quantity = !is_joined && (is_money(text, at) || matches!(text.word(at), "v" | "q"));
    let is_after_number = at > 0 && text.is(at - 1, Shape::Digits);
    (!is_quantity && !is_after_number).then(|| run_end(text, at))
}

fn is_money(text: &Text<'_>, at: usize) -> bool {
    units::at(text, at).is_some_and(|found| units::is_prefix(text, &found, at))
}

/// The end of letters and digits that marks join without a space.
fn run_end(text: &Text<'_>, at: usize) -> usize {
    let mut to = at + 1;
    loop {
        let is_joined = text.is_mark(to, &['-', '_', '.', '/', ':', '‑', '+', '#'])
            && is_ascii_word(text, to + 1);
        if is_ascii_word(text, to) {
            to += 1;
        } else if is_joined {
            to += 2;
        } else {
            return to;
        }
    }
}

fn is_ascii_word(text: &Text<'_>, at: usize) -> bool {
    text.is(at, Shape::Digits) || text.is(at, Shape::Word)
}

/// Digits that are a telephone number, an ISBN, an address of a machine or a code.
fn digit_code(text: &Text<'_>, at: usize) -> Option<usize> {
    let digits = text.digits(at)?;
    let to = groups_end_joined(text, at);
    let run = text.slice(at, to);
    let hyphens = run.matches(['-', '‑']).count();
    // Asked first of all: 2024-05-01 looks like a code, and 31.03.2021 like an address of a machine.
    let is_date = dates::numeric(text, at).is_some();
    // Mobile numbers of China, which stand in texts without a label; a sum of money of that size has separators.
    let is_mobile = digits.len() == 11 && digits.starts_with('1') && !digits.starts_with("10");
    let is_isbn = digits.len() == 13 && (digits.starts_with("978") || digits.starts_with("979"));
    let is_padded = digits.len() > 2 && digits.starts_with('0');
    if is_padded && !is_date {
        return Some(groups_end(text, at));
    }
    let is_dotted = run.matches('.').count() >= 2 && digits::at(text, at).is_none();
    let is_code = is_mobile
        || is_isbn
        || hyphens >= 2
        || is_dotted && run.matches('.').count() >= 3
        || run.contains('_');
    if is_code && !is_date {
        return Some(to);
    }
    letters_after(text, at)
}

fn groups_end_joined(text: &Text<'_>, at: usize) -> usize {
    let mut to = at + 1;
    while text.is_mark(to, &['-', '.', '_', '‑']) && text.is(to + 1, Shape::Digits) {
        to += 2;
    }
    to
}

/// `5-HT` and `3-D` are names; `3-day` is a number.
fn letters_after(text: &Text<'_>, at: usize) -> Option<usize> {
    let letters = text.raw(at + 2);
    let is_name = text.is_mark(at + 1, &['-'])
        && text.is(at + 2, Shape::Word)
        && !letters.contains(char::is_lowercase);
    (is_name && units::at(text, at + 2).is_none()).then(|| run_end(text, at))
}

/// `+49 30 1234567` and `(030) 1234567`.
fn phone(text: &Text<'_>, at: usize) -> Option<usize> {
    let digits = text.digits(at + 1)?;
    let end = groups_end(text, at + 1);
    let groups = (end - at) / 2;
    let is_international =
        text.is_mark(at, &['+']) && digits.len() <= 14 && (groups >= 3 || digits.len() >= 9);
    let is_local = text.is_mark(at, &['('])
        && digits.starts_with('0')
        && text.is_mark(at + 2, &[')'])
        && digits.len() > 2;
    (is_international || is_local).then_some(end)
}

/// `v3.2`, "version 3", 3.2版, `1.2.3`.
pub(super) fn version(text: &Text<'_>, at: usize) -> Option<Draft> {
    let digits = version_digits(text, at)?;
    let to = groups_end_dotted(text, digits);
    let after = text.cjk(to) == Some('版') && text.cjk(to + 1) != Some('本')
        || text.slice(to, to + 2) == "版本";
    let is_dotted = (to - digits) >= 5
        && digits::at(text, digits).is_none()
        && dates::numeric(text, digits).is_none();
    let has_point = to > digits + 1;
    if digits == at && !(after && has_point) && !is_dotted || measures::is_attached(text, to) {
        return None;
    }
    let version = text.slice(digits, to).to_owned();
    Some(Draft::one(at, to, Sense::Version(version)))
}

fn version_digits(text: &Text<'_>, at: usize) -> Option<usize> {
    if text.is(at, Shape::Digits) {
        return Some(at);
    }
    let is_version = text.listed(at, "version").is_some();
    let mut next = if text.word(at) == "v" || is_version {
        at + 1
    } else if text.rest(at).starts_with("版本") {
        at + 2
    } else {
        return None;
    };
    if text.is_mark(next, &['.']) && !is_version {
        next += 1;
    }
    let next = if text.word(at) == "v" {
        next
    } else {
        text.after_space(next)
    };
    text.is(next, Shape::Digits).then_some(next)
}

fn groups_end_dotted(text: &Text<'_>, digits: usize) -> usize {
    let mut to = digits + 1;
    while text.is_mark(to, &['.']) && text.is(to + 1, Shape::Digits) {
        to += 2;
    }
    to
}
