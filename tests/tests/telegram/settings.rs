//! What admins decide, what people may do and how much, and the menus and words that they see.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use stoa_tests::{
    endpoint::{Endpoint, KEY, Writes},
    telegram::{Chat, Telegram, USERNAME},
    wait_until,
};

use crate::{quoting, space};

#[test]
fn admins_decide_where_it_answers_and_a_group_keeps_what_it_was_taught() {
    let telegram = Telegram::start();
    let home = quoting(&telegram);
    let stoa = home.up(&[]).expect("it starts");
    let group = Chat::group(9);
    stoa.teach(&space(group));
    telegram.promote(group, 1);
    telegram.say(group, 42, "/settings mention off");
    telegram.complete(group, "Only admins");
    telegram.say(group, 1, "/settings mention off");
    telegram.complete(group, "Done.");
    telegram.say(group, 42, "When is a laptop replaced?");
    telegram.complete(group, "four years");
    telegram.say(group, 1, "/settings");
    telegram.complete(group, "mention: off");

    let supergroup = Chat::group(10);
    telegram.migrate(group, supergroup);
    telegram.say(supergroup, 42, "How many days of vacation do I get?");
    telegram.complete(supergroup, "27 days");

    // What is forwarded in private is learned, and so is the answer to a question that had none.
    let chat = Chat::with(42);
    telegram.forward(chat, 42, "The office dog is called Bruno.");
    telegram.complete(chat, "✓ message-");
    telegram.say(chat, 42, "Who waters the plants?");
    telegram.complete(chat, "The documents don't say.");
    telegram.say(chat, 42, "/unanswered");
    let listed = telegram.complete(chat, "waters the plants");
    telegram.press(chat, 42, listed.id, "Answer 1");
    let asked = telegram.complete(chat, "Reply to this message");
    telegram.reply(chat, 42, asked.id, "Carla waters the plants.");
    telegram.complete(chat, "✓ Who waters the plants?.md");
    telegram.complete(chat, "I can answer it now.");
    telegram.say(chat, 42, "Who waters the plants?");
    telegram.complete(chat, "Carla");
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

#[test]
fn budgets_are_kept_for_people_and_for_spaces() {
    let telegram = Telegram::start();
    let endpoint = Endpoint::start(
        384,
        Writes::All(&["A laptop is replaced after four years. "]),
    );
    let model = format!("generation.url={}", endpoint.url);
    let home = telegram
        .home(&[
            &model,
            "generation.model=scripted",
            "chat.person_tokens=1",
            "chat.space_questions=2",
        ])
        .env("STOA_GENERATION_API_KEY", KEY);
    let stoa = home.up(&[]).expect("it starts");
    let group = Chat::group(7);
    stoa.teach(&space(group));
    let asks = |person: i64| {
        telegram.say(group, person, "/ask When is a laptop replaced?");
    };
    asks(42);
    telegram.complete(group, "four years");
    telegram.say(group, 42, "/usage");
    telegram.complete(group, "You, today: 1 questions");
    asks(42);
    telegram.complete(group, "reached your limit for today");
    asks(43);
    wait_until("another person is answered", || {
        let shown = telegram.shown(group);
        shown
            .iter()
            .filter(|shown| shown.is_complete("four years"))
            .count()
            == 2
    });
    asks(44);
    telegram.complete(group, "limit for everyone here has been reached");
    // Elsewhere nothing was used.
    let other = Chat::with(42);
    stoa.teach(&space(other));
    telegram.say(other, 42, "When is a laptop replaced?");
    telegram.complete(other, "four years");
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

#[test]
fn the_menu_shows_each_what_they_may_do() {
    let telegram = Telegram::start();
    let home = quoting(&telegram);
    let stoa = home.up(&[]).expect("it starts");
    wait_until("the menus are published", || {
        !telegram.menu("all_chat_administrators", "zh").is_empty()
    });
    for language in ["", "zh"] {
        let menu = |scope: &str| telegram.menu(scope, language);
        let everybody = menu("all_group_chats");
        for command in ["settings", "learn", "forget", "unanswered"] {
            let command = command.to_owned();
            assert!(!everybody.contains(&command), "{everybody:?}");
            for scope in ["all_private_chats", "all_chat_administrators", "default"] {
                assert!(menu(scope).contains(&command), "{scope}");
            }
        }
        for command in [
            "ask",
            "search",
            "documents",
            "stop",
            "reset",
            "usage",
            "privacy",
            "help",
        ] {
            assert!(everybody.contains(&command.to_owned()), "{command}");
        }
    }
    let url = format!("telegram.api_url={}", telegram.url);
    let checked = stoa.run(&["doctor", "--set", &url]);
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    for found in [USERNAME, "privacy mode is on", "inline mode is off"] {
        assert!(said.contains(found), "{said}");
    }
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

#[test]
fn every_command_is_answered_in_the_language_of_the_person() {
    let telegram = Telegram::start();
    let home = quoting(&telegram);
    let stoa = home.up(&[]).expect("it starts");
    let chat = Chat::with(42);
    stoa.teach(&space(chat));

    // A link asks.
    let link = URL_SAFE_NO_PAD.encode("When is a laptop replaced?");
    telegram.say(chat, 42, &format!("/start {link}"));
    let answer = telegram.complete(chat, "four years");
    telegram.press(chat, 42, answer.id, "Regenerate");
    wait_until("it is answered once more", || {
        let shown = telegram.shown(chat);
        shown
            .iter()
            .filter(|shown| shown.is_complete("four years"))
            .count()
            == 2
    });
    telegram.say(chat, 42, "/start");
    telegram.complete(chat, "Ask me anything");
    telegram.say(chat, 42, "/search vacation days");
    telegram.complete(chat, "Everybody gets 27 days of vacation a year.");
    telegram.say(chat, 42, "/usage");
    telegram.complete(chat, "You, today: 2 questions");
    telegram.say(chat, 42, "/reset");
    telegram.complete(chat, "Forgotten 2 questions.");
    telegram.say(chat, 42, "/ask");
    telegram.complete(chat, "What's your question?");
    telegram.say(chat, 42, "/settings persona You are a pirate.");
    telegram.complete(chat, "Done.");
    telegram.say(chat, 42, "/settings");
    telegram.complete(chat, "persona: You are a pirate.");
    telegram.say(chat, 42, "/settings style short");
    telegram.say(chat, 42, "/settings");
    let shown = telegram.complete(chat, "style: short");
    assert!(
        shown.text.contains("persona: You are a pirate."),
        "{shown:?}"
    );
    telegram.say(chat, 42, "/settings colour red");
    telegram.complete(chat, "To change them here:");

    let other = Chat::with(43);
    telegram.speaks(43, "zh-hans");
    telegram.say(other, 43, "/help");
    telegram.complete(other, "可以问我");
    telegram.say(other, 43, "Who won the world cup in 1966?");
    telegram.complete(other, "文档里没有提到。");
    telegram.say(chat, 42, "/settings language zh");
    telegram.complete(chat, "Done.");
    telegram.say(chat, 42, "/usage");
    telegram.complete(chat, "你今天：");
    assert_eq!(telegram.offences(), Vec::<String>::new());
}
