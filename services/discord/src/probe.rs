//! What `stoa doctor` finds out.

use serde::Deserialize;
use serenity::model::Permissions;
use stoa_chat::Error;
use stoa_kit::Config;
use twilight_http::routing::Route;

use crate::{
    api,
    client::{self, Application},
};

/// What Discord says of the bot.
#[derive(Debug)]
pub struct Found {
    /// Who it is, where, and what it may read.
    pub summary: String,
    /// What has to be mended.
    pub lacking: Vec<String>,
}

/// A server that the bot is in, and what it may do there.
#[derive(Debug, Deserialize)]
struct Membership {
    name: String,
    permissions: Permissions,
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

/// Checks that Discord knows the bot, what it may read, and what it may do in its servers.
pub async fn probe(config: &Config) -> Result<Found, Error> {
    let http = client::new(config)?;
    let application = client::application(&http).await;
    let application = application.map_err(Error::platform("Discord"))?;
    // The first of the servers: Discord lists two hundred.
    let route = Route::GetGuilds {
        after: None,
        before: None,
        limit: None,
        shard: None,
    };
    let guilds: Vec<Membership> = api::get(&http, &route)
        .await
        .map_err(Error::platform("Discord"))?;
    let reads = if application.reads_messages() {
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
