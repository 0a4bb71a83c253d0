//! The Telegram frontend: updates into the inbox, replies out of it.

mod intake;
mod menu;
mod platform;
mod poll;

use std::{sync::Arc, time::Duration};

use secrecy::ExposeSecret;
use stoa_chat::{Desk, Error, Inbox, inbox, lease, settings::Book};
use stoa_kit::{Config, Shutdown, grpc, nats};
use teloxide_core::{
    ApiError, Bot, RequestError, net::default_reqwest_settings, prelude::Requester, types::Me,
};
use tokio_util::sync::CancellationToken;
use url::Url;

pub use intake::Place;
pub use platform::Telegram;

use crate::{intake::Intake, platform::refusal, poll::Poll};

/// Name of the platform in subjects, ids and leases.
pub const NAME: &str = "telegram";
/// How long a call may take, and a long poll.
const CALL: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_secs(70);
/// How long a start waits between attempts to reach Telegram.
const AGAIN: Duration = Duration::from_secs(2);

/// Runs the frontend until shutdown.
pub async fn serve(config: &Config, shutdown: &Shutdown) -> Result<(), Error> {
    let (listener, address) = grpc::bind(&config.server.listen)
        .await
        .map_err(|error| Error::Platform(error.to_string()))?;
    let server = grpc::Server::new(config.require_token()?);
    start(config, shutdown).await?;
    tracing::info!(%address, "telegram is ready");
    server
        .serve(listener, shutdown)
        .await
        .map_err(|error| Error::Platform(error.to_string()))
}

/// Starts the frontend: it works while this process has the platform's lease, and stands by otherwise.
pub async fn start(config: &Config, shutdown: &Shutdown) -> Result<(), Error> {
    let (bot, polling) = (bot(config, CALL)?, bot(config, POLL)?);
    let nats = nats::connect(config, NAME).await?;
    let book = Book::open(&nats, shutdown).await?;
    let platform = Arc::new(Telegram::new(bot.clone()));
    let desk = Arc::new(Desk::new(Arc::clone(&platform), config, &nats, book.clone()).await?);
    let at_once = config.chat.at_once;
    let instance = config.instance();
    let stop = shutdown.clone();
    shutdown.spawn("telegram", async move {
        let role = |stop: CancellationToken| {
            let (bot, polling, nats, desk, book) = (
                bot.clone(),
                polling.clone(),
                nats.clone(),
                Arc::clone(&desk),
                book.clone(),
            );
            async move {
                let Some(me) = introduce(&bot, &stop).await? else {
                    return Ok(());
                };
                menu::publish(&bot).await;
                let poll = Poll {
                    bot: polling,
                    intake: Intake::new(&me, book.clone()),
                    inbox: Inbox::new(&nats, NAME),
                };
                // Whichever ends takes the other along.
                let both = stop.child_token();
                let working = async {
                    let worked = inbox::work(&nats, NAME, at_once, desk, &both).await;
                    both.cancel();
                    worked
                };
                let ((), worked) = tokio::join!(poll.run(&both), working);
                worked
            }
        };
        Box::pin(lease::hold(&nats, NAME, &instance, &stop, role)).await;
    });
    Ok(())
}

/// Looks whether Telegram knows the bot; returns who it is and what it sees of groups.
pub async fn probe(config: &Config) -> Result<String, Error> {
    let me = bot(config, CALL)?
        .get_me()
        .await
        .map_err(|error| Error::Platform(refusal(&error).to_string()))?;
    let groups = match (me.can_join_groups, me.can_read_all_group_messages) {
        (false, _) => "cannot be added to groups (@BotFather, /setjoingroups changes that)",
        (true, true) => "privacy mode is off: it sees every message of its groups",
        (true, false) => {
            "privacy mode is on: in groups it sees commands, mentions and replies, which is enough"
        }
    };
    Ok(format!("@{}, {groups}", me.username()))
}

/// The bot as it is configured, whose calls may take `timeout`.
fn bot(config: &Config, timeout: Duration) -> Result<Bot, Error> {
    let token = config.telegram.token.as_ref().ok_or_else(|| {
        Error::Platform(
            "the bot's token is not set: get one from @BotFather and set TELEGRAM_TOKEN".to_owned(),
        )
    })?;
    let client = default_reqwest_settings()
        .timeout(timeout)
        .build()
        .map_err(|error| Error::Platform(error.to_string()))?;
    let url: Url = config.telegram.api_url.parse().map_err(|_| {
        Error::Platform(format!(
            "`{}` is not an address: set TELEGRAM_API_URL to one such as https://api.telegram.org",
            config.telegram.api_url
        ))
    })?;
    Ok(Bot::with_client(token.expose_secret(), client).set_api_url(url))
}

/// Asks who the bot is, until Telegram answers; `None` when the process stops first.
async fn introduce(bot: &Bot, stop: &CancellationToken) -> Result<Option<Me>, Error> {
    loop {
        match bot.get_me().await {
            Ok(me) => {
                tracing::info!(bot = me.username(), "talking to Telegram");
                return Ok(Some(me));
            }
            Err(RequestError::Api(ApiError::InvalidToken)) => tracing::error!(
                "Telegram does not know the bot's token: copy it from @BotFather and set TELEGRAM_TOKEN"
            ),
            Err(error) => tracing::warn!("Telegram does not answer: {}", refusal(&error)),
        }
        tokio::select! {
            () = tokio::time::sleep(AGAIN) => {}
            () = stop.cancelled() => return Ok(None),
        }
    }
}
