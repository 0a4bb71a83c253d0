//! What the admins of a server decide: where Stoa answers, from what, who teaches, and how much one may ask.

use serde_json::{Value, json};
use stoa_tests::{
    HANDBOOK,
    discord::{BOT, Discord, GENERAL, MANAGING_ROLE, RANDOM},
    wait_until,
};

use crate::{connected, guild, question, quoting, ready};

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
