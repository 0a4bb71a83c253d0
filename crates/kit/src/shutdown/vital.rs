//! Tasks that a service cannot do without: they are started again when they end, and its health tells of it.

use std::{any::Any, collections::BTreeMap, future::Future, sync::Arc, time::Duration};

use tokio::{sync::watch, task::JoinError};
use tokio_util::task::AbortOnDropHandle;
use tracing::{Instrument, error};

use super::Shutdown;
use crate::retry::Backoff;

/// How tasks are started again.
const RESTARTS: Restarts = Restarts {
    first: Duration::from_millis(500),
    longest: Duration::from_secs(30),
    settled: Duration::from_secs(10),
};

/// How a task is started again.
struct Restarts {
    /// Waits before that: the first, and the longest.
    first: Duration,
    longest: Duration,
    /// How long it must run then before it counts as there.
    settled: Duration,
}

/// What each service lacks, by its name in gRPC: each part or need with how many of it. One that lacks nothing is absent.
pub type Lacking = BTreeMap<&'static str, BTreeMap<&'static str, usize>>;

/// What all services of a process lack.
#[derive(Debug, Clone)]
pub(super) struct Vitals(Arc<watch::Sender<Lacking>>);

impl Default for Vitals {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(Lacking::new())))
    }
}

impl Vitals {
    pub(super) fn lose(&self, service: &'static str, part: &'static str) {
        self.0.send_modify(|lacking| {
            *lacking.entry(service).or_default().entry(part).or_default() += 1;
        });
    }

    pub(super) fn regain(&self, service: &'static str, part: &'static str) {
        self.0.send_modify(|lacking| {
            let Some(parts) = lacking.get_mut(service) else {
                return;
            };
            if let Some(missing) = parts.get_mut(part) {
                *missing = missing.saturating_sub(1);
            }
            parts.retain(|_, missing| *missing > 0);
            lacking.retain(|_, parts| !parts.is_empty());
        });
    }

    pub(super) fn subscribe(&self) -> watch::Receiver<Lacking> {
        self.0.subscribe()
    }
}

/// Held by something that cannot be started again, such as a thread that owns a model: when it is dropped before the
/// process stops, its service is not healthy any more.
#[derive(Debug)]
pub struct Vital {
    shutdown: Shutdown,
    service: &'static str,
    name: &'static str,
}

impl Drop for Vital {
    fn drop(&mut self) {
        if self.shutdown.is_stopping() {
            return;
        }
        error!(
            service = self.service,
            "{} has ended, and the service cannot work without it: start it again", self.name
        );
        self.shutdown.vitals.lose(self.service, self.name);
    }
}

impl Shutdown {
    /// Runs a task that `service`, by its name in gRPC, cannot do without. Should it end or panic before `stopping`, it is
    /// started again, and until it runs the service is not healthy. It must end soon after `stopping`.
    pub fn spawn_vital<F, T>(&self, service: &'static str, name: &'static str, task: F)
    where
        F: Fn() -> T + Send + 'static,
        T: Future<Output = ()> + Send + 'static,
    {
        let shutdown = self.clone();
        self.spawn(name, async move {
            shutdown.keep_running(service, name, task, RESTARTS).await;
        });
    }

    /// A part of `service` that cannot be started again.
    pub fn vital(&self, service: &'static str, name: &'static str) -> Vital {
        Vital {
            shutdown: self.clone(),
            service,
            name,
        }
    }

    async fn keep_running<F, T>(
        &self,
        service: &'static str,
        name: &'static str,
        task: F,
        restarts: Restarts,
    ) where
        F: Fn() -> T,
        T: Future<Output = ()> + Send + 'static,
    {
        let mut backoff = Backoff::new(restarts.first, restarts.longest);
        let mut is_lost = false;
        loop {
            // Spawned, so that a panic ends this life of it and no more.
            let life = tokio::spawn(task().in_current_span());
            // Spawned tasks outlive their parent otherwise, and this one must end with it.
            let mut life = AbortOnDropHandle::new(life);
            let ended = if is_lost {
                tokio::select! {
                    ended = &mut life => ended,
                    // Healthy only when it has run for a while: one that fails at once again would flicker.
                    () = tokio::time::sleep(restarts.settled) => {
                        self.vitals.regain(service, name);
                        is_lost = false;
                        backoff.reset();
                        life.await
                    }
                }
            } else {
                life.await
            };
            if self.is_stopping() {
                return;
            }
            if !is_lost {
                self.vitals.lose(service, name);
                is_lost = true;
            }
            let how = ended.map_or_else(how_it_ended, |()| "it has ended".to_owned());
            error!(service, "{name} is started again: {how}");
            if !backoff.wait(&self.stopping).await {
                return;
            }
        }
    }
}

fn how_it_ended(error: JoinError) -> String {
    match error.try_into_panic() {
        Ok(panic) => format!("it failed: {}", panic_message(panic.as_ref())),
        Err(error) => error.to_string(),
    }
}

/// The message of a panic.
pub fn panic_message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("it said nothing")
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    const SERVICE: &str = "stoa.example.v1.ExampleService";

    #[tokio::test]
    async fn a_task_that_panics_is_missed_and_started_again() {
        let shutdown = Shutdown::new();
        let mut lacking = shutdown.lacking();
        let lives = Arc::new(AtomicU32::new(0));
        let (counted, stop) = (Arc::clone(&lives), shutdown.clone());
        let counter = move || {
            let (life, stop) = (counted.fetch_add(1, Ordering::SeqCst), stop.clone());
            async move {
                assert!(life >= 2, "life {life} ends early");
                stop.stopping().await;
            }
        };
        let moment = Duration::from_millis(20);
        let restarts = Restarts {
            first: moment,
            longest: moment,
            settled: moment,
        };
        let owner = shutdown.clone();
        shutdown.spawn("counter", async move {
            owner
                .keep_running(SERVICE, "counter", counter, restarts)
                .await;
        });
        let lacks = |lacking: &Lacking| {
            lacking
                .get(SERVICE)
                .is_some_and(|parts| parts.contains_key("counter"))
        };
        lacking.wait_for(lacks).await.expect("the process runs");
        let whole = |lacking: &Lacking| lacking.is_empty();
        lacking.wait_for(whole).await.expect("the process runs");
        assert_eq!(lives.load(Ordering::SeqCst), 3);
        shutdown.trigger();
        assert!(shutdown.drain(Duration::from_secs(60)).await);
        assert!(lacking.borrow().is_empty(), "an end in order is none");
    }

    #[tokio::test]
    async fn what_cannot_be_started_again_stays_missed() {
        let shutdown = Shutdown::new();
        drop(shutdown.vital(SERVICE, "a thread"));
        let one = BTreeMap::from([("a thread", 1)]);
        assert_eq!(shutdown.lacking().borrow().get(SERVICE), Some(&one));
        let kept = shutdown.vital(SERVICE, "another");
        shutdown.trigger();
        drop(kept);
        assert_eq!(shutdown.lacking().borrow().get(SERVICE), Some(&one));
    }

    #[test]
    fn a_panic_says_what_it_said() {
        let said = |panic: Box<dyn Any + Send>| panic_message(panic.as_ref()).to_owned();
        assert_eq!(said(Box::new("cut")), "cut");
        assert_eq!(said(Box::new("cut".to_owned())), "cut");
        assert_eq!(said(Box::new(1)), "it said nothing");
    }
}
