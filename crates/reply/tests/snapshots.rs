//! What hard documents look like on both platforms.

use std::fmt::Write as _;

use stoa_reply::{Discord, Styled, Telegram, messages};

fn discord(markdown: &str) -> String {
    messages::<Discord>(markdown).join("\n════════\n")
}

fn telegram(markdown: &str) -> String {
    shown(&messages::<Telegram>(markdown))
}

/// Messages of Telegram's, with each entity as the text that it covers.
fn shown(messages: &[Styled]) -> String {
    let mut shown = String::new();
    for Styled { text, entities } in messages {
        let units: Vec<u16> = text.encode_utf16().collect();
        let _ = writeln!(shown, "{text}\n────────");
        for entity in entities {
            let part = &units[entity.offset..entity.offset + entity.length];
            let part = String::from_utf16(part).expect("whole characters");
            let _ = writeln!(shown, "{:?} {part:?}", entity.look);
        }
        shown.push_str("════════\n");
    }
    shown
}

#[test]
fn nested_lists_with_code() {
    let markdown = include_str!("documents/nested.md");
    insta::assert_snapshot!("nested_discord", discord(markdown));
    insta::assert_snapshot!("nested_telegram", telegram(markdown));
}

#[test]
fn an_answer_with_every_kind_of_block() {
    let markdown = include_str!("documents/answer.md");
    insta::assert_snapshot!("answer_discord", discord(markdown));
    insta::assert_snapshot!("answer_telegram", telegram(markdown));
}

#[test]
fn tables() {
    let markdown = include_str!("documents/tables.md");
    insta::assert_snapshot!("tables_discord", discord(markdown));
    insta::assert_snapshot!("tables_telegram", telegram(markdown));
}

#[test]
fn chinese_and_english_with_maths() {
    let markdown = include_str!("documents/mixed.md");
    insta::assert_snapshot!("mixed_discord", discord(markdown));
    insta::assert_snapshot!("mixed_telegram", telegram(markdown));
}

#[test]
fn an_answer_of_twelve_thousand_characters() {
    let section = "### Step\n\nTurn the key, wait for the lamp, then press the button twice. [1]\n\n```python\nfor lamp in lamps:\n    lamp.wait()\n```\n\n- check\n- check again\n\n";
    let markdown = section.repeat(12_000 / section.len() + 1);
    let sizes = |messages: &[String]| -> Vec<usize> {
        messages
            .iter()
            .map(|message| message.chars().count())
            .collect()
    };
    let whole = messages::<Discord>(&markdown);
    assert!(whole.len() >= 6, "{:?}", sizes(&whole));
    insta::assert_snapshot!("long_discord", whole[..2].join("\n════════\n"));
    let styled = messages::<Telegram>(&markdown);
    assert!(styled.len() >= 3, "{}", styled.len());
    insta::assert_snapshot!("long_telegram", shown(&styled[..1]));
}
