//! What waits in the inbox keeps nobody else waiting, what was sent is not sent again, and what was done is not done again.

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::json;
use stoa_tests::{
    Home,
    discord::{Discord, GENERAL, GUILD, RANDOM},
    endpoint::{Endpoint, KEY, THINKING, Writes},
    hold::When,
    telegram::{Chat, Telegram, USERNAME},
    wait_until,
};

const VACATION: &str = "How many days of vacation do I get?";
const LAPTOP: &str = "When is a laptop replaced?";
/// A button of an answer that is complete.
const COMPLETE: &str = "Regenerate";
/// What is said to whom the inbox has no room for.
const FULL: &str = "already got a lot waiting";

fn quoting(telegram: &Telegram) -> Home {
    telegram.home(&["generation.model=extractive"])
}

fn space(chat: Chat) -> String {
    format!("telegram:{}", chat.id)
}

fn ask(telegram: &Telegram, chat: Chat, person: i64, question: &str) -> i64 {
    telegram.say(chat, person, &format!("/ask@{USERNAME} {question}"))
}

#[test]
fn one_conversation_does_not_fill_the_inbox_and_who_is_refused_is_told_once() {
    let telegram = Telegram::start();
    let endpoint = Endpoint::start(384, Writes::Begins(&[]));
    let model = format!("generation.url={}", endpoint.url);
    let home = telegram
        .home(&[&model, "generation.model=scripted"])
        .env("STOA_GENERATION_API_KEY", KEY);
    let stoa = home.up(&[]).expect("it starts");
    let (flooding, other) = (Chat::with(42), Chat::with(43));
    stoa.teach(&space(flooding));
    // The model never answers the first of them, so that all the others wait behind it.
    for number in 0..80 {
        telegram.say(flooding, 42, &format!("{VACATION} And {number}?"));
    }
    wait_until("all is taken from Telegram", || telegram.pending() == 0);
    telegram.complete(flooding, FULL);
    telegram.say(other, 43, "/help");
    telegram.complete(other, "Ask me anything");
    let told = telegram.shown(flooding);
    let told = told.iter().filter(|shown| shown.text.contains(FULL));
    assert_eq!(told.count(), 1, "{:?}", telegram.history(flooding));
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

#[test]
fn an_answer_whose_receipt_is_lost_is_shown_once() {
    let telegram = Telegram::start();
    let home = quoting(&telegram);
    let stoa = home.up(&[]).expect("it starts");
    for chat in [Chat::with(42), Chat::group(42)] {
        stoa.teach(&space(chat));
        telegram.hold(&["SendMessage", COMPLETE], When::After);
        let first = ask(&telegram, chat, 42, VACATION);
        wait_until("the answer is shown", || telegram.is_held());
        // Others of the chat say something meanwhile, which takes ids of its own.
        telegram.say(chat, 43, "Good morning!");
        let second = ask(&telegram, chat, 42, LAPTOP);
        telegram.complete(chat, "four years");
        let has_buttons = || {
            let shown = telegram.shown(chat);
            shown.iter().all(|shown| shown.labels().contains(&COMPLETE))
        };
        if chat.id < 0 {
            wait_until("both have their buttons", has_buttons);
            let shown = telegram.shown(chat);
            assert_eq!(shown.len(), 2, "{shown:?}");
            assert!(shown[0].text.contains("27 days"), "{shown:?}");
            let replies: Vec<_> = shown.iter().map(|shown| shown.reply_to).collect();
            assert_eq!(replies, [Some(first), Some(second)], "{shown:?}");
        } else {
            // In private everything is said to the bot, the greeting too.
            let shown = telegram.shown(chat);
            let answers = shown.iter().filter(|shown| shown.text.contains("27 days"));
            assert_eq!(answers.count(), 1, "{shown:?}");
        }
    }
    assert_eq!(telegram.offences(), Vec::<String>::new());
    assert!(stoa.interrupt());
}

#[test]
fn after_a_kill_the_conversations_of_a_chat_keep_their_own_messages() {
    let telegram = Telegram::start();
    let home = quoting(&telegram);
    let group = Chat::group(3);
    let stoa = home.up(&[]).expect("it starts");
    stoa.teach(&space(group));
    telegram.hold(&["SendMessage", COMPLETE], When::After);
    let first = ask(&telegram, group, 42, VACATION);
    wait_until("the answer is shown", || telegram.is_held());
    let second = ask(&telegram, group, 43, LAPTOP);
    wait_until("both are taken", || telegram.pending() == 0);
    stoa.kill_dash_nine();
    let stoa = home.up(&[]).expect("it starts again");
    telegram.complete(group, "four years");
    wait_until("both are complete", || {
        let shown = telegram.shown(group);
        let complete = shown
            .iter()
            .filter(|shown| shown.labels().contains(&COMPLETE));
        complete.count() >= 2
    });
    let shown = telegram.shown(group);
    assert_eq!(shown.len(), 2, "{shown:?}");
    assert_eq!(shown[0].reply_to, Some(first), "{shown:?}");
    assert!(shown[0].text.contains("27 days"), "{shown:?}");
    assert_eq!(shown[1].reply_to, Some(second), "{shown:?}");
    assert!(shown[1].text.contains("four years"), "{shown:?}");
    assert_eq!(telegram.offences(), Vec::<String>::new());
    assert!(stoa.interrupt());
}

#[test]
fn a_process_that_was_paused_for_longer_than_its_lease_says_nothing_more() {
    let telegram = Telegram::start();
    let endpoint = Endpoint::start(384, THINKING);
    let model = format!("generation.url={}", endpoint.url);
    let home =
        Home::with(&[&model, "generation.model=scripted"]).env("STOA_GENERATION_API_KEY", KEY);
    let stoa = home.up(&[]).expect("it starts");
    let chat = Chat::with(42);
    stoa.teach(&space(chat));
    let (first, _second) = telegram.replicas(&stoa);
    telegram.say(chat, 42, VACATION);
    wait_until("the reply has begun", || !telegram.drafted(chat).is_empty());
    let paused = Pid::from_raw(first.pid());
    kill(paused, Signal::SIGSTOP).expect("it runs");
    drop(endpoint);
    telegram.complete(chat, "27 days");
    kill(paused, Signal::SIGCONT).expect("it is there");
    telegram.say(chat, 42, LAPTOP);
    telegram.complete(chat, "four years");
    let shown = telegram.shown(chat);
    assert_eq!(shown.len(), 2, "{shown:?}");
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

#[test]
fn a_document_that_was_forgotten_before_a_kill_is_said_to_be_forgotten() {
    let telegram = Telegram::start();
    let home = quoting(&telegram);
    let chat = Chat::with(42);
    let stoa = home.up(&[]).expect("it starts");
    stoa.teach(&space(chat));
    telegram.hold(&["SendMessage", "Forgotten"], When::Before);
    telegram.say(chat, 42, "/forget handbook.md");
    wait_until("it is forgotten", || telegram.is_held());
    stoa.kill_dash_nine();
    let stoa = home.up(&[]).expect("it starts again");
    telegram.complete(chat, "Forgotten: handbook.md");
    assert_eq!(telegram.shown(chat).len(), 1, "{:?}", telegram.shown(chat));
    assert_eq!(telegram.offences(), Vec::<String>::new());
    assert!(stoa.interrupt());
}

#[test]
fn settings_outlive_what_nats_keeps() {
    let telegram = Telegram::start();
    let home = quoting(&telegram);
    let group = Chat::group(9);
    telegram.promote(group, 1);
    let stoa = home.up(&[]).expect("it starts");
    stoa.teach(&space(group));
    telegram.say(group, 1, "/settings mention off");
    telegram.complete(group, "Done.");
    assert!(stoa.interrupt());
    std::fs::remove_dir_all(home.data().join("nats")).expect("it is there");
    let stoa = home.up(&[]).expect("it starts again");
    telegram.say(group, 42, LAPTOP);
    telegram.complete(group, "four years");
    assert_eq!(telegram.offences(), Vec::<String>::new());
    assert!(stoa.interrupt());
}

#[test]
fn a_command_is_not_answered_where_answers_are_off_and_collections_are_not_told_to_everybody() {
    let discord = Discord::start();
    let home = discord.home(&["generation.model=extractive"]);
    let stoa = home.up(&[]).expect("it starts");
    stoa.teach(&format!("discord:{GUILD}"));
    wait_until("the bot is connected", || discord.is_connected());
    discord.promote(1);
    let set = |channel: u64, name: &str, option: serde_json::Value| {
        let options = json!([{ "name": name, "type": 1, "options": [option] }]);
        let before = discord.shown_only_to(1).len();
        discord.command(channel, 1, "settings", options);
        wait_until("it is set", || {
            let shown = discord.shown_only_to(1);
            let last = shown
                .last()
                .is_some_and(|last| last.content.contains("Done."));
            shown.len() > before && last
        });
    };
    let named = |names: &str| json!({ "name": "names", "type": 3, "value": names });
    set(
        RANDOM,
        "answers",
        json!({ "name": "on", "type": 5, "value": false }),
    );
    let question = json!([{ "name": "question", "type": 3, "value": LAPTOP }]);
    discord.command(RANDOM, 42, "ask", question.clone());
    discord.complete(RANDOM, "not to answer in this channel");
    discord.command(RANDOM, 42, "search", question.clone());
    discord.told(42, "not to answer in this channel");
    discord.command(GENERAL, 42, "ask", question);
    discord.complete(GENERAL, "four years");

    // What is taught in a channel goes to its collection, whose name is for those who bind channels to it.
    set(RANDOM, "collections", named("staff"));
    discord.on_message(
        RANDOM,
        1,
        "Teach this to Stoa",
        "The office dog is called Bruno.",
    );
    discord.complete(RANDOM, "✓ message-");
    set(GENERAL, "collections", named("default"));
    let choices = |person: u64| {
        let typed = discord.types(GENERAL, person, "settings", "names", "st");
        wait_until("there are choices", || {
            discord.acknowledged(typed).is_some()
        });
        discord.acknowledged(typed).expect("it is there")["data"]["choices"].clone()
    };
    assert_eq!(choices(42), json!([]));
    assert_eq!(choices(1), json!([{ "name": "staff", "value": "staff" }]));
    assert_eq!(discord.offences(), Vec::<String>::new());
    assert!(stoa.interrupt());
}
