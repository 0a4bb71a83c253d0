//! The engine's segments, kept such that a change costs what it has and not what is there already.
//!
//! Changes are written into one segment, whose keyword index takes longer for each passage that it has: for a weight that is
//! appended to a term's list, the list is walked to its begin. So this segment stays small: when it is full it is closed,
//! with a graph and a compact keyword index, and the next one is begun. But each flush writes files of each segment and each
//! search asks all of them, so closed ones are merged: when nobody waits for anything else, or when there are many.
//!
//! Both are done by the thread that changes the index, and not beside it: what the engine removes from a segment while it is
//! being rebuilt is in memory only until that is done.

use qdrant_edge::{EdgeOptimizersConfig, EdgeShard, OperationError};

/// Segments that are merged at a time; as few as these stay as they are.
const AT_A_TIME: usize = 4;

/// How large segments become, in KiB of vectors, and how many there may be before merging does not wait for a quiet time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segments {
    pub(super) full: usize,
    pub(super) largest: usize,
    pub(super) most: usize,
}

impl Default for Segments {
    /// At 384 dimensions one is full with 5,400 passages: closing it takes a second or two on two cores, in which other
    /// changes wait. Merging four takes three to six, since most of a graph is taken over.
    fn default() -> Self {
        Self {
            full: 8 << 10,
            largest: 64 << 10,
            most: 12,
        }
    }
}

impl Segments {
    /// Full ones are closed, and none are merged however many there are.
    pub(super) fn closing(self) -> EdgeOptimizersConfig {
        self.up_to(usize::MAX)
    }

    /// Closes the one that is written to if it is full, and clears those of which much was removed. Costs next to nothing
    /// when there is nothing to do.
    pub(super) fn close_full(self, shard: &EdgeShard) -> Result<(), OperationError> {
        if shard.optimize()? && shard.info().segments_count > self.most {
            self.merge_smallest(shard)?;
        }
        Ok(())
    }

    /// Merges the smallest into one. `false` when there are few, or all are large.
    pub(super) fn merge_smallest(self, shard: &EdgeShard) -> Result<bool, OperationError> {
        let segments = shard.info().segments_count;
        if segments <= AT_A_TIME {
            return Ok(false);
        }
        // The engine merges two more than there are too many.
        shard.set_optimizers_config(self.up_to(segments + 2 - AT_A_TIME))?;
        // Set back whatever came of it, or every later call would merge.
        let merged = shard.optimize();
        shard.set_optimizers_config(self.closing())?;
        merged
    }

    /// As many as these may be there before the engine merges some.
    fn up_to(self, number: usize) -> EdgeOptimizersConfig {
        EdgeOptimizersConfig {
            default_segment_number: Some(number),
            max_segment_size: Some(self.largest),
            indexing_threshold: Some(self.full),
            ..EdgeOptimizersConfig::default()
        }
    }
}
