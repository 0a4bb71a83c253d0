//! Citations in text: `[3]`, after what passage 3 supports.

use crate::span::Span;

/// Most digits of a number that cites: `[2024]` is a year.
const MAX_DIGITS: usize = 3;

/// The mark that a text begins with: its number, and how long it is in bytes.
pub(super) fn mark(text: &str) -> Option<(u32, usize)> {
    let inside = text.strip_prefix('[')?;
    let digits = inside.bytes().take_while(u8::is_ascii_digit).count();
    let number = inside[..digits].parse().ok().filter(|number| *number > 0)?;
    (digits <= MAX_DIGITS && inside[digits..].starts_with(']')).then_some((number, digits + 2))
}

/// Length of the marks that a text begins with, with the white space between them.
pub(super) fn leading(text: &str) -> usize {
    let mut end = 0;
    loop {
        let rest = &text[end..];
        let next = rest.trim_start();
        match mark(next) {
            Some((_, length)) => end += rest.len() - next.len() + length,
            None => return end,
        }
    }
}

/// Splits a text before the marks that it ends with.
pub(super) fn trailing(text: &str) -> (&str, &str) {
    let mut begin = text.len();
    loop {
        let before = text[..begin].trim_end();
        let last = before.rfind('[').filter(|at| {
            let found = mark(&before[*at..]);
            found.is_some_and(|(_, length)| at + length == before.len())
        });
        match last {
            Some(at) => begin = at,
            None => return text.split_at(begin),
        }
    }
}

/// Removes repeated marks from a run of them: `[1][2] [1]` becomes `[1][2]`.
pub(super) fn collapse(spans: Vec<Span>) -> Vec<Span> {
    let mut together: Vec<u32> = Vec::new();
    let mut before = None;
    let collapsed = spans.into_iter().map(|span| {
        if span.style.code || span.link {
            together.clear();
            before = None;
            return span;
        }
        let mut text = String::with_capacity(span.text.len());
        // The end of the run's last mark: after it there has been only white space.
        let mut end = 0;
        let mut rest = span.text.as_str();
        while let Some(c) = rest.chars().next() {
            // Within a run every mark cites; its first may be an index, as in `matrix[1]`.
            let found = mark(rest).filter(|_| !together.is_empty() || !before.is_some_and(indexes));
            let length = match found {
                Some((number, length)) => {
                    if together.contains(&number) {
                        text.truncate(end);
                    } else {
                        together.push(number);
                        text.push_str(&rest[..length]);
                        end = text.len();
                    }
                    before = Some(']');
                    length
                }
                None => {
                    if !c.is_whitespace() {
                        together.clear();
                    }
                    text.push(c);
                    before = Some(c);
                    c.len_utf8()
                }
            };
            rest = &rest[length..];
        }
        Span { text, ..span }
    });
    collapsed.filter(|span| !span.text.is_empty()).collect()
}

/// Brackets after this character are an index, as in `matrix[1][1]`.
fn indexes(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | ']')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_stands_once_where_several_stand_together() {
        for (given, wanted) in [
            ("It is so. [1][1]", "It is so. [1]"),
            ("It is so. [1] [1] And so on.", "It is so. [1] And so on."),
            ("It is so. [2][1] [2][1]", "It is so. [2][1]"),
            ("是的。[1][1]不是。[1]", "是的。[1]不是。[1]"),
            ("One. [1] Two. [1]", "One. [1] Two. [1]"),
            ("matrix[1][1][1]", "matrix[1][1][1]"),
            ("in [2024] [2024]", "in [2024] [2024]"),
        ] {
            let collapsed = collapse(vec![Span::plain(given)]);
            assert_eq!(collapsed, [Span::plain(wanted)], "{given}");
        }
    }

    #[test]
    fn marks_are_found_at_either_end() {
        assert_eq!(leading("[1] [12]. And"), 8);
        assert_eq!(leading("[x] [1]"), 0);
        assert_eq!(trailing("It is so. [1] [2]"), ("It is so. ", "[1] [2]"));
        assert_eq!(trailing("It is so [1]."), ("It is so [1].", ""));
    }
}
