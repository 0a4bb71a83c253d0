//! What completes a passage: the rest of a list, a table, a block of code or a sentence that runs over its ends.
//!
//! Small passages are found best, and half a list is read wrongly.

use stoa_language::{script::is_unspaced, sentences};

/// Most bytes that complete a passage at one end.
const MOST: usize = 2 << 10;
/// Most bytes of it that are the rest of a sentence.
const SENTENCE: usize = 400;

/// The neighbours that a passage needs to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Needs {
    pub(crate) before: bool,
    pub(crate) after: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line {
    Item,
    Row,
    Heading,
    Fence,
    Text,
}

impl Needs {
    /// What the ends of a text say of its neighbours.
    pub(crate) fn of(text: &str) -> Self {
        let open = is_cut_code(text);
        let first = text.lines().next().unwrap_or_default();
        // A row needs nothing before it, as each passage of a table has the heads.
        let before = open || Line::of(first) == Line::Item || goes_on(first);
        let last = text.trim_end().lines().last().unwrap_or_default();
        let after = open
            || match Line::of(last) {
                // It may be the last one; only the passage after it tells.
                Line::Item | Line::Row => true,
                Line::Heading | Line::Fence => false,
                Line::Text => !is_finished(last),
            };
        Self { before, after }
    }
}

/// What the passage before has of a passage's beginning.
pub(crate) fn before<'a>(text: &str, neighbour: &'a str) -> &'a str {
    let first = text.lines().next().unwrap_or_default();
    let neighbour = neighbour.trim_end();
    // Code that is cut here is open in both; where only one has an odd fence it was written so.
    let from = if is_cut_code(text) && is_cut_code(neighbour) {
        neighbour.rfind("```")
    } else if Line::of(first) == Line::Item {
        lead_of_list(neighbour)
    } else if goes_on(first) && !is_finished(neighbour) {
        last_sentence(neighbour)
    } else {
        None
    };
    let taken = from.map_or("", |from| &neighbour[from..]);
    // All of it or nothing: the beginning of a list without its lead says no more than the passage alone.
    if taken.len() > MOST { "" } else { taken }
}

/// What the passage after has of a passage's end.
pub(crate) fn after<'a>(text: &str, neighbour: &'a str) -> &'a str {
    let last = text.trim_end().lines().last().unwrap_or_default();
    let first = neighbour.lines().next().unwrap_or_default();
    if is_cut_code(text) && is_cut_code(neighbour) {
        let end = neighbour.find("```").map_or(0, |at| at + 3);
        return if end > MOST { "" } else { &neighbour[..end] };
    }
    match (Line::of(last), Line::of(first)) {
        // Each passage of a table has the heads; once is enough.
        (Line::Row, Line::Row) => leading(after_heads(neighbour), Line::Row),
        (Line::Item, Line::Item) => leading(neighbour, Line::Item),
        // A line that announces a list is nothing without it.
        (Line::Text, kind @ (Line::Item | Line::Row)) if last.ends_with([':', '：']) => {
            leading(neighbour, kind)
        }
        (Line::Text, Line::Text) if !is_finished(last) && goes_on(first) => {
            first_sentence(neighbour)
        }
        _ => "",
    }
}

impl Line {
    fn of(line: &str) -> Self {
        let line = line.trim_start();
        let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let rest = &line[digits..];
        if line.starts_with("```") {
            Self::Fence
        } else if line.starts_with('|') {
            Self::Row
        } else if line.starts_with('#') {
            Self::Heading
        } else if line
            .strip_prefix(['-', '*', '+'])
            .is_some_and(|rest| rest.starts_with(' '))
            || line.starts_with(['•', '·'])
            || (1..=3).contains(&digits)
                && rest
                    .strip_prefix(['.', ')', '、'])
                    .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
        {
            Self::Item
        } else {
            Self::Text
        }
    }
}

/// Whether code is open at one of a text's ends.
fn is_cut_code(text: &str) -> bool {
    let fences = text.lines().filter(|line| Line::of(line) == Line::Fence);
    // Without reading the languages behind them: a passage has few, and they come in pairs.
    fences.count() % 2 == 1
}

/// Whether a line goes on with a sentence.
fn goes_on(line: &str) -> bool {
    let first = line.chars().find(|c| c.is_alphanumeric());
    Line::of(line) == Line::Text && first.is_some_and(|c| c.is_lowercase() || is_unspaced(c))
}

fn is_finished(text: &str) -> bool {
    let marks: &[char] = &[')', '）', '"', '”', '」', '』', '*', '_', '`'];
    let text = text.trim_end().trim_end_matches(marks);
    text.ends_with(['.', '!', '?', '…', '。', '！', '？', '।', '؟', '|'])
}

/// The first lines of a kind, and the lines that go on with them.
fn leading(text: &str, kind: Line) -> &str {
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        let goes_on = kind == Line::Item && (line.trim().is_empty() || line.starts_with("  "));
        // Whole lines only: half an item may say the opposite of all of it.
        if Line::of(line) != kind && !goes_on || end + line.len() > MOST {
            break;
        }
        end += line.len();
    }
    text[..end].trim_end()
}

/// A part of a table after the heads that it repeats.
fn after_heads(table: &str) -> &str {
    let mut lines = table.split_inclusive('\n');
    let heads = lines.next().map_or(0, str::len);
    match lines.next() {
        Some(line) if line.contains("--") && line.chars().all(|c| "|-: \n\r".contains(c)) => {
            &table[heads + line.len()..]
        }
        _ => table,
    }
}

/// Where the list begins that a text ends with, or the line that leads to it.
fn lead_of_list(text: &str) -> Option<usize> {
    let mut begin = None;
    let mut at = text.len();
    for line in text.split_inclusive('\n').rev() {
        at -= line.len();
        let plain = line.trim_end();
        match Line::of(plain) {
            Line::Item => begin = Some(at),
            _ if plain.is_empty() || plain.starts_with("  ") => {}
            Line::Text if plain.ends_with([':', '：']) => return Some(at),
            _ => break,
        }
    }
    begin
}

/// Where the last sentence of an unfinished text begins.
fn last_sentence(text: &str) -> Option<usize> {
    let from = text.len().saturating_sub(SENTENCE);
    let mut ends = text
        .char_indices()
        .map(|(at, c)| (at + c.len_utf8(), c))
        .filter(|(end, c)| *c == '\n' || sentences::is_end(*c, &text[*end..]));
    let begin = ends.next_back().map_or(0, |(end, _)| end);
    // A sentence that begins further away is no sentence but a text without marks.
    (begin >= from && begin < text.len()).then_some(begin)
}

fn first_sentence(text: &str) -> &str {
    let near = text.char_indices().take_while(|(at, _)| *at < SENTENCE);
    let end = near
        .map(|(at, c)| (at + c.len_utf8(), c))
        .find(|(end, c)| sentences::is_end(*c, &text[*end..]))
        .map_or(0, |(end, _)| end);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_list_is_completed_on_both_sides() {
        let first =
            "The hall is open to all.\n\nTo book it you need:\n\n- a name\n- a phone number";
        let second = "- a deposit\n- the form\n\nForms are at the desk.";
        assert_eq!(
            before(second, first),
            "To book it you need:\n\n- a name\n- a phone number"
        );
        assert_eq!(after(first, second), "- a deposit\n- the form");
        assert_eq!(
            Needs::of(first),
            Needs {
                before: false,
                after: true
            }
        );
        assert_eq!(
            Needs::of(second),
            Needs {
                before: true,
                after: false
            }
        );
        assert_eq!(
            after("To book it you need:", second),
            "- a deposit\n- the form"
        );
    }

    #[test]
    fn a_table_goes_on_without_its_heads() {
        let heads = "| pump | bar |\n|---|---|\n";
        let first = format!("{heads}| P1 | 3 |");
        let second = format!("{heads}| P2 | 4 |\n| P3 | 5 |\n\nPumps are red.");
        assert_eq!(after(&first, &second), "| P2 | 4 |\n| P3 | 5 |");
        assert_eq!(before(&second, &first), "");
    }

    #[test]
    fn code_is_completed_to_its_fence() {
        let first = "Run this:\n\n```sh\nstoa up";
        let second = "stoa learn docs\n```\n\nThen ask.";
        assert_eq!(after(first, second), "stoa learn docs\n```");
        assert_eq!(before(second, first), "```sh\nstoa up");
    }

    #[test]
    fn a_sentence_is_completed_and_no_heading_taken_for_one() {
        let first = "It rained. The keeper of the";
        let second = "lighthouse slept. Nobody came.";
        assert_eq!(after(first, second), "lighthouse slept.");
        assert_eq!(before(second, first), " The keeper of the");
        assert_eq!(after("It rained.", second), "");
        assert_eq!(after("Survey of 2024", "The well is deep. It is dry."), "");
        assert_eq!(after("# Notes", second), "");
        assert_eq!(
            after("模型在训练集上表现很好，", "但在新样本上表现很差。其余略。"),
            "但在新样本上表现很差。"
        );
    }

    #[test]
    fn what_completes_is_limited() {
        let item = format!("- {}\n", "x".repeat(300));
        assert!(after("- a", &item.repeat(50)).len() <= MOST);
        assert!(before("- a", &item.repeat(50)).is_empty());
        let long = "word ".repeat(1_000);
        assert_eq!(after("The keeper", &long), "");
        for text in ["", "\n", "```", "：", "1.", "|", "-", "•x"] {
            let _ = (Needs::of(text), before(text, text), after(text, text));
        }
    }
}
