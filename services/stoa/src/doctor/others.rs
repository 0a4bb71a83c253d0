//! The services of a cluster, each called as it is at work: over TLS where it is, with this process's certificate and token.

use futures::future::join_all;
use stoa_kit::{
    Config,
    address::shown,
    grpc::{self, Client},
};
use stoa_proto::{
    doctor::Check,
    embedding::{GetModelRequest, embedding_service_client::EmbeddingServiceClient},
    generation::{GetPersonaRequest, generation_service_client::GenerationServiceClient},
    ingestion::{ListJobsRequest, ingestion_service_client::IngestionServiceClient},
    retrieval::{StatsRequest, retrieval_service_client::RetrievalServiceClient},
};
use tonic::{Code, Status};

use super::{
    checks::{PATIENCE, within},
    report::{bad, good},
};

/// A space to ask about. Whether anything is in it does not matter.
const SPACE: &str = "default";

/// Looks at each service whose address is not that of a `stoa up` on this machine, which looks at itself.
pub(super) async fn services(config: &Config) -> Vec<Check> {
    let embedding = &config.embedding.address;
    let embedding = each(config, "embedding", embedding, |client| async move {
        let mut client = EmbeddingServiceClient::new(client);
        client.get_model(GetModelRequest {}).await.map(drop)
    });
    let retrieval = &config.retrieval.address;
    let retrieval = each(config, "retrieval", retrieval, |client| async move {
        let request = StatsRequest {
            space: SPACE.to_owned(),
            ..StatsRequest::default()
        };
        let mut client = RetrievalServiceClient::new(client);
        client.stats(request).await.map(drop)
    });
    let ingestion = &config.ingestion.address;
    let ingestion = each(config, "ingestion", ingestion, |client| async move {
        let request = ListJobsRequest {
            space: SPACE.to_owned(),
            page_size: 1,
            ..ListJobsRequest::default()
        };
        let mut client = IngestionServiceClient::new(client);
        client.list_jobs(request).await.map(drop)
    });
    let generation = &config.generation.address;
    let generation = each(config, "generation", generation, |client| async move {
        let request = GetPersonaRequest {
            space: SPACE.to_owned(),
        };
        let mut client = GenerationServiceClient::new(client);
        client.get_persona(request).await.map(drop)
    });
    // At once: each may take its whole patience.
    let looking = async { tokio::join!(embedding, retrieval, ingestion, generation) };
    let (embedding, retrieval, ingestion, generation) = Box::pin(looking).await;
    [embedding, retrieval, ingestion, generation].concat()
}

/// Looks at a service at each of its addresses.
async fn each<C, F>(config: &Config, name: &str, addresses: &str, call: C) -> Vec<Check>
where
    C: Fn(Client) -> F,
    F: Future<Output = Result<(), Status>>,
{
    let usual = format!("http://{}", Config::default().server.listen);
    let addresses = addresses.split(',').map(str::trim);
    let elsewhere = addresses.filter(|address| *address != usual);
    let checks = elsewhere.map(|address| one(config, name, address, &call));
    join_all(checks).await
}

async fn one<C, F>(config: &Config, name: &str, address: &str, call: &C) -> Check
where
    C: Fn(Client) -> F,
    F: Future<Output = Result<(), Status>>,
{
    let place = shown(address);
    let connected = grpc::Credentials::of(config)
        .map_err(|error| error.to_string())
        .and_then(|credentials| {
            grpc::connect(address, &credentials).map_err(|error| error.to_string())
        });
    let client = match connected {
        Ok(client) => client,
        Err(problem) => {
            let fix = "mend its address, the token, or the files that it names";
            return bad(name, format!("{place}: {problem}"), fix);
        }
    };
    let asked = async { Ok::<_, std::convert::Infallible>(call(client).await) };
    match Box::pin(within(PATIENCE, asked)).await {
        Ok(answer) => told(name, &place, answer),
        Err(reason) => away(name, format!("{place}: {reason}")),
    }
}

fn told(name: &str, place: &str, answer: Result<(), Status>) -> Check {
    let Err(status) = answer else {
        return good(name, format!("{place} answers"));
    };
    let said = format!("{place}: {}", status.message());
    match status.code() {
        // It knows who calls. That this is not what it lets this one do is as it should be.
        Code::PermissionDenied | Code::NotFound => good(
            name,
            format!("{place} answers, and knows this one by its certificate"),
        ),
        Code::Unauthenticated => bad(
            name,
            said,
            "give all services the same token (STOA_TOKEN), and each a certificate whose first DNS name is its own",
        ),
        _ => away(name, said),
    }
}

fn away(name: &str, detail: String) -> Check {
    bad(
        name,
        detail,
        "check that it runs there and is ready (/readyz on its admin port names what it lacks), that this machine reaches \
         it, and that tls.ca is the authority of both sides' certificates",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_laptop_has_no_other_services_and_those_of_a_cluster_are_called() {
        assert!(services(&Config::default()).await.is_empty());
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        let place = listener.local_addr().expect("it is bound");
        drop(listener);
        let mut config = Config {
            token: Some("a-token-of-the-tests".into()),
            ..Config::default()
        };
        config.retrieval.address = format!("http://{place},http://{place}");
        let checks = services(&config).await;
        assert_eq!(checks.len(), 2, "{checks:?}");
        for check in &checks {
            assert!(!check.ok && check.name == "retrieval", "{check:?}");
            assert!(check.detail.contains(&place.to_string()), "{check:?}");
            assert!(check.fix.contains("/readyz"), "{check:?}");
        }
        config.retrieval.address = format!("https://{place}");
        let checks = services(&config).await;
        let [check] = checks.as_slice() else {
            panic!("{checks:?}");
        };
        assert!(check.detail.contains("tls.cert"), "{check:?}");
    }

    #[test]
    fn who_is_known_and_may_not_is_well_connected_and_who_is_not_known_is_told_what_to_set() {
        let denied = told("ingestion", "there", Err(Status::permission_denied("no")));
        assert!(denied.ok, "{denied:?}");
        let unknown = told("ingestion", "there", Err(Status::unauthenticated("who?")));
        assert!(
            !unknown.ok && unknown.fix.contains("STOA_TOKEN"),
            "{unknown:?}"
        );
        let silent = told("ingestion", "there", Err(Status::unavailable("silence")));
        assert!(
            !silent.ok && silent.detail.contains("silence"),
            "{silent:?}"
        );
    }
}
