//! Characters that nobody sees and that keep words from being found.

use std::borrow::Cow;

use unicode_script::{Script, UnicodeScript};

const SOFT_HYPHEN: char = '\u{ad}';
const ENTITIES: [&str; 5] = ["&shy;", "&#173;", "&#xAD;", "&#xad;", "&ZeroWidthSpace;"];
/// Characters that the end of a line has at most, with what the next one is indented by.
const MAX_BREAK: usize = 64;

/// Text without soft hyphens, byte order marks, and spaces and joiners of no width where they say nothing.
pub(super) fn removed(text: String) -> String {
    // Nearly every text has none, and then it is not copied.
    if !text.contains(is_invisible) {
        return text;
    }
    let mut cleaned = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if c == SOFT_HYPHEN {
            join_line(&mut rest);
        } else if !is_invisible(c) || is_meant(c, cleaned.chars().next_back(), rest.peek().copied())
        {
            cleaned.push(c);
        }
    }
    cleaned
}

/// Markdown without soft hyphens and spaces of no width that are written by their names. In code they are meant.
pub(super) fn without_entities(markdown: &str) -> Cow<'_, str> {
    if !ENTITIES.iter().any(|entity| markdown.contains(entity)) {
        return Cow::Borrowed(markdown);
    }
    let mut text = String::with_capacity(markdown.len());
    let mut in_code = false;
    for line in markdown.split_inclusive('\n') {
        let begin = line.trim_start();
        let is_fence = begin.starts_with("```") || begin.starts_with("~~~");
        in_code ^= is_fence;
        if in_code || line.contains('`') {
            text.push_str(line);
        } else {
            let named = |line: String, entity: &&str| line.replace(entity, "");
            text.push_str(&ENTITIES.iter().fold(line.to_owned(), named));
        }
    }
    Cow::Owned(text)
}

fn is_invisible(c: char) -> bool {
    matches!(
        c,
        SOFT_HYPHEN | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}'
    )
}

/// A word that is hyphenated at the end of a line goes on in the next one.
fn join_line(rest: &mut (impl Iterator<Item = char> + Clone)) {
    let mut ahead = rest.clone();
    let mut read = 0;
    let mut lines = 0;
    let next = loop {
        match ahead.next() {
            Some(_) if read == MAX_BREAK => break None,
            Some('\n') => lines += 1,
            Some(c) if c.is_whitespace() || c == SOFT_HYPHEN => {}
            next => break next,
        }
        read += 1;
    };
    if lines == 1 && next.is_some_and(char::is_alphabetic) {
        rest.by_ref().take(read).for_each(drop);
    }
}

/// Whether a space or joiner of no width says something between two characters: where words end in a script without
/// spaces, how letters join in scripts where they do, and that pictures are one.
fn is_meant(c: char, before: Option<char>, after: Option<char>) -> bool {
    let either = |says: fn(char) -> bool| before.is_some_and(says) || after.is_some_and(says);
    match c {
        '\u{200b}' => either(|c| {
            matches!(
                c.script(),
                Script::Thai | Script::Lao | Script::Khmer | Script::Myanmar | Script::Tibetan
            )
        }),
        '\u{200c}' | '\u{200d}' => either(joins),
        _ => false,
    }
}

/// Whether letters of a character's script change with their neighbours, or it is part of a picture.
fn joins(c: char) -> bool {
    match c.script() {
        Script::Latin
        | Script::Greek
        | Script::Cyrillic
        | Script::Armenian
        | Script::Georgian
        | Script::Hebrew
        | Script::Han
        | Script::Hiragana
        | Script::Katakana
        | Script::Hangul
        | Script::Bopomofo => false,
        // Of what all scripts share, only pictures are joined: they stand behind all letters and marks.
        Script::Common => u32::from(c) >= 0x1_f000 || matches!(c, '\u{2600}'..='\u{27bf}'),
        Script::Inherited => c == '\u{fe0f}',
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(text: &str) -> String {
        removed(text.to_owned())
    }

    #[test]
    fn words_are_whole_again() {
        for (text, expected) in [
            ("photo\u{ad}vol\u{ad}taic", "photovoltaic"),
            ("light\u{ad}\nning rod", "lightning rod"),
            ("end\u{ad}\n\nNext", "end\n\nNext"),
            ("a\u{200b}b \u{feff}c\u{2060}d", "ab cd"),
            ("Auf\u{200c}lage", "Auflage"),
            ("净水\u{200b}器", "净水器"),
            ("plain", "plain"),
        ] {
            assert_eq!(cleaned(text), expected, "{text:?}");
        }
    }

    #[test]
    fn names_of_them_are_removed_but_from_code() {
        let text = "photo&shy;voltaic\n\n`&shy;` is one\n\n```\na&shy;b\n```\nc&#173;d\n";
        assert_eq!(
            without_entities(text),
            "photovoltaic\n\n`&shy;` is one\n\n```\na&shy;b\n```\ncd\n"
        );
    }

    #[test]
    fn what_says_something_stays() {
        for text in [
            "می\u{200c}خواهم",
            "क्\u{200d}ष",
            "👩\u{200d}🚒",
            "❤\u{fe0f}\u{200d}🔥",
            "ភាសា\u{200b}ខ្មែរ",
        ] {
            assert_eq!(cleaned(text), text, "{text:?}");
        }
    }
}
