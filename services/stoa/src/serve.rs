//! One service of a cluster.

use std::{process::ExitCode, time::Duration};

use anyhow::Result;
use stoa_kit::{Config, Shutdown, admin, telemetry};

use crate::args::{Listen, Service};

/// Runs a service until it is told to stop.
pub(crate) async fn run(service: Service, mut config: Config) -> Result<ExitCode> {
    let traces = telemetry::init(&config.log, service.name())?;
    let (Service::Ingestion(Listen { listen })
    | Service::Embedding(Listen { listen })
    | Service::Retrieval(Listen { listen })
    | Service::Generation(Listen { listen })
    | Service::Discord(Listen { listen })
    | Service::Telegram(Listen { listen })) = &service;
    if let Some(listen) = listen {
        listen.clone_into(&mut config.server.listen);
    }
    let shutdown = Shutdown::new();
    shutdown.on_signals()?;
    // Before the service, which may wait long for PostgreSQL or NATS: probes learn what it waits for.
    admin::start(&config, admin::LISTEN, &shutdown).await?;
    let serving = async {
        match service {
            Service::Ingestion(_) => Box::pin(stoa_ingestion::serve(&config, &shutdown)).await?,
            Service::Embedding(_) => Box::pin(stoa_embedding::serve(&config, &shutdown)).await?,
            Service::Retrieval(_) => Box::pin(stoa_retrieval::serve(&config, &shutdown)).await?,
            Service::Generation(_) => Box::pin(stoa_generation::serve(&config, &shutdown)).await?,
            Service::Discord(_) => Box::pin(stoa_discord::serve(&config, &shutdown)).await?,
            Service::Telegram(_) => Box::pin(stoa_telegram::serve(&config, &shutdown)).await?,
        }
        anyhow::Ok(())
    };
    let drain = shutdown.drain(Duration::from_secs(config.server.drain_secs));
    let serving = async {
        let served = serving.await;
        shutdown.trigger();
        served
    };
    let (served, drained) = tokio::join!(serving, drain);
    traces.flush().await;
    served?;
    Ok(if drained {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
