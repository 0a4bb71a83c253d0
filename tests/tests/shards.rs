//! Processes share Discord's shards.

use stoa_tests::{
    Home,
    discord::{BOT, Discord, ELSEWHERE, GENERAL, GUILD, OTHER_GUILD, TOKEN},
    wait_until,
};

#[test]
fn each_process_has_its_share_and_takes_over_that_of_one_that_dies() {
    let discord = Discord::start();
    discord.recommend(2);
    let home = Home::new();
    let stoa = home.up(&[]).expect("it starts");
    stoa.teach(&format!("discord:{GUILD}"));
    stoa.teach(&format!("discord:{OTHER_GUILD}"));
    let environment = [
        ("DISCORD_TOKEN", TOKEN),
        ("DISCORD_API_URL", discord.url.as_str()),
    ];
    let start = || stoa.beside("discord", &environment).expect("it starts");
    let first = start();
    wait_until("one process has both shards", || discord.is_connected());
    let second = start();
    wait_until("the other has one of them", || {
        second.log().contains("discord.shard.2.") && discord.is_connected()
    });
    let ask = |question: &str, answer: &str| {
        for channel in [GENERAL, ELSEWHERE] {
            discord.say(channel, 42, &format!("<@{BOT}> {question}"));
        }
        for channel in [GENERAL, ELSEWHERE] {
            discord.complete(channel, answer);
        }
    };
    ask("How many days of vacation do I get?", "27 days");
    first.kill_dash_nine();
    ask("When is a laptop replaced?", "four years");
    for channel in [GENERAL, ELSEWHERE] {
        let shown = discord.shown(channel);
        assert_eq!(shown.len(), 2, "{shown:?}\n{}", second.log());
    }
    assert_eq!(discord.offences(), Vec::<String>::new());
}
