//! What the embedding model's cosines mean, measured.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader},
    path::Path,
    process::ExitCode,
};

use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use stoa_eval::names_document;
use stoa_kit::Space;
use stoa_proto::{
    Scale,
    embedding::GetModelRequest,
    retrieval::{Passage, SearchMode, SearchRequest},
};

use super::{
    Connection,
    output::{FAINT, STRONG, print_json, say},
};
use crate::args::Output;

/// Passages to look at for a question: those that answer, and as many that do not.
const PASSAGES: u32 = 100;
/// Most questions of a file, and its most bytes.
const MOST: usize = 10_000;
const MAX_FILE: u64 = 16 << 20;
/// Share of what answers that lies below `paraphrase`.
const PARAPHRASE: f32 = 0.9;
/// Share of the questions with an answer that the floor may cost.
const LOST: f32 = 0.01;
/// The floor keeps this share of the distance to the lowest answer, for the questions that were not measured.
const MARGIN: f32 = 0.8;

/// A question whose answer is known.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    question: String,
    /// The document that answers, by its name or the end of it; none does when it is not given.
    document: Option<String>,
    page: Option<u32>,
}

/// What one question found.
struct Measured {
    answerable: bool,
    /// Cosine of the nearest passage that answers.
    right: Option<f32>,
    /// Cosines of passages that do not answer.
    others: Vec<f32>,
    /// Cosine and coverage of the passages that answer, or of all where none does.
    found: Vec<(f32, f32)>,
}

#[derive(Debug, Serialize)]
struct Calibration {
    model: String,
    questions: usize,
    answerable: usize,
    /// Questions whose passage is not among the nearest.
    not_found: usize,
    unrelated: f32,
    paraphrase: f32,
    floor: f32,
    /// Share of the questions without an answer that the floor ends.
    ended: f32,
}

impl Question {
    fn is_answered_by(&self, passage: &Passage) -> bool {
        let names = |document: &str| names_document(document, &passage.document, &passage.title);
        self.document.as_deref().is_some_and(names)
            && self.page.is_none_or(|page| page == passage.page)
    }
}

pub(super) async fn run(
    connection: &Connection,
    space: &Space,
    file: &Path,
    write: Option<&Path>,
    output: &Output,
) -> Result<ExitCode> {
    let questions = read(file)?;
    let model = connection
        .embedding()
        .get_model(GetModelRequest {})
        .await
        .map_err(|status| connection.explain(&status))?;
    let mut measured = Vec::with_capacity(questions.len());
    for question in &questions {
        measured.push(measure(connection, space, question).await?);
    }
    let calibration = calibrate(model.into_inner().model, &measured)?;
    if let Some(description) = write {
        put(description, &calibration)?;
    }
    if output.json {
        print_json(&calibration)?;
    } else {
        show(&calibration, write);
    }
    Ok(ExitCode::SUCCESS)
}

fn read(file: &Path) -> Result<Vec<Question>> {
    let name = file.display();
    let unreadable = || format!("cannot read {name}");
    let opened = File::open(file).with_context(unreadable)?;
    let bytes = opened.metadata().with_context(unreadable)?.len();
    ensure!(
        bytes <= MAX_FILE,
        "{name} has {bytes} bytes, and at most {MAX_FILE} are read"
    );
    let mut questions = Vec::new();
    for (line, n) in BufReader::new(opened).lines().zip(1..) {
        let line = line.with_context(|| format!("cannot read {name}, line {n}"))?;
        if line.trim().is_empty() {
            continue;
        }
        ensure!(
            questions.len() < MOST,
            "{name} has more than {MOST} questions"
        );
        let question = serde_json::from_str(&line).with_context(|| {
            format!("{name}, line {n} is not a question: see `stoa calibrate --help`")
        })?;
        questions.push(question);
    }
    ensure!(!questions.is_empty(), "{name} has no questions");
    Ok(questions)
}

async fn measure(connection: &Connection, space: &Space, question: &Question) -> Result<Measured> {
    let (mut right, mut others, mut found) = (None::<f32>, Vec::new(), Vec::new());
    // Cosines of what does not answer are taken from the search by meaning alone: words would bring in passages that
    // are far.
    for mode in [SearchMode::Dense, SearchMode::Hybrid] {
        let request = SearchRequest {
            space: space.to_string(),
            query: question.question.clone(),
            limit: PASSAGES,
            mode: mode.into(),
            ..SearchRequest::default()
        };
        let response = connection.retrieval().search(request).await;
        let passages = response
            .map_err(|status| connection.explain(&status))?
            .into_inner()
            .passages;
        for passage in passages {
            let answers = question.is_answered_by(&passage);
            if answers || question.document.is_none() {
                found.push((passage.similarity, passage.coverage));
            }
            match (answers, mode) {
                (true, _) => right = Some(right.unwrap_or(f32::MIN).max(passage.similarity)),
                (false, SearchMode::Dense) => others.push(passage.similarity),
                (false, _) => {}
            }
        }
    }
    Ok(Measured {
        answerable: question.document.is_some(),
        right,
        others,
        found,
    })
}

fn calibrate(model: String, measured: &[Measured]) -> Result<Calibration> {
    let answerable: Vec<&Measured> = measured.iter().filter(|m| m.answerable).collect();
    let right: Vec<f32> = answerable.iter().filter_map(|m| m.right).collect();
    let others: Vec<f32> = measured
        .iter()
        .flat_map(|m| m.others.iter().copied())
        .collect();
    let not_found = answerable.len() - right.len();
    // The middle of what does not answer, as most of it is far from any question.
    let (Some(unrelated), Some(paraphrase)) = (quantile(others, 0.5), quantile(right, PARAPHRASE))
    else {
        bail!(
            "no question finds the passage that answers it, or nothing else is in the space: teach the documents of the \
             questions first, and name them as `stoa documents` does"
        );
    };
    ensure!(
        unrelated < paraphrase,
        "passages that answer are no nearer ({paraphrase:.3}) than others ({unrelated:.3}): this model, or these \
         questions, cannot be used"
    );
    let scale = Scale {
        unrelated,
        paraphrase,
    };
    let best = |measured: &Measured| {
        let scores = measured
            .found
            .iter()
            .map(|(cosine, coverage)| scale.score(*cosine, *coverage));
        scores.reduce(f32::max)
    };
    let answers: Vec<f32> = answerable.iter().filter_map(|m| best(m)).collect();
    // Not the lowest: one mislabelled question would make a floor that ends nothing.
    let floor = quantile(answers, LOST).unwrap_or_default() * MARGIN;
    let unanswerable: Vec<f32> = measured
        .iter()
        .filter(|m| !m.answerable)
        .filter_map(best)
        .collect();
    let ended = unanswerable.iter().filter(|score| **score < floor).count();
    Ok(Calibration {
        model,
        questions: measured.len(),
        answerable: answerable.len(),
        not_found,
        unrelated,
        paraphrase,
        floor,
        ended: ended as f32 / unanswerable.len().max(1) as f32,
    })
}

/// The value that a share of the values lies below; none of no values.
fn quantile(mut values: Vec<f32>, share: f32) -> Option<f32> {
    values.sort_by(f32::total_cmp);
    let at = (values.len().saturating_sub(1) as f32 * share).round() as usize;
    values.get(at).copied()
}

/// Puts the result into a model's description and leaves the rest of it as it is.
fn put(file: &Path, calibration: &Calibration) -> Result<()> {
    let name = file.display();
    let bytes = fs::read(file).with_context(|| format!("cannot read {name}"))?;
    let mut description: Map<String, Value> = serde_json::from_slice(&bytes)
        .with_context(|| format!("{name} is no description of a model"))?;
    for (key, value) in values(calibration) {
        description.insert(key.to_owned(), rounded(value).into());
    }
    let text = serde_json::to_string_pretty(&description)?;
    fs::write(file, text + "\n").with_context(|| format!("cannot write {name}"))
}

fn values(calibration: &Calibration) -> [(&'static str, f32); 3] {
    [
        ("unrelated", calibration.unrelated),
        ("paraphrase", calibration.paraphrase),
        ("floor", calibration.floor),
    ]
}

fn rounded(value: f32) -> f64 {
    // More digits than three would only repeat the chance in the questions.
    (f64::from(value) * 1e3).round() / 1e3
}

fn show(calibration: &Calibration, written: Option<&Path>) {
    let Calibration {
        model,
        questions,
        answerable,
        not_found,
        ended,
        ..
    } = calibration;
    say!(
        "{STRONG}{model}{STRONG:#} {FAINT}{questions} questions, {answerable} with an answer{FAINT:#}"
    );
    if *not_found > 0 {
        say!("{not_found} of them do not find their passage: check the names of their documents");
    }
    for (key, value) in values(calibration) {
        let meaning = match key {
            "unrelated" => "cosine of passages that do not answer, half of them below",
            "paraphrase" => "cosine of passages that answer, nine of ten below",
            _ => "score that nearly all questions with an answer reach",
        };
        say!(
            "  {key:<10} {:>6.3}  {FAINT}{meaning}{FAINT:#}",
            rounded(value)
        );
    }
    say!(
        "{:.0} % of the questions without an answer end at the floor",
        ended * 100.0
    );
    match written {
        Some(file) => say!(
            "Written to {}: start the embedding service again",
            file.display()
        ),
        None => say!(
            "Put them under [embedding] in the configuration, or into the model's description with --write"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answerable(right: f32, others: &[f32]) -> Measured {
        Measured {
            answerable: true,
            right: Some(right),
            others: others.to_vec(),
            found: vec![(right, 0.5)],
        }
    }

    #[test]
    fn the_floor_lies_below_what_answers_and_above_what_does_not() {
        let mut measured: Vec<Measured> = (0..50u8)
            .map(|n| answerable(0.85 + f32::from(n) * 0.001, &[0.70, 0.72, 0.74]))
            .collect();
        measured.push(Measured {
            answerable: false,
            right: None,
            others: vec![0.71],
            found: vec![(0.71, 0.0)],
        });
        let found = calibrate("m".to_owned(), &measured).expect("calibrates");
        assert!((found.unrelated - 0.72).abs() < 1e-6);
        assert!((found.paraphrase - 0.894).abs() < 1e-3, "{found:?}");
        assert!(found.floor > 0.3 && found.floor < 0.7, "{found:?}");
        assert!((found.ended - 1.0).abs() < 1e-6);
        assert_eq!(
            (found.questions, found.answerable, found.not_found),
            (51, 50, 0)
        );
    }

    #[test]
    fn what_cannot_be_calibrated_says_so() {
        assert!(calibrate("m".to_owned(), &[answerable(0.5, &[])]).is_err());
        let backwards = [answerable(0.5, &[0.6, 0.7])];
        let error = calibrate("m".to_owned(), &backwards).expect_err("no nearer");
        assert!(error.to_string().contains("no nearer"), "{error}");
    }

    #[test]
    fn documents_are_named_by_the_end_of_their_path() {
        let question: Question =
            serde_json::from_str(r#"{"question": "q", "document": "a.md", "page": 2}"#)
                .expect("reads");
        let passage = |document: &str, page| Passage {
            document: document.to_owned(),
            page,
            ..Passage::default()
        };
        assert!(question.is_answered_by(&passage("docs/a.md", 2)));
        assert!(question.is_answered_by(&passage("a.md", 2)));
        assert!(!question.is_answered_by(&passage("ba.md", 2)));
        assert!(!question.is_answered_by(&passage("a.md", 3)));
    }

    #[test]
    fn the_description_keeps_what_else_it_says() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let file = folder.path().join("stoa.json");
        fs::write(&file, r#"{"dimensions": 384, "unrelated": 0.5}"#).expect("writes");
        let measured = [answerable(0.9, &[0.7])];
        put(
            &file,
            &calibrate("m".to_owned(), &measured).expect("calibrates"),
        )
        .expect("writes");
        let text = fs::read_to_string(&file).expect("reads");
        let description: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(description["dimensions"], 384);
        assert_eq!(description["unrelated"], 0.7);
        assert_eq!(description["paraphrase"], 0.9);
    }
}
