//! What is remembered of settings, and what is stored.

use std::time::Duration;

use stoa_proto::settings::ListRequest;

use super::{Cache, Stored, key, parsed};
use crate::Error;

/// How often what is remembered is compared with what is stored: a process may have died before it told the others.
const COMPARE: Duration = Duration::from_secs(60);
/// How often that is tried while the service does not answer.
const RETRY: Duration = Duration::from_millis(250);

impl Cache {
    /// Compares what is remembered with what is stored, for as long as it is polled.
    pub(super) async fn keep_comparing(&self) {
        loop {
            let wait = match self.compare().await {
                Ok(()) => {
                    self.compared.send_replace(true);
                    COMPARE
                }
                Err(error) => {
                    tracing::debug!("the stored settings are not known yet: {error}");
                    RETRY
                }
            };
            tokio::time::sleep(wait).await;
        }
    }

    /// Remembers what is stored, and stores what an earlier version only kept in the bucket.
    async fn compare(&self) -> Result<(), Error> {
        let request = ListRequest {
            prefix: format!("{}:", self.platform),
        };
        let listed = self.service.clone().list(request).await;
        let mut listed = listed.map_err(Error::settings)?.into_inner();
        while let Some(response) = listed.message().await.map_err(Error::settings)? {
            let settings = response.settings.unwrap_or_default();
            match parsed(&settings) {
                Ok(stored) => self.tell(&settings.space, stored).await,
                Err(error) => tracing::error!("{error}"),
            }
        }
        for (space, mut stored) in self.not_stored() {
            // `None` when another process stored them first; theirs comes with the next comparison.
            if let Some(version) = self.put(&space, &stored, 0).await? {
                stored.version = version;
                self.tell(&space, stored).await;
            }
        }
        Ok(())
    }

    fn not_stored(&self) -> Vec<(String, Stored)> {
        let spaces = self.spaces();
        let not_stored = spaces
            .iter()
            .filter(|(_, remembered)| remembered.stored.version == 0);
        not_stored
            .map(|(key, remembered)| (key.replace('/', ":"), remembered.stored.clone()))
            .collect()
    }

    /// Remembers what is stored, here and in the bucket, if it is news.
    pub(super) async fn tell(&self, space: &str, stored: Stored) {
        let Ok(value) = serde_json::to_vec(&stored) else {
            return;
        };
        if !self.remember(key(space), stored) {
            return;
        }
        if let Err(error) = self.bucket.put(key(space), value.into()).await {
            // Others find out when they compare.
            tracing::debug!(space, "a change of settings was not told: {error}");
        }
    }
}
