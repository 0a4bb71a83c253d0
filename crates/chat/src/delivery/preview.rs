//! What is being written, shown without a message of its own.

use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use crate::platform::{Message, Platform, PlatformError};

/// A preview of this age is shown again; it would vanish by itself after about 30 s.
const AGE: Duration = Duration::from_secs(20);

/// What is being written, shown without a message of its own.
pub(super) struct Preview<P: Platform> {
    /// The number of the first.
    number: u32,
    /// The one that is shown, with its number, and since when.
    shown: Option<(u32, Message<P>, Instant)>,
}

impl<P: Platform> Preview<P> {
    /// That of a reply.
    pub(super) fn new(reply: Uuid) -> Self {
        Self {
            // The same after a restart, so that the preview is replaced. Odd, as 0 means none, and of 31 bits, for
            // platforms that read it as a signed number.
            number: reply.as_fields().0 >> 1 | 1,
            shown: None,
        }
    }

    /// Shows the last of so many messages.
    pub(super) async fn show(
        &mut self,
        platform: &P,
        place: &P::Place,
        messages: usize,
        last: &Message<P>,
    ) -> Result<(), PlatformError> {
        // A message that was sent made the preview before it vanish, so the next one has a number of its own.
        let complete = messages.saturating_sub(1) as u32;
        let number = self.number.wrapping_add(complete).max(1);
        platform.preview(place, number, last).await?;
        self.shown = Some((number, last.clone(), Instant::now()));
        Ok(())
    }

    /// Keeps it from vanishing while nothing changes.
    pub(super) async fn refresh(&mut self, platform: &P, place: &P::Place) {
        let Some((number, message, since)) = &mut self.shown else {
            return;
        };
        if since.elapsed() < AGE {
            return;
        }
        // Set before the call: one that fails is not worth trying again before it is due once more.
        *since = Instant::now();
        if let Err(error) = platform.preview(place, *number, message).await {
            tracing::debug!(platform = P::NAME, "a preview was not refreshed: {error}");
        }
    }
}
