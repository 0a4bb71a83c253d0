//! People who chat with Stoa in Telegram.

mod faults;
mod settings;
mod streaming;

use std::net::TcpListener;

use stoa_tests::{
    HANDBOOK, Home,
    endpoint::{Endpoint, KEY, Writes},
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

/// A home whose answers this model writes.
fn writing(telegram: &Telegram, endpoint: &Endpoint) -> Home {
    let model = format!("generation.url={}", endpoint.url);
    telegram
        .home(&[&model, "generation.model=scripted"])
        .env("STOA_GENERATION_API_KEY", KEY)
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
