//! The roles that Discord makes for the bot in its servers: who mentions one, as the list of mentions offers it under the
//! bot's name, means the bot. Remembered across restarts, as a session that is resumed does not tell them again.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use async_nats::jetstream::kv::Store;
use serenity::model::id::{GuildId, RoleId};
use stoa_inbox::Error;

use crate::stored::{Note, numbers};

/// Keys of the roles, with the server's id.
const PREFIX: &str = "discord.role.";

/// The bot's own role in each server.
#[derive(Clone)]
pub(crate) struct OwnRoles {
    known: Arc<RwLock<HashMap<u64, u64>>>,
    store: Store,
}

impl OwnRoles {
    /// Reads what is remembered.
    pub(crate) async fn load(store: Store) -> Result<Self, Error> {
        let roles = Self {
            known: Arc::default(),
            store,
        };
        roles.reload().await?;
        Ok(roles)
    }

    /// Reads what other processes learned meanwhile.
    pub(crate) async fn reload(&self) -> Result<(), Error> {
        let stored = numbers(&self.store, PREFIX).await?;
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.extend(stored);
        Ok(())
    }

    /// The bot's role in a server.
    pub(crate) fn of(&self, guild: GuildId) -> Option<RoleId> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        // 0 is what could not be read, and no role.
        let role = known.get(&guild.get()).copied().filter(|role| *role != 0);
        role.map(RoleId::new)
    }

    /// Learns the bot's role in a server; what is to be stored of it, if it is news.
    pub(crate) fn learn(&self, guild: GuildId, role: RoleId) -> Option<Note> {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let before = known.insert(guild.get(), role.get());
        // Every session tells of each server again; only news are worth a write.
        (before != Some(role.get())).then(|| Note::new(PREFIX, guild.get(), role.get()))
    }
}
