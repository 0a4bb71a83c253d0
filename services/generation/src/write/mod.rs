//! What a model is told, and how what it writes becomes an answer.

mod blocks;
mod closing;
mod draft;
mod prompt;
pub(crate) mod prompts;

pub(crate) use blocks::BlockStream;
pub(crate) use draft::{Batch, Draft, LOST};
pub(crate) use prompt::{Asking, MAX_PERSONA_TOKENS, build, rewrite};
