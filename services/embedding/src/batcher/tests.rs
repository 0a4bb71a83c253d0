use std::path::Path;

use futures::{FutureExt, future::BoxFuture};
use stoa_models::embedding::Description;

use super::*;

/// Gives each text its length as its vector, and remembers its batches.
struct Lengths {
    description: Description,
    batches: Mutex<Vec<Vec<usize>>>,
    gate: Semaphore,
    /// What it takes at once, as an endpoint has it.
    takes: usize,
}

impl Lengths {
    fn new() -> Arc<Self> {
        Self::taking(usize::MAX)
    }

    fn taking(takes: usize) -> Arc<Self> {
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
            takes,
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

    fn prepare(&self, _: InputKind, text: &str) -> Result<Input, EmbedError> {
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
            let refuses = |reason: &str, remedy| EmbedError::Endpoint {
                url: "http://models.test".to_owned(),
                reason: reason.to_owned(),
                remedy,
            };
            if lengths.len() > self.takes {
                return Err(refuses("400: batch size is invalid", Remedy::AnotherCall));
            }
            if lengths.contains(&13) {
                return Err(EmbedError::Model("thirteen".to_owned()));
            }
            if lengths.contains(&666) {
                return Err(refuses("400: too long", Remedy::AnotherCall));
            }
            if lengths.contains(&503) {
                return Err(refuses("503: loading", Remedy::Time(None)));
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
    let first = tokio::spawn(async move { first.embed(InputKind::Passage, inputs(&[1])).await });
    settle().await;
    let second = tokio::spawn(async move {
        second
            .embed(InputKind::Passage, inputs(&[50, 5, 51, 6]))
            .await
    });
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
    let embedded = batcher.embed(InputKind::Passage, texts(lengths)).await;
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
    let passages = tokio::spawn(async move {
        passages
            .embed(InputKind::Passage, inputs(&[10, 11, 12]))
            .await
    });
    settle().await;
    let question =
        tokio::spawn(async move { question.embed(InputKind::Query, inputs(&[3])).await });
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
        .embed(InputKind::Passage, inputs(&[1, 2, 13]))
        .await
        .expect_err("thirteen");
    assert!(matches!(error, BatchError::Model(EmbedError::Model(_))));
    assert_eq!(
        batcher
            .embed(InputKind::Passage, inputs(&[4]))
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
        tokio::spawn(async move { waiting.embed(InputKind::Passage, inputs(&[1, 2])).await });
    settle().await;
    let error = batcher
        .embed(InputKind::Passage, inputs(&[3, 4]))
        .await
        .expect_err("full");
    assert!(matches!(error, BatchError::Full { waiting: 2 }), "{error}");
    model.gate.add_permits(10);
    assert!(waiting.await.expect("no panic").is_ok());
    assert!(
        batcher
            .embed(InputKind::Passage, inputs(&[3, 4]))
            .await
            .is_ok()
    );
}

/// Asks one request after the other into the queue, so that they share batches, and waits for what became of each.
async fn answers(
    model: &Arc<Lengths>,
    max_batch: usize,
    requests: &[&[usize]],
) -> Vec<Result<Vec<Vec<f32>>, BatchError>> {
    let shutdown = Shutdown::new();
    let batcher = Batcher::start(model.clone(), max_batch, 1_000, &shutdown);
    let waiting = requests
        .iter()
        .map(|lengths| batcher.embed(InputKind::Passage, inputs(lengths)));
    model.gate.add_permits(1_000);
    futures::future::join_all(waiting).await
}

#[tokio::test]
async fn one_text_that_is_refused_fails_nobody_else() {
    for place in 0..8 {
        let mut lengths: Vec<Vec<usize>> = (0..8).map(|n| vec![20 + n]).collect();
        lengths[place] = vec![666];
        let requests: Vec<&[usize]> = lengths.iter().map(Vec::as_slice).collect();
        let model = Lengths::new();
        let answers = answers(&model, 8, &requests).await;
        for (n, answer) in answers.iter().enumerate() {
            match answer {
                Ok(found) => assert_eq!(*found, vectors(&lengths[n])),
                Err(error) => {
                    assert_eq!(n, place, "{error}");
                    assert!(matches!(error, BatchError::Refused { .. }), "{error}");
                    let said = error.to_string();
                    assert!(said.contains("xxxx") && said.contains("too long"), "{said}");
                    assert!(said.len() < 400, "{said}");
                }
            }
        }
        assert!(answers[place].is_err());
        let batches = model.batches();
        let full = batches.iter().filter(|batch| batch.len() == 8);
        assert_eq!(full.count(), 1, "the size of the batch was not to blame");
    }
}

#[tokio::test]
async fn an_endpoint_that_takes_few_texts_at_once_gets_them_in_smaller_calls() {
    for takes in 1..10 {
        let model = Lengths::taking(takes);
        let lengths: Vec<usize> = (100..300).collect();
        let requests: Vec<&[usize]> = lengths.chunks(10).collect();
        for (answer, lengths) in answers(&model, 10, &requests).await.iter().zip(&requests) {
            assert_eq!(answer.as_ref().expect("embedded"), &vectors(lengths));
        }
        let batches = model.batches();
        let refused = batches.iter().filter(|batch| batch.len() > takes);
        assert!(refused.count() < 10, "{takes} is remembered: {batches:?}");
        let last = batches.iter().rev().take(5).map(Vec::len).max();
        assert_eq!(last, Some(takes), "{batches:?}");
    }
}

#[tokio::test]
async fn what_passes_by_itself_is_no_reason_to_send_less() {
    let model = Lengths::new();
    let answers = answers(&model, 4, &[&[1, 2], &[503, 3]]).await;
    assert!(answers.iter().all(|answer| matches!(
        answer,
        Err(BatchError::Model(EmbedError::Endpoint {
            remedy: Remedy::Time(_),
            ..
        }))
    )));
    assert_eq!(model.batches().len(), 1);
}
