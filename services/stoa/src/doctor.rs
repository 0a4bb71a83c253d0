//! `stoa doctor`: checks everything against the real systems and says what to mend.

use std::{path::Path, process::ExitCode, time::Duration};

use anyhow::Result;
use secrecy::ExposeSecret;
use serde::Serialize;
use stoa_kit::{Config, grpc};
use stoa_proto::embedding::{
    EmbedRequest, TextKind, embedding_service_client::EmbeddingServiceClient,
};

use crate::{
    args::Output,
    client::output::{self, BAD, GOOD, say},
    running::Running,
    up,
};

/// How long one check may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// One thing that was looked at.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    ok: bool,
    /// What was found.
    detail: String,
    /// What to do, when it is not good.
    fix: Option<String>,
}

#[derive(Serialize)]
struct Report {
    ok: bool,
    checks: Vec<Check>,
}

/// Checks, prints, and succeeds only when all is good.
pub(crate) async fn run(config: &Config, output: &Output) -> Result<ExitCode> {
    // Reading the configuration succeeded, or this would not run.
    let mut checks = vec![good(
        "configuration",
        format!("data in {}", config.data.dir.display()),
    )];
    checks.push(database(config).await);
    checks.push(nats(config).await);
    checks.push(index(config).await);
    checks.extend(embedding_model(config));
    checks.push(language_model(config));
    checks.extend(entailment_model(config));
    if config.telegram.token.is_some() {
        checks.push(telegram(config).await);
    }
    if config.discord.token.is_some() {
        checks.push(discord(config).await);
    }
    checks.push(running(config).await);
    let ok = checks.iter().all(|check| check.ok);
    if output.json {
        output::print_json(&Report { ok, checks })?;
    } else {
        for Check {
            name,
            ok,
            detail,
            fix,
        } in &checks
        {
            let (style, mark) = if *ok { (GOOD, "✓") } else { (BAD, "✗") };
            say!("{style}{mark}{style:#} {name}: {detail}");
            if let Some(fix) = fix {
                say!("    {fix}");
            }
        }
    }
    Ok(if ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn good(name: &'static str, detail: String) -> Check {
    Check {
        name,
        ok: true,
        detail,
        fix: None,
    }
}

fn bad(name: &'static str, detail: impl ToString, fix: &str) -> Check {
    Check {
        name,
        ok: false,
        detail: detail.to_string(),
        fix: Some(fix.to_owned()),
    }
}

async fn discord(config: &Config) -> Check {
    let name = "Discord";
    match stoa_discord::probe(config).await {
        Ok(found) if found.faults.is_empty() => good(name, found.summary),
        Ok(found) => {
            let what = found.faults.iter().map(|fault| fault.what.clone());
            let summary = Some(found.summary).filter(|summary| !summary.is_empty());
            let details: Vec<String> = summary.into_iter().chain(what).collect();
            let mut fixes: Vec<&str> = found.faults.iter().map(|fault| fault.fix).collect();
            fixes.dedup();
            bad(name, details.join("; "), &fixes.join("\n    "))
        }
        Err(error) => bad(
            name,
            error,
            "set DISCORD_TOKEN and DISCORD_API_URL as it says",
        ),
    }
}

async fn telegram(config: &Config) -> Check {
    let name = "Telegram";
    match stoa_telegram::probe(config).await {
        Ok(found) => good(name, found),
        Err(error) => bad(
            name,
            error,
            "check TELEGRAM_TOKEN (from @BotFather) and TELEGRAM_API_URL, and that this machine reaches it",
        ),
    }
}

async fn database(config: &Config) -> Check {
    let name = "PostgreSQL";
    let Some(url) = &config.database.url else {
        return match up::find_postgres() {
            Some(folder) => good(
                name,
                format!("`stoa up` brings its own, from {}", folder.display()),
            ),
            None => bad(
                name,
                "not installed",
                "run `make setup`, or set STOA_DATABASE_URL to a running one",
            ),
        };
    };
    let fix = "check that it runs and that STOA_DATABASE_URL is right";
    match tokio::time::timeout(PATIENCE, stoa_kit::postgres::probe(url.expose_secret())).await {
        Ok(Ok(version)) => good(name, version),
        Ok(Err(error)) => bad(name, error, fix),
        Err(_) => bad(name, "no answer", fix),
    }
}

async fn nats(config: &Config) -> Check {
    let name = "NATS";
    let Some(url) = &config.nats.url else {
        return match up::find_nats(&config.assets.dir) {
            Some(program) => good(
                name,
                format!("`stoa up` brings its own, from {}", program.display()),
            ),
            None => bad(
                name,
                "nats-server is not installed",
                "run `make setup`, or set STOA_NATS_URL to a running one",
            ),
        };
    };
    let fix = "check that it runs with JetStream (-js), version 2.10 or newer, and that STOA_NATS_URL is right";
    match tokio::time::timeout(PATIENCE, stoa_kit::nats::connect(config, "doctor")).await {
        Ok(Ok(nats)) => good(
            name,
            format!("{url}, version {}", nats.client.server_info().version),
        ),
        Ok(Err(error)) => bad(name, error, fix),
        Err(_) => bad(name, "no answer", fix),
    }
}

async fn index(config: &Config) -> Check {
    let name = "vector index";
    let Some(url) = &config.qdrant.url else {
        return good(
            name,
            format!(
                "in process, under {}",
                config.data.dir.join("index").display()
            ),
        );
    };
    match tokio::time::timeout(
        PATIENCE,
        stoa_retrieval::index::probe(url, config.qdrant.api_key.as_ref()),
    )
    .await
    {
        Ok(Ok(version)) => good(name, format!("Qdrant {version} at {url}")),
        Ok(Err(error)) => bad(
            name,
            error,
            "check that it runs and that STOA_QDRANT_URL names its gRPC port",
        ),
        Err(_) => bad(
            name,
            format!("{url} does not answer"),
            "check that STOA_QDRANT_URL names its gRPC port",
        ),
    }
}

fn embedding_model(config: &Config) -> Vec<Check> {
    if let Some(url) = &config.embedding.url {
        return vec![good(
            "embedding model",
            format!("{} at {url}", config.embedding.model),
        )];
    }
    let folder = config
        .assets
        .dir
        .join("models")
        .join(&config.embedding.model);
    let files = [
        (
            "ONNX Runtime",
            config.assets.dir.join("lib/libonnxruntime.so"),
        ),
        ("embedding model", folder.join("model.onnx")),
        ("embedding tokenizer", folder.join("tokenizer.json")),
    ];
    files
        .into_iter()
        .map(|(name, path)| present(name, &path))
        .collect()
}

fn language_model(config: &Config) -> Check {
    let name = "language model";
    let settings = &config.generation;
    match &settings.url {
        Some(url) => good(name, format!("{} at {url}", settings.model)),
        None if settings.model == stoa_generation::EXTRACTIVE => {
            good(name, "none: answers are quotes".to_owned())
        }
        None => present(
            name,
            &config.assets.dir.join("models").join(&settings.model),
        ),
    }
}

fn entailment_model(config: &Config) -> Option<Check> {
    let name = "entailment model";
    match stoa_generation::inspect_entailment(config) {
        Ok(folder) => folder.map(|folder| good(name, folder.display().to_string())),
        Err(error) => Some(bad(
            name,
            error,
            "mend the folder that checking.entailment names, or unset it",
        )),
    }
}

fn present(name: &'static str, path: &Path) -> Check {
    if path.is_file() {
        good(name, path.display().to_string())
    } else {
        let detail = format!("{} is not there", path.display());
        bad(
            name,
            detail,
            "run `make setup`, or set STOA_ASSETS_DIR to the folder that holds it",
        )
    }
}

/// Whether the running server, if there is one, answers with the whole chain behind it.
async fn running(config: &Config) -> Check {
    let name = "server";
    let Some(running) = Running::find(&config.data.dir) else {
        return good(
            name,
            "not running on this data folder; `stoa up` starts it".to_owned(),
        );
    };
    let fix = "look at its log, or stop it and start `stoa up` again";
    let channel = match grpc::connect(&running.address, &running.token) {
        Ok(channel) => channel,
        Err(error) => return bad(name, error, fix),
    };
    let request = EmbedRequest {
        kind: TextKind::Query.into(),
        texts: vec!["Is anybody there?".to_owned()],
    };
    match tokio::time::timeout(
        PATIENCE,
        EmbeddingServiceClient::new(channel).embed(request),
    )
    .await
    {
        Ok(Ok(response)) => {
            let response = response.into_inner();
            good(
                name,
                format!(
                    "{} answers; {} gives {} dimensions",
                    running.address, response.model, response.dimensions
                ),
            )
        }
        Ok(Err(status)) => bad(
            name,
            format!("{}: {}", running.address, status.message()),
            fix,
        ),
        Err(_) => bad(name, format!("{} does not answer", running.address), fix),
    }
}
