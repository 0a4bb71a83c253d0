//! The disk of the data folder, which may be full for a while.

use std::time::Duration;

use stoa_kit::{Room, Shutdown};

use super::child::Restart;

/// How often it is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// MiB that are free on a disk that is full, or will be in a moment; and on one that has room again.
const FULL: u64 = 16;
const ROOM: u64 = 32;

/// Starts nats-server again whenever the disk was full and has room: a stream of which one write found no room takes none
/// any more for as long as that process runs, and leases, jobs and what people say are such writes.
pub(super) async fn watch(room: Room, nats: Restart, shutdown: Shutdown) {
    let mut disk = Disk::default();
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = shutdown.stopping() => return,
        }
        let Ok(free) = room.free_mib() else {
            continue;
        };
        match disk.look(free) {
            Some(Change::Full) => {
                tracing::error!(free, "the disk of the data folder is full: make room");
            }
            Some(Change::Room) => {
                tracing::warn!(
                    free,
                    "the disk has room again: nats-server is started again, as it would not write"
                );
                nats.now();
            }
            None => {}
        }
    }
}

/// What became of a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Full,
    Room,
}

#[derive(Debug, Default)]
struct Disk {
    is_full: bool,
}

impl Disk {
    fn look(&mut self, free: u64) -> Option<Change> {
        let change = match self.is_full {
            false if free < FULL => Change::Full,
            true if free >= ROOM => Change::Room,
            _ => return None,
        };
        self.is_full = change == Change::Full;
        Some(change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_has_room_again_after_it_was_full_and_not_at_its_brink() {
        let mut disk = Disk::default();
        let changes: Vec<Option<Change>> = [900, 17, 15, 0, 20, 15, 32, 33, 20, 15]
            .map(|free| disk.look(free))
            .to_vec();
        let (full, room) = (Some(Change::Full), Some(Change::Room));
        assert_eq!(
            changes,
            [None, None, full, None, None, None, room, None, None, full]
        );
    }
}
