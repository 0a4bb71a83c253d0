//! The second stage: bytes to text, page by page.

use bytes::Bytes;

use super::{Failure, Run};
use crate::{
    extract::{ExtractError, Extracted, Limits, extract},
    job::Stage,
};

impl Run<'_> {
    pub(super) async fn parse(&self, bytes: &Bytes) -> Result<Extracted, Failure> {
        let settings = &self.pipeline.settings;
        let limits = Limits {
            pages: settings.max_pages,
            text_bytes: settings.max_text_bytes,
            seconds: settings.parse_secs,
            memory_mib: settings.parse_memory_mib,
        };
        // Not within the limit on time, which begins when the child does.
        let permit = self.pipeline.parsers.acquire().await;
        let _permit = permit.map_err(|error| Failure::transient(Stage::Parse, error))?;
        let extracted = extract(&self.lease.name, bytes, limits).await;
        extracted.map_err(|error| match error {
            // The parser's process did not start, which says nothing about the document.
            ExtractError::Broken { .. } => Failure::transient(Stage::Parse, error),
            error => Failure::Permanent {
                stage: Stage::Parse,
                page: error.page(),
                reason: error.to_string(),
            },
        })
    }
}
