//! Calls to Discord, why they fail, and what that means for a reply.

use serde::de::DeserializeOwned;
use serde_json::Value;
use stoa_chat::platform::Refusal;
use twilight_http::{
    Client, Error, api_error::ApiError, error::ErrorType, request::Request, routing::Route,
};

/// Makes a call, and reads of its answer what is wanted: other servers than Discord's own leave the rest out.
pub(crate) async fn call<T>(
    http: &Client,
    route: &Route<'_>,
    body: Option<&Value>,
) -> Result<T, Failure>
where
    T: DeserializeOwned + Unpin,
{
    let mut request = Request::builder(route);
    if let Some(body) = body {
        request = request.json(body);
    }
    let request = request.build().map_err(|error| Failure::of(&error))?;
    let response = http.request::<T>(request).await;
    let response = response.map_err(|error| Failure::of(&error))?;
    let bytes = response.bytes().await;
    let bytes = bytes.map_err(|error| Failure::broken(&error))?;
    serde_json::from_slice(&bytes).map_err(|error| Failure::broken(&error))
}

/// Codes of Discord's errors (docs.discord.com, Opcodes and Status Codes).
pub(crate) mod code {
    pub(crate) const UNKNOWN_CHANNEL: u64 = 10_003;
    pub(crate) const UNKNOWN_MESSAGE: u64 = 10_008;
    pub(crate) const UNKNOWN_WEBHOOK: u64 = 10_015;
    pub(crate) const INVALID_WEBHOOK_TOKEN: u64 = 50_027;
    pub(crate) const THREAD_EXISTS: u64 = 160_004;
}

/// Why a call failed.
#[derive(Debug)]
pub(crate) enum Failure {
    Refused { code: u64, message: String },
    Unreachable(String),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused { code, message } => write!(f, "{message} ({code})"),
            Self::Unreachable(reason) => f.write_str(reason),
        }
    }
}

impl Failure {
    pub(crate) fn of(error: &Error) -> Self {
        match error.kind() {
            ErrorType::Response { error, status, .. } if status.get() < 500 => {
                let (code, message) = match error {
                    ApiError::General(error) => (error.code, error.message.clone()),
                    error => (0, error.to_string()),
                };
                if status.get() == 401 {
                    // A token that was revoked can be set again, and until then nothing is given up.
                    return Self::Unreachable("it does not know the bot's token".to_owned());
                }
                Self::Refused { code, message }
            }
            ErrorType::Unauthorized => {
                Self::Unreachable("it does not know the bot's token".to_owned())
            }
            ErrorType::Validation | ErrorType::Json | ErrorType::BuildingRequest => Self::Refused {
                code: 0,
                message: error.to_string(),
            },
            _ => Self::broken(error),
        }
    }

    /// An answer that did not come, or cannot be read.
    pub(crate) fn broken(error: &dyn std::error::Error) -> Self {
        let cause = error.source().map(|cause| format!(": {cause}"));
        Self::Unreachable(format!("{error}{}", cause.unwrap_or_default()))
    }

    /// The token of an interaction is good for fifteen minutes, and before it was acknowledged not at all.
    pub(crate) fn is_expired(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if [code::UNKNOWN_WEBHOOK, code::INVALID_WEBHOOK_TOKEN].contains(code))
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused { code, .. } if code == code::UNKNOWN_MESSAGE => Self::Gone,
            Failure::Refused { code, message } if code == code::UNKNOWN_CHANNEL => {
                Self::Forbidden(message)
            }
            Failure::Refused { code, message } => Self::Forbidden(format!("{message} ({code})")),
            Failure::Unreachable(reason) => Self::Unreachable(reason),
        }
    }
}
