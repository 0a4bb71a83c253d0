//! OpenAI-compatible endpoints, through genai.

use std::time::Duration;

use genai::{
    Client, ModelIden, ServiceTarget,
    adapter::AdapterKind,
    resolver::{AuthData, Endpoint, ServiceTargetResolver},
};
use reqwest::{
    StatusCode,
    header::{HeaderMap, RETRY_AFTER},
};
use secrecy::{ExposeSecret, SecretString};
use stoa_kit::{Address, outbound};
use thiserror::Error;

use crate::LoadError;

/// How long an endpoint may take to say whether it is there.
const PROBE: Duration = Duration::from_secs(10);

/// An endpoint does not answer as it should; where it is, is for the caller to say.
#[derive(Debug, Error)]
pub enum ProbeError {
    /// It cannot be reached.
    #[error("does not answer")]
    Silent(#[source] reqwest::Error),
    /// It asks for a key, or for another one.
    #[error("does not take the API key ({0})")]
    Key(u16),
    /// It is there and does not work.
    #[error("answers {0}")]
    Broken(u16),
}

/// Asks an endpoint for its models, which costs nothing, to learn whether it answers and takes the key.
pub async fn probe(url: &Address, api_key: Option<&SecretString>) -> Result<(), ProbeError> {
    let base = url.expose().trim_end_matches('/');
    let mut request = http(base)
        .timeout(PROBE)
        .build()
        .map_err(ProbeError::Silent)?
        .get(format!("{base}/models"));
    if let Some(key) = api_key {
        request = request.bearer_auth(key.expose_secret());
    }
    // The URL may hold a key.
    let answer = request
        .send()
        .await
        .map_err(|error| ProbeError::Silent(error.without_url()))?;
    match answer.status().as_u16() {
        status @ (401 | 403) => Err(ProbeError::Key(status)),
        status @ 500.. => Err(ProbeError::Broken(status)),
        // Not all of them list their models.
        _ => Ok(()),
    }
}

/// An HTTP client for an endpoint. A private address is reached without the proxy, which leads to the internet.
fn http(url: &str) -> reqwest::ClientBuilder {
    let http = reqwest::Client::builder();
    let parsed = reqwest::Url::parse(url).ok();
    let host = parsed.as_ref().and_then(reqwest::Url::host_str);
    if host.is_none_or(outbound::is_private) {
        http.no_proxy()
    } else {
        http
    }
}

/// A client that sends every call to one endpoint.
pub(crate) fn client(
    url: &Address,
    api_key: Option<&SecretString>,
    read_timeout: Duration,
) -> Result<Client, LoadError> {
    let broken = |reason: String| LoadError::Endpoint {
        url: url.to_string(),
        reason,
    };
    let whole = url.expose();
    let parsed = reqwest::Url::parse(whole).map_err(|error| broken(error.to_string()))?;
    if !matches!(parsed.scheme(), "http" | "https") {
        return Err(broken("use http or https".to_owned()));
    }
    // genai appends the call's name to the base.
    let base = format!("{}/", whole.trim_end_matches('/'));
    // genai sends a key with every call; endpoints of one's own ignore it.
    let key = api_key.map_or_else(|| "none".to_owned(), |key| key.expose_secret().to_owned());
    let http = http(whole)
        .connect_timeout(Duration::from_secs(5))
        // Between two pieces, and not for the whole of an answer: a slow model may write for minutes.
        .read_timeout(read_timeout)
        .build()
        .map_err(|error| broken(error.to_string()))?;
    let resolver = ServiceTargetResolver::from_resolver_fn(
        move |target: ServiceTarget| -> Result<ServiceTarget, genai::resolver::Error> {
            Ok(ServiceTarget {
                endpoint: Endpoint::from_owned(base.clone()),
                auth: AuthData::from_single(key.clone()),
                // Set by hand: by its name alone, genai would send `claude-…` or `gemini-…` to their makers.
                model: ModelIden::new(AdapterKind::OpenAI, target.model.model_name),
            })
        },
    );
    Client::builder()
        .with_reqwest(http)
        .with_service_target_resolver(resolver)
        .build()
        .map_err(|error| broken(error.to_string()))
}

/// What may help against a call that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Time: the same call may pass later, and not before this wait where the endpoint names one.
    Time(Option<Duration>),
    /// Another call: what was sent is refused, for what it says or for how much it is.
    AnotherCall,
}

/// The endpoint's own words, without the request that genai quotes; and what may help.
pub(crate) fn explain(error: &genai::Error) -> (String, Remedy) {
    match error {
        genai::Error::HttpError {
            status,
            body,
            headers,
            ..
        } => refusal(*status, body, headers),
        genai::Error::WebModelCall { webc_error, .. }
        | genai::Error::WebAdapterCall { webc_error, .. } => explain_call(webc_error),
        other => (first_line(&other.to_string()), Remedy::Time(None)),
    }
}

fn explain_call(error: &genai::webc::Error) -> (String, Remedy) {
    match error {
        genai::webc::Error::ResponseFailedStatus {
            status,
            body,
            headers,
        } => refusal(*status, body, headers),
        genai::webc::Error::Reqwest(error) => {
            let reason = if error.is_connect() {
                "does not answer".to_owned()
            } else {
                error.to_string()
            };
            (reason, Remedy::Time(None))
        }
        other => (first_line(&other.to_string()), Remedy::Time(None)),
    }
}

/// Only these three are about what was sent. With the others time may help: a key is being replaced, or a model is still
/// being loaded.
fn refusal(status: StatusCode, body: &str, headers: &HeaderMap) -> (String, Remedy) {
    let remedy = match status.as_u16() {
        400 | 413 | 422 => Remedy::AnotherCall,
        _ => Remedy::Time(retry_after(headers)),
    };
    (format!("{status}: {}", first_line(body)), remedy)
}

/// The wait that an endpoint asks for in seconds. A date is not read: it is rare, and clocks differ.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?;
    seconds.trim().parse().ok().map(Duration::from_secs)
}

fn first_line(text: &str) -> String {
    text.trim()
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        // Some endpoints answer with a page of HTML.
        .take(300)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn remedy(status: u16, headers: &HeaderMap) -> Remedy {
        let status = StatusCode::from_u16(status).expect("a status");
        refusal(status, "no", headers).1
    }

    #[test]
    fn only_what_was_sent_is_refused_for_good() {
        let none = HeaderMap::new();
        for status in [400, 413, 422] {
            assert_eq!(remedy(status, &none), Remedy::AnotherCall, "{status}");
        }
        for status in [401, 403, 404, 408, 409, 425, 429, 500, 502, 503, 504] {
            assert_eq!(remedy(status, &none), Remedy::Time(None), "{status}");
        }
    }

    #[test]
    fn the_wait_that_an_endpoint_asks_for_is_read() {
        let mut headers = HeaderMap::new();
        for (given, wait) in [
            ("7", Some(Duration::from_secs(7))),
            ("Fri, 31 Dec 1999 23:59:59 GMT", None),
            ("-1", None),
        ] {
            headers.insert(RETRY_AFTER, given.parse().expect("a value"));
            assert_eq!(remedy(429, &headers), Remedy::Time(wait), "{given}");
        }
    }
}
