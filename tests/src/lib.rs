//! A real `stoa up` for tests and benchmarks: the built binary, with its real children, on a folder of its own.

pub mod admin;
pub mod certificates;
pub mod chaos;
pub mod cluster;
pub mod collector;
pub mod discord;
pub mod disk;
pub mod endpoint;
pub mod files;
pub mod hold;
pub mod nats;
pub mod postgres;
pub mod program;
pub mod proxy;
pub mod s3;
mod server;
pub mod telegram;

use std::{
    io::{BufRead, BufReader},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use secrecy::SecretString;
use serde_json::Value;
use stoa_kit::grpc;
use tempfile::TempDir;

/// How long anything that a test waits for may take on a machine that is busy with something else.
pub const PATIENCE: Duration = Duration::from_secs(180);

/// Lines of a log that are shown when a test fails.
const LOG_LINES: usize = 60;

/// What spaces are taught in tests of chats.
pub const HANDBOOK: &str = "# Time off\n\nEverybody gets 27 days of vacation a year. \
    Days that are left over lapse at the end of March.\n\n# Equipment\n\nA laptop is replaced after four years.\n";

/// The program that was built with the tests.
pub fn binary() -> PathBuf {
    let exe = std::env::current_exe().expect("a test has a path");
    let folder = exe.ancestors().find(|folder| folder.join("stoa").is_file());
    folder
        .expect("`cargo build --release --workspace` comes before the tests")
        .join("stoa")
}

/// Variables of whoever runs the tests, whose configuration is not that of the tests.
pub fn foreign_variables() -> Vec<String> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    names
        .filter(|name| {
            (name.starts_with("STOA_") && name != "STOA_ASSETS_DIR")
                || name.starts_with("OTEL_")
                || name.starts_with("TELEGRAM_")
                || name.starts_with("DISCORD_")
                || name.to_lowercase().ends_with("_proxy")
        })
        .collect()
}

/// A folder that outlives the processes on it.
pub struct Home {
    folder: TempDir,
    settings: Vec<String>,
    environment: Vec<(String, String)>,
}

/// A running `stoa up`. Killed when it is dropped.
pub struct Stoa<'a> {
    home: &'a Home,
    child: Child,
    /// Its address.
    pub address: String,
    /// How long it took to be ready.
    pub started_in: Duration,
}

impl Home {
    /// A new folder. Answers are quotes: tests of the language model ask for it.
    pub fn new() -> Self {
        Self::with(&["generation.model=extractive"])
    }

    /// A new folder with these settings.
    pub fn with(settings: &[&str]) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("stoa-test-")
            .tempdir()
            .expect("temporary folder");
        Self {
            folder,
            settings: settings
                .iter()
                .map(|setting| (*setting).to_owned())
                .collect(),
            environment: Vec::new(),
        }
    }

    /// The same with a variable of the environment, which is where secrets come from.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A command of the program on this folder.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.command_elsewhere(arguments);
        command.arg("--data-dir").arg(self.data());
        command
    }

    /// The same, which says itself where its data is.
    fn command_elsewhere(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(binary());
        for name in foreign_variables() {
            command.env_remove(name);
        }
        command
            .env("XDG_CONFIG_HOME", self.folder.path())
            .envs(self.environment.iter().cloned())
            .args(arguments);
        command
    }

    /// Starts `stoa up` and waits for its `ready` line.
    pub fn up(&self, arguments: &[&str]) -> Result<Stoa<'_>> {
        let began = Instant::now();
        let log = std::fs::File::create(self.folder.path().join("up.log"))?;
        let mut command = self.command(&["up", "--port", "0"]);
        command.args(arguments);
        for setting in &self.settings {
            command.args(["--set", setting]);
        }
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(log)
            .process_group(0)
            .spawn()?;
        let output = child.stdout.take().context("it has an output")?;
        for line in BufReader::new(output).lines() {
            if let Some(rest) = line?.strip_prefix("ready ") {
                let address = rest.split(' ').next().unwrap_or_default().to_owned();
                return Ok(Stoa {
                    home: self,
                    child,
                    address,
                    started_in: began.elapsed(),
                });
            }
        }
        let status = child.wait()?;
        bail!(
            "`stoa up` ended with {status} before it was ready:\n{}",
            self.log()
        )
    }

    /// What the last `stoa up` said.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("up.log")).unwrap_or_default()
    }

    /// Processes that run on this folder.
    pub fn processes(&self) -> Vec<(i32, String)> {
        let marker = self.data().display().to_string();
        let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
        pids.filter_map(|pid| {
            let line = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
            let line = String::from_utf8_lossy(&line).replace('\0', " ");
            line.contains(&marker).then_some((pid, line))
        })
        .collect()
    }
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

impl Stoa<'_> {
    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.home
            .command(arguments)
            .output()
            .expect("the program runs")
    }

    /// Runs a command with `--json`; returns whether it succeeded and what it printed.
    pub fn json(&self, arguments: &[&str]) -> (bool, Value) {
        let output = self.run(&[arguments, &["--json"]].concat());
        let text = String::from_utf8_lossy(&output.stdout);
        let value = serde_json::from_str(&text).unwrap_or_else(|error| {
            panic!(
                "{arguments:?} printed no JSON ({error}): {text}\n{}",
                String::from_utf8_lossy(&output.stderr)
            )
        });
        (output.status.success(), value)
    }

    /// Runs a command with `--json` that must succeed.
    pub fn good(&self, arguments: &[&str]) -> Value {
        let (good, value) = self.json(arguments);
        assert!(good, "{arguments:?} failed: {value}\n{}", self.home.log());
        value
    }

    /// Teaches a space the handbook from the command line.
    pub fn teach(&self, space: &str) {
        let folder = tempfile::tempdir().expect("temporary folder");
        let path = write(folder.path(), "handbook.md", HANDBOOK);
        self.good(&["learn", &path, "--space", space]);
    }

    /// Stops a child of it, such as `nats-server`, in the middle of whatever it does, until the guard is dropped.
    pub fn freeze(&self, child: &str) -> Frozen {
        let processes = self.home.processes();
        let own = processes.iter().filter(|(_, line)| line.contains(child));
        let mut pids: Vec<i32> = own.map(|(pid, _)| *pid).collect();
        assert!(!pids.is_empty(), "{child} runs");
        // PostgreSQL has a process for each connection.
        let mut at = 0;
        while let Some(parent) = pids.get(at) {
            let children = format!("/proc/{parent}/task/{parent}/children");
            let children = std::fs::read_to_string(children).unwrap_or_default();
            pids.extend(
                children
                    .split_whitespace()
                    .filter_map(|pid| pid.parse::<i32>().ok()),
            );
            at += 1;
        }
        let frozen = Frozen { pids };
        frozen.send(Signal::SIGSTOP);
        frozen
    }

    /// A gRPC connection with the folder's token.
    pub fn channel(&self) -> grpc::Client {
        let token = std::fs::read_to_string(self.home.data().join("token")).expect("a token");
        grpc::connect(&self.address, &SecretString::from(token)).expect("a valid address")
    }

    /// Its process.
    pub fn pid(&self) -> i32 {
        self.child.id().cast_signed()
    }

    /// Kills it and its group at once, as a power switch would.
    pub fn kill_dash_nine(mut self) {
        kill(Pid::from_raw(self.pid()), Signal::SIGKILL).expect("it runs");
        self.child.wait().expect("it was killed");
    }

    /// Ctrl-C; returns whether it ended well.
    pub fn interrupt(mut self) -> bool {
        kill(Pid::from_raw(self.pid()), Signal::SIGINT).expect("it runs");
        self.child.wait().expect("it ends").success()
    }
}

impl Drop for Stoa<'_> {
    fn drop(&mut self) {
        // It may have ended. The kernel ends its children with it.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = self.home.log();
            let lines: Vec<&str> = log.lines().collect();
            let last = lines.len().saturating_sub(LOG_LINES);
            eprintln!("the end of its log:\n{}", lines[last..].join("\n"));
        }
        // PostgreSQL takes a moment, and the folder is removed next.
        wait_until("the children end", || self.home.processes().is_empty());
    }
}

/// Processes that do nothing until this is dropped.
pub struct Frozen {
    pids: Vec<i32>,
}

impl Frozen {
    fn send(&self, signal: Signal) {
        for pid in &self.pids {
            // One may have ended, or been killed with its parent.
            let _ = kill(Pid::from_raw(*pid), signal);
        }
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        self.send(Signal::SIGCONT);
    }
}

/// One service beside a `stoa up`, as in a cluster: it shares its systems and has a folder of its own. Killed when it is
/// dropped.
pub struct Service {
    child: Child,
    folder: TempDir,
}

impl Stoa<'_> {
    /// The address of its NATS, and the token that it wants.
    pub fn nats(&self) -> Result<(String, String)> {
        let conf = std::fs::read_to_string(self.home.data().join("nats.conf"))?;
        let between = |before: &str, after: char| {
            let (_, rest) = conf.split_once(before)?;
            rest.split(after).next()
        };
        let address = between("listen: \"", '"').context("where NATS listens")?;
        let token = between("token: \"", '"').context("its token")?;
        Ok((format!("nats://{address}"), token.to_owned()))
    }

    /// Starts a service beside this one.
    pub fn beside(&self, service: &str, environment: &[(&str, &str)]) -> Result<Service> {
        let folder = tempfile::Builder::new().prefix("stoa-test-").tempdir()?;
        let (nats, token) = self.nats()?;
        let log = std::fs::File::create(folder.path().join("log"))?;
        let mut command = self.home.command_elsewhere(&[service]);
        for address in ["ingestion", "embedding", "retrieval", "generation"] {
            command.args(["--set", &format!("{address}.address={}", self.address)]);
        }
        let child = command
            .args(["--set", &format!("nats.url={nats}")])
            .args(["--set", "server.listen=127.0.0.1:0"])
            .args(["--set", "admin.listen=127.0.0.1:0"])
            .args(["--set", &format!("data.dir={}", folder.path().display())])
            .env("STOA_NATS_TOKEN", token)
            .env(
                "STOA_TOKEN",
                std::fs::read_to_string(self.home.data().join("token"))?,
            )
            .envs(environment.iter().copied())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?;
        Ok(Service { child, folder })
    }

    /// The address of its PostgreSQL, for a service beside it.
    pub fn database_url(&self) -> Result<String> {
        let data = self.home.data();
        let postmaster = std::fs::read_to_string(data.join("postgres/postmaster.pid"))?;
        let port = postmaster.lines().nth(3).context("its port")?;
        let password = std::fs::read_to_string(data.join("token"))?;
        Ok(format!(
            "postgres://stoa:{}@127.0.0.1:{port}/postgres",
            password.trim()
        ))
    }
}

impl Service {
    /// A gRPC connection with the token of who it stands beside, once it is ready.
    pub fn channel(&self, stoa: &Stoa<'_>) -> grpc::Client {
        let address = || {
            let log = self.log();
            let ready = log.lines().find(|line| line.contains(" is ready"))?;
            let (_, address) = ready.split_once("address=")?;
            Some(address.split_whitespace().next()?.to_owned())
        };
        wait_until_or(
            || format!("it is ready:\n{}", self.log()),
            || address().is_some(),
        );
        let token = std::fs::read_to_string(stoa.home.data().join("token")).expect("a token");
        let address = format!("http://{}", address().expect("it is ready"));
        grpc::connect(&address, &SecretString::from(token)).expect("a valid address")
    }

    /// What it said.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// Stops it in the middle of whatever it does, until the guard is dropped.
    pub fn freeze(&self) -> Frozen {
        let frozen = Frozen {
            pids: vec![self.pid()],
        };
        frozen.send(Signal::SIGSTOP);
        frozen
    }

    /// Its process.
    pub fn pid(&self) -> i32 {
        self.child.id().cast_signed()
    }

    /// Kills it at once.
    pub fn kill_dash_nine(self) {
        drop(self);
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until a condition holds.
pub fn wait_until(what: &str, condition: impl FnMut() -> bool) {
    wait_until_or(|| what.to_owned(), condition);
}

/// Waits until a condition holds; says what it waited for as it is when it has waited in vain.
pub fn wait_until_or(what: impl Fn() -> String, mut condition: impl FnMut() -> bool) {
    let began = Instant::now();
    while !condition() {
        assert!(
            began.elapsed() < PATIENCE,
            "waited in vain until {}",
            what()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Writes a file and returns its path as text.
pub fn write(folder: &Path, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().expect("a folder"))
        .expect("temporary folder is writable");
    std::fs::write(&path, bytes).expect("temporary folder is writable");
    path.display().to_string()
}
