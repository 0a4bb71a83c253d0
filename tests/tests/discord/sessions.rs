//! The connection to the gateway: what was missed, many at once, other servers, a line that is dead.

use std::time::Duration;

use stoa_tests::{
    discord::{BOT, Discord, ELSEWHERE, GENERAL, OTHER_GUILD},
    endpoint::{Endpoint, Writes},
    wait_until,
};

use crate::{connected, guild, quoting, ready, writing};

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
