//! How often a message that is being written may be changed.

use std::time::Duration;

use tokio::time::Instant;

/// How much slower it gets after a refusal, and how much of that is made good with each change that was taken.
const SLOWER: f64 = 1.5;
const FASTER: f64 = 0.9;

/// The pace of one reply: the first text at once, then as fast as the platform allows, slower when it refuses.
#[derive(Debug)]
pub(crate) struct Pace {
    shortest: Duration,
    longest: Duration,
    interval: Duration,
    next: Instant,
}

impl Pace {
    /// `shortest` is what the platform allows in the long run.
    pub(crate) fn new(shortest: Duration) -> Self {
        Self {
            shortest,
            longest: shortest.saturating_mul(10),
            interval: shortest,
            next: Instant::now(),
        }
    }

    /// When the next change may be sent.
    pub(crate) fn next(&self) -> Instant {
        self.next
    }

    /// A change was taken.
    pub(crate) fn taken(&mut self) {
        self.interval = self.interval.mul_f64(FASTER).max(self.shortest);
        self.next = Instant::now() + self.interval;
    }

    /// A change was refused until later.
    pub(crate) fn refused(&mut self, wait: Duration) {
        self.interval = self.interval.mul_f64(SLOWER).min(self.longest);
        self.next = Instant::now() + wait;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_slows_down_when_refused_and_recovers() {
        let second = Duration::from_secs(1);
        let mut pace = Pace::new(second);
        assert!(
            pace.next() <= Instant::now(),
            "the first text comes at once"
        );
        pace.refused(Duration::from_secs(7));
        assert_eq!(pace.next() - Instant::now(), Duration::from_secs(7));
        pace.taken();
        assert!(pace.next() - Instant::now() > second);
        for _ in 0..10 {
            pace.taken();
        }
        assert_eq!(pace.next() - Instant::now(), second);
    }
}
