//! Many callers, one model: texts that wait are computed together, alike in length, questions first.

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
use stoa_kit::Shutdown;
use stoa_models::embedding::{EmbedError, Embedder, Input, Kind};
use stoa_proto::embedding::embedding_service_server::SERVICE_NAME;
use thiserror::Error;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, oneshot};

/// How many times as long as the oldest text of its batch, or as short, a text may be where the model runs in process:
/// the shorter ones are padded, and what is padded is computed.
const ALIKE: usize = 2;

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
    /// The model refused or failed.
    #[error(transparent)]
    Model(#[from] EmbedError),
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

struct Request {
    kind: Kind,
    inputs: Vec<Input>,
    answer: oneshot::Sender<Result<Vec<Vec<f32>>, EmbedError>>,
    // Bounds the unbounded channel: a request holds a permit a text while it waits.
    _room: OwnedSemaphorePermit,
}

/// A request whose texts may be in several batches.
struct Open {
    vectors: Vec<Option<Vec<f32>>>,
    missing: usize,
    answer: Option<oneshot::Sender<Result<Vec<Vec<f32>>, EmbedError>>>,
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
        shutdown.spawn_server("embedding batcher", async move {
            let _vital = vital;
            batching.await;
        });
        Self {
            requests,
            room: Arc::new(Semaphore::new(queue)),
            queue,
            work,
        }
    }

    /// Embeds texts; one vector a text, in their order.
    pub(crate) async fn embed(
        &self,
        kind: Kind,
        inputs: Vec<Input>,
    ) -> Result<Vec<Vec<f32>>, BatchError> {
        let texts = u32::try_from(inputs.len()).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room)
            .try_acquire_many_owned(texts)
            .map_err(|_| BatchError::Full {
                waiting: self.queue - self.room.available_permits(),
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
        Ok(answered.await.map_err(|_| BatchError::Stopping)??)
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
    let mut queries = VecDeque::new();
    let mut passages = VecDeque::new();
    let mut running = FuturesUnordered::new();
    loop {
        while running.len() < parallel {
            let batch = if queries.is_empty() {
                next(&mut passages, max_batch)
            } else {
                next(&mut queries, max_batch)
            };
            if batch.is_empty() {
                break;
            }
            running.push(compute(embedder.as_ref(), batch, &work));
        }
        tokio::select! {
            biased;
            request = received.recv() => {
                let Some(request) = request else { return };
                let queue = if request.kind == Kind::Query { &mut queries } else { &mut passages };
                enqueue(request, queue);
                // Everything that came in while a batch ran is seen before the next is chosen.
                while let Ok(request) = received.try_recv() {
                    let queue = if request.kind == Kind::Query { &mut queries } else { &mut passages };
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
    nearest.sort_by_key(|index| (queue[*index].input.weight().abs_diff(weight), *index));
    nearest.truncate(max_batch);
    nearest.sort_by_key(|index| Reverse(*index));
    nearest
        .into_iter()
        .filter_map(|index| queue.remove(index))
        .collect()
}

async fn compute(embedder: &dyn Embedder, batch: Vec<Item>, work: &Work) {
    let (inputs, places): (Vec<_>, Vec<_>) = batch
        .into_iter()
        .map(|item| (item.input, (item.request, item.slot)))
        .unzip();
    let texts = inputs.len() as u64;
    let began = Instant::now();
    let result = embedder.embed(inputs).await;
    let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    work.busy_micros.fetch_add(micros, Ordering::Relaxed);
    work.texts.fetch_add(texts, Ordering::Relaxed);
    match result {
        Ok(vectors) => {
            for ((request, slot), vector) in places.into_iter().zip(vectors) {
                fill(&request, slot, vector);
            }
        }
        Err(error) => {
            for (request, _) in places {
                if let Some(answer) = lock(&request).answer.take() {
                    // The caller may have gone.
                    let _ = answer.send(Err(error.clone()));
                }
            }
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

/// The lock is held for plain assignments only, so a panic cannot leave it half-written.
fn lock(request: &Mutex<Open>) -> std::sync::MutexGuard<'_, Open> {
    request.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use futures::{FutureExt, future::BoxFuture};
    use stoa_models::embedding::Description;

    use super::*;

    /// Gives each text its length as its vector, and remembers its batches.
    struct Lengths {
        description: Description,
        batches: Mutex<Vec<Vec<usize>>>,
        gate: Semaphore,
    }

    impl Lengths {
        fn new() -> Arc<Self> {
            let description = Description {
                name: "lengths".to_owned(),
                dimensions: 1,
                max_tokens: 10_000,
                best_tokens: 10_000,
                parallel: 1,
                batch: 8,
                knows_unspaced_scripts: true,
                unrelated: 0.0,
                paraphrase: 1.0,
                floor: 0.0,
            };
            Arc::new(Self {
                description,
                batches: Mutex::default(),
                gate: Semaphore::new(0),
            })
        }

        fn batches(&self) -> Vec<Vec<usize>> {
            self.batches.lock().expect("no panic").clone()
        }
    }

    impl Embedder for Lengths {
        fn describe(&self) -> &Description {
            &self.description
        }

        fn prepare(&self, _: Kind, text: &str) -> Result<Input, EmbedError> {
            Ok(Input {
                text: text.to_owned(),
                ids: Vec::new(),
            })
        }

        fn embed(&self, inputs: Vec<Input>) -> BoxFuture<'_, Result<Vec<Vec<f32>>, EmbedError>> {
            async move {
                self.gate.acquire().await.expect("open").forget();
                let lengths: Vec<usize> = inputs.iter().map(Input::weight).collect();
                self.batches.lock().expect("no panic").push(lengths.clone());
                if lengths.contains(&13) {
                    return Err(EmbedError::Model("thirteen".to_owned()));
                }
                Ok(lengths
                    .into_iter()
                    .map(|length| vec![length as f32])
                    .collect())
            }
            .boxed()
        }

        fn tokenizer(&self) -> Option<&Path> {
            None
        }
    }

    fn inputs(lengths: &[usize]) -> Vec<Input> {
        lengths
            .iter()
            .map(|length| Input {
                text: "x".repeat(*length),
                ids: Vec::new(),
            })
            .collect()
    }

    /// The same for a model in process: so many tokens each.
    fn tokenized(lengths: &[usize]) -> Vec<Input> {
        lengths
            .iter()
            .map(|length| Input {
                text: "x".to_owned(),
                ids: vec![7; *length],
            })
            .collect()
    }

    fn vectors(lengths: &[usize]) -> Vec<Vec<f32>> {
        lengths.iter().map(|length| vec![*length as f32]).collect()
    }

    /// Runs everything that can run without the gate.
    async fn settle() {
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn texts_alike_in_length_share_a_batch_and_come_back_in_order() {
        let (model, shutdown) = (Lengths::new(), Shutdown::new());
        let batcher = Batcher::start(model.clone(), 2, 100, &shutdown);
        let (first, second) = (batcher.clone(), batcher.clone());
        let first = tokio::spawn(async move { first.embed(Kind::Passage, inputs(&[1])).await });
        settle().await;
        let second =
            tokio::spawn(async move { second.embed(Kind::Passage, inputs(&[50, 5, 51, 6])).await });
        settle().await;
        model.gate.add_permits(3);
        assert_eq!(
            first.await.expect("no panic").expect("embedded"),
            vectors(&[1])
        );
        assert_eq!(
            second.await.expect("no panic").expect("embedded"),
            vectors(&[50, 5, 51, 6])
        );
        let mut batches = model.batches();
        batches.iter_mut().for_each(|batch| batch.sort_unstable());
        assert_eq!(batches, [vec![1], vec![50, 51], vec![5, 6]]);
    }

    /// The batches of texts that wait together, each in the order of its lengths. Every text is answered.
    async fn batches_of(texts: fn(&[usize]) -> Vec<Input>, lengths: &[usize]) -> Vec<Vec<usize>> {
        let (model, shutdown) = (Lengths::new(), Shutdown::new());
        let batcher = Batcher::start(model.clone(), 8, 100, &shutdown);
        model.gate.add_permits(lengths.len());
        let embedded = batcher.embed(Kind::Passage, texts(lengths)).await;
        assert_eq!(embedded.expect("embedded"), vectors(lengths));
        let mut batches = model.batches();
        batches.iter_mut().for_each(|batch| batch.sort_unstable());
        batches
    }

    #[tokio::test]
    async fn in_process_a_long_text_shares_no_batch_with_a_short_one() {
        let lengths = [10, 100, 12, 21, 90, 20, 5, 4];
        let batches = batches_of(tokenized, &lengths).await;
        assert_eq!(
            batches,
            [vec![5, 10, 12, 20], vec![90, 100], vec![21], vec![4]]
        );
    }

    #[tokio::test]
    async fn behind_an_endpoint_texts_of_all_lengths_share_a_batch() {
        let lengths = [10, 100, 12, 21, 90, 20, 5, 4];
        let batches = batches_of(inputs, &lengths).await;
        assert_eq!(batches, [vec![4, 5, 10, 12, 20, 21, 90, 100]]);
    }

    #[tokio::test]
    async fn a_question_does_not_wait_for_passages() {
        let (model, shutdown) = (Lengths::new(), Shutdown::new());
        let batcher = Batcher::start(model.clone(), 1, 100, &shutdown);
        let (passages, question) = (batcher.clone(), batcher.clone());
        let passages =
            tokio::spawn(async move { passages.embed(Kind::Passage, inputs(&[10, 11, 12])).await });
        settle().await;
        let question = tokio::spawn(async move { question.embed(Kind::Query, inputs(&[3])).await });
        settle().await;
        model.gate.add_permits(2);
        assert_eq!(
            question.await.expect("no panic").expect("embedded"),
            vectors(&[3])
        );
        assert_eq!(model.batches(), [vec![10], vec![3]]);
        model.gate.add_permits(2);
        assert!(passages.await.expect("no panic").is_ok());
    }

    #[tokio::test]
    async fn a_failed_batch_gives_its_callers_an_error_and_no_partial_result() {
        let (model, shutdown) = (Lengths::new(), Shutdown::new());
        let batcher = Batcher::start(model.clone(), 2, 100, &shutdown);
        model.gate.add_permits(100);
        let error = batcher
            .embed(Kind::Passage, inputs(&[1, 2, 13]))
            .await
            .expect_err("thirteen");
        assert!(matches!(error, BatchError::Model(EmbedError::Model(_))));
        assert_eq!(
            batcher
                .embed(Kind::Passage, inputs(&[4]))
                .await
                .expect("embedded"),
            vectors(&[4])
        );
    }

    #[tokio::test]
    async fn a_full_queue_says_so_and_empties_again() {
        let (model, shutdown) = (Lengths::new(), Shutdown::new());
        let batcher = Batcher::start(model.clone(), 4, 3, &shutdown);
        let waiting = batcher.clone();
        let waiting =
            tokio::spawn(async move { waiting.embed(Kind::Passage, inputs(&[1, 2])).await });
        settle().await;
        let error = batcher
            .embed(Kind::Passage, inputs(&[3, 4]))
            .await
            .expect_err("full");
        assert!(matches!(error, BatchError::Full { waiting: 2 }), "{error}");
        model.gate.add_permits(10);
        assert!(waiting.await.expect("no panic").is_ok());
        assert!(batcher.embed(Kind::Passage, inputs(&[3, 4])).await.is_ok());
    }
}
