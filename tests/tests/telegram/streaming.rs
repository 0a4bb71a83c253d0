//! How an answer is shown while it is written: as a draft, by edits, or at once.

use std::sync::{Arc, Mutex};

use stoa_tests::{
    endpoint::{Endpoint, THINKING, Writes},
    telegram::{Chat, Telegram, USERNAME},
    wait_until,
};

use crate::{space, writing};

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
