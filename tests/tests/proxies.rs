//! Where a proxy is the only way out.

use stoa_tests::{
    Home,
    discord::{self, BOT, Discord, GENERAL, GUILD},
    proxy::Proxy,
    telegram::{self, Chat, Telegram},
    wait_until,
};

#[test]
fn both_platforms_are_reached_by_the_proxy_and_nothing_private_is() {
    let (discord, telegram) = (Discord::start(), Telegram::start());
    discord.name_gateway("gateway.fake.test");
    let proxy = Proxy::to_fakes(&[
        ("discord.fake.test", &discord.url),
        ("gateway.fake.test", &discord.url),
        ("telegram.fake.test", &telegram.url),
    ]);
    let home = Home::with(&[
        "generation.model=extractive",
        "discord.api_url=http://discord.fake.test",
        "telegram.api_url=http://telegram.fake.test",
    ])
    .env("DISCORD_TOKEN", discord::TOKEN)
    .env("TELEGRAM_TOKEN", telegram::TOKEN)
    .env("HTTP_PROXY", &proxy.url)
    .env("HTTPS_PROXY", &proxy.url);
    let stoa = home.up(&[]).expect("it starts");
    let chat = Chat::with(42);
    stoa.teach(&format!("discord:{GUILD}"));
    stoa.teach(&format!("telegram:{}", chat.id));
    wait_until("the bot is connected", || discord.is_connected());
    discord.say(GENERAL, 42, &format!("<@{BOT}> When is a laptop replaced?"));
    discord.complete(GENERAL, "four years");
    telegram.say(chat, 42, "When is a laptop replaced?");
    telegram.complete(chat, "four years");

    let passed = proxy.passed();
    for host in ["discord.fake.test", "telegram.fake.test"] {
        assert!(passed.iter().any(|(_, name)| name == host), "{passed:?}");
    }
    let tunnel = ("CONNECT".to_owned(), "gateway.fake.test".to_owned());
    assert!(passed.contains(&tunnel), "{passed:?}");
    for (_, host) in &passed {
        assert!(host.ends_with(".fake.test"), "{passed:?}");
    }
    assert_eq!(discord.offences(), Vec::<String>::new());
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

#[test]
fn the_doctor_names_the_proxy_that_does_not_lead_there() {
    let proxy = Proxy::to_fakes(&[]);
    let home = Home::with(&[])
        .env("DISCORD_TOKEN", discord::TOKEN)
        .env("HTTPS_PROXY", &proxy.url);
    let checked = home
        .command(&[
            "doctor",
            "--set",
            "discord.api_url=https://discord.fake.test",
        ])
        .output();
    let said = String::from_utf8_lossy(&checked.expect("it runs").stdout).into_owned();
    let by = proxy.url.trim_start_matches("http://");
    let named = format!("https://discord.fake.test (by the proxy {by}) cannot be reached");
    assert!(said.contains(&named), "{said}");
}
