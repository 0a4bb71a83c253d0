//! Systems that a service needs: they are asked every few seconds, and its health tells of it.

use std::{fmt::Display, future::Future, time::Duration};

use tokio::time::{Instant, sleep, timeout};
use tracing::{debug, info, warn};

use super::Shutdown;

/// How needs are looked after.
const PACE: Pace = Pace {
    every: Duration::from_secs(2),
    at_first: Duration::from_millis(100),
    longest: Duration::from_secs(3),
    patience: Duration::from_secs(5),
};

/// How a need is looked after.
#[derive(Clone, Copy)]
struct Pace {
    /// Between two looks.
    every: Duration,
    /// The same at a start, for as long as nobody has lost patience.
    at_first: Duration,
    /// Longest that one look may take.
    longest: Duration,
    /// How long it must be away before that counts: a server that restarts, or a call that is lost, is no reason to send
    /// everybody elsewhere.
    patience: Duration,
}

impl Shutdown {
    /// Something that `service`, by its name in gRPC, needs in order to work: it is not ready before `check` has once
    /// returned `Ok`, nor when it has failed for more than some seconds. A check that takes longer than three seconds has
    /// failed. It must change nothing.
    pub fn need<F, T, E>(&self, service: &'static str, name: &'static str, check: F)
    where
        F: Fn() -> T + Send + 'static,
        T: Future<Output = Result<(), E>> + Send + 'static,
        E: Display + Send + 'static,
    {
        self.look_after(service, name, check, PACE);
    }

    fn look_after<F, T, E>(&self, service: &'static str, name: &'static str, check: F, pace: Pace)
    where
        F: Fn() -> T + Send + 'static,
        T: Future<Output = Result<(), E>> + Send + 'static,
        E: Display + Send + 'static,
    {
        self.vitals.lose(service, name);
        let mut need = Need {
            shutdown: self.clone(),
            service,
            name,
            pace,
            missing: true,
            told: false,
            failing_since: None,
        };
        self.spawn_server(name, async move {
            loop {
                // Called before it is awaited: a reference to the check must not be held across that.
                let asked = check();
                match timeout(pace.longest, asked).await {
                    Ok(Ok(())) => need.is_there(),
                    Ok(Err(error)) => need.is_away(&error),
                    Err(_) => need.is_away(&format_args!("no answer within {:?}", pace.longest)),
                }
                sleep(need.pause()).await;
            }
        });
    }
}

struct Need {
    shutdown: Shutdown,
    service: &'static str,
    name: &'static str,
    pace: Pace,
    /// It counts as missing.
    missing: bool,
    /// The operator was told.
    told: bool,
    failing_since: Option<Instant>,
}

impl Need {
    fn is_there(&mut self) {
        self.failing_since = None;
        if !std::mem::take(&mut self.missing) {
            return;
        }
        self.shutdown.vitals.regain(self.service, self.name);
        let (service, need) = (self.service, self.name);
        if std::mem::take(&mut self.told) {
            info!(service, need, "it is there again");
        } else {
            debug!(service, need, "it is there");
        }
    }

    fn is_away(&mut self, why: &dyn Display) {
        let since = *self.failing_since.get_or_insert_with(Instant::now);
        // While the process stops, what it needs may stop before it.
        if since.elapsed() < self.pace.patience || self.shutdown.is_stopping() {
            return;
        }
        if !std::mem::replace(&mut self.missing, true) {
            self.shutdown.vitals.lose(self.service, self.name);
        }
        if !std::mem::replace(&mut self.told, true) {
            let (service, need) = (self.service, self.name);
            warn!(
                service,
                need, "not ready, as something that it needs is away: {why}"
            );
        }
    }

    fn pause(&self) -> Duration {
        // At a start somebody waits for readiness; once the operator was told, the usual pace will do.
        if self.missing && !self.told {
            self.pace.at_first
        } else {
            self.pace.every
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    };

    use super::*;
    use crate::shutdown::Lacking;

    const SERVICE: &str = "stoa.example.v1.ExampleService";
    const DATABASE: &str = "database";

    fn lacks(lacking: &Lacking) -> bool {
        lacking
            .get(SERVICE)
            .is_some_and(|parts| parts.contains_key(DATABASE))
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_is_ready_when_what_it_needs_answers_and_not_when_it_is_away_for_long() {
        let shutdown = Shutdown::new();
        let mut lacking = shutdown.lacking();
        let there = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&there);
        shutdown.need(SERVICE, DATABASE, move || {
            let asked = asked.load(Ordering::SeqCst);
            async move { asked.then_some(()).ok_or("refused") }
        });
        assert!(
            lacks(&lacking.borrow_and_update()),
            "not before it was asked"
        );
        there.store(true, Ordering::SeqCst);
        let whole = |lacking: &Lacking| !lacks(lacking);
        lacking.wait_for(whole).await.expect("the process runs");
        there.store(false, Ordering::SeqCst);
        let gone = Instant::now();
        lacking.wait_for(lacks).await.expect("the process runs");
        assert!(gone.elapsed() >= PACE.patience, "{:?}", gone.elapsed());
        there.store(true, Ordering::SeqCst);
        let back = Instant::now();
        lacking.wait_for(whole).await.expect("the process runs");
        assert!(back.elapsed() <= PACE.every, "{:?}", back.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn one_failure_between_answers_is_none() {
        let shutdown = Shutdown::new();
        let mut lacking = shutdown.lacking();
        let looks = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&looks);
        shutdown.need(SERVICE, DATABASE, move || {
            let look = counted.fetch_add(1, Ordering::SeqCst);
            async move { look.is_multiple_of(2).then_some(()).ok_or("lost") }
        });
        let whole = |lacking: &Lacking| !lacks(lacking);
        lacking.wait_for(whole).await.expect("the process runs");
        lacking.mark_unchanged();
        while looks.load(Ordering::SeqCst) < 20 {
            sleep(PACE.every).await;
        }
        assert!(!lacking.has_changed().expect("the process runs"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_check_that_hangs_has_failed() {
        let shutdown = Shutdown::new();
        let mut lacking = shutdown.lacking();
        let looks = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&looks);
        shutdown.need(SERVICE, DATABASE, move || {
            let look = counted.fetch_add(1, Ordering::SeqCst);
            async move {
                if look > 0 {
                    std::future::pending::<()>().await;
                }
                Ok::<(), String>(())
            }
        });
        let whole = |lacking: &Lacking| !lacks(lacking);
        lacking.wait_for(whole).await.expect("the process runs");
        lacking.wait_for(lacks).await.expect("the process runs");
    }
}
