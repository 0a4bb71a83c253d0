//! Nothing that is said to the bot is lost and nothing is answered twice, whenever its process dies and whatever is slow.

use serde_json::json;
use stoa_tests::{
    Home, Stoa,
    discord::{BOT, Discord, GENERAL, GUILD, RANDOM},
    endpoint::{Endpoint, KEY, Writes},
    hold::When,
    telegram::{Chat, Telegram, USERNAME},
    wait_until,
};

const QUESTION: &str = "How many days of vacation do I get?";
const ANSWER: &str = "27 days";
/// A button of an answer that is complete.
const COMPLETE: &str = "Regenerate";

/// How far an answer is when the process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The inbox does not have the question.
    Untaken,
    /// It has, and nothing was shown.
    Taken,
    /// Some of the answer was shown.
    MidStream,
    /// The complete answer was sent, and the platform does not have it.
    Final(When),
}

const STEPS: [Step; 5] = [
    Step::Untaken,
    Step::Taken,
    Step::MidStream,
    Step::Final(When::Before),
    Step::Final(When::After),
];

impl Step {
    /// What the model does meanwhile; `None` when it does not matter.
    fn model(self) -> Option<Writes> {
        match self {
            Self::Taken => Some(Writes::Begins(&[])),
            // A sentence is known to have ended when the next one begins.
            Self::MidStream => Some(Writes::Begins(&[
                "Everybody gets 27 days of vacation a year. ",
                "Days that are ",
            ])),
            Self::Untaken | Self::Final(_) => None,
        }
    }
}

/// Brings an answer to a step, kills the process there, and starts it again without its model: what is left quotes.
fn die_at(
    home: &Home,
    step: Step,
    space: &str,
    is_ready: impl Fn() -> bool,
    ask: impl FnOnce(),
    has_come_to: impl Fn(&Stoa<'_>) -> bool,
) {
    let endpoint = step.model().map(|writes| Endpoint::start(384, writes));
    let model = endpoint
        .as_ref()
        .map(|endpoint| format!("generation.url={}", endpoint.url));
    let with: Vec<&str> = model
        .iter()
        .flat_map(|url| ["--set", url.as_str(), "--set", "generation.model=scripted"])
        .collect();
    let stoa = home.up(&with).expect("it starts");
    stoa.teach(space);
    wait_until("it listens", &is_ready);
    let frozen = (step == Step::Untaken).then(|| stoa.freeze("nats-server"));
    ask();
    wait_until(&format!("{step:?}"), || has_come_to(&stoa));
    stoa.kill_dash_nine();
    drop(frozen);
}

#[test]
fn in_telegram_a_question_is_answered_once_wherever_the_process_dies() {
    let telegram = Telegram::start();
    let home = telegram
        .home(&["generation.model=extractive"])
        .env("STOA_GENERATION_API_KEY", KEY);
    for (number, step) in (1..).zip(STEPS) {
        for chat in [Chat::with(number), Chat::group(number)] {
            let is_private = chat.id > 0;
            let ask = || {
                if let Step::Final(when) = step {
                    telegram.hold(&[COMPLETE], when);
                }
                telegram.say(chat, 42, &format!("/ask@{USERNAME} {QUESTION}"));
            };
            let has_come_to = |_: &Stoa<'_>| match step {
                Step::Untaken => telegram.has_handed_out(),
                Step::Taken => telegram.pending() == 0,
                Step::MidStream if is_private => !telegram.drafted(chat).is_empty(),
                Step::MidStream => !telegram.shown(chat).is_empty(),
                Step::Final(_) => telegram.is_held(),
            };
            let polls = telegram.calls("GetUpdates");
            let is_ready = || telegram.calls("GetUpdates") > polls;
            let space = format!("telegram:{}", chat.id);
            die_at(&home, step, &space, is_ready, ask, has_come_to);
            let stoa = home.up(&[]).expect("it starts again");
            telegram.complete(chat, ANSWER);
            wait_until(&format!("{step:?} is complete"), || {
                let shown = telegram.shown(chat);
                shown.iter().any(|shown| shown.labels().contains(&COMPLETE))
            });
            // What is asked now is answered after all that was asked before.
            telegram.say(chat, 42, "/ask@stoa_test_bot When is a laptop replaced?");
            telegram.complete(chat, "four years");
            wait_until("all is taken", || telegram.pending() == 0);
            let shown = telegram.shown(chat);
            assert_eq!(shown.len(), 2, "{step:?}: {shown:?}");
            assert!(stoa.interrupt());
        }
    }
    assert_eq!(telegram.offences(), Vec::<String>::new());
}

#[test]
fn in_discord_a_question_is_answered_once_wherever_the_process_dies() {
    let discord = Discord::start();
    let home = discord
        .home(&["generation.model=extractive"])
        .env("STOA_GENERATION_API_KEY", KEY);
    let space = format!("discord:{GUILD}");
    for (number, step) in (0..).zip(STEPS) {
        // A message, and a command: an interaction whose acknowledgement died with the process cannot be answered any
        // more, so that its answer is a message of the channel.
        for (channel, by_command) in [(3_000 + number, false), (4_000 + number, true)] {
            let channel = discord.channel(channel);
            let ask = || {
                if let Step::Final(when) = step {
                    discord.hold(&[COMPLETE], when);
                }
                if by_command {
                    let question = json!([{ "name": "question", "type": 3, "value": QUESTION }]);
                    discord.command(channel, 42, "ask", question);
                } else {
                    discord.say(channel, 42, &format!("<@{BOT}> {QUESTION}"));
                }
            };
            let has_come_to = |_: &Stoa<'_>| match step {
                Step::Untaken => discord.has_sent_all(),
                Step::Taken if by_command => discord.acknowledged_in(channel),
                Step::Taken => discord.types_in(channel),
                Step::MidStream => !discord.shown(channel).is_empty(),
                Step::Final(_) => discord.is_held(),
            };
            let is_ready = || discord.is_connected();
            die_at(&home, step, &space, is_ready, ask, has_come_to);
            let stoa = home.up(&[]).expect("it starts again");
            discord.complete(channel, ANSWER);
            wait_until(&format!("{step:?} is complete"), || {
                let shown = discord.shown(channel);
                shown.iter().any(|shown| shown.labels().contains(&COMPLETE))
            });
            discord.say(channel, 42, &format!("<@{BOT}> When is a laptop replaced?"));
            discord.complete(channel, "four years");
            let shown = discord.shown(channel);
            assert_eq!(shown.len(), 2, "{step:?}: {shown:?}");
            assert!(stoa.interrupt());
        }
    }
    // A process that was killed acknowledges nothing, and the next one may be too late for it: that alone is excused.
    let offences = discord.offences();
    let late = |offence: &String| {
        offence.contains("was not acknowledged in time")
            || offence.contains("/callback: Unknown interaction")
    };
    assert!(offences.iter().all(late), "{offences:?}");
}

#[test]
fn a_message_is_not_shown_twice_though_its_nonce_is_forgotten() {
    let discord = Discord::start();
    let home = discord.home(&["generation.model=extractive"]);
    let stoa = home.up(&[]).expect("it starts");
    stoa.teach(&format!("discord:{GUILD}"));
    wait_until("the bot is connected", || discord.is_connected());
    let mention = |question: &str| format!("<@{BOT}> {question}");
    discord.say(GENERAL, 41, &mention("When is a laptop replaced?"));
    discord.complete(GENERAL, "four years");
    let sent = format!("POST /api/v10/channels/{GENERAL}/messages");
    discord.hold(&[&sent], When::After);
    discord.say(GENERAL, 42, &mention(QUESTION));
    wait_until("it is sent", || discord.is_held());
    stoa.kill_dash_nine();
    // Somebody else is answered by another process meanwhile, or speaks.
    discord.say(GENERAL, 43, "Good morning!");
    discord.forget_nonces();
    let stoa = home.up(&[]).expect("it starts again");
    let answer = discord.complete(GENERAL, ANSWER);
    assert!(answer.labels().contains(&COMPLETE), "{answer:?}");
    let shown = discord.shown(GENERAL);
    assert_eq!(shown.len(), 2, "{shown:?}");
    assert!(shown[0].content.contains("four years"), "{shown:?}");
    assert_eq!(discord.offences(), Vec::<String>::new());
    assert!(stoa.interrupt());
}

#[test]
fn a_command_is_acknowledged_in_time_though_nothing_can_be_written_down() {
    let discord = Discord::start();
    let home = discord.home(&["generation.model=extractive"]);
    let stoa = home.up(&[]).expect("it starts");
    stoa.teach(&format!("discord:{GUILD}"));
    wait_until("the bot is connected", || discord.is_connected());
    let frozen = stoa.freeze("nats-server");
    let question = json!([{ "name": "question", "type": 3, "value": QUESTION }]);
    discord.command(GENERAL, 42, "ask", question);
    wait_until("the command is acknowledged", || {
        discord.acknowledged_in(GENERAL)
    });
    drop(frozen);
    discord.complete(GENERAL, ANSWER);
    assert_eq!(discord.shown(GENERAL).len(), 1);
    assert_eq!(discord.offences(), Vec::<String>::new());
    assert!(stoa.interrupt());
}

#[test]
fn a_slow_database_makes_nobody_wait_for_a_sign_and_loses_nothing() {
    let (discord, telegram) = (Discord::start(), Telegram::start());
    let url = format!("telegram.api_url={}", telegram.url);
    let home = discord
        .home(&["generation.model=extractive", &url])
        .env("TELEGRAM_TOKEN", stoa_tests::telegram::TOKEN);
    let stoa = home.up(&[]).expect("it starts");
    stoa.teach(&format!("discord:{GUILD}"));
    stoa.teach("telegram:42");
    wait_until("the bot is connected", || discord.is_connected());
    let polls = telegram.calls("GetUpdates");
    wait_until("it polls", || telegram.calls("GetUpdates") >= polls.max(1));

    let frozen = stoa.freeze("postgres");
    let question = json!([{ "name": "question", "type": 3, "value": QUESTION }]);
    discord.command(GENERAL, 42, "ask", question);
    discord.say(RANDOM, 43, &format!("<@{BOT}> {QUESTION}"));
    telegram.say(Chat::with(42), 42, QUESTION);
    // The command is acknowledged, and both inboxes have what was said.
    wait_until("the command is acknowledged", || {
        discord.acknowledged_in(GENERAL)
    });
    wait_until("somebody seems to write", || discord.types_in(RANDOM));
    wait_until("the update is taken", || telegram.pending() == 0);
    assert!(discord.shown(RANDOM).is_empty());
    drop(frozen);
    for channel in [GENERAL, RANDOM] {
        discord.complete(channel, ANSWER);
        assert_eq!(discord.shown(channel).len(), 1);
    }
    telegram.complete(Chat::with(42), ANSWER);
    assert_eq!(telegram.shown(Chat::with(42)).len(), 1);
    assert_eq!(discord.offences(), Vec::<String>::new());
    assert_eq!(telegram.offences(), Vec::<String>::new());
    assert!(stoa.interrupt());
}
