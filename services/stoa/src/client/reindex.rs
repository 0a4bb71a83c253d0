use std::{process::ExitCode, time::Duration};

use anyhow::{Result, bail};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use stoa_kit::retry;
use stoa_proto::retrieval::{
    ListIndexesRequest, ListIndexesResponse, ReindexRequest, ReindexResponse, RemoveIndexRequest,
    SwitchIndexRequest,
};
use tonic::{Code, Request};

use super::{
    Connection,
    output::{plural, print_json, say},
};
use crate::args::Output;

/// How long a part may take: it waits for the model, and for those who ask meanwhile.
const DEADLINE: Duration = Duration::from_secs(600);
/// How often in a row a part is tried while the server, or the model, is away.
const TRIES: u32 = 10;
/// Most times that all passages are gone through: documents may be taught meanwhile by a process that does not know of the
/// new model yet.
const ROUNDS: usize = 10;

#[derive(Serialize)]
struct ReindexJson {
    index: String,
    passages: u64,
    embedded: u64,
    kept: Vec<String>,
}

#[derive(Serialize)]
struct RemovedJson {
    removed: String,
}

pub(super) async fn run(connection: &Connection, output: &Output) -> Result<ExitCode> {
    let before = list(connection).await?;
    let mut embedded = 0;
    if !before.next.is_empty() {
        if !output.json {
            say!("{} answers until {} is whole", before.current, before.next);
        }
        let bar = bar(&before, output.json);
        embedded = embed_all(connection, &bar).await?;
        bar.finish_and_clear();
        let switched = connection
            .retrieval()
            .switch_index(SwitchIndexRequest {})
            .await;
        switched.map_err(|status| connection.explain(&status))?;
    }
    let after = list(connection).await?;
    if output.json {
        print_json(&ReindexJson {
            index: after.current,
            passages: after.passages,
            embedded,
            kept: after.kept,
        })?;
        return Ok(ExitCode::SUCCESS);
    }
    let passages = plural(after.passages, "passage");
    if before.next.is_empty() {
        say!(
            "{} answers, with {passages} of the model that embeds: there is nothing to do",
            after.current
        );
    } else {
        say!(
            "{} answers now, with {passages}, {embedded} of them embedded anew",
            after.current
        );
    }
    for kept in after.kept {
        say!("  kept: {kept}; remove it with `stoa reindex --remove {kept}`");
    }
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn remove(
    connection: &Connection,
    name: &str,
    output: &Output,
) -> Result<ExitCode> {
    let request = RemoveIndexRequest {
        name: name.to_owned(),
    };
    let removed = connection.retrieval().remove_index(request).await;
    removed.map_err(|status| connection.explain(&status))?;
    if output.json {
        print_json(&RemovedJson {
            removed: name.to_owned(),
        })?;
    } else {
        say!("{name} is removed");
    }
    Ok(ExitCode::SUCCESS)
}

/// Goes through all passages until nothing is missing any more; returns how many were embedded.
async fn embed_all(connection: &Connection, bar: &ProgressBar) -> Result<u64> {
    let mut total = 0;
    for _ in 0..ROUNDS {
        let embedded = embed_round(connection, bar).await?;
        total += embedded;
        // A round that found nothing missing: what was taught during the round before is in it.
        if embedded == 0 {
            return Ok(total);
        }
    }
    bail!(
        "passages are still missing after {ROUNDS} rounds: see that every process embeds with the same model, and run it \
         again"
    )
}

async fn embed_round(connection: &Connection, bar: &ProgressBar) -> Result<u64> {
    let (mut from, mut embedded) = (String::new(), 0);
    loop {
        let part = embed_part(connection, &from).await?;
        embedded += part.embedded;
        bar.set_length(part.passages);
        bar.set_position(part.done.min(part.passages));
        if part.next.is_empty() {
            return Ok(embedded);
        }
        from = part.next;
    }
}

async fn embed_part(connection: &Connection, from: &str) -> Result<ReindexResponse> {
    let mut waits = retry::Backoff::new(Duration::from_secs(1), Duration::from_secs(15));
    // One less, as the last try is below: its error is the one that is shown.
    for _ in 1..TRIES {
        match try_part(connection, from).await {
            Err(status) if may_pass(status.code()) => {
                tokio::time::sleep(waits.next_wait()).await;
            }
            ended => return ended.map_err(|status| connection.explain(&status)),
        }
    }
    let last = try_part(connection, from).await;
    last.map_err(|status| connection.explain(&status))
}

async fn try_part(connection: &Connection, from: &str) -> Result<ReindexResponse, tonic::Status> {
    let mut request = Request::new(ReindexRequest {
        from: from.to_owned(),
    });
    request.set_timeout(DEADLINE);
    let part = connection.retrieval().reindex(request).await?;
    Ok(part.into_inner())
}

/// Whether another try may succeed: somebody was away, or had another model in between.
fn may_pass(code: Code) -> bool {
    matches!(
        code,
        Code::Unavailable | Code::Aborted | Code::Cancelled | Code::ResourceExhausted
    )
}

async fn list(connection: &Connection) -> Result<ListIndexesResponse> {
    let found = connection
        .retrieval()
        .list_indexes(ListIndexesRequest {})
        .await;
    let found = found.map_err(|status| connection.explain(&status))?;
    Ok(found.into_inner())
}

/// On stderr, where that is a terminal.
fn bar(before: &ListIndexesResponse, quiet: bool) -> ProgressBar {
    let target = if quiet {
        ProgressDrawTarget::hidden()
    } else {
        ProgressDrawTarget::stderr()
    };
    let bar = ProgressBar::with_draw_target(Some(before.passages), target);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} passages, {elapsed}") {
        bar.set_style(style);
    }
    bar
}
