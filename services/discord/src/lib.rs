//! The Discord frontend: events of the gateway into the inbox, replies out of it.

mod acknowledge;
mod api;
mod choices;
mod client;
mod commands;
mod form;
mod gateway;
mod history;
mod intake;
mod message;
mod model;
mod permissions;
mod place;
mod platform;
mod post;
mod probe;
mod roles;
mod snowflake;
mod stored;
mod threads;

use std::{sync::Arc, time::Duration};

use serenity::model::id::ApplicationId;
use stoa_chat::{
    Context, Error,
    frontend::{self, Connection, EventSource},
    retry::Backoff,
};
use stoa_inbox::Owner;
use stoa_kit::{Config, Shutdown};
use tokio::{
    sync::{Mutex, OnceCell},
    time::Instant,
};
use tokio_util::sync::CancellationToken;
use twilight_model::gateway::Intents;

pub use place::{InteractionToken, Place};
pub use platform::Discord;
pub use probe::{Fault, Found, probe};

use crate::{
    api::Client,
    choices::Choices,
    client::Application,
    gateway::{DirectChannels, Gateway},
    intake::Intake,
    roles::OwnRoles,
    threads::Threads,
};

/// Name of the platform in subjects, ids and leases.
pub const NAME: &str = "discord";

/// Waits before events are read again after that failed.
const FIRST_RESTART: Duration = Duration::from_secs(2);
const LONGEST_RESTART: Duration = Duration::from_secs(15);

/// Runs the frontend until shutdown.
pub async fn serve(config: &Config, shutdown: &Shutdown) -> Result<(), Error> {
    frontend::serve::<Frontend>(config, shutdown).await
}

/// Starts the frontend: it reads its share of the shards, works on what is in the inbox while this process holds the
/// platform's lease, and stands by otherwise.
pub async fn start(config: &Config, shutdown: &Shutdown) -> Result<(), Error> {
    frontend::start::<Frontend>(config, shutdown).await
}

struct Frontend {
    context: Context,
    http: Arc<Client>,
    choices: Choices,
    /// What this process speaks through: whoever acknowledges an interaction and whoever answers in it know of each other.
    discord: OnceCell<Arc<Discord>>,
}

/// Discord's events are not taken under the platform's lease, but shard by shard.
struct Sharded;

impl EventSource for Sharded {
    async fn run(&self, stop: &CancellationToken) -> Result<(), Error> {
        stop.cancelled().await;
        Ok(())
    }
}

impl frontend::Frontend for Frontend {
    type Platform = Discord;
    type Source = Sharded;

    async fn new(context: Context) -> Result<Self, Error> {
        Ok(Self {
            http: Arc::new(client::new(&context.config)?),
            choices: Choices::new(&context)?,
            discord: OnceCell::new(),
            context,
        })
    }

    fn listen(self: &Arc<Self>, owner: &Arc<Owner>) {
        let (frontend, owner) = (Arc::clone(self), Arc::clone(owner));
        let shutdown = &self.context.shutdown;
        shutdown.spawn_vital(NAME, "the gateway", move || {
            let (frontend, owner) = (Arc::clone(&frontend), Arc::clone(&owner));
            async move { frontend.keep_reading(&owner).await }
        });
    }

    async fn connect(&self, stop: &CancellationToken) -> Result<Option<Connection<Self>>, Error> {
        let Some(application) = client::introduce(&self.http, stop).await else {
            return Ok(None);
        };
        Ok(Some(Connection {
            platform: self.discord(&application).await?,
            source: Sharded,
        }))
    }
}

impl Frontend {
    async fn discord(&self, application: &Application) -> Result<Arc<Discord>, Error> {
        let made = self.discord.get_or_try_init(|| async {
            let threads = Threads::load(self.context.nats.connections().await?).await?;
            let files = api::http(&client::server(&self.context.config)?);
            let discord = Discord::new(Arc::clone(&self.http), files, application.bot(), threads);
            let discord = discord.map_err(Error::platform("Discord"))?;
            self.publish(application.id).await;
            Ok::<_, Error>(Arc::new(discord))
        });
        made.await.cloned()
    }

    /// Takes this process's share of the events until it stops, whatever fails.
    async fn keep_reading(&self, owner: &Owner) {
        let stop = self.context.shutdown.stopping_token();
        let mut backoff = Backoff::new(FIRST_RESTART, LONGEST_RESTART);
        while !stop.is_cancelled() {
            let began = Instant::now();
            let Err(error) = Box::pin(self.read(owner, &stop)).await else {
                continue;
            };
            // It ran for a while, so this failure is a new one.
            if began.elapsed() > LONGEST_RESTART {
                backoff.reset();
            }
            tracing::warn!("reading Discord's events failed and is started again: {error}");
            backoff.wait(&stop).await;
        }
    }

    /// Logs in, and reads until the process stops or the gateway refuses the bot.
    async fn read(&self, owner: &Owner, stop: &CancellationToken) -> Result<(), Error> {
        let Some(application) = client::introduce(&self.http, stop).await else {
            return Ok(());
        };
        let discord = self.discord(&application).await?;
        let connections = self.context.nats.connections().await?;
        // What is for the bot depends on them.
        self.context.settings.ready().await;
        let gateway = Gateway {
            token: client::token(&self.context.config)?,
            intents: intents(&application),
            intake: Intake {
                bot: application.bot(),
                settings: self.context.settings.clone(),
                threads: discord.threads.clone(),
                roles: OwnRoles::load(connections.clone()).await?,
            },
            discord,
            inbox: self.context.inbox.clone(),
            direct: DirectChannels::load(connections.clone()).await?,
            connections,
            choices: self.choices.clone(),
            shutdown: self.context.shutdown.clone(),
            read_at: Mutex::new(Instant::now()),
        };
        gateway.run(&self.context.nats, owner, stop).await
    }

    /// Tells Discord the bot's commands, once before anybody can use them. What goes wrong does not keep it from coming
    /// online.
    async fn publish(&self, application: ApplicationId) {
        let Err(error) = client::publish(&self.http, application).await else {
            return;
        };
        tracing::warn!("Discord has not taken the bot's commands: {error}");
        if error.is_transient() {
            let http = Arc::clone(&self.http);
            let shutdown = &self.context.shutdown;
            let publishing = client::keep_publishing(http, application, shutdown.stopping_token());
            shutdown.spawn("commands", publishing);
        }
    }
}

/// What the bot subscribes to.
fn intents(application: &Application) -> Intents {
    let intents = Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::DIRECT_MESSAGES;
    if application.reads_messages() {
        return intents | Intents::MESSAGE_CONTENT;
    }
    tracing::warn!(
        "the Message Content intent is off: the bot must be mentioned even in its threads; switch it on in the developer portal, under Bot"
    );
    intents
}
