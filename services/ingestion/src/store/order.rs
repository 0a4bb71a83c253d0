//! Which job is next. A message of the work queue only says that there is something to do.

use stoa_kit::Space;
use uuid::Uuid;

use super::{Lease, Store};

/// Jobs that are looked at of a space, and in all. More than one, as other workers take some of them meanwhile.
const OF_A_SPACE: i64 = 16;
const CANDIDATES: i64 = 64;

impl Store {
    /// Takes the job whose turn it is. Spaces take turns, by how much of each is being worked on and then by who had the
    /// last turn, so that one with thousands of documents does not keep the others waiting; and what somebody waits for
    /// does not count what was handed over in bulk, in its own space or another. A job whose process ended in the middle of
    /// it is not among these: see [`Store::cut_short`].
    pub(crate) async fn lease_next(&self, max_attempts: u32) -> Result<Option<Lease>, sqlx::Error> {
        for job in self.in_turn(max_attempts).await? {
            // Another worker may have it by now.
            let Some(lease) = self.lease(job, max_attempts).await? else {
                continue;
            };
            if let Err(error) = self.served(&lease.space).await {
                // Its next turn comes too soon, once.
                tracing::debug!(%error, "the turn of a space was not recorded");
            }
            return Ok(Some(lease));
        }
        Ok(None)
    }

    /// Jobs that may be taken, by whose turn is next. Of each space only the first are read, however many wait in it.
    async fn in_turn(&self, max_attempts: u32) -> Result<Vec<Uuid>, sqlx::Error> {
        sqlx::query_scalar!(
            "WITH RECURSIVE waiting (space) AS (
                 (SELECT j.space FROM ingestion.jobs j WHERE j.state = 'queued' ORDER BY j.space LIMIT 1)
                 UNION ALL
                 SELECT (SELECT j.space FROM ingestion.jobs j WHERE j.state = 'queued' AND j.space > w.space
                         ORDER BY j.space LIMIT 1)
                     FROM waiting w WHERE w.space IS NOT NULL
             ), held AS (
                 SELECT r.space, count(*) AS jobs, count(*) FILTER (WHERE NOT r.bulk) AS awaited
                 FROM ingestion.jobs r WHERE r.state = 'running' AND r.lease_until > now() GROUP BY r.space
             )
             SELECT c.id AS \"id!\"
             FROM waiting w
             CROSS JOIN LATERAL (
                 SELECT j.id, j.bulk, j.created_at
                 FROM ingestion.jobs j JOIN ingestion.documents d ON d.id = j.document_id
                 WHERE j.space = w.space AND j.state = 'queued' AND j.not_before <= now() AND j.attempt < $1
                     AND NOT d.deleting AND NOT EXISTS (SELECT 1 FROM ingestion.jobs o
                         WHERE o.document_id = j.document_id AND o.id <> j.id AND o.lease_until > now())
                 ORDER BY j.bulk, j.created_at, j.id LIMIT $2
             ) c
             LEFT JOIN held h ON h.space = w.space
             LEFT JOIN ingestion.served s ON s.space = w.space
             ORDER BY coalesce(CASE WHEN c.bulk THEN h.jobs ELSE h.awaited END, 0), c.bulk, s.at NULLS FIRST,
                 c.created_at, c.id
             LIMIT $3",
            i32::try_from(max_attempts).unwrap_or(i32::MAX),
            OF_A_SPACE,
            CANDIDATES
        )
        .fetch_all(&self.pool)
        .await
    }

    async fn served(&self, space: &Space) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "INSERT INTO ingestion.served (space, at) VALUES ($1, clock_timestamp())
             ON CONFLICT (space) DO UPDATE SET at = EXCLUDED.at",
            space.as_str()
        )
        .execute(&self.pool)
        .await
        .map(|_| ())
    }

    /// A job whose process ended in the middle of it, and which may have ended it. It comes before all others: it has
    /// waited for its lease to end, and who held its message may have been called for another.
    pub(crate) async fn cut_short(&self) -> Result<Option<Uuid>, sqlx::Error> {
        sqlx::query_scalar!(
            "SELECT j.id AS \"id!\" FROM ingestion.jobs j JOIN ingestion.documents d ON d.id = j.document_id
             WHERE j.state = 'running' AND j.lease_until < now() AND j.not_before <= now() AND NOT d.deleting
                 AND NOT EXISTS (SELECT 1 FROM ingestion.jobs o
                     WHERE o.document_id = j.document_id AND o.id <> j.id AND o.lease_until > now())
             ORDER BY j.lease_until LIMIT 1"
        )
        .fetch_optional(&self.pool)
        .await
    }
}
