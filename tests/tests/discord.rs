//! People who chat with Stoa in Discord.

use serde_json::json;
use stoa_tests::{
    Home, Stoa,
    discord::{BOT, Discord, FORUM, GENERAL, GUILD, RANDOM, Shown, TOKEN},
    endpoint::{Endpoint, KEY, Writes},
    wait_until, write,
};

const HANDBOOK: &str = "# Time off\n\nEverybody gets 27 days of vacation a year. \
    Days that are left over lapse at the end of March.\n\n# Equipment\n\nA laptop is replaced after four years.\n";

/// A home whose `stoa up` talks to this Discord.
fn home(discord: &Discord, settings: &[&str]) -> Home {
    let url = format!("discord.api_url={}", discord.url);
    let settings: Vec<&str> = settings.iter().copied().chain([url.as_str()]).collect();
    Home::with(&settings).env("DISCORD_TOKEN", TOKEN)
}

fn quoting(discord: &Discord) -> Home {
    home(discord, &["generation.model=extractive"])
}

/// Teaches a space the handbook from the command line.
fn teach(stoa: &Stoa<'_>, space: &str) {
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = write(folder.path(), "handbook.md", HANDBOOK);
    stoa.good(&["learn", &path, "--space", space]);
}

fn guild() -> String {
    format!("discord:{GUILD}")
}

fn connected(discord: &Discord) {
    wait_until("the bot is connected", || discord.is_connected());
}

fn is_complete(shown: &Shown, says: &str) -> bool {
    shown.content.contains(says) && shown.buttons.iter().all(|(label, _)| label != "Stop")
}

/// Waits until a message in a channel is complete and says this.
fn complete(discord: &Discord, channel: u64, says: &str) -> Shown {
    let last = || {
        let shown = discord.shown(channel);
        shown
            .into_iter()
            .rev()
            .find(|shown| is_complete(shown, says))
    };
    wait_until(
        &format!("the bot says {says:?}: {:?}", discord.history()),
        || last().is_some(),
    );
    last().expect("it is there")
}

/// Waits until one person alone is told this.
fn told(discord: &Discord, person: u64, says: &str) -> Shown {
    let last = || {
        let shown = discord.shown_only_to(person);
        shown
            .into_iter()
            .rev()
            .find(|shown| is_complete(shown, says))
    };
    wait_until(
        &format!("{person} is told {says:?}: {:?}", discord.history()),
        || last().is_some(),
    );
    last().expect("it is there")
}

fn labels(shown: &Shown) -> Vec<&str> {
    let labels = shown.buttons.iter().map(|(label, _)| label.as_str());
    labels.collect()
}

fn question(text: &str) -> serde_json::Value {
    json!([{ "name": "question", "type": 3, "value": text }])
}

#[test]
fn a_question_is_answered_once_with_its_sources() {
    let discord = Discord::start();
    let home = quoting(&discord);
    let stoa = home.up(&[]).expect("it starts");
    teach(&stoa, &guild());
    connected(&discord);
    assert!(discord.commands().contains(&"ask".to_owned()));

    let asked = discord.command(
        GENERAL,
        42,
        "ask",
        question("How many days of vacation do I get?"),
    );
    let answer = complete(&discord, GENERAL, "27 days");
    assert_eq!(discord.acknowledged(asked).expect("in time")["type"], 5);
    assert!(answer.content.contains("Time off"), "{}", answer.content);
    assert_eq!(labels(&answer), ["Sources", "👍", "👎", "Regenerate"]);

    // The passages are for who asked for them alone.
    discord.press(43, &answer, "Sources");
    let sources = told(&discord, 43, "Everybody gets 27 days of vacation a year.");
    assert_eq!(sources.channel, GENERAL);
    discord.press(43, &answer, "👍");
    told(&discord, 43, "Thank you!");
    let form = discord.press(42, &answer, "👎");
    wait_until("a form is shown", || {
        discord
            .acknowledged(form)
            .is_some_and(|shown| shown["type"] == 9)
    });
    discord.submit(form, "It is 28 now.");
    told(&discord, 42, "noted");

    discord.command(
        GENERAL,
        42,
        "ask",
        question("And who won the world cup in 1966?"),
    );
    complete(&discord, GENERAL, "The documents don't say.");
    discord.promote(1);
    discord.command(GENERAL, 1, "unanswered", json!([]));
    let unanswered = told(&discord, 1, "world cup");
    let form = discord.press(1, &unanswered, "Answer 1");
    wait_until("a form is shown", || {
        discord
            .acknowledged(form)
            .is_some_and(|shown| shown["type"] == 9)
    });
    discord.submit(form, "England won the world cup in 1966.");
    told(&discord, 1, "✓");
    discord.command(
        GENERAL,
        42,
        "ask",
        question("Who won the world cup in 1966?"),
    );
    complete(&discord, GENERAL, "England");
    assert_eq!(discord.shown(GENERAL).len(), 3);
    assert_eq!(discord.offences(), Vec::<String>::new());
    assert!(stoa.interrupt());
}

#[test]
fn it_speaks_when_it_is_spoken_to() {
    let discord = Discord::start();
    let home = quoting(&discord);
    let stoa = home.up(&[]).expect("it starts");
    teach(&stoa, &guild());
    connected(&discord);

    discord.say(GENERAL, 42, "How many days of vacation do I get?");
    let asked = discord.say(GENERAL, 42, &format!("<@{BOT}> When is a laptop replaced?"));
    let answer = complete(&discord, GENERAL, "four years");
    assert_eq!(answer.reply_to, Some(asked));
    discord.reply(
        GENERAL,
        43,
        answer.id,
        "How many days of vacation are there?",
    );
    complete(&discord, GENERAL, "27 days");
    assert_eq!(
        discord.shown(GENERAL).len(),
        2,
        "{:?}",
        discord.shown(GENERAL)
    );

    // Another server's documents, and those of a person, are their own.
    let direct = discord.direct(77);
    discord.say(direct, 77, "How many days of vacation do I get?");
    complete(&discord, direct, "The documents don't say.");

    // A post in a forum is about its title too.
    let post = discord.post(42, "Vacation", 31);
    discord.say(
        post,
        42,
        &format!("<@{BOT}> How many days do I get of it in a year?"),
    );
    complete(&discord, post, "27 days");

    discord.on_message(
        RANDOM,
        42,
        "Ask about this message",
        "When is a laptop replaced?",
    );
    complete(&discord, RANDOM, "four years");
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
    complete(&discord, GENERAL, "Only admins");
    discord.command(
        GENERAL,
        42,
        "settings",
        json!([{ "name": "show", "type": 1, "options": [] }]),
    );
    told(&discord, 42, "Only admins");
    discord.command(
        GENERAL,
        1,
        "settings",
        json!([{ "name": "teachers", "type": 1, "options": [
            { "name": "role", "type": 8, "value": "55" }, { "name": "on", "type": 5, "value": true },
        ]}]),
    );
    told(&discord, 1, "Done.");
    discord.give_role(42, 55);
    discord.command_with_file(GENERAL, 42, "learn", "handbook.md", HANDBOOK.as_bytes());
    complete(&discord, GENERAL, "✓ handbook.md: learned: 1 page");
    discord.on_message(
        GENERAL,
        42,
        "Teach this to Stoa",
        "The office dog is called Bruno.",
    );
    complete(&discord, GENERAL, "✓ message-77.txt");

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
    complete(&discord, RANDOM, "Bruno");
    set("answers", RANDOM, false);
    set("threads", GENERAL, true);
    discord.say(RANDOM, 43, "When is a laptop replaced?");
    let asked = discord.say(GENERAL, 43, &format!("<@{BOT}> When is a laptop replaced?"));
    // The answer is in a thread, where no mention is needed.
    complete(&discord, asked, "four years");
    discord.say(asked, 44, "What is the office dog called?");
    complete(&discord, asked, "Bruno");
    assert_eq!(discord.shown(RANDOM).len(), 1);

    discord.command(
        GENERAL,
        42,
        "forget",
        json!([{ "name": "document", "type": 3, "value": "handbook.md" }]),
    );
    complete(&discord, GENERAL, "Forgotten: handbook.md");
    assert_eq!(discord.offences(), Vec::<String>::new());
    assert!(stoa.interrupt());
}

#[test]
fn a_session_goes_on_and_what_was_missed_is_answered() {
    let discord = Discord::start();
    let home = quoting(&discord);
    let stoa = home.up(&[]).expect("it starts");
    let direct = discord.direct(42);
    teach(&stoa, &guild());
    teach(&stoa, "discord:dm:42");
    connected(&discord);
    discord.say(direct, 42, "When is a laptop replaced?");
    complete(&discord, direct, "four years");

    // The connection breaks.
    discord.disconnect(true);
    discord.say(direct, 42, "How many days of vacation do I get?");
    complete(&discord, direct, "27 days");
    assert_eq!(discord.sessions(), (1, 1));

    // The process is restarted, and the session goes on.
    assert!(stoa.interrupt());
    discord.say(GENERAL, 42, &format!("<@{BOT}> When is a laptop replaced?"));
    let stoa = home.up(&[]).expect("it starts again");
    complete(&discord, GENERAL, "four years");
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
    complete(&discord, GENERAL, "27 days");
    complete(&discord, direct, "March");
    assert_eq!(discord.sessions(), (2, 2));
    assert_eq!(discord.shown(GENERAL).len(), 2);
    assert_eq!(discord.shown(direct).len(), 3);
    assert_eq!(discord.offences(), Vec::<String>::new());
}

#[test]
fn a_message_is_answered_once_when_the_process_dies_mid_reply() {
    let discord = Discord::start();
    let endpoint = Endpoint::start(
        384,
        Writes::Endless(&["Everybody gets 27 days of vacation a year. "]),
    );
    let model = format!("generation.url={}", endpoint.url);
    let home =
        home(&discord, &[&model, "generation.model=scripted"]).env("STOA_GENERATION_API_KEY", KEY);
    let stoa = home.up(&[]).expect("it starts");
    teach(&stoa, &guild());
    connected(&discord);
    discord.command(
        GENERAL,
        42,
        "ask",
        question("How many days of vacation do I get?"),
    );
    discord.say(
        RANDOM,
        42,
        &format!("<@{BOT}> How many days of vacation do I get?"),
    );
    wait_until("both replies have begun", || {
        !discord.shown(GENERAL).is_empty() && !discord.shown(RANDOM).is_empty()
    });
    stoa.kill_dash_nine();
    drop(endpoint);

    // The model is gone too: what is left quotes.
    let stoa = home.up(&[]).expect("it starts again");
    for channel in [GENERAL, RANDOM] {
        let answer = complete(&discord, channel, "27 days");
        assert!(labels(&answer).contains(&"Regenerate"), "{answer:?}");
        assert_eq!(discord.shown(channel).len(), 1);
    }
    assert_eq!(discord.offences(), Vec::<String>::new());
    assert!(stoa.interrupt());
}

#[test]
fn a_storm_drops_nothing() {
    let discord = Discord::start();
    let endpoint = Endpoint::start(
        384,
        Writes::All(&["A laptop is replaced after four years. "]),
    );
    let model = format!("generation.url={}", endpoint.url);
    let home =
        home(&discord, &[&model, "generation.model=scripted"]).env("STOA_GENERATION_API_KEY", KEY);
    let stoa = home.up(&[]).expect("it starts");
    teach(&stoa, &guild());
    connected(&discord);
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
            .filter(|shown| is_complete(shown, "four years"))
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
    let stoa = home.up(&[]).expect("it starts");
    teach(&stoa, &guild());
    connected(&discord);
    discord.say(GENERAL, 42, &format!("<@{BOT}> When is a laptop replaced?"));
    complete(&discord, GENERAL, "four years");
    let url = format!("discord.api_url={}", discord.url);
    let checked = stoa.run(&["doctor", "--set", &url]);
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(said.contains("Message Content intent is off"), "{said}");
    assert_eq!(discord.offences(), Vec::<String>::new());
}

#[test]
fn a_budget_is_kept() {
    let discord = Discord::start();
    let home = home(
        &discord,
        &["generation.model=extractive", "chat.person_questions=1"],
    );
    let stoa = home.up(&[]).expect("it starts");
    teach(&stoa, &guild());
    connected(&discord);
    discord.command(GENERAL, 42, "ask", question("When is a laptop replaced?"));
    complete(&discord, GENERAL, "four years");
    discord.command(
        GENERAL,
        42,
        "ask",
        question("How many days of vacation do I get?"),
    );
    complete(&discord, GENERAL, "all that you can ask today");
    discord.command(
        GENERAL,
        43,
        "ask",
        question("How many days of vacation do I get?"),
    );
    complete(&discord, GENERAL, "27 days");
    discord.command(GENERAL, 42, "usage", json!([]));
    told(&discord, 42, "You, today: 1 / 1 questions");
    assert_eq!(discord.offences(), Vec::<String>::new());
}
