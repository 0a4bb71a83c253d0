//! One question, from what was found to what is said.

use std::{
    cell::OnceCell,
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::StreamExt;
use stoa_kit::{Space, config, grpc};
use stoa_models::language::{Event, LanguageModel};
use stoa_proto::{
    generation::{
        AnswerResponse, Citation, Delta, Done, Drafting, Failed, FoundPassage, Passages, Started,
        Timings, answer_response,
    },
    retrieval::{Passage, SearchRequest, retrieval_service_client::RetrievalServiceClient},
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::{
    EXTRACTIVE, extractive, followup,
    language::Language,
    prompt::{self, Source},
    sentences::SentenceStream,
    store::{Answered, Asked, Store, Verdict},
    terms::Terms,
    verify::{Evidence, Statement, Support, ends_wide},
};

/// Closest pointers that an abstention names.
const POINTERS: usize = 3;
/// Score below which a passage is not even close.
const CLOSE: f32 = 0.2;
/// Sentences in a row that no passage carries, after which the model is taken to be lost.
const LOST: usize = 4;

/// How long a reader may leave its events unread.
const READER: Duration = Duration::from_secs(30);

/// Where events of an answer go. Closed when the asker has gone.
pub(crate) type Events = mpsc::Sender<Result<AnswerResponse, Status>>;

/// Where to look.
#[derive(Debug, Clone)]
pub(crate) struct Reach {
    pub(crate) collections: Vec<String>,
    pub(crate) access: Vec<String>,
}

/// Why a turn has no answer to store.
pub(crate) enum Unanswered {
    /// The asker has gone.
    Gone,
    /// It failed.
    Failed(Failed),
}

/// Answers questions.
pub(crate) struct Answerer {
    settings: config::Generation,
    store: Store,
    retrieval: RetrievalServiceClient<grpc::Client>,
    models: Vec<Arc<dyn LanguageModel>>,
}

/// The text of an answer as it grows, and what carries it.
struct Draft<'a> {
    sources: &'a [Source],
    /// Of each source, once there is a statement to check.
    evidence: OnceCell<Vec<Evidence>>,
    passages: &'a [FoundPassage],
    events: &'a Events,
    question: String,
    asked: Terms,
    text: String,
    said: HashSet<String>,
    citations: Vec<Citation>,
    refused: usize,
    refused_in_a_row: usize,
}

/// What a model did.
#[derive(Default)]
struct Written {
    prompt_tokens: usize,
    tokens: usize,
    first_token: Option<Duration>,
    prompt_ms: f64,
    failed: bool,
    cancelled: bool,
}

impl Answerer {
    pub(crate) fn new(
        settings: config::Generation,
        store: Store,
        retrieval: RetrievalServiceClient<grpc::Client>,
        models: Vec<Arc<dyn LanguageModel>>,
    ) -> Self {
        Self {
            settings,
            store,
            retrieval,
            models,
        }
    }

    /// Answers an open turn: sends its events but for the last, and returns what is to be stored.
    pub(crate) async fn answer(
        &self,
        asked: &Asked,
        reach: Reach,
        events: &Events,
        cancel: &CancellationToken,
    ) -> Result<(Verdict, Answered), Unanswered> {
        let began = Instant::now();
        let before = self
            .store
            .question_before(asked)
            .await
            .map_err(|error| database(&error))?;
        let standalone = followup::standalone(&asked.question, before.as_deref());
        let started = Started {
            turn_id: asked.id.to_string(),
            standalone_question: standalone.clone(),
            replayed: false,
        };
        send(events, answer_response::Event::Started(started)).await?;

        let searched = Instant::now();
        let persona = async {
            let persona = self.store.persona(&asked.space).await;
            persona.map_err(|error| database(&error))
        };
        let search = self.search(&asked.space, &standalone, reach);
        let (passages, persona) = tokio::try_join!(search, persona)?;
        let mut timings = Timings {
            retrieval_ms: millis(searched.elapsed()),
            ..Timings::default()
        };
        send(
            events,
            answer_response::Event::Passages(Passages {
                passages: passages.clone(),
            }),
        )
        .await?;

        let best = passages
            .iter()
            .map(|passage| passage.score)
            .fold(0.0, f32::max);
        let sources: Vec<Source> = passages.iter().map(Source::of).collect();
        let mut draft = Draft::new(&standalone, &passages, &sources, events);
        let mut written = Written::default();
        let mut model = EXTRACTIVE.to_owned();
        if best >= self.settings.min_score {
            for candidate in &self.models {
                written = self
                    .write(
                        candidate.as_ref(),
                        &persona,
                        &standalone,
                        &sources,
                        &mut draft,
                        began,
                        cancel,
                    )
                    .await?;
                model = candidate.name().to_owned();
                if written.cancelled || !draft.text.is_empty() {
                    break;
                }
            }
            if draft.text.is_empty() && !written.cancelled {
                EXTRACTIVE.clone_into(&mut model);
                draft
                    .quote(extractive::answer(&standalone, &sources))
                    .await?;
            }
        }
        let verdict = match (written.cancelled, draft.text.is_empty()) {
            (true, _) => Verdict::Cancelled,
            (false, true) => {
                draft.abstain().await?;
                Verdict::Abstained
            }
            (false, false) if draft.refused > 0 || written.failed => Verdict::Trimmed,
            (false, false) => Verdict::Supported,
        };
        timings.first_token_ms = millis(written.first_token.unwrap_or_else(|| began.elapsed()));
        timings.prompt_ms = written.prompt_ms;
        timings.total_ms = millis(began.elapsed());
        let Draft {
            text, citations, ..
        } = draft;
        let done = Done {
            turn_id: asked.id.to_string(),
            text,
            verdict: 0,
            citations,
            model,
            prompt_tokens: u32::try_from(written.prompt_tokens).unwrap_or(u32::MAX),
            completion_tokens: u32::try_from(written.tokens).unwrap_or(u32::MAX),
            timings: Some(timings),
        };
        Ok((
            verdict,
            Answered {
                standalone,
                passages,
                done,
            },
        ))
    }

    async fn search(
        &self,
        space: &Space,
        question: &str,
        reach: Reach,
    ) -> Result<Vec<FoundPassage>, Unanswered> {
        let request = SearchRequest {
            space: space.to_string(),
            query: question.to_owned(),
            limit: u32::try_from(self.settings.passages).unwrap_or(8),
            collections: reach.collections,
            access: reach.access,
            mode: 0,
        };
        let response = self
            .retrieval
            .clone()
            .search(request)
            .await
            .map_err(|status| {
                let retryable = matches!(
                    status.code(),
                    tonic::Code::Unavailable
                        | tonic::Code::ResourceExhausted
                        | tonic::Code::DeadlineExceeded
                );
                let reason = format!("the search failed: {}", status.message());
                Unanswered::Failed(Failed { reason, retryable })
            })?;
        Ok(response
            .into_inner()
            .passages
            .into_iter()
            .map(found)
            .collect())
    }

    /// Lets a model write and keeps what its sources carry.
    #[expect(
        clippy::too_many_arguments,
        reason = "one call site; a struct would only rename them"
    )]
    async fn write(
        &self,
        model: &dyn LanguageModel,
        persona: &str,
        question: &str,
        sources: &[Source],
        draft: &mut Draft<'_>,
        began: Instant,
        cancel: &CancellationToken,
    ) -> Result<Written, Unanswered> {
        let mut written = Written::default();
        let Some(built) = prompt::build(
            model,
            persona,
            question,
            sources,
            self.settings.answer_tokens,
        ) else {
            tracing::warn!(
                model = model.name(),
                "not one source fits the model's context"
            );
            written.failed = true;
            return Ok(written);
        };
        let silence = Duration::from_secs(self.settings.silence_secs);
        let mut stream = model.write(built.prompt, built.options);
        // While the model reads, so that its first sentence does not wait for it.
        draft.evidence();
        let mut sentences = SentenceStream::default();
        loop {
            let event = tokio::select! {
                event = tokio::time::timeout(silence, stream.next()) => event,
                () = cancel.cancelled() => {
                    written.cancelled = true;
                    return Ok(written);
                }
                () = draft.events.closed() => return Err(Unanswered::Gone),
            };
            match event {
                Ok(Some(Ok(Event::PromptRead { tokens, millis }))) => {
                    written.prompt_tokens = tokens;
                    written.prompt_ms = millis;
                    written.first_token = Some(began.elapsed());
                    let drafting = Drafting {
                        model: model.name().to_owned(),
                    };
                    send(draft.events, answer_response::Event::Drafting(drafting)).await?;
                }
                Ok(Some(Ok(Event::Text(text)))) => {
                    written.first_token.get_or_insert_with(|| began.elapsed());
                    for sentence in sentences.push(&text) {
                        draft.take(&sentence, built.sources).await?;
                    }
                    if draft.refused_in_a_row >= LOST {
                        break;
                    }
                }
                Ok(Some(Ok(Event::End {
                    prompt_tokens,
                    tokens,
                }))) => {
                    written.prompt_tokens = prompt_tokens.max(written.prompt_tokens);
                    written.tokens = tokens;
                    break;
                }
                Ok(Some(Err(error))) => {
                    tracing::warn!("{error}");
                    written.failed = true;
                    break;
                }
                Ok(None) | Err(_) => {
                    tracing::warn!(model = model.name(), ?silence, "the model fell silent");
                    written.failed = true;
                    break;
                }
            }
        }
        // The end of an answer that broke off is half a sentence.
        if !written.failed
            && let Some(rest) = sentences.finish()
        {
            draft.take(&rest, built.sources).await?;
        }
        Ok(written)
    }
}

impl<'a> Draft<'a> {
    fn new(
        question: &str,
        passages: &'a [FoundPassage],
        sources: &'a [Source],
        events: &'a Events,
    ) -> Self {
        Self {
            sources,
            evidence: OnceCell::new(),
            passages,
            events,
            question: normal(question),
            asked: Terms::of(question),
            text: String::new(),
            said: HashSet::new(),
            citations: Vec::new(),
            refused: 0,
            refused_in_a_row: 0,
        }
    }

    /// What the sources state, read once.
    fn evidence(&self) -> &[Evidence] {
        self.evidence
            .get_or_init(|| self.sources.iter().map(Evidence::new).collect())
    }

    /// Takes a sentence of the model if a source carries it: the one it cites, or, without a citation, the best.
    async fn take(&mut self, sentence: &str, sources: usize) -> Result<(), Unanswered> {
        let statement = Statement::parse(sentence);
        let key = normal(&statement.text);
        if key.is_empty() || key == self.question || !self.said.insert(key) {
            // Small models repeat themselves, which is not a statement more.
            self.refused_in_a_row += usize::from(!statement.text.is_empty());
            return Ok(());
        }
        let candidates: Vec<usize> = if statement.cited.is_empty() {
            (1..=sources).collect()
        } else {
            statement
                .cited
                .iter()
                .copied()
                .filter(|n| (1..=sources).contains(n))
                .collect()
        };
        let evidence = self.evidence();
        let carriers: Vec<(usize, Support)> = candidates
            .into_iter()
            .filter_map(|n| {
                let support = evidence[n - 1].carries(&statement.text, &self.asked)?;
                Some((n, support))
            })
            .collect();
        let all = !statement.cited.is_empty();
        let kept: Vec<(usize, Support)> = if all {
            carriers
        } else {
            carriers
                .into_iter()
                .reduce(|a, b| if b.1.score > a.1.score { b } else { a })
                .into_iter()
                .collect()
        };
        if kept.is_empty() {
            self.refused += 1;
            self.refused_in_a_row += 1;
            return Ok(());
        }
        self.refused_in_a_row = 0;
        self.say(&statement.text, kept).await
    }

    async fn quote(&mut self, quoted: Vec<extractive::Quoted>) -> Result<(), Unanswered> {
        for sentence in quoted {
            let support = Support {
                quote: sentence.quote.clone(),
                score: 1.0,
            };
            self.say(&sentence.text, vec![(sentence.n, support)])
                .await?;
        }
        Ok(())
    }

    /// Adds a sentence with its citations.
    async fn say(
        &mut self,
        sentence: &str,
        carriers: Vec<(usize, Support)>,
    ) -> Result<(), Unanswered> {
        let gap = if self.text.is_empty() || ends_wide(sentence) && self.text.ends_with(']') {
            ""
        } else {
            " "
        };
        let mut marks = String::new();
        for (n, support) in carriers {
            marks.push_str(&format!("[{n}]"));
            self.cite(n, support);
        }
        let before_marks = if ends_wide(sentence) { "" } else { " " };
        self.emit(format!("{gap}{sentence}{before_marks}{marks}"))
            .await
    }

    async fn abstain(&mut self) -> Result<(), Unanswered> {
        let language = Language::of(&self.question);
        let mut pointers: Vec<String> = Vec::new();
        for passage in self
            .passages
            .iter()
            .filter(|passage| passage.score >= CLOSE)
        {
            let pointer =
                language.pointer(&passage.title, passage.page, passage.heading_path.last());
            if pointers.len() < POINTERS && !pointers.contains(&pointer) {
                pointers.push(pointer);
            }
        }
        self.emit(language.abstention(&pointers)).await
    }

    async fn emit(&mut self, text: String) -> Result<(), Unanswered> {
        self.text.push_str(&text);
        send(self.events, answer_response::Event::Delta(Delta { text })).await
    }

    fn cite(&mut self, n: usize, support: Support) {
        let number = u32::try_from(n).unwrap_or(u32::MAX);
        if self.citations.iter().any(|citation| citation.n == number) {
            return;
        }
        let passage = &self.passages[n - 1];
        let citation = Citation {
            n: number,
            passage_id: passage.id.clone(),
            document: passage.document.clone(),
            title: passage.title.clone(),
            page: passage.page,
            quote: support.quote,
            score: support.score,
        };
        let at = self.citations.partition_point(|other| other.n < number);
        self.citations.insert(at, citation);
    }
}

/// A text without what does not tell two sentences apart.
fn normal(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn found(passage: Passage) -> FoundPassage {
    FoundPassage {
        id: passage.id,
        document: passage.document,
        title: passage.title,
        page: passage.page,
        heading_path: passage.heading_path,
        text: passage.text,
        score: passage.score,
    }
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

async fn send(events: &Events, event: answer_response::Event) -> Result<(), Unanswered> {
    // A reader that has stopped reading must not hold the model that others wait for.
    let sent = events.send_timeout(Ok(AnswerResponse { event: Some(event) }), READER);
    sent.await.map_err(|_| Unanswered::Gone)
}

fn database(error: &sqlx::Error) -> Unanswered {
    tracing::error!(%error, "the database failed");
    let reason = "the database does not answer: try again shortly".to_owned();
    Unanswered::Failed(Failed {
        reason,
        retryable: true,
    })
}
