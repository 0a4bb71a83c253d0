//! A reply on its way: which messages of it the platform has, and how they become what they should be.

use std::time::Duration;

use async_nats::jetstream::kv::Store;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    inbox::Fate,
    pace::Pace,
    platform::{Outgoing, Platform, Refusal, Sent},
    reply::Syntax,
};

/// Waits between attempts at a platform or a store that does not answer.
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// A preview that is older is shown again before it vanishes by itself.
const PREVIEW_AGE: Duration = Duration::from_secs(20);

/// How long the first text waits for the end of an answer that may be short. It would be a message that changes at once,
/// and take a change of those that a platform allows; that somebody writes is shown meanwhile, for five seconds or more.
const PATIENCE: Duration = Duration::from_millis(1_200);
/// The same where a preview shows it: that becomes the message by itself, and only spares a call.
const PREVIEW_PATIENCE: Duration = Duration::from_millis(300);

type Message<P> = <<P as Platform>::Syntax as Syntax>::Message;
type Wanted<P> = Outgoing<Message<P>>;

/// What is known of a delivery, in the bucket `deliveries`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Record {
    /// Ids of the messages that were sent, in order.
    messages: Vec<String>,
    /// The reply is complete.
    done: bool,
    /// One more may have been sent.
    #[serde(default)]
    sending: bool,
}

/// Why a delivery goes no further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The process stops; another one goes on.
    Stopping,
    /// The platform will never take it.
    Refused,
}

impl From<Ended> for Fate {
    fn from(ended: Ended) -> Self {
        match ended {
            Ended::Stopping => Self::Unfinished,
            Ended::Refused => Self::Done,
        }
    }
}

/// A message of the reply.
struct Shown<P: Platform> {
    id: String,
    /// What it shows; not known when another process sent it.
    outgoing: Option<Wanted<P>>,
    /// Somebody removed it: it is not sent again.
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
    platform: &'a P,
    place: &'a P::Place,
    store: &'a Store,
    key: String,
    nonce: String,
    shown: Vec<Shown<P>>,
    done: bool,
    /// A message may have been sent whose id was not recorded: it is looked for before it is sent again.
    unsure: bool,
    /// The reply that this one takes the place of, which hears of its messages too.
    instead_of: Option<String>,
    /// Where the platform has previews, and nothing of the reply was sent as a message that changes.
    preview: Option<Preview<P>>,
    pace: Pace,
    stop: CancellationToken,
}

impl<'a, P: Platform> Delivery<'a, P> {
    /// Takes up a delivery where it was left, or begins it. `id` is that of what is replied to.
    pub(crate) async fn open(
        platform: &'a P,
        place: &'a P::Place,
        store: &'a Store,
        id: Uuid,
        stop: &CancellationToken,
    ) -> Result<Self, Ended> {
        let key = key::<P>(id);
        let record = load(store, &key, stop).await?.unwrap_or_default();
        let is_new = record.messages.is_empty() && !record.sending;
        let preview_pace = platform.preview_pace(place).filter(|_| is_new);
        let shown = record.messages.into_iter().map(Shown::of);
        Ok(Self {
            platform,
            place,
            store,
            nonce: id.simple().to_string()[..20].to_owned(),
            key,
            shown: shown.collect(),
            done: record.done,
            unsure: record.sending,
            instead_of: None,
            preview: preview_pace.map(|_| Preview {
                number: id.as_fields().0 >> 1 | 1,
                shown: None,
            }),
            pace: Pace::new(preview_pace.unwrap_or_else(|| platform.pace(place))),
            stop: stop.clone(),
        })
    }

    /// Takes up or begins a delivery that takes the place of another one: in its messages.
    pub(crate) async fn open_instead(
        platform: &'a P,
        place: &'a P::Place,
        store: &'a Store,
        id: Uuid,
        original: Uuid,
        stop: &CancellationToken,
    ) -> Result<Self, Ended> {
        let mut delivery = Self::open(platform, place, store, id, stop).await?;
        let original = key::<P>(original);
        if delivery.shown.is_empty() && !delivery.done {
            let record = load(store, &original, stop).await?.unwrap_or_default();
            delivery.shown = record.messages.into_iter().map(Shown::of).collect();
            if !delivery.shown.is_empty() {
                delivery.show_messages();
            }
        }
        delivery.instead_of = Some(original);
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

    /// Brings the platform one step closer to what is wanted. For a reply that is still being written: what is
    /// refused for now is left to the next call.
    pub(crate) async fn show(&mut self, wanted: &[Wanted<P>]) -> Result<(), Ended> {
        if self.preview.is_some()
            && let Some((last, complete)) = wanted.split_last().filter(|(last, _)| last.draft)
        {
            // What is complete is sent, and what is not is shown without a message.
            let made = match self.first_difference(complete) {
                Some(at) => self.make(at, complete.get(at)).await,
                None => match self.preview(complete.len(), &last.message).await {
                    Err(Refusal::Forbidden(reason)) => {
                        tracing::debug!(platform = P::NAME, "no previews here: {reason}");
                        self.show_messages();
                        self.bring_closer(wanted).await
                    }
                    shown => shown,
                },
            };
            return self.taken(made).await;
        }
        if self.preview.is_some() {
            self.show_messages();
        }
        let made = self.bring_closer(wanted).await;
        self.taken(made).await
    }

    /// Sends, changes or removes one message, if there is one that is not as it is wanted.
    async fn bring_closer(&mut self, wanted: &[Wanted<P>]) -> Result<(), Refusal> {
        match self.first_difference(wanted) {
            Some(at) => self.make(at, wanted.get(at)).await,
            None => Ok(()),
        }
    }

    /// Sets the pace by what became of a step.
    async fn taken(&mut self, made: Result<(), Refusal>) -> Result<(), Ended> {
        match made {
            Ok(()) => self.pace.taken(),
            Err(Refusal::Later(wait)) => self.pace.refused(wait),
            Err(Refusal::Unreachable(reason)) => {
                tracing::debug!(platform = P::NAME, "a message was not shown yet: {reason}");
                self.pace.refused(FIRST_WAIT);
            }
            Err(refusal) => return self.refused(&refusal).await,
        }
        Ok(())
    }

    /// From now on what is being written is shown as messages that change.
    fn show_messages(&mut self) {
        self.preview = None;
        self.pace = Pace::new(self.platform.pace(self.place));
    }

    /// Shows a message, after so many that are complete, without sending it.
    async fn preview(&mut self, complete: usize, message: &Message<P>) -> Result<(), Refusal> {
        let Some(preview) = &mut self.preview else {
            return Ok(());
        };
        // A message that was sent took the place of the preview before it.
        let number = preview.number.wrapping_add(complete as u32).max(1);
        self.platform.preview(self.place, number, message).await?;
        preview.shown = Some((number, message.clone(), Instant::now()));
        Ok(())
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
        *since = Instant::now();
        if let Err(refusal) = self.platform.preview(self.place, *number, message).await {
            tracing::debug!(platform = P::NAME, "a preview was not kept: {refusal}");
        }
    }

    /// Brings the platform to what is wanted, however often it refuses, and records that the reply is complete.
    pub(crate) async fn finish(&mut self, wanted: &[Wanted<P>]) -> Result<(), Ended> {
        let mut wait = FIRST_WAIT;
        while let Some(at) = self.first_difference(wanted) {
            let pause = match self.make(at, wanted.get(at)).await {
                Ok(()) => {
                    wait = FIRST_WAIT;
                    continue;
                }
                Err(Refusal::Later(pause)) => pause,
                Err(Refusal::Unreachable(reason)) => {
                    tracing::warn!(
                        platform = P::NAME,
                        "a message was not delivered, trying again: {reason}"
                    );
                    wait = (wait * 2).min(LONGEST_WAIT);
                    wait
                }
                Err(refusal) => return self.refused(&refusal).await,
            };
            self.pause(pause).await?;
        }
        self.done = true;
        self.record().await
    }

    async fn refused(&mut self, refusal: &Refusal) -> Result<(), Ended> {
        tracing::warn!(platform = P::NAME, "a reply cannot be delivered: {refusal}");
        self.done = true;
        self.record().await?;
        Err(Ended::Refused)
    }

    async fn pause(&self, pause: Duration) -> Result<(), Ended> {
        tokio::select! {
            () = tokio::time::sleep(pause) => Ok(()),
            () = self.stop.cancelled() => Err(Ended::Stopping),
        }
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

    /// Sends, changes or removes one message.
    async fn make(&mut self, at: usize, wanted: Option<&Wanted<P>>) -> Result<(), Refusal> {
        match (self.shown.get_mut(at), wanted) {
            (Some(shown), Some(wanted)) => {
                match self.platform.edit(self.place, &shown.id, wanted).await {
                    Ok(()) => shown.outgoing = Some(wanted.clone()),
                    Err(Refusal::Gone) => shown.gone = true,
                    Err(refusal) => return Err(refusal),
                }
            }
            (Some(shown), None) => {
                self.platform.delete(self.place, &shown.id).await?;
                shown.gone = true;
            }
            (None, Some(wanted)) => {
                let Sent { id, stale } = self.send(at, wanted).await?;
                self.shown.push(Shown {
                    id,
                    outgoing: (!stale).then(|| wanted.clone()),
                    gone: false,
                });
                // Another process must know it before it would send it once more.
                if self.record().await.is_err() {
                    tracing::debug!("stopping before a message was recorded");
                }
            }
            (None, None) => {}
        }
        Ok(())
    }

    async fn send(&mut self, at: usize, wanted: &Wanted<P>) -> Result<Sent, Refusal> {
        let counter = self.platform.counter(self.place);
        if let Some(counter) = &counter {
            if self.unsure {
                let found = self.look_for(counter, wanted).await?;
                self.unsure = false;
                if let Some(id) = found {
                    return Ok(Sent { id, stale: false });
                }
            }
            // Who takes over must know that there may be one more message than was recorded.
            let stopping = |_| Refusal::Unreachable("the process stops".to_owned());
            self.write(&self.key, true).await.map_err(stopping)?;
        }
        let nonce = format!("{}{at:02}", self.nonce);
        let sent = self.platform.send(self.place, &nonce, wanted).await?;
        if let Some(counter) = counter {
            let key = last_key::<P>(&counter);
            if let Err(error) = self.store.put(key, sent.id.clone().into()).await {
                tracing::debug!("the last message of a chat was not recorded: {error}");
            }
        }
        Ok(sent)
    }

    /// Looks for a message that was sent and not recorded: after the last that was.
    async fn look_for(&self, counter: &str, wanted: &Wanted<P>) -> Result<Option<String>, Refusal> {
        let unreachable = |error: String| Refusal::Unreachable(error);
        let last = self.store.get(last_key::<P>(counter)).await;
        let last = last.map_err(|error| unreachable(error.to_string()))?;
        let last = last.and_then(|last| String::from_utf8(last.to_vec()).ok());
        self.platform
            .find(self.place, last.as_deref(), wanted)
            .await
    }

    async fn record(&self) -> Result<(), Ended> {
        if let Some(original) = &self.instead_of {
            self.write(original, false).await?;
        }
        self.write(&self.key, false).await
    }

    async fn write(&self, key: &str, sending: bool) -> Result<(), Ended> {
        let record = Record {
            messages: self.shown.iter().map(|shown| shown.id.clone()).collect(),
            done: self.done,
            sending,
        };
        let payload = serde_json::to_vec(&record).unwrap_or_default();
        let save = || async {
            let saved = self.store.put(key, payload.clone().into()).await;
            saved.map_err(|error| error.to_string())
        };
        persist(&self.stop, "the deliveries", save)
            .await
            .map(|_| ())
    }
}

fn key<P: Platform>(id: Uuid) -> String {
    format!("{}.{}", P::NAME, id.simple())
}

/// Where the last message of a chat is recorded.
fn last_key<P: Platform>(counter: &str) -> String {
    format!("{}.last.{counter}", P::NAME)
}

async fn load(store: &Store, key: &str, stop: &CancellationToken) -> Result<Option<Record>, Ended> {
    let load = || async { store.get(key).await.map_err(|error| error.to_string()) };
    let found = persist(stop, "the deliveries", load).await?;
    Ok(found.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
}

/// Tries until it succeeds or the process stops. It is tried once even then.
pub(crate) async fn persist<T, F, R>(
    stop: &CancellationToken,
    what: &str,
    mut attempt: F,
) -> Result<T, Ended>
where
    F: FnMut() -> R,
    R: Future<Output = Result<T, String>>,
{
    let mut wait = FIRST_WAIT;
    loop {
        match attempt().await {
            Ok(value) => return Ok(value),
            Err(reason) => tracing::warn!("{what}: trying again: {reason}"),
        }
        tokio::select! {
            () = tokio::time::sleep(wait) => wait = (wait * 2).min(LONGEST_WAIT),
            () = stop.cancelled() => return Err(Ended::Stopping),
        }
    }
}
