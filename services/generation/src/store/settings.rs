//! What admins decided for their space.

use stoa_kit::Space;

use super::Store;

/// The settings of a space, and how often they were changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SpaceSettings {
    pub(crate) space: String,
    /// A JSON object.
    pub(crate) json: String,
    /// From 1.
    pub(crate) version: i64,
}

impl Store {
    /// The settings of a space.
    pub(crate) async fn settings(
        &self,
        space: &Space,
    ) -> Result<Option<SpaceSettings>, sqlx::Error> {
        sqlx::query_as!(
            SpaceSettings,
            "SELECT space, value::text AS \"json!\", version FROM generation.settings WHERE space = $1",
            space.as_str()
        )
        .fetch_optional(&self.pool)
        .await
    }

    /// The settings of the spaces whose names have a prefix.
    pub(crate) async fn list_settings(
        &self,
        prefix: &str,
    ) -> Result<Vec<SpaceSettings>, sqlx::Error> {
        sqlx::query_as!(
            SpaceSettings,
            "SELECT space, value::text AS \"json!\", version FROM generation.settings
             WHERE starts_with(space, $1) ORDER BY space",
            prefix
        )
        .fetch_all(&self.pool)
        .await
    }

    /// Writes settings over a version, 0 for none; returns the new one, or `None` when they have changed since.
    pub(crate) async fn set_settings(
        &self,
        space: &Space,
        json: &str,
        version: i64,
    ) -> Result<Option<i64>, sqlx::Error> {
        // Two processes may store the first settings of a space at once: one inserts, the other finds that they have
        // changed.
        if version == 0 {
            return sqlx::query_scalar!(
                "INSERT INTO generation.settings (space, value, version) VALUES ($1, $2::text::jsonb, 1)
                 ON CONFLICT (space) DO NOTHING RETURNING version",
                space.as_str(),
                json
            )
            .fetch_optional(&self.pool)
            .await;
        }
        sqlx::query_scalar!(
            "UPDATE generation.settings SET value = $2::text::jsonb, version = version + 1, updated_at = now()
             WHERE space = $1 AND version = $3 RETURNING version",
            space.as_str(),
            json,
            version
        )
        .fetch_optional(&self.pool)
        .await
    }
}
