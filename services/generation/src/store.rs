//! Turns, feedback and personas in PostgreSQL. Nobody else writes these tables.

mod export;
mod feedback;
mod forgetting;
mod leases;
mod personas;
mod settings;
mod stored;

use serde::{Deserialize, Serialize};
use sqlx::{PgPool, types::Json};
use stoa_kit::Space;
use stoa_proto::generation as proto;
use uuid::Uuid;

use crate::{check::Reason, understand::Phrases};

use leases::LEASE_SECONDS;
pub(crate) use leases::{Finished, Lease, Sign};
pub(crate) use personas::Persona;
pub(crate) use settings::SpaceSettings;
use stored::turn;

/// How a turn ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Supported,
    Trimmed,
    Abstained,
    Cancelled,
    /// It asked nothing of the documents.
    Conversed,
}

impl Verdict {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Supported => "supported",
            Self::Trimmed => "trimmed",
            Self::Abstained => "abstained",
            Self::Cancelled => "cancelled",
            Self::Conversed => "conversed",
        }
    }

    fn parse(name: Option<&str>) -> proto::Verdict {
        match name {
            Some("supported") => proto::Verdict::Supported,
            Some("trimmed") => proto::Verdict::Trimmed,
            Some("abstained") => proto::Verdict::Abstained,
            Some("cancelled") => proto::Verdict::Cancelled,
            Some("conversed") => proto::Verdict::Conversed,
            _ => proto::Verdict::Unspecified,
        }
    }
}

/// A statement of an answer, and why it was left out, if it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Checked {
    pub(crate) statement: String,
    pub(crate) refused: Option<Reason>,
}

/// A turn before, as the next one sees it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Exchange {
    /// The question as it was asked.
    pub(crate) question: String,
    /// The question that was searched with.
    pub(crate) standalone: String,
    pub(crate) answer: String,
    /// What the answer rests on.
    pub(crate) passages: Vec<proto::FoundPassage>,
}

/// A question that was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) id: Uuid,
    pub(crate) space: Space,
    pub(crate) conversation: String,
    pub(crate) asker: String,
    pub(crate) question: String,
}

/// What was found when a turn was opened.
#[derive(Debug)]
pub(crate) enum Opened {
    /// It is this caller's to answer.
    Mine(Lease),
    /// Somebody answers it now.
    Busy,
    /// It was answered.
    Done(Box<Answered>),
    /// Its id belongs to another question.
    Foreign,
}

/// An answered turn.
#[derive(Debug, Clone)]
pub(crate) struct Answered {
    pub(crate) standalone: String,
    pub(crate) passages: Vec<proto::FoundPassage>,
    pub(crate) done: proto::Done,
    /// Every statement with what became of it; empty for an answer that is replayed.
    pub(crate) checked: Vec<Checked>,
    /// Name and version of the prompt; empty where no model wrote.
    pub(crate) prompt: &'static str,
}

struct TurnRow {
    space: String,
    question: String,
    standalone: String,
    state: String,
    answer: String,
    verdict: Option<String>,
    passages: Json<Vec<proto::FoundPassage>>,
    citations: Json<Vec<proto::Citation>>,
    model: String,
    prompt_tokens: i32,
    completion_tokens: i32,
    timings: Json<proto::Timings>,
    erased: bool,
}

impl TurnRow {
    /// What was answered, as it is said to whoever asks the same turn again.
    fn into_answered(self, turn: Uuid) -> Answered {
        let done = proto::Done {
            turn_id: turn.to_string(),
            text: if self.erased {
                Phrases::for_text(&self.question).say("erased").to_owned()
            } else {
                self.answer
            },
            verdict: Verdict::parse(self.verdict.as_deref()).into(),
            citations: self.citations.0,
            model: self.model,
            prompt_tokens: u32::try_from(self.prompt_tokens).unwrap_or(0),
            completion_tokens: u32::try_from(self.completion_tokens).unwrap_or(0),
            timings: Some(self.timings.0),
        };
        Answered {
            standalone: self.standalone,
            passages: self.passages.0,
            done,
            checked: Vec::new(),
            prompt: "",
        }
    }
}

/// The tables.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    pool: PgPool,
}

impl Store {
    pub(crate) fn new(pool: PgPool) -> Self {
        Self { pool }
    }

    /// Opens a turn, takes over one whose process died, or finds its answer. One that `resumes` is taken over from whoever
    /// answers it: the asker has no stream of that any more, and finds out that it is lost by itself.
    pub(crate) async fn open(&self, asked: &Asked, resumes: bool) -> Result<Opened, sqlx::Error> {
        let lease = Lease::new(asked.id);
        // One statement, so that of two askers at the same moment one gets the lease and the other sees the row.
        let mine = sqlx::query!(
            "INSERT INTO generation.turns (id, space, conversation, asker, question, state, lease_owner, lease_until)
             VALUES ($1, $2, $3, $4, $5, 'open', $6, now() + make_interval(secs => $7))
             ON CONFLICT (id) DO UPDATE SET lease_owner = EXCLUDED.lease_owner, lease_until = EXCLUDED.lease_until,
                     cancel_requested = false
                 WHERE turns.state = 'open' AND (turns.lease_until < now() OR $8) AND turns.space = EXCLUDED.space
                     AND turns.question = EXCLUDED.question",
            asked.id,
            asked.space.as_str(),
            asked.conversation,
            asked.asker,
            asked.question,
            lease.owner(),
            LEASE_SECONDS,
            resumes
        )
        .execute(&self.pool)
        .await?;
        if mine.rows_affected() == 1 {
            return Ok(Opened::Mine(lease));
        }
        let row = sqlx::query_as!(
            TurnRow,
            "SELECT space, question, standalone, state, answer, verdict,
                 passages AS \"passages: Json<Vec<proto::FoundPassage>>\",
                 citations AS \"citations: Json<Vec<proto::Citation>>\", model, prompt_tokens, completion_tokens,
                 timings AS \"timings: Json<proto::Timings>\", erased
             FROM generation.turns WHERE id = $1",
            asked.id
        )
        .fetch_optional(&self.pool)
        .await?;
        // It was removed between the two statements; who asks again makes it anew.
        let Some(row) = row else {
            return Ok(Opened::Busy);
        };
        // An id that is used twice would give one person another's answer.
        if row.space != asked.space.as_str() || row.question != asked.question {
            return Ok(Opened::Foreign);
        }
        if row.state == "open" {
            return Ok(Opened::Busy);
        }
        Ok(Opened::Done(Box::new(row.into_answered(asked.id))))
    }

    /// Asks whoever answers a turn to stop. `false`: nobody does.
    pub(crate) async fn request_cancel(
        &self,
        space: &Space,
        turn: Uuid,
    ) -> Result<bool, sqlx::Error> {
        let changed = sqlx::query!(
            "UPDATE generation.turns SET cancel_requested = true
             WHERE id = $1 AND space = $2 AND state = 'open' AND lease_until > now()",
            turn,
            space.as_str()
        )
        .execute(&self.pool)
        .await?;
        Ok(changed.rows_affected() == 1)
    }

    /// The turns before in a conversation, oldest first.
    pub(crate) async fn before(
        &self,
        asked: &Asked,
        most: i64,
    ) -> Result<Vec<Exchange>, sqlx::Error> {
        // Without a name every asker would share one conversation.
        if asked.conversation.is_empty() {
            return Ok(Vec::new());
        }
        let rows = sqlx::query!(
            "SELECT question, CASE WHEN standalone = '' THEN question ELSE standalone END AS \"standalone!\", answer,
                 passages AS \"passages: Json<Vec<proto::FoundPassage>>\"
             FROM generation.turns
             WHERE space = $1 AND conversation = $2 AND id <> $3 AND state = 'done' AND NOT forgotten AND NOT erased
             ORDER BY created_at DESC LIMIT $4",
            asked.space.as_str(),
            asked.conversation,
            asked.id,
            most
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows
            .into_iter()
            // The query gives the newest first, so that its limit keeps those.
            .rev()
            .map(|row| Exchange {
                question: row.question,
                standalone: row.standalone,
                answer: row.answer,
                passages: row.passages.0,
            })
            .collect())
    }

    /// Turns of a conversation since its last reset.
    pub(crate) async fn conversation(
        &self,
        space: &Space,
        conversation: &str,
    ) -> Result<Vec<proto::Turn>, sqlx::Error> {
        let rows = sqlx::query!(
            "SELECT id, question, answer, verdict, citations AS \"citations: Json<Vec<proto::Citation>>\", created_at,
                 erased
             FROM generation.turns
             WHERE space = $1 AND conversation = $2 AND NOT forgotten ORDER BY created_at LIMIT 1000",
            space.as_str(),
            conversation
        )
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|row| turn!(row)).collect())
    }

    /// A turn of a space.
    pub(crate) async fn turn(
        &self,
        space: &Space,
        id: Uuid,
    ) -> Result<Option<proto::Turn>, sqlx::Error> {
        let row = sqlx::query!(
            "SELECT id, question, answer, verdict, citations AS \"citations: Json<Vec<proto::Citation>>\", created_at,
                 erased
             FROM generation.turns WHERE space = $1 AND id = $2",
            space.as_str(),
            id
        )
        .fetch_optional(&self.pool)
        .await?;
        Ok(row.map(|row| turn!(row)))
    }

    /// Leaves a conversation's turns out from now on. Returns how many there were.
    pub(crate) async fn reset(
        &self,
        space: &Space,
        conversation: &str,
    ) -> Result<u64, sqlx::Error> {
        let changed = sqlx::query!(
            "UPDATE generation.turns SET forgotten = true WHERE space = $1 AND conversation = $2 AND NOT forgotten",
            space.as_str(),
            conversation
        )
        .execute(&self.pool)
        .await?;
        Ok(changed.rows_affected())
    }
}
