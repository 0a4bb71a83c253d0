//! Markdown that is cut off in the middle, as a stream is.

use crate::{
    fences::{Fences, Read, content},
    marks::leading,
};

/// Marks that stand in pairs, longer ones first.
const MARKS: [&str; 8] = ["$$", "**", "__", "~~", "||", "*", "_", "`"];
/// Those in which nothing else is a mark.
const VERBATIM: [&str; 2] = ["$$", "`"];

/// Closes the marks that are open at the end of a partial text, and drops those that only begin there, so that none
/// flashes up as a literal character. In CommonMark blocks close themselves; this is about the last paragraph.
pub(super) fn mend(markdown: &str) -> String {
    let markdown = without_begun_table(without_begun_line(markdown));
    let (begin, fences) = last_paragraph(markdown);
    // An open block of code is closed by the parser, and nothing in it is a mark.
    if fences.is_open() {
        return markdown.to_owned();
    }
    let (before, last) = markdown.split_at(begin);
    let last = without_open_link(last);
    let (last, open) = open_marks(&last);
    let mut mended = format!("{before}{}", last.trim_end());
    for mark in open.iter().rev() {
        mended.push_str(mark);
    }
    mended
}

/// Drops a last line that has no text yet: half a fence, the marker of a list or a heading, or an underline that would
/// turn the line before it into a heading.
fn without_begun_line(markdown: &str) -> &str {
    let (before, line) = markdown.split_at(markdown.rfind('\n').map_or(0, |at| at + 1));
    let (_, fences) = last_paragraph(before);
    let line = line.trim();
    let begins = if fences.is_open() {
        let mut closed = fences;
        fences.begins_to_close(line) && closed.read(line) == Read::Code
    } else {
        let number = line.strip_suffix(['.', ')']);
        let is_number = |text: &str| text.chars().all(|c| c.is_ascii_digit());
        !line.is_empty() && line.chars().all(|c| "-=+*_#>`~|: ".contains(c))
            || !before.is_empty() && number.is_some_and(is_number)
    };
    if begins { before } else { markdown }
}

/// Drops the head of a table until the line below makes it one.
fn without_begun_table(markdown: &str) -> &str {
    let (_, fences) = last_paragraph(markdown);
    let text = markdown.trim_end_matches('\n');
    let begin = text.rfind('\n').map_or(0, |at| at + 1);
    let is_row = |line: &str| content(line).starts_with("| ");
    let before = text[..begin].lines().next_back().unwrap_or_default();
    // A row with one above it is part of a table that is shown already.
    let begins = !fences.is_open() && is_row(&text[begin..]) && !content(before).starts_with('|');
    if begins { &text[..begin] } else { markdown }
}

/// Where the last paragraph begins, or the last item, heading or cell, and whether code is open at the end.
fn last_paragraph(markdown: &str) -> (usize, Fences) {
    let mut fences = Fences::default();
    let (mut begin, mut at) = (0, 0);
    for line in markdown.split_inclusive('\n') {
        let end = at + line.len();
        let inside = content(line);
        let is_block = inside.len() < line.trim_start().len() || inside.starts_with('#');
        if fences.read(line) != Read::Text || inside.trim().is_empty() {
            begin = end;
        } else if inside.starts_with("| ") {
            let cell = line.trim_end().rfind('|').unwrap_or_default();
            begin = at + cell + 1;
        } else if is_block {
            begin = end - inside.len();
        }
        at = end;
    }
    (begin.min(markdown.len()), fences)
}

/// `[label](https://exam` becomes `label`, and half a citation nothing.
fn without_open_link(text: &str) -> String {
    let Some(begin) = text.rfind('[') else {
        return text.to_owned();
    };
    let link = &text[begin..];
    let open = match link.split_once("](") {
        Some((_, address)) => !address.contains(')'),
        // A citation such as [1] is closed; [the manual may become a link.
        None => !link.contains(']'),
    };
    let verbatim = scan(&text[..begin])
        .last()
        .is_some_and(|mark| VERBATIM.contains(mark));
    if !open || verbatim {
        return text.to_owned();
    }
    let label = link[1..].split("](").next().unwrap_or_default();
    let half = format!("{label}]");
    let cites = label.is_empty() || leading(&format!("[{half}")) == half.len() + 1;
    format!("{}{}", &text[..begin], if cites { "" } else { label })
}

/// The marks that are open, outermost first, and the text without those at its end that mark nothing yet.
fn open_marks(text: &str) -> (&str, Vec<&'static str>) {
    let text = text.trim_end();
    let bare = text.trim_end_matches(['*', '_', '~', '|', '`', '[', '!', '\\', '$']);
    let tail = &text[bare.len()..];
    // Marks at the end stay when they close something, and go when they would open something.
    let open_before = scan(bare);
    let closes = open_before
        .last()
        .is_some_and(|mark| tail.starts_with(mark));
    if closes {
        let open = scan(text);
        return (text, open);
    }
    (bare, open_before)
}

fn scan(text: &str) -> Vec<&'static str> {
    let mut open: Vec<&'static str> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let before = text[..at].chars().next_back();
        let verbatim = open.last().copied().filter(|mark| VERBATIM.contains(mark));
        if let (None, Some(escaped)) = (verbatim, rest.strip_prefix('\\')) {
            at += 1 + escaped.chars().next().map_or(0, char::len_utf8);
            continue;
        }
        let mark = MARKS.into_iter().find(|mark| {
            rest.starts_with(mark) && verbatim.is_none_or(|verbatim| verbatim == *mark)
        });
        let Some(mark) = mark else {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        };
        let after = rest[mark.len()..].chars().next();
        let space = |c: Option<char>| c.is_none_or(char::is_whitespace);
        let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        // snake_case has no emphasis in it.
        let inside_word = mark.starts_with('_') && word(before) && word(after);
        if open.last() == Some(&mark) && (verbatim.is_some() || !space(before)) {
            open.pop();
        } else if !inside_word && (mark == "$$" || !space(after)) && !open.contains(&mark) {
            open.push(mark);
        }
        at += mark.len();
    }
    open
}

#[cfg(test)]
mod tests {
    use super::mend;

    #[test]
    fn what_is_open_is_closed() {
        for (given, wanted) in [
            ("a **bold", "a **bold**"),
            ("a **bold**", "a **bold**"),
            ("a **bold*", "a **bold**"),
            ("a **", "a"),
            ("a *b **c", "a *b **c***"),
            ("run `ls -l", "run `ls -l`"),
            ("run `a[0", "run `a[0`"),
            ("see [the man", "see the man"),
            ("see [the manual](https://ex", "see the manual"),
            ("as said [1]", "as said [1]"),
            ("as said [1", "as said"),
            ("as said [", "as said"),
            ("snake_case and 2 * 3", "snake_case and 2 * 3"),
            ("**done**\n\nnext ~~gone", "**done**\n\nnext ~~gone~~"),
            ("- **done\n- next *one", "- **done\n- next *one*"),
            ("```rust\nlet a = **b", "```rust\nlet a = **b"),
            ("```\n**\n```\nthen **bold", "```\n**\n```\nthen **bold**"),
            ("so\n$$\n\\min_w x", "so\n$$\n\\min_w x$$"),
        ] {
            assert_eq!(mend(given), wanted, "{given:?}");
        }
    }

    #[test]
    fn what_only_begins_is_left_out() {
        for (given, wanted) in [
            ("a line\n-", "a line"),
            ("a line\n---", "a line"),
            ("a line\n2.", "a line"),
            ("- one\n- ", "- one"),
            ("so\n\n``", "so\n\n"),
            ("```\nlet a\n``", "```\nlet a\n"),
            ("```\nlet a\n```", "```\nlet a\n```"),
            ("so\n\n| a | b |", "so\n\n"),
            ("so\n\n| a | b |\n|--", "so\n\n"),
            ("| a |\n|---|\n| **b", "| a |\n|---|\n| **b**"),
        ] {
            assert_eq!(mend(given), wanted, "{given:?}");
        }
    }
}
