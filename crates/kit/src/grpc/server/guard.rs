use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use futures::future::BoxFuture;
use http::{Request, Response, header::AUTHORIZATION};
use tokio::time::{Instant, timeout_at};
use tokio_util::task::TaskTracker;
use tonic::{
    Status,
    body::Body,
    server::NamedService,
    transport::server::{TcpConnectInfo, TlsConnectInfo},
};
use tower::{Service, ServiceExt};

use super::{gate::Gate, tenancy};
use crate::grpc::{
    credentials::Credentials,
    deadline,
    methods::{self, Method, Names},
    role::Role,
};

/// Longest until an answer begins; a caller's own deadline is kept if it is shorter, and cuts off streams too.
const LONGEST: Duration = Duration::from_secs(600);

/// How much sooner than the transport this gives up, which would say that the caller did.
const SOONER: Duration = Duration::from_millis(5);

/// Who is let in, and how many are.
#[derive(Debug)]
pub(super) struct Door {
    credentials: Credentials,
    /// The calls in hand.
    pub(super) calls: TaskTracker,
}

impl Door {
    pub(super) fn new(credentials: Credentials) -> Self {
        Self {
            credentials,
            calls: TaskTracker::new(),
        }
    }

    pub(super) fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Who calls, when they may call this.
    fn admit(&self, request: &Request<Body>, method: Option<&Method>) -> Result<Role, Status> {
        let given = request
            .headers()
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        if !given.is_some_and(|given| self.credentials.take(given)) {
            return Err(Status::unauthenticated(
                "the token is missing or wrong: set STOA_TOKEN to the server's token",
            ));
        }
        let role = self.caller(request).map_err(Status::unauthenticated)?;
        if !methods::may_call(role, method) {
            return Err(Status::permission_denied(format!(
                "`{role}` may not call {}",
                request.uri().path()
            )));
        }
        Ok(role)
    }

    fn caller(&self, request: &Request<Body>) -> Result<Role, String> {
        if self.credentials.tls().is_none() {
            return Ok(Role::Operator);
        }
        let connection = request.extensions().get::<TlsConnectInfo<TcpConnectInfo>>();
        let certificates = connection.and_then(TlsConnectInfo::peer_certs);
        match certificates.as_deref().and_then(|chain| chain.first()) {
            Some(certificate) => Role::of_certificate(certificate),
            None => Err("you showed no certificate".to_owned()),
        }
    }
}

/// A service behind a door: who calls is known to it, and it has no more calls than it can take.
#[derive(Debug, Clone)]
pub(super) struct Guard<S> {
    service: S,
    door: Arc<Door>,
    gate: Gate,
}

impl<S> Guard<S> {
    pub(super) fn new(service: S, door: Arc<Door>, gate: Gate) -> Self {
        Self {
            service,
            door,
            gate,
        }
    }
}

impl<S: NamedService> NamedService for Guard<S> {
    const NAME: &'static str = S::NAME;
}

impl<S> Service<Request<Body>> for Guard<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send + 'static,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let in_hand = self.door.calls.token();
        let begun = Instant::now();
        let given = deadline::given(request.headers());
        let longest = given.map_or(LONGEST, |given| given.min(LONGEST));
        let answered_by = begun + longest.saturating_sub(SOONER);
        let method = methods::find(request.uri().path());
        // Decided before anything of the body is read, and answered within the same deadline as everything else.
        let admitted = self.door.admit(&request, method);
        let (gate, service) = (self.gate.clone(), self.service.clone());
        Box::pin(async move {
            let answering = async {
                let role = admitted?;
                // After the door: strangers must not fill the queue.
                let place = gate.enter().await?;
                let names = method.map_or(Names::Nobody, |method| method.names);
                let (head, body) = request.into_parts();
                let body = tenancy::check(role, names, body).await?;
                let mut request = Request::from_parts(head, body);
                request.extensions_mut().insert(role);
                let Ok(response) = service.oneshot(request).await;
                Ok::<_, Status>((response, place))
            };
            let answered = deadline::within(answered_by, timeout_at(answered_by, answering)).await;
            let refused = match answered {
                Ok(Ok((response, place))) => {
                    let end = given.map(|given| begun + given);
                    // Kept until the last message is read, since a stream works for as long.
                    let held = (place, in_hand);
                    return Ok(
                        response.map(|body| deadline::bounded(body, end, held, deadline::trailers))
                    );
                }
                Ok(Err(status)) => status,
                Err(_) => deadline::exceeded(),
            };
            Ok(refused.into_http())
        })
    }
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;
    use tonic::Code;

    use super::*;

    const TOKEN: &str = "0123456789abcdef";

    fn asked(header: Option<&str>) -> Result<Role, Code> {
        let mut request = Request::new(Body::empty());
        if let Some(header) = header {
            let header = header.parse().expect("a header");
            request.headers_mut().insert(AUTHORIZATION, header);
        }
        let token = SecretString::from(TOKEN);
        let door = Door::new(Credentials::from(&token));
        door.admit(&request, None).map_err(|status| status.code())
    }

    #[test]
    fn only_a_call_with_the_token_comes_in() {
        let known = asked(Some("Bearer 0123456789abcdef"));
        assert_eq!(known, Ok(Role::Operator), "without TLS it says who calls");
        for header in [
            None,
            Some(""),
            Some("Bearer "),
            Some("0123456789abcdef"),
            Some("Bearer 0123456789abcdeX"),
            Some("Bearer 0123456789abcdef0"),
        ] {
            assert_eq!(asked(header), Err(Code::Unauthenticated), "{header:?}");
        }
    }
}
