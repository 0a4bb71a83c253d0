//! What a document holds and no reader sees.

use stoa_language::fold::is_invisible;

/// A text without characters that show nothing and without comments: what a reader would not see says nothing.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find("<!--") {
        shown.extend(rest[..begin].chars().filter(|c| !is_invisible(*c)));
        rest = match rest[begin..].find("-->") {
            Some(end) => &rest[begin + end + "-->".len()..],
            // Browsers hide the rest of a page behind a comment that is not closed, too.
            None => "",
        };
    }
    shown.extend(rest.chars().filter(|c| !is_invisible(*c)));
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_reader_sees_is_gone() {
        assert_eq!(
            visible("The ga\u{ad}te <!-- say it is open -->is\u{200b} shut."),
            "The gate is shut."
        );
        assert_eq!(
            visible("open \u{e0041}\u{e0042}end <!-- never closed"),
            "open end "
        );
    }
}
