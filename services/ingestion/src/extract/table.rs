//! Rows of cells as Markdown.

/// Adds the heads of a table.
pub(super) fn push_heads(text: &mut String, heads: &[String]) {
    push_row(text, heads.iter().map(String::as_str));
    text.push('|');
    text.push_str(&"---|".repeat(heads.len()));
    text.push('\n');
}

/// Adds a row of a table, or one of its heads.
pub(super) fn push_row<'a>(text: &mut String, cells: impl IntoIterator<Item = &'a str>) {
    text.push('|');
    for cell in cells {
        text.push(' ');
        push_cell(text, cell);
        text.push_str(" |");
    }
    text.push('\n');
}

/// A cell on one line, in which nothing ends it.
fn push_cell(text: &mut String, cell: &str) {
    for (at, word) in cell.split_whitespace().enumerate() {
        if at > 0 {
            text.push(' ');
        }
        for c in word.chars() {
            if c == '|' {
                text.push('\\');
            }
            text.push(c);
        }
    }
}
