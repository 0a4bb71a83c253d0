//! Sending a message of a reply, and recording it.

use tracing::Instrument;

use super::{
    Aborted, Delivery, Destination, Shown, Wanted, count,
    outbox::{Announced, Outbox},
    record::Record,
    records::Stored,
};
use crate::platform::{Platform, PlatformError, Sent};

impl<P: Platform> Delivery<'_, P> {
    /// Sends the next message of the reply, unless it is found that it was sent before.
    pub(super) async fn send(
        &mut self,
        at: usize,
        wanted: &Wanted<P>,
    ) -> Result<(), PlatformError> {
        let (platform, place) = self.destination();
        let nonce = format!("{}{at:02}", self.nonce);
        let Some(counter) = platform.counter(place) else {
            // Here the nonce is enough: the platform itself knows a message that comes a second time.
            let sent = call(platform, place, &nonce, wanted).await?;
            self.push(sent, wanted);
            return Ok(self.record().await?);
        };
        let (records, stop) = (self.destination.records, self.destination.stop.clone());
        let chat = records.chat(&counter);
        let _turn = chat.lock().await;
        let mut outbox = Outbox::open(platform, records, &counter, &stop).await?;
        outbox.settle().await?;
        // Whoever settled the chat may have found a message of this reply.
        self.adopt().await?;
        if self.shown.len() > at {
            return Ok(());
        }
        if self.taken_over.is_some() {
            // The messages that it took over are in its record before this one.
            self.record().await?;
        }
        let announced = Announced {
            reply: self.key.clone(),
            at,
            place: place.clone(),
            first: wanted.first,
        };
        outbox.announce(announced).await?;
        let sent = match call(platform, place, &nonce, wanted).await {
            Ok(sent) => sent,
            // It stays announced, so that the next one who sends here looks for it first.
            Err(error @ PlatformError::Unsure(_)) => return Err(error),
            Err(error) => {
                outbox.withdraw().await?;
                return Err(error);
            }
        };
        let id = sent.id.clone();
        self.push(sent, wanted);
        // Recorded before anything else, or a process that takes over would have to look for it.
        self.record().await?;
        Ok(outbox.recorded(id).await?)
    }

    fn push(&mut self, Sent { id, stale }: Sent, wanted: &Wanted<P>) {
        self.shown.push(Shown {
            id,
            // A stale one shows an earlier draft. Not knowing what it shows makes the next step edit it.
            outgoing: (!stale).then(|| wanted.clone()),
            gone: false,
        });
    }

    /// Takes over messages that were recorded for this reply by somebody else.
    async fn adopt(&mut self) -> Result<(), Aborted> {
        let Destination { records, stop, .. } = &self.destination;
        let now: Stored<Record> = records.load(&self.key, stop).await?;
        self.revision = now.revision;
        let found = now.value.messages.into_iter().skip(self.shown.len());
        self.shown.extend(found.map(Shown::of));
        Ok(())
    }

    pub(super) async fn record(&mut self) -> Result<(), Aborted> {
        let Destination { records, stop, .. } = &self.destination;
        if let Some(original) = &self.taken_over {
            // First, as a later edit of the question starts from this one. If the process dies between the two writes,
            // that is also where the messages are found again.
            let record = self.as_record();
            let mut revision = None;
            while revision.is_none() {
                let now: Stored<Record> = records.load(original, stop).await?;
                revision = records.save(original, &record, now.revision, stop).await?;
            }
        }
        loop {
            let Destination { records, stop, .. } = &self.destination;
            let record = self.as_record();
            let saved = records.save(&self.key, &record, self.revision, stop);
            if let Some(revision) = saved.await? {
                self.revision = revision;
                return Ok(());
            }
            self.adopt().await?;
        }
    }

    fn as_record(&self) -> Record {
        Record {
            messages: self.shown.iter().map(|shown| shown.id.clone()).collect(),
            done: self.done,
            target: self.target.clone(),
        }
    }
}

/// Sends a message, and counts what became of it.
async fn call<P: Platform>(
    platform: &P,
    place: &P::Place,
    nonce: &str,
    wanted: &Wanted<P>,
) -> Result<Sent, PlatformError> {
    let sending = platform.send(place, nonce, wanted);
    let sent = sending.instrument(tracing::info_span!("send")).await;
    match &sent {
        Ok(_) => count(P::NAME, "sent"),
        Err(PlatformError::Unsure(_)) => count(P::NAME, "unsure"),
        Err(_) => {}
    }
    sent
}
