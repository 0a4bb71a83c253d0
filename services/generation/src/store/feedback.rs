//! What people thought of answers, what was not answered, and what was used.

use sqlx::types::Json;
use stoa_kit::{Space, wire};
use stoa_proto::generation as proto;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Store, Verdict, stored::turn};

impl Store {
    /// Records feedback. `false`: the space has no such turn.
    pub(crate) async fn feedback(
        &self,
        space: &Space,
        turn: Uuid,
        asker: &str,
        rating: &str,
        reason: &str,
    ) -> Result<bool, sqlx::Error> {
        let changed = sqlx::query!(
            "INSERT INTO generation.feedback (turn_id, asker, rating, reason)
             SELECT id, $3, $4, $5 FROM generation.turns WHERE id = $1 AND space = $2
             ON CONFLICT (turn_id, asker) DO UPDATE SET rating = $4, reason = $5, created_at = now()",
            turn,
            space.as_str(),
            asker,
            rating,
            reason
        )
        .execute(&self.pool)
        .await?;
        Ok(changed.rows_affected() == 1)
    }

    /// What people thought of answers, newest first.
    pub(crate) async fn rated(
        &self,
        space: &Space,
        rating: Option<&str>,
        limit: i64,
    ) -> Result<Vec<proto::RatedTurn>, sqlx::Error> {
        let rows = sqlx::query!(
            "SELECT t.id, t.question, t.answer, t.verdict,
                 t.citations AS \"citations: Json<Vec<proto::Citation>>\", t.created_at, t.erased,
                 f.rating, f.reason, f.created_at AS rated_at
             FROM generation.feedback f JOIN generation.turns t ON t.id = f.turn_id
             WHERE t.space = $1 AND t.question <> '' AND NOT t.erased AND ($2::text IS NULL OR f.rating = $2)
             ORDER BY f.created_at DESC LIMIT $3",
            space.as_str(),
            rating,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| proto::RatedTurn {
                turn: Some(turn!(row)),
                rating: match row.rating.as_str() {
                    "up" => proto::Rating::Up,
                    _ => proto::Rating::Down,
                }
                .into(),
                reason: row.reason,
                rated_at: Some(wire::timestamp(row.rated_at)),
            })
            .collect())
    }

    /// Questions that were not answered, newest first. An evaluation asks what has no answer on purpose: those are none.
    pub(crate) async fn unanswered(
        &self,
        space: &Space,
        limit: i64,
    ) -> Result<Vec<proto::UnansweredQuestion>, sqlx::Error> {
        let rows = sqlx::query!(
            "SELECT id, question, asker, created_at FROM generation.turns
             WHERE space = $1 AND verdict = 'abstained' AND question <> '' AND NOT answered_since
                 AND asker NOT LIKE 'eval:%'
             ORDER BY created_at DESC LIMIT $2",
            space.as_str(),
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| proto::UnansweredQuestion {
                turn_id: row.id.to_string(),
                question: row.question,
                user: row.asker,
                created_at: Some(wire::timestamp(row.created_at)),
            })
            .collect())
    }

    /// Those of these turns that were not answered, with their questions as they stand alone.
    pub(crate) async fn open_questions(
        &self,
        space: &Space,
        turns: &[Uuid],
    ) -> Result<Vec<(Uuid, String)>, sqlx::Error> {
        let rows = sqlx::query!(
            "SELECT id, CASE WHEN standalone = '' THEN question ELSE standalone END AS \"question!\"
             FROM generation.turns
             WHERE space = $1 AND id = ANY($2) AND verdict = 'abstained' AND question <> ''
             ORDER BY created_at DESC",
            space.as_str(),
            turns
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| (row.id, row.question)).collect())
    }

    /// Takes a turn from the list of those without an answer: it would get one now.
    pub(crate) async fn mark_answered(&self, space: &Space, turn: Uuid) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "UPDATE generation.turns SET answered_since = true WHERE space = $1 AND id = $2",
            space.as_str(),
            turn
        )
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Turns and tokens since a time; an evaluation takes nothing from what people may ask.
    pub(crate) async fn usage(
        &self,
        space: &Space,
        asker: Option<&str>,
        since: OffsetDateTime,
    ) -> Result<proto::GetUsageResponse, sqlx::Error> {
        let row = sqlx::query!(
            "SELECT count(*) AS \"turns!\", coalesce(sum(prompt_tokens), 0) AS \"prompt!\",
                 coalesce(sum(completion_tokens), 0) AS \"completion!\"
             FROM generation.turns WHERE space = $1 AND ($2::text IS NULL OR asker = $2) AND created_at >= $3
                 AND asker NOT LIKE 'eval:%'",
            space.as_str(),
            asker,
            since
        )
        .fetch_one(&self.pool)
        .await?;
        let count = |value: i64| u64::try_from(value).unwrap_or(0);
        Ok(proto::GetUsageResponse {
            turns: count(row.turns),
            prompt_tokens: count(row.prompt),
            completion_tokens: count(row.completion),
        })
    }
}
