//! Leases on turns, and what only their holder may write.
//!
//! A process can be paused for longer than its lease, and another answers the turn meanwhile. Every attempt therefore has
//! an id of its own, and changes nothing once the row names another.

use sqlx::types::Json;
use uuid::Uuid;

use super::{Answered, Store, Verdict};

/// Seconds after its last sign of life that a turn may be taken over by whoever asks for it; its own asker need not wait.
pub(super) const LEASE_SECONDS: f64 = 8.0;

/// A turn that one attempt alone answers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lease {
    pub(crate) turn: Uuid,
    owner: Uuid,
}

impl Lease {
    /// For a new attempt at a turn; it holds once the row names it.
    pub(super) fn new(turn: Uuid) -> Self {
        Self {
            turn,
            // Not the process: one that was paused may hold two attempts at a turn, of which only the later may write.
            owner: Uuid::new_v4(),
        }
    }

    pub(super) fn owner(&self) -> Uuid {
        self.owner
    }
}

/// What a sign of life finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sign {
    /// Go on.
    Held,
    /// Somebody asked to stop.
    Cancelled,
    /// The turn is another attempt's by now.
    Lost,
}

/// What became of an answer that was to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Finished {
    Stored,
    /// The turn is another attempt's by now.
    Lost,
    /// A document that was read for it has been forgotten.
    DocumentForgotten,
}

impl Store {
    /// Gives a sign of life.
    pub(crate) async fn heartbeat(&self, lease: &Lease) -> Result<Sign, sqlx::Error> {
        let cancelled = sqlx::query_scalar!(
            "UPDATE generation.turns SET lease_until = now() + make_interval(secs => $3)
             WHERE id = $1 AND lease_owner = $2 AND state = 'open' RETURNING cancel_requested",
            lease.turn,
            lease.owner,
            LEASE_SECONDS
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(match cancelled {
            // Also a turn that is not open any more: its answer is stored.
            None => Sign::Lost,
            Some(true) => Sign::Cancelled,
            Some(false) => Sign::Held,
        })
    }

    /// Leaves a turn open for whoever asks again.
    pub(crate) async fn abandon(&self, lease: &Lease) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "UPDATE generation.turns SET lease_until = '-infinity', lease_owner = NULL
             WHERE id = $1 AND lease_owner = $2 AND state = 'open'",
            lease.turn,
            lease.owner
        )
        .execute(&self.pool)
        .await
        .map(|_| ())
    }

    /// Stores an answer.
    pub(crate) async fn finish(
        &self,
        lease: &Lease,
        verdict: Verdict,
        answered: &Answered,
    ) -> Result<Finished, sqlx::Error> {
        let Answered {
            standalone,
            passages,
            done,
            checked,
            prompt,
        } = answered;
        let mut documents: Vec<String> = passages
            .iter()
            .map(|passage| passage.document_id.clone())
            .filter(|document| !document.is_empty())
            .collect();
        // Sorted for `dedup`, which only removes neighbours.
        documents.sort_unstable();
        documents.dedup();
        let tokens = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
        let mut transaction = self.pool.begin().await?;
        // In the same transaction as the row: a document that is forgotten from now on waits for this commit, and then
        // finds the turn.
        if super::forgetting::is_any_forgotten(&mut transaction, &documents).await? {
            return Ok(Finished::DocumentForgotten);
        }
        let stored = sqlx::query!(
            "UPDATE generation.turns SET state = 'done', standalone = $3, answer = $4, verdict = $5, passages = $6,
                 citations = $7, model = $8, prompt_tokens = $9, completion_tokens = $10, timings = $11,
                 checks = $12, prompt = $13, documents = $14, lease_owner = NULL
             WHERE id = $1 AND lease_owner = $2 AND state = 'open'",
            lease.turn,
            lease.owner,
            standalone,
            done.text,
            verdict.as_str(),
            Json(passages) as _,
            Json(&done.citations) as _,
            done.model,
            tokens(done.prompt_tokens),
            tokens(done.completion_tokens),
            Json(done.timings.unwrap_or_default()) as _,
            Json(checked) as _,
            prompt,
            &documents
        )
        .execute(&mut *transaction)
        .await?;
        transaction.commit().await?;
        Ok(if stored.rows_affected() == 1 {
            Finished::Stored
        } else {
            Finished::Lost
        })
    }
}
