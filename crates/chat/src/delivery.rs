//! A reply on its way: which of its messages the platform has, and how they become what they should be.

mod record;

use std::time::Duration;

use async_nats::jetstream::kv::Store;
use stoa_inbox::Outcome;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::record::Record;
use crate::{
    pace::Pace,
    platform::{Message, Outgoing, Platform, PlatformError, Sent},
    retry::Backoff,
};

/// First wait between attempts at a platform or a bucket that is not available.
const FIRST_WAIT: Duration = Duration::from_millis(200);
/// Longest wait between them.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// A preview of this age is shown again; it would vanish by itself after about 30 s.
const PREVIEW_AGE: Duration = Duration::from_secs(20);

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

/// Where a reply goes, and where it is recorded.
pub(crate) struct Destination<'a, P: Platform> {
    pub(crate) platform: &'a P,
    pub(crate) place: &'a P::Place,
    pub(crate) records: &'a Store,
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

/// What is being written, shown without a message of its own.
struct Preview<P: Platform> {
    /// The number of the first.
    number: u32,
    /// The one that is shown, with its number, and since when.
    shown: Option<(u32, Message<P>, Instant)>,
}

/// A reply on its way.
pub(crate) struct Delivery<'a, P: Platform> {
    destination: Destination<'a, P>,
    key: String,
    nonce: String,
    shown: Vec<Shown<P>>,
    done: bool,
    /// A message may have been sent whose id was not recorded: it is looked for before it is sent again.
    unsure: bool,
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
        let record = Record::load(records, &key, stop).await?;
        let is_new = record.messages.is_empty() && !record.sending;
        let preview_pace = platform.preview_pace(place).filter(|_| is_new);
        let pace = Pace::new(preview_pace.unwrap_or_else(|| platform.pace(place)));
        Ok(Self {
            // With the two digits of a message's number 22 characters; Discord takes 25.
            nonce: id.simple().to_string()[..20].to_owned(),
            key,
            shown: record.messages.into_iter().map(Shown::of).collect(),
            done: record.done,
            unsure: record.sending,
            taken_over: None,
            preview: preview_pace.map(|_| Preview {
                // The same after a restart, so that the preview is replaced. Odd, as 0 means none, and of 31 bits, for
                // platforms that read it as a signed number.
                number: id.as_fields().0 >> 1 | 1,
                shown: None,
            }),
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
            let record = Record::load(records, &original, stop).await?;
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
            // What is complete is sent first; then what is still being written is shown without a message.
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
            Err(PlatformError::RateLimited(wait)) => self.pace.refused(wait),
            Err(PlatformError::Unavailable(reason)) => {
                tracing::debug!(platform = P::NAME, "a message was not shown yet: {reason}");
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
        let (platform, place) = self.target();
        let Some(preview) = &mut self.preview else {
            return Ok(());
        };
        // A message that was sent made the preview before it vanish, so the next one has a number of its own.
        let complete = wanted.len().saturating_sub(1) as u32;
        let number = preview.number.wrapping_add(complete).max(1);
        match platform.preview(place, number, last).await {
            Ok(()) => {
                preview.shown = Some((number, last.clone(), Instant::now()));
                Ok(())
            }
            Err(PlatformError::Forbidden(reason)) => {
                tracing::debug!(platform = P::NAME, "no previews here: {reason}");
                self.show_as_messages();
                self.step(wanted).await
            }
            Err(error) => Err(error),
        }
    }

    fn target(&self) -> (&'a P, &'a P::Place) {
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
        let Some(Preview {
            shown: Some((number, message, since)),
            ..
        }) = &mut self.preview
        else {
            return;
        };
        if since.elapsed() < PREVIEW_AGE {
            return;
        }
        // Set before the call: one that fails is not worth trying again before it is due once more.
        *since = Instant::now();
        let (platform, place) = (self.destination.platform, self.destination.place);
        if let Err(error) = platform.preview(place, *number, message).await {
            tracing::debug!(platform = P::NAME, "a preview was not refreshed: {error}");
        }
    }

    /// Brings the platform to what is wanted, however often it refuses, and records that the reply is complete.
    pub(crate) async fn finish(&mut self, wanted: &[Wanted<P>]) -> Result<(), Aborted> {
        let mut backoff = Backoff::new(FIRST_WAIT, LONGEST_WAIT);
        while let Some(at) = self.first_difference(wanted) {
            let pause = match self.apply(at, wanted.get(at)).await {
                Ok(()) => {
                    // The next message is a new try, not one more of a series that failed.
                    backoff.reset();
                    continue;
                }
                Err(PlatformError::RateLimited(pause)) => pause,
                Err(PlatformError::Unavailable(reason)) => {
                    tracing::warn!(
                        platform = P::NAME,
                        "a message was not delivered, trying again: {reason}"
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
        let (platform, place) = self.target();
        match (self.shown.get_mut(at), wanted) {
            (Some(shown), Some(wanted)) => match platform.edit(place, &shown.id, wanted).await {
                Ok(()) => shown.outgoing = Some(wanted.clone()),
                Err(PlatformError::NotFound) => shown.gone = true,
                Err(error) => return Err(error),
            },
            (Some(shown), None) => {
                platform.delete(place, &shown.id).await?;
                shown.gone = true;
            }
            (None, Some(wanted)) => {
                let Sent { id, stale } = self.send(at, wanted).await?;
                self.shown.push(Shown {
                    id,
                    outgoing: (!stale).then(|| wanted.clone()),
                    gone: false,
                });
                // Recorded before anything else, or a process that takes over would send it once more. It fails only
                // when this one stops, which the next step finds out.
                if self.record().await.is_err() {
                    tracing::debug!("stopping before a message was recorded");
                }
            }
            (None, None) => {}
        }
        Ok(())
    }

    async fn send(&mut self, at: usize, wanted: &Wanted<P>) -> Result<Sent, PlatformError> {
        let (platform, place) = self.target();
        let records = self.destination.records;
        let counter = platform
            .counter(place)
            .map(|counter| last_key::<P>(&counter));
        if let Some(last_key) = &counter {
            if self.unsure {
                let found = self.find(last_key, wanted).await?;
                self.unsure = false;
                if let Some(id) = found {
                    return Ok(Sent { id, stale: false });
                }
            }
            // Announced before it is sent: if this process dies in between, whoever takes over knows to look for a
            // message that was never recorded.
            let stopping = |_| PlatformError::Unavailable("the process stops".to_owned());
            self.write(&self.key, true).await.map_err(stopping)?;
        }
        let nonce = format!("{}{at:02}", self.nonce);
        let sent = platform.send(place, &nonce, wanted).await?;
        if let Some(last_key) = counter
            && let Err(error) = records.put(last_key, sent.id.clone().into()).await
        {
            tracing::debug!("the last message of a chat was not recorded: {error}");
        }
        Ok(sent)
    }

    /// Looks for a message that was sent and not recorded: after the last that was.
    async fn find(
        &self,
        last_key: &str,
        wanted: &Wanted<P>,
    ) -> Result<Option<String>, PlatformError> {
        let (platform, place) = self.target();
        let last = self.destination.records.get(last_key).await;
        let last = last.map_err(|error| PlatformError::Unavailable(error.to_string()))?;
        let last = last.and_then(|last| String::from_utf8(last.to_vec()).ok());
        platform.find(place, last.as_deref(), wanted).await
    }

    async fn record(&self) -> Result<(), Aborted> {
        if let Some(original) = &self.taken_over {
            // First, as a later edit of the question starts from this one. If the process dies between the two writes,
            // that is also where the messages are found again.
            self.write(original, false).await?;
        }
        self.write(&self.key, false).await
    }

    async fn write(&self, key: &str, sending: bool) -> Result<(), Aborted> {
        let record = Record {
            messages: self.shown.iter().map(|shown| shown.id.clone()).collect(),
            done: self.done,
            sending,
        };
        let Destination { records, stop, .. } = &self.destination;
        record.save(records, key, stop).await
    }
}

/// Where the last message of a chat is recorded.
fn last_key<P: Platform>(counter: &str) -> String {
    format!("{}.last.{counter}", P::NAME)
}
