//! Room on the disk: below what is to stay free, nothing is written that can wait.
//!
//! A file that is mapped into memory takes its room when it is written to. Where the disk is full then, no call fails: the
//! kernel ends the process (SIGBUS). So the room is looked at before, and enough is left for those who cannot wait, such as
//! a database on the same disk.

use std::path::PathBuf;

use nix::sys::statvfs::statvfs;
use thiserror::Error;
use tonic::{Status, metadata::MetadataValue};

use crate::Config;

const MIB: u64 = 1 << 20;
/// Room that removing takes, which is the way to get room: for the marks that something is gone.
const FOR_REMOVING: u64 = 32 * MIB;
/// Marks a refusal as one that ends by itself when there is room again.
const MARK: &str = "stoa-waits-for";

/// A folder, and how much room is to stay free on its disk.
#[derive(Debug, Clone)]
pub struct Room {
    folder: PathBuf,
    kept: u64,
}

/// There is too little room. Sizes are in MiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "there is too little room on the disk: {free} MiB are free, and by data.min_free_mib {kept} MiB stay free: make room"
)]
pub struct NoRoom {
    /// What is free.
    pub free: u64,
    /// What is to stay free.
    pub kept: u64,
}

impl Room {
    /// The disk of a folder, with `min_free_mib` MiB to stay free; 0 keeps none.
    pub fn new(folder: impl Into<PathBuf>, min_free_mib: u64) -> Self {
        Self {
            folder: folder.into(),
            kept: min_free_mib.saturating_mul(MIB),
        }
    }

    /// The disk of a folder, with what is configured to stay free.
    pub fn of(config: &Config, folder: impl Into<PathBuf>) -> Self {
        Self::new(folder, config.data.min_free_mib)
    }

    /// Whether what grows may grow.
    pub fn for_growth(&self) -> Result<(), NoRoom> {
        self.keeps(self.kept, 0)
    }

    /// Whether a document of `bytes` may be taken in. It may down to half of what is to stay free, so that it waits in
    /// line instead of being refused.
    pub fn for_document(&self, bytes: u64) -> Result<(), NoRoom> {
        self.keeps(self.kept / 2, bytes)
    }

    /// Whether something may be removed.
    pub fn for_removing(&self) -> Result<(), NoRoom> {
        self.keeps(self.kept.min(FOR_REMOVING), 0)
    }

    /// MiB that are free.
    pub fn free_mib(&self) -> std::io::Result<u64> {
        Ok(self.free()? / MIB)
    }

    /// Bytes that are free.
    pub(crate) fn free(&self) -> nix::Result<u64> {
        // Of the folder's own file system, which may be a volume of its own.
        let disk = statvfs(&self.folder)?;
        Ok(disk.blocks_available().saturating_mul(disk.fragment_size()))
    }

    fn keeps(&self, kept: u64, taken: u64) -> Result<(), NoRoom> {
        let free = match self.free() {
            Ok(free) => free,
            // A disk that cannot be looked at may still take writes, and a write that fails names the fault.
            Err(error) => {
                tracing::debug!(%error, "the room on the disk of {} is not known", self.folder.display());
                return Ok(());
            }
        };
        if free.saturating_sub(taken) >= kept {
            return Ok(());
        }
        Err(NoRoom {
            free: free / MIB,
            kept: self.kept / MIB,
        })
    }
}

impl From<NoRoom> for Status {
    fn from(error: NoRoom) -> Self {
        let mut status = Self::resource_exhausted(error.to_string());
        status
            .metadata_mut()
            // In the metadata, as the code alone does not tell this from a queue that is full.
            .insert(MARK, MetadataValue::from_static("room"));
        status
    }
}

/// Whether a call was refused for want of room: it succeeds when there is some.
pub fn is_short(status: &Status) -> bool {
    status.metadata().contains_key(MARK)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_to_stay_free_stops_growth_and_not_removing() {
        let folder = std::env::temp_dir();
        let none = Room::new(&folder, 0);
        assert!(none.for_growth().is_ok() && none.for_document(1).is_ok());
        let all = Room::new(&folder, u64::MAX);
        let short = all.for_growth().expect_err("no disk is that large");
        assert!(short.to_string().contains("data.min_free_mib"), "{short}");
        assert!(all.for_document(1).is_err());
        assert!(all.for_removing().is_ok(), "that is how room is made");
        assert!(none.for_document(u64::MAX).is_ok(), "0 keeps none");
    }

    #[test]
    fn a_document_is_taken_in_where_growth_waits_already() {
        let folder = std::env::temp_dir();
        let disk = statvfs(&folder).expect("is there");
        let free = disk.blocks_available().saturating_mul(disk.fragment_size()) / MIB;
        let room = Room::new(&folder, free + free / 2);
        assert!(room.for_growth().is_err());
        assert!(room.for_document(1).is_ok());
        assert!(room.for_document(free * MIB).is_err(), "it must fit");
    }

    #[test]
    fn a_refusal_says_that_it_ends_by_itself() {
        let short = NoRoom { free: 1, kept: 2 };
        assert!(is_short(&Status::from(short)));
        assert!(!is_short(&Status::resource_exhausted("the queue is full")));
    }
}
