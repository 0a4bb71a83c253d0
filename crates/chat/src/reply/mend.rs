//! Markdown that ends in the middle.

/// Marks that stand in pairs, longer ones first.
const MARKS: [&str; 7] = ["**", "__", "~~", "||", "*", "_", "`"];

/// Closes what is open at the end of a text that will go on, so that no mark shows up as itself for a moment. Blocks
/// close themselves in CommonMark; this is about the last paragraph.
pub(super) fn mend(markdown: &str) -> String {
    if in_fence(markdown) {
        return markdown.to_owned();
    }
    let begin = markdown.rfind("\n\n").map_or(0, |at| at + 2);
    let (before, last) = markdown.split_at(begin);
    let last = without_open_link(last);
    let (last, open) = open_marks(&last);
    let mut mended = format!("{before}{}", last.trim_end());
    for mark in open.iter().rev() {
        mended.push_str(mark);
    }
    mended
}

fn in_fence(markdown: &str) -> bool {
    let mut fence: Option<&str> = None;
    for line in markdown.lines() {
        let line = line.trim_start();
        let mark = ["```", "~~~"]
            .into_iter()
            .find(|mark| line.starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            _ => {}
        }
    }
    fence.is_some()
}

/// `[label](https://exam` becomes `label`.
fn without_open_link(text: &str) -> String {
    let Some(begin) = text.rfind('[') else {
        return text.to_owned();
    };
    let link = &text[begin..];
    let open = match link.split_once("](") {
        Some((_, address)) => !address.contains(')'),
        // A citation such as [1] is closed; [the manual may become a link.
        None => !link.contains(']'),
    };
    if !open {
        return text.to_owned();
    }
    let label = link[1..].split("](").next().unwrap_or_default();
    format!("{}{label}", &text[..begin])
}

/// The marks that are open, outermost first, and the text without those at its end that mark nothing yet.
fn open_marks(text: &str) -> (&str, Vec<&'static str>) {
    let text = text.trim_end();
    let bare = text.trim_end_matches(['*', '_', '~', '|', '`', '[', '!', '\\']);
    let tail = &text[bare.len()..];
    // What the marks at the end close stays, what they would open goes.
    let open_before = scan(bare);
    let closes = open_before
        .last()
        .is_some_and(|mark| tail.starts_with(mark));
    if closes {
        let open = scan(text);
        return (text, open);
    }
    (bare, open_before)
}

fn scan(text: &str) -> Vec<&'static str> {
    let mut open: Vec<&'static str> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let before = text[..at].chars().next_back();
        if let Some(escaped) = rest.strip_prefix('\\') {
            at += 1 + escaped.chars().next().map_or(0, char::len_utf8);
            continue;
        }
        let in_code = open.last() == Some(&"`");
        let mark = MARKS
            .into_iter()
            .find(|mark| rest.starts_with(mark) && (!in_code || *mark == "`"));
        let Some(mark) = mark else {
            at += rest.chars().next().map_or(1, char::len_utf8);
            continue;
        };
        let after = rest[mark.len()..].chars().next();
        let space = |c: Option<char>| c.is_none_or(char::is_whitespace);
        let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let inside_word = mark.starts_with('_') && word(before) && word(after);
        if open.last() == Some(&mark) && (in_code || !space(before)) {
            open.pop();
        } else if !inside_word && !space(after) && !open.contains(&mark) {
            open.push(mark);
        }
        at += mark.len();
    }
    open
}

#[cfg(test)]
mod tests {
    use super::mend;

    #[test]
    fn what_is_open_is_closed() {
        for (given, wanted) in [
            ("a **bold", "a **bold**"),
            ("a **bold**", "a **bold**"),
            ("a **bold*", "a **bold**"),
            ("a **", "a"),
            ("a *b **c", "a *b **c***"),
            ("run `ls -l", "run `ls -l`"),
            ("see [the man", "see the man"),
            ("see [the manual](https://ex", "see the manual"),
            ("as said [1]", "as said [1]"),
            ("as said [", "as said"),
            ("snake_case and 2 * 3", "snake_case and 2 * 3"),
            ("**done**\n\nnext ~~gone", "**done**\n\nnext ~~gone~~"),
            ("```rust\nlet a = **b", "```rust\nlet a = **b"),
        ] {
            assert_eq!(mend(given), wanted, "{given:?}");
        }
    }
}
