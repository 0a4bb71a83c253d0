//! Waits between attempts. How long they are is decided here alone.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBackoff, ExponentialBuilder};
use tokio_util::sync::CancellationToken;

/// Waits without end: each about twice as long as the one before it, the first at most `first`, none over `longest`.
///
/// A wait is anything from half of its length to all of it: those that lost a server at the same moment do not come back
/// to it at the same moment.
pub fn waits(first: Duration, longest: Duration) -> ExponentialBuilder {
    ExponentialBuilder::default()
        .with_min_delay(first / 2)
        .with_max_delay(longest / 2)
        // The caller limits it, by a time or by a number of its own.
        .without_max_times()
        // Adds up to as much again, hence the halves.
        .with_jitter()
}

/// The wait after so many failed attempts, for those who keep count of them elsewhere.
pub fn wait_after(attempts: u32, first: Duration, longest: Duration) -> Duration {
    // Far past where any wait is at its longest.
    let before = attempts.saturating_sub(1).min(63) as usize;
    let mut waits = waits(first, longest).build().skip(before);
    waits.next().unwrap_or(longest)
}

/// Waits between the attempts of a loop.
#[derive(Debug)]
pub struct Backoff {
    builder: ExponentialBuilder,
    waits: ExponentialBackoff,
    longest: Duration,
}

impl Backoff {
    /// Waits from the first to the longest.
    pub fn new(first: Duration, longest: Duration) -> Self {
        let builder = waits(first, longest);
        Self {
            builder,
            waits: builder.build(),
            longest,
        }
    }

    /// Begins with the first wait again.
    pub fn reset(&mut self) {
        self.waits = self.builder.build();
    }

    /// The next wait.
    pub fn next_wait(&mut self) -> Duration {
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

    const FIRST: Duration = Duration::from_secs(2);
    const LONGEST: Duration = Duration::from_secs(300);

    #[test]
    fn waits_double_up_to_a_limit_and_begin_again() {
        let mut backoff = Backoff::new(FIRST, LONGEST);
        for expected in [2, 4, 8, 16, 32, 64, 128, 256, 300, 300] {
            let (wait, expected) = (backoff.next_wait(), Duration::from_secs(expected));
            assert!(
                wait >= expected / 2 && wait <= expected,
                "{wait:?} is not half of {expected:?} to all of it"
            );
        }
        backoff.reset();
        assert!(backoff.next_wait() <= FIRST);
    }

    #[test]
    fn a_wait_is_known_by_the_attempts_before_it() {
        assert!(wait_after(0, FIRST, LONGEST) <= FIRST);
        assert!(wait_after(1, FIRST, LONGEST) <= FIRST);
        assert!(wait_after(3, FIRST, LONGEST) >= FIRST * 2);
        for attempts in [60, u32::MAX] {
            let wait = wait_after(attempts, FIRST, LONGEST);
            assert!(wait >= LONGEST / 2 && wait <= LONGEST, "{wait:?}");
        }
    }

    #[test]
    fn two_that_fail_together_do_not_come_back_together() {
        let wait = || wait_after(8, FIRST, LONGEST);
        let first = wait();
        assert!((0..20).any(|_| wait() != first));
    }
}
