//! Calls to Discord's REST API: twilight carries them, what they say and answer is in serenity's types.

use std::error::Error as StdError;

use serde::{Serialize, de::DeserializeOwned};
use stoa_chat::platform::PlatformError;
use thiserror::Error;
use twilight_http::{
    Client, Error,
    api_error::ApiError,
    error::ErrorType,
    request::{Request, RequestBuilder},
    response::marker::EmptyBody,
    routing::Route,
};

/// Codes of Discord's errors (docs.discord.com, Opcodes and Status Codes).
pub(crate) mod code {
    pub(crate) const UNKNOWN_CHANNEL: u64 = 10_003;
    pub(crate) const UNKNOWN_MESSAGE: u64 = 10_008;
    pub(crate) const UNKNOWN_WEBHOOK: u64 = 10_015;
    pub(crate) const ALREADY_ACKNOWLEDGED: u64 = 40_060;
    pub(crate) const INVALID_WEBHOOK_TOKEN: u64 = 50_027;
    pub(crate) const THREAD_EXISTS: u64 = 160_004;
}

/// Makes a call, and reads of its answer what is wanted: other servers than Discord's own leave the rest out.
pub(crate) async fn get<T>(http: &Client, route: &Route<'_>) -> Result<T, CallError>
where
    T: DeserializeOwned + Unpin,
{
    answer(http, Request::builder(route)).await
}

/// Makes a call with a body, and reads its answer.
pub(crate) async fn send<T>(
    http: &Client,
    route: &Route<'_>,
    body: &impl Serialize,
) -> Result<T, CallError>
where
    T: DeserializeOwned + Unpin,
{
    answer(http, Request::builder(route).json(body)).await
}

async fn answer<T>(http: &Client, request: RequestBuilder) -> Result<T, CallError>
where
    T: DeserializeOwned + Unpin,
{
    let response = http.request::<T>(request.build()?).await?;
    let bytes = response.bytes().await.map_err(CallError::unavailable)?;
    serde_json::from_slice(&bytes).map_err(CallError::unavailable)
}

/// Makes a call that is answered with nothing.
pub(crate) async fn tell(http: &Client, route: &Route<'_>) -> Result<(), CallError> {
    http.request::<EmptyBody>(Request::from_route(route))
        .await?;
    Ok(())
}

/// Makes a call with a body that is answered with nothing.
pub(crate) async fn tell_with(
    http: &Client,
    route: &Route<'_>,
    body: &impl Serialize,
) -> Result<(), CallError> {
    let request = Request::builder(route).json(body).build()?;
    http.request::<EmptyBody>(request).await?;
    Ok(())
}

/// Why a call failed.
#[derive(Debug, Error)]
pub(crate) enum CallError {
    /// Discord refused it.
    #[error("{message} ({code})")]
    Rejected { code: u64, message: String },
    /// A revoked token can be replaced, and until then nothing is given up.
    #[error("the bot's token is rejected")]
    Token,
    /// There is no answer, or none that can be read.
    #[error("{source}{}", cause(source.as_ref()))]
    Unavailable {
        source: Box<dyn StdError + Send + Sync>,
    },
}

/// What an error of twilight's only says in its source.
fn cause(error: &(dyn StdError + Send + Sync)) -> String {
    error
        .source()
        .map_or_else(String::new, |cause| format!(": {cause}"))
}

impl CallError {
    fn unavailable(error: impl StdError + Send + Sync + 'static) -> Self {
        Self::Unavailable {
            source: Box::new(error),
        }
    }

    /// What it means that a message was not sent: it may have been, when there was no answer.
    pub(crate) fn of_sending(self) -> PlatformError {
        match self {
            Self::Unavailable { .. } => PlatformError::Unsure(self.to_string()),
            error => error.into(),
        }
    }

    /// The token of an interaction is valid for fifteen minutes, and not before the interaction is acknowledged.
    pub(crate) fn is_expired(&self) -> bool {
        matches!(self, Self::Rejected { code, .. } if [code::UNKNOWN_WEBHOOK, code::INVALID_WEBHOOK_TOKEN].contains(code))
    }
}

impl From<Error> for CallError {
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorType::Response { status, .. } if status.get() == 401 => Self::Token,
            ErrorType::Unauthorized => Self::Token,
            ErrorType::Response { error, status, .. } if status.get() < 500 => match error {
                ApiError::General(error) => Self::Rejected {
                    code: error.code,
                    message: error.message.clone(),
                },
                error => Self::Rejected {
                    code: 0,
                    message: error.to_string(),
                },
            },
            ErrorType::Validation | ErrorType::Json | ErrorType::BuildingRequest => {
                Self::Rejected {
                    code: 0,
                    message: error.to_string(),
                }
            }
            _ => Self::unavailable(error),
        }
    }
}

impl From<CallError> for PlatformError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Rejected { code, .. } if code == code::UNKNOWN_MESSAGE => Self::NotFound,
            CallError::Rejected { code, message } if code == code::UNKNOWN_CHANNEL => {
                Self::Forbidden(message)
            }
            error @ CallError::Rejected { .. } => Self::Forbidden(error.to_string()),
            error => Self::Unavailable(error.to_string()),
        }
    }
}
