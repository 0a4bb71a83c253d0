//! A document's bytes as they arrive, one message after another.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use stoa_kit::metrics;
use stoa_proto::ingestion::{SubmitRequest, submit_request::Part};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::{Status, Streaming};

use super::validate;
use crate::{blobs::ContentHash, store::Target};

/// Uploads are held in memory: all of them together take at most this many times the largest document.
const LARGEST_AT_ONCE: usize = 3;
/// Memory is counted in KiB, since a semaphore's permits are too few to count bytes.
const KIB: usize = 1 << 10;

/// Receives documents within a limit on each, and on the memory that all of them take.
#[derive(Debug, Clone)]
pub(crate) struct Uploads {
    max_bytes: u64,
    memory: Arc<Semaphore>,
}

/// A document that was received. Its memory is free for others when it is dropped.
pub(super) struct Upload {
    pub(super) target: Target,
    pub(super) bytes: Bytes,
    pub(super) hash: ContentHash,
    pub(super) memory: Vec<OwnedSemaphorePermit>,
}

impl Uploads {
    pub(crate) fn new(max_bytes: u64) -> Self {
        let largest = usize::try_from(max_bytes).unwrap_or(usize::MAX / LARGEST_AT_ONCE);
        // At least a permit for each, where the largest document is below a KiB.
        let most = (largest / KIB * LARGEST_AT_ONCE).clamp(LARGEST_AT_ONCE, Semaphore::MAX_PERMITS);
        let memory = Arc::new(Semaphore::new(most));
        let left = Arc::clone(&memory);
        metrics::on_read(move |metrics| {
            let held = most.saturating_sub(left.available_permits());
            metrics.upload_bytes.of([]).set((held * KIB) as f64);
            metrics.upload_bytes_most.of([]).set((most * KIB) as f64);
        });
        Self { max_bytes, memory }
    }

    pub(super) async fn receive(
        &self,
        mut parts: Streaming<SubmitRequest>,
    ) -> Result<Upload, Status> {
        let first = parts.message().await?.and_then(|message| message.part);
        let Some(Part::Header(header)) = first else {
            return Err(Status::invalid_argument(
                "the first message must be the header",
            ));
        };
        // Before any bytes are taken: no row would name those of a refused upload.
        let sha256 = header.sha256.clone();
        let target = validate::upload(header)?;
        let (mut bytes, mut memory) = (BytesMut::new(), Vec::new());
        while let Some(message) = parts.message().await? {
            let Some(Part::Chunk(chunk)) = message.part else {
                return Err(Status::invalid_argument(
                    "only the first message may be a header",
                ));
            };
            if (bytes.len() + chunk.len()) as u64 > self.max_bytes {
                return Err(Status::resource_exhausted(format!(
                    "`{}` is larger than {} bytes (ingestion.max_bytes): split it",
                    target.name, self.max_bytes
                )));
            }
            memory.push(self.reserve(chunk.len())?);
            bytes.extend_from_slice(&chunk);
        }
        if bytes.is_empty() {
            return Err(Status::invalid_argument(format!(
                "`{}` is empty",
                target.name
            )));
        }
        let bytes = bytes.freeze();
        let hash = ContentHash::of(&bytes);
        // Before anything is stored: a proxy that cuts a stream short would otherwise teach half a document.
        if !sha256.is_empty() && sha256 != hash.hex() {
            return Err(Status::data_loss(format!(
                "`{}` was changed on its way: send it again",
                target.name
            )));
        }
        Ok(Upload {
            target,
            bytes,
            hash,
            memory,
        })
    }

    /// Refuses instead of waiting: uploads that each hold a part of the memory could wait for each other for ever.
    fn reserve(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Status> {
        let kib = u32::try_from(bytes.div_ceil(KIB)).unwrap_or(u32::MAX);
        Arc::clone(&self.memory)
            .try_acquire_many_owned(kib)
            .map_err(|_| Status::unavailable("many uploads are under way: try again shortly"))
    }
}
