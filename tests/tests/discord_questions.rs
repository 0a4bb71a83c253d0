//! What belongs to a question in Discord: whom it is for, what it comes with, and that it may be changed.

use serde_json::json;
use stoa_tests::{
    Home, Stoa,
    discord::{BOT, Discord, GENERAL, GUILD, OTHER_ROLE, OWN_ROLE, RANDOM},
    wait_until,
};

fn quoting(discord: &Discord) -> Home {
    discord.home(&["generation.model=extractive"])
}

/// A `stoa up` that has learned the handbook for the server and for a person, and listens.
fn ready<'home>(discord: &Discord, home: &'home Home) -> Stoa<'home> {
    let stoa = home.up(&[]).expect("it starts");
    stoa.teach(&format!("discord:{GUILD}"));
    stoa.teach("discord:dm:42");
    wait_until("the bot is connected", || discord.is_connected());
    stoa
}

#[test]
fn the_role_of_the_bot_is_a_mention_and_no_other_is() {
    let discord = Discord::start();
    let home = quoting(&discord);
    let stoa = ready(&discord, &home);
    let question = "When is a laptop replaced?";
    discord.say(GENERAL, 42, &format!("<@&{OTHER_ROLE}> {question}"));
    let asked = discord.say(GENERAL, 42, &format!("<@&{OWN_ROLE}> {question}"));
    let answer = discord.complete(GENERAL, "four years");
    assert_eq!(answer.reply_to, Some(asked));
    assert_eq!(discord.shown(GENERAL).len(), 1);

    // A session that is resumed does not tell the roles again.
    assert!(stoa.interrupt());
    let _stoa = home.up(&[]).expect("it starts again");
    wait_until("the session goes on", || discord.sessions().1 == 1);
    discord.say(RANDOM, 42, &format!("<@&{OWN_ROLE}> {question}"));
    discord.complete(RANDOM, "four years");
    assert_eq!(discord.sessions(), (1, 1));
    assert_eq!(discord.offences(), Vec::<String>::new());
}

#[test]
fn a_text_file_beside_a_question_is_read_and_of_another_it_is_said_that_it_was_not() {
    let discord = Discord::start();
    let home = quoting(&discord);
    let stoa = ready(&discord, &home);
    let ask = |name: &str, bytes: &[u8], words: &str| {
        let words = format!("<@{BOT}> {words}");
        discord.say_with_file(GENERAL, 42, &words, name, bytes);
    };
    let question = b"When is a laptop replaced?";
    ask("message.txt", question, "please answer this");
    let answer = discord.complete(GENERAL, "four years");
    let read = "I read the file message.txt along with your question.";
    assert!(answer.content.contains(read), "{}", answer.content);

    ask(
        "panel.png",
        b"\x89PNG",
        "How many days of vacation do I get?",
    );
    let answer = discord.complete(GENERAL, "27 days");
    let unread = "I did not read the file panel.png";
    assert!(answer.content.contains(unread), "{}", answer.content);
    assert!(answer.content.contains("/learn"), "{}", answer.content);
    let long = "nothing of interest\n".repeat(1_000);
    ask("long.txt", long.as_bytes(), "When is a laptop replaced?");
    discord.complete(GENERAL, "I did not read the file long.txt");
    assert_eq!(discord.shown(GENERAL).len(), 3);

    // None of them became a document.
    let listed = stoa.good(&["documents", "--space", &format!("discord:{GUILD}")]);
    let listed = listed.to_string();
    assert!(listed.contains("handbook.md"), "{listed}");
    for name in ["message.txt", "panel.png", "long.txt"] {
        assert!(!listed.contains(name), "{listed}");
    }
    assert_eq!(discord.offences(), Vec::<String>::new());
}

#[test]
fn embeds_and_forwarded_messages_are_what_is_asked_about() {
    let discord = Discord::start();
    let home = quoting(&discord);
    let _stoa = ready(&discord, &home);
    let alarm = json!([
        { "type": "rich", "title": "From the help desk", "description": "When is a laptop replaced?", "color": 1 },
    ]);
    let words = format!("<@{BOT}> please answer this");
    discord.reply_to_embeds(GENERAL, 42, alarm, &words);
    discord.complete(GENERAL, "four years");

    // A message is forwarded alone, without a word.
    let direct = discord.direct(42);
    discord.forward(direct, 42, "How many days of vacation do I get?");
    discord.complete(direct, "27 days");
    assert_eq!(discord.shown(direct).len(), 1);
    assert_eq!(discord.offences(), Vec::<String>::new());
}

#[test]
fn a_call_without_a_question_is_welcomed() {
    let discord = Discord::start();
    let home = quoting(&discord);
    let _stoa = ready(&discord, &home);
    discord.say(GENERAL, 42, &format!("<@{BOT}>"));
    let welcome = discord.complete(GENERAL, "Ask me anything");
    assert!(welcome.content.contains("for example"), "{welcome:?}");
    assert!(!welcome.content.contains("/unanswered"), "{welcome:?}");
    assert_eq!(discord.offences(), Vec::<String>::new());
}

#[test]
fn an_edited_question_gets_its_answer_anew_and_a_mention_may_come_by_editing() {
    let discord = Discord::start();
    let home = quoting(&discord);
    let _stoa = ready(&discord, &home);
    let asked = discord.say(GENERAL, 42, &format!("<@{BOT}> When is a laptop replaced?"));
    let first = discord.complete(GENERAL, "four years");
    // Discord tells a link that it unfolds as a change of the message, too.
    discord.unfold(GENERAL, asked);
    discord.edit(
        GENERAL,
        asked,
        &format!("<@{BOT}> How many days of vacation do I get?"),
    );
    let second = discord.complete(GENERAL, "27 days");
    assert_eq!(second.id, first.id, "it takes the place of the first");
    assert_eq!(discord.shown(GENERAL).len(), 1);

    let said = discord.say(RANDOM, 42, "When is a laptop replaced?");
    discord.edit(
        RANDOM,
        said,
        &format!("<@{BOT}> When is a laptop replaced?"),
    );
    let answer = discord.complete(RANDOM, "four years");
    assert_eq!(answer.reply_to, Some(said));
    assert_eq!(discord.shown(RANDOM).len(), 1);
    assert_eq!(discord.offences(), Vec::<String>::new());
}

#[test]
fn what_is_odd_in_a_message_does_not_keep_it_from_being_answered() {
    let discord = Discord::start();
    let home = quoting(&discord);
    let stoa = ready(&discord, &home);
    let odd = json!({ "embeds": [{ "fields": "none", "title": 5 }], "components": [{ "type": 99 }], "poll": [] });
    let words = format!("<@{BOT}> When is a laptop replaced?");
    discord.say_with(GENERAL, 42, &words, odd.clone());
    discord.complete(GENERAL, "four years");

    // Nor what else was said while the bot was away, when its session cannot go on.
    assert!(stoa.interrupt());
    discord.disconnect(false);
    discord.say_with(RANDOM, 42, "this is odd", json!({ "author": "nobody" }));
    discord.say_with(RANDOM, 42, &words, odd);
    let _stoa = home.up(&[]).expect("it starts again");
    discord.complete(RANDOM, "four years");
    wait_until("it is connected again", || discord.is_connected());
    discord.say(
        GENERAL,
        42,
        &format!("<@{BOT}> How many days of vacation do I get?"),
    );
    discord.complete(GENERAL, "27 days");
    assert_eq!(discord.offences(), Vec::<String>::new());
}

#[test]
fn an_interaction_needs_no_more_than_the_id_of_its_channel() {
    let discord = Discord::start();
    discord.be_terse();
    let home = quoting(&discord);
    let _stoa = ready(&discord, &home);
    let question =
        json!([{ "name": "question", "type": 3, "value": "When is a laptop replaced?" }]);
    discord.command(GENERAL, 42, "ask", question.clone());
    let answer = discord.complete(GENERAL, "four years");
    discord.press(42, &answer, "Sources");
    discord.told(42, "A laptop is replaced after four years.");

    // What is set for a channel holds in its threads.
    discord.promote(1);
    let off = json!([{ "name": "answers", "type": 1, "options": [{ "name": "on", "type": 5, "value": false }] }]);
    let thread = discord.thread(RANDOM, 42, "Laptops", vec![]);
    discord.command(thread, 1, "settings", off);
    discord.told(1, "Done.");
    let words = format!("<@{BOT}> When is a laptop replaced?");
    discord.say(RANDOM, 42, &words);
    discord.say(GENERAL, 42, &words);
    wait_until("it is answered where answers are on", || {
        discord.shown(GENERAL).len() == 2
    });
    assert!(discord.shown(RANDOM).is_empty());
    assert_eq!(discord.offences(), Vec::<String>::new());
}
