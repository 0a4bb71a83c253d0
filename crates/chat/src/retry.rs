//! Waits between attempts.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio_util::sync::CancellationToken;

/// Waits between attempts: each about twice as long as the one before it, up to a limit, and by chance a little more, so
/// that those who began together do not come again together.
#[derive(Debug)]
pub struct Backoff {
    longest: Duration,
    builder: ExponentialBuilder,
    waits: ExponentialBackoff,
}

impl Backoff {
    /// Waits from the first to the longest.
    pub fn new(first: Duration, longest: Duration) -> Self {
        let builder = ExponentialBuilder::new()
            .with_min_delay(first)
            .with_max_delay(longest)
            .without_max_times()
            .with_jitter();
        Self {
            longest,
            builder,
            waits: builder.build(),
        }
    }

    /// Begins with the first wait again.
    pub fn reset(&mut self) {
        self.waits = self.builder.build();
    }

    /// The next wait.
    pub fn next_wait(&mut self) -> Duration {
        // There is always one, as their number has no limit.
        self.waits.next().unwrap_or(self.longest)
    }

    /// Waits; `false` when it is told to stop.
    pub async fn wait(&mut self, stop: &CancellationToken) -> bool {
        tokio::select! {
            () = tokio::time::sleep(self.next_wait()) => true,
            () = stop.cancelled() => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_limit_and_begin_anew() {
        let (first, longest) = (Duration::from_millis(100), Duration::from_secs(1));
        let mut backoff = Backoff::new(first, longest);
        let waits: Vec<Duration> = (0..20).map(|_| backoff.next_wait()).collect();
        assert!(waits[0] >= first && waits[0] <= first * 2, "{waits:?}");
        assert!(
            waits[19] >= longest && waits[19] <= longest * 2,
            "{waits:?}"
        );
        backoff.reset();
        assert!(backoff.next_wait() <= first * 2);
    }
}
