//! A private PostgreSQL.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};
use nix::{
    sys::signal::Signal,
    unistd::{Gid, Uid, User, chown, geteuid},
};
use secrecy::{ExposeSecret, SecretString};

use super::{
    child::{Children, Program, stop_orphan},
    folder::{Folder, write_private},
};

/// PostgreSQL refuses to run as root; Debian's package makes the first of these users.
const USERS: [&str; 2] = ["postgres", "nobody"];
/// Oldest version with what the migrations use.
const OLDEST: u32 = 14;

/// The folder with PostgreSQL's programs: the newest of Debian's, or that of the PATH.
pub(crate) fn find() -> Option<PathBuf> {
    let debian = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten();
    let versions = debian.filter_map(|entry| {
        Some((
            entry.file_name().to_str()?.parse::<u32>().ok()?,
            entry.path(),
        ))
    });
    // The newest for a new folder; one that was made by an older version names it in the error below.
    let newest = versions
        .filter(|(version, _)| *version >= OLDEST)
        .max_by_key(|(version, _)| *version);
    let of_path = || {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path)
            .find(|folder| folder.join("postgres").is_file() && folder.join("initdb").is_file())
    };
    newest
        .map(|(_, path)| path.join("bin"))
        .filter(|bin| bin.join("postgres").is_file())
        .or_else(of_path)
}

/// Starts it, made at its first start, and returns its address.
pub(super) async fn start(
    folder: &Folder,
    token: &SecretString,
    children: &mut Children,
) -> Result<SecretString> {
    let programs = find().context(
        "PostgreSQL is not installed: run `make setup` or `apt-get install postgresql`, or set STOA_DATABASE_URL to a running one",
    )?;
    let user = unprivileged()?;
    let data = folder.join("postgres");
    let password = SecretString::from(token.expose_secret().to_owned());
    // initdb writes this file; with the move at the end of `create`, a folder with it is whole.
    if !data.join("PG_VERSION").is_file() {
        let (programs, folder_path, data) =
            (programs.clone(), folder.join("postgres.new"), data.clone());
        let (user, password) = (user.clone(), password.clone());
        tokio::task::spawn_blocking(move || {
            create(&programs, &folder_path, &data, user.as_ref(), &password)
        })
        .await??;
    }
    let version = fs::read_to_string(data.join("PG_VERSION"))?;
    if let Ok(pid) = fs::read_to_string(data.join("postmaster.pid")) {
        let pid = pid
            .lines()
            .next()
            .and_then(|line| line.trim().parse().ok())
            .unwrap_or(0);
        let marker = data.display().to_string();
        tokio::task::spawn_blocking(move || {
            stop_orphan("the PostgreSQL", pid, &marker, Signal::SIGINT);
        })
        .await?;
    }
    let port = children.free_port()?;
    children
        .start(Program {
            name: "PostgreSQL",
            executable: programs.join("postgres"),
            arguments: arguments(&data, port),
            user: user.map(|user| (user.uid.as_raw(), user.gid.as_raw())),
            log: folder.join("logs/postgres.log"),
            stop: Signal::SIGINT,
        })
        .with_context(|| format!("PostgreSQL {} of {}", version.trim(), programs.display()))?;
    Ok(format!(
        "postgres://stoa:{}@127.0.0.1:{port}/postgres",
        password.expose_secret()
    )
    .into())
}

fn arguments(data: &Path, port: u16) -> Vec<String> {
    let option = |key: &str, value: &str| format!("--{key}={value}");
    vec![
        "-D".to_owned(),
        data.display().to_string(),
        option("listen_addresses", "127.0.0.1"),
        option("port", &port.to_string()),
        // Paths of sockets are short and data folders are not.
        option("unix_socket_directories", ""),
        // Two pools of services, and some for whoever looks into the database.
        option("max_connections", "60"),
        option("shared_buffers", "64MB"),
        // Containers often have 64 MiB of /dev/shm, which PostgreSQL's default fills.
        option("dynamic_shared_memory_type", "mmap"),
        // Its output goes to the log file by itself.
        option("logging_collector", "off"),
    ]
}

/// The user to run as, when this process is root.
fn unprivileged() -> Result<Option<User>> {
    if !geteuid().is_root() {
        return Ok(None);
    }
    for name in USERS {
        if let Some(user) = User::from_name(name)? {
            return Ok(Some(user));
        }
    }
    bail!(
        "PostgreSQL does not run as root and there is no user {}: run `stoa up` as another user",
        USERS.join(" or ")
    )
}

/// Makes the cluster beside its place and moves it there when it is whole.
fn create(
    programs: &Path,
    new: &Path,
    data: &Path,
    user: Option<&User>,
    password: &SecretString,
) -> Result<()> {
    if new.exists() {
        fs::remove_dir_all(new).context("cannot remove what is left of an earlier start")?;
    }
    fs::create_dir(new)?;
    fs::set_permissions(new, fs::Permissions::from_mode(0o700))?;
    let secret = new.with_extension("password");
    write_private(&secret, password.expose_secret())?;
    if let Some(user) = user {
        check_reach(new, user)?;
        own(new, user.uid, user.gid)?;
        own(&secret, user.uid, user.gid)?;
    }
    let mut command = match user {
        Some(user) => {
            let mut command = Command::new("setpriv");
            command.args([
                format!("--reuid={}", user.uid),
                format!("--regid={}", user.gid),
            ]);
            command
                .args(["--clear-groups", "--"])
                .arg(programs.join("initdb"));
            command
        }
        None => Command::new(programs.join("initdb")),
    };
    let output = command
        .args([
            "--username=stoa",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            // Names sort alike on every machine, and an update of the C library does not change indexes.
            "--locale=C.UTF-8",
            "--data-checksums",
        ])
        .arg(format!("--pwfile={}", secret.display()))
        .arg("-D")
        .arg(new)
        .current_dir("/")
        .output()
        .context("initdb cannot be started")?;
    // Also where initdb failed: the password is the folder's token.
    fs::remove_file(&secret)?;
    if !output.status.success() {
        bail!(
            "initdb failed: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    fs::rename(new, data).context("cannot move the new cluster to its place")
}

fn own(path: &Path, uid: Uid, gid: Gid) -> Result<()> {
    chown(path, Some(uid), Some(gid))
        .with_context(|| format!("cannot give {} to PostgreSQL's user", path.display()))
}

/// Says before PostgreSQL does, and more clearly, that its user cannot get to the folder.
fn check_reach(path: &Path, user: &User) -> Result<()> {
    for folder in path.ancestors().skip(1) {
        let open = fs::metadata(folder)?.permissions().mode() & 0o001 != 0;
        if !open {
            bail!(
                "PostgreSQL runs as the user `{}`, who cannot enter {}: choose a --data-dir outside of it (root's default is /var/lib/stoa), \
                 or run `stoa up` as a user who is not root",
                user.name,
                folder.display()
            );
        }
    }
    Ok(())
}
