//! A program beside the tests, such as a server that Stoa works with. Killed when it is dropped.

use std::{
    collections::HashSet,
    fs::File,
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{LazyLock, Mutex},
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use rand::Rng;

use crate::{PATIENCE, wait_until_or};

/// A running program, and what it writes.
pub struct Program {
    child: Child,
    log: PathBuf,
}

impl Program {
    /// Starts it; what it writes goes to a file.
    pub fn start(mut command: Command, log: PathBuf) -> Self {
        let file = File::create(&log).expect("temporary folder is writable");
        let also = file.try_clone().expect("a file");
        command.stdin(Stdio::null()).stdout(file).stderr(also);
        Self {
            child: command.spawn().expect("it can be started"),
            log,
        }
    }

    /// What it wrote so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits until it wrote something.
    pub fn says(&self, words: &str) {
        wait_until_or(
            || format!("it says \"{words}\":\n{}", self.log()),
            || self.log().contains(words),
        );
    }

    /// Waits until it listens on a port of this machine.
    pub fn listens(&mut self, port: u16) {
        let began = Instant::now();
        loop {
            assert!(began.elapsed() < PATIENCE, "no answer:\n{}", self.log());
            let ended = self.child.try_wait().expect("it is a child");
            assert!(ended.is_none(), "it ended:\n{}", self.log());
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Asks it to stop, and returns how it ended.
    pub fn stop(mut self) -> ExitStatus {
        let pid = Pid::from_raw(self.child.id().cast_signed());
        kill(pid, Signal::SIGTERM).expect("it runs");
        self.child.wait().expect("it ends")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A command that ends with the thread that starts it, should that be killed: the kernel sees to it.
pub(crate) fn mortal(program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig=KILL", "--"]).arg(program);
    command
}

/// The ports that this process gave out: a program that was told one may not listen on it yet.
static GIVEN: LazyLock<Mutex<HashSet<u16>>> = LazyLock::new(Mutex::default);

/// Ports that are free now, given out once, and below those that the system gives to whoever connects: what listens on one
/// may end and come back to it.
pub fn free_ports<const PORTS: usize>() -> [u16; PORTS] {
    let mut random = rand::rng();
    let mut given = GIVEN.lock().expect("nobody panics with it");
    let mut free = || {
        loop {
            let port = random.random_range(20_000..30_000_u16);
            if TcpListener::bind(("127.0.0.1", port)).is_ok() && given.insert(port) {
                break port;
            }
        }
    };
    std::array::from_fn(|_| free())
}
