//! Chats: how soon an answer is seen, how much is taken, and what a frontend costs.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use stoa_proto::generation::{
    AnswerRequest, answer_response::Event, generation_service_client::GenerationServiceClient,
};
use stoa_tests::{
    Home, Stoa,
    discord::{self, Discord},
    endpoint::{Endpoint, KEY, Writes},
    telegram::{self, Chat, Telegram},
    wait_until, write,
};
use uuid::Uuid;

use crate::{
    report::{Goal, Report, percentile},
    starting::resident,
};

const HANDBOOK: &str = "# Time off\n\nEverybody gets 27 days of vacation a year.\n";
const QUESTION: &str = "How many days of vacation does everybody get in a year?";
/// What the answer says first.
const ANSWER: &str = "27 days";
/// Questions whose answers are timed.
const TIMED: u64 = 200;
/// An answer takes two calls or three, and Discord takes 50 of a bot in a second.
const BETWEEN: Duration = Duration::from_millis(80);
/// Updates that are taken.
const UPDATES: i64 = 10_000;
/// Conversations at once.
const AT_ONCE: u64 = 1_000;
/// Conversations that a frontend knows.
const KNOWN: u64 = 10_000;

pub(crate) fn measure(runtime: &tokio::runtime::Runtime, report: &mut Report) -> Result<()> {
    latency(runtime, report)?;
    intake(report)?;
    at_once(report)?;
    memory(report)
}

fn teach(stoa: &Stoa<'_>, space: &str) {
    let folder = tempfile::tempdir().expect("temporary folder");
    let path = write(folder.path(), "handbook.md", HANDBOOK);
    stoa.good(&["learn", &path, "--space", space]);
}

/// From the event to the first text of the answer, against `Answer` called bare to its first text.
fn latency(runtime: &tokio::runtime::Runtime, report: &mut Report) -> Result<()> {
    let discord = Discord::start();
    let home = discord.home(&["generation.model=extractive"]);
    let stoa = home.up(&[])?;
    let space = format!("discord:{}", discord::GUILD);
    teach(&stoa, &space);
    wait_until("the bot is connected", || discord.is_connected());
    let (mut seen, mut bare) = (Vec::new(), Vec::new());
    for number in 0..TIMED {
        // A channel each and one after the other, so that no limit of Discord is measured.
        let channel = discord.channel(20_000 + number);
        let asked = Instant::now();
        discord.say(channel, 42, &format!("<@{}> {QUESTION}", discord::BOT));
        seen.push(
            discord
                .first_shown(channel)
                .duration_since(asked)
                .as_secs_f64()
                * 1e3,
        );
        bare.push(runtime.block_on(first_text(&stoa, &space))?.as_secs_f64() * 1e3);
        std::thread::sleep(BETWEEN.saturating_sub(asked.elapsed()));
    }
    let alone = percentile(&mut bare, 0.5);
    let how = format!(
        "{TIMED} questions in Discord; `Answer` alone takes {alone:.1} ms to its first text"
    );
    let median = percentile(&mut seen, 0.5) - alone;
    report.add(
        "from an event to the first visible text, median",
        median,
        "ms",
        Goal::AtMost(25.0),
        how.clone(),
    );
    let slowest = percentile(&mut seen, 0.99) - alone;
    report.add(
        "from an event to the first visible text, p99",
        slowest,
        "ms",
        Goal::AtMost(100.0),
        how,
    );
    Ok(())
}

async fn first_text(stoa: &Stoa<'_>, space: &str) -> Result<Duration> {
    let began = Instant::now();
    let request = AnswerRequest {
        space: space.to_owned(),
        turn_id: Uuid::now_v7().to_string(),
        question: QUESTION.to_owned(),
        ..AnswerRequest::default()
    };
    let mut client = GenerationServiceClient::new(stoa.channel());
    let mut events = client.answer(request).await?.into_inner();
    while let Some(event) = events.message().await? {
        if let Some(Event::Delta(_)) = event.event {
            return Ok(began.elapsed());
        }
    }
    anyhow::bail!("there was no answer")
}

/// Updates that one process takes into the inbox, while it works on them too.
fn intake(report: &mut Report) -> Result<()> {
    let telegram = Telegram::start();
    let url = format!("telegram.api_url={}", telegram.url);
    let home =
        Home::with(&["generation.model=extractive", &url]).env("TELEGRAM_TOKEN", telegram::TOKEN);
    let stoa = home.up(&[])?;
    telegram.say(Chat::with(1), 1, "/help");
    wait_until("it takes updates", || telegram.pending() == 0);
    let began = Instant::now();
    telegram.say_all((0..UPDATES).map(|person| (Chat::with(10_000 + person), "/help")));
    wait_until("all are taken", || telegram.pending() == 0);
    let took = began.elapsed();
    report.add(
        "events taken to the inbox",
        UPDATES as f64 / took.as_secs_f64(),
        "/s",
        Goal::AtLeast(1_000.0),
        format!(
            "{UPDATES} updates of Telegram in {:.1} s, worked on meanwhile",
            took.as_secs_f64()
        ),
    );
    stoa.kill_dash_nine();
    Ok(())
}

/// Many conversations at once: every reply complete, in order, within the limits of the platform.
fn at_once(report: &mut Report) -> Result<()> {
    let discord = Discord::start();
    let endpoint = Endpoint::start(
        384,
        Writes::All(&["Everybody gets 27 days of vacation a year. "]),
    );
    let model = format!("generation.url={}", endpoint.url);
    let home = discord
        .home(&[&model, "generation.model=scripted"])
        .env("STOA_GENERATION_API_KEY", KEY);
    let stoa = home.up(&[])?;
    teach(&stoa, &format!("discord:{}", discord::GUILD));
    wait_until("the bot is connected", || discord.is_connected());
    let channels: Vec<u64> = (0..AT_ONCE)
        .map(|number| discord.channel(20_000 + number))
        .collect();
    let began = Instant::now();
    let asked: Vec<[u64; 2]> = channels
        .iter()
        .map(|channel| {
            let ask = |question: &str| {
                discord.say(*channel, 42, &format!("<@{}> {question}", discord::BOT))
            };
            [
                ask(QUESTION),
                ask("And how many does somebody get who is new?"),
            ]
        })
        .collect();
    let is_complete = |(channel, asked): (&u64, &[u64; 2])| {
        let shown = discord.shown(*channel);
        let in_order = shown
            .iter()
            .map(|shown| shown.reply_to)
            .eq(asked.iter().map(|id| Some(*id)));
        in_order && shown.iter().all(|shown| shown.is_complete(ANSWER))
    };
    let complete = || {
        channels
            .iter()
            .zip(&asked)
            .filter(|pair| is_complete(*pair))
            .count()
    };
    let patience = Duration::from_secs(600);
    while complete() < channels.len() && began.elapsed() < patience {
        std::thread::sleep(Duration::from_secs(1));
    }
    let offences = discord.offences();
    ensure!(
        offences.is_empty(),
        "Discord's rules were broken: {}",
        offences[0]
    );
    report.add(
        "of 1,000 conversations at once, complete and in order",
        complete() as f64,
        "",
        Goal::AtLeast(AT_ONCE as f64),
        format!(
            "two questions each to a scripted model, in {:.0} s; Discord takes 50 calls a second",
            began.elapsed().as_secs_f64()
        ),
    );
    Ok(())
}

/// Memory of a frontend by itself that knows many conversations.
fn memory(report: &mut Report) -> Result<()> {
    let discord = Discord::start();
    let home = Home::with(&["generation.model=extractive"]);
    let stoa = home.up(&[])?;
    let environment = [
        ("DISCORD_TOKEN", discord::TOKEN),
        ("DISCORD_API_URL", discord.url.as_str()),
    ];
    let frontend = stoa.beside("discord", &environment)?;
    wait_until("the bot is connected", || discord.is_connected());
    // Every person has spoken to it, and it has seen every word.
    for person in 0..KNOWN {
        let channel = discord.direct(100_000 + person);
        discord.say(channel, 100_000 + person, "/");
    }
    let last = discord.direct(1);
    discord.say(last, 1, "hello");
    wait_until("some are answered", || discord.history().len() > 500);
    let resident = resident(&frontend.pid().to_string()).context("it runs")?;
    report.add(
        "memory of a frontend that knows 10,000 conversations",
        resident / 1e6,
        "MB",
        Goal::AtMost(80.0),
        "`stoa discord` by itself, resident, while it works on them".to_owned(),
    );
    Ok(())
}
