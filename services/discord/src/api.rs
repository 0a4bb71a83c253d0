//! Discord's REST API. twilight says where a call goes and when it may be made, what is said and answered is in serenity's
//! types and in ours, and reqwest carries it: by the proxy of the environment, where there is one.

mod error;

use std::time::{Duration, Instant};

use http::Uri;
use reqwest::{
    Method, StatusCode,
    header::{
        AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
        RETRY_AFTER,
    },
};
use serde::{Serialize, de::DeserializeOwned};
use stoa_kit::{
    address::shown,
    outbound::{self, Proxies},
};
use twilight_http::{API_VERSION, routing::Route};
use twilight_http_ratelimiting::{Endpoint, Method as Kind, RateLimitHeaders, RateLimiter};
use url::Url;

pub(crate) use self::error::{CallError, code};

/// How long a call may take.
const CALL: Duration = Duration::from_secs(15);
/// The wait before a call that was refused as too early, where Discord does not say how long.
const TOO_EARLY: Duration = Duration::from_secs(1);
/// How bots name themselves (docs.discord.com, User Agent).
const USER_AGENT: &str = concat!("DiscordBot (stoa, ", env!("CARGO_PKG_VERSION"), ")");

/// The client of the API.
pub(crate) struct Client {
    http: reqwest::Client,
    /// The server, without a path.
    address: String,
    /// How errors name it: with the proxy by which it is reached.
    name: String,
    token: HeaderValue,
    limits: RateLimiter,
}

impl Client {
    /// A client of the API on this server, whose calls carry the header that proves the bot.
    pub(crate) fn new(server: &Url, token: HeaderValue) -> Result<Self, reqwest::Error> {
        let address = server.as_str().trim_end_matches('/').to_owned();
        let target = address.parse::<Uri>().ok();
        let proxy = target.and_then(|target| Proxies::from_env().of(&target));
        let mut name = shown(&address);
        if let Some(proxy) = proxy.as_ref().and_then(|proxy| proxy.uri().authority()) {
            name = format!("{name} (by the proxy {})", shown(proxy.as_str()));
        }
        Ok(Self {
            http: http(server).user_agent(USER_AGENT).timeout(CALL).build()?,
            address,
            name,
            token,
            limits: RateLimiter::default(),
        })
    }

    /// Makes a call when it may be made; returns what it is answered with.
    async fn call(&self, route: &Route<'_>, body: Option<Vec<u8>>) -> Result<Vec<u8>, CallError> {
        let path = route.to_string();
        let endpoint = Endpoint {
            method: route.method(),
            // Limits are by path; the query would make an endpoint of each page of a list.
            path: path.split('?').next().unwrap_or_default().to_owned(),
        };
        let url = format!("{}/api/v{API_VERSION}/{path}", self.address);
        loop {
            let permit = self.limits.acquire(endpoint.clone()).await;
            let request = self.request(endpoint.method, &url, body.clone());
            let response = request.send().await.map_err(|error| self.lost(&error))?;
            let (status, limits) = (response.status(), limits(response.headers()));
            let is_known = limits.is_some();
            // Before anything else of the answer is read, since other calls to the endpoint wait for it.
            permit.complete(limits);
            if status == StatusCode::TOO_MANY_REQUESTS {
                // A limit of one endpoint the limiter waits for; one of all together it is not told of.
                if !is_known {
                    let wait = number(response.headers(), &RETRY_AFTER);
                    let wait = wait.and_then(|wait| Duration::try_from_secs_f32(wait).ok());
                    tokio::time::sleep(wait.unwrap_or(TOO_EARLY)).await;
                }
                continue;
            }
            let bytes = response.bytes().await.map_err(|error| self.lost(&error))?;
            return if status.is_success() {
                Ok(bytes.into())
            } else {
                Err(CallError::refused(&self.name, status, &bytes))
            };
        }
    }

    fn request(&self, kind: Kind, url: &str, body: Option<Vec<u8>>) -> reqwest::RequestBuilder {
        let method = Method::from_bytes(kind.name().as_bytes()).unwrap_or_default();
        let carries = matches!(kind, Kind::Post | Kind::Put | Kind::Patch);
        let request = self
            .http
            .request(method, url)
            .header(AUTHORIZATION, self.token.clone());
        match body {
            Some(body) => request.header(CONTENT_TYPE, "application/json").body(body),
            // Discord answers 411 to a POST without a length.
            None if carries => request.header(CONTENT_LENGTH, 0),
            None => request,
        }
    }

    /// There was no answer, or not all of it.
    fn lost(&self, error: &reqwest::Error) -> CallError {
        CallError::Unreachable {
            address: self.name.clone(),
            // Not the error itself, which quotes the path: the token of an interaction is in it.
            reason: if error.is_timeout() {
                format!("no answer within {CALL:?}")
            } else {
                outbound::cause(error)
            },
        }
    }

    fn read<T: DeserializeOwned>(&self, route: &Route<'_>, bytes: &[u8]) -> Result<T, CallError> {
        serde_json::from_slice(bytes).map_err(|source| CallError::Unreadable {
            address: self.name.clone(),
            // What a path begins with says which call it is, and is no secret.
            call: route
                .to_string()
                .split('/')
                .take(2)
                .collect::<Vec<_>>()
                .join("/"),
            source,
        })
    }
}

/// A client for calls to a server, or to what belongs to it: by the proxy of the environment, unless it is a private one.
pub(crate) fn http(server: &Url) -> reqwest::ClientBuilder {
    let client = reqwest::Client::builder();
    if outbound::is_private(server.host_str().unwrap_or_default()) {
        client.no_proxy()
    } else {
        client
    }
}

/// What an answer says of the limit that it counts for.
fn limits(headers: &HeaderMap) -> Option<RateLimitHeaders> {
    let text = |name: &'static str| headers.get(name)?.to_str().ok();
    let bucket = text(RateLimitHeaders::BUCKET)?.as_bytes().to_vec();
    // Discord names the scope when it refuses, and the limiter is told of it then.
    match text(RateLimitHeaders::SCOPE)? {
        "shared" => {
            let wait = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
            Some(RateLimitHeaders::shared(bucket, wait))
        }
        "user" => {
            let reset: f32 = text(RateLimitHeaders::RESET_AFTER)?.parse().ok()?;
            Some(RateLimitHeaders {
                bucket,
                limit: text(RateLimitHeaders::LIMIT)?.parse().ok()?,
                remaining: text(RateLimitHeaders::REMAINING)?.parse().ok()?,
                reset_at: Instant::now() + Duration::try_from_secs_f32(reset).ok()?,
            })
        }
        _ => None,
    }
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Option<f32> {
    headers.get(name)?.to_str().ok()?.parse().ok()
}

/// Makes a call, and reads of its answer what is wanted: other servers than Discord's own leave the rest out.
pub(crate) async fn get<T: DeserializeOwned>(
    http: &Client,
    route: &Route<'_>,
) -> Result<T, CallError> {
    let bytes = http.call(route, None).await?;
    http.read(route, &bytes)
}

/// Makes a call with a body, and reads its answer.
pub(crate) async fn send<T: DeserializeOwned>(
    http: &Client,
    route: &Route<'_>,
    body: &impl Serialize,
) -> Result<T, CallError> {
    let bytes = http.call(route, Some(written(body)?)).await?;
    http.read(route, &bytes)
}

/// Makes a call that is answered with nothing.
pub(crate) async fn tell(http: &Client, route: &Route<'_>) -> Result<(), CallError> {
    http.call(route, None).await.map(|_| ())
}

/// Makes a call with a body whose answer does not matter.
pub(crate) async fn tell_with(
    http: &Client,
    route: &Route<'_>,
    body: &impl Serialize,
) -> Result<(), CallError> {
    http.call(route, Some(written(body)?)).await.map(|_| ())
}

fn written(body: &impl Serialize) -> Result<Vec<u8>, CallError> {
    serde_json::to_vec(body).map_err(|error| CallError::Rejected {
        code: 0,
        message: error.to_string(),
    })
}
