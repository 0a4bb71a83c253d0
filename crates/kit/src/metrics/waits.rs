//! Queues within a process.

use super::metrics;

pub(super) const QUEUES: &[&str] = &["gateway", "index", "language model"];

/// A queue within a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    /// Events of Discord's gateway, for the inbox.
    Gateway,
    /// Changes of the embedded index.
    Index,
    /// Prompts for a language model in process.
    LanguageModel,
}

/// Something that waits, until this is dropped.
#[derive(Debug)]
#[must_use = "it waits no longer when this is dropped"]
pub struct Waits(Queue);

impl Queue {
    fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Index => "index",
            Self::LanguageModel => "language model",
        }
    }

    /// Says how many things one such queue takes.
    pub fn takes(self, most: usize) {
        metrics().waiting_most.of([self.name()]).set(most as f64);
    }

    /// Counts something that waits.
    pub fn waits(self) -> Waits {
        metrics().waiting.of([self.name()]).inc();
        Waits(self)
    }
}

impl Drop for Waits {
    fn drop(&mut self) {
        metrics().waiting.of([self.0.name()]).dec();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_is_counted_while_it_does() {
        // No other test of this crate has something wait.
        let waiting = || metrics().waiting.of(["gateway"]).get();
        Queue::Gateway.takes(2);
        let (first, second) = (Queue::Gateway.waits(), Queue::Gateway.waits());
        assert_eq!(waiting(), 2.0);
        drop(first);
        assert_eq!(waiting(), 1.0);
        drop(second);
        assert_eq!(waiting(), 0.0);
        assert_eq!(metrics().waiting_most.of(["gateway"]).get(), 2.0);
    }

    #[test]
    fn each_queue_is_declared() {
        for queue in [Queue::Gateway, Queue::Index, Queue::LanguageModel] {
            assert!(QUEUES.contains(&queue.name()), "{queue:?}");
        }
    }
}
