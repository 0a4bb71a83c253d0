use sqlx::{PgConnection, Postgres, Transaction};
use stoa_kit::nats;
use uuid::Uuid;

use super::Store;

/// Most messages published at once.
const BATCH: i64 = 200;

/// A message that waits to be published.
#[derive(Debug)]
pub(crate) struct OutboxRow {
    id: i64,
    pub(crate) subject: String,
    pub(crate) message_id: String,
    pub(crate) payload: Vec<u8>,
}

/// Messages that this relay alone publishes; another skips them until the batch is dropped.
pub(crate) struct OutboxBatch {
    transaction: Transaction<'static, Postgres>,
    rows: Vec<OutboxRow>,
}

impl OutboxBatch {
    pub(crate) fn rows(&self) -> &[OutboxRow] {
        &self.rows
    }

    /// Removes the messages: JetStream has them. Returns how many there were.
    pub(crate) async fn remove(mut self) -> Result<usize, sqlx::Error> {
        let ids: Vec<i64> = self.rows.iter().map(|row| row.id).collect();
        sqlx::query!("DELETE FROM ingestion.outbox WHERE id = ANY($1)", &ids)
            .execute(&mut *self.transaction)
            .await?;
        self.transaction.commit().await?;
        Ok(ids.len())
    }
}

impl Store {
    /// Takes the oldest messages.
    pub(crate) async fn outbox(&self) -> Result<OutboxBatch, sqlx::Error> {
        // The rows stay locked until they are removed, and `SKIP LOCKED` gives another process the next ones.
        let mut transaction = self.pool.begin().await?;
        let rows = sqlx::query_as!(
            OutboxRow,
            "SELECT id, subject, message_id, payload FROM ingestion.outbox ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED",
            BATCH
        )
        .fetch_all(&mut *transaction)
        .await?;
        Ok(OutboxBatch { transaction, rows })
    }
}

/// Leaves word that a job is to be worked on, to be published when the transaction is committed.
pub(super) async fn announce(connection: &mut PgConnection, job: Uuid) -> Result<(), sqlx::Error> {
    // A job is announced again when it is retried, which JetStream must not take for the first message.
    let message_id = format!("{job}/{}", Uuid::now_v7());
    insert(
        connection,
        &nats::job_subject(job),
        &message_id,
        job.as_bytes(),
    )
    .await
}

/// Leaves word that a job was given up, with the reason.
pub(super) async fn bury(
    connection: &mut PgConnection,
    job: Uuid,
    attempt: i32,
    reason: &str,
) -> Result<(), sqlx::Error> {
    // The same for the same attempt: a relay that publishes it twice leaves one dead letter.
    let message_id = format!("dead/{job}/{attempt}");
    insert(
        connection,
        &nats::dead_job_subject(job),
        &message_id,
        reason.as_bytes(),
    )
    .await
}

async fn insert(
    connection: &mut PgConnection,
    subject: &str,
    message_id: &str,
    payload: &[u8],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO ingestion.outbox (subject, message_id, payload) VALUES ($1, $2, $3)",
        subject,
        message_id,
        payload
    )
    .execute(connection)
    .await
    .map(|_| ())
}
