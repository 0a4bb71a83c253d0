//! A platform that the core has never heard of writes messages in its own way.

use stoa_reply::{Line, LineKind, Marker, Syntax, messages};

/// Plain text, as IRC has it: no marks at all, and few bytes a message.
struct Irc;

impl Syntax for Irc {
    type Message = String;
    const LIMIT: usize = 400;

    fn size(message: &String) -> usize {
        message.len()
    }

    fn render(lines: &[Line]) -> String {
        let line = |line: &Line| {
            let text: String = line.spans.iter().map(|span| span.text.as_str()).collect();
            match (&line.kind, line.marker) {
                (LineKind::Rule, _) => "--".to_owned(),
                (_, Marker::Bullet) => format!("* {text}"),
                (_, Marker::Number(number)) => format!("{number}. {text}"),
                (_, Marker::None) => text,
            }
        };
        lines.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

#[test]
fn a_third_platform_needs_no_change_of_the_core() {
    let markdown = format!(
        "# Steps\n\n1. Turn the **key**.\n2. Wait. [1]\n\n{}",
        "Then press the button twice. ".repeat(40)
    );
    let messages = messages::<Irc>(&markdown);
    assert!(
        messages[0].starts_with("Steps\n1. Turn the key.\n2. Wait. [1]"),
        "{messages:?}"
    );
    assert!(messages.len() >= 3, "{messages:?}");
    assert!(messages.iter().all(|message| message.len() <= Irc::LIMIT));
}
