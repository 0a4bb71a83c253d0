//! `stoa up`: everything in one process. It brings what is not configured.

mod child;
mod disk;
mod folder;
mod nats;
mod postgres;

use std::{process::ExitCode, time::Duration};

use anyhow::{Context, Result, bail};
use secrecy::SecretString;
use stoa_kit::{
    Config, Room, Shutdown, Space, admin,
    config::{Database, Nats},
    grpc, telemetry,
};
use stoa_proto::{
    doctor::doctor_service_server::DoctorServiceServer,
    retrieval::{StatsRequest, retrieval_service_client::RetrievalServiceClient},
};
use tonic::Code;

pub(crate) use nats::find as find_nats;
pub(crate) use postgres::find as find_postgres;

use crate::{
    args::Up,
    client::{self, Connection, output::say},
    doctor::Doctor,
};
use child::Children;
use folder::Folder;

/// How long everything may take to start.
const START: Duration = Duration::from_secs(90);

/// Runs until it is told to stop.
pub(crate) async fn run(mut config: Config, options: Up) -> Result<ExitCode> {
    let traces = telemetry::init(&config.log, "stoa")?;
    if let Some(listen) = options.listen {
        config.server.listen = listen;
    }
    if let Some(port) = options.port {
        config.server.listen = format!("127.0.0.1:{port}");
    }
    // Before anything listens or starts: a second `stoa up` on the folder must not touch what the first one runs.
    let folder = Folder::claim(&config.data.dir)?;
    let shutdown = Shutdown::new();
    shutdown.on_signals()?;
    // First of all servers, so that a slow start can be watched.
    let health = admin::start(&config, admin::FREE, &shutdown).await?;
    folder.announce_admin(&format!("http://{health}"))?;
    // Bound now and served later: with port 0 the address is known only now, and the services need it to find each
    // other.
    let (listener, address) = grpc::bind(&config.server.listen).await?;
    let scheme = if config.tls.cert.is_some() {
        "https"
    } else {
        "http"
    };
    let address = format!("{scheme}://{address}");
    let token = share(&mut config, &folder, &address)?;

    let mut children = Children::default();
    let started = start(&mut config, &folder, &token, &mut children, &shutdown);
    let server = tokio::select! {
        server = Box::pin(started) => server,
        () = shutdown.stopping() => Err(anyhow::anyhow!("stopped before it was ready")),
    };
    let server = match server {
        Ok(server) => server,
        Err(error) => {
            shutdown.trigger();
            shutdown.drain(Duration::from_secs(5)).await;
            children.stop().await;
            folder.withdraw();
            traces.flush().await;
            return Err(error);
        }
    };
    let serving = async {
        let served = server.serve(listener, &shutdown).await;
        shutdown.trigger();
        served
    };
    let greeting = async {
        let ready = tokio::select! {
            ready = make_ready(&config, &folder, &address, &options.learn) => ready,
            () = shutdown.stopping() => Ok(()),
        };
        if ready.is_err() {
            shutdown.trigger();
        }
        ready
    };
    let drain = shutdown.drain(Duration::from_secs(config.server.drain_secs));
    let (served, greeted, drained) = tokio::join!(serving, greeting, drain);
    // Clients must not find an address whose server ends. The children come last: the services wrote to them until now.
    folder.withdraw();
    traces.flush().await;
    children.stop().await;
    served?;
    greeted?;
    Ok(if drained {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Lets the services of this process find each other at its own address, by one token, which it returns.
fn share(config: &mut Config, folder: &Folder, address: &str) -> Result<SecretString> {
    let token = match config.token.take() {
        Some(token) => token,
        None => folder.token()?,
    };
    // Taken out and put back, as the folder's token is made only where none is configured.
    config.token = Some(token.clone());
    for peer in [
        &mut config.ingestion.address,
        &mut config.embedding.address,
        &mut config.retrieval.address,
        &mut config.generation.address,
    ] {
        address.clone_into(peer);
    }
    Ok(token)
}

/// Brings what is missing and starts all services on one server.
async fn start(
    config: &mut Config,
    folder: &Folder,
    token: &SecretString,
    children: &mut Children,
    shutdown: &Shutdown,
) -> Result<grpc::Server> {
    if config.database.url.is_none() {
        // Settings of another server, its certificates above all, do not apply to this one.
        config.database = Database {
            url: Some(postgres::start(folder, token, children).await?),
            max_connections: config.database.max_connections,
            ..Database::default()
        };
    }
    if config.nats.url.is_none() {
        let (url, token) = nats::start(folder, &config.assets.dir, token, children)?;
        if let Some(nats) = children.restart_of(nats::NAME) {
            let room = Room::of(config, &config.data.dir);
            shutdown.spawn("the disk", disk::watch(room, nats, shutdown.clone()));
        }
        config.nats = Nats {
            url: Some(url.into()),
            token: Some(token),
            private: true,
            max_mib: config.nats.max_mib,
            ..Nats::default()
        };
    }
    let mut server = grpc::Server::of(config)?;
    let services = async {
        // Each service before those that call it.
        Box::pin(stoa_embedding::start(config, shutdown, &mut server))
            .await
            .context("embedding")?;
        stoa_retrieval::start(config, shutdown, &mut server).context("retrieval")?;
        Box::pin(stoa_ingestion::start(config, shutdown, &mut server))
            .await
            .context("ingestion")?;
        Box::pin(stoa_generation::start(config, shutdown, &mut server))
            .await
            .context("generation")?;
        if config.discord.token.is_some() {
            Box::pin(stoa_discord::start(config, shutdown))
                .await
                .context("discord")?;
        }
        if config.telegram.token.is_some() {
            Box::pin(stoa_telegram::start(config, shutdown))
                .await
                .context("telegram")?;
        }
        anyhow::Ok(())
    };
    tokio::select! {
        started = services => started?,
        // Without this, services would wait for a PostgreSQL that never comes until their own patience ends.
        failure = children.gave_up() => bail!(failure),
    }
    server.add(DoctorServiceServer::new(Doctor::new(config.clone())));
    Ok(server)
}

/// Waits until questions can be asked, teaches what was given, and says so.
async fn make_ready(
    config: &Config,
    folder: &Folder,
    address: &str,
    learn: &[std::path::PathBuf],
) -> Result<()> {
    let credentials = grpc::Credentials::of(config)?;
    let connection = Connection::new(address, &credentials)?;
    tokio::time::timeout(START, index_opens(address, &credentials))
        .await
        .context("the index did not open in time: see the log above")??;
    if !learn.is_empty() {
        let sources: Vec<String> = learn
            .iter()
            .map(|path| path.display().to_string())
            .collect();
        let space = Space::parse("default")?;
        client::teach_at_start(&connection, &space, &sources).await?;
    }
    // After the documents, so that a script which waits for the address finds them learned.
    folder.announce(address)?;
    // The commands are printed as they work here: with the option only where the folder is not the default one.
    let default = config.data.dir == Config::default().data.dir;
    let option = if default {
        String::new()
    } else {
        format!(" --data-dir {}", config.data.dir.display())
    };
    say!("ready {address} data={}", config.data.dir.display());
    if learn.is_empty() {
        say!("  teach it:  stoa learn PATH{option}");
    }
    say!("  ask it:    stoa ask \"How many days of vacation do I get?\"{option}");
    say!("  stop it:   Ctrl-C");
    Ok(())
}

async fn index_opens(address: &str, credentials: &grpc::Credentials) -> Result<()> {
    let mut retrieval = RetrievalServiceClient::new(grpc::connect(address, credentials)?);
    loop {
        let request = StatsRequest {
            space: "default".to_owned(),
            document_id: String::new(),
            version: 0,
        };
        match retrieval.stats(request).await {
            Ok(_) => return Ok(()),
            // The index is read from the disk in the background, and the service says so until it is there.
            Err(status) if status.code() == Code::Unavailable => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Err(status) => bail!("{}", status.message()),
        }
    }
}
