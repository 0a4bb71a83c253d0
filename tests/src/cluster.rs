//! Every service as an operator runs it: processes of their own, two of each, with certificates of their own, on servers
//! that somebody else runs.

mod systems;

use std::{
    fs,
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use anyhow::Result;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use secrecy::SecretString;
use stoa_kit::{
    Config,
    config::Tls,
    grpc::{self, Credentials},
};
use tempfile::TempDir;

use self::systems::Systems;
use crate::{
    binary,
    certificates::{Authority, Certificate},
    foreign_variables,
    program::{free_ports, mortal},
    wait_until_or,
};

/// The services.
pub const SERVICES: [&str; 6] = [
    "embedding",
    "retrieval",
    "ingestion",
    "generation",
    "discord",
    "telegram",
];
/// Processes of each.
pub const EACH: usize = 2;

/// Services that others call.
const CALLED: [&str; 4] = ["embedding", "retrieval", "ingestion", "generation"];
/// What services and the test share.
const TOKEN: &str = "a-token-of-the-tests-0123456789";

/// Services on servers of their own. Everything ends when it is dropped.
pub struct Cluster {
    /// Its processes, which end before the servers that they use.
    pub processes: Vec<Process>,
    /// What whoever runs it shows.
    operator: Credentials,
    _systems: Systems,
    /// Their certificates, which are read at each connection.
    _authority: Authority,
    _folder: TempDir,
}

/// One process of a service.
pub struct Process {
    /// Which service.
    pub service: &'static str,
    /// Which of its processes.
    pub number: usize,
    address: String,
    folder: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    child: Option<Child>,
    /// Times that it was started.
    lives: usize,
}

impl Cluster {
    /// Starts everything with these settings and variables, and waits until it is ready.
    pub fn start(settings: &[String], environment: &[(&str, &str)]) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("stoa-test-").tempdir()?;
        let authority = Authority::new();
        let systems = Systems::start(&authority);
        let ports: [u16; SERVICES.len() * EACH] = free_ports();
        let mut arguments = systems.settings.clone();
        for (service, own) in SERVICES.iter().zip(ports.chunks(EACH)) {
            if CALLED.contains(service) {
                let addresses: Vec<String> = own.iter().map(|port| address(*port)).collect();
                arguments.push(format!("{service}.address={}", addresses.join(",")));
            }
        }
        let blobs = folder.path().join("blobs");
        arguments.push(format!("ingestion.blobs={}", blobs.display()));
        arguments.extend(settings.iter().cloned());
        let mut variables = systems.variables.clone();
        variables.push(("STOA_TOKEN".to_owned(), TOKEN.to_owned()));
        let given = environment.iter();
        variables.extend(given.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let mut processes = Vec::new();
        for (service, own) in SERVICES.into_iter().zip(ports.chunks(EACH)) {
            let Certificate { cert, key } = authority.issue(service);
            for (number, port) in own.iter().enumerate() {
                let folder = folder.path().join(format!("{service}-{number}"));
                fs::create_dir(&folder)?;
                let its = [
                    format!("data.dir={}", folder.display()),
                    format!("server.listen=127.0.0.1:{port}"),
                    "admin.listen=127.0.0.1:0".to_owned(),
                    format!("tls.cert={cert}"),
                    format!("tls.key={key}"),
                    format!("tls.ca={}", authority.ca),
                ];
                let mut process = Process {
                    service,
                    number,
                    address: address(*port),
                    folder,
                    arguments: arguments.iter().cloned().chain(its).collect(),
                    environment: variables.clone(),
                    child: None,
                    lives: 0,
                };
                process.start()?;
                processes.push(process);
            }
        }
        for process in &processes {
            process.wait_until_ready();
        }
        Ok(Self {
            processes,
            operator: operator(&authority),
            _systems: systems,
            _authority: authority,
            _folder: folder,
        })
    }

    /// A connection to each process of a service.
    pub fn channels(&self, service: &str) -> Vec<grpc::Client> {
        let own = self.processes.iter();
        own.filter(|process| process.service == service)
            .map(|process| grpc::connect(&process.address, &self.operator).expect("an address"))
            .collect()
    }
}

fn address(port: u16) -> String {
    format!("https://127.0.0.1:{port}")
}

fn operator(authority: &Authority) -> Credentials {
    let Certificate { cert, key } = authority.issue("operator");
    let config = Config {
        tls: Tls {
            cert: Some(cert.into()),
            key: Some(key.into()),
            ca: Some(authority.ca.clone().into()),
        },
        ..Config::default()
    };
    Credentials::new(&SecretString::from(TOKEN), &config)
}

impl Process {
    /// Starts it, after it ended.
    pub fn start(&mut self) -> Result<()> {
        self.lives += 1;
        let log = fs::File::create(self.log_path())?;
        let child = self
            .command(self.service)
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?;
        self.child = Some(child);
        Ok(())
    }

    /// A command with what this process is configured with.
    pub fn command(&self, name: &str) -> Command {
        let mut command = mortal(&binary());
        for name in foreign_variables() {
            command.env_remove(name);
        }
        command.arg(name);
        for setting in &self.arguments {
            command.args(["--set", setting]);
        }
        command
            .env("XDG_CONFIG_HOME", &self.folder)
            .envs(self.environment.iter().cloned());
        command
    }

    fn log_path(&self) -> PathBuf {
        self.folder.join(format!("log.{}", self.lives))
    }

    /// What it said since it was started.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    /// Its name and number.
    pub fn name(&self) -> String {
        format!("{} {}", self.service, self.number)
    }

    /// Waits until it says that it is ready.
    pub fn wait_until_ready(&self) {
        wait_until_or(
            || format!("{} is ready:\n{}", self.name(), self.log()),
            || self.log().contains(" is ready"),
        );
    }

    /// Its process.
    pub fn pid(&self) -> i32 {
        let child = self.child.as_ref().expect("it was started");
        child.id().cast_signed()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        // It may have ended.
        let _ = kill(Pid::from_raw(self.pid()), signal);
    }

    /// Kills it, and waits until it has ended.
    pub fn kill_dash_nine(&mut self) {
        self.signal(Signal::SIGKILL);
        self.ended();
    }

    /// Asks it to stop, and waits until it has; whether it ended well.
    pub fn terminate(&mut self) -> bool {
        self.signal(Signal::SIGTERM);
        self.ended()
    }

    fn ended(&mut self) -> bool {
        let ended = self.child.as_mut().and_then(|child| child.wait().ok());
        ended.is_some_and(|status| status.success())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // It may have ended, or be stopped.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
