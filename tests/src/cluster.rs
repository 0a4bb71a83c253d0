//! Every service as an operator runs it: processes of their own, several of each, on servers that somebody else runs.

mod systems;

use std::{
    fs,
    path::PathBuf,
    process::{Child, Stdio},
};

use anyhow::Result;
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use secrecy::SecretString;
use stoa_kit::grpc;
use tempfile::TempDir;

use self::systems::{Systems, free_port, mortal};
use crate::{binary, foreign_variables, wait_until_or};

/// The services, and how many processes of each there are. The embedded index is one process's alone.
pub const SERVICES: [(&str, usize); 6] = [
    ("embedding", 2),
    ("retrieval", 1),
    ("ingestion", 2),
    ("generation", 2),
    ("discord", 2),
    ("telegram", 2),
];

/// Services that others call.
const CALLED: [&str; 4] = ["embedding", "retrieval", "ingestion", "generation"];
/// What services and the test share.
const TOKEN: &str = "a-token-of-the-tests-0123456789";

/// Services on servers of their own. Everything ends when it is dropped.
pub struct Cluster {
    /// Its processes, which end before the servers that they use.
    pub processes: Vec<Process>,
    _systems: Systems,
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
        let systems = Systems::start(folder.path())?;
        let mut ports = Vec::new();
        for (service, count) in SERVICES {
            for number in 0..count {
                ports.push((service, number, free_port()?));
            }
        }
        let mut arguments = Vec::new();
        for service in CALLED {
            let own = ports.iter().filter(|(name, ..)| *name == service);
            let addresses: Vec<String> = own
                .map(|(_, _, port)| format!("http://127.0.0.1:{port}"))
                .collect();
            arguments.push(format!("{service}.address={}", addresses.join(",")));
        }
        arguments.push(format!("nats.url={}", systems.nats_url));
        let blobs = folder.path().join("blobs");
        arguments.push(format!("ingestion.blobs={}", blobs.display()));
        arguments.extend(settings.iter().cloned());
        let mut variables = vec![
            ("STOA_TOKEN".to_owned(), TOKEN.to_owned()),
            ("STOA_DATABASE_URL".to_owned(), systems.database_url.clone()),
        ];
        let given = environment.iter();
        variables.extend(given.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let mut processes = Vec::new();
        for (service, number, port) in ports {
            let own = folder.path().join(format!("{service}-{number}"));
            fs::create_dir(&own)?;
            let data = format!("data.dir={}", own.display());
            let listen = format!("server.listen=127.0.0.1:{port}");
            let admin = "admin.listen=127.0.0.1:0".to_owned();
            let own_arguments = arguments.iter().cloned().chain([data, listen, admin]);
            let mut process = Process {
                service,
                number,
                address: format!("http://127.0.0.1:{port}"),
                folder: own,
                arguments: own_arguments.collect(),
                environment: variables.clone(),
                child: None,
                lives: 0,
            };
            process.start()?;
            processes.push(process);
        }
        for process in &processes {
            process.wait_until_ready();
        }
        Ok(Self {
            processes,
            _systems: systems,
            _folder: folder,
        })
    }

    /// A connection to each process of a service.
    pub fn channels(&self, service: &str) -> Vec<grpc::Client> {
        let own = self.processes.iter();
        own.filter(|process| process.service == service)
            .map(|process| {
                grpc::connect(&process.address, &SecretString::from(TOKEN)).expect("an address")
            })
            .collect()
    }
}

impl Process {
    /// Starts it, after it ended.
    pub fn start(&mut self) -> Result<()> {
        self.lives += 1;
        let log = fs::File::create(self.log_path())?;
        let mut command = mortal(&binary());
        for name in foreign_variables() {
            command.env_remove(name);
        }
        command.arg(self.service);
        for setting in &self.arguments {
            command.args(["--set", setting]);
        }
        let child = command
            .env("XDG_CONFIG_HOME", &self.folder)
            .envs(self.environment.iter().cloned())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()?;
        self.child = Some(child);
        Ok(())
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
