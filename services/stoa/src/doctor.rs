//! `stoa doctor`: checks everything against the real systems and says what to mend.
//!
//! A running `stoa up` may have variables in its environment that this command does not have. So where one runs, it makes
//! the checks itself, and this command shows what it found.

mod checks;
mod others;
mod report;
mod service;
mod stores;

use std::process::ExitCode;

use anyhow::{Context, Result};
use stoa_kit::{Config, address::shown, grpc};
use stoa_proto::doctor::{Check, ExamineRequest, doctor_service_client::DoctorServiceClient};
use tonic::{Code, Status};

pub(crate) use service::Doctor;

use crate::{
    args::{Common, Output},
    running::Running,
};
use report::{bad, good};

/// Checks, prints, and succeeds only when all is good.
pub(crate) async fn run(config: &Config, common: &Common, output: &Output) -> Result<ExitCode> {
    let checks = match asked(config, common)? {
        Some(running) => match examine(config, &running).await {
            Ok(found) => of_running(&running, found),
            Err(status) => {
                let mut checks = own(config, common).await;
                // Its own view is still worth something: the usual reason is a service that this configuration shows,
                // too.
                checks.push(silent(&running, &status));
                checks
            }
        },
        None => own(config, common).await,
    };
    report::show(checks, output)
}

/// The server that was named, or the `stoa up` of the data folder.
fn asked(config: &Config, common: &Common) -> Result<Option<Running>> {
    let Some(address) = &common.server else {
        return Ok(Running::find(&config.data.dir));
    };
    let token = config.token.clone();
    Ok(Some(Running {
        address: address.clone(),
        token: token.context("--server needs the server's token: set STOA_TOKEN")?,
    }))
}

/// What a running `stoa up` finds with its own configuration.
async fn examine(config: &Config, running: &Running) -> Result<Vec<Check>, Status> {
    let credentials = grpc::Credentials::new(&running.token, config);
    let channel = grpc::connect(&running.address, &credentials)
        .map_err(|error| Status::invalid_argument(error.to_string()))?;
    let answer = DoctorServiceClient::new(channel)
        .examine(ExamineRequest {})
        .await?;
    Ok(answer.into_inner().checks)
}

fn of_running(running: &Running, found: Vec<Check>) -> Vec<Check> {
    let whose = format!(
        "that of the `stoa up` at {}, as it was started",
        shown(&running.address)
    );
    let mut checks = vec![good("configuration", whose)];
    checks.extend(found);
    checks
}

/// What this command finds with its own configuration. Reading it succeeded, or this would not run.
async fn own(config: &Config, common: &Common) -> Vec<Check> {
    let file = match common.sources().file {
        Some(file) => format!("the file {}", file.display()),
        None => "no file".to_owned(),
    };
    let whose = format!(
        "that of this command: {file}, its environment and its options; data in {}",
        config.data.dir.display()
    );
    let mut checks = vec![good("configuration", whose)];
    let (systems, others) = tokio::join!(checks::systems(config), others::services(config));
    checks.extend(systems);
    let alone = others.is_empty();
    checks.extend(others);
    if alone && Running::find(&config.data.dir).is_none() && common.server.is_none() {
        checks.push(good(
            "server",
            format!(
                "no `stoa up` runs on {}: start it with the same environment",
                config.data.dir.display()
            ),
        ));
    }
    checks
}

/// A server that did not examine itself.
fn silent(running: &Running, status: &Status) -> Check {
    let address = shown(&running.address);
    match status.code() {
        Code::Unimplemented => bad(
            "server",
            format!("{address} is of a version that cannot look at itself"),
            "stop it and start it with this version; what is above is the configuration of this command",
        ),
        Code::Unauthenticated => bad(
            "server",
            format!("{address} does not take the token"),
            "set STOA_TOKEN to the server's token; what is above is the configuration of this command",
        ),
        _ => bad(
            "server",
            format!("{address} does not answer: {}", status.message()),
            "look at its log, or start `stoa up` again; what is above is the configuration of this command",
        ),
    }
}
