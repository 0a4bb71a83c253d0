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

use std::sync::Arc;

use serenity::model::id::ApplicationId;
use stoa_chat::{
    Context, Error,
    frontend::{self, Connection},
};
use stoa_kit::{Config, Shutdown};
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

/// Runs the frontend until shutdown.
pub async fn serve(config: &Config, shutdown: &Shutdown) -> Result<(), Error> {
    frontend::serve::<Frontend>(config, shutdown).await
}

/// Starts the frontend: it works while this process holds the platform's lease, and stands by otherwise.
pub async fn start(config: &Config, shutdown: &Shutdown) -> Result<(), Error> {
    frontend::start::<Frontend>(config, shutdown).await
}

struct Frontend {
    context: Context,
    http: Arc<Client>,
    choices: Choices,
}

impl frontend::Frontend for Frontend {
    type Platform = Discord;
    type Source = Gateway;

    async fn new(context: Context) -> Result<Self, Error> {
        Ok(Self {
            http: Arc::new(client::new(&context.config)?),
            choices: Choices::new(&context)?,
            context,
        })
    }

    async fn connect(&self, stop: &CancellationToken) -> Result<Option<Connection<Self>>, Error> {
        let Some(application) = client::introduce(&self.http, stop).await else {
            return Ok(None);
        };
        self.publish(application.id, stop).await;
        let bot = application.bot();
        let connections = self.context.nats.connections().await?;
        let threads = Threads::load(connections.clone()).await?;
        let files = api::http(&client::server(&self.context.config)?);
        let discord = Discord::new(Arc::clone(&self.http), files, bot, threads.clone());
        let discord = Arc::new(discord.map_err(Error::platform("Discord"))?);
        let gateway = Gateway {
            token: client::token(&self.context.config)?,
            intents: intents(&application),
            discord: Arc::clone(&discord),
            intake: Intake {
                bot,
                settings: self.context.settings.clone(),
                threads,
                roles: OwnRoles::load(&connections).await?,
            },
            inbox: self.context.inbox.clone(),
            direct: DirectChannels::load(connections.clone()).await?,
            connections,
            choices: self.choices.clone(),
            shutdown: self.context.shutdown.clone(),
        };
        Ok(Some(Connection {
            platform: discord,
            source: gateway,
        }))
    }
}

impl Frontend {
    /// Tells Discord the bot's commands, once before anybody can use them. What goes wrong does not keep it from coming
    /// online.
    async fn publish(&self, application: ApplicationId, stop: &CancellationToken) {
        let Err(error) = client::publish(&self.http, application).await else {
            return;
        };
        tracing::warn!("Discord has not taken the bot's commands: {error}");
        if error.is_transient() {
            let http = Arc::clone(&self.http);
            let publishing = client::keep_publishing(http, application, stop.clone());
            self.context.shutdown.spawn("commands", publishing);
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
