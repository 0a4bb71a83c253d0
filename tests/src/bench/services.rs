//! What each service costs as a process of its own.

use anyhow::{Context, Result};
use stoa_tests::{
    chaos,
    cluster::{EACH, SERVICES},
    discord::Discord,
    endpoint::{Endpoint, Writes},
    telegram::Telegram,
    wait_until,
};

use crate::{
    report::{Goal, Report},
    starting::resident,
};

/// Memory of each service that has done nothing yet, without a model: those are an endpoint's.
pub(crate) fn measure(report: &mut Report) -> Result<()> {
    let (discord, telegram) = (Discord::start(), Telegram::start());
    let endpoint = Endpoint::start(64, Writes::Quotes);
    let cluster = chaos::start(&discord, &telegram, &endpoint)?;
    wait_until("the bot is connected", || discord.is_connected());
    for service in SERVICES {
        let own = cluster.processes.iter();
        let own = own.filter(|process| process.service == service);
        let mut most: f64 = 0.0;
        for process in own {
            let held = resident(&process.pid().to_string());
            most = most.max(held.with_context(|| process.name())?);
        }
        report.add(
            figure(service),
            most / 1e6,
            "MB",
            Goal::AtMost(40.0),
            format!("resident, the larger of {EACH}"),
        );
    }
    Ok(())
}

fn figure(service: &str) -> &'static str {
    match service {
        "embedding" => "memory of `stoa embedding` idle, without a model",
        "retrieval" => "memory of `stoa retrieval` idle",
        "ingestion" => "memory of `stoa ingestion` idle",
        "generation" => "memory of `stoa generation` idle, without a model",
        "discord" => "memory of `stoa discord` idle",
        _ => "memory of `stoa telegram` idle",
    }
}
