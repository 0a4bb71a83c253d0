//! What is removed from turns: documents that were forgotten, people who asked for it, and what is old.

use sqlx::PgConnection;
use stoa_kit::Space;

use super::Store;

/// Most turns changed by one statement: locks are held shortly, and a stop finds an end soon.
const BATCH: i64 = 200;
/// Hours that a document is remembered as forgotten: far longer than an answer can be in the writing.
const REMEMBERED_HOURS: i32 = 24;

/// Whether a document was forgotten. Until the transaction ends none can be, so that an answer from one is either seen
/// by its forgetting, or not stored.
pub(super) async fn is_any_forgotten(
    connection: &mut PgConnection,
    documents: &[String],
) -> Result<bool, sqlx::Error> {
    sqlx::query("LOCK TABLE generation.forgotten_documents IN SHARE MODE")
        .execute(&mut *connection)
        .await?;
    sqlx::query_scalar!(
        "SELECT EXISTS (SELECT 1 FROM generation.forgotten_documents WHERE document_id = ANY($1)) AS \"found!\"",
        documents
    )
    .fetch_one(connection)
    .await
}

impl Store {
    /// Removes a document from all turns of its space: its passages and their quotes, the statements that were checked,
    /// and the answers that rest on it. Returns how many turns had some of it. Can be repeated.
    ///
    /// Passages of old turns have no id of their document, and are its passages when they have its name.
    pub(crate) async fn forget_document(
        &self,
        space: &Space,
        document: &str,
        name: &str,
    ) -> Result<u64, sqlx::Error> {
        // Before the turns: an answer that is stored from now on does not have it.
        sqlx::query!(
            "INSERT INTO generation.forgotten_documents (document_id) VALUES ($1)
             ON CONFLICT (document_id) DO UPDATE SET forgotten_at = now()",
            document
        )
        .execute(&self.pool)
        .await?;
        // As migration 0007 lists the documents of old turns.
        let keys = [document.to_owned(), format!("name:{name}")];
        let mut turns = 0;
        loop {
            let changed = self.erase_some(space, &keys).await?;
            if changed == 0 {
                return Ok(turns);
            }
            turns += changed;
        }
    }

    /// An answer that cites nothing may repeat an earlier one or name the document, so it goes with it; one that cites
    /// only other documents stays.
    async fn erase_some(&self, space: &Space, keys: &[String]) -> Result<u64, sqlx::Error> {
        let changed = sqlx::query!(
            "WITH found AS (
                 SELECT id, citations = '[]' OR EXISTS (
                     SELECT 1 FROM jsonb_array_elements(citations) AS citation, jsonb_array_elements(passages) AS passage
                     WHERE citation ->> 'passage_id' = passage ->> 'id'
                         AND coalesce(nullif(passage ->> 'document_id', ''), 'name:' || (passage ->> 'document')) = ANY($2)
                 ) AS rests_on_it
                 FROM generation.turns WHERE space = $1 AND documents && $2
                 LIMIT $3
                 FOR UPDATE
             )
             UPDATE generation.turns AS turn SET
                 documents = ARRAY(
                     SELECT document FROM unnest(turn.documents) AS document WHERE document <> ALL($2)
                 ),
                 passages = coalesce((
                     SELECT jsonb_agg(passage ORDER BY place)
                     FROM jsonb_array_elements(turn.passages) WITH ORDINALITY AS listed(passage, place)
                     WHERE coalesce(
                         nullif(passage ->> 'document_id', ''), 'name:' || (passage ->> 'document'), ''
                     ) <> ALL($2)
                 ), '[]'),
                 checks = '[]',
                 standalone = CASE WHEN found.rests_on_it THEN '' ELSE turn.standalone END,
                 answer = CASE WHEN found.rests_on_it THEN '' ELSE turn.answer END,
                 citations = CASE WHEN found.rests_on_it THEN '[]' ELSE turn.citations END,
                 erased = turn.erased OR found.rests_on_it
             FROM found WHERE turn.id = found.id",
            space.as_str(),
            keys,
            BATCH
        )
        .execute(&self.pool)
        .await?;
        Ok(changed.rows_affected())
    }

    /// Removes the turns of a person, wherever they asked, and what they thought of answers; returns how many turns.
    /// What is being answered in this moment stays.
    ///
    /// Of the last two days the rows stay, without a word in them, until they are old: budgets are sums over them, and
    /// nobody gets another day's by having the last one removed.
    pub(crate) async fn forget_person(&self, asker: &str) -> Result<u64, sqlx::Error> {
        let mut turns = 0;
        loop {
            let removed = sqlx::query!(
                "DELETE FROM generation.turns WHERE id IN (
                     SELECT id FROM generation.turns
                     WHERE asker = $1 AND created_at < now() - interval '2 days' LIMIT $2
                 )",
                asker,
                BATCH
            )
            .execute(&self.pool)
            .await?;
            if removed.rows_affected() == 0 {
                break;
            }
            turns += removed.rows_affected();
        }
        let emptied = sqlx::query!(
            "UPDATE generation.turns SET question = '', standalone = '', conversation = '', answer = '',
                 passages = '[]', citations = '[]', checks = '[]', documents = '{}', forgotten = true, erased = true
             WHERE asker = $1 AND question <> '' AND (state = 'done' OR lease_until < now())",
            asker
        )
        .execute(&self.pool)
        .await?;
        sqlx::query!("DELETE FROM generation.feedback WHERE asker = $1", asker)
            .execute(&self.pool)
            .await?;
        Ok(turns + emptied.rows_affected())
    }

    /// Removes what [`Self::forget_person`] left for the budgets.
    pub(crate) async fn remove_emptied(&self) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "DELETE FROM generation.turns WHERE question = '' AND created_at < now() - interval '2 days'"
        )
        .execute(&self.pool)
        .await
        .map(|_| ())
    }

    /// Removes some turns that are older than so many days; returns how many. 0: none is left.
    pub(crate) async fn remove_old(&self, days: u32) -> Result<u64, sqlx::Error> {
        let removed = sqlx::query!(
            "DELETE FROM generation.turns WHERE id IN (
                 SELECT id FROM generation.turns WHERE created_at < now() - make_interval(days => $1)
                 ORDER BY created_at LIMIT $2
             )",
            i32::try_from(days).unwrap_or(i32::MAX),
            BATCH
        )
        .execute(&self.pool)
        .await?;
        Ok(removed.rows_affected())
    }

    /// Forgets which documents were forgotten long ago.
    pub(crate) async fn remove_old_marks(&self) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "DELETE FROM generation.forgotten_documents WHERE forgotten_at < now() - make_interval(hours => $1)",
            REMEMBERED_HOURS
        )
        .execute(&self.pool)
        .await
        .map(|_| ())
    }
}
