//! Who may teach and manage.

use std::{collections::BTreeSet, sync::Arc};

use tokio::time::Instant;

use super::{Failure, SERVICE_PATIENCE, Task, backoff};
use crate::{Error, command::Incoming, platform::Platform, settings::Settings};

impl<P: Platform> Task<'_, P> {
    fn has_role(&self) -> bool {
        !self.incoming.person.roles.is_empty()
    }

    /// The settings as they are stored: what is remembered of them does not decide what a person may do.
    async fn stored_settings(&self) -> Result<Arc<Settings>, Failure> {
        let began = Instant::now();
        let mut backoff = backoff();
        loop {
            match self.service.settings.stored(&self.space).await {
                Ok(settings) => return Ok(settings),
                Err(error) if began.elapsed() > SERVICE_PATIENCE => return Err(error.into()),
                Err(error @ Error::UnreadableSettings { .. }) => return Err(error.into()),
                Err(error) => tracing::warn!("trying again: {error}"),
            }
            self.pause(backoff.next_wait()).await?;
        }
    }

    fn has_one_of(&self, roles: &BTreeSet<String>) -> bool {
        let own = &self.incoming.person.roles;
        own.iter().any(|role| roles.contains(role))
    }

    /// Whether the person may do what only admins may.
    async fn may_manage(&self) -> Result<bool, Failure> {
        // Most people have no role: they are not made to wait for the stored settings, which could not let them in.
        if self.has_role() && self.has_one_of(&self.stored_settings().await?.managers) {
            return Ok(true);
        }
        let Incoming { place, person, .. } = &self.incoming;
        let platform = &self.service.platform;
        let is_admin = self.ask_platform("who is an admin", || platform.is_admin(place, person));
        // Where the platform refuses to say, nobody is one.
        Ok(is_admin.await?.unwrap_or(false))
    }

    pub(super) async fn require_admin(&self) -> Result<(), Failure> {
        if self.may_manage().await? {
            Ok(())
        } else {
            Err(Failure::AdminsOnly)
        }
    }

    /// Requires that the person may teach and forget documents.
    pub(super) async fn require_teacher(&self) -> Result<(), Failure> {
        if self.has_role() && self.has_one_of(&self.stored_settings().await?.teachers) {
            return Ok(());
        }
        self.require_admin().await
    }
}
