//! The calls that it knows, by their paths.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    sync::Arc,
    task::{Context, Poll},
};

use prost::Message;
use qdrant_client::qdrant::{HealthCheckReply, HealthCheckRequest};
use tonic::{
    Request, Response, Status,
    body::Body,
    codegen::{BoxFuture, Service, http},
    server::{Grpc, NamedService, UnaryService},
};
use tonic_prost::ProstCodec;

use crate::State;

/// Which of the server's services it speaks for.
pub(crate) const POINTS: usize = 0;
pub(crate) const COLLECTIONS: usize = 1;
pub(crate) const ROOT: usize = 2;

/// Largest request, as the server has it.
const MAX_MESSAGE: usize = 64 << 20;

#[derive(Clone)]
pub(crate) struct Speaks<const SERVICE: usize>(pub(crate) Arc<State>);

impl NamedService for Speaks<POINTS> {
    const NAME: &'static str = "qdrant.Points";
}

impl NamedService for Speaks<COLLECTIONS> {
    const NAME: &'static str = "qdrant.Collections";
}

impl NamedService for Speaks<ROOT> {
    const NAME: &'static str = "qdrant.Qdrant";
}

impl<const SERVICE: usize> Service<http::Request<Body>> for Speaks<SERVICE> {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let state = Arc::clone(&self.0);
        Box::pin(async move { Ok(answer(state, request).await) })
    }
}

async fn answer(state: Arc<State>, request: http::Request<Body>) -> http::Response<Body> {
    let given = request.headers().get("api-key");
    let given = given.and_then(|key| key.to_str().ok());
    if state.key.is_some() && given != state.key.as_deref() {
        let refused = "Must provide an API key or an Authorization bearer token";
        return Status::unauthenticated(refused).into_http();
    }
    let path = request.uri().path().to_owned();
    match path.as_str() {
        "/qdrant.Qdrant/HealthCheck" => unary(request, |_: HealthCheckRequest| Ok(health())).await,
        "/qdrant.Collections/List" => unary(request, |asked| state.list(asked)).await,
        "/qdrant.Collections/Get" => unary(request, |asked| state.info(asked)).await,
        "/qdrant.Collections/Create" => unary(request, |asked| state.create(asked)).await,
        "/qdrant.Collections/Delete" => unary(request, |asked| state.drop_collection(asked)).await,
        "/qdrant.Collections/ListAliases" => unary(request, |asked| state.aliases(asked)).await,
        "/qdrant.Collections/UpdateAliases" => {
            unary(request, |asked| state.change_aliases(asked)).await
        }
        "/qdrant.Collections/CollectionClusterInfo" => {
            unary(request, |asked| state.cluster(asked)).await
        }
        "/qdrant.Points/CreateFieldIndex" => unary(request, |asked| state.index(asked)).await,
        "/qdrant.Points/Upsert" => unary(request, |asked| state.upsert(asked)).await,
        "/qdrant.Points/Delete" => unary(request, |asked| state.delete(asked)).await,
        "/qdrant.Points/SetPayload" => unary(request, |asked| state.set_payload(asked)).await,
        "/qdrant.Points/Get" => unary(request, |asked| state.get(asked)).await,
        "/qdrant.Points/Count" => unary(request, |asked| state.count(asked)).await,
        "/qdrant.Points/Scroll" => unary(request, |asked| state.scroll(asked)).await,
        "/qdrant.Points/QueryBatch" => unary(request, |asked| state.query(asked)).await,
        _ => {
            state.held().unknown.push(path.clone());
            crate::unknown(path).into_http()
        }
    }
}

fn health() -> HealthCheckReply {
    HealthCheckReply {
        title: "a stand-in for qdrant".to_owned(),
        version: "1.15.0".to_owned(),
        commit: None,
    }
}

/// Reads a request, does what it asks for, and writes the answer.
async fn unary<A, R>(
    request: http::Request<Body>,
    work: impl Fn(A) -> Result<R, Status>,
) -> http::Response<Body>
where
    A: Message + Default + 'static,
    R: Message + 'static,
{
    let codec = ProstCodec::<R, A>::default();
    let mut grpc = Grpc::new(codec)
        .max_decoding_message_size(MAX_MESSAGE)
        .max_encoding_message_size(MAX_MESSAGE);
    grpc.unary(Work(work), request).await
}

struct Work<F>(F);

impl<A, R, F> UnaryService<A> for Work<F>
where
    F: Fn(A) -> Result<R, Status>,
{
    type Response = R;
    type Future = Ready<Result<Response<R>, Status>>;

    fn call(&mut self, request: Request<A>) -> Self::Future {
        ready((self.0)(request.into_inner()).map(Response::new))
    }
}
