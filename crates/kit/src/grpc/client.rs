mod peer;
mod pool;
mod target;

use std::{
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use futures::future::BoxFuture;
use http::{
    HeaderMap, HeaderName, HeaderValue, Request, Response, Uri,
    header::{AUTHORIZATION, USER_AGENT},
    request::Parts,
};
use http_body_util::{BodyExt, Full};
use opentelemetry::propagation::Injector;
use secrecy::ExposeSecret;
use thiserror::Error;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tonic::{Code, Status, Streaming, body::Body};
use tower::{
    Service,
    retry::budget::{Budget, TpsBudget},
};

use super::{
    credentials::Credentials,
    deadline,
    methods::{self, Form, Method},
    server::PUSHBACK,
    tls::TlsError,
};
use crate::{address::shown, telemetry};
use peer::{Failure, InHand, Peer, Stage};
use pool::Pool;
use target::{Lookup, Target};

/// Deadline of a call that sets none; of a stream that sets none, until it begins.
const DEFAULT_DEADLINE: Duration = Duration::from_secs(60);

/// How often a call is made at most, the first time included.
const ATTEMPTS: usize = 3;

/// Calls that are made again: a fifth of all in ten seconds, and ten in each of these in any case.
const BUDGET: (Duration, u32, f32) = (Duration::from_secs(10), 10, 0.2);

/// How long a stream may take to end after its last message.
const END: Duration = Duration::from_secs(1);

/// The address or the credentials cannot be used.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// Not an address.
    #[error(
        "`{address}` is not an address of a service: use http://HOST:PORT or https://HOST:PORT, or several of them with \
         commas between"
    )]
    Address {
        /// What was given.
        address: String,
    },
    /// Not a header value.
    #[error("the token holds characters that cannot be sent: use printable ASCII")]
    Token,
    /// There are no certificates.
    #[error("`{address}` needs certificates: set tls.cert, tls.key and tls.ca, or use http://")]
    NoCertificates {
        /// What was given.
        address: String,
    },
    /// The certificates cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// A connection to each process of a service: one address, several with commas between, or names, which are resolved again
/// as what they stand for changes.
///
/// Each call has a deadline, the token and the trace context. It goes to whoever has the fewest in hand, and once more to
/// another where it was not taken, or broke off and may be repeated.
#[derive(Debug, Clone)]
pub struct Client {
    pool: Arc<Pool>,
    authorization: HeaderValue,
    budget: Arc<TpsBudget>,
}

/// Connects to a service at its first call, and again whenever a connection breaks.
pub fn connect(address: &str, credentials: impl Into<Credentials>) -> Result<Client, ConnectError> {
    connect_by(address, &credentials.into(), target::system())
}

/// The same with another way to resolve names.
pub(super) fn connect_by(
    address: &str,
    credentials: &Credentials,
    lookup: Lookup,
) -> Result<Client, ConnectError> {
    let targets = Target::parse_all(address)?;
    if targets.iter().any(|target| target.secure) {
        let tls = credentials
            .tls()
            .ok_or_else(|| ConnectError::NoCertificates {
                address: shown(address),
            })?;
        // Faults of the files are reported at the start.
        tls.client()?;
    }
    let token = format!("Bearer {}", credentials.token().expose_secret());
    let mut authorization = HeaderValue::try_from(token).map_err(|_| ConnectError::Token)?;
    authorization.set_sensitive(true);
    let (counted, least, share) = BUDGET;
    Ok(Client {
        pool: Pool::new(targets, credentials.tls().cloned(), lookup),
        authorization,
        budget: Arc::new(TpsBudget::new(counted, least, share)),
    })
}

/// Reads a stream to its end after the message that is its last by its meaning: a server counts whoever leaves before as
/// one that did not want the answer.
pub async fn read_out<T>(mut stream: Streaming<T>) {
    // All that was to be said has been: an end that comes late, or with an error, changes nothing.
    let _ = timeout(END, stream.trailers()).await;
}

impl Service<Request<Body>> for Client {
    type Response = Response<Body>;
    type Error = Status;
    type Future = BoxFuture<'static, Result<Response<Body>, Status>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Status>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let (mut head, body) = request.into_parts();
        let headers = &mut head.headers;
        headers.insert(AUTHORIZATION, self.authorization.clone());
        let agent = HeaderValue::from_static(concat!("stoa/", env!("CARGO_PKG_VERSION")));
        headers.insert(USER_AGENT, agent);
        // In the caller's own span, not in that of who waits for the answer.
        telemetry::inject(&mut Carrier(headers));
        let call = Call::new(head, self.clone());
        Box::pin(async move { call.made(body).await })
    }
}

/// A call until it is answered.
struct Call {
    head: Parts,
    method: Option<&'static Method>,
    /// When its answer has to begin.
    answered_by: Instant,
    /// When it has to end; `None` for a stream without a deadline.
    end: Option<Instant>,
    client: Client,
    tried: Vec<Arc<Peer>>,
}

impl Call {
    fn new(head: Parts, client: Client) -> Self {
        let method = methods::find(head.uri.path());
        let begun = Instant::now();
        let given = deadline::given(&head.headers).map(|given| begun + given);
        // A stream may well run for an hour; what is bounded of it is the time until it begins.
        let ends = method.is_some_and(|method| method.form != Form::Stream);
        let own = given.or_else(|| ends.then(|| begun + DEFAULT_DEADLINE));
        // Whoever waits for this process waits no longer than that, so neither does the call that it makes.
        let end = own.into_iter().chain(deadline::inherited()).min();
        Self {
            head,
            method,
            answered_by: end.unwrap_or_else(|| begun + DEFAULT_DEADLINE),
            end,
            client,
            tried: Vec::new(),
        }
    }

    /// Makes it, and again where that is allowed.
    async fn made(mut self, body: Body) -> Result<Response<Body>, Status> {
        // Each call that is made pays for a fifth of a repetition: where everything fails, repeating must not double
        // the load.
        self.client.budget.deposit();
        let mut content = Content::of(body, self.method).await?;
        loop {
            let attempt = timeout_at(self.answered_by, self.attempt(content.body())).await;
            let attempt = attempt.map_err(|_| self.late())?;
            match attempt {
                Ok((response, in_hand)) => match self.pause_before_another(&response, &content) {
                    Some(pause) => sleep(pause).await,
                    None => {
                        let late = || Err(deadline::exceeded());
                        return Ok(
                            response.map(|body| deadline::bounded(body, self.end, in_hand, late))
                        );
                    }
                },
                Err(failure) => {
                    let Failure {
                        stage,
                        status,
                        body,
                    } = failure;
                    content.give_back(body);
                    let again = content.is_there()
                        && self.tried.len() < ATTEMPTS
                        && self.may_go_on(stage).await;
                    if !again {
                        return Err(self.explained(stage, status));
                    }
                }
            }
        }
    }

    async fn attempt(&mut self, body: Body) -> Result<(Response<Body>, InHand), Failure> {
        let nobody = |status| Failure {
            stage: Stage::Connecting,
            status,
            body: None,
        };
        let peer = self.client.pool.choose(&self.tried).await.map_err(nobody)?;
        // Before the call, so that one that breaks off counts as tried.
        self.tried.push(Arc::clone(&peer));
        let mut head = self.head.clone();
        head.uri = addressed(&head.uri, &peer).map_err(nobody)?;
        if let Some(end) = self.end {
            head.headers.insert(deadline::HEADER, deadline::header(end));
        }
        peer.call(Request::from_parts(head, body)).await
    }

    /// Whether a call that was not answered is made once more.
    async fn may_go_on(&self, stage: Stage) -> bool {
        let pool = &self.client.pool;
        match stage {
            // Whoever does not answer may be gone for good, and another be in its place.
            Stage::Connecting => {
                let resolving = pool.resolve_when_due(true);
                let resolved = timeout_at(self.answered_by, resolving).await;
                matches!(resolved, Ok(Ok(()))) && pool.has_another(&self.tried)
            }
            // The server said that it did nothing of it: no budget is spent, and unsafe calls may go again too.
            Stage::Closing => true,
            // The order matters: a call that may not be repeated must not spend the budget of those that may.
            Stage::Running => self.is_safe() && self.client.budget.withdraw(),
        }
    }

    /// How long to wait before the call is made once more, which was answered with UNAVAILABLE: by nobody but another
    /// process, or by one that has its hands full and says when to come again.
    fn pause_before_another(
        &self,
        response: &Response<Body>,
        content: &Content,
    ) -> Option<Duration> {
        let number = |name: &str| -> Option<u64> {
            let value = response.headers().get(name)?;
            value.to_str().ok()?.parse().ok()
        };
        let refused = number("grpc-status") == Some(Code::Unavailable as u64);
        if !refused || !self.is_safe() || !content.is_there() || self.tried.len() >= ATTEMPTS {
            return None;
        }
        let pause = if self.client.pool.has_another(&self.tried) {
            Duration::ZERO
        } else {
            Duration::from_millis(number(PUSHBACK)?)
        };
        let in_time = Instant::now() + pause < self.answered_by;
        (in_time && self.client.budget.withdraw()).then_some(pause)
    }

    fn is_safe(&self) -> bool {
        self.method.is_some_and(|method| method.safe)
    }

    /// The status of a call whose connection broke, which tells whether the call may be repeated.
    fn explained(&self, stage: Stage, status: Status) -> Status {
        if stage == Stage::Running && self.is_safe() {
            return Status::unavailable(status.message());
        }
        status
    }

    /// Who could not even be connected to is left alone.
    fn late(&self) -> Status {
        if let Some(peer) = self.tried.last().filter(|peer| !peer.is_connected()) {
            peer.fails();
        }
        deadline::exceeded()
    }
}

/// The body of a call: the one message, which can be sent again, or a stream, which can not once it was begun.
enum Content {
    Message(Bytes),
    Stream(Option<Body>),
}

impl Content {
    async fn of(body: Body, method: Option<&Method>) -> Result<Self, Status> {
        match method {
            // A single message is kept, to be sent again. An upload may be hundreds of megabytes.
            Some(method) if method.form != Form::Upload => {
                Ok(Self::Message(body.collect().await?.to_bytes()))
            }
            _ => Ok(Self::Stream(Some(body))),
        }
    }

    fn body(&mut self) -> Body {
        match self {
            Self::Message(message) => Body::new(Full::new(message.clone())),
            Self::Stream(body) => body.take().unwrap_or_default(),
        }
    }

    fn give_back(&mut self, given: Option<Body>) {
        if let Self::Stream(body) = self {
            *body = given;
        }
    }

    fn is_there(&self) -> bool {
        match self {
            Self::Message(_) => true,
            Self::Stream(body) => body.is_some(),
        }
    }
}

/// A method's address at one process.
fn addressed(path: &Uri, peer: &Peer) -> Result<Uri, Status> {
    let path = path.path_and_query().map_or("/", |path| path.as_str());
    Uri::builder()
        .scheme(if peer.target.secure { "https" } else { "http" })
        .authority(peer.target.authority.clone())
        .path_and_query(path)
        .build()
        .map_err(|error| Status::internal(format!("{path} cannot be called: {error}")))
}

struct Carrier<'a>(&'a mut HeaderMap);

impl Injector for Carrier<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(key), Ok(value)) = (key.parse::<HeaderName>(), HeaderValue::try_from(value)) {
            self.0.insert(key, value);
        }
    }
}
