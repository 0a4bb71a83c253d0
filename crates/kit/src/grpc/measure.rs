//! How many calls come, how they end, how long they take, and how many are in hand.

use std::{
    collections::BTreeSet,
    sync::LazyLock,
    task::{Context, Poll},
    time::Instant,
};

use futures::future::BoxFuture;
use http::HeaderMap;
use http_body_util::BodyExt;
use prost::Message;
use prost_types::FileDescriptorSet;
use tokio_util::task::task_tracker::TaskTrackerToken;
use tonic::{Code, body::Body};
use tower::{Layer, Service};

use crate::{Shutdown, metrics::metrics};

/// Status codes as labels, by their numbers.
const CODES: [&str; 17] = [
    "Ok",
    "Cancelled",
    "Unknown",
    "InvalidArgument",
    "DeadlineExceeded",
    "NotFound",
    "AlreadyExists",
    "PermissionDenied",
    "ResourceExhausted",
    "FailedPrecondition",
    "Aborted",
    "OutOfRange",
    "Unimplemented",
    "Internal",
    "Unavailable",
    "DataLoss",
    "Unauthenticated",
];
/// The name under which calls of unknown methods are counted: their paths are whatever a caller chooses.
const OTHER: &str = "other";
const HEALTH: &str = "/grpc.health.";

/// The paths of all methods there are.
static METHODS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let sets = [
        stoa_proto::DESCRIPTORS,
        tonic_health::pb::FILE_DESCRIPTOR_SET,
    ];
    let files = sets
        .into_iter()
        .filter_map(|set| FileDescriptorSet::decode(set).ok())
        .flat_map(|set| set.file);
    let mut methods = BTreeSet::new();
    for file in files {
        for service in &file.service {
            for method in &service.method {
                methods.insert(format!(
                    "/{}.{}/{}",
                    file.package(),
                    service.name(),
                    method.name()
                ));
            }
        }
    }
    methods
});

/// Whether a call asks for health: of those there are many, and they are no work.
pub(super) fn asks_for_health(path: &str) -> bool {
    path.starts_with(HEALTH)
}

fn method(path: &str) -> &'static str {
    METHODS.get(path).map_or(OTHER, String::as_str)
}

/// Counts the calls of a server, and keeps the process until those that it took have ended.
#[derive(Clone)]
pub(super) struct Measure(pub(super) Shutdown);

impl<S> Layer<S> for Measure {
    type Service = Measured<S>;

    fn layer(&self, inner: S) -> Self::Service {
        Measured {
            inner,
            shutdown: self.0.clone(),
        }
    }
}

#[derive(Clone)]
pub(super) struct Measured<S> {
    inner: S,
    shutdown: Shutdown,
}

impl<S> Service<http::Request<Body>> for Measured<S>
where
    S: Service<http::Request<Body>, Response = http::Response<Body>> + 'static,
    S::Future: Send + 'static,
{
    type Response = http::Response<Body>;
    type Error = S::Error;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let mut call = Call::begin(request.uri().path(), &self.shutdown);
        // Called before the future is made, as the service was polled ready for this very call.
        let answering = self.inner.call(request);
        Box::pin(async move {
            let response = answering.await?;
            // A refusal has its status in the headers; an answer has it after the last message.
            call.hear(response.headers());
            Ok(response.map(|body| {
                Body::new(body.map_frame(move |frame| {
                    if let Some(trailers) = frame.trailers_ref() {
                        call.hear(trailers);
                    }
                    frame
                }))
            }))
        })
    }
}

/// A call in hand. It ends when this is dropped: with its status, or without one when the caller has gone or it took too
/// long.
struct Call {
    method: &'static str,
    code: Code,
    began: Instant,
    _held: Option<TaskTrackerToken>,
}

impl Call {
    fn begin(path: &str, shutdown: &Shutdown) -> Self {
        metrics().grpc_requests_in_progress.of([]).inc();
        Self {
            method: method(path),
            // Until a status is heard: who hangs up is never told one.
            code: Code::Cancelled,
            began: Instant::now(),
            _held: (!asks_for_health(path)).then(|| shutdown.hold()).flatten(),
        }
    }

    fn hear(&mut self, headers: &HeaderMap) {
        if let Some(status) = headers.get("grpc-status") {
            self.code = Code::from_bytes(status.as_bytes());
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        metrics().grpc_requests_in_progress.of([]).dec();
        let code = CODES.get(self.code as usize).copied().unwrap_or(OTHER);
        metrics().grpc_requests.of([self.method, code]).inc();
        let took = self.began.elapsed().as_secs_f64();
        metrics()
            .grpc_request_duration_seconds
            .of([self.method])
            .observe(took);
    }
}

#[cfg(test)]
mod tests {
    use std::{convert::Infallible, time::Duration};

    use bytes::Bytes;
    use http_body_util::StreamBody;
    use hyper::body::Frame;
    use tower::ServiceExt;

    use super::*;

    const CHECK: &str = "/grpc.health.v1.Health/Check";
    const SEARCH: &str = "/stoa.retrieval.v1.RetrievalService/Search";
    const EMBED: &str = "/stoa.embedding.v1.EmbeddingService/Embed";

    /// Answers with a message and this status after it.
    async fn call(path: &'static str, status: &'static str, shutdown: &Shutdown) -> Body {
        let service = tower::service_fn(move |_: http::Request<Body>| async move {
            let mut trailers = HeaderMap::new();
            trailers.insert("grpc-status", status.parse().expect("a number"));
            let frames = [
                Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"message"))),
                Ok(Frame::trailers(trailers)),
            ];
            let body = Body::new(StreamBody::new(futures::stream::iter(frames)));
            Ok::<_, Infallible>(http::Response::new(body))
        });
        let request = http::Request::builder().uri(path);
        let request = request.body(Body::empty()).expect("a request");
        let answered = Measure(shutdown.clone()).layer(service).oneshot(request);
        answered.await.expect("it answers").into_body()
    }

    #[test]
    fn a_path_that_names_no_method_is_no_label() {
        for path in [CHECK, SEARCH] {
            assert_eq!(method(path), path);
        }
        for path in [
            "/",
            "/stoa.retrieval.v1.RetrievalService/Guess",
            "/a person",
        ] {
            assert_eq!(method(path), OTHER);
        }
        assert_eq!(CODES[Code::Unauthenticated as usize], "Unauthenticated");
        assert_eq!(CODES[Code::NotFound as usize], "NotFound");
    }

    #[tokio::test]
    async fn a_call_is_counted_with_the_status_that_comes_last() {
        let shutdown = Shutdown::new();
        let counted = |code| metrics().grpc_requests.of([SEARCH, code]).get();
        let (found, gone) = (counted("NotFound"), counted("Cancelled"));
        let body = call(SEARCH, "5", &shutdown).await;
        assert_eq!(counted("NotFound"), found, "it goes on");
        body.collect().await.expect("it ends");
        assert_eq!(counted("NotFound"), found + 1);
        drop(call(SEARCH, "0", &shutdown).await);
        assert_eq!(counted("Cancelled"), gone + 1, "nobody read its end");
    }

    #[tokio::test]
    async fn the_end_waits_for_calls_that_were_taken_but_for_those_of_health() {
        let shutdown = Shutdown::new();
        let held = call(EMBED, "0", &shutdown).await;
        let _watched = call(CHECK, "0", &shutdown).await;
        shutdown.trigger();
        let _late = call(EMBED, "0", &shutdown).await;
        let drain = tokio::spawn({
            let shutdown = shutdown.clone();
            async move { shutdown.drain(Duration::from_secs(60)).await }
        });
        tokio::task::yield_now().await;
        assert!(!drain.is_finished());
        drop(held);
        assert!(drain.await.expect("no panic"));
    }
}
