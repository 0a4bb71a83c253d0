//! What every fake stands on: a socket on this machine and threads of its own.

use std::{convert::Infallible, error::Error, net::SocketAddr};

use hyper::{
    Request, Response,
    body::{Body, Incoming},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::{Builder, Runtime},
};

/// Serves until it is dropped.
pub(crate) struct Server {
    /// Where.
    pub(crate) address: SocketAddr,
    runtime: Option<Runtime>,
}

impl Server {
    /// Listens on a port; 0 takes a free one.
    pub(crate) fn listen(port: u16) -> (Self, TcpListener) {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime");
        let listener = runtime
            .block_on(TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], port))))
            .expect("a free port");
        let server = Self {
            address: listener.local_addr().expect("it is bound"),
            runtime: Some(runtime),
        };
        (server, listener)
    }

    /// Does this as long as it serves.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if let Some(runtime) = &self.runtime {
            runtime.spawn(task);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Answers the requests of a connection until it ends.
pub(crate) async fn converse<A, R, B>(stream: TcpStream, answer: A)
where
    A: Fn(Request<Incoming>) -> R,
    R: Future<Output = Response<B>>,
    B: Body + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let service = service_fn(|request| {
        let answering = answer(request);
        async { Ok::<_, Infallible>(answering.await) }
    });
    // Who is killed breaks a connection off, and some tests want that of the server.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}
