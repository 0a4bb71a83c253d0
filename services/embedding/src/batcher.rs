//! Many callers, one model: texts that wait are computed together, alike in length, questions first.

mod halving;

use std::{
    cmp::Reverse,
    collections::VecDeque,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use futures::{StreamExt, stream::FuturesUnordered};
use stoa_kit::{
    Shutdown,
    metrics::{self, metrics},
};
use stoa_models::embedding::{EmbedError, Embedder, Input, InputKind, Remedy};
use stoa_proto::embedding::embedding_service_server::SERVICE_NAME;
use thiserror::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

use self::halving::BatchSize;

/// How many times as long as the oldest text of its batch, or as short, a text may be where the model runs in process:
/// the shorter ones are padded, and what is padded is computed.
const ALIKE: usize = 2;
/// Characters of a refused text that tell which one it is.
const BEGINNING: usize = 40;

/// A request could not be answered.
#[derive(Debug, Error)]
pub(crate) enum BatchError {
    /// Too many texts wait.
    #[error("{waiting} texts are waiting for the embedding model already: try again shortly")]
    Full {
        /// How many.
        waiting: usize,
    },
    /// The process is stopping.
    #[error("the embedding service is stopping")]
    Stopping,
    /// The endpoint refused a text by itself.
    #[error(
        "the text that begins with “{beginning}” was refused by itself: {error}. If it is too long, ingestion.passage_tokens sets how long passages are, and embedding.max_tokens how much the model reads"
    )]
    Refused {
        /// How the text begins.
        beginning: String,
        /// Why it was refused.
        #[source]
        error: EmbedError,
    },
    /// The model failed.
    #[error(transparent)]
    Model(#[from] EmbedError),
}

impl BatchError {
    /// What became of a text that went to the model by itself in the end.
    fn of_text(beginning: String, error: EmbedError) -> Self {
        match error {
            EmbedError::Endpoint {
                remedy: Remedy::AnotherCall,
                ..
            } => Self::Refused { beginning, error },
            error => Self::Model(error),
        }
    }
}

/// Collects texts of all callers.
#[derive(Clone)]
pub(crate) struct Batcher {
    requests: mpsc::UnboundedSender<Request>,
    room: Arc<Semaphore>,
    queue: usize,
    work: Arc<Work>,
}

/// What the model has done.
#[derive(Debug, Default)]
pub(crate) struct Work {
    busy_micros: AtomicU64,
    texts: AtomicU64,
}

impl Work {
    /// Seconds the model was computing.
    pub(crate) fn busy_seconds(&self) -> f64 {
        self.busy_micros.load(Ordering::Relaxed) as f64 / 1e6
    }

    /// Texts embedded.
    pub(crate) fn texts(&self) -> u64 {
        self.texts.load(Ordering::Relaxed)
    }
}

type Answer = oneshot::Sender<Result<Vec<Vec<f32>>, BatchError>>;

struct Request {
    kind: InputKind,
    inputs: Vec<Input>,
    answer: Answer,
    // Bounds the unbounded channel: a request holds a permit a text while it waits.
    _room: OwnedSemaphorePermit,
}

/// A request whose texts may be in several batches.
struct Open {
    vectors: Vec<Option<Vec<f32>>>,
    missing: usize,
    answer: Option<Answer>,
    _room: OwnedSemaphorePermit,
}

struct Item {
    input: Input,
    request: Arc<Mutex<Open>>,
    slot: usize,
}

impl Batcher {
    /// Starts batching for a model.
    pub(crate) fn start(
        embedder: Arc<dyn Embedder>,
        max_batch: usize,
        queue: usize,
        shutdown: &Shutdown,
    ) -> Self {
        let (requests, received) = mpsc::unbounded_channel();
        let work = Arc::new(Work::default());
        let vital = shutdown.vital(SERVICE_NAME, "the batcher");
        let batching = run(embedder, received, max_batch, Arc::clone(&work));
        // As a server, which ends after the tasks that call it.
        shutdown.spawn_server("embedding batcher", async move {
            let _vital = vital;
            batching.await;
        });
        let room = Arc::new(Semaphore::new(queue));
        let free = Arc::clone(&room);
        metrics::on_read(move |metrics| {
            metrics.embedding_room.of([]).set(queue as f64);
            let waiting = queue.saturating_sub(free.available_permits());
            metrics.embedding_waiting.of([]).set(waiting as f64);
        });
        Self {
            requests,
            room,
            queue,
            work,
        }
    }

    /// Embeds texts; one vector a text, in their order.
    pub(crate) async fn embed(
        &self,
        kind: InputKind,
        inputs: Vec<Input>,
    ) -> Result<Vec<Vec<f32>>, BatchError> {
        let texts = u32::try_from(inputs.len()).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room)
            // All or nothing, and at once: who cannot be served soon is told so instead of waiting in a queue that only
            // grows.
            .try_acquire_many_owned(texts)
            .map_err(|_| {
                metrics().embedding_refused.of([]).inc();
                BatchError::Full {
                    waiting: self.queue - self.room.available_permits(),
                }
            })?;
        let (answer, answered) = oneshot::channel();
        self.requests
            .send(Request {
                kind,
                inputs,
                answer,
                _room: room,
            })
            .map_err(|_| BatchError::Stopping)?;
        answered.await.map_err(|_| BatchError::Stopping)?
    }

    /// What the model has done.
    pub(crate) fn work(&self) -> &Work {
        &self.work
    }
}

async fn run(
    embedder: Arc<dyn Embedder>,
    mut received: mpsc::UnboundedReceiver<Request>,
    max_batch: usize,
    work: Arc<Work>,
) {
    let parallel = embedder.describe().parallel.max(1);
    let size = BatchSize::new(max_batch);
    let mut queries = VecDeque::new();
    let mut passages = VecDeque::new();
    let mut running = FuturesUnordered::new();
    loop {
        while running.len() < parallel {
            // Somebody waits for a question; a document that is learned has time.
            let batch = if queries.is_empty() {
                next(&mut passages, size.next_batch())
            } else {
                next(&mut queries, size.next_batch())
            };
            if batch.is_empty() {
                break;
            }
            running.push(compute(embedder.as_ref(), batch, &size, &work));
        }
        tokio::select! {
            // Requests before results, so that the next batch is chosen among all that wait.
            biased;
            request = received.recv() => {
                let Some(request) = request else { return };
                let queue = if request.kind == InputKind::Query { &mut queries } else { &mut passages };
                enqueue(request, queue);
                // Everything that came in while a batch ran is seen before the next is chosen.
                while let Ok(request) = received.try_recv() {
                    let queue = if request.kind == InputKind::Query { &mut queries } else { &mut passages };
                    enqueue(request, queue);
                }
            }
            Some(()) = running.next(), if !running.is_empty() => {}
        }
    }
}

fn enqueue(request: Request, queue: &mut VecDeque<Item>) {
    let Request {
        inputs,
        answer,
        _room,
        ..
    } = request;
    let open = Open {
        vectors: vec![None; inputs.len()],
        missing: inputs.len(),
        answer: Some(answer),
        _room,
    };
    let open = Arc::new(Mutex::new(open));
    queue.extend(inputs.into_iter().enumerate().map(|(slot, input)| Item {
        input,
        request: Arc::clone(&open),
        slot,
    }));
}

/// Takes the oldest text and those nearest to it in length, so that little of the batch is padding. Where the model runs
/// in process, none of them is more than [`ALIKE`] times as long as the oldest or as short: the batch may then have room
/// left, and the others come in those that follow.
fn next(queue: &mut VecDeque<Item>, max_batch: usize) -> Vec<Item> {
    // Callers that gave up are dropped here, before their texts cost anything.
    queue.retain(|item| {
        lock(&item.request)
            .answer
            .as_ref()
            .is_some_and(|answer| !answer.is_closed())
    });
    let Some(oldest) = queue.front() else {
        return Vec::new();
    };
    let weight = oldest.input.weight();
    // An endpoint pads by itself, and each call to it costs a round trip.
    let in_process = !oldest.input.ids.is_empty();
    let alike = |other: usize| {
        let (shorter, longer) = (weight.min(other), weight.max(other));
        !in_process || longer <= shorter * ALIKE
    };
    let mut nearest: Vec<usize> = (0..queue.len())
        .filter(|index| alike(queue[*index].input.weight()))
        .collect();
    // Of two that are equally near the older one goes first, so that none waits for ever.
    nearest.sort_by_key(|index| (queue[*index].input.weight().abs_diff(weight), *index));
    nearest.truncate(max_batch);
    // Taken out from behind, as each removal moves those after it.
    nearest.sort_by_key(|index| Reverse(*index));
    nearest
        .into_iter()
        .filter_map(|index| queue.remove(index))
        .collect()
}

async fn compute(embedder: &dyn Embedder, batch: Vec<Item>, size: &BatchSize, work: &Work) {
    let (inputs, places): (Vec<_>, Vec<_>) = batch
        .into_iter()
        .map(|item| {
            let beginning = item.input.text.chars().take(BEGINNING).collect::<String>();
            (item.input, (item.request, item.slot, beginning))
        })
        .unzip();
    let texts = inputs.len() as u64;
    let began = Instant::now();
    let results = halving::embed(embedder, inputs, size).await;
    let took = began.elapsed();
    metrics().embedding_texts.of([]).inc_by(texts);
    metrics().embedding_batch_texts.of([]).observe(texts as f64);
    let seconds = took.as_secs_f64();
    metrics().embedding_batch_seconds.of([]).observe(seconds);
    let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    work.busy_micros.fetch_add(micros, Ordering::Relaxed);
    work.texts.fetch_add(texts, Ordering::Relaxed);
    for ((request, slot, beginning), result) in places.into_iter().zip(results) {
        match result {
            Ok(vector) => fill(&request, slot, vector),
            Err(error) => refuse(&request, BatchError::of_text(beginning, error)),
        }
    }
}

fn fill(request: &Mutex<Open>, slot: usize, vector: Vec<f32>) {
    let mut open = lock(request);
    open.vectors[slot] = Some(vector);
    open.missing -= 1;
    if open.missing == 0
        && let Some(answer) = open.answer.take()
    {
        let vectors = open.vectors.drain(..).flatten().collect();
        // The caller may have gone.
        let _ = answer.send(Ok(vectors));
    }
}

/// A request has all its vectors or none: what it still has waiting is dropped.
fn refuse(request: &Mutex<Open>, error: BatchError) {
    if let Some(answer) = lock(request).answer.take() {
        // The caller may have gone.
        let _ = answer.send(Err(error));
    }
}

/// The lock is held for plain assignments only, so a panic cannot leave it half-written.
fn lock(request: &Mutex<Open>) -> std::sync::MutexGuard<'_, Open> {
    request.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
