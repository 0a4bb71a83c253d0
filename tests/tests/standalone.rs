//! A service by itself, with its environment and nothing else.

use std::process::Command;

use stoa_tests::{
    Home, binary,
    program::Program,
    telegram::{Chat, TOKEN, Telegram},
    wait_until,
};

#[test]
fn a_frontend_answers_without_a_home_and_without_a_folder_that_it_may_write_to() {
    let telegram = Telegram::start();
    let home = Home::new();
    let stoa = home.up(&[]).expect("it starts");
    let chat = Chat::with(42);
    stoa.teach(&format!("telegram:{}", chat.id));
    let (nats, nats_token) = stoa.nats().expect("it has one");
    let token = std::fs::read_to_string(home.data().join("token")).expect("it has one");
    let folder = tempfile::tempdir().expect("temporary folder");
    let start = |name: &str| {
        let mut command = Command::new(binary());
        command
            .arg("telegram")
            .env_clear()
            .env("STOA_TOKEN", &token)
            .env("STOA_NATS_URL", &nats)
            .env("STOA_NATS_TOKEN", &nats_token)
            .env("STOA_GENERATION_ADDRESS", &stoa.address)
            .env("STOA_INGESTION_ADDRESS", &stoa.address)
            .env("STOA_RETRIEVAL_ADDRESS", &stoa.address)
            .env("STOA_SERVER_LISTEN", "127.0.0.1:0")
            .env("STOA_ADMIN_LISTEN", "127.0.0.1:0")
            .env("STOA_DATA_DIR", "/dev/null/nowhere")
            .env("TELEGRAM_TOKEN", TOKEN)
            .env("TELEGRAM_API_URL", &telegram.url)
            .current_dir("/");
        Program::start(command, folder.path().join(name))
    };
    let first = start("first");
    telegram.say(chat, 42, "How many days of vacation do I get?");
    telegram.complete(chat, "27 days");
    // The next one takes over although nothing on a disk says who was before.
    let second = start("second");
    wait_until("it stands by", || second.log().contains("standing by"));
    drop(first);
    telegram.say(chat, 42, "When is a laptop replaced?");
    telegram.complete(chat, "four years");
    assert_eq!(telegram.offences(), Vec::<String>::new());
    assert!(second.stop().success());
}
