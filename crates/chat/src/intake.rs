//! Events into the inbox, and a word to those for whom there is no room in it.

use serde::Serialize;
use stoa_inbox::{Error, Event, Inbox};

use crate::command::{Command, Incoming};

/// Puts events into the inbox. Who has more waiting there than the inbox takes of one conversation is told so, once, unless
/// `each` says that in this place every event needs a reply of its own, as an interaction does.
pub async fn take_in<P: Clone + Serialize>(
    inbox: &Inbox,
    events: &[Event<Incoming<P>>],
    each: impl Fn(&P) -> bool,
) -> Result<(), Error> {
    for refused in inbox.put(events).await? {
        tracing::warn!(
            space = %refused.space,
            conversation = %refused.conversation,
            "the inbox holds as much of this conversation, or of its space, as it may: an event is refused"
        );
        let once = if each(&refused.body.place) {
            format!("full:{}", refused.id)
        } else {
            format!("full:{}", refused.conversation)
        };
        inbox.put_notice(&notice(refused), &once).await?;
    }
    Ok(())
}

/// What takes the place of an event that was refused.
fn notice<P: Clone>(refused: &Event<Incoming<P>>) -> Event<Incoming<P>> {
    Event {
        id: format!("full:{}", refused.id),
        space: refused.space.clone(),
        // Beside the others, as it would wait until there is room again.
        conversation: format!("{}:full", refused.conversation),
        body: Incoming {
            command: Command::NoRoom,
            ..refused.body.clone()
        },
    }
}
