//! How far behind the work queues are.

use std::time::Duration;

use async_nats::jetstream;
use futures::TryStreamExt;
use time::OffsetDateTime;
use tokio::time::sleep;

use super::Nats;
use crate::{Shutdown, metrics::metrics};

/// How often it is looked.
const LOOK: Duration = Duration::from_secs(10);
/// The most that one look may take.
const LONGEST: Duration = Duration::from_secs(5);

impl Nats {
    /// Makes the connection a need of `service`, by its name in gRPC: JetStream must answer.
    pub fn need(&self, service: &'static str, shutdown: &Shutdown) {
        let jetstream = self.jetstream.clone();
        shutdown.need(service, "nats", move || {
            let jetstream = jetstream.clone();
            async move {
                // Of all requests the one that needs JetStream and nothing in it.
                let answer = jetstream.query_account().await;
                answer.map(|_| ()).map_err(|error| error.to_string())
            }
        });
    }

    /// Keeps the metrics of a work queue up to date: `queue` is what it is called there.
    pub fn measure(&self, stream: &'static str, queue: &'static str, shutdown: &Shutdown) {
        let jetstream = self.jetstream.clone();
        shutdown.spawn_server("queue metrics", async move {
            loop {
                match tokio::time::timeout(LONGEST, look(&jetstream, stream, queue)).await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => tracing::debug!(queue, "the queue was not measured: {error}"),
                    Err(_) => tracing::debug!(queue, "the queue was not measured in time"),
                }
                sleep(LOOK).await;
            }
        });
    }
}

async fn look(
    jetstream: &jetstream::Context,
    stream: &'static str,
    queue: &'static str,
) -> Result<(), async_nats::Error> {
    let stream = jetstream.get_stream(stream).await?;
    let state = &stream.cached_info().state;
    let age = (OffsetDateTime::now_utc() - state.first_timestamp).as_seconds_f64();
    // Of an empty stream the server gives the year 1.
    let oldest = if state.messages == 0 {
        0.0
    } else {
        age.max(0.0)
    };
    let (mut waiting, mut in_hand) = (0, 0);
    let mut consumers = stream.consumers();
    while let Some(consumer) = consumers.try_next().await? {
        waiting += consumer.num_pending;
        in_hand += consumer.num_ack_pending;
    }
    let metrics = metrics();
    metrics
        .queue_messages
        .of([queue])
        .set(state.messages as f64);
    metrics.queue_waiting.of([queue]).set(waiting as f64);
    metrics.queue_in_hand.of([queue]).set(in_hand as f64);
    metrics.queue_oldest_seconds.of([queue]).set(oldest);
    Ok(())
}
