//! OpenAI-compatible endpoints, through genai.

use std::time::Duration;

use genai::{
    Client, ModelIden, ServiceTarget,
    adapter::AdapterKind,
    resolver::{AuthData, Endpoint, ServiceTargetResolver},
};
use secrecy::{ExposeSecret, SecretString};
use stoa_kit::outbound;

use crate::LoadError;

/// A client that sends every call to one endpoint.
pub(crate) fn client(
    url: &str,
    api_key: Option<&SecretString>,
    read_timeout: Duration,
) -> Result<Client, LoadError> {
    let broken = |reason: String| LoadError::Endpoint {
        url: url.to_owned(),
        reason,
    };
    let parsed = reqwest::Url::parse(url).map_err(|error| broken(error.to_string()))?;
    if !matches!(parsed.scheme(), "http" | "https") {
        return Err(broken("use http or https".to_owned()));
    }
    // genai appends the call's name to the base.
    let base = format!("{}/", url.trim_end_matches('/'));
    let key = api_key.map_or_else(|| "none".to_owned(), |key| key.expose_secret().to_owned());
    let mut http = reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(read_timeout);
    // A proxy leads out, and a model of one's own is not there.
    if outbound::is_private(parsed.host_str().unwrap_or_default()) {
        http = http.no_proxy();
    }
    let http = http.build().map_err(|error| broken(error.to_string()))?;
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
