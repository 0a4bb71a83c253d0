//! What a gateway, or a server that only resembles Discord, may do to the bot.

use std::time::{Duration, Instant};

use serde_json::json;
use stoa_tests::{
    Home,
    discord::{BOT, Discord, GENERAL, GUILD, RANDOM},
    wait_until,
};

fn quoting(discord: &Discord) -> Home {
    discord.home(&["generation.model=extractive"])
}

fn guild() -> String {
    format!("discord:{GUILD}")
}

#[test]
fn a_gateway_that_hangs_up_is_not_stormed() {
    let discord = Discord::start();
    discord.hang_up(true);
    let home = quoting(&discord);
    let stoa = home.up(&[]).expect("it starts");
    stoa.teach(&guild());
    wait_until("it has come", || discord.connections() >= 1);
    let first = Instant::now();
    wait_until("it has come three times more", || {
        discord.connections() >= 4
    });
    // One second lies before the second time, two before the third, four before the fourth.
    assert!(
        first.elapsed() > Duration::from_secs(6),
        "{:?}",
        first.elapsed()
    );
    assert_eq!(discord.connections(), 4);
    discord.hang_up(false);
    wait_until("the bot is connected", || discord.is_connected());
    discord.say(GENERAL, 42, &format!("<@{BOT}> When is a laptop replaced?"));
    discord.complete(GENERAL, "four years");
    // None of them cost a session.
    assert_eq!(discord.sessions(), (1, 0));
    assert_eq!(discord.offences(), Vec::<String>::new());
}

#[test]
fn without_its_commands_the_bot_answers_and_the_doctor_says_why_there_are_none() {
    let discord = Discord::start();
    discord.refuse_commands();
    let home = quoting(&discord);
    let stoa = home.up(&[]).expect("it starts");
    stoa.teach(&guild());
    wait_until("the bot is connected", || discord.is_connected());
    discord.say(GENERAL, 42, &format!("<@{BOT}> When is a laptop replaced?"));
    discord.complete(GENERAL, "four years");
    let url = format!("discord.api_url={}", discord.url);
    let checked = stoa.run(&["doctor", "--set", &url]);
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(!checked.status.success());
    assert!(
        said.contains("its commands are not taken: Missing Access"),
        "{said}"
    );
    assert!(said.contains("in 1 server,"), "{said}");
    assert!(!said.contains("DISCORD_TOKEN"), "{said}");
    assert_eq!(discord.offences(), Vec::<String>::new());
}

#[test]
fn the_doctor_names_what_it_does_not_reach() {
    // Nobody listens on port 9.
    let home = Home::with(&[]).env("DISCORD_TOKEN", stoa_tests::discord::TOKEN);
    let checked = home
        .command(&["doctor", "--set", "discord.api_url=http://127.0.0.1:9"])
        .output();
    let checked = checked.expect("it runs");
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(
        said.contains("http://127.0.0.1:9 cannot be reached"),
        "{said}"
    );
    assert!(said.contains("refused"), "{said}");
    assert!(said.contains("check that this machine reaches"), "{said}");
}

#[test]
fn an_answer_that_cannot_be_read_holds_nothing_up() {
    let discord = Discord::start();
    discord.answer_oddly(json!({ "id": GUILD.to_string(), "roles": "none" }));
    let home = quoting(&discord);
    let stoa = home.up(&[]).expect("it starts");
    stoa.teach(&guild());
    wait_until("the bot is connected", || discord.is_connected());
    // Who may teach is asked for, and not learned.
    discord.say_with_file(
        GENERAL,
        42,
        &format!("<@{BOT}>"),
        "a.txt",
        b"The dog is Bruno.",
    );
    discord.complete(GENERAL, "Only admins");
    discord.say(GENERAL, 42, &format!("<@{BOT}> When is a laptop replaced?"));
    discord.complete(GENERAL, "four years");
    assert!(home.log().contains("cannot be read"), "{}", home.log());
    assert_eq!(discord.offences(), Vec::<String>::new());
}

#[test]
fn threads_that_are_news_do_not_hold_up_reading_while_nats_is_away() {
    let discord = Discord::start();
    let home = quoting(&discord);
    let stoa = home.up(&[]).expect("it starts");
    stoa.teach(&guild());
    wait_until("the bot is connected", || discord.is_connected());
    let frozen = stoa.freeze("nats-server");
    discord.threads(GENERAL, 42, 20);
    let question =
        json!([{ "name": "question", "type": 3, "value": "When is a laptop replaced?" }]);
    let asked = discord.command(RANDOM, 42, "ask", question);
    // Within the three seconds that Discord gives.
    wait_until("it is acknowledged", || {
        discord.acknowledged(asked).is_some()
    });
    drop(frozen);
    discord.complete(RANDOM, "four years");
    assert_eq!(discord.offences(), Vec::<String>::new());
}

#[test]
fn a_first_direct_message_is_answered_where_it_is_listed() {
    let discord = Discord::start();
    discord.list_direct();
    let home = quoting(&discord);
    let stoa = home.up(&[]).expect("it starts");
    stoa.teach("discord:dm:42");
    wait_until("the bot is connected", || discord.is_connected());
    assert!(stoa.interrupt());
    discord.disconnect(false);
    let direct = discord.direct(42);
    discord.say(direct, 42, "When is a laptop replaced?");
    let _stoa = home.up(&[]).expect("it starts again");
    discord.complete(direct, "four years");
    assert_eq!(discord.shown(direct).len(), 1);
    assert_eq!(discord.offences(), Vec::<String>::new());
}
