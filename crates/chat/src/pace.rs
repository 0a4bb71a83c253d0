//! How often a message that is being written may be edited.

use std::time::Duration;

use tokio::time::Instant;

/// How much slower it gets after a refusal.
const SLOWER: f64 = 1.5;
/// How much faster again with each edit that succeeds. It takes four to make up for a refusal, so that the pace settles
/// just within the limit in place of running into it again and again.
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
    /// `shortest` is the least time between edits that the platform allows.
    pub(crate) fn new(shortest: Duration) -> Self {
        Self {
            shortest,
            // Even where the platform keeps refusing, people see that it goes on.
            longest: shortest.saturating_mul(10),
            interval: shortest,
            next: Instant::now(),
        }
    }

    /// When the next edit may be sent.
    pub(crate) fn next(&self) -> Instant {
        self.next
    }

    /// An edit succeeded.
    pub(crate) fn succeeded(&mut self) {
        self.interval = self.interval.mul_f64(FASTER).max(self.shortest);
        self.next = Instant::now() + self.interval;
    }

    /// An edit was refused for now.
    pub(crate) fn refused(&mut self, wait: Duration) {
        self.interval = self.interval.mul_f64(SLOWER).min(self.longest);
        // The platform says when; the slower pace begins after that.
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
        pace.succeeded();
        assert!(pace.next() - Instant::now() > second);
        for _ in 0..10 {
            pace.succeeded();
        }
        assert_eq!(pace.next() - Instant::now(), second);
    }
}
