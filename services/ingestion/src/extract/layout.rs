//! From the lines of a printed page back to paragraphs.

/// Share of the page's usual line length past which a line is full, so that its paragraph goes on.
const FULL: f32 = 0.75;

/// Joins the lines of a page into paragraphs, one blank line between them.
///
/// PDF knows where glyphs stand and not where paragraphs end; the extractor gives a line of text for each printed
/// line, with a blank line after it. A line that ends well before the margin ends its paragraph.
pub(super) fn paragraphs(page: &str) -> String {
    let lines: Vec<&str> = page.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let usual = usual_width(&lines);
    let mut text = String::with_capacity(page.len());
    for (index, line) in lines.iter().enumerate() {
        text.push_str(line);
        let Some(next) = lines.get(index + 1) else { break };
        let full = width(line) as f32 >= usual * FULL;
        if !full || begins_item(next) {
            text.push_str("\n\n");
        } else if line.ends_with('-') && next.starts_with(char::is_lowercase) {
            text.pop();
        } else if !(line.ends_with(is_wide) && next.starts_with(is_wide)) {
            text.push(' ');
        }
    }
    text
}

/// Length that nine in ten lines do not exceed.
fn usual_width(lines: &[&str]) -> f32 {
    let mut widths: Vec<usize> = lines.iter().map(|line| width(line)).collect();
    widths.sort_unstable();
    widths.get(widths.len().saturating_mul(9) / 10).copied().unwrap_or(0) as f32
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
        Some('•' | '·' | '▪' | '◦' | '●' | '○' | '–' | '*' | '-') => chars.next().is_some_and(char::is_whitespace),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn items_of_a_list_stay_apart() {
        assert_eq!(paragraphs("• first item of it\n• other item of it"), "• first item of it\n\n• other item of it");
    }
}
