//! The same questions asked in other ways: a ladder of the generations of language models, and each part left out.

use std::{collections::BTreeSet, sync::Arc};

use anyhow::Result;
use stoa_eval::{Asked, Question, Run};
use stoa_proto::{
    generation::{AnswerPart, ListPartsRequest},
    retrieval::{SearchMode, SearchPart},
};

use super::{asking::Asker, progress, ways::Way, word_vectors};
use crate::args::EvalRun;

/// What is asked, and what is not and why.
#[derive(Default)]
struct Plan {
    ways: Vec<(&'static str, Way)>,
    left_out: Vec<String>,
}

pub(super) async fn add(
    asker: &Asker,
    questions: &[Question],
    options: &EvalRun,
    run: &mut Run,
) -> Result<()> {
    let parts: BTreeSet<AnswerPart> = if options.search_only {
        // The generation service need not be there for searches alone.
        BTreeSet::new()
    } else {
        parts(asker).await?
    };
    if options.ladder {
        let plan = ladder(asker, questions, options, &parts).await?;
        let rungs = ask(asker, questions, options, plan.ways).await?;
        run.climb(rungs, "all together, as people are answered");
        run.left_out.extend(plan.left_out);
    }
    if options.ablate {
        let plan = ablation(questions, options, &parts);
        let without = ask(asker, questions, options, plan.ways).await?;
        run.ablate(&without);
        run.left_out.extend(plan.left_out);
    }
    Ok(())
}

/// Parts of answering that the server has.
async fn parts(asker: &Asker) -> Result<BTreeSet<AnswerPart>> {
    let connection = asker.connection();
    let answer = connection
        .generation()
        .list_parts(ListPartsRequest {})
        .await;
    let answer = answer.map_err(|status| connection.explain(&status))?;
    Ok(answer.into_inner().parts().collect())
}

async fn ask(
    asker: &Asker,
    questions: &[Question],
    options: &EvalRun,
    ways: Vec<(&'static str, Way)>,
) -> Result<Vec<Asked>> {
    let mut asked = Vec::with_capacity(ways.len());
    for (name, way) in ways {
        let bar = progress(questions.len(), options.target.output.json);
        bar.println(name);
        let (rows, _) = asker.ask_all(questions, &way, options, &bar).await?;
        bar.finish_and_clear();
        asked.push(Asked {
            name: name.to_owned(),
            rows,
        });
    }
    Ok(asked)
}

/// From the oldest generation to the newest. Only the last writes; the others answer with quotes, chosen by what they know.
async fn ladder(
    asker: &Asker,
    questions: &[Question],
    options: &EvalRun,
    parts: &BTreeSet<AnswerPart>,
) -> Result<Plan> {
    use AnswerPart::{Agreement, Entailment, Judge, Meaning, Model, Quotes, Words};
    let mut plan = Plan::default();
    // Without the embedding model anywhere, which that generation did not have.
    let by_words = Way::without(SearchMode::Keyword, &[Model, Meaning]);
    plan.ways
        .push(("statistical: words (BM25)", by_words.clone()));
    let connection = asker.connection();
    match word_vectors::read(connection, asker.space(), questions).await? {
        Some(vectors) => {
            let finder = Some(Arc::new(vectors));
            let by_vectors = Way { finder, ..by_words };
            plan.ways.push(("neural: a vector a word", by_vectors));
        }
        None => plan.left_out.push(format!(
            "neural: the space has more than {} passages",
            word_vectors::MOST
        )),
    }
    let encoder = Way::without(SearchMode::Dense, &[Model]);
    plan.ways.push(("pre-trained: encoder", encoder));
    if parts.contains(&Model) {
        // As a model was used before answers were checked: nothing refuses what it makes up.
        let unchecked = [Agreement, Entailment, Judge, Words, Quotes];
        let large = Way::without(SearchMode::Dense, &unchecked);
        plan.ways.push(("large: a model writes, unchecked", large));
    } else if options.search_only {
        plan.left_out
            .push("large: only searches were asked for".to_owned());
    } else {
        plan.left_out.push(
            "large: no language model writes here (generation.model is extractive)".to_owned(),
        );
    }
    Ok(plan)
}

fn ablation(questions: &[Question], options: &EvalRun, parts: &BTreeSet<AnswerPart>) -> Plan {
    let whole = Way::without(SearchMode::Hybrid, &[]);
    let search = |part| Way {
        unsearched: vec![part],
        ..whole.clone()
    };
    let mut ways = vec![
        ("without words", Way::without(SearchMode::Dense, &[])),
        ("without vectors", Way::without(SearchMode::Keyword, &[])),
        ("without feedback", search(SearchPart::Feedback)),
    ];
    // A passage is found by its own text: what completes it is read by who answers.
    if !options.search_only {
        ways.push(("without neighbours", search(SearchPart::Neighbours)));
    }
    let mut left_out = Vec::new();
    for part in parts {
        let go_on = questions.iter().any(|question| !question.before.is_empty());
        if *part == AnswerPart::Understanding && !go_on {
            left_out.push(
                "without understanding: no question goes on from another (`before`)".to_owned(),
            );
        } else if let Some(name) = named(*part) {
            ways.push((name, Way::without(SearchMode::Hybrid, &[*part])));
        }
    }
    Plan { ways, left_out }
}

fn named(part: AnswerPart) -> Option<&'static str> {
    Some(match part {
        AnswerPart::Unspecified => return None,
        AnswerPart::Understanding => "without understanding",
        AnswerPart::Model => "without the language model",
        AnswerPart::Quotes => "without quotes",
        AnswerPart::Meaning => "without meaning in quotes",
        AnswerPart::Agreement => "without what must agree",
        AnswerPart::Entailment => "without the entailment model",
        AnswerPart::Judge => "without the checking model",
        AnswerPart::Words => "without the check by words",
    })
}
