//! A model's Markdown, piece by piece as it comes: sentences with their place in lists and paragraphs, code and tables
//! whole.

use stoa_language::sentences;

/// What stands between a piece and the one before it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Lead {
    /// Line breaks: 0 goes on in the line, 1 begins a line, 2 a block.
    pub(crate) breaks: u8,
    /// Indentation, and the mark of a list, quote or heading.
    pub(crate) mark: String,
}

/// What a piece is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Body {
    /// A sentence, with its citations.
    Sentence(String),
    /// A heading, without its mark.
    Heading(String),
    /// A fenced block with its fences.
    Code(String),
    /// The lines of a table, its heads first.
    Table(Vec<String>),
}

/// A part of an answer that stays or goes as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) lead: Lead,
    pub(crate) body: Body,
}

/// Longest fenced block and table, in bytes: a model that does not end one ends there.
const MAX_BLOCK: usize = 32 << 10;

/// Cuts a stream into pieces.
#[derive(Debug, Default)]
pub(crate) struct BlockStream {
    /// What of the open line has not been given out.
    line: String,
    /// Something of the open line was given out.
    begun: bool,
    breaks: u8,
    fence: Option<Fence>,
    table: Vec<String>,
    table_breaks: u8,
}

#[derive(Debug)]
struct Fence {
    mark: String,
    lead: Lead,
    text: String,
}

impl BlockStream {
    /// Takes more text and returns the pieces that are whole now.
    pub(crate) fn push(&mut self, text: &str) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for part in text.split_inclusive('\n') {
            self.line
                // Endpoints on Windows send CRLF.
                .push_str(part.trim_end_matches('\n').trim_end_matches('\r'));
            if part.ends_with('\n') {
                self.end_line(&mut pieces);
            // A line that may become a fence, a table or a heading is not known before it ends.
            } else if self.is_prose() {
                self.sentences(false, &mut pieces);
            }
        }
        pieces
    }

    /// What is left when the text ends.
    pub(crate) fn finish(mut self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        self.end_line(&mut pieces);
        self.end_table(&mut pieces);
        // An answer that ran into its limit of tokens ends inside a block: closed here, or all that a platform shows
        // behind it would be code.
        if let Some(fence) = self.fence.take() {
            let text = format!("{}{}{}", fence.text, fence.lead.mark, fence.mark);
            pieces.push(code(fence.lead, text));
        }
        pieces
    }

    /// Whether the block before is complete, so that what was given out can be checked together.
    pub(crate) fn is_between_blocks(&self) -> bool {
        self.breaks == 2 && self.line.is_empty() && self.fence.is_none() && self.table.is_empty()
    }

    fn is_prose(&self) -> bool {
        let line = self.line.trim_start();
        self.fence.is_none()
            // A line of which something was given out is prose, whatever character the rest begins with.
            && (self.begun || !line.starts_with(['`', '~', '|', '#']) && !line.is_empty())
    }

    fn end_line(&mut self, pieces: &mut Vec<Piece>) {
        let line = std::mem::take(&mut self.line);
        let begun = std::mem::take(&mut self.begun);
        let trimmed = line.trim();
        if self.fence.is_some() {
            self.fence_line(&line, pieces);
            return;
        }
        if begun {
            self.line = line;
            self.begun = true;
            self.sentences(true, pieces);
            self.begun = false;
            self.breaks = 1;
            return;
        }
        if trimmed.starts_with('|') {
            if self.table.is_empty() {
                self.table_breaks = self.breaks;
            }
            self.table.push(line);
            self.breaks = 1;
            // A table that never ends would keep everything behind it from being checked and shown.
            if self.table.iter().map(String::len).sum::<usize>() > MAX_BLOCK {
                self.end_table(pieces);
            }
            return;
        }
        self.end_table(pieces);
        if trimmed.is_empty() {
            self.breaks = 2;
        } else if let Some(mark) = fence_mark(trimmed) {
            let indent = &line[..line.len() - line.trim_start().len()];
            self.fence = Some(Fence {
                mark,
                lead: self.lead(indent.to_owned()),
                text: format!("{trimmed}\n"),
            });
        } else if let Some((mark, text)) = heading(trimmed) {
            let lead = self.lead(mark);
            pieces.push(Piece {
                lead,
                body: Body::Heading(text),
            });
            self.breaks = 2;
        } else if !is_rule(trimmed) {
            self.line = line;
            self.sentences(true, pieces);
            self.breaks = 1;
            self.begun = false;
        }
    }

    fn fence_line(&mut self, line: &str, pieces: &mut Vec<Piece>) {
        let Some(mut fence) = self.fence.take() else {
            return;
        };
        let closes = line.trim().starts_with(&fence.mark)
            // "```rust" inside a block opens nothing and closes nothing.
            && line.trim().chars().all(|c| fence.mark.contains(c));
        if closes {
            // A fence in a list ends where the list's text begins: at the margin it would open another.
            fence.text.push_str(&fence.lead.mark);
            fence.text.push_str(line.trim());
            pieces.push(code(fence.lead, fence.text));
            self.breaks = 1;
            return;
        }
        fence.text.push_str(line);
        if fence.text.len() > MAX_BLOCK {
            let text = format!("{}\n{}{}", fence.text, fence.lead.mark, fence.mark);
            pieces.push(code(fence.lead, text));
        } else {
            fence.text.push('\n');
            self.fence = Some(fence);
        }
    }

    fn end_table(&mut self, pieces: &mut Vec<Piece>) {
        if self.table.is_empty() {
            return;
        }
        let lead = Lead {
            breaks: self.table_breaks.max(1),
            mark: String::new(),
        };
        let body = Body::Table(std::mem::take(&mut self.table));
        pieces.push(Piece { lead, body });
    }

    fn lead(&mut self, mark: String) -> Lead {
        let breaks = std::mem::take(&mut self.breaks);
        Lead { breaks, mark }
    }

    /// Gives out the sentences of the open line; the last one waits for what may belong to it, unless the line ends.
    fn sentences(&mut self, ends: bool, pieces: &mut Vec<Piece>) {
        let mark = if self.begun {
            String::new()
        } else {
            mark(&self.line)
        };
        let text = self.line[mark.len()..].to_owned();
        let parts = with_citations(&text);
        let whole = if ends { parts.len() } else { complete(&parts) };
        let mut mark = Some(mark);
        let mut taken = mark.as_ref().map_or(0, String::len);
        for part in &parts[..whole] {
            taken += part.len();
            if part.trim().is_empty() {
                continue;
            }
            let lead = match mark.take() {
                Some(mark) if !self.begun => self.lead(mark),
                _ => Lead::default(),
            };
            self.begun = true;
            pieces.push(Piece {
                lead,
                body: Body::Sentence(part.trim().to_owned()),
            });
        }
        if whole > 0 && self.begun {
            self.line.drain(..taken);
        }
        if ends {
            self.line.clear();
        }
    }
}

fn code(lead: Lead, text: String) -> Piece {
    Piece {
        lead: Lead {
            breaks: lead.breaks.max(1),
            ..lead
        },
        body: Body::Code(text),
    }
}

/// How many parts are surely whole: the last may go on, and so may the one before it when a citation begins.
fn complete(parts: &[&str]) -> usize {
    let Some((last, before)) = parts.split_last() else {
        return 0;
    };
    let rest = last.trim_start();
    // A citation or a closing quote behind the full stop still belongs to the sentence, and may come in the next token.
    if rest.is_empty() || rest.starts_with(['[', '【', '(', '"', '”']) {
        before.len().saturating_sub(1)
    } else {
        before.len()
    }
}

/// Sentences, each with the citations that stand behind its full stop.
fn with_citations(text: &str) -> Vec<&str> {
    let mut parts: Vec<&str> = Vec::new();
    let mut from = 0;
    let mut end = 0;
    // A bracket right behind a full stop would close the sentence as a quotation mark does: "。[1] 下一句".
    for part in sentences::split(&without_citations(text)) {
        let part = &text[end..end + part.len()];
        // Splitting leaves "[1]" at the beginning of the next sentence.
        let marks = if from < end { citations(part) } else { 0 };
        end += marks;
        if from < end {
            parts.push(&text[from..end]);
        }
        from = end;
        end += part.len() - marks;
    }
    if from < text.len() {
        parts.push(&text[from..]);
    }
    parts
}

/// A text with spaces in the places of its citations, byte for byte.
fn without_citations(text: &str) -> String {
    let mut blank = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let marks = if matches!(c, '[' | '【') {
            citations(rest)
        } else {
            0
        };
        if marks > 0 {
            blank.extend(std::iter::repeat_n(' ', marks));
        } else {
            blank.push(c);
        }
        rest = &rest[if marks > 0 { marks } else { c.len_utf8() }..];
    }
    blank
}

/// Bytes of the citations that a text begins with.
fn citations(text: &str) -> usize {
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let gap = rest.len() - rest.trim_start().len();
        let close = match rest.trim_start().chars().next() {
            Some('[') => ']',
            Some('【') => '】',
            _ => return at,
        };
        let inner = &rest[gap..];
        let Some(end) = inner.find(close) else {
            return at;
        };
        let number = inner[..end].trim_start_matches(['[', '【', '^']);
        let is_number = number
            .chars()
            .all(|c| c.is_ascii_digit() || ", ，、".contains(c));
        let after = end + close.len_utf8();
        // `[1](https://…)` is a link.
        if number.is_empty() || !is_number || inner[after..].starts_with('(') {
            return at;
        }
        at += gap + after;
    }
}

fn fence_mark(line: &str) -> Option<String> {
    let mark: String = line
        .chars()
        .take_while(|c| *c == '`' || *c == '~')
        .collect();
    (mark.len() >= 3).then_some(mark)
}

fn heading(line: &str) -> Option<(String, String)> {
    let text = line.trim_start_matches('#');
    let level = line.len() - text.len();
    ((1..=6).contains(&level) && text.starts_with(' ')).then(|| {
        (
            format!("{} ", "#".repeat(level)),
            text.trim().trim_end_matches('#').trim_end().to_owned(),
        )
    })
}

/// A line that only parts: it says nothing.
fn is_rule(line: &str) -> bool {
    line.len() >= 3
        && line.chars().all(|c| matches!(c, '-' | '*' | '_' | ' '))
        && !line.contains(char::is_alphanumeric)
}

/// The indentation and the mark of a list or quote that a line begins with.
fn mark(line: &str) -> String {
    let mut at = line.len() - line.trim_start().len();
    loop {
        let rest = &line[at..];
        let next = one_mark(rest);
        if next == 0 {
            return line[..at].to_owned();
        }
        at += next;
    }
}

fn one_mark(text: &str) -> usize {
    for mark in ["> ", "- [ ] ", "- [x] ", "- ", "* ", "+ ", "• "] {
        if text.starts_with(mark) {
            return mark.len();
        }
    }
    let digits = text.chars().take_while(char::is_ascii_digit).count();
    let after = &text[digits..];
    // At most three digits: "2024. " ends a sentence.
    if (1..=3).contains(&digits) && (after.starts_with(". ") || after.starts_with(") ")) {
        return digits + 2;
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "To reset it, do this:\n\n1. Hold the button. Wait ten seconds. [1]\n2. Let go [2].\n   - It beeps.\n\n```bash\nstoa up\nstoa learn a.md\n```\n\n## Then\n\n| Lamp | Means |\n|---|---|\n| red | off [1] |\n\nDone. [1][2] All fine";

    fn pieces(text: &str, size: usize) -> Vec<Piece> {
        let mut stream = BlockStream::default();
        let chars: Vec<char> = text.chars().collect();
        let mut found: Vec<Piece> = chars
            .chunks(size)
            .flat_map(|piece| stream.push(&piece.iter().collect::<String>()))
            .collect();
        found.extend(stream.finish());
        found
    }

    #[test]
    fn blocks_are_the_same_however_they_come() {
        let whole = pieces(ANSWER, ANSWER.len());
        for size in 1..30 {
            assert_eq!(pieces(ANSWER, size), whole, "pieces of {size}");
        }
    }

    #[test]
    fn an_answer_keeps_its_shape() {
        let found = pieces(ANSWER, 7);
        let shape: Vec<(u8, &str, &str)> = found
            .iter()
            .map(|piece| {
                let text = match &piece.body {
                    Body::Sentence(text) | Body::Heading(text) | Body::Code(text) => text.as_str(),
                    Body::Table(rows) => rows[0].as_str(),
                };
                (piece.lead.breaks, piece.lead.mark.as_str(), text)
            })
            .collect();
        assert_eq!(
            shape,
            [
                (0, "", "To reset it, do this:"),
                (2, "1. ", "Hold the button."),
                (0, "", "Wait ten seconds. [1]"),
                (1, "2. ", "Let go [2]."),
                (1, "   - ", "It beeps."),
                (2, "", "```bash\nstoa up\nstoa learn a.md\n```"),
                (2, "## ", "Then"),
                (2, "", "| Lamp | Means |"),
                (2, "", "Done. [1][2]"),
                (0, "", "All fine"),
            ]
        );
    }

    #[test]
    fn sentences_come_before_their_line_ends() {
        let mut stream = BlockStream::default();
        assert_eq!(stream.push("The gate opens at nine. [1] It").len(), 1);
        assert!(stream.push(" closes at five.").is_empty());
        assert_eq!(stream.finish().len(), 1);
    }

    #[test]
    fn a_fence_in_a_list_ends_where_it_begins() {
        let found = pieces("1. Run:\n   ```sh\n   stoa up\n   ```\n2. Wait.", 4);
        assert_eq!(found[1].lead.mark, "   ");
        assert_eq!(
            found[1].body,
            Body::Code("```sh\n   stoa up\n   ```".to_owned())
        );
        assert_eq!(found[2].body, Body::Sentence("Wait.".to_owned()));
    }

    #[test]
    fn sentences_end_before_citations_that_follow_at_once() {
        let text = "周一闭馆。[1] 周二开放。[2]Dogs stay out.[3] Cats may come.";
        let parts: Vec<&str> = with_citations(text).into_iter().map(str::trim).collect();
        assert_eq!(
            parts,
            [
                "周一闭馆。[1]",
                "周二开放。[2]",
                "Dogs stay out.[3]",
                "Cats may come."
            ]
        );
        assert_eq!(without_citations(text).len(), text.len());
    }

    #[test]
    fn a_block_without_an_end_is_ended() {
        let found = pieces("```\nstoa up", 3);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].body, Body::Code("```\nstoa up\n```".to_owned()));
    }
}
