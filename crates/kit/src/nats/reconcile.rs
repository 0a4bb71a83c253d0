//! What is declared, and what is there.
//!
//! A missing stream is made. In an existing one only those fields are changed that an earlier version of Stoa set: its
//! metadata holds what Stoa set each field to, and a field with another value was changed by somebody who knows why.
//! Differences are logged. Only one that would lose messages, or have them handled twice, keeps a service from starting.

use std::error::Error;

use async_nats::jetstream::{
    Context, ErrorCode,
    context::{
        CreateStreamError, CreateStreamErrorKind, GetStreamErrorKind, RequestError,
        RequestErrorKind,
    },
    stream::{Config, Stream},
};
use futures::TryStreamExt;
use tracing::{info, warn};

use super::{
    NatsError,
    compare::{Comparison, compare, marked},
};
use crate::config;

/// Makes a stream that is not there, and changes of one that is there what this module says.
pub(super) async fn declare(
    jetstream: &Context,
    wanted: Config,
    settings: &config::Nats,
) -> Result<(), NatsError> {
    let failed = |source| NatsError::Stream {
        stream: wanted.name.clone(),
        source,
    };
    let there = match look(jetstream, &wanted.name).await.map_err(failed)? {
        Some(there) => there,
        None => match jetstream.create_stream(marked(wanted.clone())).await {
            Ok(_) => return Ok(()),
            Err(error) if exists(&error) => {
                // Another process was quicker, one of another version or with other settings.
                let there = look(jetstream, &wanted.name).await.map_err(failed)?;
                there.ok_or_else(|| failed(error))?
            }
            Err(error) => return Err(failed(error)),
        },
    };
    let config = &there.cached_info().config;
    // Before the comparison, so that a cap which has to wait is not told as a difference.
    let wanted = without_loss(&there, wanted.clone()).await;
    let Comparison { changed, left } = compare(config, &wanted, settings.private);
    if let Some(difference) = left.iter().find(|difference| difference.is_needed) {
        return Err(NatsError::Unfit {
            difference: difference.clone(),
        });
    }
    for difference in &left {
        warn!("a stream of NATS is left as it is: {difference}");
    }
    if let Some(changed) = changed {
        jetstream.update_stream(&changed).await.map_err(failed)?;
        info!(
            stream = wanted.name,
            "a stream of an older version is brought up to date"
        );
    }
    Ok(())
}

/// A stream as it is; `None` when there is none.
pub(super) async fn look(
    jetstream: &Context,
    name: &str,
) -> Result<Option<Stream>, CreateStreamError> {
    let error = match jetstream.get_stream(name).await {
        Ok(stream) => return Ok(Some(stream)),
        Err(error) => error,
    };
    let kind = match error.kind() {
        GetStreamErrorKind::JetStream(error) if error.kind() == ErrorCode::STREAM_NOT_FOUND => {
            return Ok(None);
        }
        GetStreamErrorKind::JetStream(error) => CreateStreamErrorKind::JetStream(error),
        _ => {
            let source = error.source();
            let request = source.and_then(|source| source.downcast_ref::<RequestError>());
            match request.map(RequestError::kind) {
                Some(RequestErrorKind::NoResponders) => CreateStreamErrorKind::JetStreamUnavailable,
                Some(RequestErrorKind::TimedOut) => CreateStreamErrorKind::TimedOut,
                _ => CreateStreamErrorKind::Response,
            }
        }
    };
    Err(CreateStreamError::with_source(kind, error))
}

fn exists(error: &CreateStreamError) -> bool {
    matches!(error.kind(), CreateStreamErrorKind::JetStream(error) if error.kind() == ErrorCode::STREAM_NAME_EXIST)
}

/// What is wanted of a stream, without a cap for each subject where the stream that is there holds more: the server would
/// remove what is over it. It gets the cap at a later start, when those have been handled.
async fn without_loss(there: &Stream, wanted: Config) -> Config {
    let (config, most) = (&there.cached_info().config, wanted.max_messages_per_subject);
    if most <= 0 || config.max_messages_per_subject == most {
        return wanted;
    }
    let fullest = async {
        let mut subjects = there.info_with_subjects(">").await?;
        let mut fullest = 0;
        while let Some((_, held)) = subjects.try_next().await? {
            fullest = fullest.max(held);
        }
        Ok::<usize, async_nats::Error>(fullest)
    };
    match fullest.await {
        // Half of it, as others may be putting events in meanwhile.
        Ok(fullest) if fullest as i64 <= most / 2 => return wanted,
        Ok(fullest) => warn!(
            stream = wanted.name,
            fullest,
            "the stream holds more than one conversation may: it is capped at the next start, when that is handled"
        ),
        Err(error) => warn!(
            stream = wanted.name,
            "how much the stream holds is not known: it is not capped before the next start: {error}"
        ),
    }
    Config {
        max_messages_per_subject: config.max_messages_per_subject,
        discard: config.discard,
        discard_new_per_subject: config.discard_new_per_subject,
        ..wanted
    }
}
