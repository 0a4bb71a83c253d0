//! `stoa migrate`: brings the schemas of the services up to date, for services that do not do it themselves.

use std::process::ExitCode;

use anyhow::Result;
use serde::Serialize;
use stoa_kit::{
    Config,
    postgres::{self, Migrated, Schema},
    telemetry,
};

use crate::{
    args::Output,
    client::output::{GOOD, print_json, say},
};

#[derive(Serialize)]
struct ReportJson {
    schemas: Vec<SchemaJson>,
}

/// Numbers are those of migrations; 0 is that of none.
#[derive(Serialize)]
struct SchemaJson {
    schema: &'static str,
    from: i64,
    to: i64,
}

/// The schemas of all services that have one.
pub(crate) fn schemas() -> [&'static Schema; 2] {
    [&stoa_ingestion::SCHEMA, &stoa_generation::SCHEMA]
}

/// Brings each of them up to date. Several of this command may run at once: one does it.
pub(crate) async fn run(config: &Config, output: &Output) -> Result<ExitCode> {
    let traces = telemetry::init(&config.log, "stoa-migrate")?;
    let migrated = migrate(config, output).await;
    traces.flush().await;
    migrated?;
    Ok(ExitCode::SUCCESS)
}

async fn migrate(config: &Config, output: &Output) -> Result<()> {
    let mut report = ReportJson {
        schemas: Vec::new(),
    };
    for schema in schemas() {
        let Migrated { from, to } = postgres::migrate(config, schema).await?;
        if !output.json {
            let what = match from {
                0 => format!("made, at {to}"),
                from if from == to => format!("was up to date, at {to}"),
                from => format!("brought from {from} to {to}"),
            };
            say!("{GOOD}✓{GOOD:#} {}: {what}", schema.name);
        }
        report.schemas.push(SchemaJson {
            schema: schema.name,
            from,
            to,
        });
    }
    if output.json {
        print_json(&report)?;
    }
    Ok(())
}
