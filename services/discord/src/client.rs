//! The client of the REST API, and who it is logged in as.

use std::{sync::Arc, time::Duration};

use reqwest::header::HeaderValue;
use secrecy::ExposeSecret;
use serde::Deserialize;
use serenity::model::{
    application::ApplicationFlags,
    id::{ApplicationId, UserId},
};
use stoa_chat::{Error, retry::Backoff};
use stoa_kit::Config;
use tokio_util::sync::CancellationToken;
use twilight_http::routing::Route;
use url::Url;

use crate::{
    api::{self, CallError, Client},
    commands,
};

/// First wait between attempts to log in.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// Longest wait between them.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// The bot, as far as it matters.
#[derive(Debug, Deserialize)]
pub(crate) struct Application {
    pub(crate) id: ApplicationId,
    #[serde(default)]
    pub(crate) name: String,
    flags: Option<ApplicationFlags>,
    bot: Option<Account>,
    pub(crate) approximate_guild_count: Option<u64>,
}

#[derive(Debug, Deserialize)]
struct Account {
    id: UserId,
}

impl Application {
    /// The bot's own account.
    pub(crate) fn bot(&self) -> UserId {
        match &self.bot {
            Some(bot) => bot.id,
            // Bots made since 2016 have the same id as their application.
            None => UserId::new(self.id.get()),
        }
    }

    /// The Message Content intent is granted.
    pub(crate) fn reads_messages(&self) -> bool {
        self.flags.is_some_and(|flags| {
            flags.intersects(
                ApplicationFlags::GATEWAY_MESSAGE_CONTENT
                    | ApplicationFlags::GATEWAY_MESSAGE_CONTENT_LIMITED,
            )
        })
    }
}

/// Asks Discord who the bot is.
pub(crate) async fn application(http: &Client) -> Result<Application, CallError> {
    api::get(http, &Route::GetCurrentUserApplicationInfo).await
}

/// Asks Discord who the bot is, retrying until it answers. `None` when the process stops before.
pub(crate) async fn introduce(http: &Client, stop: &CancellationToken) -> Option<Application> {
    let mut backoff = backoff();
    loop {
        tokio::select! {
            introduced = application(http) => match introduced {
                Ok(application) => return Some(application),
                Err(error) => tracing::warn!("cannot log in to Discord: {error}"),
            },
            () = stop.cancelled() => return None,
        }
        if !backoff.wait(stop).await {
            return None;
        }
    }
}

/// Tells Discord the bot's commands.
pub(crate) async fn publish(http: &Client, application: ApplicationId) -> Result<(), CallError> {
    let route = Route::SetGlobalCommands {
        application_id: application.get(),
    };
    api::tell_with(http, &route, &commands::all()).await
}

/// Tells Discord the bot's commands again, until it takes or refuses them. Mentions and direct messages work without.
pub(crate) async fn keep_publishing(
    http: Arc<Client>,
    application: ApplicationId,
    stop: CancellationToken,
) {
    let mut backoff = backoff();
    while backoff.wait(&stop).await {
        let Err(error) = publish(&http, application).await else {
            return;
        };
        tracing::warn!("Discord has not taken the bot's commands: {error}");
        if !error.is_transient() {
            return;
        }
    }
}

fn backoff() -> Backoff {
    Backoff::new(FIRST_WAIT, LONGEST_WAIT)
}

/// The bot's token.
pub(crate) fn token(config: &Config) -> Result<String, Error> {
    let token = config.discord.token.as_ref().ok_or_else(|| {
        Error::Setup(
            "the bot's token is not set: get one from the developer portal and set DISCORD_TOKEN"
                .to_owned(),
        )
    })?;
    Ok(token.expose_secret().trim().to_owned())
}

/// The server of the API.
pub(crate) fn server(config: &Config) -> Result<Url, Error> {
    let address = &config.discord.api_url;
    let url = Url::parse(address.expose()).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    url.ok_or_else(|| {
        Error::Setup(format!(
            "discord.api_url is not the address of a server: {address}; set DISCORD_API_URL to one such as https://discord.com"
        ))
    })
}

/// A client of the API as it is configured.
pub(crate) fn new(config: &Config) -> Result<Client, Error> {
    let token = HeaderValue::from_str(&format!("Bot {}", token(config)?));
    let mut token = token.map_err(|_| {
        Error::Setup(
            "DISCORD_TOKEN holds characters that no token has: copy it from the developer portal again"
                .to_owned(),
        )
    })?;
    token.set_sensitive(true);
    Client::new(&server(config)?, token).map_err(Error::platform("Discord"))
}
