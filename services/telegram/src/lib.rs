//! The Telegram frontend: updates into the inbox, replies out of it.

mod album;
mod bot;
mod error;
mod inline;
mod intake;
mod menu;
mod place;
mod platform;
mod poll;
mod probe;
mod sink;
mod update;
mod webhook;

use std::sync::Arc;

use stoa_chat::{
    Context, Error,
    frontend::{self, Connection, EventSource},
};
use stoa_kit::{Config, Shutdown, address::shown, grpc};
use teloxide_core::{Bot, types::Me};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use url::Url;

pub use place::Place;
pub use platform::Telegram;
pub use probe::probe;

use crate::{album::Albums, inline::Inline, intake::Intake, poll::Poll, sink::Sink};

/// Name of the platform in subjects, ids and leases.
pub const NAME: &str = "telegram";

/// Runs the frontend until shutdown.
pub async fn serve(config: &Config, shutdown: &Shutdown) -> Result<(), Error> {
    frontend::serve::<Frontend>(config, shutdown).await
}

/// Starts the frontend: it works while this process holds the platform's lease, and stands by otherwise.
pub async fn start(config: &Config, shutdown: &Shutdown) -> Result<(), Error> {
    frontend::start::<Frontend>(config, shutdown).await
}

#[derive(Clone)]
struct Frontend {
    context: Context,
    bot: Bot,
    /// Waits longer for an answer than other calls may take.
    polling: Bot,
    /// Where updates are delivered; they are polled when it is not set.
    webhook: Option<Url>,
    inline: Inline,
    albums: Albums,
}

impl frontend::Frontend for Frontend {
    type Platform = Telegram;
    type Source = Updates;

    async fn new(context: Context) -> Result<Self, Error> {
        let config = &context.config;
        let frontend = Self {
            bot: bot::new(config, bot::CALL)?,
            polling: bot::new(config, bot::POLL)?,
            webhook: webhook::url(config)?,
            inline: Inline::new(config)?,
            albums: Albums::new(context.nats.connections().await?),
            context,
        };
        // Bound at the start, so that an address in use ends the process instead of losing updates quietly.
        if let Some(url) = &frontend.webhook {
            frontend.listen(url).await?;
        }
        Ok(frontend)
    }

    async fn connect(&self, stop: &CancellationToken) -> Result<Option<Connection<Self>>, Error> {
        let Some(me) = bot::introduce(&self.bot, stop).await else {
            return Ok(None);
        };
        // Each time the lease is taken: a new version may have other commands.
        menu::publish(&self.bot).await;
        let source = match &self.webhook {
            Some(url) => Updates::Webhook(self.bot.clone(), url.clone()),
            None => Updates::Poll(Box::new(Poll {
                bot: self.polling.clone(),
                sink: self.sink(&me),
            })),
        };
        Ok(Some(Connection {
            platform: Arc::new(Telegram::new(self.bot.clone())),
            source,
        }))
    }
}

impl Frontend {
    /// Takes updates by webhook until shutdown: in every process, whichever holds the lease.
    async fn listen(&self, url: &Url) -> Result<(), Error> {
        let Context {
            config, shutdown, ..
        } = &self.context;
        let (listener, address) = grpc::bind(&config.telegram.webhook_listen).await?;
        tracing::info!(%address, url = shown(url.as_str()), "receiving Telegram's updates by webhook");
        let frontend = self.clone();
        shutdown.spawn_server("telegram webhook", async move {
            frontend.receive(listener).await;
        });
        Ok(())
    }

    async fn receive(&self, listener: TcpListener) {
        let shutdown = &self.context.shutdown;
        let Some(me) = bot::introduce(&self.bot, &shutdown.stopping_token()).await else {
            return;
        };
        let secret = webhook::secret(self.bot.token());
        if let Err(error) = webhook::serve(listener, self.sink(&me), secret, shutdown).await {
            tracing::error!("updates cannot be received: {error}");
        }
    }

    fn sink(&self, me: &Me) -> Sink {
        Sink {
            bot: self.bot.clone(),
            intake: Arc::new(Intake::new(me, self.context.settings.clone())),
            albums: self.albums.clone(),
            inbox: self.context.inbox.clone(),
            inline: self.inline.clone(),
            shutdown: self.context.shutdown.clone(),
        }
    }
}

/// How updates come.
enum Updates {
    Poll(Box<Poll>),
    /// To every process; the one that holds the lease tells Telegram where.
    Webhook(Bot, Url),
}

impl EventSource for Updates {
    async fn run(&self, stop: &CancellationToken) -> Result<(), Error> {
        match self {
            Self::Poll(poll) => poll.run(stop).await,
            Self::Webhook(bot, url) => webhook::register(bot, url, stop).await,
        }
        Ok(())
    }
}
