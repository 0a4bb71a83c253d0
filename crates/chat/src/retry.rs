//! Waits between attempts.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

/// Waits between attempts: each twice as long as the one before it, up to a limit.
#[derive(Debug, Clone)]
pub struct Backoff {
    first: Duration,
    longest: Duration,
    next: Duration,
}

impl Backoff {
    /// Waits from the first to the longest.
    pub fn new(first: Duration, longest: Duration) -> Self {
        Self {
            first,
            longest,
            next: first,
        }
    }

    /// Begins with the first wait again.
    pub fn reset(&mut self) {
        self.next = self.first;
    }

    /// The next wait.
    pub fn next_wait(&mut self) -> Duration {
        let wait = self.next;
        self.next = (wait * 2).min(self.longest);
        wait
    }

    /// Waits; `false` when it is told to stop.
    pub async fn wait(&mut self, stop: &CancellationToken) -> bool {
        tokio::select! {
            () = tokio::time::sleep(self.next_wait()) => true,
            () = stop.cancelled() => false,
        }
    }
}
