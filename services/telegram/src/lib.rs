//! The Telegram frontend: updates into the inbox, replies out of it.

mod album;
mod inline;
mod intake;
mod menu;
mod platform;
mod poll;
mod take;
mod webhook;

use std::{sync::Arc, time::Duration};

use secrecy::ExposeSecret;
use stoa_chat::{Desk, Error, Inbox, inbox, lease, settings::Book};
use stoa_kit::{Config, Shutdown, grpc, nats, nats::Nats};
use teloxide_core::{
    ApiError, Bot, RequestError, net::default_reqwest_settings, payloads::SetWebhookSetters,
    prelude::Requester, types::Me,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

pub use intake::Place;
pub use platform::Telegram;

use crate::{
    album::Albums, inline::Inline, intake::Intake, platform::refusal, poll::Poll, take::Taker,
};

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
    let frontend = Arc::new(Frontend::new(config, shutdown).await?);
    if let Some(url) = &config.telegram.webhook_url {
        url.parse::<Url>().map_err(|_| {
            Error::Platform(format!("telegram.webhook_url is not an address: {url}"))
        })?;
        let listen = &config.telegram.webhook_listen;
        let (listener, address) = grpc::bind(listen)
            .await
            .map_err(|error| Error::Platform(error.to_string()))?;
        tracing::info!(%address, %url, "taking Telegram's updates by webhook");
        let (frontend, stop) = (Arc::clone(&frontend), shutdown.clone());
        shutdown.spawn_server("telegram webhook", async move {
            frontend.listen(listener, &stop).await;
        });
    }
    let stop = shutdown.clone();
    shutdown.spawn(NAME, async move {
        let role = |stop: CancellationToken| {
            let frontend = Arc::clone(&frontend);
            async move { Box::pin(frontend.speak(&stop)).await }
        };
        let Frontend { nats, instance, .. } = &*frontend;
        Box::pin(lease::hold(nats, NAME, instance, &stop, role)).await;
    });
    Ok(())
}

struct Frontend {
    config: Config,
    nats: Nats,
    instance: String,
    bot: Bot,
    polling: Bot,
    settings: Book,
    inline: Inline,
    albums: Albums,
    shutdown: Shutdown,
}

impl Frontend {
    async fn new(config: &Config, shutdown: &Shutdown) -> Result<Self, Error> {
        let (bot, polling) = (bot(config, CALL)?, bot(config, POLL)?);
        let nats = nats::connect(config, NAME).await?;
        Ok(Self {
            settings: Book::open(&nats, shutdown).await?,
            inline: Inline::new(config)?,
            albums: Albums::new(nats.connections().await?),
            shutdown: shutdown.clone(),
            instance: config.instance(),
            config: config.clone(),
            nats,
            bot,
            polling,
        })
    }

    fn taker(&self, me: &Me) -> Taker {
        Taker {
            bot: self.bot.clone(),
            intake: Arc::new(Intake::new(me, self.settings.clone())),
            albums: self.albums.clone(),
            inbox: Inbox::new(&self.nats, NAME),
            inline: self.inline.clone(),
            shutdown: self.shutdown.clone(),
        }
    }

    /// Takes updates by webhook until shutdown.
    async fn listen(&self, listener: TcpListener, shutdown: &Shutdown) {
        let Some(me) = introduce(&self.bot, &shutdown.stopping_token()).await else {
            return;
        };
        let secret = webhook::secret(self.bot.token());
        if let Err(error) = webhook::serve(listener, self.taker(&me), secret, shutdown).await {
            tracing::error!("updates cannot be taken: {error}");
        }
    }

    /// Speaks for the platform until it is told to stop.
    async fn speak(&self, stop: &CancellationToken) -> Result<(), Error> {
        let Some(me) = introduce(&self.bot, stop).await else {
            return Ok(());
        };
        menu::publish(&self.bot).await;
        let platform = Arc::new(Telegram::new(self.bot.clone()));
        let desk = Desk::new(platform, &self.config, &self.nats, self.settings.clone());
        let desk = Arc::new(desk.await?);
        // Whichever ends takes the other along.
        let both = stop.child_token();
        let working = async {
            let at_once = self.config.chat.at_once;
            let worked = inbox::work(&self.nats, NAME, at_once, desk, &both).await;
            both.cancel();
            worked
        };
        let taking = async {
            match &self.config.telegram.webhook_url {
                Some(url) => self.invite(url, &both).await,
                None => {
                    let poll = Poll {
                        bot: self.polling.clone(),
                        taker: self.taker(&me),
                    };
                    poll.run(&both).await;
                }
            }
        };
        let ((), worked) = tokio::join!(taking, working);
        worked
    }

    /// Tells Telegram where updates are taken. Those that wait there stay.
    async fn invite(&self, url: &str, stop: &CancellationToken) {
        let Ok(url) = url.parse::<Url>() else {
            return;
        };
        loop {
            let request = self
                .bot
                .set_webhook(url.clone())
                .secret_token(webhook::secret(self.bot.token()))
                .allowed_updates(take::READ);
            match request.await {
                Ok(_) => return stop.cancelled().await,
                Err(error) => tracing::warn!("Telegram takes no webhook: {}", refusal(&error)),
            }
            tokio::select! {
                () = tokio::time::sleep(AGAIN) => {}
                () = stop.cancelled() => return,
            }
        }
    }
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
    let inline = if me.supports_inline_queries {
        "inline mode is on"
    } else {
        "inline mode is off (@BotFather, /setinline switches it on)"
    };
    Ok(format!("@{}, {groups}; {inline}", me.username()))
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
async fn introduce(bot: &Bot, stop: &CancellationToken) -> Option<Me> {
    loop {
        match bot.get_me().await {
            Ok(me) => {
                tracing::info!(bot = me.username(), "talking to Telegram");
                return Some(me);
            }
            Err(RequestError::Api(ApiError::InvalidToken)) => tracing::error!(
                "Telegram does not know the bot's token: copy it from @BotFather and set TELEGRAM_TOKEN"
            ),
            Err(error) => tracing::warn!("Telegram does not answer: {}", refusal(&error)),
        }
        tokio::select! {
            () = tokio::time::sleep(AGAIN) => {}
            () = stop.cancelled() => return None,
        }
    }
}
