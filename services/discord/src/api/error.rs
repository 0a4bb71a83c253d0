//! Why a call failed: what cannot be reached may be there later, what cannot be read stays so.

use reqwest::StatusCode;
use serde::Deserialize;
use stoa_chat::platform::PlatformError;
use thiserror::Error;

/// Codes of Discord's errors (docs.discord.com, Opcodes and Status Codes).
pub(crate) mod code {
    pub(crate) const UNKNOWN_CHANNEL: u64 = 10_003;
    pub(crate) const UNKNOWN_MESSAGE: u64 = 10_008;
    pub(crate) const UNKNOWN_WEBHOOK: u64 = 10_015;
    pub(crate) const ALREADY_ACKNOWLEDGED: u64 = 40_060;
    pub(crate) const INVALID_WEBHOOK_TOKEN: u64 = 50_027;
    pub(crate) const THREAD_EXISTS: u64 = 160_004;
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
    /// There is no answer.
    #[error("{address} cannot be reached: {reason}")]
    Unreachable { address: String, reason: String },
    /// It answers that it is in trouble.
    #[error("{address} answers {status}")]
    Failing { address: String, status: StatusCode },
    /// It did what was asked, and says so in a way that is not Discord's. Asked again, it would do it again.
    #[error("what {address} answers to {call} cannot be read: {source}")]
    Unreadable {
        address: String,
        call: String,
        source: serde_json::Error,
    },
}

/// What Discord says when it refuses.
#[derive(Deserialize)]
struct Refusal {
    #[serde(default)]
    code: u64,
    #[serde(default)]
    message: String,
}

impl CallError {
    /// What an answer means that is no success.
    pub(super) fn refused(address: &str, status: StatusCode, body: &[u8]) -> Self {
        if status == StatusCode::UNAUTHORIZED {
            return Self::Token;
        }
        match serde_json::from_slice::<Refusal>(body) {
            Ok(Refusal { code, message }) if status.is_client_error() => Self::Rejected {
                code,
                message: if message.is_empty() {
                    status.to_string()
                } else {
                    message
                },
            },
            // A proxy, or what stands before the API, speaks in pages.
            _ => Self::Failing {
                address: address.to_owned(),
                status,
            },
        }
    }

    /// What it means that a message was not sent: it may have been, when there was no answer, or none of Discord's own.
    pub(crate) fn of_sending(self) -> PlatformError {
        match self {
            Self::Unreachable { .. } | Self::Failing { .. } => {
                PlatformError::Unsure(self.to_string())
            }
            error => error.into(),
        }
    }

    /// The token of an interaction is valid for fifteen minutes, and not before the interaction is acknowledged.
    pub(crate) fn is_expired(&self) -> bool {
        matches!(self, Self::Rejected { code, .. } if [code::UNKNOWN_WEBHOOK, code::INVALID_WEBHOOK_TOKEN].contains(code))
    }

    /// Asked later, it may go well.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Token | Self::Unreachable { .. } | Self::Failing { .. }
        )
    }
}

impl From<CallError> for PlatformError {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Rejected { code, .. } if code == code::UNKNOWN_MESSAGE => Self::NotFound,
            CallError::Rejected { code, message } if code == code::UNKNOWN_CHANNEL => {
                Self::Forbidden(message)
            }
            error if error.is_transient() => Self::Unavailable(error.to_string()),
            error => Self::Forbidden(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_is_told_from_what_is_in_trouble() {
        let refused =
            |status, body: &str| CallError::refused("https://discord.com", status, body.as_bytes());
        let unknown = refused(
            StatusCode::NOT_FOUND,
            r#"{"message":"Unknown Message","code":10008}"#,
        );
        assert!(!unknown.is_transient() && unknown.to_string() == "Unknown Message (10008)");
        assert!(matches!(
            PlatformError::from(unknown),
            PlatformError::NotFound
        ));
        let otherwise = refused(StatusCode::BAD_REQUEST, r#"{"error":"no"}"#);
        assert_eq!(otherwise.to_string(), "400 Bad Request (0)");
        for (status, body) in [
            (StatusCode::FORBIDDEN, "<html>Access denied</html>"),
            (StatusCode::SERVICE_UNAVAILABLE, r#"{"message":"trouble"}"#),
        ] {
            let trouble = refused(status, body);
            assert!(trouble.is_transient(), "{trouble}");
            assert!(trouble.to_string().contains("https://discord.com"));
            assert!(matches!(trouble.of_sending(), PlatformError::Unsure(_)));
        }
        let revoked = refused(StatusCode::UNAUTHORIZED, "");
        assert!(revoked.is_transient());
        assert!(matches!(
            revoked.of_sending(),
            PlatformError::Unavailable(_)
        ));
        let unreadable = serde_json::from_str::<u8>("[]").expect_err("it is no number");
        let unreadable = CallError::Unreadable {
            address: "https://discord.com".to_owned(),
            call: "guilds/1".to_owned(),
            source: unreadable,
        };
        assert!(matches!(
            PlatformError::from(unreadable),
            PlatformError::Forbidden(_)
        ));
    }
}
