use std::{
    error::Error,
    fmt,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use http::{Request, Response};
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::{Instant, timeout},
};
use tonic::{Code, Status, body::Body};

use super::target::Target;
use crate::{grpc::tls::Tls, retry};

/// How long it may take to connect.
const CONNECT: Duration = Duration::from_secs(5);

/// How often a server is asked whether it is still there, and how long it may take to say so.
const ASK_AFTER: Duration = Duration::from_secs(10);
const SAY_WITHIN: Duration = Duration::from_secs(20);

/// How long a process is left alone that did not take a connection or broke one off: at first, and at most.
const FIRST_REST: Duration = Duration::from_secs(1);
const LONGEST_REST: Duration = Duration::from_secs(10);

/// One process that answers, with at most one connection to it.
pub(super) struct Peer {
    pub(super) target: Target,
    pub(super) address: SocketAddr,
    tls: Option<Arc<Tls>>,
    connection: tokio::sync::Mutex<Connection>,
    calls: AtomicUsize,
    rest: Mutex<Rest>,
}

#[derive(Default)]
struct Connection {
    open: Option<SendRequest<Body>>,
    failed: Option<(Instant, String)>,
}

#[derive(Default)]
struct Rest {
    until: Option<Instant>,
    failures: u32,
}

/// A call that was not answered.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) stage: Stage,
    pub(super) status: Status,
    /// The body of the call, where nothing of it was read.
    pub(super) body: Option<Body>,
}

/// How far a call came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// There was no connection.
    Connecting,
    /// The connection was about to close, and the server did nothing of it.
    Closing,
    /// The server may have done it, or some of it.
    Running,
}

/// Counts a call for as long as it is kept.
pub(super) struct InHand(Arc<Peer>);

impl Drop for InHand {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Peer {
    pub(super) fn new(target: Target, address: SocketAddr, tls: Option<Arc<Tls>>) -> Arc<Self> {
        Arc::new(Self {
            target,
            address,
            tls,
            connection: tokio::sync::Mutex::default(),
            calls: AtomicUsize::new(0),
            rest: Mutex::default(),
        })
    }

    /// Calls that it has not answered to the end.
    pub(super) fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// Whether it is left alone.
    pub(super) fn rests(&self, now: Instant) -> bool {
        self.rest().until.is_some_and(|until| until > now)
    }

    /// Makes a call.
    pub(super) async fn call(
        self: &Arc<Self>,
        request: Request<Body>,
    ) -> Result<(Response<Body>, InHand), Failure> {
        // Counted from here, so that calls that wait for the connection weigh on the choice of a peer too.
        self.calls.fetch_add(1, Ordering::Relaxed);
        let in_hand = InHand(Arc::clone(self));
        let mut open = match self.open().await {
            Ok(open) => open,
            Err(problem) => {
                return Err(Failure {
                    stage: Stage::Connecting,
                    status: Status::unavailable(format!("cannot connect to {self}: {problem}")),
                    body: Some(request.into_body()),
                });
            }
        };
        match open.try_send_request(request).await {
            Ok(response) => {
                *self.rest() = Rest::default();
                Ok((response.map(Body::new), in_hand))
            }
            Err(mut error) => {
                let body = error.take_message().map(Request::into_body);
                Err(self.broken(&error.into_error(), body))
            }
        }
    }

    /// What became of a call whose connection broke.
    fn broken(&self, error: &hyper::Error, body: Option<Body>) -> Failure {
        let causes = causes(error);
        // In each of these hyper or the server says that nothing of the call was processed.
        if body.is_some() || error.is_canceled() || was_not_taken(error) {
            return Failure {
                stage: Stage::Closing,
                status: Status::unavailable(format!(
                    "the connection to {self} closed: {causes}{}",
                    self.hint()
                )),
                body,
            };
        }
        self.fails();
        // With TLS 1.3 a client learns only then that the server does not take its certificate.
        if causes.contains("fatal alert") {
            return Failure {
                stage: Stage::Connecting,
                status: Status::unavailable(format!(
                    "cannot connect to {self}: it refused the certificate of this process (tls.cert): {causes}"
                )),
                body,
            };
        }
        let code = if error.is_timeout() {
            Code::Unavailable
        } else {
            Code::Unknown
        };
        let text = format!("the connection to {self} broke: {causes}{}", self.hint());
        Failure {
            stage: Stage::Running,
            status: Status::new(code, text),
            body,
        }
    }

    /// What a server says of a certificate is lost when it hangs up at once.
    fn hint(&self) -> &'static str {
        if self.target.secure {
            "; where it never answers, it may not take the certificate of this process (tls.cert)"
        } else {
            ""
        }
    }

    /// Leaves it alone for a while.
    pub(super) fn fails(&self) {
        let mut rest = self.rest();
        let now = Instant::now();
        // Calls that failed together are one failure.
        if rest.until.is_some_and(|until| until > now) {
            return;
        }
        rest.failures = rest.failures.saturating_add(1);
        let wait = retry::wait_after(rest.failures, FIRST_REST, LONGEST_REST);
        rest.until = Some(now + wait);
    }

    fn rest(&self) -> std::sync::MutexGuard<'_, Rest> {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is a connection.
    pub(super) fn is_connected(&self) -> bool {
        let connection = self.connection.try_lock();
        connection.is_ok_and(|connection| connection.open().is_some())
    }

    /// The connection, made where there is none. Those who wait for one that is being made share what comes of it.
    async fn open(&self) -> Result<SendRequest<Body>, String> {
        let asked = Instant::now();
        // Held while connecting: many calls at once make one connection, and not one each.
        let mut connection = self.connection.lock().await;
        if let Some(open) = connection.open() {
            return Ok(open);
        }
        if let Some((at, problem)) = &connection.failed
            && *at >= asked
        {
            return Err(problem.clone());
        }
        let connected = match timeout(CONNECT, self.connect()).await {
            Ok(connected) => connected,
            Err(_) => Err(format!("no answer within {} s", CONNECT.as_secs())),
        };
        *connection = match &connected {
            Ok(open) => Connection {
                open: Some(open.clone()),
                failed: None,
            },
            Err(problem) => {
                self.fails();
                Connection {
                    open: None,
                    failed: Some((Instant::now(), problem.clone())),
                }
            }
        };
        connected
    }

    async fn connect(&self) -> Result<SendRequest<Body>, String> {
        let stream = TcpStream::connect(self.address).await;
        let stream = stream.map_err(|error| error.to_string())?;
        stream
            .set_nodelay(true)
            .map_err(|error| error.to_string())?;
        if !self.target.secure {
            return speak(stream).await;
        }
        let tls = self.tls.as_ref();
        let tls = tls.ok_or("tls.cert, tls.key and tls.ca are not set")?;
        let secured = tls.connect(&self.target.host, stream).await;
        let spoken = speak(secured.map_err(|error| format!("TLS: {error}"))?).await;
        spoken.map_err(|error| format!("{error}{}", self.hint()))
    }
}

impl Connection {
    fn open(&self) -> Option<SendRequest<Body>> {
        self.open.clone().filter(|open| !open.is_closed())
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.target.fixed().is_some() {
            write!(f, "{}", self.target)
        } else {
            write!(f, "{} at {}", self.target, self.address)
        }
    }
}

/// Begins to speak HTTP/2. The connection ends when its last sender and its last stream are gone.
async fn speak<T>(io: T) -> Result<SendRequest<Body>, String>
where
    T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let begun = Builder::new(TokioExecutor::new())
        .timer(TokioTimer::new())
        .keep_alive_interval(ASK_AFTER)
        .keep_alive_timeout(SAY_WITHIN)
        .keep_alive_while_idle(true)
        .handshake(TokioIo::new(io))
        .await;
    let (open, connection) = begun.map_err(|error| causes(&error))?;
    // The connection has no owner but its senders: it ends with the last of them, as this function's doc says.
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!("a connection ended: {}", causes(&error));
        }
    });
    Ok(open)
}

/// Whether the server said that it did nothing of a call: it closes the connection, or took no more calls on it.
fn was_not_taken(error: &hyper::Error) -> bool {
    let source = error.source();
    let source = source.and_then(|source| source.downcast_ref::<h2::Error>());
    source.is_some_and(|error| {
        let reason = error.reason();
        reason == Some(h2::Reason::REFUSED_STREAM)
            || (error.is_go_away() && reason == Some(h2::Reason::NO_ERROR))
    })
}

/// An error with what lies under it.
fn causes(error: &hyper::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text = format!("{text}: {error}");
        source = error.source();
    }
    text
}
