//! Numbers at the beginning of a line, which the library escapes so that they do not begin a list.

/// Markdown in which "1\. Scope" is "1. Scope" again: the number is what the document says, and not for counting.
pub(super) fn unescaped(markdown: &str) -> String {
    let mut text = String::with_capacity(markdown.len());
    for line in markdown.split_inclusive('\n') {
        // Also behind the marks of a heading, a quote or an item.
        let body = line.trim_start_matches([' ', '#', '>', '-', '*']);
        let digits = body.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = body.split_at(digits);
        match rest.strip_prefix('\\') {
            Some(rest) if digits > 0 && rest.starts_with(['.', ')']) => {
                text.push_str(&line[..line.len() - body.len()]);
                text.push_str(number);
                text.push_str(rest);
            }
            _ => text.push_str(line),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_as_the_document_has_it() {
        assert_eq!(
            unescaped("## 1\\. Scope\n\n2\\. Terms\n\n3.1 a\\. b\n"),
            "## 1. Scope\n\n2. Terms\n\n3.1 a\\. b\n"
        );
    }
}
