//! Programs that run beside this process and end with it.

use std::{
    collections::HashSet,
    fs::{File, OpenOptions},
    net::TcpListener,
    ops::Range,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, ExitStatus, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicI32, Ordering},
        mpsc as sync_mpsc,
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use rand::Rng;
use stoa_kit::retry;
use tokio::sync::mpsc;

/// A child that ends sooner than this after its start did not start well.
const SETTLED: Duration = Duration::from_secs(5);
/// Bad starts in a row before it is given up, where none was good.
const BAD_STARTS: u32 = 4;
/// Waits before a child is started again.
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// How long a child may take to stop.
const STOP: Duration = Duration::from_secs(15);

/// Where ports are looked for: below those that the system gives to whoever connects or asks for any. One of these could
/// be given away between the look and the start of the program, or while it starts again.
const PORTS: Range<u16> = 10_000..20_000;

/// The variables of the environment that such a program gets. The others are for this process: there are secrets among
/// them, which `/proc` would show to whoever runs as the same user.
const ENVIRONMENT: [&str; 6] = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH"];

/// What to run.
pub(super) struct Program {
    /// What it is called in messages.
    pub(super) name: &'static str,
    pub(super) executable: PathBuf,
    pub(super) arguments: Vec<String>,
    /// User and group to run as.
    pub(super) user: Option<(u32, u32)>,
    /// Where its output goes.
    pub(super) log: PathBuf,
    /// What asks it to stop.
    pub(super) stop: Signal,
}

/// The children of this process.
#[derive(Default)]
pub(super) struct Children {
    running: Vec<Child>,
    /// Given out by [`Children::free_port`].
    ports: HashSet<u16>,
    failures: Option<(mpsc::Sender<String>, mpsc::Receiver<String>)>,
}

/// Has a child started again: its keeper takes its end for one by itself.
pub(super) struct Restart {
    stop: Signal,
    pid: Arc<AtomicI32>,
}

impl Restart {
    pub(super) fn now(&self) {
        send(&self.pid, self.stop);
    }
}

struct Child {
    name: &'static str,
    stop: Signal,
    stopping: Arc<AtomicBool>,
    pid: Arc<AtomicI32>,
    keeper: JoinHandle<()>,
}

impl Children {
    /// A port of 127.0.0.1 that is free now. None is given out twice: the first may have no listener yet.
    pub(super) fn free_port(&mut self) -> Result<u16> {
        let mut random = rand::rng();
        PORTS
            .map(|_| random.random_range(PORTS))
            .find(|port| {
                TcpListener::bind(("127.0.0.1", *port)).is_ok() && self.ports.insert(*port)
            })
            .with_context(|| {
                let Range { start, end } = PORTS;
                format!("no port of 127.0.0.1 was found free between {start} and {end}")
            })
    }

    /// Starts a program and keeps it running: when it ends by itself, that is logged, and it is started again.
    pub(super) fn start(&mut self, program: Program) -> Result<()> {
        let (failed, _) = self.failures.get_or_insert_with(|| mpsc::channel(4));
        let failed = failed.clone();
        let (stopping, pid) = (
            Arc::new(AtomicBool::new(false)),
            Arc::new(AtomicI32::new(0)),
        );
        let (name, stop) = (program.name, program.stop);
        let keep = Keeper {
            program,
            stopping: Arc::clone(&stopping),
            pid: Arc::clone(&pid),
        };
        let (begun, first) = sync_mpsc::sync_channel(1);
        // The death signal of a child is tied to the thread that started it, so one thread keeps it all its life.
        let keeper = thread::Builder::new()
            .name(format!("keeper of {name}"))
            .spawn(move || {
                if let Err(error) = keep.run(&begun) {
                    let _ = begun.try_send(Err(format!("{error:#}")));
                    // Nobody may be waiting for it any more.
                    let _ = failed.blocking_send(format!("{error:#}"));
                }
            })
            .with_context(|| format!("{name} has no thread"))?;
        self.running.push(Child {
            name,
            stop,
            stopping,
            pid,
            keeper,
        });
        // Waits for the first start, so that a program which is not there is an error of this command and no line in a
        // log.
        match first.recv() {
            Ok(Ok(())) | Err(_) => Ok(()),
            Ok(Err(reason)) => anyhow::bail!(reason),
        }
    }

    /// Resolves when a child was given up.
    pub(super) async fn gave_up(&mut self) -> String {
        match &mut self.failures {
            Some((_, failures)) => failures.recv().await.unwrap_or_default(),
            None => std::future::pending().await,
        }
    }

    /// How the child of a name is started again, if there is one.
    pub(super) fn restart_of(&self, name: &str) -> Option<Restart> {
        let child = self.running.iter().find(|child| child.name == name)?;
        Some(Restart {
            stop: child.stop,
            pid: Arc::clone(&child.pid),
        })
    }

    /// Stops all of them, the last one first.
    pub(super) async fn stop(&mut self) {
        for child in self.running.drain(..).rev() {
            // Its thread does nothing but wait.
            let _ = tokio::task::spawn_blocking(move || child.stop()).await;
        }
    }
}

impl Child {
    fn stop(self) {
        self.stopping.store(true, Ordering::SeqCst);
        send(&self.pid, self.stop);
        let began = Instant::now();
        while !self.keeper.is_finished() {
            if began.elapsed() > STOP {
                tracing::warn!("{} does not stop and is killed", self.name);
                send(&self.pid, Signal::SIGKILL);
            }
            // The keeper waits for the child itself, as only the parent can; here it can only be looked for.
            thread::sleep(Duration::from_millis(10));
        }
        // A panic of the keeper is in the log already.
        let _ = self.keeper.join();
    }
}

fn send(pid: &AtomicI32, signal: Signal) {
    let pid = pid.load(Ordering::SeqCst);
    if pid > 0 {
        // It may have ended by itself.
        let _ = kill(Pid::from_raw(pid), signal);
    }
}

struct Keeper {
    program: Program,
    stopping: Arc<AtomicBool>,
    pid: Arc<AtomicI32>,
}

impl Keeper {
    fn run(&self, begun: &sync_mpsc::SyncSender<Result<(), String>>) -> Result<()> {
        let name = self.program.name;
        let (mut bad_starts, mut has_settled) = (0, false);
        while !self.stopping.load(Ordering::SeqCst) {
            let started = Instant::now();
            let status = self.live(begun)?;
            if self.stopping.load(Ordering::SeqCst) {
                break;
            }
            // One that ran for a while was well: what ends it now is another matter, and it has all its starts again.
            bad_starts = if started.elapsed() < SETTLED {
                bad_starts + 1
            } else {
                has_settled = true;
                0
            };
            // What ran before is kept from it by what is around it, such as a full disk, and runs again after that.
            if bad_starts >= BAD_STARTS && !has_settled {
                let said = last_lines(&self.program.log);
                anyhow::bail!(
                    "{name} does not start ({status}); it said:\n{said}\n(all of it is in {})",
                    self.program.log.display()
                );
            }
            tracing::error!("{name} ended ({status}): it is started again with its data");
            thread::sleep(retry::wait_after(bad_starts, FIRST_WAIT, LONGEST_WAIT));
        }
        Ok(())
    }

    /// One life of the program.
    fn live(&self, begun: &sync_mpsc::SyncSender<Result<(), String>>) -> Result<ExitStatus> {
        let Program { name, log, .. } = &self.program;
        let output = open_log(log)?;
        let mut command = command(&self.program);
        command.stdout(output.try_clone()?).stderr(output);
        let mut child = command
            .spawn()
            .with_context(|| format!("{name} cannot be started"))?;
        self.pid.store(child.id().cast_signed(), Ordering::SeqCst);
        // Told once; the channel is full or closed afterwards.
        let _ = begun.try_send(Ok(()));
        if self.stopping.load(Ordering::SeqCst) {
            // It was asked to stop before its pid was known.
            let _ = kill(Pid::from_raw(child.id().cast_signed()), self.program.stop);
        }
        let status = child.wait()?;
        self.pid.store(0, Ordering::SeqCst);
        Ok(status)
    }
}

/// Through setpriv: it drops privileges where asked and has the kernel stop the child when this process dies,
/// however it dies.
fn command(program: &Program) -> Command {
    let mut command = Command::new("setpriv");
    if let Some((user, group)) = program.user {
        command
            .arg(format!("--reuid={user}"))
            .arg(format!("--regid={group}"))
            .arg("--clear-groups");
    }
    command
        .arg(format!(
            "--pdeathsig={}",
            program.stop.as_str().trim_start_matches("SIG")
        ))
        .arg("--")
        .arg(&program.executable)
        .args(&program.arguments)
        .env_clear()
        .envs(
            ENVIRONMENT
                .into_iter()
                .filter_map(|name| Some((name, std::env::var_os(name)?))),
        )
        .current_dir("/")
        .stdin(Stdio::null())
        // Ctrl-C at the terminal is for this process, which stops its children when it needs them no more.
        .process_group(0);
    command
}

fn open_log(path: &Path) -> Result<File> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .with_context(|| format!("cannot open {}", path.display()))
}

fn last_lines(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(8)..].join("\n")
}

/// Stops a program that a killed `stoa up` left behind, if it is still there. `marker` is in its command line.
pub(super) fn stop_orphan(name: &str, pid: i32, marker: &str, signal: Signal) {
    let alive = || {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&line).contains(marker)
    };
    if pid <= 1 || !alive() {
        return;
    }
    tracing::warn!(
        pid,
        "{name} of a `stoa up` that was killed still runs: it is stopped first"
    );
    let began = Instant::now();
    // It may end between the look and the signal.
    let _ = kill(Pid::from_raw(pid), signal);
    while alive() {
        if began.elapsed() > STOP {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
        thread::sleep(Duration::from_millis(20));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_given_once_and_none_is_one_that_the_system_gives_away() {
        let given = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range");
        let given = given.expect("Linux has it");
        let lowest = given
            .split_whitespace()
            .next()
            .and_then(|lowest| lowest.parse().ok());
        let lowest: u16 = lowest.expect("it is two numbers");
        let mut children = Children::default();
        let ports: Vec<u16> = (0..500)
            .map(|_| children.free_port().expect("a free port"))
            .collect();
        assert!(ports.iter().all(|port| *port < lowest), "{ports:?}");
        let each_once: HashSet<&u16> = ports.iter().collect();
        assert_eq!(each_once.len(), ports.len());
    }
}
