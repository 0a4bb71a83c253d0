//! What goes wrong around an answer: floods, blocks, a process that ends, messages that are gone.

use stoa_tests::{
    Home,
    endpoint::{Endpoint, KEY, THINKING, Writes},
    telegram::{Chat, Telegram},
    wait_until,
};

use crate::{quoting, space, writing};

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
