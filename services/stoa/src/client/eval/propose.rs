//! Questions that a language model proposes of the documents.

use std::{io, path::Path, process::ExitCode};

use anyhow::{Context, Result, bail};
use futures::{StreamExt, stream};
use stoa_eval::{
    Excerpt, Found, PROPOSE, Proposal, Question, Reason, Review, Source, origin_of, pick,
};
use stoa_kit::{Config, Space};
use stoa_proto::{
    ingestion::Document,
    retrieval::{GetPassageRequest, Passage},
};
use stoa_retrieval::index::passage_id;
use tonic::Code;
use uuid::Uuid;

use super::{keeping::Keeping, model::Model, progress, walk::walk};
use crate::{
    args::Output,
    client::{
        Connection, documents,
        output::{FAINT, plural},
    },
};

/// Passages that are looked at for each question that is wanted: of some there is nothing to ask.
const TRIES: usize = 4;
/// Passages that are asked about at once.
const AT_ONCE: usize = 4;
/// Characters of a passage that there is something to ask of.
const SHORTEST: usize = 40;

/// What is wanted.
pub(super) struct Wanted<'a> {
    pub(super) space: &'a Space,
    pub(super) file: &'a Path,
    pub(super) count: usize,
    pub(super) seed: u64,
}

pub(super) async fn run(
    connection: &Connection,
    config: &Config,
    wanted: &Wanted<'_>,
    output: &Output,
) -> Result<ExitCode> {
    let mut keeping = Keeping::of(wanted.file, wanted.space)?;
    let mut proposed = keeping.proposals()?;
    // Those of the last time come first: they cost a call each, and nobody has looked at them.
    if proposed.len() < wanted.count {
        let Some(model) = Model::of(config).await? else {
            bail!(
                "no language model proposes questions: set eval.model, and eval.url where it is behind an endpoint of its \
                 own"
            );
        };
        let more = wanted.count - proposed.len();
        let asked = Asked {
            connection,
            model: &model,
            wanted,
        };
        let made = asked.make(more, &keeping, &proposed, output.json).await?;
        proposed.extend(made);
    }
    let mut review = Review::new(proposed);
    let mut input = io::stdin().lock();
    walk(&mut review, &mut input, |review| keeping.keep(review))?;
    let nothing = "Nothing to go through: the model found nothing to ask in what was drawn; --seed draws other passages";
    keeping.report(&review, output.json, nothing)?;
    Ok(ExitCode::SUCCESS)
}

/// Who is asked, and where the passages are.
struct Asked<'a> {
    connection: &'a Connection,
    model: &'a Model,
    wanted: &'a Wanted<'a>,
}

impl Asked<'_> {
    /// Draws passages and asks about them until there are as many questions as are wanted.
    async fn make(
        &self,
        count: usize,
        keeping: &Keeping,
        proposed: &[(Question, Source)],
        quiet: bool,
    ) -> Result<Vec<(Question, Source)>> {
        let documents = documents::all(self.connection, self.wanted.space).await?;
        let sizes: Vec<u32> = documents.iter().map(|document| document.passages).collect();
        if sizes.iter().sum::<u32>() == 0 {
            let space = self.wanted.space;
            bail!(
                "space {space} has no documents: teach it with `stoa learn PATH --space {space}`"
            );
        }
        let is_known = |passage: &String| {
            let origin = origin_of(passage, "");
            let proposed = proposed.iter().map(|(question, _)| &question.origin);
            let mut known = keeping.known().iter().chain(proposed);
            known.any(|known| known.starts_with(&origin))
        };
        // So many more, as that many of the drawn may be known.
        let most = TRIES * count + keeping.known().len() + proposed.len();
        let mut passages = Vec::new();
        for (document, ordinal) in pick(&sizes, most, self.wanted.seed) {
            let passage = id_of(&documents[document], ordinal)?;
            if !is_known(&passage) {
                passages.push(passage);
            }
        }
        let bar = progress(count, quiet);
        let mut asking = stream::iter(passages)
            .map(|passage| self.ask(passage))
            .buffered(AT_ONCE);
        let mut made: Vec<(Question, Source)> = Vec::new();
        let mut refused = Vec::new();
        while made.len() < count
            && let Some(answer) = asking.next().await
        {
            match answer? {
                Ok(None) => {}
                Ok(Some(proposal)) => {
                    let words = &proposal.0.question;
                    let is_new = |(other, _): &(Question, Source)| other.question != *words;
                    if !keeping.known().contains(words) && made.iter().chain(proposed).all(is_new) {
                        // At once: whoever stops in the middle keeps what was paid for.
                        keeping.propose(&proposal)?;
                        made.push(proposal);
                        bar.inc(1);
                    }
                }
                Err(reason) => refused.push(reason),
            }
        }
        bar.finish_and_clear();
        if let Some(reason) = refused.first() {
            let passages = plural(refused.len() as u64, "passage");
            anstream::eprintln!("{FAINT}{passages} gave no valid question: {reason}{FAINT:#}");
        }
        Ok(made)
    }

    /// Asks about one passage: a proposal, nothing where there is nothing to ask, or why what was written is not valid.
    async fn ask(&self, id: String) -> Result<Result<Option<(Question, Source)>, String>> {
        let Some(passage) = self.read(id).await? else {
            return Ok(Ok(None));
        };
        if passage.text.chars().count() < SHORTEST {
            return Ok(Ok(None));
        }
        let excerpt = Excerpt {
            document: &passage.title,
            headings: &passage.heading_path,
            passage: &passage.text,
        };
        let message = serde_json::to_string(&excerpt)?;
        let found = Found {
            id: passage.id.clone(),
            document: passage.document.clone(),
            title: passage.title.clone(),
            page: passage.page,
            text: passage.text.clone(),
            score: 0.0,
        };
        let model = self.model.name();
        let origin = origin_of(&passage.id, model);
        let read = |written: Proposal| written.of(&found, origin.clone());
        let asked = self.model.ask(&PROPOSE, &message, read).await;
        Ok(asked.map(|question| {
            let source = |question: &Question| Source {
                turn: passage.id.clone(),
                question: question.question.clone(),
                reason: Reason::Proposed {
                    model: model.to_owned(),
                    passage: passage.text.clone(),
                },
                cited: vec![(passage.document.clone(), passage.page)],
            };
            question.map(|question| {
                let source = source(&question);
                (question, source)
            })
        }))
    }

    /// A passage that everybody in the space may read; nothing of another one.
    async fn read(&self, id: String) -> Result<Option<Passage>> {
        let request = GetPassageRequest {
            space: self.wanted.space.to_string(),
            id,
            neighbours: 0,
            access: Vec::new(),
        };
        match self.connection.retrieval().get_passage(request).await {
            Ok(found) => Ok(found.into_inner().passage),
            Err(status) if status.code() == Code::NotFound => Ok(None),
            Err(status) => Err(self.connection.explain(&status)),
        }
    }
}

fn id_of(document: &Document, ordinal: u32) -> Result<String> {
    let id: Uuid = document.id.parse().context("the id of a document")?;
    Ok(passage_id(id, document.version, ordinal).to_string())
}
