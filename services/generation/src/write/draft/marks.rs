//! Where the citations of a sentence stand.

use crate::check::{Statement, ends_wide};

/// A sentence with those of its citations that carry it, where they stood; at its end when none stood there.
pub(super) fn mark(text: &str, statement: &Statement, carried: &[usize]) -> String {
    let marks =
        |numbers: &[usize]| -> String { numbers.iter().map(|n| format!("[{n}]")).collect() };
    let bare = Statement::parse(text);
    // The model cited nothing, or the sentence was replaced by the source's own, which has no marks.
    if statement.cited.is_empty() || bare.cited.is_empty() {
        let text = text.trim();
        let gap = if ends_wide(text) || carried.is_empty() {
            ""
        } else {
            " "
        };
        return format!("{text}{gap}{}", marks(carried));
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut shown: Vec<usize> = Vec::new();
    while let Some(at) = rest.find(['[', '【']) {
        let close = if rest[at..].starts_with('[') {
            ']'
        } else {
            '】'
        };
        let end = rest[at..]
            .find(close)
            .map(|end| at + end + close.len_utf8());
        let Some(end) = end else { break };
        let numbers = Statement::parse(&rest[at..end]).cited;
        out.push_str(&rest[..at]);
        if numbers.is_empty() || rest[end..].starts_with('(') {
            out.push_str(&rest[at..end]);
        } else {
            let fresh: Vec<usize> = numbers
                .into_iter()
                // A source that was cited and does not carry the statement is not named for it.
                .filter(|n| carried.contains(n) && !shown.contains(n))
                .collect();
            // A citation that goes leaves no gap behind.
            let parted =
                rest[end..].starts_with(|c: char| c == ' ' || c.is_ascii_punctuation() && c != '[');
            if fresh.is_empty() && parted {
                out.truncate(out.trim_end().len());
            }
            out.push_str(&marks(&fresh));
            shown.extend(fresh);
        }
        rest = &rest[end..];
    }
    out.push_str(rest);
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(text: &str, carried: &[usize]) -> String {
        mark(text, &Statement::parse(text), carried)
    }

    #[test]
    fn citations_stand_where_the_model_put_them() {
        assert_eq!(
            marked("It opens at nine [1] and closes at five [2].", &[1, 2]),
            "It opens at nine [1] and closes at five [2]."
        );
        assert_eq!(
            marked("It opens at nine. [1][2]", &[2]),
            "It opens at nine. [2]"
        );
        assert_eq!(
            marked("It opens at nine. [1][1]", &[1]),
            "It opens at nine. [1]"
        );
        assert_eq!(marked("It opens at nine.", &[3]), "It opens at nine. [3]");
        assert_eq!(marked("九点开门。", &[1]), "九点开门。[1]");
        assert_eq!(
            marked("See [the list](a.md) [1].", &[1]),
            "See [the list](a.md) [1]."
        );
    }
}
