//! What is kept of a person, for them to have.

use sqlx::types::Json;
use stoa_proto::generation as proto;
use uuid::Uuid;

use super::{Store, Verdict, stored::turn};

impl Store {
    /// Turns that a person asked or rated, by id, from after `after`; of another's turn only the rating.
    pub(crate) async fn export_person(
        &self,
        asker: &str,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<proto::ExportedTurn>, sqlx::Error> {
        let rows = sqlx::query!(
            "SELECT t.id, t.space, t.conversation, t.asker = $1 AS \"own!\", t.question, t.answer, t.verdict,
                 t.citations AS \"citations: Json<Vec<proto::Citation>>\", t.created_at, t.erased,
                 f.rating AS \"rating?\", f.reason AS \"reason?\"
             FROM generation.turns t
             LEFT JOIN generation.feedback f ON f.turn_id = t.id AND f.asker = $1
             WHERE t.id > $2 AND t.question <> '' AND (t.asker = $1 OR f.asker = $1)
             ORDER BY t.id LIMIT $3",
            asker,
            after,
            limit
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let turn = turn!(row);
                // Of somebody else's question the person gets their own rating and nothing of what the other wrote.
                let turn = if row.own {
                    turn
                } else {
                    proto::Turn {
                        id: turn.id,
                        created_at: turn.created_at,
                        ..proto::Turn::default()
                    }
                };
                proto::ExportedTurn {
                    turn: Some(turn),
                    space: row.space,
                    conversation: row.conversation,
                    rating: match row.rating.as_deref() {
                        Some("up") => proto::Rating::Up,
                        Some("down") => proto::Rating::Down,
                        _ => proto::Rating::Unspecified,
                    }
                    .into(),
                    reason: row.reason.unwrap_or_default(),
                }
            })
            .collect())
    }
}
