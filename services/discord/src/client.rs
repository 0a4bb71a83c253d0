//! The client of the REST API, and who it is logged in as.

use std::time::Duration;

use secrecy::ExposeSecret;
use serde::Deserialize;
use serenity::model::{
    application::ApplicationFlags,
    id::{ApplicationId, UserId},
};
use stoa_chat::{Error, retry::Backoff};
use stoa_kit::Config;
use tokio_util::sync::CancellationToken;
use twilight_http::{Client, routing::Route};
use url::Url;

use crate::{
    api::{self, CallError},
    commands,
};

/// How long a call may take.
const CALL: Duration = Duration::from_secs(15);
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

/// Asks Discord who the bot is, and tells it the bot's commands, retrying until it answers. `None` when the process
/// stops before.
pub(crate) async fn introduce(http: &Client, stop: &CancellationToken) -> Option<Application> {
    let mut backoff = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
    loop {
        let introducing = async {
            let application = application(http).await?;
            let route = Route::SetGlobalCommands {
                application_id: application.id.get(),
            };
            api::tell_with(http, &route, &commands::all()).await?;
            Ok::<_, CallError>(application)
        };
        tokio::select! {
            introduced = introducing => match introduced {
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

/// A client of the API as it is configured.
pub(crate) fn new(config: &Config) -> Result<Client, Error> {
    let address = config.discord.api_url.expose();
    let wrong = || {
        Error::Setup(format!(
            "discord.api_url is not the address of a server: {}",
            config.discord.api_url
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
        // A token that was rejected is tried again, as it may be reset at Discord's side.
        .remember_invalid_token(false)
        .build())
}
