//! A private nats-server with JetStream.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use nix::sys::signal::Signal;
use secrecy::{ExposeSecret, SecretString};

use super::{
    child::{Children, Program, stop_orphan},
    folder::{Folder, write_private},
};

/// What it is called.
pub(super) const NAME: &str = "nats-server";

/// The program: that of the setup script, or of the PATH.
pub(crate) fn find(assets: &Path) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // The setup script's first: its version is the one that is tested.
    let folders = std::iter::once(assets.join("bin")).chain(std::env::split_paths(&path));
    folders
        .map(|folder| folder.join(NAME))
        .find(|program| program.is_file())
}

/// Starts it and returns its address and token.
pub(super) fn start(
    folder: &Folder,
    assets: &Path,
    token: &SecretString,
    children: &mut Children,
) -> Result<(String, SecretString)> {
    let executable = find(assets).context(
        "nats-server is not installed: run `make setup` (deploy/setup.sh), or set STOA_NATS_URL to a running one",
    )?;
    let store = folder.join("nats");
    fs::create_dir_all(&store)?;
    let (config, pid_file) = (folder.join("nats.conf"), store.join("nats.pid"));
    if let Ok(pid) = fs::read_to_string(&pid_file) {
        stop_orphan(
            "the nats-server",
            pid.trim().parse().unwrap_or(0),
            &config.display().to_string(),
            Signal::SIGTERM,
        );
    }
    let port = children.free_port()?;
    // Its configuration quotes strings as JSON does.
    let quoted = |path: &Path| serde_json::to_string(&path.display().to_string());
    let text = format!(
        "listen: \"127.0.0.1:{port}\"\n\
         server_name: \"stoa\"\n\
         pid_file: {}\n\
         authorization {{ token: {} }}\n\
         # A power cut may take the last second; a killed process takes nothing.\n\
         jetstream {{ store_dir: {}, sync_interval: \"1s\" }}\n\
         max_payload: 8MB\n",
        quoted(&pid_file)?,
        serde_json::to_string(token.expose_secret())?,
        quoted(&store)?,
    );
    write_private(&config, &text)?;
    children.start(Program {
        name: NAME,
        executable,
        arguments: vec!["-c".to_owned(), config.display().to_string()],
        user: None,
        log: folder.join("logs/nats.log"),
        stop: Signal::SIGTERM,
    })?;
    Ok((format!("nats://127.0.0.1:{port}"), token.clone()))
}
