//! One question, from its words to the answer.

mod again;
mod incoming;
mod persona;
mod searching;
mod writing;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use stoa_kit::{config, grpc, postgres};
use stoa_language::Reading;
use stoa_models::language::{LanguageModel, PromptStyle};
use stoa_proto::{
    generation::{
        AnswerPart, AnswerResponse, Done, Failed, FoundPassage, Passages, Started, Timings,
        answer_response,
    },
    retrieval::retrieval_service_client::RetrievalServiceClient,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::{
    EXTRACTIVE,
    check::{Checks, Ground},
    meaning::Meaning,
    parts::Otherwise,
    read::Source,
    store::{Answered, Asked, Exchange, Persona, Store, Verdict},
    understand::{self, Phrases, Talk},
    write::{self, Draft},
};
use writing::Written;

/// Closest pointers that an abstention names.
const POINTERS: usize = 3;
/// Turns before that a question may go on from.
const BEFORE: i64 = 6;
/// How long a question may take to be rewritten.
const REWRITE: Duration = Duration::from_secs(15);
/// Longest rewritten question, in bytes.
const MAX_REWRITTEN: usize = 2 << 10;
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
    meaning: Arc<Meaning>,
    models: Vec<Arc<dyn LanguageModel>>,
    checks: Checks,
}

/// A turn that is being answered.
struct Turn<'a> {
    asked: &'a Asked,
    reach: Reach,
    otherwise: Otherwise,
    events: &'a Events,
    cancel: &'a CancellationToken,
    before: Vec<Exchange>,
    began: Instant,
}

/// What is answered from.
struct Material<'a> {
    question: &'a str,
    persona: &'a Persona,
    passages: &'a [FoundPassage],
    sources: &'a [Source],
    floor: f32,
    rework: bool,
}

/// What a search found.
struct Found {
    passages: Vec<FoundPassage>,
    /// Score below which nothing is near enough to be read.
    floor: f32,
}

impl Answerer {
    pub(crate) fn new(
        settings: config::Generation,
        store: Store,
        retrieval: RetrievalServiceClient<grpc::Client>,
        meaning: Arc<Meaning>,
        models: Vec<Arc<dyn LanguageModel>>,
        checks: Checks,
    ) -> Self {
        Self {
            settings,
            store,
            retrieval,
            meaning,
            models,
            checks,
        }
    }

    /// Answers an open turn: sends its events but for the last, and returns what is to be stored.
    pub(crate) async fn answer(
        &self,
        asked: &Asked,
        (reach, otherwise): (Reach, Otherwise),
        events: &Events,
        cancel: &CancellationToken,
    ) -> Result<(Verdict, Answered), Unanswered> {
        let before = self.store.before(asked, BEFORE).await.map_err(database)?;
        let turn = Turn {
            asked,
            reach,
            otherwise,
            events,
            cancel,
            before,
            began: Instant::now(),
        };
        let as_question = turn.is_without(AnswerPart::Understanding);
        match understand::talk(&asked.question).filter(|_| !as_question) {
            Some(talk) if talk.is_about_last() => self.about_last(&turn, talk).await,
            Some(talk) => self.converse(&turn, talk).await,
            None => self.look_up(&turn).await,
        }
    }

    /// Answers what asks nothing of the documents.
    async fn converse(
        &self,
        turn: &Turn<'_>,
        talk: Talk,
    ) -> Result<(Verdict, Answered), Unanswered> {
        let phrases = Phrases::for_text(&turn.asked.question);
        let text = match talk {
            Talk::Thanks => phrases.say("thanks"),
            Talk::Farewell => phrases.say("farewell"),
            Talk::About => phrases.say("about"),
            _ => phrases.say("greeting"),
        };
        turn.tell(text.to_owned()).await
    }

    /// Does something with the last answer, from the sources that it rests on.
    async fn about_last(
        &self,
        turn: &Turn<'_>,
        talk: Talk,
    ) -> Result<(Verdict, Answered), Unanswered> {
        let phrases = Phrases::for_text(&turn.asked.question);
        let Some(last) = turn.before.last() else {
            return turn.tell(phrases.say("nothing").to_owned()).await;
        };
        let chats = self
            .models
            .iter()
            .any(|model| model.style() == PromptStyle::Chat);
        match talk {
            Talk::Recall => {
                let text = format!(
                    "{}\n\n{}",
                    phrases.say_with("asked", &last.question),
                    last.answer
                );
                turn.tell(without_marks(&text)).await
            }
            // Its document was forgotten, or it was talk: there is nothing to rework that could be checked.
            _ if last.passages.is_empty() => turn.tell(phrases.say("nothing").to_owned()).await,
            Talk::Translate | Talk::Longer | Talk::Simpler | Talk::Form if !chats => {
                turn.tell(phrases.say("needs_model").to_owned()).await
            }
            _ => {
                turn.start(&last.standalone).await?;
                // What was answered from was near enough then.
                let found = Found {
                    passages: last.passages.clone(),
                    floor: 0.0,
                };
                self.answer_with(turn, &last.standalone, found, chats, Timings::default())
                    .await
            }
        }
    }

    /// Answers from what the documents say.
    async fn look_up(&self, turn: &Turn<'_>) -> Result<(Verdict, Answered), Unanswered> {
        let standalone = self.standalone(turn).await;
        turn.start(&standalone).await?;
        let searched = Instant::now();
        let found = self.search(turn, &standalone).await?;
        let timings = Timings {
            retrieval_ms: millis(searched.elapsed()),
            ..Timings::default()
        };
        self.answer_with(turn, &standalone, found, false, timings)
            .await
    }

    async fn answer_with(
        &self,
        turn: &Turn<'_>,
        question: &str,
        Found { passages, floor }: Found,
        rework: bool,
        timings: Timings,
    ) -> Result<(Verdict, Answered), Unanswered> {
        let shown = Passages {
            passages: passages.clone(),
        };
        // Before anything is written: a frontend shows sources while the model still reads, and names the closest when
        // it abstains.
        send(turn.events, answer_response::Event::Passages(shown)).await?;
        let persona = self
            .store
            .persona(&turn.asked.space)
            .await
            .map_err(database)?;
        let sources: Vec<Source> = passages.iter().map(Source::of).collect();
        let material = Material {
            question,
            persona: &persona,
            passages: &passages,
            sources: &sources,
            floor,
            rework,
        };
        let reading = Reading::of(question);
        let ground = Ground {
            without: turn.otherwise.without,
            ..Ground::new(&sources, &reading)
        };
        let mut draft = Draft::new(ground, &passages, question, turn.events);
        let written = self.fill(turn, &material, ground, &mut draft).await?;
        let verdict = self
            .conclude(question, &passages, &written, &mut draft)
            .await?;
        let Draft {
            text,
            citations,
            checked,
            ..
        } = draft;
        let prompt = written.prompt;
        let done = Done {
            text,
            citations,
            ..turn.done(written, timings)
        };
        let answered = Answered {
            standalone: question.to_owned(),
            passages,
            done,
            checked,
            prompt,
        };
        Ok((verdict, answered))
    }

    /// The verdict on a finished draft. Where nothing of it is left, the abstention is told.
    async fn conclude(
        &self,
        question: &str,
        passages: &[FoundPassage],
        written: &Written,
        draft: &mut Draft<'_>,
    ) -> Result<Verdict, Unanswered> {
        if written.cancelled {
            return Ok(Verdict::Cancelled);
        }
        if draft.text.is_empty() {
            let pointers = self.pointers(question, passages);
            let abstention = Phrases::for_text(question).abstention(&pointers);
            draft.tell(abstention).await?;
            return Ok(Verdict::Abstained);
        }
        let is_whole = draft.refused().next().is_none() && !written.failed;
        Ok(if is_whole {
            Verdict::Supported
        } else {
            Verdict::Trimmed
        })
    }

    /// The question as it is understood without the conversation.
    async fn standalone(&self, turn: &Turn<'_>) -> String {
        let question = &turn.asked.question;
        let last = turn.before.last();
        let Some(last) = last.filter(|_| !turn.is_without(AnswerPart::Understanding)) else {
            return question.clone();
        };
        let chat = self
            .models_of(turn)
            .iter()
            .find(|model| model.style() == PromptStyle::Chat);
        // Only a follow-up: a model asked to rewrite a whole question changes it now and then.
        if let Some(model) = chat.filter(|_| understand::is_follow_up(question)) {
            let (prompt, options) = write::rewrite(model.as_ref(), &turn.before, question);
            match tokio::time::timeout(REWRITE, model.complete(prompt, options)).await {
                // Models that were asked for a question answer it sometimes, in several lines.
                Ok(Ok(text)) if is_question(&text) => return text.trim().to_owned(),
                Ok(Err(error)) => tracing::warn!("the question was not rewritten: {error}"),
                _ => tracing::warn!("the question was not rewritten"),
            }
        }
        understand::standalone(question, Some(&last.standalone))
    }

    /// Where somebody might look who is not answered.
    fn pointers(&self, question: &str, passages: &[FoundPassage]) -> Vec<String> {
        let phrases = Phrases::for_text(question);
        let mut pointers: Vec<String> = Vec::new();
        for passage in passages
            .iter()
            .filter(|passage| passage.score >= self.settings.close_score)
        {
            let pointer =
                phrases.pointer(&passage.title, passage.page, passage.heading_path.last());
            if pointers.len() < POINTERS && !pointers.contains(&pointer) {
                pointers.push(pointer);
            }
        }
        pointers
    }
}

impl Turn<'_> {
    fn is_without(&self, part: AnswerPart) -> bool {
        self.otherwise.without.has(part)
    }

    /// What a model did for this turn, and how long it took. What it said is still to be added.
    fn done(&self, written: Written, searched: Timings) -> Done {
        // Quotes come all at once, so their first token is their end.
        let first = written.first_token.unwrap_or_else(|| self.began.elapsed());
        let timings = Timings {
            first_token_ms: millis(first),
            prompt_ms: written.prompt_ms,
            total_ms: millis(self.began.elapsed()),
            ..searched
        };
        Done {
            turn_id: self.asked.id.to_string(),
            // Set where it is stored, so that the row and what is sent are of one verdict.
            verdict: 0,
            model: written.model,
            prompt_tokens: u32::try_from(written.prompt_tokens).unwrap_or(u32::MAX),
            completion_tokens: u32::try_from(written.tokens).unwrap_or(u32::MAX),
            timings: Some(timings),
            ..Done::default()
        }
    }

    async fn start(&self, standalone: &str) -> Result<(), Unanswered> {
        let started = Started {
            turn_id: self.asked.id.to_string(),
            standalone_question: standalone.to_owned(),
            replayed: false,
        };
        send(self.events, answer_response::Event::Started(started)).await
    }

    /// Says something of Stoa's own and ends.
    async fn tell(&self, text: String) -> Result<(Verdict, Answered), Unanswered> {
        self.start(&self.asked.question).await?;
        let passages = Passages {
            passages: Vec::new(),
        };
        send(self.events, answer_response::Event::Passages(passages)).await?;
        let delta = stoa_proto::generation::Delta { text: text.clone() };
        send(self.events, answer_response::Event::Delta(delta)).await?;
        let total = millis(self.began.elapsed());
        let done = Done {
            turn_id: self.asked.id.to_string(),
            text,
            model: EXTRACTIVE.to_owned(),
            timings: Some(Timings {
                first_token_ms: total,
                total_ms: total,
                ..Timings::default()
            }),
            ..Done::default()
        };
        let answered = Answered {
            // What is talk leaves the topic as it was.
            standalone: self
                .before
                .last()
                .map_or_else(String::new, |last| last.standalone.clone()),
            passages: self
                .before
                .last()
                .map_or_else(Vec::new, |last| last.passages.clone()),
            done,
            checked: Vec::new(),
            prompt: "",
        };
        Ok((Verdict::Conversed, answered))
    }
}

/// A rewritten question is one line of reasonable length.
fn is_question(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.len() <= MAX_REWRITTEN && !text.contains('\n')
}

/// An answer without its citations: they belong to the sources of its own turn.
fn without_marks(text: &str) -> String {
    text.lines()
        .map(|line| crate::check::Statement::parse(line).text)
        .collect::<Vec<_>>()
        .join("\n")
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

pub(crate) async fn send(events: &Events, event: answer_response::Event) -> Result<(), Unanswered> {
    // A reader that has stopped reading must not hold the model that others wait for.
    let sent = events.send_timeout(Ok(AnswerResponse { event: Some(event) }), READER);
    sent.await.map_err(|_| Unanswered::Gone)
}

fn database(error: sqlx::Error) -> Unanswered {
    Unanswered::Failed(Failed {
        reason: postgres::failed(error).message().to_owned(),
        retryable: true,
    })
}
