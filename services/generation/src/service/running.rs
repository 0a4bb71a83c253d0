//! The attempts at turns that this process makes now.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use stoa_kit::metrics::metrics;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// By an id of the attempt: a turn that was taken over may be here twice for a moment.
#[derive(Debug, Clone, Default)]
pub(super) struct Running(Arc<Mutex<HashMap<Uuid, (Uuid, CancellationToken)>>>);

/// An attempt, until this is dropped.
pub(super) struct Attempt {
    running: Running,
    id: Uuid,
    cancel: CancellationToken,
}

impl Running {
    pub(super) fn enter(&self, turn: Uuid) -> Attempt {
        let (id, cancel) = (Uuid::new_v4(), CancellationToken::new());
        self.lock().insert(id, (turn, cancel.clone()));
        metrics().turns_in_hand.of([]).inc();
        Attempt {
            running: self.clone(),
            id,
            cancel,
        }
    }

    /// Stops what is being answered of a turn.
    pub(super) fn cancel(&self, turn: Uuid) {
        // All attempts at it, as both may be here while one takes over from the other.
        for (_, cancel) in self.lock().values().filter(|(of, _)| *of == turn) {
            cancel.cancel();
        }
    }

    /// The lock is held for calls of the map, so a panic cannot leave it half-written.
    fn lock(&self) -> MutexGuard<'_, HashMap<Uuid, (Uuid, CancellationToken)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Attempt {
    /// Cancelled when the attempt is to stop.
    pub(super) fn cancel(&self) -> &CancellationToken {
        &self.cancel
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        self.running.lock().remove(&self.id);
        metrics().turns_in_hand.of([]).dec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attempt_that_ends_leaves_its_successor() {
        let (running, turn) = (Running::default(), Uuid::new_v4());
        let (first, second) = (running.enter(turn), running.enter(turn));
        let other = running.enter(Uuid::new_v4());
        drop(first);
        running.cancel(turn);
        assert!(second.cancel().is_cancelled());
        assert!(!other.cancel().is_cancelled());
    }
}
