//! The second port of every process, for those who run it: whether it lives, whether it is ready, and its metrics.

use std::{io, net::SocketAddr};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::get,
};
use serde_json::{Value, json};
use thiserror::Error;
use tokio::net::TcpListener;
use tracing::{info, warn};

use crate::{
    Config, Room, Shutdown,
    metrics::{self, metrics},
};

/// Where a service listens by default.
pub const LISTEN: &str = "127.0.0.1:9464";
/// A free port of this machine.
pub const FREE: &str = "127.0.0.1:0";

/// The port cannot be opened.
#[derive(Debug, Error)]
#[error(
    "cannot listen on {address} for health and metrics: {source}. Choose another port with admin.listen (STOA_ADMIN_LISTEN), HOST:PORT; port 0 takes a free one"
)]
pub struct AdminError {
    /// Where.
    address: String,
    /// Why.
    source: io::Error,
}

/// Listens on `admin.listen`, or else on `default`, from before anything else is started: until all of it is, the process is
/// not ready. Returns where.
pub async fn start(
    config: &Config,
    default: &str,
    shutdown: &Shutdown,
) -> Result<SocketAddr, AdminError> {
    let listener = bind(config.admin.listen.as_deref(), default).await?;
    let address = listener.local_addr();
    let address = address.map_err(|source| AdminError {
        address: default.to_owned(),
        source,
    })?;
    info!(%address, "health and metrics");
    let room = Room::of(config, &config.data.dir);
    // Looked at when somebody asks, and not on a clock: a disk that nobody watches costs nothing.
    metrics::on_read(move |metrics| {
        if let Ok(free) = room.free() {
            metrics.disk_free_bytes.of([]).set(free as f64);
        }
    });
    // Read once, which notes the time at which this process was started.
    let _ = metrics::text();
    shutdown.starting();
    let router = router(shutdown);
    // As a server, so that probes see `stopping` while tasks finish.
    shutdown.spawn_server("admin", async move {
        if let Err(error) = axum::serve(listener, router).await {
            warn!("health and metrics cannot be asked for any more: {error}");
        }
    });
    Ok(address)
}

/// Opens the port. One that was configured must be free. The default port was nobody's choice, and several processes of one
/// machine may want it: when it is taken, any free one will do.
async fn bind(configured: Option<&str>, default: &str) -> Result<TcpListener, AdminError> {
    let address = configured.unwrap_or(default);
    let failed = |source| AdminError {
        address: address.to_owned(),
        source,
    };
    match TcpListener::bind(address).await {
        Err(error) if configured.is_none() && error.kind() == io::ErrorKind::AddrInUse => {
            warn!("{address} is taken: health and metrics are on another port");
            TcpListener::bind(FREE).await.map_err(failed)
        }
        bound => bound.map_err(failed),
    }
}

fn router(shutdown: &Shutdown) -> Router {
    Router::new()
        // It answers as long as the runtime turns. What the process lacks is no reason to kill it: another one would
        // lack it, too.
        .route("/livez", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(tell))
        .with_state(shutdown.clone())
}

/// Whether the process can do its work, and what keeps it from it.
async fn ready(State(shutdown): State<Shutdown>) -> Response {
    let (ready, body) = readiness(&shutdown);
    let status = if ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (
        status,
        [(CONTENT_TYPE, "application/json")],
        format!("{body}\n"),
    )
        .into_response()
}

fn readiness(shutdown: &Shutdown) -> (bool, Value) {
    let lacking = shutdown.lacking().borrow().clone();
    let missing: Vec<Value> = lacking
        .iter()
        .flat_map(|(service, parts)| parts.keys().map(move |need| (service, need)))
        .map(|(service, need)| json!({"service": service, "need": need}))
        .collect();
    let stopping = shutdown.is_stopping();
    // Not ready while it stops, so that callers leave it before it is gone.
    let ready = missing.is_empty() && !stopping;
    let body = json!({"ready": ready, "stopping": stopping, "missing": missing});
    (ready, body)
}

async fn tell(State(shutdown): State<Shutdown>) -> Response {
    let missing: usize = shutdown
        .lacking()
        .borrow()
        .values()
        .map(std::collections::BTreeMap::len)
        .sum();
    metrics().needs_missing.of([]).set(missing as f64);
    let is_ready = missing == 0 && !shutdown.is_stopping();
    metrics().ready.of([]).set(f64::from(u8::from(is_ready)));
    match metrics::text() {
        Ok(text) => ([(CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    const SERVICE: &str = "stoa.example.v1.ExampleService";

    async fn ask(shutdown: &Shutdown, path: &str) -> (StatusCode, String) {
        let request = axum::http::Request::get(path).body(Body::empty());
        let answer = router(shutdown).oneshot(request.expect("a request"));
        let (parts, body) = answer.await.expect("it answers").into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        (parts.status, String::from_utf8_lossy(&body).into_owned())
    }

    #[tokio::test]
    async fn readiness_names_what_is_missing_until_all_is_there_and_ends_with_the_process() {
        let shutdown = Shutdown::new();
        shutdown.starting();
        let (status, body) = ask(&shutdown, "/readyz").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(body.contains(r#""need":"start""#), "{body}");
        shutdown.started();
        assert_eq!(ask(&shutdown, "/readyz").await.0, StatusCode::OK);
        drop(shutdown.vital(SERVICE, "its thread"));
        let (status, body) = ask(&shutdown, "/readyz").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(
            body.contains(SERVICE) && body.contains("its thread"),
            "{body}"
        );
        let (status, body) = ask(&shutdown, "/metrics").await;
        assert_eq!(status, StatusCode::OK);
        assert!(body.contains("stoa_needs_missing"), "{body}");
    }

    #[tokio::test]
    async fn a_process_that_stops_is_alive_and_not_ready() {
        let shutdown = Shutdown::new();
        shutdown.trigger();
        let (status, body) = ask(&shutdown, "/readyz").await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(body.contains(r#""stopping":true"#), "{body}");
        assert_eq!(ask(&shutdown, "/livez").await.0, StatusCode::OK);
    }

    #[tokio::test]
    async fn a_default_that_is_taken_is_no_obstacle_and_what_was_asked_for_is() {
        let taken = TcpListener::bind(FREE).await.expect("a free port");
        let address = taken.local_addr().expect("it has one").to_string();
        assert!(bind(None, &address).await.is_ok());
        let refused = bind(Some(&address), FREE).await.expect_err("it is taken");
        assert!(
            refused.to_string().contains("STOA_ADMIN_LISTEN"),
            "{refused}"
        );
    }
}
