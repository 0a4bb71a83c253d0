//! Stores what happened in the inbox, and then how far the session is.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use stoa_chat::{Event, command::Incoming, take_in};
use stoa_kit::metrics::Waits;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::{At, Gateway, Item, Position, backoff};
use crate::{
    place::Place,
    stored::{self, Note},
};

/// Most items that are stored at once.
const BATCH: usize = 256;
/// How often the position is saved.
const SAVE: Duration = Duration::from_secs(1);

/// Stores a shard's events.
pub(super) struct Recorder<'a> {
    gateway: &'a Gateway,
    key: String,
    position: Position,
    /// `position.seen`, for the reader.
    seen: &'a AtomicU64,
    /// The newest message. It says nothing until what was missed before is in the inbox.
    newest: u64,
    /// Parts of what was missed that are still to come; `None` until a session has begun or was resumed.
    missing: Option<usize>,
    /// The position has changed since it was saved.
    changed: bool,
    saved: Instant,
    stop: CancellationToken,
}

/// What was read, taken apart.
#[derive(Default)]
struct Batch {
    events: Vec<Event<Incoming<Place>>>,
    stored: Vec<tokio::sync::oneshot::Sender<()>>,
    notes: Vec<Note>,
    last: Option<At>,
}

impl<'a> Recorder<'a> {
    pub(super) fn new(
        gateway: &'a Gateway,
        key: String,
        position: Position,
        seen: &'a AtomicU64,
        stop: CancellationToken,
    ) -> Self {
        Self {
            gateway,
            key,
            newest: position.seen,
            position,
            seen,
            missing: None,
            changed: false,
            saved: Instant::now(),
            stop,
        }
    }

    /// Stores items until the reader ends.
    pub(super) async fn run(mut self, mut items: mpsc::Receiver<(Waits, Item)>) {
        let mut received = Vec::with_capacity(BATCH);
        loop {
            let left = SAVE.saturating_sub(self.saved.elapsed());
            let ended = tokio::select! {
                count = items.recv_many(&mut received, BATCH) => count == 0,
                () = tokio::time::sleep(left), if self.changed => false,
            };
            if !received.is_empty() {
                let items = received.drain(..).map(|(_, item)| item);
                if !self.store(items).await {
                    return;
                }
            }
            if self.changed && (ended || self.saved.elapsed() >= SAVE) {
                self.save().await;
            }
            if ended {
                return;
            }
        }
    }

    /// Stores items, and moves the position on; `false` when the process stops before the inbox has them.
    async fn store(&mut self, items: impl Iterator<Item = Item>) -> bool {
        let Batch {
            events,
            stored,
            notes,
            last,
        } = self.taken_apart(items);
        // The order of this function is the promise: into the inbox first, then the acknowledgements, then what was
        // learned, and only then the position.
        if !self.put(&events).await {
            return false;
        }
        for stored in stored {
            // An interaction that could not wait has been acknowledged.
            let _ = stored.send(());
        }
        for event in &events {
            let place = &event.body.place;
            let interaction = place.interaction.as_ref().map(|interaction| interaction.id);
            if let (None, Some(id)) = (place.guild, place.reply_to.or(interaction)) {
                self.gateway.direct.wrote(place.channel, id).await;
            }
        }
        // Before the position moves on: Discord does not tell it again after that.
        if !self.keep(&notes).await {
            return false;
        }
        if let Some(at) = last {
            self.changed = true;
            self.position.advance(&at);
        }
        if self.missing == Some(0) {
            self.changed |= self.position.behind;
            self.position.behind = false;
            // Only when all parts are in the inbox: until then the newest message says nothing of those before it.
            self.position.seen = self.newest;
            self.seen.store(self.newest, Ordering::Relaxed);
        }
        true
    }

    fn taken_apart(&mut self, items: impl Iterator<Item = Item>) -> Batch {
        let mut batch = Batch::default();
        for item in items {
            match item {
                Item::Happened { at, events, stored } => {
                    batch.events.extend(events);
                    batch.stored.extend(stored);
                    let message = at.as_ref().map_or(0, |at| at.message);
                    self.newest = self.newest.max(message);
                    batch.last = at.or(batch.last);
                }
                Item::Learned(notes) => batch.notes.extend(notes),
                Item::CatchUp(parts) => {
                    self.missing = Some(parts);
                    self.position.behind = true;
                }
                // Nothing was missed, unless an earlier session of this process is still being caught up with.
                Item::Resumed => self.missing = self.missing.or(Some(0)),
                Item::CaughtUp => {
                    self.missing = self.missing.map(|left| left.saturating_sub(1));
                }
            }
        }
        batch
    }

    /// `false` when the process stops before the inbox has them.
    async fn put(&self, events: &[Event<Incoming<Place>>]) -> bool {
        let mut backoff = backoff();
        // An interaction waits for a reply of its own, and a message only for a word that there is no room.
        let each = |place: &Place| place.interaction.is_some();
        while let Err(error) = take_in(&self.gateway.inbox, events, each).await {
            tracing::warn!("events wait for the inbox: {error}");
            if !backoff.wait(&self.stop).await {
                return false;
            }
        }
        true
    }

    /// `false` when the process stops before it is kept.
    async fn keep(&self, notes: &[Note]) -> bool {
        let mut backoff = backoff();
        while let Err(error) = stored::save(notes, &self.gateway.connections).await {
            tracing::warn!("roles and threads of Discord's servers are not stored yet: {error}");
            if !backoff.wait(&self.stop).await {
                return false;
            }
        }
        true
    }

    async fn save(&mut self) {
        let saved = self.position.save(&self.gateway.connections, &self.key);
        if let Err(error) = saved.await {
            // After a restart Discord sends more of it again, and the inbox recognizes what it had.
            tracing::debug!("{error}");
        }
        (self.saved, self.changed) = (Instant::now(), false);
    }
}
