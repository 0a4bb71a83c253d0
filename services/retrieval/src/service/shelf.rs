//! Which indexes there are, and which one answers: kept up with what other processes do, and with the model that the
//! embedding service has.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use tokio::sync::{Mutex, MutexGuard};
use tonic::Status;

use super::{EmbeddingClient, model::Model, opened::Opened};
use crate::index::{IndexError, IndexName, Indexes, VectorIndex, Which};

type Open = HashMap<IndexName, Arc<dyn VectorIndex>>;

/// The indexes, opened for the model that embeds.
pub(super) struct Shelf {
    indexes: Box<dyn Indexes>,
    embedding: EmbeddingClient,
    /// A service that has the model before.
    previous: Option<EmbeddingClient>,
    /// All that are open. Whoever holds it is the one who opens, switches or removes.
    open: Mutex<Open>,
    opened: RwLock<Option<Arc<Opened>>>,
}

impl Shelf {
    pub(super) fn new(
        indexes: Box<dyn Indexes>,
        embedding: EmbeddingClient,
        previous: Option<EmbeddingClient>,
    ) -> Self {
        Self {
            indexes,
            embedding,
            previous,
            open: Mutex::default(),
            opened: RwLock::default(),
        }
    }

    /// Whether something is open.
    pub(super) fn is_open(&self) -> bool {
        self.last().is_some()
    }

    /// What is open; opened now, if nothing is.
    pub(super) async fn opened(&self) -> Result<Arc<Opened>, Status> {
        match self.last() {
            Some(opened) => Ok(opened),
            None => {
                let mut open = self.open.lock().await;
                match self.last() {
                    Some(opened) => Ok(opened),
                    None => self.look(&mut open).await,
                }
            }
        }
    }

    /// Looks again which model embeds, which indexes there are, and which one answers.
    pub(super) async fn refresh(&self) -> Result<Arc<Opened>, Status> {
        let mut open = self.open.lock().await;
        self.look(&mut open).await
    }

    /// Lets the index of the model that embeds answer, if it holds all that the one before does.
    pub(super) async fn switch(&self) -> Result<Arc<Opened>, Status> {
        let mut open = self.open.lock().await;
        let opened = self.look(&mut open).await?;
        let Some(next) = &opened.next else {
            return Ok(opened);
        };
        // Under the lock, so that no other call of this process changes what is being compared.
        let passages = opened.serving.total(Which::Shown).await?;
        let done = next.total(Which::Whole).await?;
        if done < passages {
            return Err(Status::failed_precondition(format!(
                "{} holds {done} of {passages} passages: run `stoa reindex` until it has ended",
                next.name()
            )));
        }
        self.indexes.choose(next.name().clone()).await?;
        self.look(&mut open).await
    }

    /// Removes an index that answered before.
    pub(super) async fn remove(&self, name: &IndexName) -> Result<(), Status> {
        let mut open = self.open.lock().await;
        let opened = self.look(&mut open).await?;
        let next = opened.next.as_ref().map(|next| next.name());
        if opened.serving.name() == name || next == Some(name) {
            return Err(Status::failed_precondition(format!(
                "{name} answers, or is the next one to: only one that is kept can be removed"
            )));
        }
        if !opened.kept.iter().any(|kept| kept.name() == name) {
            return Err(none(name));
        }
        drop(opened);
        // Nobody may begin to use it: until it is gone, who asks for what is open waits for the lock.
        self.set(None);
        open.remove(name);
        let removed = self.indexes.remove(name.clone()).await;
        self.look(&mut open).await?;
        removed?;
        tracing::info!(%name, "an index was removed");
        Ok(())
    }

    async fn look(&self, open: &mut MutexGuard<'_, Open>) -> Result<Arc<Opened>, Status> {
        let model = Model::of(self.embedding.clone()).await?;
        let own = model.index();
        let names = self.indexes.names().await?;
        let current = self.indexes.current().await?;
        let current = current.filter(|current| names.contains(current));
        // Others may have been removed by another process; what is held open of them is let go.
        open.retain(|name, _| names.contains(name));
        for name in names.iter().chain([&own]) {
            if !open.contains_key(name) {
                let index = self.indexes.open(name.clone()).await?;
                open.insert(name.clone(), index);
            }
        }
        let answers = match &current {
            Some(current) => *current == own || has_something(open, current).await?,
            None => false,
        };
        let current = match current {
            Some(current) if answers => current,
            // Nothing answers yet, or what does is empty: there is nothing to wait for.
            _ => {
                self.indexes.choose(own.clone()).await?;
                own.clone()
            }
        };
        let is_switching = current != own;
        let previous = match &self.previous {
            Some(client) if is_switching => Model::of(client.clone()).await.ok(),
            _ => None,
        };
        let kept = open
            .iter()
            .filter(|(name, _)| **name != current && **name != own)
            .map(|(_, index)| Arc::clone(index));
        let opened = Arc::new(Opened {
            kept: kept.collect(),
            serving: held(open, &current)?,
            next: is_switching.then(|| held(open, &own)).transpose()?,
            model,
            previous,
        });
        self.announce(&opened);
        self.set(Some(Arc::clone(&opened)));
        Ok(opened)
    }

    /// Says what changed, once.
    fn announce(&self, opened: &Opened) {
        let before = self.last().map(|before| before.described());
        let now = opened.described();
        if before.as_ref() == Some(&now) {
            return;
        }
        let (serving, next, by_meaning, kept) = now;
        if next.is_empty() {
            tracing::info!(model = %opened.model.name, %serving, kept, "the index is open");
            return;
        }
        let how = if by_meaning {
            "with the model before"
        } else {
            "by words alone, as no embedding.previous_address has its model"
        };
        tracing::warn!(%serving, %next, "the embedding model is another one: until `stoa reindex` has ended, the index of the \
            model before answers, {how}");
    }

    fn last(&self) -> Option<Arc<Opened>> {
        let opened = self.opened.read().unwrap_or_else(PoisonError::into_inner);
        opened.clone()
    }

    fn set(&self, state: Option<Arc<Opened>>) {
        let mut opened = self.opened.write().unwrap_or_else(PoisonError::into_inner);
        *opened = state;
    }
}

async fn has_something(open: &Open, name: &IndexName) -> Result<bool, IndexError> {
    match open.get(name) {
        Some(index) => Ok(index.total(Which::Shown).await? > 0),
        None => Ok(false),
    }
}

fn held(open: &Open, name: &IndexName) -> Result<Arc<dyn VectorIndex>, Status> {
    open.get(name).map(Arc::clone).ok_or_else(|| none(name))
}

fn none(name: &IndexName) -> Status {
    Status::not_found(format!(
        "there is no index {name}: `stoa reindex` lists those that are kept"
    ))
}
