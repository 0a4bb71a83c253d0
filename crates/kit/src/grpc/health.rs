use tokio::sync::watch;
use tonic_health::{
    ServingStatus,
    pb::{HealthCheckRequest, health_check_response, health_client::HealthClient},
    server::HealthReporter,
};

use super::Client;
use crate::{Shutdown, shutdown::Lacking};

/// Name by which a health check asks for the server as a whole.
const EVERY_SERVICE: &str = "";

/// Keeps the health of each service, and of the server as a whole, what it is until the process stops.
pub(super) async fn tell(
    health: HealthReporter,
    names: Vec<&'static str>,
    mut lacking: watch::Receiver<Lacking>,
    shutdown: Shutdown,
) {
    loop {
        tokio::select! {
            changed = lacking.changed() => if changed.is_err() {
                return;
            },
            () = shutdown.stopping() => break,
        }
        let now = lacking.borrow_and_update().clone();
        report(&health, &names, &now).await;
    }
    // A load balancer hears of the end when it begins, not when connections break.
    for name in names.into_iter().chain([EVERY_SERVICE]) {
        health.set_service_status(name, serving(false)).await;
    }
}

/// Makes a service that is called a need of the one that calls it: `name` is what it is called in answers and logs, `peer`
/// its name in gRPC.
pub fn need(
    shutdown: &Shutdown,
    service: &'static str,
    name: &'static str,
    client: &Client,
    peer: &'static str,
) {
    let client = client.clone();
    shutdown.need(service, name, move || {
        let client = client.clone();
        async move { answers(client, peer).await }
    });
}

async fn answers(client: Client, peer: &'static str) -> Result<(), String> {
    let asked = HealthCheckRequest {
        service: peer.to_owned(),
    };
    let answer = HealthClient::new(client).check(asked).await;
    let answer = answer.map_err(|status| status.message().to_owned())?;
    match answer.into_inner().status() {
        health_check_response::ServingStatus::Serving => Ok(()),
        _ => Err("it says that it is not ready itself".to_owned()),
    }
}

/// Says of each service whether it has all that it needs.
pub(super) async fn report(health: &HealthReporter, names: &[&'static str], lacking: &Lacking) {
    for name in names {
        health
            .set_service_status(name, serving(!lacking.contains_key(name)))
            .await;
    }
    health
        // The server as a whole is ready when all of its services are: balancers ask for it by the empty name.
        .set_service_status(EVERY_SERVICE, serving(lacking.is_empty()))
        .await;
}

fn serving(it_does: bool) -> ServingStatus {
    if it_does {
        ServingStatus::Serving
    } else {
        ServingStatus::NotServing
    }
}

#[cfg(test)]
mod tests {
    use tonic::Request;
    use tonic_health::{pb::health_server::Health, server::HealthService};

    use super::*;

    const LAME: &str = "stoa.lame.v1.LameService";
    const SOUND: &str = "stoa.sound.v1.SoundService";

    async fn serves(health: &HealthReporter, service: &str) -> bool {
        let asked = HealthCheckRequest {
            service: service.to_owned(),
        };
        let service = HealthService::from_health_reporter(health.clone());
        let answer = service.check(Request::new(asked)).await.expect("known");
        answer.into_inner().status == ServingStatus::Serving as i32
    }

    #[tokio::test]
    async fn a_sound_process_stops_serving_under_every_name_when_it_begins_to_stop() {
        let (shutdown, health) = (Shutdown::new(), HealthReporter::new());
        let lacking = shutdown.lacking();
        report(&health, &[SOUND], &Lacking::new()).await;
        let telling = tell(health.clone(), vec![SOUND], lacking, shutdown.clone());
        let telling = tokio::spawn(telling);
        assert!(serves(&health, SOUND).await && serves(&health, EVERY_SERVICE).await);
        shutdown.trigger();
        telling.await.expect("it ends in order");
        assert!(!serves(&health, SOUND).await && !serves(&health, EVERY_SERVICE).await);
    }

    #[tokio::test]
    async fn a_service_that_lacks_a_vital_part_does_not_serve() {
        let (shutdown, health) = (Shutdown::new(), HealthReporter::new());
        let names = vec![LAME, SOUND];
        let mut lacking = shutdown.lacking();
        let now = lacking.borrow_and_update().clone();
        report(&health, &names, &now).await;
        let telling = tokio::spawn(tell(health.clone(), names, lacking, shutdown.clone()));
        assert!(serves(&health, LAME).await && serves(&health, EVERY_SERVICE).await);
        drop(shutdown.vital(LAME, "its thread"));
        while serves(&health, LAME).await {
            tokio::task::yield_now().await;
        }
        assert!(serves(&health, SOUND).await);
        shutdown.trigger();
        telling.await.expect("it ends in order");
        assert!(!serves(&health, SOUND).await, "it takes nothing new");
        assert!(!serves(&health, EVERY_SERVICE).await);
    }
}
