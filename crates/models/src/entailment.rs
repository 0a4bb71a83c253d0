//! Whether one text says what another says: a sequence classifier over pairs of texts, in process, by ONNX Runtime.

mod labels;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use ndarray::Array2;
use ort::{
    session::{Session, SessionInputValue},
    value::{Outlet, Tensor, TensorElementType, ValueType},
};
use serde::Deserialize;
use thiserror::Error;
use tokio::sync::Mutex;

use self::labels::Labels;
use crate::{
    LoadError, broken, onnx, threads,
    tokenizer::{Encoded, Tokenizer},
};

/// Files that the folder of a model holds, as every export for ONNX Runtime writes them.
pub const FILES: [&str; 3] = ["model.onnx", "tokenizer.json", "config.json"];

/// Most tokens of a pair: longer ones cost much, and most such models were trained on no longer ones.
const MOST_TOKENS: usize = 512;
/// Fewest tokens of a pair that a model must read: a sentence and a statement.
const FEWEST_TOKENS: usize = 16;
/// Pairs in a batch.
const BATCH: usize = 8;
/// Share of the tokens of a pair that a heading, or half of them that a statement, may take.
const HEADING_SHARE: usize = 4;
/// Tokens that joining texts may add to theirs.
const SEAMS: usize = 2;

/// A text, and another that it may say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// What is known.
    pub premise: String,
    /// What may follow from it.
    pub hypothesis: String,
}

/// What a model makes of a pair; each from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Opinion {
    /// How sure it is that the hypothesis follows.
    pub entailed: f32,
    /// How sure it is that the opposite follows; 0 of a model that cannot tell.
    pub contradicted: f32,
}

/// A pair could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EntailmentError {
    /// A text is longer than the model reads.
    #[error("{tokens} tokens are more than the {limit} that the model reads")]
    TooLong {
        /// Tokens of the text.
        tokens: usize,
        /// The limit.
        limit: usize,
    },
    /// The model failed.
    #[error("the entailment model failed: {0}")]
    Model(String),
}

/// The parts of `config.json` that tell how the model is used.
#[derive(Debug, Deserialize)]
struct Configuration {
    #[serde(default)]
    id2label: BTreeMap<usize, String>,
    max_position_embeddings: Option<i64>,
    pad_token_id: Option<i64>,
}

/// `FOLDER/{model.onnx,tokenizer.json,config.json}`: a model of natural language inference or a grounded fact checker.
///
/// The graph takes `input_ids`, and as it likes `attention_mask` and `token_type_ids` (i64, batch × tokens), and gives
/// `logits` (f32, batch × labels). One batch is computed at a time, on the pool of blocking threads.
pub struct EntailmentModel {
    name: String,
    tokenizer: Arc<Tokenizer>,
    /// Most tokens of a pair, special tokens included.
    limit: usize,
    /// Special tokens of a pair.
    special: usize,
    graph: Arc<Mutex<Graph>>,
}

/// A session and what it takes and gives.
struct Graph {
    session: Session,
    inputs: Vec<String>,
    output: String,
    labels: Labels,
    padding: i64,
    /// Rows and columns where the graph has a fixed number of them.
    rows: Option<usize>,
    columns: Option<usize>,
}

/// Checks that a folder holds a model whose labels are understood, without loading it.
pub fn inspect(setting: &'static str, folder: &Path) -> Result<(), LoadError> {
    describe(setting, folder).map(|_| ())
}

fn describe(
    setting: &'static str,
    folder: &Path,
) -> Result<(Configuration, Labels, [PathBuf; 3]), LoadError> {
    let paths = FILES.map(|file| folder.join(file));
    let lacking = FILES.iter().zip(&paths).find(|(_, path)| !path.is_file());
    if let Some((file, _)) = lacking {
        return Err(LoadError::Incomplete {
            setting,
            folder: folder.to_owned(),
            file,
            files: &FILES,
        });
    }
    // Read before the graph, which may be a gigabyte: `doctor` and a start with a wrong folder answer at once.
    let [_, _, path] = &paths;
    let configuration: Configuration = fs::read(path)
        .map_err(|error| broken(path, error))
        .and_then(|bytes| serde_json::from_slice(&bytes).map_err(|error| broken(path, error)))?;
    let labels = Labels::read(&configuration.id2label).ok_or_else(|| LoadError::Labels {
        path: path.clone(),
        labels: format!("{:?}", configuration.id2label),
    })?;
    Ok((configuration, labels, paths))
}

impl EntailmentModel {
    /// Loads a model and tries it. `assets` is the folder with `lib/`; `setting` is what named the model's folder.
    pub fn load(
        assets: &Path,
        setting: &'static str,
        folder: &Path,
        configured_threads: usize,
    ) -> Result<Self, LoadError> {
        let (configuration, labels, [graph_path, tokenizer_path, _]) = describe(setting, folder)?;
        let tokenizer = Tokenizer::load(&tokenizer_path)?;
        let session = onnx::open(assets, &graph_path, threads(configured_threads))?;
        let padding = configuration.pad_token_id.unwrap_or_default();
        let mut graph =
            Graph::new(session, labels, padding).map_err(|reason| broken(&graph_path, reason))?;
        let positions = configuration
            .max_position_embeddings
            .and_then(|positions| usize::try_from(positions).ok())
            .filter(|positions| *positions > 0);
        // The least of what costs, what was trained and what the graph takes.
        let limit = [positions, graph.columns]
            .into_iter()
            .flatten()
            .fold(MOST_TOKENS, usize::min);
        if limit < FEWEST_TOKENS {
            return Err(broken(&graph_path, format!("it reads {limit} tokens only")));
        }
        let pair = |text| tokenizer.paired(text, text).map_err(failed);
        let special = pair("")
            .map_err(|error| broken(&tokenizer_path, error))?
            .ids
            .len();
        // A graph whose inputs or labels do not fit fails here, at the start, and not with the first answer.
        let tried = pair("It is so.").and_then(|encoding| graph.run(&[&encoding]));
        tried.map_err(|error| broken(&graph_path, error))?;
        let name = folder.file_name().unwrap_or(folder.as_os_str());
        Ok(Self {
            name: name.to_string_lossy().into_owned(),
            tokenizer: Arc::new(tokenizer),
            limit,
            special,
            graph: Arc::new(Mutex::new(graph)),
        })
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A passage in parts that can be read beside a hypothesis: as many sentences in each as there is room for, the last
    /// of one again at the beginning of the next. A sentence that is too long is halved, so that none is left unread.
    pub fn windows(
        &self,
        heading: &str,
        sentences: &[&str],
        hypothesis: &str,
    ) -> Result<Vec<Pair>, EntailmentError> {
        let room = self.room(heading, hypothesis)?;
        let mut parts: Vec<(String, usize)> = Vec::new();
        for sentence in sentences {
            // Half of the room at most, so that a window holds a sentence and the one before it.
            self.parts(sentence, room / 2, &mut parts)?;
        }
        let mut windows = Vec::new();
        let mut from = 0;
        while from < parts.len() {
            let mut tokens = 0;
            let fits = |(_, more): &&(String, usize)| {
                tokens += more;
                tokens <= room
            };
            // At least one, or a walk over parts that do not fit would never end.
            let count = parts[from..].iter().take_while(fits).count().max(1);
            let texts: Vec<&str> = parts[from..from + count]
                .iter()
                .map(|(text, _)| text.as_str())
                .collect();
            windows.push(self.pair(heading, &texts.join(" "), hypothesis)?);
            if from + count == parts.len() {
                break;
            }
            from += (count - 1).max(1);
        }
        Ok(windows)
    }

    /// A pair of a text under its heading, which goes where it would take too much.
    fn pair(&self, heading: &str, text: &str, hypothesis: &str) -> Result<Pair, EntailmentError> {
        let short = self.tokens(heading)? <= self.limit / HEADING_SHARE;
        let premise = if short && !heading.is_empty() {
            format!("{heading}\n{text}")
        } else {
            text.to_owned()
        };
        Ok(Pair {
            premise,
            hypothesis: hypothesis.to_owned(),
        })
    }

    /// Tokens that are left for a passage.
    fn room(&self, heading: &str, hypothesis: &str) -> Result<usize, EntailmentError> {
        // A statement that leaves less than half for the passage could be checked against fragments only.
        let limit = self.limit / 2;
        let tokens = self.tokens(hypothesis)?;
        if tokens > limit {
            return Err(EntailmentError::TooLong { tokens, limit });
        }
        let above = self.tokens(heading)?;
        let above = if above <= self.limit / HEADING_SHARE {
            above + SEAMS
        } else {
            0
        };
        let taken = tokens + above + self.special + SEAMS;
        let room = self.limit.saturating_sub(taken);
        if room < 2 {
            return Err(EntailmentError::TooLong { tokens, limit });
        }
        Ok(room)
    }

    /// A sentence, halved until each part has its place.
    fn parts(
        &self,
        sentence: &str,
        most: usize,
        into: &mut Vec<(String, usize)>,
    ) -> Result<(), EntailmentError> {
        let text = sentence.trim();
        // Joined to others it may begin with a token more.
        let tokens = self.tokens(text)? + 1;
        match halves(text) {
            _ if text.is_empty() => {}
            Some((first, second)) if tokens > most.max(2) => {
                self.parts(first, most, into)?;
                self.parts(second, most, into)?;
            }
            _ => into.push((text.to_owned(), tokens)),
        }
        Ok(())
    }

    fn tokens(&self, text: &str) -> Result<usize, EntailmentError> {
        Ok(self.tokenizer.plain(text).map_err(failed)?.len())
    }

    /// Reads pairs; one opinion a pair, in their order. None is cut: one that is too long is an error.
    pub async fn read(&self, pairs: Vec<Pair>) -> Result<Vec<Opinion>, EntailmentError> {
        let (tokenizer, limit) = (Arc::clone(&self.tokenizer), self.limit);
        let encoded = blocking(move || {
            pairs
                .iter()
                .map(|pair| {
                    let encoding = tokenizer
                        .paired(&pair.premise, &pair.hypothesis)
                        .map_err(failed)?;
                    let tokens = encoding.ids.len();
                    if tokens > limit {
                        return Err(EntailmentError::TooLong { tokens, limit });
                    }
                    Ok(encoding)
                })
                .collect::<Result<Vec<Encoded>, _>>()
        })
        .await?;
        let count = encoded.len();
        // A batch is padded to its longest pair: those of like length go together.
        let mut waiting: Vec<(usize, Encoded)> = encoded.into_iter().enumerate().collect();
        waiting.sort_by_key(|(_, encoding)| encoding.ids.len());
        let mut opinions = vec![None; count];
        while !waiting.is_empty() {
            // Between batches others have their turn, and who gave up waiting leaves.
            let mut graph = Arc::clone(&self.graph).lock_owned().await;
            let batch = graph.rows.unwrap_or(BATCH).min(waiting.len());
            let batch: Vec<(usize, Encoded)> = waiting.drain(..batch).collect();
            let read = blocking(move || {
                let encodings: Vec<&Encoded> = batch.iter().map(|(_, encoding)| encoding).collect();
                let opinions = graph.run(&encodings)?;
                let places = batch.iter().map(|(at, _)| *at);
                Ok(places.zip(opinions).collect::<Vec<_>>())
            })
            .await?;
            for (at, opinion) in read {
                opinions[at] = Some(opinion);
            }
        }
        let short = || EntailmentError::Model("it gave too few answers".to_owned());
        opinions
            .into_iter()
            .collect::<Option<_>>()
            .ok_or_else(short)
    }
}

impl Graph {
    fn new(session: Session, labels: Labels, padding: i64) -> Result<Self, String> {
        let known = ["input_ids", "attention_mask", "token_type_ids"];
        let inputs: Vec<String> = session
            .inputs()
            .iter()
            .map(|input| input.name().to_owned())
            .collect();
        if let Some(other) = inputs.iter().find(|name| !known.contains(&name.as_str())) {
            return Err(format!(
                "it wants {other}, and can be given {} only",
                known.join(", ")
            ));
        }
        let ids = session
            .inputs()
            .iter()
            .find(|input| input.name() == "input_ids")
            .ok_or("it takes no input_ids")?;
        let [rows, columns] = shape(ids)?;
        let outputs = session.outputs();
        let output = outputs
            .iter()
            .find(|output| output.name() == "logits")
            .or(match outputs {
                [only] => Some(only),
                _ => None,
            })
            .ok_or("it gives no logits")?
            .name()
            .to_owned();
        Ok(Self {
            session,
            inputs,
            output,
            labels,
            padding,
            rows,
            columns,
        })
    }

    fn run(&mut self, pairs: &[&Encoded]) -> Result<Vec<Opinion>, EntailmentError> {
        let longest = pairs.iter().map(|pair| pair.ids.len()).max().unwrap_or(0);
        let size = (
            self.rows.unwrap_or(pairs.len()),
            self.columns.unwrap_or(longest),
        );
        let mut ids = Array2::<i64>::from_elem(size, self.padding);
        let mut mask = Array2::<i64>::zeros(size);
        let mut segments = Array2::<i64>::zeros(size);
        for (row, pair) in pairs.iter().enumerate() {
            let tokens = pair.ids.iter().zip(&pair.segments);
            for (column, (id, segment)) in tokens.enumerate() {
                ids[[row, column]] = i64::from(*id);
                mask[[row, column]] = 1;
                segments[[row, column]] = i64::from(*segment);
            }
        }
        let mut given: Vec<(&str, SessionInputValue<'_>)> = Vec::new();
        for name in &self.inputs {
            let values = match name.as_str() {
                "attention_mask" => mask.clone(),
                "token_type_ids" => segments.clone(),
                _ => ids.clone(),
            };
            // In the graph's order and only what it asks for: an input that it does not know would be refused.
            given.push((name, Tensor::from_array(values).map_err(failed)?.into()));
        }
        let outputs = self.session.run(given).map_err(failed)?;
        let (shape, logits) = outputs[self.output.as_str()]
            .try_extract_tensor::<f32>()
            .map_err(failed)?;
        let count = self.labels.count;
        if **shape != [size.0 as i64, count as i64] {
            let expected = format!("{} × the {count} labels of config.json", size.0);
            return Err(EntailmentError::Model(format!(
                "it gives {} of the shape {shape:?} and not {expected}",
                self.output
            )));
        }
        logits
            .chunks_exact(count)
            // A graph with a fixed number of rows also gives opinions on the empty ones.
            .take(pairs.len())
            .map(|logits| self.labels.opinion(logits))
            .collect()
    }
}

/// The fixed numbers of rows and columns of an input, where it has such.
fn shape(input: &Outlet) -> Result<[Option<usize>; 2], String> {
    let name = input.name();
    match input.dtype() {
        ValueType::Tensor {
            ty: TensorElementType::Int64,
            shape,
            ..
        } => match shape[..] {
            [rows, columns] => Ok([rows, columns].map(|size| usize::try_from(size).ok())),
            _ => Err(format!("{name} is not batch × tokens")),
        },
        other => Err(format!("{name} is {other:?} and not of 64-bit integers")),
    }
}

/// A text in two at the white space, or else the character, that is nearest to its middle.
fn halves(text: &str) -> Option<(&str, &str)> {
    let middle = text.len() / 2;
    let inner = || text.char_indices().filter(|(at, _)| *at > 0);
    let spaces = inner().filter(|(_, c)| c.is_whitespace());
    let (at, _) = spaces
        .min_by_key(|(at, _)| at.abs_diff(middle))
        .or_else(|| inner().min_by_key(|(at, _)| at.abs_diff(middle)))?;
    Some(text.split_at(at))
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, EntailmentError> + Send + 'static,
) -> Result<T, EntailmentError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(failed(error)),
    }
}

fn failed(error: impl ToString) -> EntailmentError {
    EntailmentError::Model(error.to_string())
}
