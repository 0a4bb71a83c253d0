//! Markdown line by line: which lines are code, and citations in places where a parser would lose them.

use crate::marks::{leading, mark, trailing};

/// Shortest fence.
const FENCE: usize = 3;

/// What a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Read<'a> {
    Text,
    /// The first line of a block of code.
    Opens,
    Code,
    /// Its last, with the marks that stand behind the fence.
    Closes(&'a str),
}

/// Tracks which code block is open.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Fences {
    /// The sign of the fence that is open, and how many of it.
    open: Option<(char, usize)>,
}

impl Fences {
    pub(super) fn is_open(self) -> bool {
        self.open.is_some()
    }

    /// Reads the next line.
    pub(super) fn read<'a>(&mut self, line: &'a str) -> Read<'a> {
        match self.open {
            None => {
                let Some((sign, length, info)) = fence(content(line)) else {
                    return Read::Text;
                };
                // CommonMark: with backticks behind it, it is code within a line, not a fence.
                if sign == '`' && info.contains('`') {
                    return Read::Text;
                }
                self.open = Some((sign, length));
                Read::Opens
            }
            Some((sign, length)) => {
                // Without the markers of lists, which within code are code.
                let closing = fence(line.trim_start_matches([' ', '\t', '>']));
                let closing = closing.filter(|(other, count, after)| {
                    *other == sign && *count >= length && leading(after) == after.trim_end().len()
                });
                match closing {
                    Some((_, _, after)) => {
                        self.open = None;
                        Read::Closes(after.trim())
                    }
                    None => Read::Code,
                }
            }
        }
    }

    /// Whether a line is the beginning of the fence that closes.
    pub(super) fn begins_to_close(self, line: &str) -> bool {
        let line = line.trim_matches([' ', '\t', '>']);
        self.open
            .is_some_and(|(sign, _)| !line.is_empty() && line.chars().all(|c| c == sign))
    }
}

/// The fence that a line begins with: its sign, how many of it, and what comes after it.
fn fence(line: &str) -> Option<(char, usize, &str)> {
    let sign = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let after = line.trim_start_matches(sign);
    let length = line.len() - after.len();
    (length >= FENCE).then_some((sign, length, after))
}

/// A line without the quotes and the items of lists that it stands in.
pub(super) fn content(line: &str) -> &str {
    let mut rest = line.trim_start();
    loop {
        let inner = rest.strip_prefix('>').or_else(|| after_bullet(rest));
        match inner {
            Some(inner) => rest = inner.trim_start(),
            None => return rest,
        }
    }
}

fn after_bullet(line: &str) -> Option<&str> {
    let bullet = match line.strip_prefix(['-', '*', '+']) {
        Some(after) => after,
        None => {
            let after = line.trim_start_matches(|c: char| c.is_ascii_digit());
            let digits = line.len() - after.len();
            let after = after.strip_prefix(['.', ')'])?;
            // CommonMark: a number of ten digits begins no list.
            (1..=9).contains(&digits).then_some(after)?
        }
    };
    bullet.starts_with([' ', '\t']).then_some(bullet)
}

/// Moves citations to where they are parsed as text: after a closing fence they would keep it open, after a table row they
/// would be one cell too many, and before a colon they would define a link.
pub(super) fn with_readable_marks(markdown: &str) -> String {
    let mut readable = String::with_capacity(markdown.len());
    let mut fences = Fences::default();
    for line in markdown.split_inclusive('\n') {
        let bare = line.trim_end();
        match fences.read(line) {
            Read::Closes(marks) if !marks.is_empty() => {
                let inside = line.trim_start_matches([' ', '\t', '>']);
                let before = &line[..line.len() - inside.len()];
                let fence = bare.strip_suffix(marks).unwrap_or(bare).trim_end();
                readable.push_str(&format!("{fence}\n{before}{marks}\n"));
            }
            Read::Text => match (row_with_marks(bare), defines(bare)) {
                (Some((row, marks)), _) => readable.push_str(&format!("{row} {marks} |\n")),
                (None, true) => {
                    let inside = line.trim_start();
                    readable.push_str(&line[..line.len() - inside.len()]);
                    readable.push('\\');
                    readable.push_str(inside);
                }
                (None, false) => readable.push_str(line),
            },
            Read::Opens | Read::Code | Read::Closes(_) => readable.push_str(line),
        }
    }
    readable
}

/// A row of a table without the sign at its end, and the marks that stand behind it.
fn row_with_marks(line: &str) -> Option<(&str, &str)> {
    let (row, marks) = trailing(line);
    let row = row.trim_end();
    let is_row = !marks.is_empty() && content(row).starts_with('|') && content(row).len() > 1;
    let row = row.strip_suffix('|').filter(|_| is_row)?;
    Some((row.trim_end(), marks))
}

fn defines(line: &str) -> bool {
    let line = line.trim_start();
    mark(line).is_some_and(|(_, length)| line[length..].starts_with(':'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_moved_to_where_they_are_read() {
        for (given, wanted) in [
            ("```\na\n``` [1]\nb", "```\na\n```\n[1]\nb"),
            (
                "1. do\n   ```sh\n   a\n   ```[1][2]\n",
                "1. do\n   ```sh\n   a\n   ```\n   [1][2]\n",
            ),
            ("| a | b | [1]\n| c | d |", "| a | b [1] |\n| c | d |"),
            ("```\n| a | [1]\n```", "```\n| a | [1]\n```"),
            ("[1]: the handbook", "\\[1]: the handbook"),
            ("so it is [1]: yes", "so it is [1]: yes"),
        ] {
            assert_eq!(with_readable_marks(given), wanted, "{given}");
        }
    }

    #[test]
    fn fences_are_followed_in_lists_and_quotes() {
        for (text, open) in [
            ("```rust\nlet a", true),
            ("- ```\n  a\n  ```\nb", false),
            ("> ~~~\n> ```", true),
            ("````\n```", true),
            ("`a` ```b```", false),
        ] {
            let mut fences = Fences::default();
            for line in text.lines() {
                fences.read(line);
            }
            assert_eq!(fences.is_open(), open, "{text}");
        }
    }
}
