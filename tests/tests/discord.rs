//! People who chat with Stoa in Discord.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use serde_json::{Value, json};
use stoa_tests::{
    HANDBOOK, Home, Stoa,
    discord::{BOT, Discord, ELSEWHERE, FORUM, GENERAL, GUILD, MANAGING_ROLE, OTHER_GUILD, RANDOM},
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
fn admins_decide_where_it_answers_and_who_teaches() {
    let discord = Discord::start();
    let home = quoting(&discord);
    let stoa = home.up(&[]).expect("it starts");
    connected(&discord);
    discord.promote(1);

    // Who may not teach is told so, and a role can be allowed to.
    discord.command_with_file(GENERAL, 42, "learn", "handbook.md", HANDBOOK.as_bytes());
    discord.complete(GENERAL, "Only admins");
    discord.command(
        GENERAL,
        42,
        "settings",
        json!([{ "name": "show", "type": 1, "options": [] }]),
    );
    discord.told(42, "Only admins");
    discord.command(
        GENERAL,
        1,
        "settings",
        json!([{ "name": "teachers", "type": 1, "options": [
            { "name": "role", "type": 8, "value": "55" }, { "name": "on", "type": 5, "value": true },
        ]}]),
    );
    discord.told(1, "Done.");
    discord.give_role(42, 55);
    discord.command_with_file(GENERAL, 42, "learn", "handbook.md", HANDBOOK.as_bytes());
    discord.complete(GENERAL, "✓ handbook.md: 1 page, ");
    discord.on_message(
        GENERAL,
        42,
        "Teach this to Stoa",
        "The office dog is called Bruno.",
    );
    discord.complete(GENERAL, "✓ message-77.txt");

    // What is typed is completed.
    let typed = discord.types(GENERAL, 42, "forget", "document", "HAND");
    wait_until("there are choices", || {
        discord.acknowledged(typed).is_some()
    });
    let choices = discord.acknowledged(typed).expect("it is there")["data"]["choices"].clone();
    assert_eq!(
        choices,
        json!([{ "name": "handbook.md", "value": "handbook.md" }])
    );

    // It answers without a mention where it was told to, and where it was told not to, not at all.
    let set = |name: &str, channel: u64, on: bool| {
        let options = json!([{ "name": name, "type": 1, "options": [
            { "name": "on", "type": 5, "value": on }, { "name": "channel", "type": 7, "value": channel.to_string() },
        ]}]);
        let settled = discord.shown_only_to(1).len();
        discord.command(GENERAL, 1, "settings", options);
        wait_until("it is done", || {
            let shown = discord.shown_only_to(1);
            shown.len() > settled
                && shown
                    .last()
                    .is_some_and(|shown| shown.content.contains("Done."))
        });
    };
    set("mention", RANDOM, false);
    discord.say(RANDOM, 43, "What is the office dog called?");
    discord.complete(RANDOM, "Bruno");
    set("answers", RANDOM, false);
    set("threads", GENERAL, true);
    discord.say(RANDOM, 43, "When is a laptop replaced?");
    let asked = discord.say(GENERAL, 43, &format!("<@{BOT}> When is a laptop replaced?"));
    // The answer is in a thread, where no mention is needed.
    discord.complete(asked, "four years");
    discord.say(asked, 44, "What is the office dog called?");
    discord.complete(asked, "Bruno");
    assert_eq!(discord.shown(RANDOM).len(), 1);

    discord.command(
        GENERAL,
        42,
        "forget",
        json!([{ "name": "document", "type": 3, "value": "handbook.md" }]),
    );
    discord.complete(GENERAL, "Forgotten: handbook.md");
    assert_eq!(discord.offences(), Vec::<String>::new());
    assert!(stoa.interrupt());
}

#[test]
fn a_session_goes_on_and_what_was_missed_is_answered() {
    let discord = Discord::start();
    let home = quoting(&discord);
    let stoa = home.up(&[]).expect("it starts");
    let direct = discord.direct(42);
    stoa.teach(&guild());
    stoa.teach("discord:dm:42");
    connected(&discord);
    discord.say(direct, 42, "When is a laptop replaced?");
    discord.complete(direct, "four years");

    // The connection breaks.
    discord.disconnect(true);
    discord.say(direct, 42, "How many days of vacation do I get?");
    discord.complete(direct, "27 days");
    assert_eq!(discord.sessions(), (1, 1));

    // The process is restarted, and the session goes on.
    assert!(stoa.interrupt());
    discord.say(GENERAL, 42, &format!("<@{BOT}> When is a laptop replaced?"));
    let stoa = home.up(&[]).expect("it starts again");
    discord.complete(GENERAL, "four years");
    assert_eq!(discord.sessions(), (1, 2));

    // The session is lost while the process is away.
    assert!(stoa.interrupt());
    discord.disconnect(false);
    discord.say(
        GENERAL,
        43,
        &format!("<@{BOT}> How many days of vacation do I get?"),
    );
    discord.say(GENERAL, 43, "Nobody is asked here.");
    discord.say(direct, 42, "When do days lapse that are left over?");
    let _stoa = home.up(&[]).expect("it starts again");
    discord.complete(GENERAL, "27 days");
    discord.complete(direct, "March");
    assert_eq!(discord.sessions(), (2, 2));
    assert_eq!(discord.shown(GENERAL).len(), 2);
    assert_eq!(discord.shown(direct).len(), 3);
    assert_eq!(discord.offences(), Vec::<String>::new());
}

#[test]
fn a_storm_drops_nothing() {
    let discord = Discord::start();
    let endpoint = Endpoint::start(
        384,
        Writes::All(&["A laptop is replaced after four years. "]),
    );
    let home = writing(&discord, &endpoint);
    let _stoa = ready(&discord, &home);
    discord.fail(3);
    // More at once than a channel takes.
    for person in 40..52 {
        discord.say(
            GENERAL,
            person,
            &format!("<@{BOT}> When is a laptop replaced?"),
        );
    }
    wait_until("every question is answered", || {
        let shown = discord.shown(GENERAL);
        shown
            .iter()
            .filter(|shown| shown.is_complete("four years"))
            .count()
            == 12
    });
    assert!(discord.limited() > 0, "the limit was never met");
    assert_eq!(discord.shown(GENERAL).len(), 12);
    assert_eq!(discord.offences(), Vec::<String>::new());
}

#[test]
fn without_the_privileged_intent_mentions_are_answered() {
    let discord = Discord::start();
    discord.withhold_content();
    let home = quoting(&discord);
    let stoa = ready(&discord, &home);
    discord.say(GENERAL, 42, &format!("<@{BOT}> When is a laptop replaced?"));
    discord.complete(GENERAL, "four years");
    let url = format!("discord.api_url={}", discord.url);
    let checked = stoa.run(&["doctor", "--set", &url]);
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(said.contains("Message Content intent is off"), "{said}");
    assert_eq!(discord.offences(), Vec::<String>::new());
}

#[test]
fn a_budget_is_kept() {
    let discord = Discord::start();
    let home = discord.home(&["generation.model=extractive", "chat.person_questions=1"]);
    let _stoa = ready(&discord, &home);
    discord.command(GENERAL, 42, "ask", question("When is a laptop replaced?"));
    discord.complete(GENERAL, "four years");
    discord.command(
        GENERAL,
        42,
        "ask",
        question("How many days of vacation do I get?"),
    );
    discord.complete(GENERAL, "reached your limit for today");
    discord.command(
        GENERAL,
        43,
        "ask",
        question("How many days of vacation do I get?"),
    );
    discord.complete(GENERAL, "27 days");
    discord.command(GENERAL, 42, "usage", json!([]));
    discord.told(42, "You, today: 1 / 1 questions");
    assert_eq!(discord.offences(), Vec::<String>::new());
}

/// A change of settings as a command says it.
fn setting(name: &str, options: Value) -> Value {
    json!([{ "name": name, "type": 1, "options": options }])
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
fn a_channel_sees_its_collections_and_so_do_its_threads() {
    let discord = Discord::start();
    let home = quoting(&discord);
    let stoa = home.up(&[]).expect("it starts");
    connected(&discord);
    discord.promote(1);
    let learn = |collection: &str, name: &str, words: &str| {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = stoa_tests::write(folder.path(), name, words);
        stoa.good(&[
            "learn",
            &path,
            "--space",
            &guild(),
            "--collection",
            collection,
        ]);
    };
    learn(
        "staff",
        "dog.txt",
        "The office dog of the staff is called Bruno.",
    );
    learn(
        "public",
        "cat.txt",
        "The office cat of the visitors is called Mimi.",
    );
    let typed = discord.types(GENERAL, 1, "learn", "collection", "st");
    wait_until("there are choices", || {
        discord.acknowledged(typed).is_some()
    });
    assert_eq!(
        discord.acknowledged(typed).expect("it is there")["data"]["choices"],
        json!([{ "name": "staff", "value": "staff" }])
    );
    discord.command(
        RANDOM,
        1,
        "settings",
        setting(
            "collections",
            json!([{ "name": "names", "type": 3, "value": "public" }]),
        ),
    );
    discord.told(1, "Done.");

    // A thread that somebody else opened belongs to its channel.
    let thread = discord.thread(RANDOM, 42, "Animals", vec![]);
    let ask = |channel: u64, animal: &str| {
        let question = format!("<@{BOT}> What is the office {animal} called?");
        discord.say(channel, 42, &question);
    };
    for channel in [RANDOM, thread] {
        ask(channel, "cat of the visitors");
        discord.complete(channel, "Mimi");
        ask(channel, "dog of the staff");
        discord.complete(channel, "The documents don't say.");
    }
    // Nor are the names of what is not seen there.
    discord.command(RANDOM, 42, "documents", json!([]));
    let listed = discord.told(42, "cat.txt (");
    assert!(!listed.content.contains("dog.txt"), "{}", listed.content);
    let typed = discord.types(thread, 42, "forget", "document", "");
    wait_until("there are choices", || {
        discord.acknowledged(typed).is_some()
    });
    assert_eq!(
        discord.acknowledged(typed).expect("it is there")["data"]["choices"],
        json!([{ "name": "cat.txt", "value": "cat.txt" }])
    );
    ask(GENERAL, "dog of the staff");
    discord.complete(GENERAL, "Bruno");
    let elsewhere = [RANDOM, thread].map(|channel| discord.shown(channel));
    for shown in elsewhere.iter().flatten() {
        assert!(!shown.content.contains("Bruno"), "{shown:?}");
    }
    // What is taught there is seen there.
    discord.command_with_file(
        RANDOM,
        1,
        "learn",
        "fish.txt",
        b"The office fish is called Blub.",
    );
    discord.complete(RANDOM, "✓ fish.txt");
    ask(RANDOM, "fish");
    discord.complete(RANDOM, "Blub");
    assert_eq!(discord.offences(), Vec::<String>::new());
}

#[test]
fn a_chosen_role_may_change_settings_and_teach_by_message() {
    let discord = Discord::start();
    let home = quoting(&discord);
    let _stoa = home.up(&[]).expect("it starts");
    connected(&discord);
    discord.promote(1);
    discord.give_role(42, 55);
    let language = |language: &str| {
        setting(
            "language",
            json!([{ "name": "language", "type": 3, "value": language }]),
        )
    };
    discord.command(GENERAL, 42, "settings", language("zh"));
    discord.told(42, "Only admins");
    let managers = json!([
        { "name": "role", "type": 8, "value": "55" }, { "name": "on", "type": 5, "value": true },
    ]);
    discord.command(GENERAL, 1, "settings", setting("managers", managers));
    discord.told(1, "Done.");
    discord.command(GENERAL, 42, "settings", language("zh"));
    discord.told(42, "Done.");
    discord.command(GENERAL, 43, "help", json!([]));
    discord.told(43, "可以问我");
    discord.command(GENERAL, 42, "settings", language("auto"));
    discord.told(42, "已设置。");
    // Where nothing is set, everybody reads their own language.
    discord.speaks(44, "zh-CN");
    discord.command(GENERAL, 44, "help", json!([]));
    discord.told(44, "可以问我");
    discord.command(GENERAL, 43, "help", json!([]));
    discord.told(43, "Ask me anything");
    let persona = json!([{ "name": "text", "type": 3, "value": "You are a pirate." }]);
    discord.command(GENERAL, 42, "settings", setting("persona", persona));
    discord.command(GENERAL, 42, "settings", setting("show", json!([])));
    let shown = discord.told(42, "persona: You are a pirate.");
    assert!(shown.content.contains("managers: 55"), "{}", shown.content);
    assert!(
        shown.content.contains("style: default"),
        "{}",
        shown.content
    );

    // The style and the persona leave each other alone, and the style is for those who may set the persona.
    let style = |style: &str| {
        let chosen = json!([{ "name": "style", "type": 3, "value": style }]);
        setting("style", chosen)
    };
    discord.command(GENERAL, 43, "settings", style("short"));
    discord.told(43, "Only admins");
    discord.command(GENERAL, 42, "settings", style("steps"));
    discord.command(GENERAL, 42, "settings", setting("show", json!([])));
    let shown = discord.told(42, "style: steps");
    assert!(
        shown.content.contains("persona: You are a pirate."),
        "{}",
        shown.content
    );
    let words = json!([{ "name": "text", "type": 3, "value": "You are a sailor." }]);
    discord.command(GENERAL, 42, "settings", setting("persona", words));
    discord.command(GENERAL, 42, "settings", setting("show", json!([])));
    let shown = discord.told(42, "persona: You are a sailor.");
    assert!(shown.content.contains("style: steps"), "{}", shown.content);
    discord.command(GENERAL, 42, "settings", style("default"));
    discord.command(GENERAL, 42, "settings", setting("show", json!([])));
    wait_until("the style is the default again", || {
        let told = discord.shown_only_to(42);
        told.last()
            .is_some_and(|shown| shown.content.contains("style: default"))
    });

    // A message with a file: those may teach who manage the server, by a role of Discord's or of the settings.
    let teach = |person: u64, name: &str, words: &str| {
        let mention = format!("<@{BOT}>");
        discord.say_with_file(GENERAL, person, &mention, name, words.as_bytes());
    };
    teach(45, "no.txt", "Nobody reads this.");
    discord.complete(GENERAL, "Only admins");
    discord.give_role(46, MANAGING_ROLE);
    teach(46, "dog.txt", "The office dog is called Bruno.");
    discord.complete(GENERAL, "✓ dog.txt");
    teach(42, "cat.txt", "The office cat is called Mimi.");
    discord.complete(GENERAL, "✓ cat.txt");
    // In private everybody may, and a question with a file is about what is in it.
    let direct = discord.direct(77);
    discord.say_with_file(
        direct,
        77,
        "What is my fish called?",
        "fish.txt",
        b"My fish is called Blub.",
    );
    discord.complete(direct, "✓ fish.txt");
    discord.complete(direct, "is called Blub");
    // What a message is written in is what its writer reads.
    discord.say(direct, 77, "谁赢得了世界杯？");
    discord.complete(direct, "文档里没有提到。");
    assert_eq!(discord.offences(), Vec::<String>::new());
}

#[test]
fn servers_know_nothing_of_each_other_and_each_has_its_shard() {
    let discord = Discord::start();
    discord.recommend(2);
    let home = quoting(&discord);
    let stoa = ready(&discord, &home);
    let asks = |channel: u64, question: &str| {
        discord.say(channel, 42, &format!("<@{BOT}> {question}"));
    };
    asks(GENERAL, "When is a laptop replaced?");
    asks(ELSEWHERE, "When is a laptop replaced?");
    discord.complete(GENERAL, "four years");
    let other = discord.complete(ELSEWHERE, "The documents don't say.");
    assert!(!other.content.contains("Time off"), "{}", other.content);
    stoa.teach(&format!("discord:{OTHER_GUILD}"));
    assert!(stoa.interrupt());

    // Both sessions go on.
    asks(GENERAL, "How many days of vacation do I get?");
    asks(ELSEWHERE, "How many days of vacation do I get?");
    let _stoa = home.up(&[]).expect("it starts again");
    discord.complete(GENERAL, "27 days");
    discord.complete(ELSEWHERE, "27 days");
    assert_eq!(discord.sessions(), (2, 2));
    assert_eq!(discord.shown(GENERAL).len(), 2);
    assert_eq!(discord.shown(ELSEWHERE).len(), 2);
    assert_eq!(discord.offences(), Vec::<String>::new());
}

#[test]
fn a_connection_that_is_dead_is_left_and_the_session_goes_on() {
    let discord = Discord::start();
    discord.hurry(Duration::from_millis(500));
    let home = quoting(&discord);
    let _stoa = ready(&discord, &home);
    wait_until("there are signs of life", || discord.heartbeats() > 2);
    discord.fall_silent();
    wait_until("the session goes on", || discord.sessions().1 > 0);
    assert_eq!(discord.sessions().0, 1);
    discord.say(GENERAL, 42, &format!("<@{BOT}> When is a laptop replaced?"));
    discord.complete(GENERAL, "four years");
    assert_eq!(discord.shown(GENERAL).len(), 1);
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
