//! What a passage is found by besides its own words: its headings, or how a short plain text begins.

use stoa_language::sentences;

use crate::tokens::TokenCounter;

/// Most tokens of a passage's context.
const MAX_TOKENS: usize = 40;

/// Tokens that are left for a text beside its context; at least half of them, where few are allowed.
pub(super) fn room_beside(tokens: usize) -> usize {
    tokens.saturating_sub(MAX_TOKENS).max(tokens / 2)
}

/// As many headings as there is room for, one a line.
pub(super) fn of_headings(counter: &TokenCounter<'_>, path: &[String]) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut tokens = 0;
    // The innermost heading says most, so it is the last to be left out.
    for heading in path.iter().rev() {
        tokens += counter.count(heading);
        if tokens > MAX_TOKENS {
            break;
        }
        kept.insert(0, heading);
    }
    kept.join("\n")
}

/// The first sentence of a text; empty when it is a long one.
pub(super) fn lead<'a>(counter: &TokenCounter<'_>, text: &'a str) -> &'a str {
    let text = text.trim_start();
    let end = text
        .char_indices()
        .find(|(at, c)| *c == '\n' || sentences::is_end(*c, &text[at + c.len_utf8()..]))
        .map_or(text.len(), |(at, c)| at + c.len_utf8());
    let lead = text[..end].trim();
    if counter.count(lead) <= MAX_TOKENS {
        lead
    } else {
        ""
    }
}
