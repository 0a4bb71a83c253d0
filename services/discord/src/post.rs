//! Posts of a forum: a question in one is about its title and tags, too.

use twilight_http::routing::Route;

use crate::{
    api::{self, CallError, Client},
    model::Channel,
};

/// The title of a post and its tags; `None` for a channel that is no post.
pub(crate) async fn subject(http: &Client, channel: u64) -> Result<Option<String>, CallError> {
    let Some(post) = channel_of(http, channel).await? else {
        return Ok(None);
    };
    let Some(parent) = post.thread_in() else {
        return Ok(None);
    };
    // Threads of other channels are mostly named after the message that began them.
    let forum = channel_of(http, parent.get()).await?;
    let Some(forum) = forum.filter(Channel::is_forum) else {
        return Ok(None);
    };
    let applied = |id| post.applied_tags.contains(id);
    let tags = forum.available_tags.iter().filter(|tag| applied(&tag.id));
    let tags: Vec<&str> = tags.map(|tag| tag.name.as_str()).collect();
    Ok(Some(if tags.is_empty() {
        post.name
    } else {
        format!("{} ({})", post.name, tags.join(", "))
    }))
}

/// A channel; `None` for one that the bot may not see, or that cannot be read: a question is answered without its title.
async fn channel_of(http: &Client, channel_id: u64) -> Result<Option<Channel>, CallError> {
    match api::get(http, &Route::GetChannel { channel_id }).await {
        Ok(channel) => Ok(Some(channel)),
        Err(error) if error.is_transient() => Err(error),
        Err(error) => {
            tracing::debug!(
                channel_id,
                "the title and tags of a post are not known: {error}"
            );
            Ok(None)
        }
    }
}
