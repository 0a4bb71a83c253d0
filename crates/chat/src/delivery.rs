//! A reply on its way: which of its messages the platform has, and how they become what they should be.

mod outbox;
mod preview;
mod record;
mod records;
mod send;

use std::time::Duration;

use stoa_inbox::Outcome;
use stoa_kit::metrics::metrics;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;
use uuid::Uuid;

pub(crate) use self::records::Records;
use self::{outbox::Outbox, preview::Preview, record::Record, records::Stored};
use crate::{
    pace::Pace,
    platform::{Message, Outgoing, Platform, PlatformError},
    retry::Backoff,
};

/// First wait between attempts at a platform or a bucket that is not available.
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// Longest wait between them.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How long the first text waits for the end of an answer that may be short. Sent at once, it would be edited at once,
/// and use up one of the edits that a platform allows. The typing indicator is shown meanwhile, for five seconds or more.
const PATIENCE: Duration = Duration::from_millis(1_200);
/// The same where a preview shows it: that turns into the message by itself, so that waiting only saves a call.
const PREVIEW_PATIENCE: Duration = Duration::from_millis(300);

type Wanted<P> = Outgoing<Message<P>>;

/// Why a delivery goes no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aborted {
    /// The process stops; another one goes on.
    Stopping,
    /// The platform will never take it.
    Rejected,
}

impl From<Aborted> for Outcome {
    fn from(aborted: Aborted) -> Self {
        match aborted {
            Aborted::Stopping => Self::Interrupted,
            Aborted::Rejected => Self::Completed,
        }
    }
}

impl From<Aborted> for PlatformError {
    fn from(_: Aborted) -> Self {
        // Said while a message is being sent.
        Self::Unavailable("it cannot be recorded by this process now".to_owned())
    }
}

/// Where a reply goes, and where it is recorded.
pub(crate) struct Destination<'a, P: Platform> {
    pub(crate) platform: &'a P,
    pub(crate) place: &'a P::Place,
    pub(crate) records: &'a Records,
    pub(crate) stop: CancellationToken,
}

/// A message of the reply.
struct Shown<P: Platform> {
    id: String,
    /// What it shows; not known when another process sent it.
    outgoing: Option<Wanted<P>>,
    /// Somebody deleted it: it is not sent again.
    gone: bool,
}

impl<P: Platform> Shown<P> {
    /// One that another process sent.
    fn of(id: String) -> Self {
        Self {
            id,
            outgoing: None,
            gone: false,
        }
    }
}

/// A reply on its way.
pub(crate) struct Delivery<'a, P: Platform> {
    destination: Destination<'a, P>,
    key: String,
    nonce: String,
    shown: Vec<Shown<P>>,
    done: bool,
    target: Option<String>,
    /// The revision of its record.
    revision: u64,
    /// Key of the reply that this one takes over, whose record follows its messages too.
    taken_over: Option<String>,
    /// Where the platform has previews, and nothing of the reply was sent as a message that changes.
    preview: Option<Preview<P>>,
    pace: Pace,
}

impl<'a, P: Platform> Delivery<'a, P> {
    /// Resumes a delivery, or begins it. `id` is that of what is replied to.
    pub(crate) async fn open(destination: Destination<'a, P>, id: Uuid) -> Result<Self, Aborted> {
        let Destination {
            platform,
            place,
            records,
            stop,
        } = &destination;
        let key = Record::key(P::NAME, id);
        let Stored {
            value: record,
            revision,
        }: Stored<Record> = records.load(&key, stop).await?;
        let mut preview_pace = platform.preview_pace(place);
        if let (Some(_), Some(counter)) = (preview_pace, platform.counter(place)) {
            // A message that was sent already is edited from now on; a preview would appear below it.
            let outbox = Outbox::open(*platform, records, &counter, stop).await?;
            if !record.messages.is_empty() || outbox.has_announced(&key) {
                preview_pace = None;
            }
        }
        let pace = Pace::new(preview_pace.unwrap_or_else(|| platform.pace(place)));
        Ok(Self {
            // With the two digits of a message's number 22 characters; Discord takes 25.
            nonce: id.simple().to_string()[..20].to_owned(),
            key,
            shown: record.messages.into_iter().map(Shown::of).collect(),
            done: record.done,
            target: record.target,
            revision,
            taken_over: None,
            preview: preview_pace.map(|_| Preview::new(id)),
            pace,
            destination,
        })
    }

    /// Resumes or begins a delivery in the messages of another one.
    pub(crate) async fn take_over(
        destination: Destination<'a, P>,
        id: Uuid,
        original: Uuid,
    ) -> Result<Self, Aborted> {
        let mut delivery = Self::open(destination, id).await?;
        let original = Record::key(P::NAME, original);
        // Once it has a record of its own, that lists the messages of the other one too.
        if delivery.shown.is_empty() && !delivery.done {
            let Destination { records, stop, .. } = &delivery.destination;
            let Stored { value: record, .. }: Stored<Record> =
                records.load(&original, stop).await?;
            delivery.shown = record.messages.into_iter().map(Shown::of).collect();
            if !delivery.shown.is_empty() {
                delivery.show_as_messages();
            }
        }
        delivery.taken_over = Some(original);
        Ok(delivery)
    }

    /// The reply is complete: there is nothing to do.
    pub(crate) fn is_done(&self) -> bool {
        self.done
    }

    /// What the command acts on, if that was recorded before it acted.
    pub(crate) fn target(&self) -> Option<&str> {
        self.target.as_deref()
    }

    /// Records what the command is about to act on.
    pub(crate) async fn aim(&mut self, target: &str) -> Result<(), Aborted> {
        self.target = Some(target.to_owned());
        self.record().await
    }

    /// When the next change may be shown.
    pub(crate) fn next(&self) -> Instant {
        self.pace.next()
    }

    /// How long the first text waits for the end of the answer, which then is one message from the start.
    pub(crate) fn patience(&self) -> Duration {
        if self.preview.is_some() {
            PREVIEW_PATIENCE
        } else {
            PATIENCE
        }
    }

    /// Brings the platform one step closer to what is wanted. For a reply that is still being written: what is refused
    /// for now is left to the next call.
    pub(crate) async fn show(&mut self, wanted: &[Wanted<P>]) -> Result<(), Aborted> {
        let step = match wanted.split_last() {
            // Complete messages are sent first; then the one that is being written is shown as a preview.
            Some((last, complete)) if last.draft && self.preview.is_some() => {
                match self.first_difference(complete) {
                    Some(at) => self.apply(at, complete.get(at)).await,
                    None => self.show_preview(wanted, &last.message).await,
                }
            }
            _ => {
                if self.preview.is_some() {
                    self.show_as_messages();
                }
                self.step(wanted).await
            }
        };
        match step {
            Ok(()) => self.pace.succeeded(),
            Err(PlatformError::RateLimited(wait)) => {
                held_back(P::NAME, wait);
                self.pace.refused(wait);
            }
            Err(error @ (PlatformError::Unavailable(_) | PlatformError::Unsure(_))) => {
                tracing::debug!(platform = P::NAME, "a message was not shown yet: {error}");
                self.pace.refused(FIRST_WAIT);
            }
            Err(error) => return self.reject(&error).await,
        }
        Ok(())
    }

    /// Shows the last message of those that are wanted as a preview, or as a message where there are no previews.
    async fn show_preview(
        &mut self,
        wanted: &[Wanted<P>],
        last: &Message<P>,
    ) -> Result<(), PlatformError> {
        let (platform, place) = self.destination();
        let Some(preview) = &mut self.preview else {
            return Ok(());
        };
        match preview.show(platform, place, wanted.len(), last).await {
            Ok(()) => Ok(()),
            Err(PlatformError::Forbidden(reason)) => {
                tracing::debug!(platform = P::NAME, "no previews here: {reason}");
                self.show_as_messages();
                self.step(wanted).await
            }
            Err(error) => Err(error),
        }
    }

    fn destination(&self) -> (&'a P, &'a P::Place) {
        (self.destination.platform, self.destination.place)
    }

    /// Sends, edits or deletes one message, if there is one that is not as it is wanted.
    async fn step(&mut self, wanted: &[Wanted<P>]) -> Result<(), PlatformError> {
        match self.first_difference(wanted) {
            Some(at) => self.apply(at, wanted.get(at)).await,
            None => Ok(()),
        }
    }

    /// From now on what is being written is shown as messages that are edited.
    fn show_as_messages(&mut self) {
        self.preview = None;
        self.pace = Pace::new(self.destination.platform.pace(self.destination.place));
    }

    /// Keeps a preview from vanishing while the model thinks.
    pub(crate) async fn refresh(&mut self) {
        let (platform, place) = self.destination();
        if let Some(preview) = &mut self.preview {
            preview.refresh(platform, place).await;
        }
    }

    /// Brings the platform to what is wanted, however often it refuses, and records that the reply is complete.
    pub(crate) async fn finish(&mut self, wanted: &[Wanted<P>]) -> Result<(), Aborted> {
        let mut backoff = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
        // One call at a time, and from the top: a reply whose end came before its beginning would be read the wrong way
        // round.
        while let Some(at) = self.first_difference(wanted) {
            let pause = match self.apply(at, wanted.get(at)).await {
                Ok(()) => {
                    // The next message is a new try, not one more of a series that failed.
                    backoff.reset();
                    continue;
                }
                Err(PlatformError::RateLimited(pause)) => {
                    held_back(P::NAME, pause);
                    pause
                }
                Err(error @ (PlatformError::Unavailable(_) | PlatformError::Unsure(_))) => {
                    tracing::warn!(
                        platform = P::NAME,
                        "a message was not delivered, trying again: {error}"
                    );
                    backoff.next_wait()
                }
                Err(error) => return self.reject(&error).await,
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = self.destination.stop.cancelled() => return Err(Aborted::Stopping),
            }
        }
        self.done = true;
        self.record().await
    }

    async fn reject(&mut self, error: &PlatformError) -> Result<(), Aborted> {
        count(P::NAME, "failed");
        tracing::warn!(platform = P::NAME, "a reply cannot be delivered: {error}");
        // Recorded as done, so that a redelivery of the event does not try it again.
        self.done = true;
        self.record().await?;
        Err(Aborted::Rejected)
    }

    fn first_difference(&self, wanted: &[Wanted<P>]) -> Option<usize> {
        (0..wanted.len().max(self.shown.len())).find(|at| {
            match (self.shown.get(*at), wanted.get(*at)) {
                (Some(shown), Some(wanted)) => {
                    !shown.gone && shown.outgoing.as_ref() != Some(wanted)
                }
                (Some(shown), None) => !shown.gone,
                (None, Some(_)) => true,
                (None, None) => false,
            }
        })
    }

    /// Sends, edits or deletes one message.
    async fn apply(&mut self, at: usize, wanted: Option<&Wanted<P>>) -> Result<(), PlatformError> {
        let (platform, place) = self.destination();
        match (self.shown.get_mut(at), wanted) {
            (Some(shown), Some(wanted)) => {
                let edited = platform
                    .edit(place, &shown.id, wanted)
                    .instrument(tracing::info_span!("edit"));
                match edited.await {
                    Ok(()) => {
                        count(P::NAME, "edited");
                        shown.outgoing = Some(wanted.clone());
                    }
                    // A moderator or the person deleted it. Sent again, it would defy them; it keeps its place in the
                    // list so that the others keep theirs.
                    Err(PlatformError::NotFound) => shown.gone = true,
                    Err(error) => return Err(error),
                }
            }
            // More were shown than are wanted, as when a long draft is withdrawn in the end.
            (Some(shown), None) => {
                platform.delete(place, &shown.id).await?;
                count(P::NAME, "deleted");
                shown.gone = true;
            }
            (None, Some(wanted)) => self.send(at, wanted).await?,
            (None, None) => {}
        }
        Ok(())
    }
}

/// Counts what became of a message.
fn count(platform: &'static str, outcome: &'static str) {
    metrics().deliveries.of([platform, outcome]).inc();
}

/// Counts that a platform asked to wait.
fn held_back(platform: &'static str, wait: Duration) {
    let metrics = metrics();
    metrics.rate_limit_waits.of([platform]).inc();
    let seconds = metrics.rate_limit_wait_seconds.of([platform]);
    seconds.inc_by(wait.as_secs_f64());
}
