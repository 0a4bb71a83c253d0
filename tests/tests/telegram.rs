//! People who chat with Stoa in Telegram.

use stoa_tests::{
    Home, Stoa,
    endpoint::{Endpoint, KEY, Writes},
    telegram::{Chat, Shown, TOKEN, Telegram, USERNAME, post},
    wait_until, write,
};

const HANDBOOK: &str = "# Time off\n\nEverybody gets 27 days of vacation a year. \
    Days that are left over lapse at the end of March.\n\n# Equipment\n\nA laptop is replaced after four years.\n";

/// A home whose `stoa up` talks to this Telegram.
fn home(telegram: &Telegram, settings: &[&str]) -> Home {
    let url = format!("telegram.api_url={}", telegram.url);
    let settings: Vec<&str> = settings.iter().copied().chain([url.as_str()]).collect();
    Home::with(&settings).env("TELEGRAM_TOKEN", TOKEN)
}

fn quoting(telegram: &Telegram) -> Home {
    home(telegram, &["generation.model=extractive"])
}

/// Teaches a space the handbook from the command line.
fn teach(stoa: &Stoa<'_>, chat: Chat) {
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = write(folder.path(), "handbook.md", HANDBOOK);
    stoa.good(&["learn", &path, "--space", &format!("telegram:{}", chat.id)]);
}

/// Waits until the last message of a chat is complete: it says this, and nothing can be stopped any more.
fn complete(telegram: &Telegram, chat: Chat, says: &str) -> Shown {
    let last = || {
        telegram.shown(chat).into_iter().rev().find(|shown| {
            shown.text.contains(says) && shown.buttons.iter().all(|(label, _)| label != "Stop")
        })
    };
    wait_until(
        &format!("the bot says {says:?}: {:?}", telegram.shown(chat)),
        || last().is_some(),
    );
    last().expect("it is there")
}

fn labels(shown: &Shown) -> Vec<&str> {
    shown
        .buttons
        .iter()
        .map(|(label, _)| label.as_str())
        .collect()
}

#[test]
fn a_question_is_answered_once_with_its_sources() {
    let telegram = Telegram::start();
    let home = quoting(&telegram);
    let stoa = home.up(&[]).expect("it starts");
    let chat = Chat::with(42);
    teach(&stoa, chat);

    let question = telegram.say(chat, 42, "How many days of vacation do I get?");
    let answer = complete(&telegram, chat, "27 days");
    assert!(
        answer.text.contains("[1]") && answer.text.contains("Time off"),
        "{}",
        answer.text
    );
    assert_eq!(labels(&answer), ["Sources", "👍", "👎", "Regenerate"]);
    assert_eq!(answer.reply_to, Some(question));

    telegram.press(chat, 42, answer.id, "Sources");
    wait_until("the sources are shown", || telegram.shown(chat).len() == 2);
    let sources = complete(
        &telegram,
        chat,
        "Everybody gets 27 days of vacation a year.",
    );
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
    complete(&telegram, chat, "The documents don't say.");
    telegram.say(chat, 42, "/unanswered");
    complete(&telegram, chat, "world cup");
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
    teach(&stoa, group);
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
    let answer = complete(&telegram, topic, "four years");
    assert_eq!(answer.topic, Some(99));
    telegram.reply(group, 43, answer.id, "How many days of vacation are there?");
    complete(&telegram, group, "27 days");
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
    complete(&telegram, stranger, "The documents don't say.");
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

#[test]
fn a_file_is_learned_where_everybody_sees_how_far_it_is() {
    let telegram = Telegram::start();
    let home = quoting(&telegram);
    let _stoa = home.up(&[]).expect("it starts");
    let chat = Chat::with(42);

    telegram.send_file(chat, 42, "handbook.md", HANDBOOK.as_bytes(), "");
    complete(&telegram, chat, "✓ handbook.md: learned: 1 page");
    telegram.say(chat, 42, "When is a laptop replaced?");
    complete(&telegram, chat, "four years");
    telegram.send_file(chat, 42, "junk.pdf", &[0, 1, 2, 3, 255, 254], "/learn");
    let failed = complete(&telegram, chat, "✗ junk.pdf: failed:");
    assert_eq!(labels(&failed), ["Retry"]);
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
    complete(&telegram, chat, "handbook.md (");
    telegram.say(chat, 42, "/forget handbook.md");
    complete(&telegram, chat, "Forgotten: handbook.md");
    telegram.say(chat, 42, "When is a laptop replaced?");
    complete(&telegram, chat, "The documents don't say.");

    // In a group only admins teach, also what others wrote.
    let group = Chat::group(8);
    telegram.promote(group, 42);
    telegram.reply(group, 43, 5, "/learn");
    complete(&telegram, group, "Only admins");
    telegram.reply(group, 42, 5, "/learn");
    complete(&telegram, group, "✓ message-5.txt: learned");
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

#[test]
fn a_message_is_answered_once_when_the_process_dies_mid_reply() {
    let telegram = Telegram::start();
    let endpoint = Endpoint::start(
        384,
        Writes::Endless(&["Everybody gets 27 days of vacation a year. "]),
    );
    let model = format!("generation.url={}", endpoint.url);
    let home =
        home(&telegram, &[&model, "generation.model=scripted"]).env("STOA_GENERATION_API_KEY", KEY);
    let stoa = home.up(&[]).expect("it starts");
    let chat = Chat::with(42);
    teach(&stoa, chat);
    telegram.say(chat, 42, "How many days of vacation do I get?");
    telegram.say(chat, 42, "When is a laptop replaced?");
    wait_until("the reply has begun", || !telegram.shown(chat).is_empty());
    stoa.kill_dash_nine();
    drop(endpoint);

    // The model is gone too: what is left quotes.
    let stoa = home.up(&[]).expect("it starts again");
    complete(&telegram, chat, "four years");
    let shown = telegram.shown(chat);
    assert_eq!(shown.len(), 2, "{shown:?}");
    assert!(
        shown[0].text.contains("27 days") && labels(&shown[0]).contains(&"Regenerate"),
        "{shown:?}"
    );
    assert!(shown[1].text.contains("four years"), "in order");
    assert_eq!(telegram.offences(), Vec::<String>::new());
    assert!(stoa.interrupt());
}

#[test]
fn a_flood_drops_nothing_and_a_block_holds_nothing_up() {
    let telegram = Telegram::start();
    let home = quoting(&telegram);
    let stoa = home.up(&[]).expect("it starts");
    let chat = Chat::with(42);
    teach(&stoa, chat);
    telegram.block(66);
    telegram.say(Chat::with(66), 66, "Are you there?");
    telegram.storm(5);
    telegram.say(chat, 42, "How many days of vacation do I get?");
    complete(&telegram, chat, "27 days");
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
    complete(&telegram, chat, "✓ notes.txt");
    telegram.say(chat, 42, "How do I reset the router?");
    complete(&telegram, chat, "console");
    telegram.say(chat, 42, "Who are the moderators?");
    complete(&telegram, chat, "moderators are");
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
    let home = home(
        &telegram,
        &[
            &model,
            "generation.model=scripted",
            "generation.min_score=0",
        ],
    )
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
            .is_some_and(|shown| labels(shown).contains(&"Regenerate"))
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
fn a_message_that_was_sent_and_not_recorded_is_not_sent_again() {
    let telegram = Telegram::start();
    let home = quoting(&telegram);
    let stoa = home.up(&[]).expect("it starts");
    let chat = Chat::with(42);
    teach(&stoa, chat);
    telegram.say(chat, 42, "How many days of vacation do I get?");
    complete(&telegram, chat, "27 days");
    telegram.swallow();
    telegram.say(chat, 42, "When is a laptop replaced?");
    wait_until("it is sent", || telegram.shown(chat).len() == 2);
    stoa.kill_dash_nine();
    let stoa = home.up(&[]).expect("it starts again");
    let answer = complete(&telegram, chat, "four years");
    wait_until("it is done", || telegram.pending() == 0);
    assert_eq!(labels(&answer), ["Sources", "👍", "👎", "Regenerate"]);
    let shown = telegram.shown(chat);
    assert_eq!(shown.len(), 2, "{shown:?}");
    assert!(shown[0].text.contains("27 days"), "{shown:?}");
    assert_eq!(telegram.offences(), Vec::<String>::new());
    assert!(stoa.interrupt());
}

#[test]
fn of_two_replicas_one_speaks_and_the_other_takes_over() {
    let telegram = Telegram::start();
    let endpoint = Endpoint::start(
        384,
        Writes::Endless(&["Everybody gets 27 days of vacation a year. "]),
    );
    let model = format!("generation.url={}", endpoint.url);
    let home =
        Home::with(&[&model, "generation.model=scripted"]).env("STOA_GENERATION_API_KEY", KEY);
    let stoa = home.up(&[]).expect("it starts");
    let chat = Chat::with(42);
    teach(&stoa, chat);
    let environment = [
        ("TELEGRAM_TOKEN", TOKEN),
        ("TELEGRAM_API_URL", telegram.url.as_str()),
    ];
    let first = stoa.beside("telegram", &environment).expect("it starts");
    wait_until("one polls", || telegram.calls("GetUpdates") > 0);
    let _second = stoa.beside("telegram", &environment).expect("it starts");
    telegram.say(chat, 42, "How many days of vacation do I get?");
    telegram.say(chat, 42, "When is a laptop replaced?");
    wait_until("the reply has begun", || !telegram.shown(chat).is_empty());
    first.kill_dash_nine();
    drop(endpoint);
    wait_until("both are answered", || {
        let shown = telegram.shown(chat);
        shown.len() == 2
            && shown
                .iter()
                .all(|shown| labels(shown).contains(&"Regenerate"))
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
    teach(&stoa, chat);
    let question = telegram.say(chat, 42, "How many days of vacation do I get?");
    let answer = complete(&telegram, chat, "27 days");
    telegram.edit(chat, 42, question, "When is a laptop replaced?");
    let changed = complete(&telegram, chat, "four years");
    assert_eq!(changed.id, answer.id);
    assert_eq!(telegram.shown(chat).len(), 1);
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

#[test]
fn passages_are_offered_in_any_chat() {
    let telegram = Telegram::start();
    let home = quoting(&telegram);
    let stoa = home.up(&[]).expect("it starts");
    teach(&stoa, Chat::with(42));
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
    let port = std::net::TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
        .port();
    let (url, listen) = (
        format!("telegram.webhook_url=http://127.0.0.1:{port}/telegram"),
        format!("telegram.webhook_listen=127.0.0.1:{port}"),
    );
    let home = home(&telegram, &["generation.model=extractive", &url, &listen]);
    let stoa = home.up(&[]).expect("it starts");
    let chat = Chat::with(42);
    teach(&stoa, chat);
    telegram.say(chat, 42, "How many days of vacation do I get?");
    complete(&telegram, chat, "27 days");
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
    let _stoa = home.up(&[]).expect("it starts again");
    complete(&telegram, chat, "four years");
    wait_until("updates are taken", || telegram.pending() == 0);
    assert_eq!(telegram.shown(chat).len(), 2);
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

#[test]
fn admins_decide_where_it_answers_and_a_group_keeps_what_it_was_taught() {
    let telegram = Telegram::start();
    let home = quoting(&telegram);
    let stoa = home.up(&[]).expect("it starts");
    let group = Chat::group(9);
    teach(&stoa, group);
    telegram.promote(group, 1);
    telegram.say(group, 42, "/settings mention off");
    complete(&telegram, group, "Only admins");
    telegram.say(group, 1, "/settings mention off");
    complete(&telegram, group, "Done.");
    telegram.say(group, 42, "When is a laptop replaced?");
    complete(&telegram, group, "four years");
    telegram.say(group, 1, "/settings");
    complete(&telegram, group, "mention: off");

    let supergroup = Chat::group(10);
    telegram.migrate(group, supergroup);
    telegram.say(supergroup, 42, "How many days of vacation do I get?");
    complete(&telegram, supergroup, "27 days");

    // What is forwarded in private is learned, and so is the answer to a question that had none.
    let chat = Chat::with(42);
    telegram.forward(chat, 42, "The office dog is called Bruno.");
    complete(&telegram, chat, "✓ message-");
    telegram.say(chat, 42, "Who waters the plants?");
    complete(&telegram, chat, "The documents don't say.");
    telegram.say(chat, 42, "/unanswered");
    let listed = complete(&telegram, chat, "waters the plants");
    telegram.press(chat, 42, listed.id, "Answer 1");
    let asked = complete(&telegram, chat, "Reply to this message");
    telegram.reply(chat, 42, asked.id, "Carla waters the plants.");
    complete(&telegram, chat, "✓ Who waters the plants?.md");
    telegram.say(chat, 42, "Who waters the plants?");
    complete(&telegram, chat, "Carla");
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

/// Sentences that a passage of the document carries, one each.
const LONG: [&str; 4] = [
    "The north gate of the old city opens to the road of the salt traders. ",
    "The south gate of the old city opens to the harbour and its three bridges. ",
    "The east gate of the old city opens to the fields of the monastery. ",
    "The west gate of the old city opens to the forest. ",
];
