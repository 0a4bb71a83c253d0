//! Posts of a forum: a question in one is about its title and tags, too.

use serenity::model::channel::{ChannelType, GuildChannel};
use twilight_http::{Client, routing::Route};

use crate::api::{self, CallError};

/// A channel of pictures, which is a forum too. serenity has no name for it.
const MEDIA: ChannelType = ChannelType::Unknown(16);

/// The title of a post and its tags; `None` for a channel that is no post.
pub(crate) async fn subject(http: &Client, channel: u64) -> Result<Option<String>, CallError> {
    let Some(post) = channel_of(http, channel).await? else {
        return Ok(None);
    };
    let (Some(_), Some(parent)) = (&post.thread_metadata, post.parent_id) else {
        return Ok(None);
    };
    let Some(forum) = channel_of(http, parent.get()).await? else {
        return Ok(None);
    };
    if forum.kind != ChannelType::Forum && forum.kind != MEDIA {
        return Ok(None);
    }
    let applied = |id| post.applied_tags.contains(id);
    let tags = forum.available_tags.iter().filter(|tag| applied(&tag.id));
    let tags: Vec<&str> = tags.map(|tag| tag.name.as_str()).collect();
    Ok(Some(if tags.is_empty() {
        post.name
    } else {
        format!("{} ({})", post.name, tags.join(", "))
    }))
}

/// A channel; `None` for one that the bot may not see.
async fn channel_of(http: &Client, channel_id: u64) -> Result<Option<GuildChannel>, CallError> {
    match api::get(http, &Route::GetChannel { channel_id }).await {
        Ok(channel) => Ok(Some(channel)),
        Err(CallError::Rejected { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
