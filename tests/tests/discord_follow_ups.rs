//! What one person alone sees in Discord has no nonce and is in no list: an answer of Discord's that is lost must not
//! show it to them twice.

use serde_json::json;
use stoa_tests::{
    Home, Stoa,
    discord::{Discord, GENERAL, GUILD, Shown},
    hold::When,
    wait_until, wait_until_or, write,
};

/// A message that follows the first of an interaction.
const FOLLOW_UP: [&str; 1] = ["POST /api/v10/webhooks/"];
/// So many documents that their list is more than one message.
const DOCUMENTS: usize = 40;

fn name(number: usize) -> String {
    format!(
        "minutes of meeting {number:02} of the harbour committee on cranes and their keepers.md"
    )
}

/// A `stoa up` that listens, with a long list of documents for the server.
fn ready(home: &Home) -> Stoa<'_> {
    let stoa = home.up(&[]).expect("it starts");
    let folder = tempfile::tempdir().expect("temporary folder");
    for number in 1..=DOCUMENTS {
        let text = format!("Meeting {number} was held at the quay.\n");
        write(folder.path(), &name(number), text);
    }
    let path = folder.path().display().to_string();
    stoa.good(&["learn", &path, "--space", &format!("discord:{GUILD}")]);
    stoa
}

/// Waits until the whole list is there; returns the messages that have some of it, in order.
fn listed(discord: &Discord, person: u64) -> Vec<Shown> {
    let with_names = || -> Vec<Shown> {
        let mut shown = discord.shown_only_to(person);
        shown.retain(|shown| shown.content.contains("minutes of meeting"));
        shown
    };
    let times = |number: usize| {
        let name = name(number);
        let shown = with_names();
        shown
            .iter()
            .map(|shown| shown.content.matches(&name).count())
            .sum::<usize>()
    };
    wait_until_or(
        || format!("all is listed: {:?}", discord.shown_only_to(person)),
        || (1..=DOCUMENTS).all(|number| times(number) > 0),
    );
    for number in 1..=DOCUMENTS {
        assert_eq!(times(number), 1, "{number}: {:?}", with_names());
    }
    with_names()
}

#[test]
fn a_long_private_reply_is_shown_once_though_an_answer_is_lost() {
    let discord = Discord::start();
    let home = discord.home(&["generation.model=extractive"]);
    let stoa = ready(&home);
    wait_until("the bot is connected", || discord.is_connected());
    // On a good day nothing but the list is shown.
    discord.command(GENERAL, 41, "documents", json!([]));
    let good = listed(&discord, 41);
    assert!(good.len() > 1, "{good:?}");
    assert_eq!(discord.shown_only_to(41).len(), good.len());

    for (person, when) in [(42, When::After), (43, When::Before)] {
        discord.hold(&FOLLOW_UP, when);
        discord.command(GENERAL, person, "documents", json!([]));
        wait_until("it is on its way", || discord.is_held());
        // The call is given up after a while, and made again.
        assert_eq!(listed(&discord, person).len(), good.len());
    }
    assert_eq!(discord.offences(), Vec::<String>::new());
    assert!(stoa.interrupt());
}

#[test]
fn a_long_private_reply_is_shown_once_though_the_process_dies_in_the_middle() {
    let discord = Discord::start();
    let home = discord.home(&["generation.model=extractive"]);
    let mut stoa = ready(&home);
    for (person, when) in [(42, When::After), (43, When::Before)] {
        wait_until("the bot is connected", || discord.is_connected());
        discord.hold(&FOLLOW_UP, when);
        discord.command(GENERAL, person, "documents", json!([]));
        wait_until("it is on its way", || discord.is_held());
        stoa.kill_dash_nine();
        stoa = home.up(&[]).expect("it starts again");
        assert!(listed(&discord, person).len() > 1);
    }
    assert_eq!(discord.offences(), Vec::<String>::new());
    assert!(stoa.interrupt());
}
