//! People who chat with Stoa in Telegram.

use std::{
    net::TcpListener,
    sync::{Arc, Mutex},
};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use stoa_tests::{
    HANDBOOK, Home,
    endpoint::{Endpoint, KEY, THINKING, Writes},
    telegram::{Chat, Telegram, USERNAME, post},
    wait_until, write,
};

fn quoting(telegram: &Telegram) -> Home {
    telegram.home(&["generation.model=extractive"])
}

fn space(chat: Chat) -> String {
    format!("telegram:{}", chat.id)
}

#[test]
fn a_question_is_answered_once_with_its_sources() {
    let telegram = Telegram::start();
    let home = quoting(&telegram);
    let stoa = home.up(&[]).expect("it starts");
    let chat = Chat::with(42);
    stoa.teach(&space(chat));

    let question = telegram.say(chat, 42, "How many days of vacation do I get?");
    let answer = telegram.complete(chat, "27 days");
    assert!(
        answer.text.contains("[1]") && answer.text.contains("Time off"),
        "{}",
        answer.text
    );
    assert_eq!(answer.labels(), ["Sources", "👍", "👎", "Regenerate"]);
    assert_eq!(answer.reply_to, Some(question));

    telegram.press(chat, 42, answer.id, "Sources");
    wait_until("the sources are shown", || telegram.shown(chat).len() == 2);
    let sources = telegram.complete(chat, "Everybody gets 27 days of vacation a year.");
    assert!(
        sources
            .entities
            .iter()
            .any(|entity| entity["type"] == "blockquote")
    );

    telegram.press(chat, 42, answer.id, "👍");
    wait_until("the person is thanked", || {
        telegram.toasts().contains(&"Thank you!".to_owned())
    });

    telegram.say(chat, 42, "And who won the world cup in 1966?");
    telegram.complete(chat, "The documents don't say.");
    telegram.say(chat, 42, "/unanswered");
    telegram.complete(chat, "world cup");
    wait_until("updates are confirmed", || telegram.pending() == 0);
    assert_eq!(telegram.shown(chat).len(), 4);
    assert_eq!(telegram.offences(), Vec::<String>::new());
    assert!(stoa.interrupt());
}

#[test]
fn in_a_group_it_speaks_when_it_is_spoken_to_and_in_the_topic() {
    let telegram = Telegram::start();
    let home = quoting(&telegram);
    let stoa = home.up(&[]).expect("it starts");
    let group = Chat::group(7);
    stoa.teach(&space(group));
    let topic = group.topic(99);

    telegram.say(group, 42, "How many days of vacation do I get?");
    telegram.say(
        group,
        42,
        "/ask@another_bot How many days of vacation do I get?",
    );
    telegram.reply(group, 42, 4, "How many days of vacation do I get?");
    telegram.say(
        topic,
        42,
        &format!("@{USERNAME} When is a laptop replaced?"),
    );
    let answer = telegram.complete(topic, "four years");
    assert_eq!(answer.topic, Some(99));
    telegram.reply(group, 43, answer.id, "How many days of vacation are there?");
    telegram.complete(group, "27 days");
    telegram.say(
        group,
        42,
        &format!("/ask@{USERNAME} How many days of vacation do I get?"),
    );
    wait_until("the third is answered", || {
        telegram
            .shown(group)
            .iter()
            .filter(|shown| shown.text.contains("27 days"))
            .count()
            == 2
    });
    assert_eq!(
        telegram.shown(group).len(),
        3,
        "{:?}",
        telegram.shown(group)
    );
    // Another chat knows nothing of it.
    let stranger = Chat::with(77);
    telegram.say(stranger, 77, "How many days of vacation do I get?");
    telegram.complete(stranger, "The documents don't say.");
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

#[test]
fn a_file_is_learned_where_everybody_sees_how_far_it_is() {
    let telegram = Telegram::start();
    let home = quoting(&telegram);
    let _stoa = home.up(&[]).expect("it starts");
    let chat = Chat::with(42);

    telegram.send_file(chat, 42, "handbook.md", HANDBOOK.as_bytes(), "");
    telegram.complete(chat, "✓ handbook.md: 1 page, ");
    let on_its_way = |said: &String| said.starts_with("… handbook.md: ");
    assert!(telegram.history(chat).iter().any(on_its_way));
    telegram.say(chat, 42, "When is a laptop replaced?");
    telegram.complete(chat, "four years");
    telegram.send_file(chat, 42, "junk.pdf", &[0, 1, 2, 3, 255, 254], "/learn");
    let failed = telegram.complete(chat, "✗ junk.pdf: failed:");
    assert_eq!(failed.labels(), ["Retry"]);
    telegram.press(chat, 42, failed.id, "Retry");
    wait_until("it failed again", || {
        telegram
            .shown(chat)
            .iter()
            .filter(|shown| shown.text.contains("✗ junk.pdf"))
            .count()
            == 2
    });
    telegram.say(chat, 42, "/documents");
    telegram.complete(chat, "handbook.md (");
    telegram.say(chat, 42, "/forget handbook.md");
    telegram.complete(chat, "Forgotten: handbook.md");
    telegram.say(chat, 42, "When is a laptop replaced?");
    telegram.complete(chat, "The documents don't say.");

    // In a group only admins teach, also what others wrote.
    let group = Chat::group(8);
    telegram.promote(group, 42);
    telegram.reply(group, 43, 5, "/learn");
    telegram.complete(group, "Only admins");
    telegram.reply(group, 42, 5, "/learn");
    telegram.complete(group, "✓ message-5.txt: 1 page, ");
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

#[test]
fn a_flood_drops_nothing_and_a_block_holds_nothing_up() {
    let telegram = Telegram::start();
    let home = quoting(&telegram);
    let stoa = home.up(&[]).expect("it starts");
    let chat = Chat::with(42);
    stoa.teach(&space(chat));
    telegram.block(66);
    telegram.say(Chat::with(66), 66, "Are you there?");
    telegram.storm(5);
    telegram.say(chat, 42, "How many days of vacation do I get?");
    telegram.complete(chat, "27 days");
    wait_until("both are done with", || telegram.pending() == 0);
    assert_eq!(telegram.shown(chat).len(), 1);
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

#[test]
fn what_documents_say_is_no_command_and_no_mention() {
    let telegram = Telegram::start();
    let home = quoting(&telegram);
    let _stoa = home.up(&[]).expect("it starts");
    let chat = Chat::with(42);
    let text = "The moderators are @alice and @everyone. To reset the router send /reset to the console. \
        See [our bank](https://evil.example/login) about the router.\n";
    telegram.send_file(chat, 42, "notes.txt", text.as_bytes(), "/learn");
    telegram.complete(chat, "✓ notes.txt");
    telegram.say(chat, 42, "How do I reset the router?");
    telegram.complete(chat, "console");
    telegram.say(chat, 42, "Who are the moderators?");
    telegram.complete(chat, "moderators are");
    for said in telegram.history(chat) {
        assert!(
            !said.contains("@alice") && !said.contains("@everyone") && !said.contains(" /reset"),
            "{said}"
        );
    }
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

#[test]
fn a_long_answer_comes_in_whole_messages() {
    let telegram = Telegram::start();
    let endpoint = Endpoint::start(384, Writes::All(&LONG));
    let model = format!("generation.url={}", endpoint.url);
    let home = telegram
        .home(&[
            &model,
            "generation.model=scripted",
            "generation.min_score=0",
        ])
        .env("STOA_GENERATION_API_KEY", KEY);
    let stoa = home.up(&[]).expect("it starts");
    let chat = Chat::with(42);
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = write(folder.path(), "gates.txt", LONG.concat());
    stoa.good(&["learn", &path, "--space", "telegram:42"]);
    telegram.say(chat, 42, "What does each gate of the old city open to?");
    wait_until("the answer is complete", || {
        telegram
            .shown(chat)
            .last()
            .is_some_and(|shown| shown.labels().contains(&"Regenerate"))
    });
    let all: String = telegram
        .shown(chat)
        .iter()
        .map(|shown| shown.text.clone())
        .collect();
    assert!(
        telegram
            .shown(chat)
            .iter()
            .all(|shown| shown.text.encode_utf16().count() <= 4_096)
    );
    assert!(all.contains("gate"), "{all}");
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

#[test]
fn of_two_replicas_one_speaks_and_the_other_takes_over() {
    let telegram = Telegram::start();
    let endpoint = Endpoint::start(384, THINKING);
    let model = format!("generation.url={}", endpoint.url);
    let home =
        Home::with(&[&model, "generation.model=scripted"]).env("STOA_GENERATION_API_KEY", KEY);
    let stoa = home.up(&[]).expect("it starts");
    let chat = Chat::with(42);
    stoa.teach(&space(chat));
    let (first, _second) = telegram.replicas(&stoa);
    telegram.say(chat, 42, "How many days of vacation do I get?");
    telegram.say(chat, 42, "When is a laptop replaced?");
    wait_until("the reply has begun", || !telegram.drafted(chat).is_empty());
    first.kill_dash_nine();
    drop(endpoint);
    wait_until("both are answered", || {
        let shown = telegram.shown(chat);
        shown.len() == 2
            && shown
                .iter()
                .all(|shown| shown.labels().contains(&"Regenerate"))
    });
    let shown = telegram.shown(chat);
    assert!(shown[0].text.contains("27 days"), "{shown:?}");
    assert!(shown[1].text.contains("four years"), "{shown:?}");
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

#[test]
fn a_changed_question_has_its_answer_in_the_same_message() {
    let telegram = Telegram::start();
    let home = quoting(&telegram);
    let stoa = home.up(&[]).expect("it starts");
    let chat = Chat::with(42);
    stoa.teach(&space(chat));
    let question = telegram.say(chat, 42, "How many days of vacation do I get?");
    let answer = telegram.complete(chat, "27 days");
    telegram.edit(chat, 42, question, "When is a laptop replaced?");
    let changed = telegram.complete(chat, "four years");
    assert_eq!(changed.id, answer.id);
    assert_eq!(telegram.shown(chat).len(), 1);
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

#[test]
fn passages_are_offered_in_any_chat() {
    let telegram = Telegram::start();
    let home = quoting(&telegram);
    let stoa = home.up(&[]).expect("it starts");
    stoa.teach(&space(Chat::with(42)));
    for (person, found) in [(42, true), (43, false)] {
        let query = telegram.inline(person, "vacation days");
        wait_until("there is an offer", || telegram.offered(&query).is_some());
        let offered = telegram.offered(&query).expect("it is there");
        let says = offered.iter().any(|result| {
            let text = result["input_message_content"]["message_text"].as_str();
            text.is_some_and(|text| text.contains("27 days"))
        });
        assert_eq!(says, found, "{person}: {offered:?}");
    }
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

#[test]
fn updates_come_by_webhook_too() {
    let telegram = Telegram::start();
    let port = TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port();
    let (url, listen) = (
        format!("telegram.webhook_url=http://127.0.0.1:{port}/telegram"),
        format!("telegram.webhook_listen=127.0.0.1:{port}"),
    );
    let home = telegram.home(&["generation.model=extractive", &url, &listen]);
    let stoa = home.up(&[]).expect("it starts");
    let chat = Chat::with(42);
    stoa.teach(&space(chat));
    telegram.say(chat, 42, "How many days of vacation do I get?");
    telegram.complete(chat, "27 days");
    let forged = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
        .block_on(post(
            &format!("http://127.0.0.1:{port}/telegram"),
            "guessed",
            "{}",
        ));
    assert_eq!(forged, Some(403));
    stoa.kill_dash_nine();
    telegram.say(chat, 42, "When is a laptop replaced?");
    let stoa = home.up(&[]).expect("it starts again");
    telegram.complete(chat, "four years");
    wait_until("updates are taken", || telegram.pending() == 0);
    assert_eq!(telegram.shown(chat).len(), 2);

    // A bot that polls takes the webhook down, and gets what waits there.
    drop(stoa);
    telegram.say(chat, 42, "Who won the world cup in 1966?");
    let polling = quoting(&telegram);
    let _stoa = polling.up(&[]).expect("it starts");
    telegram.complete(chat, "The documents don't say.");
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

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
    telegram.say(chat, 42, "Who waters the plants?");
    telegram.complete(chat, "Carla");
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

/// A home whose answers this model writes.
fn writing(telegram: &Telegram, endpoint: &Endpoint) -> Home {
    let model = format!("generation.url={}", endpoint.url);
    telegram
        .home(&[&model, "generation.model=scripted"])
        .env("STOA_GENERATION_API_KEY", KEY)
}

#[test]
fn answers_are_streamed_as_drafts_in_private_and_by_edits_elsewhere() {
    let telegram = Telegram::start();
    let endpoint = Endpoint::start(384, THINKING);
    let home = writing(&telegram, &endpoint);
    let stoa = home.up(&[]).expect("it starts");
    let (chat, group) = (Chat::with(42), Chat::group(7));
    for chat in [chat, group] {
        stoa.teach(&space(chat));
    }

    telegram.say(chat, 42, "How many days of vacation do I get?");
    wait_until("the draft grows", || telegram.drafted(chat).len() > 1);
    assert!(
        telegram.shown(chat).is_empty(),
        "no message until it is complete"
    );
    telegram.say(chat, 42, "/stop");
    let answer = telegram.complete(chat, "(stopped)");
    assert!(answer.text.contains("27 days"), "{answer:?}");
    assert!(
        telegram.calls("SendChatAction") > 0,
        "it seemed to write before"
    );
    assert_eq!((telegram.shown(chat).len(), answer.edits), (1, 0));
    telegram.say(chat, 42, "/stop");
    telegram.complete(chat, "I'm not writing an answer right now.");

    // A draft belongs to the topic, in private chats that have them.
    let topic = Chat::with(43).topic(5);
    stoa.teach(&space(topic));
    telegram.say(topic, 43, "How many days of vacation do I get?");
    wait_until("there is a draft", || !telegram.drafted(topic).is_empty());
    telegram.say(topic, 43, "/stop");
    assert_eq!(telegram.complete(topic, "(stopped)").topic, Some(5));

    telegram.say(
        group,
        42,
        &format!("@{USERNAME} How many days of vacation do I get?"),
    );
    wait_until("the message grows", || {
        telegram.shown(group).iter().any(|shown| shown.edits > 0)
    });
    let growing = telegram.shown(group).remove(0);
    assert_eq!(growing.labels(), ["Stop"]);
    telegram.press(group, 42, growing.id, "Stop");
    let answer = telegram.complete(group, "(stopped)");
    assert_eq!(answer.id, growing.id);
    assert_eq!(telegram.shown(group).len(), 1);
    assert!(telegram.drafted(group).is_empty());
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

#[test]
fn a_short_answer_is_one_message_from_the_start() {
    let telegram = Telegram::start();
    let writes = Arc::new(Mutex::new(String::new()));
    let endpoint = Endpoint::start(384, Writes::Says(Arc::clone(&writes)));
    let home = writing(&telegram, &endpoint);
    let stoa = home.up(&[]).expect("it starts");
    let (chat, group) = (Chat::with(42), Chat::group(7));
    for chat in [chat, group] {
        stoa.teach(&space(chat));
        for (question, written, says) in [
            (
                "When is a laptop replaced?",
                "A laptop is replaced after four years.",
                "four years",
            ),
            (
                "Who won the world cup in 1966?",
                "I don't know.",
                "The documents don't say.",
            ),
        ] {
            written.clone_into(&mut writes.lock().expect("not poisoned"));
            telegram.say(chat, 42, &format!("/ask@{USERNAME} {question}"));
            let answer = telegram.complete(chat, says);
            assert_eq!(answer.edits, 0, "{answer:?}");
        }
        assert_eq!(telegram.history(chat).len(), 2);
    }
    assert!(endpoint.calls() > 0);
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

#[test]
fn a_source_stands_once_under_an_answer() {
    let telegram = Telegram::start();
    let endpoint = Endpoint::start(384, Writes::All(&LONG));
    let home = writing(&telegram, &endpoint);
    let stoa = home.up(&[]).expect("it starts");
    let chat = Chat::with(42);
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = write(folder.path(), "city.md", city());
    stoa.good(&["learn", &path, "--space", &space(chat)]);
    telegram.say(chat, 42, "What does each gate of the old city open to?");
    let answer = telegram.complete(chat, "› Gates");
    let listed: Vec<&str> = answer
        .text
        .lines()
        .filter(|line| line.contains("The old city › Gates"))
        .collect();
    let [listed] = listed[..] else {
        panic!("{answer:?}");
    };
    let (marks, name) = listed.split_once(' ').expect("a name");
    assert_eq!(name, "The old city › Gates");
    assert!(marks.matches('[').count() > 1, "{answer:?}");
    telegram.press(chat, 42, answer.id, "Sources");
    let sources = telegram.complete(chat, "salt traders");
    assert_eq!(sources.text.matches("› Gates").count(), 1, "{sources:?}");
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

#[test]
fn a_server_without_drafts_is_shown_edits() {
    let telegram = Telegram::start();
    telegram.is_old();
    let endpoint = Endpoint::start(384, THINKING);
    let home = writing(&telegram, &endpoint);
    let stoa = home.up(&[]).expect("it starts");
    let chat = Chat::with(42);
    stoa.teach(&space(chat));
    telegram.say(chat, 42, "How many days of vacation do I get?");
    wait_until("the message grows", || {
        telegram.shown(chat).iter().any(|shown| shown.edits > 0)
    });
    let growing = telegram.shown(chat).remove(0);
    telegram.press(chat, 42, growing.id, "Stop");
    let answer = telegram.complete(chat, "(stopped)");
    assert_eq!(answer.id, growing.id);
    // The question is changed while it is answered.
    let question = telegram.say(chat, 42, "How many days of vacation does everybody get?");
    wait_until("the next message grows", || telegram.shown(chat).len() == 2);
    let growing = telegram.shown(chat).remove(1);
    drop(endpoint);
    telegram.edit(chat, 42, question, "When is a laptop replaced?");
    let answer = telegram.complete(chat, "four years");
    assert_eq!(answer.id, growing.id);
    assert_eq!(telegram.shown(chat).len(), 2);
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
fn what_is_sent_at_once_is_learned_or_asked_at_once() {
    let telegram = Telegram::start();
    let home = quoting(&telegram);
    let _stoa = home.up(&[]).expect("it starts");
    let (chat, group) = (Chat::with(42), Chat::group(8));
    let files: [(&str, &[u8]); 2] = [
        ("time.md", b"Everybody gets 27 days of vacation a year.\n"),
        ("laptops.md", b"A laptop is replaced after four years.\n"),
    ];
    telegram.promote(group, 1);
    telegram.send_album(chat, 42, &files, "");
    telegram.send_album(group, 1, &files, &format!("/learn@{USERNAME}"));
    // Nobody gave these to the bot.
    let gossip = Chat::group(9);
    telegram.send_album(gossip, 1, &files, "look");
    for chat in [chat, group] {
        for (name, _) in files {
            telegram.complete(chat, &format!("✓ {name}: 1 page, "));
        }
    }
    // The words under the first photo are a question, and the other photos none.
    telegram.send_photos(chat, 42, 3, "How many days of vacation do I get?");
    telegram.complete(chat, "27 days");
    // A question with a file is about what is in it.
    telegram.send_file(
        chat,
        42,
        "dog.txt",
        b"The office dog is called Bruno.",
        "What is the office dog called?",
    );
    telegram.complete(chat, "is called Bruno");
    wait_until("updates are taken", || telegram.pending() == 0);
    telegram.say(chat, 42, "/documents");
    telegram.complete(chat, "dog.txt (");
    assert_eq!(telegram.shown(chat).len(), 6, "{:?}", telegram.shown(chat));
    assert!(telegram.shown(gossip).is_empty());
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

#[test]
fn what_is_not_there_any_more_holds_nothing_up() {
    let telegram = Telegram::start();
    let home = quoting(&telegram);
    let stoa = home.up(&[]).expect("it starts");
    let (group, later) = (Chat::group(7), Chat::group(70));
    stoa.teach(&space(group));
    let asks = |chat: Chat, question: &str| telegram.say(chat, 42, &format!("/ask {question}"));

    // A topic that was closed, and one that was not.
    let (closed, open) = (group.topic(98), group.topic(99));
    telegram.close(closed);
    asks(closed, "When is a laptop replaced?");
    asks(open, "When is a laptop replaced?");
    telegram.complete(open, "four years");

    // A question that was removed before it was answered.
    telegram.remove(group, asks(group, "How many days of vacation do I get?"));
    telegram.complete(group, "27 days");

    // A group that became a supergroup, of which the bot hears when it writes.
    telegram.migrate_unsaid(group, later);
    asks(group, "When do days lapse that are left over?");
    telegram.complete(later, "March");
    wait_until("all is taken", || telegram.pending() == 0);
    assert!(telegram.shown(closed).is_empty());
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

#[test]
fn a_button_is_answered_even_when_nothing_can_be_written_down() {
    let telegram = Telegram::start();
    let home = quoting(&telegram);
    let stoa = home.up(&[]).expect("it starts");
    let chat = Chat::with(42);
    stoa.teach(&space(chat));
    telegram.say(chat, 42, "When is a laptop replaced?");
    let answer = telegram.complete(chat, "four years");
    wait_until("all is taken", || telegram.pending() == 0);
    let frozen = stoa.freeze("nats-server");
    telegram.press(chat, 42, answer.id, "Sources");
    wait_until("the button is answered", || !telegram.toasts().is_empty());
    drop(frozen);
    wait_until("the sources are shown", || telegram.shown(chat).len() == 2);
    wait_until("all is taken", || telegram.pending() == 0);
    assert_eq!(telegram.shown(chat).len(), 2);
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

#[test]
fn a_model_that_breaks_off_is_followed_by_quotes_in_the_same_message() {
    let telegram = Telegram::start();
    let endpoint = Endpoint::start(
        384,
        Writes::BreaksOff(&["Everybody gets 27 days of vacation a year. [1] "]),
    );
    let home = writing(&telegram, &endpoint);
    let stoa = home.up(&[]).expect("it starts");
    for chat in [Chat::with(42), Chat::group(7)] {
        stoa.teach(&space(chat));
        telegram.say(chat, 42, "/ask How many days of vacation do I get?");
        let answer = telegram.complete(chat, "27 days");
        assert_eq!(answer.labels(), ["Sources", "👍", "👎", "Regenerate"]);
        assert_eq!(telegram.shown(chat).len(), 1);
    }
    assert!(endpoint.calls() > 0);
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

/// A section that is several passages, of which each carries a sentence.
fn city() -> String {
    let gates = LONG.map(|gate| {
        let stones = (1..150).map(|stone| format!("Stone {stone} beside it is of grey granite. "));
        format!("{gate}{}\n\n", stones.collect::<String>())
    });
    format!("# The old city\n\n## Gates\n\n{}", gates.concat())
}

/// Sentences that a passage of the document carries, one each.
const LONG: [&str; 4] = [
    "The north gate of the old city opens to the road of the salt traders. ",
    "The south gate of the old city opens to the harbour and its three bridges. ",
    "The east gate of the old city opens to the fields of the monastery. ",
    "The west gate of the old city opens to the forest. ",
];
