//! ONNX Runtime, which every model of that format runs in.

use std::{
    path::Path,
    sync::{Mutex, PoisonError},
};

use ort::{
    environment::Environment,
    session::{Session, builder::GraphOptimizationLevel},
};

use crate::{LoadError, broken, require};

/// A process may have one environment only, and several models.
static ENVIRONMENT: Mutex<Option<Environment>> = Mutex::new(None);

/// Opens a graph. `assets` is the folder with `lib/`, where the setup script puts ONNX Runtime.
pub(crate) fn open(assets: &Path, graph: &Path, threads: usize) -> Result<Session, LoadError> {
    session(&environment(assets)?, graph, threads).map_err(|error| broken(graph, error))
}

fn environment(assets: &Path) -> Result<Environment, LoadError> {
    let mut kept = ENVIRONMENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = &*kept {
        return Ok(environment.clone());
    }
    let library = require("ONNX Runtime", assets.join("lib").join("libonnxruntime.so"))?;
    let environment = ort::init_from(&library)
        .map_err(|error| broken(&library, error))?
        .with_name("stoa")
        .with_telemetry(false)
        .build()
        .map_err(|error| broken(&library, error))?;
    Ok(kept.insert(environment).clone())
}

fn session(environment: &Environment, graph: &Path, threads: usize) -> Result<Session, String> {
    Session::builder(environment)
        .map_err(text)?
        .with_optimization_level(GraphOptimizationLevel::All)
        .map_err(text)?
        .with_intra_threads(threads)
        .map_err(text)?
        // Batches differ in shape, so a plan of one is memory wasted on the next.
        .with_memory_pattern(false)
        .map_err(text)?
        .commit_from_file(graph)
        .map_err(text)
}

fn text(error: impl ToString) -> String {
    error.to_string()
}
