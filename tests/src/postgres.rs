//! A real PostgreSQL server, with or without TLS.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use nix::unistd::{User, chown, geteuid};
use tempfile::TempDir;

use crate::{
    certificates::Authority,
    program::{Program, free_ports},
};

const PASSWORD: &str = "a-password-of-the-tests";

/// A server that is killed when it is dropped.
pub struct Postgres {
    _program: Program,
    _folder: TempDir,
    port: u16,
}

impl Postgres {
    /// Starts one that takes passwords.
    pub fn start() -> Self {
        Self::with(None)
    }

    /// Starts one that takes passwords over TLS alone, from those who show a certificate of the authority.
    pub fn with_tls(authority: &Authority) -> Self {
        Self::with(Some(authority))
    }

    fn with(authority: Option<&Authority>) -> Self {
        let programs = programs();
        let folder = tempfile::tempdir().expect("temporary folder");
        // Its user passes through to what it owns inside.
        let open = fs::Permissions::from_mode(0o711);
        fs::set_permissions(folder.path(), open).expect("it is ours");
        let data = folder.path().join("data");
        fs::create_dir(&data).expect("temporary folder is writable");
        own(&data);
        let password = folder.path().join("password");
        fs::write(&password, PASSWORD).expect("temporary folder is writable");
        own(&password);
        let made = command(&programs, "initdb")
            .args(["--username=stoa", "--auth=scram-sha-256"])
            .args(["--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"])
            .arg(format!("--pwfile={}", password.display()))
            .arg("-D")
            .arg(&data)
            .output()
            .expect("initdb runs");
        assert!(
            made.status.success(),
            "{}",
            String::from_utf8_lossy(&made.stderr)
        );
        let [port] = free_ports();
        let mut server = command(&programs, "postgres");
        server.arg("-D").arg(&data);
        let mut set = |option: &str| {
            server.args(["-c", option]);
        };
        set("listen_addresses=127.0.0.1");
        set(&format!("port={port}"));
        set("unix_socket_directories=");
        set("fsync=off");
        set("dynamic_shared_memory_type=mmap");
        if let Some(authority) = authority {
            let own_cert = authority.issue("postgres");
            for (from, to) in [
                (&own_cert.cert, "server.crt"),
                (&own_cert.key, "server.key"),
                (&authority.ca, "ca.crt"),
            ] {
                give(
                    &data.join(to),
                    &fs::read_to_string(from).expect("it is there"),
                );
            }
            give(
                &data.join("pg_hba.conf"),
                "hostssl all all 127.0.0.1/32 scram-sha-256 clientcert=verify-ca\n",
            );
            set("ssl=on");
            set("ssl_ca_file=ca.crt");
        }
        let mut program = Program::start(server, folder.path().join("log"));
        program.listens(port);
        program.says("ready to accept connections");
        Self {
            _program: program,
            _folder: folder,
            port,
        }
    }

    /// Its address, with parameters such as `?sslmode=require`.
    pub fn url(&self, parameters: &str) -> String {
        let Self { port, .. } = self;
        format!("postgres://stoa:{PASSWORD}@localhost:{port}/postgres{parameters}")
    }

    /// Runs SQL in a server without TLS, and returns what it prints.
    pub fn run(&self, sql: &str) -> String {
        run(&self.url(""), sql)
    }

    /// A command that runs SQL in a server without TLS, and prints what each statement returns as soon as it does.
    pub fn session(&self, sql: &str) -> Command {
        session(&self.url(""), sql)
    }
}

/// Runs SQL in the server at an address, and returns what it prints.
pub fn run(url: &str, sql: &str) -> String {
    let output = session(url, sql).output().expect("psql runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{sql}: {said}");
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn session(url: &str, sql: &str) -> Command {
    let mut command = Command::new(programs().join("psql"));
    command.args(["-qtAX", "-v", "ON_ERROR_STOP=1"]);
    for statement in sql.split(';') {
        command.args(["-c", statement]);
    }
    command.arg(url);
    command
}

/// The programs of the newest version that is installed.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL is installed");
    let newest = versions.flatten().filter_map(|entry| {
        let version: u32 = entry.file_name().to_str()?.parse().ok()?;
        Some((version, entry.path().join("bin")))
    });
    let (_, programs) = newest.max().expect("PostgreSQL is installed");
    programs
}

/// The user to run it as: it does not run as root.
fn user() -> Option<User> {
    if !geteuid().is_root() {
        return None;
    }
    User::from_name("postgres").expect("users can be read")
}

fn command(programs: &Path, name: &str) -> Command {
    // The kernel ends it with the thread that started it, should that be killed.
    let mut command = Command::new("setpriv");
    if let Some(user) = user() {
        command
            .arg(format!("--reuid={}", user.uid))
            .arg(format!("--regid={}", user.gid))
            .arg("--clear-groups");
    }
    command
        .args(["--pdeathsig=INT", "--"])
        .arg(programs.join(name))
        .current_dir("/");
    command
}

fn own(path: &Path) {
    if let Some(user) = user() {
        chown(path, Some(user.uid), Some(user.gid)).expect("root may");
    }
}

/// A file that PostgreSQL takes: its own, and closed to others.
fn give(path: &Path, text: &str) {
    fs::write(path, text).expect("temporary folder is writable");
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("it is ours");
    own(path);
}
