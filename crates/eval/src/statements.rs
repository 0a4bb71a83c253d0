//! What an answer states, piece by piece, and what each piece cites.

use crate::text::mark;

/// A piece of an answer and the numbers of what it cites.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) text: String,
    pub(crate) marks: Vec<u32>,
}

/// Cuts an answer where its marks stand: what is before a row of marks is one statement, and what no mark follows is one
/// that cites nothing. Headings, the line above a list, the rule and the heads of a table, and the fences of code state
/// nothing.
pub(crate) fn statements(answer: &str) -> Vec<Statement> {
    let mut found = Vec::new();
    let mut in_code = false;
    let mut lines = answer.lines().peekable();
    while let Some(line) = lines.next() {
        let line = line.trim();
        if let Some(fence) = line.strip_prefix("```") {
            in_code = !in_code;
            // The mark of a block of code stands behind it.
            if let (false, Some(marks)) = (in_code, marks_of(fence)) {
                let text = "code".to_owned();
                found.push(Statement { text, marks });
            }
            continue;
        }
        let heads_table = lines.peek().is_some_and(|next| is_rule(next.trim()));
        if !(in_code || heads_table || line.starts_with('#') || is_rule(line)) {
            cut(line, &mut found);
        }
    }
    found
}

fn marks_of(text: &str) -> Option<Vec<u32>> {
    let (marks, _) = marks_at(text.trim_start());
    (!marks.is_empty()).then_some(marks)
}

/// The marks that a text begins with, and the rest of it.
fn marks_at(mut text: &str) -> (Vec<u32>, &str) {
    let mut marks = Vec::new();
    while let Some((number, after)) = mark(text) {
        marks.push(number);
        text = after;
    }
    (marks, text)
}

fn is_rule(line: &str) -> bool {
    line.contains('-') && line.chars().all(|c| matches!(c, '|' | '-' | ':' | ' '))
}

fn cut(line: &str, found: &mut Vec<Statement>) {
    let mut text = String::new();
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let (marks, after) = marks_at(rest);
        if marks.is_empty() {
            text.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        }
        rest = after;
        let words = std::mem::take(&mut text);
        match found.last_mut() {
            // `[1] [2]`: one row of marks, with a space in it.
            Some(last) if !states(&words) => last.marks.extend(marks),
            _ => found.push(Statement {
                text: words.trim().to_owned(),
                marks,
            }),
        }
    }
    if states(&text) && !text.trim_end().ends_with([':', '：']) {
        found.push(Statement {
            text: text.trim().to_owned(),
            marks: Vec::new(),
        });
    }
}

fn states(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut_into(answer: &str) -> Vec<(String, Vec<u32>)> {
        let found = statements(answer);
        found.into_iter().map(|s| (s.text, s.marks)).collect()
    }

    #[test]
    fn marks_end_statements() {
        let found = cut_into("Everybody gets 27 days. [1][2] They lapse in March. [3]\nUncited.");
        let expected = [
            ("Everybody gets 27 days.", vec![1, 2]),
            ("They lapse in March.", vec![3]),
            ("Uncited.", vec![]),
        ];
        let expected: Vec<_> = expected.map(|(t, m)| (t.to_owned(), m)).into();
        assert_eq!(found, expected);
        assert_eq!(cut_into("A. [1] [2]"), [("A.".to_owned(), vec![1, 2])]);
    }

    #[test]
    fn what_states_nothing_is_none() {
        let answer =
            "# Time off\n\nRun:\n```sh\nporch list\n``` [1]\n\n| a | b |\n|---|---|\n| 1 | 2 | [2]";
        let marks: Vec<Vec<u32>> = cut_into(answer).into_iter().map(|(_, m)| m).collect();
        assert_eq!(marks, [vec![1], vec![2]]);
        assert!(cut_into("").is_empty());
    }
}
