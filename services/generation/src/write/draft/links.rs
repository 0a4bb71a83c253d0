//! Links that carry nothing out.

use crate::read::Source;

/// Markdown that carries nothing out: no image, and no link but one of the sources.
pub(super) fn safe(text: &str, sources: &[Source]) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("](") {
        let (before, after) = rest.split_at(at);
        let open = before.rfind('[');
        let close = after.find(')');
        let (Some(open), Some(close)) = (open, close) else {
            break;
        };
        let (address, label) = (&after[2..close], &before[open + 1..]);
        let image = before[..open].ends_with('!');
        safe.push_str(before[..open].trim_end_matches('!'));
        // An address that a model makes up, or is told to make, can carry what it has read in its query string to
        // whoever owns the host; an image does so without a click.
        let known = sources.iter().any(|source| source.text.contains(address));
        if known && !image && !address.is_empty() {
            safe.push_str(&format!("[{label}]({address})"));
        } else if !image {
            safe.push_str(label);
        }
        rest = &after[close + 1..];
    }
    safe.push_str(rest);
    safe
}
