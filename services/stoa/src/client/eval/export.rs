//! Questions and passages to train an embedding model with.

use std::{path::Path, process::ExitCode};

use anyhow::{Result, bail};
use stoa_eval::{Evidence, Question, triplets};
use stoa_kit::Space;
use stoa_proto::{
    generation::{Citation, ListFeedbackRequest, Rating, Turn},
    retrieval::SearchMode,
};

use super::{asking::Asker, files, with_places};
use crate::client::{
    Connection,
    output::{plural, print, say},
};

/// Passages among which negatives are looked for.
const PASSAGES: u32 = 100;
/// Thumbs that are looked at, the newest.
const MOST_THUMBS: u32 = 200;

pub(super) async fn run(
    connection: &Connection,
    space: &Space,
    questions: &Path,
    negatives: usize,
    out: Option<&Path>,
) -> Result<ExitCode> {
    let set = files::questions(questions)?;
    files::belongs(&set, space, questions)?;
    let mut confirmed = set.questions;
    for liked in liked(connection, space).await? {
        // The set goes first: somebody looked at it, where a thumb may be a slip.
        if !confirmed.iter().any(|own| own.question == liked.question) {
            confirmed.push(liked);
        }
    }
    let asker = Asker::new(connection.clone(), space.clone());
    let mut lines = String::new();
    let (mut pairs, mut left) = (0, 0);
    for question in with_places(&confirmed) {
        let found = asker
            .search(&question.question, SearchMode::Hybrid, PASSAGES)
            .await?;
        let made = triplets(question, &found, negatives);
        left += u64::from(made.is_empty());
        for triplet in made {
            lines += &serde_json::to_string(&triplet)?;
            lines.push('\n');
            pairs += 1;
        }
    }
    if pairs == 0 {
        bail!(
            "no question of {}, and none with a thumb up, gives a pair: their answers must stand in a document of the space, with `document` and \
             best with `passage`, and the space must have other documents",
            questions.display()
        );
    }
    let Some(out) = out else {
        print(format_args!("{lines}"));
        return Ok(ExitCode::SUCCESS);
    };
    files::write(out, &lines)?;
    say!("{} in {}", plural(pairs, "triplet"), out.display());
    if left > 0 {
        say!("{} gave none", plural(left, "question"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Questions of the space's chats whose answer got a thumb up: what it cites answers them.
async fn liked(connection: &Connection, space: &Space) -> Result<Vec<Question>> {
    let request = ListFeedbackRequest {
        space: space.to_string(),
        rating: Rating::Up.into(),
        page_size: MOST_THUMBS,
    };
    let listed = connection.generation().list_feedback(request).await;
    let rated = listed
        .map_err(|status| connection.explain(&status))?
        .into_inner()
        .turns;
    let turns = rated.into_iter().filter_map(|rated| rated.turn);
    Ok(turns.map(confirmed).collect())
}

fn confirmed(turn: Turn) -> Question {
    Question {
        evidence: turn.citations.iter().filter_map(place).collect(),
        origin: format!("feedback:{}", turn.id),
        ..Question::new(&turn.question)
    }
}

/// Where cited words stand. Of a quote with dots in it the longest part is one that stands there.
fn place(citation: &Citation) -> Option<Evidence> {
    let parts = citation.quote.split(['…', '\n']).map(str::trim);
    let longest = parts.max_by_key(|part| part.len())?;
    (!longest.is_empty()).then(|| Evidence {
        document: citation.document.clone(),
        page: (citation.page > 0).then_some(citation.page),
        passage: Some(longest.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_answer_cites_is_where_its_question_is_answered() {
        let citation = |quote: &str, page| Citation {
            document: "a.md".to_owned(),
            quote: quote.to_owned(),
            page,
            ..Citation::default()
        };
        let turn = Turn {
            id: "1".to_owned(),
            question: "How long?".to_owned(),
            citations: vec![citation("Days … 27 days of vacation", 0), citation("", 2)],
            ..Turn::default()
        };
        let question = confirmed(turn);
        let [place] = &question.evidence[..] else {
            panic!("one place: {question:?}");
        };
        assert_eq!(place.passage.as_deref(), Some("27 days of vacation"));
        assert_eq!((place.page, question.origin.as_str()), (None, "feedback:1"));
        assert!(question.check().is_ok());
    }
}
