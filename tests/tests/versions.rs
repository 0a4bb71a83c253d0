//! What another version wrote: what is older is carried over, and what is newer is left alone.

use serde_json::Value;
use stoa_kit::{
    Config,
    nats::{self, Nats},
};
use stoa_tests::{
    Home, Stoa,
    discord::{self, Discord, GENERAL, GUILD, OWN_ROLE},
    telegram::{Chat, Telegram},
    wait_until,
};
use tokio::runtime::Runtime;

const LAPTOP: &str = "When is a laptop replaced?";

fn quoting(telegram: &Telegram) -> Home {
    telegram.home(&["generation.model=extractive"])
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime")
}

/// A connection to the NATS of a `stoa up`.
async fn connect(stoa: &Stoa<'_>) -> Nats {
    let (url, token) = stoa.nats().expect("it has one");
    let mut config = Config::default();
    config.nats.url = Some(url.into());
    config.nats.token = Some(token.into());
    nats::connect(&config, "test").await.expect("it listens")
}

/// Writes settings where versions before PostgreSQL had them.
fn remember(stoa: &Stoa<'_>, group: Chat, settings: &'static str) {
    runtime().block_on(async {
        let bucket = connect(stoa).await.settings().await.expect("a bucket");
        let key = format!("telegram/{}", group.id);
        bucket.put(key, settings.into()).await.expect("it is kept");
    });
}

#[test]
fn an_event_of_a_newer_version_stays_in_the_inbox_and_holds_nobody_up() {
    let telegram = Telegram::start();
    let home = quoting(&telegram);
    let stoa = home.up(&[]).expect("it starts");
    let chat = Chat::with(42);
    stoa.teach(&format!("telegram:{}", chat.id));
    let newer = r#"{"id":"m:1","space":"telegram:42","conversation":"telegram:42:0","body":{"command":"Dance"}}"#;
    let runtime = runtime();
    let nats = runtime.block_on(async {
        let nats = connect(&stoa).await;
        let subject = nats::inbox_subject("telegram", "telegram:42", "telegram:42:0");
        let published = nats.jetstream.publish(subject, newer.into()).await;
        published.expect("it is sent").await.expect("it is stored");
        nats
    });
    wait_until("it is said", || {
        home.log().contains("this version cannot read an event")
    });
    telegram.say(chat, 42, LAPTOP);
    telegram.complete(chat, "four years");
    let left = || {
        runtime.block_on(async {
            let inbox = nats.jetstream.get_stream(nats::INBOX).await;
            inbox.expect("it is there").cached_info().state.messages
        })
    };
    wait_until("only that one is left", || left() == 1);
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

#[test]
fn settings_that_only_nats_had_are_stored_at_the_next_start() {
    let telegram = Telegram::start();
    let home = quoting(&telegram);
    let group = Chat::group(5);
    let stoa = home.up(&[]).expect("it starts");
    stoa.teach(&format!("telegram:{}", group.id));
    remember(&stoa, group, r#"{"channels":{"0":{"mention":false}}}"#);
    assert!(stoa.interrupt());
    // They are stored at this start.
    let stoa = home.up(&[]).expect("it starts again");
    telegram.say(group, 42, LAPTOP);
    telegram.complete(group, "four years");
    assert!(stoa.interrupt());
    std::fs::remove_dir_all(home.data().join("nats")).expect("it is there");
    let stoa = home.up(&[]).expect("it starts without them");
    telegram.say(group, 42, "How many days of vacation do I get?");
    telegram.complete(group, "27 days");
    assert_eq!(telegram.offences(), Vec::<String>::new());
    assert!(stoa.interrupt());
}

#[test]
fn settings_of_a_newer_version_are_not_written_over() {
    let telegram = Telegram::start();
    let home = quoting(&telegram);
    let group = Chat::group(6);
    telegram.promote(group, 1);
    let stoa = home.up(&[]).expect("it starts");
    remember(&stoa, group, r#"{"channels":["a list of another kind"]}"#);
    wait_until("it is said", || {
        home.log().contains("this version cannot read settings")
    });
    telegram.say(group, 1, "/settings mention off");
    telegram.complete(group, "made by a newer version of me");
    assert_eq!(telegram.offences(), Vec::<String>::new());
    assert!(stoa.interrupt());
}

#[test]
fn a_session_that_an_older_version_began_is_begun_anew_and_tells_the_bots_roles() {
    let discord = Discord::start();
    let home = Home::new();
    let stoa = home.up(&[]).expect("it starts");
    stoa.teach(&format!("discord:{GUILD}"));
    let environment = [
        ("DISCORD_TOKEN", discord::TOKEN),
        ("DISCORD_API_URL", discord.url.as_str()),
    ];
    let older = stoa.beside("discord", &environment).expect("it starts");
    let runtime = runtime();
    let bucket = runtime.block_on(async {
        let nats = connect(&stoa).await;
        nats.connections().await.expect("a bucket")
    });
    let position = "discord.session.1.0";
    let stored = || -> Value {
        let stored = runtime.block_on(bucket.get(position));
        let stored = stored.expect("it can be read").unwrap_or_default();
        serde_json::from_slice(&stored).unwrap_or_default()
    };
    wait_until("where the session is has been stored", || {
        stored()["remembers"].is_u64() && stored()["session"] != ""
    });
    older.kill_dash_nine();
    // As a version left it that knew nothing of roles.
    let mut left = stored();
    left.as_object_mut().expect("fields").remove("remembers");
    runtime.block_on(async {
        let written = bucket.put(position, left.to_string().into()).await;
        written.expect("it is kept");
        let role = bucket.delete(format!("discord.role.{GUILD}")).await;
        role.expect("it is gone");
    });

    let _newer = stoa.beside("discord", &environment).expect("it starts");
    wait_until("a session is begun", || discord.sessions() == (2, 0));
    discord.say(GENERAL, 42, &format!("<@&{OWN_ROLE}> {LAPTOP}"));
    discord.complete(GENERAL, "four years");
    assert_eq!(discord.offences(), Vec::<String>::new());
}
