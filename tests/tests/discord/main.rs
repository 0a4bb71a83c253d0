//! People who chat with Stoa in Discord.

mod sessions;
mod settings;

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use stoa_tests::{
    HANDBOOK, Home, Stoa,
    discord::{BOT, Discord, FORUM, GENERAL, GUILD, RANDOM},
    endpoint::{Endpoint, KEY, THINKING, Writes},
    hold::When,
    wait_until,
};

fn quoting(discord: &Discord) -> Home {
    discord.home(&["generation.model=extractive"])
}

fn guild() -> String {
    format!("discord:{GUILD}")
}

fn connected(discord: &Discord) {
    wait_until("the bot is connected", || discord.is_connected());
}

/// A `stoa up` that has learned the handbook for the server, and listens.
fn ready<'home>(discord: &Discord, home: &'home Home) -> Stoa<'home> {
    let stoa = home.up(&[]).expect("it starts");
    stoa.teach(&guild());
    connected(discord);
    stoa
}

/// A home whose answers this model writes.
fn writing(discord: &Discord, endpoint: &Endpoint) -> Home {
    let model = format!("generation.url={}", endpoint.url);
    discord
        .home(&[&model, "generation.model=scripted"])
        .env("STOA_GENERATION_API_KEY", KEY)
}

fn question(text: &str) -> Value {
    json!([{ "name": "question", "type": 3, "value": text }])
}

#[test]
fn a_question_is_answered_once_with_its_sources() {
    let discord = Discord::start();
    let home = quoting(&discord);
    let stoa = ready(&discord, &home);
    assert!(discord.commands().contains(&"ask".to_owned()));

    let asked = discord.command(
        GENERAL,
        42,
        "ask",
        question("How many days of vacation do I get?"),
    );
    let answer = discord.complete(GENERAL, "27 days");
    assert_eq!(discord.acknowledged(asked).expect("in time")["type"], 5);
    assert!(answer.content.contains("Time off"), "{}", answer.content);
    assert_eq!(answer.labels(), ["Sources", "👍", "👎", "Regenerate"]);

    // The passages are for who asked for them alone.
    discord.press(43, &answer, "Sources");
    let sources = discord.told(43, "Everybody gets 27 days of vacation a year.");
    assert_eq!(sources.channel, GENERAL);
    discord.press(43, &answer, "👍");
    discord.told(43, "Thank you!");
    let form = discord.press(42, &answer, "👎");
    wait_until("a form is shown", || {
        discord
            .acknowledged(form)
            .is_some_and(|shown| shown["type"] == 9)
    });
    discord.submit(form, "It is 28 now.");
    discord.told(42, "noted");

    discord.command(
        GENERAL,
        42,
        "ask",
        question("And who won the world cup in 1966?"),
    );
    discord.complete(GENERAL, "The documents don't say.");
    discord.promote(1);
    discord.command(GENERAL, 1, "unanswered", json!([]));
    let unanswered = discord.told(1, "world cup");
    let form = discord.press(1, &unanswered, "Answer 1");
    wait_until("a form is shown", || {
        discord
            .acknowledged(form)
            .is_some_and(|shown| shown["type"] == 9)
    });
    discord.submit(form, "England won the world cup in 1966.");
    discord.told(1, "✓");
    discord.command(
        GENERAL,
        42,
        "ask",
        question("Who won the world cup in 1966?"),
    );
    discord.complete(GENERAL, "England");
    assert_eq!(discord.shown(GENERAL).len(), 3);
    assert_eq!(discord.offences(), Vec::<String>::new());
    assert!(stoa.interrupt());
}

#[test]
fn it_speaks_when_it_is_spoken_to() {
    let discord = Discord::start();
    let home = quoting(&discord);
    let _stoa = ready(&discord, &home);

    discord.say(GENERAL, 42, "How many days of vacation do I get?");
    let asked = discord.say(GENERAL, 42, &format!("<@{BOT}> When is a laptop replaced?"));
    let answer = discord.complete(GENERAL, "four years");
    assert_eq!(answer.reply_to, Some(asked));
    discord.reply(
        GENERAL,
        43,
        answer.id,
        "How many days of vacation are there?",
    );
    discord.complete(GENERAL, "27 days");
    assert_eq!(
        discord.shown(GENERAL).len(),
        2,
        "{:?}",
        discord.shown(GENERAL)
    );

    // Another server's documents, and those of a person, are their own.
    let direct = discord.direct(77);
    discord.say(direct, 77, "How many days of vacation do I get?");
    discord.complete(direct, "The documents don't say.");

    // A post in a forum is about its title too.
    let post = discord.post(42, "Vacation", 31);
    discord.say(
        post,
        42,
        &format!("<@{BOT}> How many days do I get of it in a year?"),
    );
    discord.complete(post, "27 days");

    discord.on_message(
        RANDOM,
        42,
        "Ask about this message",
        "When is a laptop replaced?",
    );
    discord.complete(RANDOM, "four years");
    assert!(discord.shown(FORUM).is_empty());
    assert_eq!(discord.offences(), Vec::<String>::new());
}

#[test]
fn an_answer_can_be_stopped_and_made_again() {
    let discord = Discord::start();
    let endpoint = Endpoint::start(384, THINKING);
    let home = writing(&discord, &endpoint);
    let _stoa = ready(&discord, &home);
    discord.command(
        GENERAL,
        42,
        "ask",
        question("How many days of vacation do I get?"),
    );
    wait_until("the message grows", || {
        discord.shown(GENERAL).iter().any(|shown| shown.edits > 0)
    });
    let growing = discord.shown(GENERAL).remove(0);
    assert_eq!(growing.labels(), ["Stop"]);
    let stop = discord.press(42, &growing, "Stop");
    let answer = discord.complete(GENERAL, "(stopped)");
    assert_eq!(answer.id, growing.id);
    assert_eq!(discord.acknowledged(stop).expect("in time")["type"], 6);
    drop(endpoint);
    discord.press(42, &answer, "Regenerate");
    wait_until("it is answered once more", || {
        let shown = discord.shown(GENERAL);
        shown.len() == 2 && shown[1].is_complete("Time off")
    });
    assert_eq!(discord.offences(), Vec::<String>::new());
}

#[test]
fn a_short_answer_is_one_message_from_the_start() {
    let discord = Discord::start();
    let writes = Arc::new(Mutex::new(String::new()));
    let endpoint = Endpoint::start(384, Writes::Says(Arc::clone(&writes)));
    let home = writing(&discord, &endpoint);
    let _stoa = ready(&discord, &home);
    for (asked, written, says) in [
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
        discord.say(GENERAL, 42, &format!("<@{BOT}> {asked}"));
        let answer = discord.complete(GENERAL, says);
        assert_eq!(answer.edits, 0, "{answer:?}");
        // The message of a command is there before its text.
        let command = discord.command(RANDOM, 42, "ask", question(asked));
        let answer = discord.complete(RANDOM, says);
        assert_eq!(answer.edits, 0, "{answer:?}");
        assert_eq!(discord.acknowledged(command).expect("in time")["type"], 5);
    }
    assert_eq!(discord.history().len(), 4, "{:?}", discord.history());
    assert!(endpoint.calls() > 0);
    assert_eq!(discord.offences(), Vec::<String>::new());
}

#[test]
fn a_source_stands_once_under_an_answer() {
    let discord = Discord::start();
    let endpoint = Endpoint::start(
        384,
        Writes::All(&[
            "The north gate of the old city opens to the road of the salt traders. ",
            "The south gate of the old city opens to the harbour. ",
        ]),
    );
    let home = writing(&discord, &endpoint);
    let stoa = home.up(&[]).expect("it starts");
    connected(&discord);
    let stones: String = (1..150)
        .map(|stone| format!("Stone {stone} beside it is of grey granite. "))
        .collect();
    let city = format!(
        "# The old city\n\n## Gates\n\n\
         The north gate of the old city opens to the road of the salt traders. {stones}\n\n\
         The south gate of the old city opens to the harbour. {stones}\n"
    );
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = stoa_tests::write(folder.path(), "city.md", city);
    stoa.good(&["learn", &path, "--space", &guild()]);
    let asked = "What do the north gate and the south gate of the old city open to?";
    discord.say(GENERAL, 42, &format!("<@{BOT}> {asked}"));
    let answer = discord.complete(GENERAL, "› Gates");
    assert_eq!(
        answer.content.matches("The old city › Gates").count(),
        1,
        "{answer:?}"
    );
    discord.press(43, &answer, "Sources");
    let sources = discord.told(43, "salt traders");
    assert_eq!(sources.content.matches("› Gates").count(), 1, "{sources:?}");
    assert!(sources.content.contains("harbour"), "{sources:?}");
    assert_eq!(discord.offences(), Vec::<String>::new());
}

#[test]
fn an_answer_that_takes_longer_than_its_interaction_is_a_message() {
    let discord = Discord::start();
    let home = quoting(&discord);
    let stoa = ready(&discord, &home);
    let frozen = stoa.freeze("postgres");
    let asked = discord.command(GENERAL, 42, "ask", question("When is a laptop replaced?"));
    wait_until("it is acknowledged", || {
        discord.acknowledged(asked).is_some()
    });
    discord.expire(asked);
    drop(frozen);
    let answer = discord.complete(GENERAL, "four years");
    assert_eq!(answer.labels(), ["Sources", "👍", "👎", "Regenerate"]);
    assert_eq!(discord.shown(GENERAL).len(), 1);
    assert_eq!(discord.offences(), Vec::<String>::new());
}

#[test]
fn a_message_whose_answer_is_lost_on_the_way_is_not_shown_twice() {
    let discord = Discord::start();
    let home = quoting(&discord);
    let _stoa = ready(&discord, &home);
    let sent = format!("POST /api/v10/channels/{GENERAL}/messages");
    discord.hold(&[&sent], When::After);
    discord.say(GENERAL, 42, &format!("<@{BOT}> When is a laptop replaced?"));
    // The bot waits for the answer in vain, and looks for what it sent before it goes on.
    let shown = discord.complete(GENERAL, "four years");
    assert!(discord.is_held());
    discord.say(
        GENERAL,
        42,
        &format!("<@{BOT}> How many days of vacation do I get?"),
    );
    wait_until("the next question is answered", || {
        discord
            .shown(GENERAL)
            .iter()
            .any(|message| message.content.contains("27 days"))
    });
    let messages = discord.shown(GENERAL);
    assert_eq!(messages.len(), 2, "{messages:?}");
    assert_eq!(messages[0].id, shown.id);
    assert_eq!(discord.resent(), 0);
    assert_eq!(discord.offences(), Vec::<String>::new());
}

#[test]
fn an_answer_does_not_wait_for_the_sign_that_it_is_written() {
    let discord = Discord::start();
    let endpoint = Endpoint::start(384, THINKING);
    let home = writing(&discord, &endpoint);
    let _stoa = ready(&discord, &home);
    discord.hold(&["/typing"], When::Before);
    discord.say(
        GENERAL,
        42,
        &format!("<@{BOT}> How many days of vacation do I get?"),
    );
    wait_until("the answer is shown", || !discord.shown(GENERAL).is_empty());
    assert!(discord.is_held(), "the sign was not answered");
    discord.press(42, &discord.shown(GENERAL)[0], "Stop");
    discord.complete(GENERAL, "(stopped)");
    assert_eq!(discord.offences(), Vec::<String>::new());
}

#[test]
fn what_was_taught_is_listed_searched_and_forgotten() {
    let discord = Discord::start();
    let home = discord.home(&[
        "generation.model=extractive",
        "ingestion.allow_private_addresses=true",
    ]);
    let _stoa = home.up(&[]).expect("it starts");
    connected(&discord);
    discord.promote(1);
    let page = discord.page("handbook.md", HANDBOOK.as_bytes());
    discord.command(
        GENERAL,
        1,
        "learn",
        json!([{ "name": "url", "type": 3, "value": page }]),
    );
    discord.complete(GENERAL, "✓");
    discord.command(GENERAL, 42, "documents", json!([]));
    discord.told(42, "passage");
    discord.command(GENERAL, 42, "search", question("vacation days"));
    discord.told(42, "Everybody gets 27 days of vacation a year.");
    discord.command(GENERAL, 42, "ask", question("When is a laptop replaced?"));
    discord.complete(GENERAL, "four years");
    discord.command(GENERAL, 42, "reset", json!([]));
    discord.told(42, "Forgotten 1 question.");
    discord.command(GENERAL, 42, "learn", json!([]));
    discord.complete(GENERAL, "Only admins");
    discord.command(GENERAL, 1, "learn", json!([]));
    discord.complete(GENERAL, "What should I learn?");
    let url = format!("discord.api_url={}", discord.url);
    let doctor = || {
        let checked = home.command(&["doctor", "--set", &url]).output();
        let checked = checked.expect("it runs");
        let said = String::from_utf8_lossy(&checked.stdout).into_owned();
        (checked.status.success(), said)
    };
    let (good, said) = doctor();
    assert!(good && !said.contains("lacks"), "{said}");
    discord.deprive(1 << 38);
    let (good, said) = doctor();
    let lacking = "in A server it lacks Send Messages in Threads";
    assert!(!good && said.contains(lacking), "{said}");
    assert_eq!(discord.offences(), Vec::<String>::new());
}
