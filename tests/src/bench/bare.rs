//! The peers: ONNX Runtime and llama.cpp with nothing around them.

use std::{
    num::NonZeroU32,
    path::PathBuf,
    sync::OnceLock,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, anyhow};
use kitoken::Kitoken;
use llama_cpp_2::{
    context::params::LlamaContextParams,
    llama_backend::LlamaBackend,
    llama_batch::LlamaBatch,
    model::{LlamaModel, params::LlamaModelParams},
    sampling::LlamaSampler,
};
use ndarray::Array2;
use ort::{
    environment::Environment,
    session::{Session, builder::GraphOptimizationLevel},
    value::Tensor,
};
use stoa_kit::Config;

fn assets() -> PathBuf {
    Config::default().assets.dir
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// The model that writes in the benchmarks.
pub(crate) const WRITER: &str = "gemma-3-270m-q4_k_m.gguf";
/// Texts in a batch: for a small model on a CPU, larger ones are no faster.
const BATCH: usize = 8;

/// There is one in a process.
fn environment() -> Result<&'static Environment> {
    static ENVIRONMENT: OnceLock<Environment> = OnceLock::new();
    if ENVIRONMENT.get().is_none() {
        let made = ort::init_from(assets().join("lib/libonnxruntime.so"))
            .map_err(|error| anyhow!("{error}"))?
            .build()
            .map_err(|error| anyhow!("{error}"))?;
        // The bench loads one model after the other, so nobody was faster.
        let _ = ENVIRONMENT.set(made);
    }
    ENVIRONMENT.get().context("it was just set")
}

/// What the embedding model reads before and after a text.
const FRAME: [u32; 2] = [0, 2];

/// The embedding model on ONNX Runtime, with as many threads as Stoa gives it.
pub(crate) struct BareEmbedder {
    session: Session,
    tokenizer: Kitoken,
}

impl BareEmbedder {
    pub(crate) fn load() -> Result<Self> {
        let text = |error: &dyn std::fmt::Display| anyhow!("{error}");
        let environment = environment()?;
        let folder = assets().join("models/multilingual-e5-small");
        let session = Session::builder(environment)
            .and_then(|builder| Ok(builder.with_optimization_level(GraphOptimizationLevel::All)?))
            .and_then(|builder| Ok(builder.with_intra_threads(cores())?))
            .and_then(|mut builder| builder.commit_from_file(folder.join("model.onnx")))
            .map_err(|error| text(&error))?;
        let tokenizer = Kitoken::from_tokenizers_file(folder.join("tokenizer.json"))?;
        Ok(Self { session, tokenizer })
    }

    pub(crate) fn tokens(&self, text: &str) -> Result<Vec<u32>> {
        let [begin, end] = FRAME;
        let ids = self.tokenizer.encode(text, false)?;
        Ok([begin].into_iter().chain(ids).chain([end]).collect())
    }

    /// Embeds all texts in batches of like lengths, which is the best there is for it.
    pub(crate) fn embed(&mut self, texts: &[String]) -> Result<usize> {
        let mut inputs: Vec<Vec<u32>> = texts
            .iter()
            .map(|text| self.tokens(text))
            .collect::<Result<_>>()?;
        inputs.sort_by_key(Vec::len);
        let mut vectors = 0;
        for part in inputs.chunks(BATCH) {
            let longest = part.iter().map(Vec::len).max().unwrap_or(0);
            let mut ids = Array2::<i64>::zeros((part.len(), longest));
            let mut mask = Array2::<i64>::zeros((part.len(), longest));
            for (row, input) in part.iter().enumerate() {
                for (column, id) in input.iter().enumerate() {
                    ids[[row, column]] = i64::from(*id);
                    mask[[row, column]] = 1;
                }
            }
            let outputs = self.session.run(ort::inputs! {
                "input_ids" => Tensor::from_array(ids)?,
                "attention_mask" => Tensor::from_array(mask)?,
            })?;
            let (shape, _) = outputs["sentence_embedding"].try_extract_tensor::<f32>()?;
            vectors += usize::try_from(shape[0])?;
        }
        Ok(vectors)
    }
}

/// Gemma on llama.cpp, with as many threads as Stoa gives it.
pub(crate) struct BareWriter {
    backend: LlamaBackend,
    model: LlamaModel,
}

impl BareWriter {
    pub(crate) fn load() -> Result<Self> {
        let mut backend = LlamaBackend::init()?;
        backend.void_logs();
        let path = assets().join("models").join(WRITER);
        let model = LlamaModel::load_from_file(&backend, &path, &LlamaModelParams::default())
            .with_context(|| format!("{} does not load", path.display()))?;
        Ok(Self { backend, model })
    }

    /// Reads `prompt_tokens` of the text, writes `count` tokens, and returns how long the writing took.
    pub(crate) fn write(&self, text: &str, prompt_tokens: usize, count: usize) -> Result<Duration> {
        let settings = Config::default().generation;
        let threads = i32::try_from(cores())?;
        let params = LlamaContextParams::default()
            .with_n_ctx(NonZeroU32::new(u32::try_from(
                settings.context_tokens_of(false),
            )?))
            .with_n_batch(512)
            .with_n_threads(threads)
            .with_n_threads_batch(threads);
        let mut context = self.model.new_context(&self.backend, params)?;
        let mut prompt = self.model.vocab().tokenize(text.as_bytes(), true, false);
        prompt.truncate(prompt_tokens);
        let mut batch = LlamaBatch::new(512, 1);
        let mut position = 0;
        for part in prompt.chunks(512) {
            batch.clear();
            for token in part {
                batch.add(
                    *token,
                    position,
                    &[0],
                    usize::try_from(position)? + 1 == prompt.len(),
                )?;
                position += 1;
            }
            context.decode(&mut batch)?;
        }
        let mut sampler = LlamaSampler::greedy();
        let mut token = sampler.sample(&context, batch.n_tokens() - 1);
        let began = Instant::now();
        for _ in 0..count {
            batch.clear();
            batch.add(token, position, &[0], true)?;
            position += 1;
            context.decode(&mut batch)?;
            token = sampler.sample(&context, 0);
        }
        Ok(began.elapsed())
    }
}
