//! Properties that every reply has, over generated documents and at every moment of their stream.

use proptest::prelude::*;
use stoa_reply::{Discord, Look, Styled, Syntax, Telegram, messages, messages_so_far};

/// Text that has broken bots: Chinese, emoji of several characters, marks that combine, right to left, and signs that
/// are syntax somewhere.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "[a-zA-Z0-9]{1,12}",
        2 => "[一-龥]{1,30}",
        1 => Just("👩‍👩‍👧‍👦🏳️‍🌈👍🏽".to_owned()),
        1 => Just("e\u{301}\u{323}o\u{308}\u{304}".to_owned()),
        1 => Just("مرحبا بالعالم".to_owned()),
        1 => Just("https://example.com/a_b/(c)?q=1&r=*2*#x".to_owned()),
        1 => Just("@everyone <@123> <#5> </ask:1> /start @admin".to_owned()),
        1 => "[*_~|`<>\\[\\]()#!\\\\.+-]{1,6}",
        1 => Just("[click](https://evil.example)".to_owned()),
    ]
}

fn sentence() -> impl Strategy<Value = String> {
    prop::collection::vec(
        (word(), 0..8u8).prop_map(|(word, style)| match style {
            0 => format!("**{word}**"),
            1 => format!("*{word}*"),
            2 => format!("`{word}`"),
            3 => format!("||{word}||"),
            4 => format!("~~{word}~~"),
            _ => word,
        }),
        1..40,
    )
    .prop_map(|words| words.join(" "))
}

fn block() -> impl Strategy<Value = String> {
    let code = prop::collection::vec(".{0,120}", 1..60)
        .prop_map(|lines| format!("```rust\n{}\n```", lines.join("\n")));
    prop_oneof![
        4 => sentence(),
        1 => sentence().prop_map(|text| format!("## {text}")),
        1 => prop::collection::vec(sentence(), 1..6)
            .prop_map(|items| items.iter().map(|item| format!("- {item}\n  1. {item}")).collect::<Vec<_>>().join("\n")),
        1 => sentence().prop_map(|text| format!("> {text}\n> - {text}")),
        1 => code,
        1 => prop::collection::vec((word(), word()), 1..20).prop_map(|rows| {
            let rows: Vec<String> = rows.iter().map(|(a, b)| format!("| {a} | {b} |")).collect();
            format!("| a | b |\n|---|---|\n{}", rows.join("\n"))
        }),
        1 => "[a-z]{3000,5000}",
        1 => Just(format!("e{}", "\u{301}".repeat(2_500))),
        1 => ".{0,200}",
    ]
}

fn document() -> impl Strategy<Value = String> {
    prop::collection::vec(block(), 0..12).prop_map(|blocks| blocks.join("\n\n"))
}

/// A text without its inline code, in which nothing is a link; what is escaped stays so.
fn without_code(text: &str) -> String {
    let run = |text: &str| text.len() - text.trim_start_matches('`').len();
    let (mut outside, mut rest) = (String::new(), text);
    while let Some(begin) = rest.find(['`', '\\']) {
        let (before, code) = rest.split_at(begin);
        outside.push_str(before);
        if let Some(escaped) = code.strip_prefix('\\') {
            let length = escaped.chars().next().map_or(0, char::len_utf8);
            outside.push_str(&code[..=length]);
            rest = &escaped[length..];
            continue;
        }
        let mark = run(code);
        let mut at = mark;
        let end = loop {
            match code[at..].find('`').map(|next| at + next) {
                Some(next) if run(&code[next..]) == mark => break Some(next + mark),
                Some(next) => at = next + run(&code[next..]),
                None => break None,
            }
        };
        rest = &code[end.unwrap_or(mark)..];
    }
    outside.push_str(rest);
    outside
}

fn check_discord(messages: &[String]) -> Result<(), TestCaseError> {
    for message in messages {
        prop_assert!(!message.trim().is_empty(), "an empty message");
        prop_assert!(message.chars().count() <= 2_000);
        let fences = message
            .lines()
            .filter(|line| line.trim_start_matches("> ").starts_with("```"))
            .count();
        prop_assert_eq!(fences % 2, 0, "an open fence in {}", message);
        let outside: String = message.split("```").step_by(2).map(without_code).collect();
        prop_assert!(
            !outside.contains("@everyone") && !outside.contains("<@1"),
            "a mention in {message}"
        );
        prop_assert!(!outside.contains("](http"), "a masked link in {message}");
    }
    Ok(())
}

fn check_telegram(messages: &[Styled]) -> Result<(), TestCaseError> {
    for message in messages {
        prop_assert!(!message.text.trim().is_empty(), "an empty message");
        let units: Vec<u16> = message.text.encode_utf16().collect();
        prop_assert!(units.len() <= 4_096);
        prop_assert!(message.entities.len() <= 100);
        let is_code = |look: &Look| matches!(look, Look::Code | Look::Pre(_));
        for (number, entity) in message.entities.iter().enumerate() {
            let end = entity.offset + entity.length;
            prop_assert!(entity.length > 0 && end <= units.len());
            prop_assert!(
                String::from_utf16(&units[entity.offset..end]).is_ok(),
                "cuts a character in two"
            );
            for other in &message.entities[number + 1..] {
                let other_end = other.offset + other.length;
                let apart = other.offset >= end || other_end <= entity.offset;
                let within = other.offset >= entity.offset && other_end <= end;
                prop_assert!(apart || within, "{entity:?} and {other:?} cross");
                prop_assert!(
                    apart || !(is_code(&entity.look) || is_code(&other.look)),
                    "{entity:?} and {other:?} share text"
                );
            }
        }
        let code: Vec<bool> = (0..units.len())
            .map(|at| {
                message.entities.iter().any(|entity| {
                    is_code(&entity.look)
                        && (entity.offset..entity.offset + entity.length).contains(&at)
                })
            })
            .collect();
        let at = units.iter().position(|unit| *unit == u16::from(b'@'));
        if let Some(at) = at.filter(|at| !code[*at]) {
            let next = units
                .get(at + 1)
                .and_then(|unit| char::from_u32(u32::from(*unit)));
            prop_assert!(next.is_none_or(|c| !c.is_alphanumeric()), "a mention");
        }
    }
    Ok(())
}

/// The letters and digits of a text, which no rendering may lose or reorder.
fn letters<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    texts
        .into_iter()
        .flat_map(str::chars)
        .filter(|c| c.is_alphanumeric())
        .collect()
}

/// An answer as generation writes it: what a passage carries ends in its citation, on the same line or below a block.
fn cited() -> impl Strategy<Value = String> {
    let marks = || {
        prop::collection::vec(1..99_u32, 1..4).prop_map(|numbers| {
            let marks = numbers.iter().map(|number| format!("[{number}]"));
            marks.collect::<String>()
        })
    };
    let words = prop_oneof![
        8 => prop::collection::vec("[a-z]{1,12}|\\*\\*[a-z]{1,9}\\*\\*|`[a-z]{1,9}`", 1..30)
            .prop_map(|words| format!("It {}.", words.join(" "))),
        2 => "[一-龥]{1,80}。",
        1 => "[a-z]{1500,5000}",
    ];
    let text = prop::collection::vec((words, marks()), 1..12).prop_map(|sentences| {
        let sentences = sentences
            .iter()
            .map(|(words, marks)| format!("{words} {marks}"));
        sentences.collect::<Vec<_>>().join(" ")
    });
    let code = (
        prop::collection::vec("[a-z ]{0,120}|[a-z]{1990,4200}", 1..40),
        marks(),
    );
    let rows = (prop::collection::vec("[a-z]{1,20}", 1..40), marks());
    let block = prop_oneof![
        4 => text.clone(),
        1 => text.clone().prop_map(|text| format!("## Heading\n\n{text}")),
        1 => prop::collection::vec(text, 1..5).prop_map(|items| format!("- {}", items.join("\n- "))),
        1 => code.clone().prop_map(|(lines, marks)| format!("```\n{}\n``` {marks}", lines.join("\n"))),
        1 => code.prop_map(|(lines, marks)| format!("```\n{}\n```\n\n{marks}", lines.join("\n"))),
        1 => rows.prop_map(|(rows, marks)| format!("| a | b |\n|---|---|\n| {} | c |\n\n{marks}", rows.join(" | c |\n| "))),
    ];
    prop::collection::vec(block, 1..12).prop_map(|blocks| blocks.join("\n\n"))
}

/// The number in brackets that a message begins with.
fn begins_with_a_mark(message: &str) -> bool {
    let text = message.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '[');
    text.strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
        .is_some_and(|(number, _)| number.parse::<u32>().is_ok())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_message_is_one_that_the_platform_takes(markdown in document()) {
        check_discord(&messages::<Discord>(&markdown))?;
        check_telegram(&messages::<Telegram>(&markdown))?;
    }

    #[test]
    fn so_it_is_at_every_moment_of_a_stream(markdown in document(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 20)) {
        let ends: Vec<usize> = markdown.char_indices().map(|(at, _)| at).collect();
        for cut in cuts.iter().filter(|_| !ends.is_empty()) {
            let prefix = &markdown[..ends[cut.index(ends.len())]];
            check_discord(&messages_so_far::<Discord>(prefix))?;
            check_telegram(&messages_so_far::<Telegram>(prefix))?;
        }
    }

    #[test]
    fn a_citation_stands_in_the_message_of_its_sentence(markdown in cited()) {
        for message in messages::<Discord>(&markdown) {
            prop_assert!(!begins_with_a_mark(&message), "{message}");
        }
        for Styled { text, .. } in messages::<Telegram>(&markdown) {
            prop_assert!(!begins_with_a_mark(&text), "{text}");
        }
    }

    #[test]
    fn no_word_is_lost_between_messages(words in prop::collection::vec("[a-z0-9]{1,20}|[一-龥]{1,40}", 1..2_000)) {
        let markdown = words.join(" ");
        let wanted = letters([markdown.as_str()]);
        let discord = messages::<Discord>(&markdown);
        prop_assert_eq!(letters(discord.iter().map(String::as_str)), wanted.clone());
        let telegram = messages::<Telegram>(&markdown);
        prop_assert_eq!(letters(telegram.iter().map(|m| m.text.as_str())), wanted);
        for message in &discord {
            let last = message.split_whitespace().next_back().unwrap_or_default();

            prop_assert!(words.iter().any(|word| word == last) || last.chars().any(stoa_language::script::is_han), "cut in {last}");
        }
    }
}

#[test]
fn a_cut_code_block_is_closed_and_opened_again() {
    let line = "let value = compute(value, 42); // 一二三\n";
    let markdown = format!("Do this:\n\n```rust\n{}```\n\nThen stop.", line.repeat(150));
    let messages = messages::<Discord>(&markdown);
    assert!(messages.len() >= 3, "{}", messages.len());
    let (last, others) = messages.split_last().expect("some");
    for message in others {
        assert!(message.ends_with("\n```"), "{message}");
    }
    for message in &messages[1..] {
        assert!(message.starts_with("```rust\nlet"), "{message}");
    }
    assert!(last.ends_with("Then stop."), "{last}");
    assert_eq!(
        messages
            .iter()
            .map(|message| message.matches("compute").count())
            .sum::<usize>(),
        150
    );
}

/// At every moment: no sign of Markdown shows up as itself, and what was shown stays.
#[test]
fn a_growing_answer_never_shows_its_marks() {
    let markdown = include_str!("documents/growing.md");
    for (at, _) in markdown.char_indices().skip(1) {
        let prefix = &markdown[..at];
        for message in messages_so_far::<Discord>(prefix) {
            let fences = message.matches("```").count();
            assert_eq!(fences % 2, 0, "{prefix}\n→\n{message}");
            let outside: String = message.split("```").step_by(2).collect();
            for sign in ["\\*", "\\`", "\\_", "| ", "[ "] {
                assert!(
                    !outside.contains(sign),
                    "{sign} in\n{message}\nof\n{prefix}"
                );
            }
        }
        for Styled { text, entities } in messages_so_far::<Telegram>(prefix) {
            for sign in ["*", "`", "~~", "$$", "#"] {
                assert!(!text.contains(sign), "{sign} in\n{text}\nof\n{prefix}");
            }
            assert!(entities.iter().all(|entity| entity.length > 0));
        }
    }
}

#[test]
fn a_link_is_never_cut() {
    let address = format!("https://example.com/{}", "path/".repeat(60));
    let markdown = format!("{} {address} end", "word ".repeat(360));
    for message in messages::<Discord>(&markdown) {
        assert_eq!(message.contains("example.com"), message.contains(&address));
        assert!(Discord::size(&message) <= Discord::LIMIT);
    }
}

#[test]
fn nothing_gives_no_message() {
    for markdown in [
        "",
        "\n\n",
        "```\n\n```",
        "<!-- -->\u{200b}".trim_end_matches('\u{200b}'),
    ] {
        let messages = messages::<Telegram>(markdown);
        assert!(messages.len() <= 1, "{messages:?}");
    }
    assert!(messages::<Discord>("  \n").is_empty());
}
