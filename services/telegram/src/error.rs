//! What errors of the Bot API mean for a reply.

use stoa_chat::platform::PlatformError;
use stoa_kit::outbound;
use teloxide_core::{ApiError, RequestError};

/// What a failed call means.
pub(crate) fn platform_error(error: &RequestError) -> PlatformError {
    match error {
        RequestError::RetryAfter(seconds) => PlatformError::RateLimited(seconds.duration()),
        RequestError::MigrateToChatId(chat) => {
            PlatformError::Forbidden(format!("the group became the supergroup {chat}"))
        }
        RequestError::Api(error) => api_error(error),
        RequestError::Network(lost) => {
            // Without the path, which holds the bot's token.
            let server = lost.url().map(|url| url.origin().ascii_serialization());
            let server = server.unwrap_or_else(|| "Telegram".to_owned());
            let reason = if lost.is_timeout() {
                "no answer in time".to_owned()
            } else {
                outbound::cause(&**lost)
            };
            PlatformError::Unavailable(format!("{server} cannot be reached: {reason}"))
        }
        // It did what was asked, and says so in a way that is not Telegram's: asked again, it would do it again.
        RequestError::InvalidJson { source, .. } if source.is_data() => {
            PlatformError::Forbidden(format!("what Telegram answers cannot be read: {source}"))
        }
        // What stands before the API speaks in pages.
        RequestError::InvalidJson { source, .. } => PlatformError::Unavailable(format!(
            "what answers in Telegram's place cannot be read: {source}"
        )),
        RequestError::Io(error) => PlatformError::Unavailable(error.to_string()),
    }
}

fn api_error(error: &ApiError) -> PlatformError {
    match error {
        // Telegram has several names for a message that is gone or too old to be changed; for a reply they come to the
        // same.
        ApiError::MessageToEditNotFound
        | ApiError::MessageIdInvalid
        | ApiError::MessageCantBeEdited
        | ApiError::MessageToDeleteNotFound
        | ApiError::MessageCantBeDeleted => PlatformError::NotFound,
        // A revoked token can be replaced, and until then nothing is given up.
        ApiError::InvalidToken => {
            PlatformError::Unavailable("the bot's token is rejected".to_owned())
        }
        ApiError::Unknown(text)
            if ["Internal Server Error", "Bad Gateway", "Gateway Timeout"]
                .iter()
                .any(|transient| text.contains(transient)) =>
        {
            PlatformError::Unavailable(text.clone())
        }
        error => PlatformError::Forbidden(error.to_string()),
    }
}

/// Whether what a call asked for may have been done though it failed: its answer was lost, or says nothing of it.
pub(crate) fn may_be_done(error: &RequestError) -> bool {
    match error {
        // Without a connection nothing was sent.
        RequestError::Network(error) => !error.is_connect(),
        RequestError::InvalidJson { .. } | RequestError::Io(_) => true,
        RequestError::Api(error @ ApiError::Unknown(_)) => {
            matches!(api_error(error), PlatformError::Unavailable(_))
        }
        _ => false,
    }
}

/// A Bot API server that is older than a method answers that it is not found, which teloxide takes for a wrong token.
pub(crate) fn is_unknown_method(error: &RequestError) -> bool {
    match error {
        RequestError::Api(ApiError::InvalidToken) => true,
        RequestError::Api(ApiError::Unknown(text)) => text.starts_with("Not Found"),
        _ => false,
    }
}

/// Another program set a webhook. Telegram says more than teloxide expects.
pub(crate) fn is_webhook_active(error: &RequestError) -> bool {
    match error {
        RequestError::Api(ApiError::CantGetUpdates) => true,
        RequestError::Api(ApiError::Unknown(text)) => text.contains("webhook is active"),
        _ => false,
    }
}
