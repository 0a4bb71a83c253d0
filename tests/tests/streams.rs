//! Streams and buckets are made as an operator wants them, and those that are there are left as they are.

use std::time::Duration;

use async_nats::jetstream::{
    self, Context,
    stream::{Config as Stream, RetentionPolicy},
};
use stoa_kit::{
    Config,
    nats::{self, Found, INBOX, JOBS, LANE_EVENTS},
};
use stoa_tests::nats::Server;
use tokio::runtime::Runtime;

const MIB: i64 = 1 << 20;

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime")
}

fn config(servers: &[Server]) -> Config {
    let addresses: Vec<String> = servers
        .iter()
        .map(|server| format!("nats://127.0.0.1:{}", server.port))
        .collect();
    let mut config = Config::default();
    config.nats.url = Some(addresses.join(",").into());
    config
}

/// JetStream as an operator uses it.
async fn operator(servers: &[Server]) -> Context {
    let address = format!("nats://127.0.0.1:{}", servers[0].port);
    jetstream::new(async_nats::connect(address).await.expect("it listens"))
}

async fn stream(jetstream: &Context, name: &str) -> Stream {
    let stream = jetstream.get_stream(name).await.expect("it is there");
    stream.cached_info().config.clone()
}

/// Makes a stream, as soon as a cluster that is starting has servers enough for it.
async fn make(jetstream: &Context, wanted: Stream) -> Stream {
    let making = async {
        loop {
            match jetstream.create_stream(wanted.clone()).await {
                Ok(made) => return made.cached_info().config.clone(),
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    };
    let made = tokio::time::timeout(stoa_tests::PATIENCE, making).await;
    made.expect("the cluster has servers enough")
}

/// What the doctor sees, as soon as a cluster that is starting has chosen its leader.
async fn look(config: &Config) -> Found {
    let looking = async {
        loop {
            match nats::probe(config).await {
                Ok(found) => return found,
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    };
    let found = tokio::time::timeout(stoa_tests::PATIENCE, looking).await;
    found.expect("the cluster chooses a leader")
}

#[test]
fn what_an_operator_made_is_left_as_it_is_and_a_look_changes_nothing() {
    let cluster = Server::cluster();
    let mut config = config(&cluster);
    runtime().block_on(async {
        let everything = look(&config).await.missing.len();
        let again = look(&config).await;
        assert!(
            everything >= 8 && again.missing.len() == everything,
            "{again:?}"
        );

        let jetstream = operator(&cluster).await;
        let theirs = Stream {
            name: INBOX.to_owned(),
            subjects: vec!["inbox.>".to_owned()],
            retention: RetentionPolicy::WorkQueue,
            num_replicas: 3,
            max_bytes: 64 * MIB,
            ..Stream::default()
        };
        let before = make(&jetstream, theirs).await;
        nats::connect(&config, "test").await.expect("it connects");
        assert_eq!(stream(&jetstream, INBOX).await, before);
        assert_eq!(stream(&jetstream, JOBS).await.num_replicas, 1);

        let found = look(&config).await;
        let left: Vec<&str> = found.left.iter().map(|left| left.field).collect();
        for field in ["num_replicas", "max_bytes", "max_msgs_per_subject"] {
            assert!(left.contains(&field), "{field}: {found:?}");
        }
        assert!(found.missing.is_empty(), "{found:?}");

        // What is configured now holds for what is made from now on.
        config.nats.replicas = 3;
        config.nats.max_mib = 16;
        let nats = nats::connect(&config, "test").await.expect("it connects");
        assert_eq!(stream(&jetstream, JOBS).await.num_replicas, 1);
        let gone = jetstream.delete_key_value("settings").await;
        gone.expect("it was there");
        nats.settings().await.expect("it is made again");
        let settings = stream(&jetstream, "KV_settings").await;
        assert_eq!((settings.num_replicas, settings.max_bytes), (3, 16 * MIB));
    });
}

#[test]
fn a_stream_in_which_messages_would_be_handled_twice_is_refused_by_what_is_wrong_with_it() {
    let servers = [Server::start("")];
    let config = config(&servers);
    runtime().block_on(async {
        let jetstream = operator(&servers).await;
        let theirs = Stream {
            name: JOBS.to_owned(),
            subjects: vec!["jobs.>".to_owned()],
            ..Stream::default()
        };
        jetstream.create_stream(theirs).await.expect("it is made");
        let refused = nats::connect(&config, "test").await.expect_err("refused");
        let said = refused.to_string();
        assert!(
            said.contains(JOBS) && said.contains("retention") && said.contains("nats stream edit"),
            "{said}"
        );
    });
}

#[test]
fn a_stream_of_an_older_version_gets_its_cap_when_nothing_is_lost_by_it() {
    let servers = [Server::start("")];
    let mut config = config(&servers);
    // As `stoa up` has it with the server that it brings.
    config.nats.private = true;
    runtime().block_on(async {
        let jetstream = operator(&servers).await;
        let older = Stream {
            name: INBOX.to_owned(),
            subjects: vec!["inbox.>".to_owned()],
            retention: RetentionPolicy::WorkQueue,
            ..Stream::default()
        };
        let inbox = jetstream.create_stream(older).await.expect("it is made");
        for number in 0..100 {
            let payload = number.to_string().into();
            let sent = jetstream.publish("inbox.telegram.0.0", payload).await;
            sent.expect("it is sent").await.expect("it is stored");
        }
        nats::connect(&config, "test").await.expect("it connects");
        let there = inbox.get_info().await.expect("it is there");
        assert_eq!(there.state.messages, 100);
        assert_eq!(there.config.max_messages_per_subject, -1);
        inbox.purge().await.expect("it is emptied");
        nats::connect(&config, "test").await.expect("it connects");
        let capped = stream(&jetstream, INBOX).await;
        assert_eq!(capped.max_messages_per_subject, LANE_EVENTS);
        assert!(capped.discard_new_per_subject);
    });
}
