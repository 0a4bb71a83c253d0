//! The build of `make up` from nothing.

use std::{process::Command, time::Instant};

use anyhow::{Context, Result, ensure};

use crate::report::{Goal, Report};

pub(crate) fn measure(report: &mut Report) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let began = Instant::now();
    let status = Command::new("make")
        .args(["--no-print-directory", "build"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .env("CARGO_TARGET_DIR", folder.path())
        .status()
        .context("make does not start")?;
    ensure!(status.success(), "the build failed");
    let minutes = began.elapsed().as_secs_f64() / 60.0;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    report.add(
        "clean build",
        minutes,
        "min",
        Goal::AtMost(20.0),
        format!("on {cores} cores, crates fetched before"),
    );
    Ok(())
}
