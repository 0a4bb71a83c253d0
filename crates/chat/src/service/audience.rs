//! Messages of services, as far as they are meant for people in a chat: parts that name a setting, or a command of the
//! command line, are for those who run the bot, and stay in the log.

use crate::locale::Locale;

/// Sections of the configuration.
const SECTIONS: [&str; 15] = [
    "assets",
    "chat",
    "checking",
    "data",
    "database",
    "discord",
    "embedding",
    "generation",
    "ingestion",
    "log",
    "nats",
    "qdrant",
    "retrieval",
    "server",
    "telegram",
];
/// Keys that are words of their own; the others have an underscore. A file may be called `data.json`.
const KEYS: [&str; 9] = [
    "address", "dir", "level", "listen", "model", "style", "token", "url", "workers",
];

/// A message without its parts for operators; where nothing else is left, a text that names those who run the bot.
pub(super) fn for_people(said: &str, locale: Locale) -> String {
    let kept = without_asides(said);
    if kept.trim().is_empty() || speaks_to_operators(&kept) {
        return locale.text("trouble-operator");
    }
    kept
}

/// A text without parentheses that name settings: `larger than 5 bytes (ingestion.max_bytes): split it`.
fn without_asides(said: &str) -> String {
    let mut kept = String::with_capacity(said.len());
    let mut rest = said;
    while let Some((before, after)) = rest.split_once('(') {
        // An opening parenthesis that is never closed is part of a name or a quote.
        let Some((aside, after)) = after.split_once(')') else {
            break;
        };
        if speaks_to_operators(aside) {
            kept.push_str(before.trim_end());
        } else {
            kept.push_str(before);
            kept.push('(');
            kept.push_str(aside);
            kept.push(')');
        }
        rest = after;
    }
    kept.push_str(rest);
    kept
}

fn speaks_to_operators(text: &str) -> bool {
    // Quotes, commas and the full stop that ends a sentence are not part of a key; the dot within it is.
    let edge = |c: char| !c.is_ascii_alphanumeric() && c != '_';
    text.contains("`stoa ")
        || text.contains("STOA_")
        || text
            .split_whitespace()
            .any(|word| is_setting(word.trim_matches(edge)))
}

/// Whether a word is the key of a setting, such as `ingestion.max_bytes`.
fn is_setting(word: &str) -> bool {
    let Some((section, key)) = word.split_once('.') else {
        return false;
    };
    let plain = |c: char| c.is_ascii_lowercase() || c == '_';
    SECTIONS.contains(&section)
        && key.chars().all(plain)
        && (key.contains('_') || KEYS.contains(&key))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_and_commands_are_for_operators() {
        let english = Locale::default();
        let trouble = english.text("trouble-operator");
        for (said, told) in [
            (
                "`big.pdf` is larger than 5 bytes (ingestion.max_bytes): split it",
                "`big.pdf` is larger than 5 bytes: split it",
            ),
            (
                "page 3 (of 7) cannot be read: send it again",
                "page 3 (of 7) cannot be read: send it again",
            ),
            (
                "`data.json` is no text (yet)",
                "`data.json` is no text (yet)",
            ),
            (
                "space s has no document `x`: `stoa documents` lists them",
                &trouble,
            ),
            ("set STOA_GENERATION_API_KEY to a key", &trouble),
            ("raise `ingestion.max_pages`, or split it", &trouble),
            ("(ingestion.max_bytes)", &trouble),
            ("an open ( stays", "an open ( stays"),
        ] {
            assert_eq!(for_people(said, english), told, "{said}");
        }
    }
}
