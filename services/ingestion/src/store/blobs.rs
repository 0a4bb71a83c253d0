//! Which blobs are in use, and locks that keep one from being removed while it is taken up.

use std::sync::Arc;

use sqlx::{Postgres, Transaction};
use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

use super::Store;
use crate::blobs::ContentHash;

/// Keeps others from removing, or from taking up, a blob. The lock is PostgreSQL's and ends with the transaction.
pub(crate) struct BlobHold {
    _transaction: Transaction<'static, Postgres>,
    _permit: OwnedSemaphorePermit,
}

/// PostgreSQL's locks have keys of 64 bits. Blobs whose keys collide wait for each other, which is harmless.
fn lock_key(hash: ContentHash) -> i64 {
    let [a, b, c, d, e, f, g, h, ..] = hash.0;
    i64::from_le_bytes([a, b, c, d, e, f, g, h])
}

impl Store {
    /// Hashes of a document's versions before `below`.
    pub(crate) async fn hashes(
        &self,
        document: Uuid,
        below: i32,
    ) -> Result<Vec<ContentHash>, sqlx::Error> {
        let hashes = sqlx::query_scalar!(
            "SELECT DISTINCT sha256 AS \"sha256!\" FROM ingestion.versions
             WHERE document_id = $1 AND version < $2 AND sha256 IS NOT NULL",
            document,
            below
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(hashes
            .into_iter()
            .filter_map(|hash| Some(ContentHash(hash.try_into().ok()?)))
            .collect())
    }

    /// Keeps a blob from being removed until the hold is dropped.
    pub(crate) async fn hold_blob(&self, hash: ContentHash) -> Result<BlobHold, sqlx::Error> {
        let (permit, mut transaction) = self.begin_hold().await?;
        // Shared: several may take up the same bytes at once; only removal needs the blob for itself.
        sqlx::query!("SELECT pg_advisory_xact_lock_shared($1)", lock_key(hash))
            .execute(&mut *transaction)
            .await?;
        Ok(BlobHold {
            _transaction: transaction,
            _permit: permit,
        })
    }

    /// Claims a blob for removal: `Some` when no version that is in use has it, and then nobody takes it up again
    /// before the hold is dropped. Versions of `document` before `below` do not count as users.
    pub(crate) async fn claim_blob(
        &self,
        hash: ContentHash,
        document: Uuid,
        below: i32,
    ) -> Result<Option<BlobHold>, sqlx::Error> {
        let (permit, mut transaction) = self.begin_hold().await?;
        sqlx::query!("SELECT pg_advisory_xact_lock($1)", lock_key(hash))
            .execute(&mut *transaction)
            .await?;
        // After the lock, or a version that is being taken up now would not be seen.
        let used = sqlx::query_scalar!(
            "SELECT EXISTS (SELECT 1 FROM ingestion.versions v
                 WHERE v.sha256 = $1 AND (v.document_id <> $2 OR v.version >= $3)) AS \"used!\"",
            &hash.0[..],
            document,
            below
        )
        .fetch_one(&mut *transaction)
        .await?;
        Ok((!used).then_some(BlobHold {
            _transaction: transaction,
            _permit: permit,
        }))
    }

    /// Forgets that versions of a document before `below` had these bytes, which are gone or another's.
    pub(crate) async fn clear_hash(
        &self,
        hash: ContentHash,
        document: Uuid,
        below: i32,
    ) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "UPDATE ingestion.versions SET sha256 = NULL WHERE document_id = $1 AND version < $2 AND sha256 = $3",
            document,
            below,
            &hash.0[..]
        )
        .execute(&self.pool)
        .await
        .map(|_| ())
    }

    /// Those of the hashes that no version has.
    pub(crate) async fn unnamed(
        &self,
        hashes: &[ContentHash],
    ) -> Result<Vec<ContentHash>, sqlx::Error> {
        let hashes: Vec<Vec<u8>> = hashes.iter().map(|hash| hash.0.to_vec()).collect();
        let unnamed = sqlx::query_scalar!(
            "SELECT given.hash AS \"hash!\" FROM unnest($1::bytea[]) AS given (hash)
             WHERE NOT EXISTS (SELECT 1 FROM ingestion.versions v WHERE v.sha256 = given.hash)",
            &hashes
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(unnamed
            .into_iter()
            .filter_map(|hash| Some(ContentHash(hash.try_into().ok()?)))
            .collect())
    }

    async fn begin_hold(
        &self,
    ) -> Result<(OwnedSemaphorePermit, Transaction<'static, Postgres>), sqlx::Error> {
        // The permit before the connection: waiting with a connection in hand would keep it from others.
        let holds = Arc::clone(&self.holds);
        let permit = holds
            .acquire_owned()
            .await
            .map_err(|_| sqlx::Error::PoolClosed)?;
        Ok((permit, self.pool.begin().await?))
    }
}
