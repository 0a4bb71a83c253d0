//! The messages of a channel.

use serde_json::Value;
use twilight_http::routing::Route;

use crate::{
    api::{self, CallError, Client},
    model::Message,
};

/// Most messages that are read of a channel.
const MOST: u16 = 100;

/// Messages of a channel after another one. One that cannot be read is left out, so that it does not hide the others.
pub(crate) async fn since(
    http: &Client,
    channel: u64,
    after: u64,
) -> Result<Vec<Message>, CallError> {
    let route = Route::GetMessages {
        // With `after`, Discord gives the messages right behind the id and not the newest of the channel.
        after: Some(after),
        around: None,
        before: None,
        channel_id: channel,
        limit: Some(MOST),
    };
    let messages: Vec<Value> = api::get(http, &route).await?;
    let read = messages.into_iter().map(serde_json::from_value);
    Ok(read
        .filter_map(|message: Result<Message, _>| match message {
            Ok(message) => Some(message),
            Err(error) => {
                tracing::warn!(channel, "a message cannot be read: {error}");
                None
            }
        })
        .collect())
}
