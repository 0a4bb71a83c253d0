//! A long text in pieces that are split one by one.
//!
//! The splitter and the parser of Markdown take memory and time that grow faster than a text: for each passage they look
//! at all that follows it. In pieces of a bounded length they take what the text's length says, whatever is in it.

use std::ops::Range;

/// Most bytes of a piece: some thirty passages, so that where it ends is seldom felt.
const LONGEST: usize = 32 << 10;
/// Most bytes of a piece that has no line in it that ends, but for the last of a text.
const LONGEST_LINE: usize = 8 << 10;
/// A piece ends in its last three quarters.
const SHORTEST: usize = LONGEST / 4;
/// Lists and quotations in each other that are read as such. Each line costs what they are, and nobody writes more.
const DEEPEST: usize = 64;

/// A part of a text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece {
    pub(super) range: Range<usize>,
    /// Whether it is read as Markdown.
    pub(super) markdown: bool,
}

/// The pieces of a section of a text, in order and without a gap.
pub(super) fn pieces(text: &str, section: Range<usize>, markdown: bool) -> Vec<Piece> {
    let mut found = Vec::new();
    let mut begin = section.start;
    let mut fence = Fence::default();
    while begin < section.end {
        let in_code = fence.is_open();
        let end = begin + end_of_piece(&text[begin..section.end], markdown, &mut fence);
        let range = begin..end;
        // The rest of a block of code has lost the fence that opens it.
        let markdown = markdown && !in_code && !is_too_deep(&text[range.clone()]);
        found.push(Piece { range, markdown });
        begin = end;
    }
    found
}

/// Whether a place is inside a block of code, which a blank line or a mark does not end.
#[derive(Debug, Clone, Copy, Default)]
struct Fence(Option<(char, usize)>);

impl Fence {
    fn pass(&mut self, line: &str) {
        let line = line.trim_start();
        let Some(mark) = line.chars().next().filter(|c| matches!(c, '`' | '~')) else {
            return;
        };
        let rest = line.trim_start_matches(mark);
        let length = line.len() - rest.len();
        match self.0 {
            // "```code```" in one line opens nothing.
            None if length >= 3 && !(mark == '`' && rest.contains('`')) => {
                self.0 = Some((mark, length));
            }
            Some((open, least)) if open == mark && length >= least && rest.trim().is_empty() => {
                self.0 = None;
            }
            _ => {}
        }
    }

    fn is_open(&self) -> bool {
        self.0.is_some()
    }
}

/// How good a place is to end a piece at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cut {
    Line,
    Paragraph,
    Heading,
}

/// Length of the first piece of a text: up to the last heading, else the last paragraph, else the last line that begins
/// in it; and where it begins in a block of code, not past the end of that.
fn end_of_piece(text: &str, markdown: bool, fence: &mut Fence) -> usize {
    let in_code = fence.is_open();
    // The usual case: most documents are one piece.
    if text.len() <= LONGEST && !in_code {
        return text.len();
    }
    let window = &text[..text.floor_char_boundary(LONGEST)];
    let mut best: Option<((bool, Cut), usize)> = None;
    let mut at_best = *fence;
    let (mut at, mut after_blank) = (0, false);
    for line in window.split_inclusive('\n') {
        let is_blank = line.trim().is_empty();
        let cut = if fence.is_open() || is_blank {
            Cut::Line
        } else if markdown && line.starts_with('#') {
            Cut::Heading
        } else if after_blank {
            Cut::Paragraph
        } else {
            Cut::Line
        };
        // A place in the last three quarters before a better one at the very beginning, and of equals the last.
        let worth = (at >= SHORTEST, cut);
        if at > 0 && best.is_none_or(|(found, _)| worth >= found) {
            best = Some((worth, at));
            at_best = *fence;
        }
        if markdown {
            fence.pass(line);
        }
        at += line.len();
        after_blank = is_blank;
        if in_code && !fence.is_open() {
            return at;
        }
    }
    if text.len() <= LONGEST {
        return text.len();
    }
    *fence = at_best;
    best.map_or_else(|| end_of_line_piece(window), |(_, at)| at)
}

/// Length of the first piece of a line that is too long for one: up to a space or a mark where there is one.
fn end_of_line_piece(line: &str) -> usize {
    let near = &line[..line.floor_char_boundary(LONGEST_LINE)];
    let ends = |c: char| c.is_whitespace() || matches!(c, '。' | '！' | '？' | '、' | '，');
    near.char_indices()
        .rev()
        .find(|(_, c)| ends(*c))
        .map(|(at, c)| at + c.len_utf8())
        // One far at the front would leave pieces of a few bytes, and each costs a parser.
        .filter(|end| *end >= LONGEST_LINE / 4)
        .unwrap_or(near.len())
}

/// Whether lists and quotations are nested deeper than anybody writes them.
fn is_too_deep(markdown: &str) -> bool {
    markdown.lines().any(|line| depth(line) > DEEPEST)
}

/// Marks of lists and quotations that a line begins with, and how deep its indentation says that its list is.
fn depth(line: &str) -> usize {
    let begin = line.trim_start();
    let is_rule = |byte: u8| matches!(byte, b'-' | b'*' | b'_' | b' ' | b'\t');
    let mut rest = begin.as_bytes();
    let mut marks = 0;
    if begin.bytes().all(is_rule) {
        return 0;
    }
    loop {
        match rest {
            [b' ' | b'\t', after @ ..] => rest = after,
            [b'>', after @ ..] | [b'-' | b'*' | b'+', b' ' | b'\t', after @ ..] => {
                marks += 1;
                rest = after;
            }
            [b'0'..=b'9', ..] => {
                let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
                let [b'.' | b')', b' ' | b'\t', after @ ..] = &rest[digits..] else {
                    break;
                };
                marks += 1;
                rest = after;
            }
            _ => break,
        }
    }
    let indentation = line[..line.len() - begin.len()].chars();
    let columns: usize = indentation.map(|c| if c == '\t' { 4 } else { 1 }).sum();
    if marks == 0 { 0 } else { marks + columns / 2 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str, markdown: bool) -> Vec<&str> {
        let pieces = pieces(text, 0..text.len(), markdown);
        let texts: Vec<&str> = pieces.iter().map(|p| &text[p.range.clone()]).collect();
        assert_eq!(texts.concat(), text, "nothing is lost");
        assert!(texts.iter().all(|piece| piece.len() <= LONGEST));
        texts
    }

    #[test]
    fn a_short_text_is_one_piece() {
        assert_eq!(texts("# One\n\nText.\n", true), ["# One\n\nText.\n"]);
        assert!(texts("", false).is_empty());
    }

    #[test]
    fn a_long_text_ends_its_pieces_before_headings_and_paragraphs() {
        let paragraph = "Words of a paragraph, one line of them.\nAnother line.\n\n";
        let plain = paragraph.repeat(2_000);
        for piece in texts(&plain, false) {
            assert!(piece.starts_with("Words"), "{}", &piece[..20]);
        }
        let section = format!("## Section\n\n{}", paragraph.repeat(200));
        for piece in texts(&section.repeat(20), true) {
            assert!(piece.starts_with("## Section"), "{}", &piece[..20]);
        }
    }

    #[test]
    fn a_block_of_code_that_is_longer_than_a_piece_is_read_as_code_to_its_end() {
        let code = "# a comment\n\nrun --all\n".repeat(4_000);
        let text = format!("# Title\n\n```sh\n{code}```\n\n# Head\n\nText.\n");
        texts(&text, true);
        let pieces = pieces(&text, 0..text.len(), true);
        assert!(pieces.len() > 3);
        for (n, piece) in pieces.iter().enumerate() {
            assert_eq!(piece.markdown, n == 0 || n == pieces.len() - 1, "{n}");
        }
        let last = pieces.last().expect("pieces");
        assert_eq!(&text[last.range.clone()], "\n# Head\n\nText.\n");
    }

    #[test]
    fn a_line_without_end_is_cut_between_characters() {
        let line = "过拟合".repeat(100_000);
        let pieces = texts(&line, false);
        let (_, before) = pieces.split_last().expect("pieces");
        assert!(before.iter().all(|piece| piece.len() <= LONGEST_LINE));
        let words = "word ".repeat(100_000);
        assert!(texts(&words, true).iter().all(|piece| piece.ends_with(' ')));
    }

    #[test]
    fn what_is_nested_deeper_than_anybody_writes_is_read_as_plain_text() {
        let deep = [
            "> ".repeat(1_000) + "x",
            "- ".repeat(1_000) + "x",
            "1. ".repeat(1_000) + "x",
            " ".repeat(2_000) + "- x",
        ];
        for text in deep {
            assert!(
                !pieces(&text, 0..text.len(), true)[0].markdown,
                "{}",
                &text[..20]
            );
        }
        let rule = "- ".repeat(500);
        let code = " ".repeat(500) + "x";
        for text in ["- a\n  - b\n    - c\n", "> > quoted\n", &rule, &code] {
            assert!(pieces(text, 0..text.len(), true)[0].markdown, "{text}");
        }
    }
}
