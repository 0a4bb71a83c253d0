//! How soon `make up` is ready, and what it holds when nothing happens.

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use nix::{
    sys::signal::{Signal, killpg},
    unistd::Pid,
};
use stoa_kit::Config;
use stoa_tests::{Home, foreign_variables};

use crate::{
    bare::{BareEmbedder, BareWriter},
    report::{Goal, Report},
};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// `make up` as a user types it, on a folder that has been started before.
pub(crate) fn measure(report: &mut Report) -> Result<()> {
    let home = Home::new();
    let mut times = Vec::new();
    for _ in 0..4 {
        times.push(make_up(&home)?.as_secs_f64());
    }
    let first = times.remove(0);
    times.sort_by(f64::total_cmp);
    report.add(
        "`make up` to `ready`, built and fetched",
        times[1],
        "s",
        Goal::AtMost(5.0),
        format!("median of 3; the very first, with initdb and the handbook: {first:.1} s"),
    );
    Ok(())
}

fn make_up(home: &Home) -> Result<Duration> {
    let began = Instant::now();
    let mut command = Command::new("make");
    for name in foreign_variables() {
        command.env_remove(name);
    }
    let mut child = command
        .args(["--no-print-directory", "up"])
        .current_dir(ROOT)
        .env("STOA_DATA_DIR", home.data())
        .env("STOA_SERVER_LISTEN", "127.0.0.1:0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .context("make does not start")?;
    let output = child.stdout.take().context("it has an output")?;
    let ready = BufReader::new(output)
        .lines()
        .map_while(Result::ok)
        .find(|line| line.starts_with("ready "))
        .map(|_| began.elapsed());
    // Ctrl-C on a terminal goes to the whole group.
    killpg(Pid::from_raw(child.id().cast_signed()), Signal::SIGINT)?;
    child.wait()?;
    ensure!(home.processes().is_empty(), "something is left running");
    ready.context("`make up` ended before it was ready")
}

/// Memory of an idle `stoa up`, less what the same two models cost a process that has nothing else.
pub(crate) fn memory(report: &mut Report) -> Result<()> {
    let home = Home::with(&[]);
    let stoa = home.up(&["--learn", &format!("{ROOT}/examples/handbook")])?;
    ensure!(
        stoa.run(&["ask", "How many days of vacation do I get?"])
            .status
            .success()
    );
    let ours = resident(&stoa.pid().to_string())?;

    let before = resident("self")?;
    let mut embedder = BareEmbedder::load()?;
    // The same work as the handbook makes: what a model keeps for its next run is the model's.
    let passage = "Everybody may work from home as often as they like. ".repeat(18);
    embedder.embed(&vec![passage; 6])?;
    let writer = BareWriter::load()?;
    writer.write(&"How many days of vacation do I get? ".repeat(200), 900, 20)?;
    let models = resident("self")? - before;
    drop((embedder, writer));
    report.add(
        "memory of `stoa up` idle, without models",
        (ours - models) / 1e6,
        "MB",
        Goal::AtMost(150.0),
        format!(
            "{:.0} MB resident, of which the models {:.0} MB (measured bare; their files: {:.0} MB)",
            ours / 1e6,
            models / 1e6,
            model_files()? / 1e6
        ),
    );
    Ok(())
}

fn model_files() -> Result<f64> {
    let config = Config::default();
    let models = config.assets.dir.join("models");
    let file = models.join(&config.embedding.model).join("model.onnx");
    Ok(fs::metadata(file)?.len() as f64)
}

/// Bytes of a process that are in memory.
pub(crate) fn resident(pid: &str) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes: f64 = line
        .context("a process has memory")?
        .trim()
        .trim_end_matches(" kB")
        .parse()?;
    Ok(kilobytes * 1024.0)
}
