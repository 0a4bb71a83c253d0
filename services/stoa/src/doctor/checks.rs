//! One check a system. Each names where it looked and, where that is not good, what to do next.

use std::{path::Path, time::Duration};

use anyhow::anyhow;
use secrecy::SecretString;
use stoa_discord::Found;
use stoa_kit::{Address, Config, address::shown, grpc, telemetry};
use stoa_proto::{
    doctor::Check,
    embedding::{EmbedRequest, TextKind, embedding_service_client::EmbeddingServiceClient},
};
use stoa_retrieval::index::Examined;

use super::{
    report::{bad, good},
    stores,
};

/// How long one check may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);
/// How long a chat platform may take, which is asked for several things.
const PLATFORM: Duration = Duration::from_secs(30);

/// Checks everything that is configured, all of it at once.
pub(super) async fn systems(config: &Config) -> Vec<Check> {
    let looking = async {
        tokio::join!(
            stores::database(config),
            stores::nats(config),
            stores::blobs(config),
            index(config),
            embedding_model(config),
            language_model(config),
            checking_model(config),
            judging_model(config),
            telegram(config),
            discord(config),
            collector(),
        )
    };
    // At once, as each may wait for its whole patience; printed in this order all the same.
    let (
        database,
        nats,
        blobs,
        index,
        embedding,
        language,
        checking,
        judging,
        telegram,
        discord,
        collector,
    ) = Box::pin(looking).await;
    let mut checks = vec![stores::disk(config), database, nats, blobs, index];
    checks.extend(embedding);
    checks.push(language);
    checks.extend(checking);
    checks.extend(judging);
    checks.extend(entailment_model(config));
    checks.extend(telegram);
    checks.extend(discord);
    checks.extend(collector);
    checks
}

/// The result of something that may fail or take too long, or the reason with every cause.
pub(super) async fn within<T, E>(
    limit: Duration,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, String>
where
    E: Into<anyhow::Error>,
{
    match tokio::time::timeout(limit, work).await {
        Ok(Ok(found)) => Ok(found),
        Ok(Err(error)) => Err(whole(&error.into())),
        Err(_) => Err(format!("no answer in {} seconds", limit.as_secs())),
    }
}

/// An error with its causes. Some messages hold that of their cause already, and it is not repeated.
fn whole(error: &anyhow::Error) -> String {
    let mut said = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if said.is_empty() {
            said = cause;
        } else if !said.contains(&cause) {
            said = format!("{said}: {cause}");
        }
    }
    said
}

async fn index(config: &Config) -> Check {
    let name = "vector index";
    match within(PATIENCE, Examined::of(config)).await {
        Ok(found) if found.faults.is_empty() => good(name, found.summary),
        Ok(found) => bad(name, found.summary, &found.faults.join("\n    ")),
        Err(reason) => {
            let url = config.qdrant.url.as_ref();
            let place = url.map_or_else(String::new, ToString::to_string);
            bad(
                name,
                format!("{place}: {reason}"),
                "check that it runs there, that STOA_QDRANT_URL names its gRPC port (6334), http:// or https://, \
                 STOA_QDRANT_API_KEY, and with an authority of your own STOA_QDRANT_CA",
            )
        }
    }
}

async fn embedding_model(config: &Config) -> Vec<Check> {
    let settings = &config.embedding;
    if let Some(url) = &settings.url {
        let fix = "check that it runs there, that this machine reaches it, and STOA_EMBEDDING_URL (it ends with /v1 for \
                   most) and STOA_EMBEDDING_API_KEY";
        let key = settings.api_key.as_ref();
        return vec![endpoint("embedding model", url, &settings.model, key, fix).await];
    }
    let folder = config.assets.dir.join("models").join(&settings.model);
    let library = config.assets.dir.join("lib/libonnxruntime.so");
    vec![
        present("ONNX Runtime", &library),
        present("embedding model", &folder.join("model.onnx")),
        present("embedding tokenizer", &folder.join("tokenizer.json")),
    ]
}

async fn language_model(config: &Config) -> Check {
    let name = "language model";
    let settings = &config.generation;
    match &settings.url {
        Some(url) => {
            let fix = "check that it runs there, that this machine reaches it, and STOA_GENERATION_URL (it ends with /v1 \
                       for most) and STOA_GENERATION_API_KEY";
            endpoint(name, url, &settings.model, settings.api_key.as_ref(), fix).await
        }
        None if settings.model == stoa_generation::EXTRACTIVE => {
            good(name, "none: answers are quotes".to_owned())
        }
        None => present(
            name,
            &config.assets.dir.join("models").join(&settings.model),
        ),
    }
}

/// Only where it is behind an endpoint of its own: otherwise it is the language model, or there is none.
async fn checking_model(config: &Config) -> Option<Check> {
    let settings = &config.checking;
    let url = settings.url.as_ref()?;
    let model = settings.model.as_ref().unwrap_or(&config.generation.model);
    if model == stoa_generation::NO_MODEL {
        return None;
    }
    let key = settings
        .api_key
        .as_ref()
        .or(config.generation.api_key.as_ref());
    let fix = "check that it runs there, that this machine reaches it, and STOA_CHECKING_URL and STOA_CHECKING_API_KEY";
    Some(endpoint("checking model", url, model, key, fix).await)
}

/// Only where one is named: `stoa eval` alone needs it.
async fn judging_model(config: &Config) -> Option<Check> {
    let name = "judging model";
    let model = config.eval.model.as_ref()?;
    Some(match config.judging_endpoint() {
        Some((url, key)) => {
            let fix = "check that it runs there, that this machine reaches it, and STOA_EVAL_URL and STOA_EVAL_API_KEY";
            endpoint(name, url, model, key, fix).await
        }
        None => present(name, &config.assets.dir.join("models").join(model)),
    })
}

async fn endpoint(
    name: &str,
    url: &Address,
    model: &str,
    key: Option<&SecretString>,
    fix: &str,
) -> Check {
    match within(PATIENCE, stoa_models::probe(url, key)).await {
        Ok(()) => good(name, format!("{model} at {url}")),
        Err(reason) => bad(name, format!("{url}: {reason}"), fix),
    }
}

fn entailment_model(config: &Config) -> Option<Check> {
    let name = "entailment model";
    match stoa_generation::inspect_entailment(config) {
        Ok(folder) => folder.map(|folder| good(name, folder.display().to_string())),
        Err(error) => Some(bad(
            name,
            error.to_string(),
            "mend the folder that checking.entailment names, or unset it",
        )),
    }
}

fn present(name: &str, path: &Path) -> Check {
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

async fn discord(config: &Config) -> Option<Check> {
    let name = "Discord";
    config.discord.token.as_ref()?;
    let check = match within(PLATFORM, stoa_discord::probe(config)).await {
        Ok(found) if found.faults.is_empty() => good(name, found.summary),
        Ok(Found { summary, faults }) => {
            let summary = Some(summary).filter(|summary| !summary.is_empty());
            let what = faults.iter().map(|fault| fault.what.clone());
            let details: Vec<String> = summary.into_iter().chain(what).collect();
            let mut fixes: Vec<&str> = faults.iter().map(|fault| fault.fix).collect();
            fixes.dedup();
            bad(name, details.join("; "), &fixes.join("\n    "))
        }
        Err(reason) => bad(
            name,
            format!("{}: {reason}", config.discord.api_url),
            "set DISCORD_TOKEN and DISCORD_API_URL as it says; if it does not answer in time, check that this machine \
             reaches that address (HTTPS_PROXY names a proxy)",
        ),
    };
    Some(check)
}

async fn telegram(config: &Config) -> Option<Check> {
    let name = "Telegram";
    config.telegram.token.as_ref()?;
    let check = match within(PLATFORM, stoa_telegram::probe(config)).await {
        Ok(found) => good(name, found),
        Err(reason) => bad(
            name,
            format!("{}: {reason}", config.telegram.api_url),
            "if it does not answer, check that this machine reaches that address (TELEGRAM_API_URL names another, \
             HTTPS_PROXY a proxy); if it refuses the token, copy it anew from @BotFather and set TELEGRAM_TOKEN",
        ),
    };
    Some(check)
}

/// Only where the variables of OpenTelemetry name one.
async fn collector() -> Option<Check> {
    let name = "traces";
    match within(PATIENCE, telemetry::probe()).await {
        Ok(None) => None,
        Ok(Some(place)) => Some(good(name, format!("they are sent to {place}"))),
        Err(reason) => Some(bad(
            name,
            reason,
            "check that a collector listens there for OTLP over gRPC (port 4317), that this machine reaches it, and the \
             variables OTEL_EXPORTER_OTLP_*",
        )),
    }
}

/// Whether the server of this very process answers, with the whole chain behind it.
pub(super) async fn server(config: &Config) -> Check {
    let name = "server";
    let address = shown(&config.embedding.address);
    let asked = async {
        let credentials = grpc::Credentials::of(config)?;
        let mut client =
            EmbeddingServiceClient::new(grpc::connect(&config.embedding.address, &credentials)?);
        let request = EmbedRequest {
            kind: TextKind::Query.into(),
            texts: vec!["Is anybody there?".to_owned()],
        };
        let answer = client.embed(request).await;
        answer.map_err(|status| anyhow!("{}", status.message()))
    };
    match within(PATIENCE, asked).await {
        Ok(answer) => {
            let answer = answer.into_inner();
            good(
                name,
                format!(
                    "{address} answers; {} gives {} dimensions",
                    answer.model, answer.dimensions
                ),
            )
        }
        Err(reason) => bad(
            name,
            format!("{address}: {reason}"),
            "look at its log, or stop it and start `stoa up` again",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A configuration whose systems are all at a port on which nothing listens, with a password.
    fn unreachable() -> Config {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let place = listener.local_addr().expect("it is bound");
        let address = |scheme: &str| Address::from(format!("{scheme}://bot:hunter2@{place}"));
        let mut config = Config::default();
        config.database.url = Some(address("postgres").expose().into());
        config.nats.url = Some(address("nats"));
        config.qdrant.url = Some(address("http"));
        config.embedding.url = Some(address("http"));
        config.generation.url = Some(address("http"));
        config.checking.url = Some(address("http"));
        config.telegram.token = Some("1:a-token-of-telegram".into());
        config.telegram.api_url = format!("http://{place}").into();
        config.discord.token = Some("a-token-of-discord".into());
        config.discord.api_url = format!("http://{place}").into();
        config
    }

    #[tokio::test]
    async fn what_does_not_answer_is_named_with_its_address_and_the_next_step() {
        grpc::install_tls();
        let config = unreachable();
        let place = config.telegram.api_url.expose().replace("http://", "");
        let checks = systems(&config).await;
        for name in [
            "PostgreSQL",
            "NATS",
            "vector index",
            "embedding model",
            "language model",
            "checking model",
            "Telegram",
            "Discord",
        ] {
            let check = checks.iter().find(|check| check.name == name);
            let check = check.unwrap_or_else(|| panic!("{name} is looked at"));
            assert!(!check.ok && check.detail.contains(&place), "{check:?}");
            assert!(check.fix.contains("check that"), "{check:?}");
        }
        let all = format!("{checks:?}");
        assert!(
            !all.contains("hunter2") && !all.contains("a-token-of"),
            "{all}"
        );
    }

    #[test]
    fn an_error_is_told_with_its_causes_and_each_once() {
        let error = anyhow!("connection refused")
            .context("cannot connect")
            .context("no answer: cannot connect");
        assert_eq!(
            whole(&error),
            "no answer: cannot connect: connection refused"
        );
    }
}
