//! Who decides about the bot in a server.

use serde::Deserialize;
use serenity::model::{
    Permissions,
    id::{RoleId, UserId},
};
use stoa_chat::command::Person;
use twilight_http::routing::Route;

use crate::{
    NAME,
    api::{self, CallError, Client},
};

/// Who has one of these decides about the bot in a server.
pub(crate) const MANAGES: Permissions = Permissions::MANAGE_GUILD.union(Permissions::ADMINISTRATOR);

/// Who may do what in a server, as far as it matters: what is not said is not granted.
#[derive(Deserialize)]
struct Guild {
    owner_id: Option<UserId>,
    #[serde(default)]
    roles: Vec<Role>,
}

#[derive(Deserialize)]
struct Role {
    id: RoleId,
    #[serde(default)]
    permissions: Permissions,
}

/// Asks Discord whether a person manages a server: it says so of interactions, and not of messages.
pub(crate) async fn manages(
    http: &Client,
    guild_id: u64,
    person: &Person,
) -> Result<bool, CallError> {
    let route = Route::GetGuild {
        guild_id,
        with_counts: false,
    };
    let guild: Guild = api::get(http, &route).await?;
    let is_owner = guild
        .owner_id
        .is_some_and(|owner| person.id == format!("{NAME}:{owner}"));
    // The role that has the server's id is everybody's.
    let has =
        |role: &Role| role.id.get() == guild_id || person.roles.contains(&role.id.to_string());
    let roles = guild.roles.iter().filter(|role| has(role));
    let granted = roles.fold(Permissions::empty(), |all, role| all | role.permissions);
    Ok(is_owner || MANAGES.intersects(granted))
}
