//! Stoa: `stoa up` runs all of it, `stoa <service>` one service, and the other commands talk to a running one.

mod args;
mod client;
mod doctor;
mod migrate;
mod probe;
mod running;
mod serve;
mod up;

use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use anyhow::{Context, Result};
use clap::Parser;

use crate::args::{Args, Command};

/// Bold red, on terminals that have it.
const ERROR: Style = AnsiColor::Red.on_default().bold();

fn main() -> ExitCode {
    // A child that parses one document: it is this program, and needs nothing else of it.
    if std::env::args_os()
        .nth(1)
        .is_some_and(|first| first == stoa_ingestion::extract::CHILD_COMMAND)
    {
        return if stoa_ingestion::extract::run_child().is_ok() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        };
    }
    // Only now: a child that parses documents reads neither options nor the configuration.
    let args = Args::parse();
    match run(args) {
        Ok(code) => code,
        Err(error) => {
            anstream::eprintln!("{ERROR}error:{ERROR:#} {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> Result<ExitCode> {
    // Other processes of the same user, whatever a document made of a parser among them, read neither this one's memory
    // nor its environment. There is no core dump of it either: its memory has keys and documents in it.
    nix::sys::prctl::set_dumpable(false).context("this process cannot be closed to others")?;
    // The program brings no default of its own for TLS, so one is named before the first connection.
    stoa_kit::grpc::install_tls();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .thread_keep_alive(std::time::Duration::from_secs(5))
        .build()
        .context("the runtime does not start")?;
    let code = runtime.block_on(async {
        let config = args.common.config()?;
        match args.command {
            Command::Up(options) => up::run(config, options).await,
            Command::Service(service) => serve::run(service, config).await,
            Command::Client(command) => client::run(command, &config, &args.common).await,
            Command::Migrate(options) => migrate::run(&config, &options).await,
            Command::Doctor(options) => doctor::run(&config, &args.common, &options).await,
            Command::Probe => probe::run(&config).await,
        }
    });
    // Threads that wait for a model or a disk must not hold the exit.
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    code
}
