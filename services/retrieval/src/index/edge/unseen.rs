//! Versions that are being written.
//!
//! To show a passage is to change it, and the engine changes a passage of a closed segment by writing it anew into the open
//! one. So a segment is not closed in the middle of a large document.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use uuid::Uuid;

use crate::index::Record;

/// Passages that are written anew without anybody noticing.
const FEW: usize = 1_024;
/// Whoever writes a version and did not for so long has given it up.
const GIVEN_UP: Duration = Duration::from_secs(60);

/// How many passages of each version were written, and when the last of them.
#[derive(Debug, Default)]
pub(super) struct Unseen {
    versions: HashMap<(Uuid, u32), (usize, Instant)>,
}

impl Unseen {
    /// Passages were written.
    pub(super) fn add(&mut self, records: &[Record], now: Instant) {
        for Record { payload, .. } in records {
            let version = (payload.document_id, payload.version);
            let (passages, last) = self.versions.entry(version).or_insert((0, now));
            *passages += 1;
            *last = now;
        }
    }

    /// A version of a document, or all of them, is not being written any more.
    pub(super) fn end(&mut self, document_id: Uuid, version: Option<u32>) {
        let is_meant = |(document, number): &(Uuid, u32)| {
            *document == document_id && version.is_none_or(|version| version == *number)
        };
        self.versions.retain(|key, _| !is_meant(key));
    }

    /// Whether those that are being written are few enough.
    pub(super) fn are_few(&mut self, now: Instant) -> bool {
        self.versions
            .retain(|_, (_, last)| now.duration_since(*last) < GIVEN_UP);
        let passages: usize = self.versions.values().map(|(passages, _)| passages).sum();
        passages <= FEW
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::edge::tests::{document, record};

    #[test]
    fn a_large_version_counts_until_it_is_shown_removed_or_given_up() {
        let now = Instant::now();
        let (large, small) = (document(1), document(2));
        let of =
            |id, passages| -> Vec<Record> { (0..passages).map(|n| record(id, 0, n)).collect() };
        let mut unseen = Unseen::default();
        assert!(unseen.are_few(now));
        unseen.add(&of(small, 16), now);
        assert!(unseen.are_few(now));
        unseen.add(&of(large, FEW), now);
        assert!(!unseen.are_few(now));
        unseen.end(large, Some(2));
        assert!(!unseen.are_few(now), "that was another version");
        unseen.end(large, Some(1));
        assert!(unseen.are_few(now));
        unseen.add(&of(large, FEW), now);
        unseen.end(large, None);
        assert!(unseen.are_few(now));
        unseen.add(&of(large, FEW), now);
        assert!(unseen.are_few(now + GIVEN_UP));
    }
}
