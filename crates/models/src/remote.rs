//! OpenAI-compatible endpoints, through genai.

use std::time::Duration;

use genai::{
    Client, ModelIden, ServiceTarget,
    adapter::AdapterKind,
    resolver::{AuthData, Endpoint, ServiceTargetResolver},
};
use secrecy::{ExposeSecret, SecretString};
use stoa_kit::Address;
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
    let http = reqwest::Client::builder().timeout(PROBE).build();
    let base = url.expose().trim_end_matches('/');
    let mut request = http
        .map_err(ProbeError::Silent)?
        .get(format!("{base}/models"));
    if let Some(key) = api_key {
        request = request.bearer_auth(key.expose_secret());
    }
    // What it was asked by may hold a key.
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
    let key = api_key.map_or_else(|| "none".to_owned(), |key| key.expose_secret().to_owned());
    let http = reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(read_timeout)
        .build()
        .map_err(|error| broken(error.to_string()))?;
    let resolver = ServiceTargetResolver::from_resolver_fn(
        move |target: ServiceTarget| -> Result<ServiceTarget, genai::resolver::Error> {
            Ok(ServiceTarget {
                endpoint: Endpoint::from_owned(base.clone()),
                auth: AuthData::from_single(key.clone()),
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

/// The endpoint's own words, without the request that genai quotes; and whether asking again may help.
pub(crate) fn explain(error: &genai::Error) -> (String, bool) {
    match error {
        genai::Error::HttpError { status, body, .. } => (
            format!("{status}: {}", first_line(body)),
            passes(status.as_u16()),
        ),
        genai::Error::WebModelCall { webc_error, .. }
        | genai::Error::WebAdapterCall { webc_error, .. } => explain_call(webc_error),
        other => (first_line(&other.to_string()), true),
    }
}

fn explain_call(error: &genai::webc::Error) -> (String, bool) {
    match error {
        genai::webc::Error::ResponseFailedStatus { status, body, .. } => (
            format!("{status}: {}", first_line(body)),
            passes(status.as_u16()),
        ),
        genai::webc::Error::Reqwest(error) => {
            let reason = if error.is_connect() {
                "does not answer".to_owned()
            } else {
                error.to_string()
            };
            (reason, true)
        }
        other => (first_line(&other.to_string()), true),
    }
}

fn passes(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500..)
}

fn first_line(text: &str) -> String {
    text.trim()
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(300)
        .collect()
}
