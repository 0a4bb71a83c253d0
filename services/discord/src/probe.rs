//! What `stoa doctor` finds out.

use serde::Deserialize;
use serde_json::Value;
use serenity::model::Permissions;
use stoa_chat::Error;
use stoa_kit::Config;
use twilight_http::routing::Route;

use crate::{
    api::{self, CallError, Client},
    client::{self, Application},
};

/// What Discord says of the bot.
#[derive(Debug, Default)]
pub struct Found {
    /// Who it is, where, and what it may read; empty when Discord does not say it.
    pub summary: String,
    /// What has to be mended.
    pub faults: Vec<Fault>,
}

/// Something that has to be mended.
#[derive(Debug)]
pub struct Fault {
    /// What it is.
    pub what: String,
    /// How it is mended.
    pub fix: &'static str,
}

impl Fault {
    /// A call that failed; `refused` is what to do when Discord refuses it.
    fn of(error: &CallError, refused: &'static str) -> Self {
        Self {
            what: error.to_string(),
            fix: match error {
                CallError::Token => {
                    "copy the token from the developer portal (Bot, Reset Token) and set DISCORD_TOKEN"
                }
                CallError::Rejected { .. } => refused,
                CallError::Unreachable { .. } | CallError::Failing { .. } => {
                    "check that this machine reaches that address, and DISCORD_API_URL, if it is set; where a proxy is the only way out, set HTTPS_PROXY"
                }
                CallError::Unreadable { .. } => {
                    "it answers otherwise than Discord does: check DISCORD_API_URL; the bot works where it does not need what is missing"
                }
            },
        }
    }
}

/// A server that the bot is in, and what it may do there, where that is said.
#[derive(Debug, Deserialize)]
struct Membership {
    #[serde(default)]
    name: String,
    permissions: Option<Permissions>,
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

/// Checks that Discord knows the bot, what it may read, what it may do in its servers, and that Discord takes its commands,
/// which are published as they are at a start.
pub async fn probe(config: &Config) -> Result<Found, Error> {
    let http = client::new(config)?;
    let application = match client::application(&http).await {
        Ok(application) => application,
        Err(error) => {
            return Ok(Found {
                faults: vec![Fault::of(
                    &error,
                    "check DISCORD_TOKEN: Discord refuses the bot",
                )],
                ..Found::default()
            });
        }
    };
    let mut faults = Vec::new();
    let guilds = memberships(&http).await.unwrap_or_else(|error| {
        faults.push(Fault::of(
            &error,
            "check in the developer portal that it is a bot",
        ));
        Vec::new()
    });
    faults.extend(guilds.iter().filter_map(lacking));
    if let Err(error) = client::publish(&http, application.id).await {
        let fault = Fault::of(
            &error,
            "until it takes them, mention the bot or write to it directly; if DISCORD_API_URL is set, that server may have no commands",
        );
        faults.push(Fault {
            what: format!("its commands are not taken: {}", fault.what),
            ..fault
        });
    }
    let reads = if application.reads_messages() {
        "reads messages in its threads without a mention"
    } else {
        "the Message Content intent is off, so that it must be mentioned even in its threads: switch it on in the developer portal, under Bot"
    };
    let count = application
        .approximate_guild_count
        .unwrap_or(guilds.len() as u64);
    let summary = format!(
        "{}, in {count} {}, {reads}; add it to one with {}",
        application.name,
        if count == 1 { "server" } else { "servers" },
        invitation(&application)
    );
    Ok(Found { summary, faults })
}

/// The first of the servers that the bot is in: Discord lists two hundred. One that cannot be read is left out.
async fn memberships(http: &Client) -> Result<Vec<Membership>, CallError> {
    let route = Route::GetGuilds {
        after: None,
        before: None,
        limit: None,
        shard: None,
    };
    let guilds: Vec<Value> = api::get(http, &route).await?;
    let guilds = guilds.into_iter().map(serde_json::from_value);
    Ok(guilds.filter_map(Result::ok).collect())
}

/// What the bot may not do in a server, though it needs to.
fn lacking(guild: &Membership) -> Option<Fault> {
    // Not every server that speaks Discord's API tells it.
    let granted = guild.permissions?;
    // An administrator has every permission without its bit.
    if granted.contains(Permissions::ADMINISTRATOR) {
        return None;
    }
    let missing: Vec<&str> = NEEDED
        .iter()
        .filter(|(permission, _)| !granted.contains(*permission))
        .map(|(_, name)| *name)
        .collect();
    (!missing.is_empty()).then(|| Fault {
        what: format!("in {} it lacks {}", guild.name, missing.join(", ")),
        fix: "give its role these permissions (Server Settings, Roles), or add it again with the address above",
    })
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
