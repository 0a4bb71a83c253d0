use std::sync::Arc;

use prost::Message;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tonic::{Code, Status, metadata::MetadataValue};

use crate::metrics;

/// When a caller that was turned away may ask again, in milliseconds, as gRPC's retry design has it.
pub(in crate::grpc) const PUSHBACK: &str = "grpc-retry-pushback-ms";
const PUSHBACK_SECS: i64 = 1;

/// How many calls each service of a server takes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Calls that are worked on at once; streams count until they end.
    pub(super) at_once: usize,
    /// Calls that wait for that, unread. What comes then is turned away.
    pub(super) queue: usize,
}

/// Lets as many calls into a service as it works on at once, and as many wait as may.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    service: &'static str,
    places: Arc<Semaphore>,
    queue: Arc<Semaphore>,
}

impl Gate {
    pub(super) fn new(service: &'static str, limits: Limits) -> Self {
        Self {
            service,
            places: counted(service, "working", limits.at_once),
            queue: counted(service, "waiting", limits.queue),
        }
    }

    /// Waits for a place, which is kept until what is returned is dropped. UNAVAILABLE: too many wait.
    pub(super) async fn enter(&self) -> Result<OwnedSemaphorePermit, Status> {
        let places = Arc::clone(&self.places);
        if let Ok(place) = Arc::clone(&places).try_acquire_owned() {
            return Ok(place);
        }
        let full = |_| overloaded(self.service);
        // Given back when the place is found: who works does not wait any more.
        let _waits = self.queue.try_acquire().map_err(full)?;
        places
            .acquire_owned()
            .await
            .map_err(|_| overloaded(self.service))
    }
}

/// A semaphore, and in the metrics how much of it is taken.
fn counted(service: &'static str, state: &'static str, permits: usize) -> Arc<Semaphore> {
    let most = permits.min(Semaphore::MAX_PERMITS);
    let semaphore = Arc::new(Semaphore::new(most));
    let counted = Arc::clone(&semaphore);
    metrics::on_read(move |metrics| {
        let taken = most.saturating_sub(counted.available_permits());
        let labels = [service, state];
        metrics.grpc_service_calls.of(labels).set(taken as f64);
        metrics.grpc_service_calls_most.of(labels).set(most as f64);
    });
    semaphore
}

/// Turns a call away and tells it when to ask again, in both forms that clients know.
fn overloaded(service: &str) -> Status {
    let text = format!(
        "{service} is busy, and as many calls as may wait for it already (server.queue): try again in a second"
    );
    let delay = RetryInfo {
        retry_delay: Some(prost_types::Duration {
            seconds: PUSHBACK_SECS,
            nanos: 0,
        }),
    };
    let details = RpcStatus {
        code: Code::Unavailable as i32,
        message: text.clone(),
        details: vec![prost_types::Any {
            type_url: "type.googleapis.com/google.rpc.RetryInfo".to_owned(),
            value: delay.encode_to_vec(),
        }],
    };
    let details = details.encode_to_vec().into();
    let mut status = Status::with_details(Code::Unavailable, text, details);
    let pushback = MetadataValue::from(PUSHBACK_SECS * 1_000);
    status.metadata_mut().insert(PUSHBACK, pushback);
    status
}

/// `google.rpc.Status`.
#[derive(Clone, PartialEq, Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<prost_types::Any>,
}

/// `google.rpc.RetryInfo`.
#[derive(Clone, PartialEq, Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<prost_types::Duration>,
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;
    use crate::metrics::metrics;

    #[tokio::test]
    async fn a_service_takes_so_many_lets_so_many_wait_and_turns_the_rest_away() {
        let limits = Limits {
            at_once: 1,
            queue: 1,
        };
        let service = "stoa.test.v1.Test";
        let gate = Gate::new(service, limits);
        let first = gate.enter().await.expect("there is a place");
        let second = gate.enter();
        tokio::pin!(second);
        assert!(second.as_mut().now_or_never().is_none(), "it waits");
        let refused = gate.enter().await.expect_err("no more may wait");
        metrics::text().expect("memory");
        for state in ["working", "waiting"] {
            let calls = metrics().grpc_service_calls.of([service, state]).get();
            assert!((calls - 1.0).abs() < f64::EPSILON, "{state}: {calls}");
        }
        assert_eq!(refused.code(), Code::Unavailable);
        let pushback = refused.metadata().get(PUSHBACK).expect("set");
        assert_eq!(pushback.to_str().expect("a number"), "1000");
        let details = RpcStatus::decode(refused.details()).expect("a status");
        let info = RetryInfo::decode(details.details[0].value.as_slice()).expect("an info");
        assert_eq!(info.retry_delay.expect("set").seconds, 1);
        drop(first);
        let second = second.await.expect("its turn has come");
        drop(second);
        assert!(gate.enter().now_or_never().is_some());
    }
}
