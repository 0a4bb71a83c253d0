//! What `stoa eval` takes for many questions.

use std::{collections::HashSet, thread::available_parallelism, time::Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use stoa_tests::{Stoa, write};

use crate::{
    corpus::Corpus,
    report::{Goal, Report},
    searching::SPACE,
};

const QUESTIONS: usize = 500;
/// Words of a question.
const WORDS: usize = 12;

/// Puts questions to the texts that were taught, from the program's start to its figures.
pub(crate) fn measure(stoa: &Stoa<'_>, corpus: &Corpus, report: &mut Report) -> Result<()> {
    let questions = questions(corpus);
    ensure!(questions.len() == QUESTIONS, "too few texts to ask about");
    let folder = tempfile::tempdir()?;
    let file = write(folder.path(), "questions.jsonl", questions.join("\n"));
    let began = Instant::now();
    let output = stoa.run(&["eval", &file, "--space", SPACE, "--search-only", "--json"]);
    let took = began.elapsed().as_secs_f64();
    ensure!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let run: Value = serde_json::from_slice(&output.stdout).context("a result")?;
    let asked = run["figures"]["mrr"]["n"].as_u64();
    ensure!(asked == Some(QUESTIONS as u64), "{asked:?} were measured");
    let recall = run["figures"]["recall@10"]["value"].as_f64();
    let cores = available_parallelism()?;
    report.add(
        "500 questions of retrieval by `stoa eval`",
        took,
        "s",
        Goal::AtMost(20.0),
        format!(
            "no two alike, over {}, their embedding included, on {cores} cores; recall@10 {:.3}",
            corpus.name,
            recall.unwrap_or(f64::NAN)
        ),
    );
    Ok(())
}

/// Words of the texts in a row, of which it is known where they stand. No two are the same, since the vector of a question
/// is kept for a while.
fn questions(corpus: &Corpus) -> Vec<String> {
    let mut asked = HashSet::new();
    let mut questions = Vec::with_capacity(QUESTIONS);
    let texts: Vec<(&str, Vec<&str>)> = corpus
        .texts
        .iter()
        .map(|text| (text.id.as_str(), text.text.split_whitespace().collect()))
        .collect();
    let longest = texts.iter().map(|(_, words)| words.len()).max();
    for from in (0..longest.unwrap_or(0)).step_by(WORDS) {
        for (id, words) in &texts {
            let Some(words) = words.get(from..from + WORDS) else {
                continue;
            };
            let question = words.join(" ");
            if questions.len() < QUESTIONS && asked.insert(question.clone()) {
                let document = format!("{id}.txt");
                questions.push(json!({"question": question, "document": document}).to_string());
            }
        }
    }
    questions
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn what_the_project_ships_is_enough_to_ask_about() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let corpus = Corpus::shipped(&root).expect("is in the project");
        let questions = questions(&corpus);
        assert_eq!(questions.len(), QUESTIONS);
        let distinct: HashSet<&String> = questions.iter().collect();
        assert_eq!(distinct.len(), QUESTIONS);
    }
}
