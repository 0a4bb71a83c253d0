//! From the lines of a printed page back to paragraphs.

use std::collections::{HashMap, HashSet};

/// Lines at the top and the bottom of a page in which headers and footers stand.
const EDGE: usize = 3;
/// A line that stands at the edge of this many pages, and of one in this many, is no text of the document.
const REPEATS: usize = 4;
const ONE_IN: usize = 4;

/// Share of the page's usual line length past which a line is full, so that its paragraph goes on.
const FULL: f32 = 0.75;

/// Joins the lines of a page into paragraphs, one blank line between them.
///
/// PDF knows where glyphs stand and not where paragraphs end; the extractor gives a line of text for each printed
/// line, with a blank line after it. A line that ends well before the margin ends its paragraph.
pub(super) fn paragraphs(page: &str, furniture: &Furniture) -> String {
    let lines: Vec<String> = lines(page)
        .filter(|line| !furniture.holds(line))
        .map(undotted)
        .collect();
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let usual = usual_width(&lines);
    let mut text = String::with_capacity(page.len());
    for (index, line) in lines.iter().enumerate() {
        text.push_str(line);
        let Some(next) = lines.get(index + 1) else {
            break;
        };
        let full = width(line) as f32 >= usual * FULL;
        if line.ends_with('\u{ad}') {
            // It stands within a word, wherever its line ends.
            text.pop();
        } else if !full || begins_item(next) {
            text.push_str("\n\n");
        // Before a capital it is a hyphen of its own: "Anna-" "Maria".
        } else if line.ends_with('-') && next.starts_with(char::is_lowercase) {
            text.pop();
        } else if !(line.ends_with(is_wide) && next.starts_with(is_wide)) {
            text.push(' ');
        }
    }
    text
}

/// Headers and footers: lines that stand at the edge of many pages, whatever numbers are in them.
pub(super) struct Furniture(HashSet<String>);

impl Furniture {
    pub(super) fn of<'a>(pages: impl Iterator<Item = &'a str>) -> Self {
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut count = 0;
        for page in pages {
            count += 1;
            let lines: Vec<&str> = lines(page).collect();
            let edges = lines
                .iter()
                .take(EDGE)
                .chain(lines.iter().skip(EDGE).rev().take(EDGE));
            let unique: HashSet<String> = edges.map(|line| shape(line)).collect();
            for line in unique {
                *seen.entry(line).or_default() += 1;
            }
        }
        let repeated = seen
            .into_iter()
            // Both: in a short document a line may repeat by chance, in a long one a heading may repeat in each
            // chapter.
            .filter(|(_, pages)| *pages >= REPEATS && *pages * ONE_IN >= count);
        Self(repeated.map(|(line, _)| line).collect())
    }

    fn holds(&self, line: &str) -> bool {
        self.0.contains(&shape(line))
    }
}

fn lines(page: &str) -> impl Iterator<Item = &str> {
    page.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// A line without its numbers, which count pages and chapters.
fn shape(line: &str) -> String {
    line.chars()
        .filter(|c| !c.is_numeric() && !c.is_whitespace())
        .collect()
}

/// A line of a table of contents without its dots.
fn undotted(line: &str) -> String {
    let mut words = line.split_whitespace().peekable();
    let mut kept: Vec<&str> = Vec::new();
    while let Some(word) = words.next() {
        let dots = word.chars().all(|c| matches!(c, '.' | '…' | '·'));
        if dots && (word.len() > 3 || words.peek().is_some_and(|next| *next == word)) {
            while words.next_if_eq(&word).is_some() {}
            kept.push("…");
        } else {
            kept.push(word);
        }
    }
    kept.join(" ")
}

/// Length that nine in ten lines do not exceed.
fn usual_width(lines: &[&str]) -> f32 {
    let mut widths: Vec<usize> = lines.iter().map(|line| width(line)).collect();
    widths.sort_unstable();
    widths
        .get(widths.len().saturating_mul(9) / 10)
        .copied()
        .unwrap_or(0) as f32
}

/// Columns of a line: a Chinese, Japanese or Korean character takes two.
fn width(line: &str) -> usize {
    line.chars().map(|c| if is_wide(c) { 2 } else { 1 }).sum()
}

fn is_wide(c: char) -> bool {
    matches!(u32::from(c), 0x2e80..=0x9fff | 0xac00..=0xd7af | 0xf900..=0xfaff | 0xff00..=0xff60 | 0x20000..=0x3ffff)
}

/// Whether a line begins an item of a list.
fn begins_item(line: &str) -> bool {
    let mut chars = line.chars();
    match chars.next() {
        Some('•' | '·' | '▪' | '◦' | '●' | '○' | '–' | '*' | '-') => {
            chars.next().is_some_and(char::is_whitespace)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paragraphs(page: &str) -> String {
        super::paragraphs(page, &Furniture::of(std::iter::empty()))
    }

    #[test]
    fn headers_and_footers_are_left_out() {
        let texts = ["alpha", "beta", "gamma", "delta", "epsilon"];
        let pages: Vec<String> = texts
            .iter()
            .zip(1..)
            .map(|(text, n)| format!("The Book\n{text} is the text of it.\nPage {n} of 5"))
            .collect();
        let furniture = Furniture::of(pages.iter().map(String::as_str));
        assert_eq!(
            super::paragraphs(&pages[1], &furniture),
            "beta is the text of it."
        );
    }

    #[test]
    fn dots_of_a_table_of_contents_are_left_out() {
        assert_eq!(paragraphs("2.1 Errors . . . . . . 5"), "2.1 Errors … 5");
        assert_eq!(paragraphs("It ends here. Really."), "It ends here. Really.");
    }

    #[test]
    fn lines_of_a_paragraph_are_joined_and_paragraphs_kept_apart() {
        let page = "The boundary layer grows with the dis-\n\ntance from the leading edge of the plate until\n\nit separates.\n\nThe wake behind the plate is turbulent and its\n\nwidth grows.";
        let expected = "The boundary layer grows with the distance from the leading edge of the plate until it separates.\n\nThe wake behind the plate is turbulent and its width grows.";
        assert_eq!(paragraphs(page), expected);
    }

    #[test]
    fn chinese_lines_are_joined_without_a_space() {
        let page = "过拟合是由于模型的学习能力相对于数据来说\n\n过于强大，反过来说，欠拟合是因为模型的学\n\n习能力过于低下。";
        assert_eq!(
            paragraphs(page),
            "过拟合是由于模型的学习能力相对于数据来说过于强大，反过来说，欠拟合是因为模型的学习能力过于低下。"
        );
    }

    #[test]
    fn a_soft_hyphen_at_the_end_of_a_line_joins_its_word() {
        let page = "The photovol\u{ad}\n\ntaic inverter is off.";
        assert_eq!(paragraphs(page), "The photovoltaic inverter is off.");
    }

    #[test]
    fn items_of_a_list_stay_apart() {
        assert_eq!(
            paragraphs("• first item of it\n• other item of it"),
            "• first item of it\n\n• other item of it"
        );
    }
}
