//! A sentence-transformers model in process, by ONNX Runtime.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
};

use futures::{FutureExt, future::BoxFuture};
use ndarray::Array2;
use ort::{session::Session, value::Tensor};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tokio::sync::oneshot;

use super::{Description, EmbedError, Embedder, FLOOR, Input, InputKind, PARAPHRASE, UNRELATED};
use crate::{LoadError, broken, onnx, require, threads, tokenizer::Tokenizer};

/// Texts in a batch: a few fill the cores, more would only be padded to the longest and keep a question waiting.
const BATCH: usize = 8;

/// The folder's own description: what the graph expects and gives.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    dimensions: usize,
    max_tokens: usize,
    /// `max_tokens` where the model was trained on texts of that length.
    best_tokens: Option<usize>,
    knows_unspaced_scripts: bool,
    #[serde(default)]
    query_prefix: String,
    #[serde(default)]
    passage_prefix: String,
    unrelated: Option<f32>,
    paraphrase: Option<f32>,
    floor: Option<f32>,
}

struct Batch {
    inputs: Vec<Input>,
    answer: oneshot::Sender<Result<Vec<Vec<f32>>, EmbedError>>,
}

/// `models/NAME/{model.onnx,tokenizer.json,stoa.json}` on a thread of its own.
///
/// The graph takes `input_ids` and `attention_mask` (both i64, batch × tokens) and gives
/// `sentence_embedding` (f32, batch × dimensions), pooled and of unit length.
pub struct OnnxEmbedder {
    description: Description,
    query_prefix: String,
    passage_prefix: String,
    /// Tokens that the longer prefix takes of what the model reads.
    prefix_tokens: usize,
    tokenizer: Tokenizer,
    tokenizer_path: PathBuf,
    batches: SyncSender<Batch>,
}

impl OnnxEmbedder {
    /// Loads a model. `assets` is the folder with `models/` and `lib/`.
    pub fn load(assets: &Path, model: &str, configured_threads: usize) -> Result<Self, LoadError> {
        let folder = assets.join("models").join(model);
        let graph = require("the embedding model", folder.join("model.onnx"))?;
        let tokenizer_path = require(
            "the embedding model's tokenizer",
            folder.join("tokenizer.json"),
        )?;
        let manifest_path = require(
            "the embedding model's description",
            folder.join("stoa.json"),
        )?;
        let manifest: Manifest = fs::read(&manifest_path)
            .map_err(|error| broken(&manifest_path, error))
            .and_then(|bytes| {
                serde_json::from_slice(&bytes).map_err(|error| broken(&manifest_path, error))
            })?;
        let tokenizer = Tokenizer::load(&tokenizer_path)?;
        let prefixes = [&*manifest.query_prefix, &*manifest.passage_prefix];
        let lengths = prefixes.map(|prefix| tokenizer.plain(prefix));
        // The longer of the two: the limit is one figure for questions and passages, and must hold for both.
        let prefix_tokens = lengths
            .into_iter()
            .filter_map(|ids| Some(ids.ok()?.len()))
            .max()
            .unwrap_or(0);
        let best_tokens = manifest.best_tokens.unwrap_or(manifest.max_tokens);
        let hash = fingerprint([&graph, &tokenizer_path], prefixes)
            .map_err(|error| broken(&graph, error))?;

        let session = onnx::open(assets, &graph, threads(configured_threads))?;
        // One that is computed and one that is ready behind it; more would only wait here and not where it is counted.
        let (batches, queue) = sync_channel(2);
        let dimensions = manifest.dimensions;
        thread::Builder::new()
            .name("embedding-model".to_owned())
            .spawn(move || work(session, &queue, dimensions))
            .map_err(|error| broken(&graph, error))?;
        Ok(Self {
            description: Description {
                name: format!("{model}-{hash}"),
                dimensions,
                max_tokens: manifest.max_tokens.saturating_sub(prefix_tokens),
                best_tokens: best_tokens.saturating_sub(prefix_tokens),
                // The session uses every core for one batch; two at once would share them.
                parallel: 1,
                batch: BATCH,
                knows_unspaced_scripts: manifest.knows_unspaced_scripts,
                unrelated: manifest.unrelated.unwrap_or(UNRELATED),
                paraphrase: manifest.paraphrase.unwrap_or(PARAPHRASE),
                floor: manifest.floor.unwrap_or(FLOOR),
            },
            query_prefix: manifest.query_prefix,
            passage_prefix: manifest.passage_prefix,
            prefix_tokens,
            tokenizer,
            tokenizer_path,
            batches,
        })
    }
}

impl Embedder for OnnxEmbedder {
    fn describe(&self) -> &Description {
        &self.description
    }

    fn prepare(&self, kind: InputKind, text: &str) -> Result<Input, EmbedError> {
        if text.trim().is_empty() {
            return Err(EmbedError::Empty);
        }
        let prefix = match kind {
            InputKind::Query => &self.query_prefix,
            InputKind::Passage => &self.passage_prefix,
        };
        let ids = if prefix.is_empty() {
            self.tokenizer.framed(text)
        } else {
            self.tokenizer.framed(&format!("{prefix}{text}"))
        };
        let ids = ids.map_err(EmbedError::Model)?;
        // Without the prefix, which the person did not write: the message names the length of their text.
        let tokens = ids.len().saturating_sub(self.prefix_tokens);
        let limit = self.description.max_tokens;
        if tokens > limit {
            return Err(EmbedError::TooLong {
                tokens,
                limit,
                model: self.description.name.clone(),
            });
        }
        Ok(Input {
            text: text.to_owned(),
            ids,
        })
    }

    fn embed(&self, inputs: Vec<Input>) -> BoxFuture<'_, Result<Vec<Vec<f32>>, EmbedError>> {
        async move {
            let gone = || EmbedError::Model("its thread has ended".to_owned());
            let (answer, answered) = oneshot::channel();
            // The caller sends one batch at a time, so the channel has room and this does not block.
            self.batches
                .send(Batch { inputs, answer })
                .map_err(|_| gone())?;
            answered.await.map_err(|_| gone())?
        }
        .boxed()
    }

    fn tokenizer(&self) -> Option<&Path> {
        Some(&self.tokenizer_path)
    }
}

/// What tells this model's vectors from those of any other: a hash of all that makes them.
fn fingerprint(files: [&Path; 2], prefixes: [&str; 2]) -> io::Result<String> {
    let mut hash = Sha256::new();
    for file in files {
        io::copy(&mut File::open(file)?, &mut hash)?;
    }
    for prefix in prefixes {
        hash.update(prefix);
        // Or a prefix could grow by what the next one loses, and the hash stay the same.
        hash.update([0_u8]);
    }
    let [a, b, c, d, ..] = <[u8; 32]>::from(hash.finalize());
    Ok(format!("{:08x}", u32::from_be_bytes([a, b, c, d])))
}

fn work(mut session: Session, queue: &Receiver<Batch>, dimensions: usize) {
    while let Ok(batch) = queue.recv() {
        let result = run(&mut session, &batch.inputs, dimensions)
            .map_err(|error| EmbedError::Model(error.to_string()));
        // The caller may have gone: then nobody waits for this batch.
        let _ = batch.answer.send(result);
    }
}

fn run(
    session: &mut Session,
    inputs: &[Input],
    dimensions: usize,
) -> Result<Vec<Vec<f32>>, ort::Error> {
    let longest = inputs
        .iter()
        .map(|input| input.ids.len())
        .max()
        .unwrap_or(0);
    // Padding may be any id: the mask hides it.
    let mut ids = Array2::<i64>::zeros((inputs.len(), longest));
    let mut mask = Array2::<i64>::zeros((inputs.len(), longest));
    for (row, input) in inputs.iter().enumerate() {
        for (column, id) in input.ids.iter().enumerate() {
            ids[[row, column]] = i64::from(*id);
            mask[[row, column]] = 1;
        }
    }
    let outputs = session.run(ort::inputs! {
        "input_ids" => Tensor::from_array(ids)?,
        "attention_mask" => Tensor::from_array(mask)?,
    })?;
    let (_, values) = outputs["sentence_embedding"].try_extract_tensor::<f32>()?;
    Ok(values
        .chunks_exact(dimensions)
        .map(<[f32]>::to_vec)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_another_when_a_file_or_a_prefix_of_it_is() {
        let folder = std::env::temp_dir().join(format!("stoa-fingerprint-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("the folder is made");
        let (graph, tokenizer) = (folder.join("model.onnx"), folder.join("tokenizer.json"));
        fs::write(&graph, "graph").expect("written");
        fs::write(&tokenizer, "{}").expect("written");
        let hash = |prefixes| fingerprint([&graph, &tokenizer], prefixes).expect("readable");
        let first = hash(["query: ", "passage: "]);
        assert_eq!(first.len(), 8);
        assert_eq!(first, hash(["query: ", "passage: "]));
        assert_ne!(first, hash(["query: p", "assage: "]));
        fs::write(&graph, "another graph").expect("written");
        assert_ne!(first, hash(["query: ", "passage: "]));
        fs::remove_dir_all(&folder).expect("removed");
    }
}
