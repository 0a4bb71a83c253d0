//! The Discord frontend: events of the gateway into the inbox, replies out of it.

mod acknowledge;
mod commands;
mod failure;
mod gateway;
mod intake;
mod missed;
mod numbers;
mod place;
mod platform;
mod threads;

use std::{sync::Arc, time::Duration};

use secrecy::ExposeSecret;
use serde::Deserialize;
use stoa_chat::{Desk, Error, Inbox, inbox, lease, settings::Book};
use stoa_kit::{Config, Shutdown, grpc, nats, nats::Nats};
use tokio_util::sync::CancellationToken;
use twilight_gateway::Intents;
use twilight_http::{Client, request::Request, response::marker::ListBody, routing::Route};
use twilight_model::{
    application::command::Command,
    guild::Permissions,
    id::{
        Id,
        marker::{ApplicationMarker, UserMarker},
    },
    oauth::ApplicationFlags,
};
use url::Url;

pub use place::{Interaction, Place};
pub use platform::Discord;

use crate::{
    acknowledge::Choices,
    failure::{Failure, call},
    gateway::Gateway,
    intake::Intake,
    missed::DirectChannels,
    threads::Threads,
};

/// Name of the platform in subjects, ids and leases.
pub const NAME: &str = "discord";
/// How long a call may take.
const CALL: Duration = Duration::from_secs(15);
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Runs the frontend until shutdown.
pub async fn serve(config: &Config, shutdown: &Shutdown) -> Result<(), Error> {
    let (listener, address) = grpc::bind(&config.server.listen)
        .await
        .map_err(|error| Error::Platform(error.to_string()))?;
    let server = grpc::Server::new(config.require_token()?);
    start(config, shutdown).await?;
    tracing::info!(%address, "discord is ready");
    server
        .serve(listener, shutdown)
        .await
        .map_err(|error| Error::Platform(error.to_string()))
}

/// Starts the frontend: it works while this process has the platform's lease, and stands by otherwise.
pub async fn start(config: &Config, shutdown: &Shutdown) -> Result<(), Error> {
    let frontend = Arc::new(Frontend::new(config, shutdown).await?);
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

/// The bot, as far as it matters.
#[derive(Debug, Deserialize)]
struct Application {
    id: Id<ApplicationMarker>,
    #[serde(default)]
    name: String,
    flags: Option<ApplicationFlags>,
    bot: Option<Account>,
    approximate_guild_count: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct Account {
    id: Id<UserMarker>,
}

/// A server that the bot is in, and what it may do there.
#[derive(Debug, Deserialize)]
struct Membership {
    name: String,
    permissions: Permissions,
}

/// What Discord says of the bot.
#[derive(Debug)]
pub struct Found {
    /// Who it is, where, and what it may read.
    pub summary: String,
    /// What has to be mended.
    pub lacking: Vec<String>,
}

/// Permissions that the bot needs, and what people call them.
const NEEDED: [(Permissions, &str); 5] = [
    (Permissions::VIEW_CHANNEL, "View Channels"),
    (Permissions::SEND_MESSAGES, "Send Messages"),
    (
        Permissions::SEND_MESSAGES_IN_THREADS,
        "Send Messages in Threads",
    ),
    (Permissions::CREATE_PUBLIC_THREADS, "Create Public Threads"),
    (Permissions::READ_MESSAGE_HISTORY, "Read Message History"),
];

/// Looks whether Discord knows the bot, what it may read, and what it may do in its servers.
pub async fn probe(config: &Config) -> Result<Found, Error> {
    let http = client(config)?;
    let refused = |failure: Failure| Error::Platform(failure.to_string());
    let application = application(&http).await.map_err(refused)?;
    let guilds = guilds(&http).await.map_err(refused)?;
    let reads = if reads_messages(&application) {
        "reads messages in its threads without a mention"
    } else {
        "the Message Content intent is off, so that it must be mentioned even in its threads: switch it on in the developer portal, under Bot"
    };
    let summary = format!(
        "{}, in {} servers, {reads}; add it to one with {}",
        application.name,
        application
            .approximate_guild_count
            .unwrap_or(guilds.len() as u64),
        invitation(&application)
    );
    let lacking = guilds.iter().filter_map(lacking).collect();
    Ok(Found { summary, lacking })
}

/// What the bot may not do in a server, though it needs to.
fn lacking(guild: &Membership) -> Option<String> {
    if guild.permissions.contains(Permissions::ADMINISTRATOR) {
        return None;
    }
    let missing: Vec<&str> = NEEDED
        .iter()
        .filter(|(permission, _)| !guild.permissions.contains(*permission))
        .map(|(_, name)| *name)
        .collect();
    (!missing.is_empty()).then(|| format!("in {} it lacks {}", guild.name, missing.join(", ")))
}

/// The address that adds the bot to a server, with the permissions that it needs.
fn invitation(application: &Application) -> String {
    let permissions = NEEDED
        .iter()
        .fold(Permissions::empty(), |all, (permission, _)| {
            all | *permission
        });
    format!(
        "https://discord.com/oauth2/authorize?client_id={}&scope=bot+applications.commands&permissions={}",
        application.id,
        permissions.bits()
    )
}

struct Frontend {
    config: Config,
    nats: Nats,
    instance: String,
    http: Arc<Client>,
    settings: Book,
    choices: Choices,
    shutdown: Shutdown,
}

impl Frontend {
    async fn new(config: &Config, shutdown: &Shutdown) -> Result<Self, Error> {
        let nats = nats::connect(config, NAME).await?;
        let settings = Book::open(&nats, shutdown).await?;
        Ok(Self {
            http: Arc::new(client(config)?),
            choices: Choices::new(config, settings.clone())?,
            settings,
            shutdown: shutdown.clone(),
            instance: config.instance(),
            config: config.clone(),
            nats,
        })
    }

    /// Speaks for the platform until it is told to stop.
    async fn speak(&self, stop: &CancellationToken) -> Result<(), Error> {
        let Some(application) = self.introduce(stop).await else {
            return Ok(());
        };
        let bot = application
            .bot
            .as_ref()
            .map_or_else(|| application.id.cast(), |bot| bot.id);
        let mut intents = Intents::GUILDS | Intents::GUILD_MESSAGES | Intents::DIRECT_MESSAGES;
        if reads_messages(&application) {
            intents |= Intents::MESSAGE_CONTENT;
        } else {
            tracing::warn!(
                "the Message Content intent is off: the bot must be mentioned even in its threads; switch it on in the developer portal, under Bot"
            );
        }
        let connections = self.nats.connections().await?;
        let threads = Threads::load(connections.clone()).await?;
        let discord = Discord::new(Arc::clone(&self.http), bot, threads.clone())
            .map_err(|error| Error::Platform(error.to_string()))?;
        let discord = Arc::new(discord);
        let desk = Desk::new(
            Arc::clone(&discord),
            &self.config,
            &self.nats,
            self.settings.clone(),
        );
        let desk = Arc::new(desk.await?);
        let gateway = Gateway {
            token: token(&self.config)?,
            intents,
            discord,
            intake: Intake {
                id: bot,
                settings: self.settings.clone(),
                threads,
            },
            inbox: Inbox::new(&self.nats, NAME),
            direct: DirectChannels::load(connections.clone()).await?,
            connections,
            choices: self.choices.clone(),
            shutdown: self.shutdown.clone(),
        };
        // Whichever ends takes the other along.
        let both = stop.child_token();
        let working = async {
            let at_once = self.config.chat.at_once;
            let worked = inbox::work(&self.nats, NAME, at_once, desk, &both).await;
            both.cancel();
            worked
        };
        let taking = async {
            let taken = gateway.run(&both).await;
            both.cancel();
            taken
        };
        let (taken, worked) = tokio::join!(taking, working);
        taken.and(worked)
    }

    /// Asks Discord who the bot is, and says which commands it has. `None` when the process stops before.
    async fn introduce(&self, stop: &CancellationToken) -> Option<Application> {
        let mut wait = FIRST_WAIT;
        loop {
            let introducing = async {
                let application = application(&self.http).await?;
                publish(&self.http, &application).await?;
                Ok::<_, Failure>(application)
            };
            tokio::select! {
                introduced = introducing => match introduced {
                    Ok(application) => return Some(application),
                    Err(failure) => tracing::warn!("Discord does not take the bot: {failure}"),
                },
                () = stop.cancelled() => return None,
            }
            tokio::select! {
                () = tokio::time::sleep(wait) => wait = (wait * 2).min(LONGEST_WAIT),
                () = stop.cancelled() => return None,
            }
        }
    }
}

async fn application(http: &Client) -> Result<Application, Failure> {
    call(http, &Route::GetCurrentUserApplicationInfo, None).await
}

/// The first of the servers that the bot is in: Discord lists two hundred.
async fn guilds(http: &Client) -> Result<Vec<Membership>, Failure> {
    let route = Route::GetGuilds {
        after: None,
        before: None,
        limit: None,
        shard: None,
    };
    call(http, &route, None).await
}

async fn publish(http: &Client, application: &Application) -> Result<(), Failure> {
    let route = Route::SetGlobalCommands {
        application_id: application.id.get(),
    };
    let request = Request::builder(&route).json(&commands::all()).build();
    let request = request.map_err(|error| Failure::of(&error))?;
    http.request::<ListBody<Command>>(request)
        .await
        .map(|_| ())
        .map_err(|error| Failure::of(&error))
}

fn reads_messages(application: &Application) -> bool {
    application.flags.is_some_and(|flags| {
        flags.intersects(
            ApplicationFlags::GATEWAY_MESSAGE_CONTENT
                | ApplicationFlags::GATEWAY_MESSAGE_CONTENT_LIMITED,
        )
    })
}

fn token(config: &Config) -> Result<String, Error> {
    let token = config.discord.token.as_ref().ok_or_else(|| {
        Error::Platform(
            "the bot's token is not set: get one from the developer portal and set DISCORD_TOKEN"
                .to_owned(),
        )
    })?;
    Ok(token.expose_secret().trim().to_owned())
}

/// A client of the API as it is configured.
fn client(config: &Config) -> Result<Client, Error> {
    let address = &config.discord.api_url;
    let wrong = || {
        Error::Platform(format!(
            "discord.api_url is no address of a server: {address}"
        ))
    };
    let url = Url::parse(address).map_err(|_| wrong())?;
    let plain = match url.scheme() {
        "http" => true,
        "https" => false,
        _ => return Err(wrong()),
    };
    let host = address
        .split_once("://")
        .map(|(_, host)| host.trim_end_matches('/').to_owned())
        .ok_or_else(wrong)?;
    Ok(Client::builder()
        .token(token(config)?)
        .proxy(host, plain)
        .timeout(CALL)
        // A token that was set anew is tried again.
        .remember_invalid_token(false)
        .build())
}
