//! A collector of traces, as OpenTelemetry's takes them over gRPC.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
    trace_service_server::{TraceService, TraceServiceServer},
};
use tonic::{Request, Response, Status, transport::server::TcpIncoming};

use crate::server::Server;

/// A collector. It ends when it is dropped.
pub struct Collector {
    server: Server,
    spans: Arc<Mutex<Vec<Span>>>,
}

/// A span that was sent.
#[derive(Debug, Clone)]
pub struct Span {
    /// Its trace.
    pub trace: Vec<u8>,
    /// Its name.
    pub name: String,
    /// All of it, with whose it is, as text.
    pub text: String,
}

struct Receiver(Arc<Mutex<Vec<Span>>>);

impl Collector {
    /// Listens on a free port.
    pub fn start() -> Self {
        let (server, listener) = Server::listen(0);
        let spans = Arc::default();
        let receiver = TraceServiceServer::new(Receiver(Arc::clone(&spans)));
        server.spawn(async move {
            let incoming = TcpIncoming::from(listener);
            let served = tonic::transport::Server::builder()
                .add_service(receiver)
                .serve_with_incoming(incoming);
            served.await.expect("it serves");
        });
        Self { server, spans }
    }

    /// Where, as `OTEL_EXPORTER_OTLP_ENDPOINT` names it.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// What it has received.
    pub fn spans(&self) -> Vec<Span> {
        lock(&self.spans).clone()
    }
}

#[tonic::async_trait]
impl TraceService for Receiver {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let mut spans = lock(&self.0);
        for of_resource in request.into_inner().resource_spans {
            let resource = format!("{:?}", of_resource.resource);
            let sent = of_resource.scope_spans.into_iter();
            spans.extend(sent.flat_map(|scope| scope.spans).map(|span| Span {
                text: format!("{resource} {span:?}"),
                trace: span.trace_id,
                name: span.name,
            }));
        }
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

fn lock(spans: &Mutex<Vec<Span>>) -> MutexGuard<'_, Vec<Span>> {
    spans.lock().unwrap_or_else(PoisonError::into_inner)
}
