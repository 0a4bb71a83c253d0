//! Questions and passages to train an embedding model with.

use std::{path::Path, process::ExitCode};

use anyhow::{Result, bail};
use stoa_eval::triplets;
use stoa_kit::Space;
use stoa_proto::retrieval::SearchMode;

use super::{asking::Asker, files, with_places};
use crate::client::{
    Connection,
    output::{plural, print, say},
};

/// Passages among which negatives are looked for.
const PASSAGES: u32 = 100;

pub(super) async fn run(
    connection: &Connection,
    space: &Space,
    questions: &Path,
    negatives: usize,
    out: Option<&Path>,
) -> Result<ExitCode> {
    let set = files::questions(questions)?;
    let asker = Asker::new(connection.clone(), space.clone());
    let mut lines = String::new();
    let (mut pairs, mut left) = (0, 0);
    for question in with_places(&set.questions) {
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
            "no question of {} gives a pair: their answers must stand in a document of the space, with `document` and \
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
