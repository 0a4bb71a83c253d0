//! What went wrong in the chats, one by one, on its way into a question set.

use std::{io, path::Path, process::ExitCode};

use anyhow::Result;
use stoa_eval::{Reason, Review, Source, propose};
use stoa_kit::Space;
use stoa_proto::generation::{ListFeedbackRequest, ListUnansweredRequest, Rating};

use super::{keeping::Keeping, walk::walk};
use crate::{args::Output, client::Connection};

/// Ratings and unanswered questions that are looked at, the newest.
const MOST_RATINGS: u32 = 200;
const MOST_UNANSWERED: u32 = 1_000;

pub(super) async fn run(
    connection: &Connection,
    space: &Space,
    file: &Path,
    output: &Output,
) -> Result<ExitCode> {
    let keeping = Keeping::of(file, space)?;
    let proposed = propose(sources(connection, space).await?, keeping.known());
    let mut review = Review::new(proposed);
    let mut input = io::stdin().lock();
    walk(&mut review, &mut input, |review| keeping.keep(review))?;
    let nothing =
        format!("Nothing new: no 👎 and no unanswered question in space {space} that is not known");
    keeping.report(&review, output.json, &nothing)?;
    Ok(ExitCode::SUCCESS)
}

async fn sources(connection: &Connection, space: &Space) -> Result<Vec<Source>> {
    let request = ListFeedbackRequest {
        space: space.to_string(),
        rating: Rating::Down.into(),
        page_size: MOST_RATINGS,
    };
    let rated = connection.generation().list_feedback(request).await;
    let rated = rated
        .map_err(|status| connection.explain(&status))?
        .into_inner();
    let request = ListUnansweredRequest {
        space: space.to_string(),
        page_size: MOST_UNANSWERED,
    };
    let unanswered = connection.generation().list_unanswered(request).await;
    let unanswered = unanswered
        .map_err(|status| connection.explain(&status))?
        .into_inner();
    let thumbs = rated.turns.into_iter().map(|rated| {
        let turn = rated.turn.unwrap_or_default();
        Source {
            turn: turn.id,
            question: turn.question,
            reason: Reason::ThumbsDown {
                why: rated.reason,
                answer: turn.answer,
            },
            cited: turn
                .citations
                .into_iter()
                .map(|citation| (citation.document, citation.page))
                .collect(),
        }
    });
    let unanswered = unanswered.questions.into_iter().map(|question| Source {
        turn: question.turn_id,
        question: question.question,
        reason: Reason::Unanswered,
        cited: Vec::new(),
    });
    Ok(thumbs.chain(unanswered).collect())
}
