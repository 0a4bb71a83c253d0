//! PostgreSQL and NATS as somebody else runs them.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use nix::{
    sys::signal::{Signal, kill},
    unistd::{Pid, User, chown, geteuid},
};
use stoa_kit::Config;

/// How long a server may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// A PostgreSQL and a nats-server of their own, which are not part of any service. Stopped when they are dropped.
pub(super) struct Systems {
    pub(super) database_url: String,
    pub(super) nats_url: String,
    children: Vec<(Child, Signal)>,
}

impl Systems {
    /// Starts both on a folder.
    pub(super) fn start(folder: &Path) -> Result<Self> {
        let (postgres, database_url) = postgres(folder)?;
        let mut systems = Self {
            database_url,
            nats_url: String::new(),
            children: vec![(postgres, Signal::SIGINT)],
        };
        let (nats, nats_url) = nats(folder)?;
        systems.children.push((nats, Signal::SIGTERM));
        systems.nats_url = nats_url;
        Ok(systems)
    }
}

impl Drop for Systems {
    fn drop(&mut self) {
        for (child, signal) in self.children.iter_mut().rev() {
            // It may have ended.
            let _ = kill(Pid::from_raw(child.id().cast_signed()), *signal);
            let began = Instant::now();
            while matches!(child.try_wait(), Ok(None)) && began.elapsed() < PATIENCE {
                std::thread::sleep(Duration::from_millis(20));
            }
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A port that is free now.
pub(super) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// A command that ends with the thread that starts it, however that ends.
pub(super) fn mortal(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command
}

/// The same under another user, whom PostgreSQL wants in place of root.
fn unprivileged(program: &Path, user: Option<&User>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]);
    if let Some(user) = user {
        command.args([
            format!("--reuid={}", user.uid),
            format!("--regid={}", user.gid),
        ]);
        command.arg("--clear-groups");
    }
    command.arg("--").arg(program).current_dir("/");
    command
}

fn postgres(folder: &Path) -> Result<(Child, String)> {
    let programs = postgres_programs()?;
    let user = if geteuid().is_root() {
        Some(User::from_name("postgres")?.context("PostgreSQL wants a user `postgres`")?)
    } else {
        None
    };
    let data = folder.join("postgres");
    fs::create_dir(&data)?;
    fs::set_permissions(&data, fs::Permissions::from_mode(0o700))?;
    // Its user has to get there.
    fs::set_permissions(folder, fs::Permissions::from_mode(0o711))?;
    if let Some(user) = &user {
        chown(&data, Some(user.uid), Some(user.gid))?;
    }
    let made = unprivileged(&programs.join("initdb"), user.as_ref())
        .args(["--username=stoa", "--auth=trust", "--encoding=UTF8"])
        .args(["--locale=C.UTF-8", "--no-sync", "-D"])
        .arg(&data)
        .output()?;
    ensure!(
        made.status.success(),
        "initdb: {}",
        String::from_utf8_lossy(&made.stderr)
    );
    let port = free_port()?;
    let log = fs::File::create(folder.join("postgres.log"))?;
    let server = unprivileged(&programs.join("postgres"), user.as_ref())
        .arg("-D")
        .arg(&data)
        .args(["--listen_addresses=127.0.0.1", &format!("--port={port}")])
        .args(["--unix_socket_directories=", "--max_connections=120"])
        .args(["--shared_buffers=64MB", "--dynamic_shared_memory_type=mmap"])
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()?;
    Ok((server, format!("postgres://stoa@127.0.0.1:{port}/postgres")))
}

/// The folder of the newest PostgreSQL.
fn postgres_programs() -> Result<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").context("PostgreSQL is not installed")?;
    let versions = versions.flatten().filter_map(|entry| {
        let version: u32 = entry.file_name().to_str()?.parse().ok()?;
        Some((version, entry.path().join("bin")))
    });
    let newest = versions.max_by_key(|(version, _)| *version);
    Ok(newest.context("PostgreSQL is not installed")?.1)
}

fn nats(folder: &Path) -> Result<(Child, String)> {
    let assets = std::env::var_os("STOA_ASSETS_DIR").map(PathBuf::from);
    let assets = assets.unwrap_or_else(|| Config::default().assets.dir);
    let path = std::env::var_os("PATH").unwrap_or_default();
    let program = std::iter::once(assets.join("bin"))
        .chain(std::env::split_paths(&path))
        .map(|folder| folder.join("nats-server"))
        .find(|program| program.is_file());
    let Some(program) = program else {
        bail!("nats-server is not installed: run `make setup`");
    };
    let port = free_port()?;
    let conf = folder.join("nats.conf");
    let store = folder.join("nats").display().to_string();
    let text = format!(
        "listen: \"127.0.0.1:{port}\"\nserver_name: \"cluster\"\n\
         jetstream {{ store_dir: {store:?}, sync_interval: \"1s\" }}\nmax_payload: 8MB\n"
    );
    fs::write(&conf, text)?;
    let log = fs::File::create(folder.join("nats.log"))?;
    let server = mortal(&program)
        .arg("-c")
        .arg(&conf)
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()?;
    Ok((server, format!("nats://127.0.0.1:{port}")))
}
