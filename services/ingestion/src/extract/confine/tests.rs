//! What is tried from the inside. A restricted thread stays restricted, so the test starts itself as another process.

use std::{
    fs::{self, File},
    io::{ErrorKind, Write},
    net::{TcpStream, UdpSocket},
    os::unix::process::parent_id,
    process::Command,
    thread,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use super::*;

/// Says to the test that it is the one inside, and where it may try to write.
const INSIDE: &str = "STOA_TEST_INSIDE";
const NAME: &str = "extract::confine::tests::a_parser_reaches_nothing";
/// The last line from the inside: without it the other process has not run this test.
const DONE: &str = "everything was tried";

const LIMITS: Limits = Limits {
    pages: 1,
    text_bytes: 1,
    seconds: 60,
    memory_mib: 4_096,
};

#[test]
fn a_parser_reaches_nothing() {
    if let Some(folder) = std::env::var_os(INSIDE) {
        return inside(folder.as_ref());
    }
    let folder = std::env::temp_dir().join(format!("stoa-confine-{}", std::process::id()));
    fs::create_dir(&folder).expect("a folder");
    fs::write(folder.join("secret"), "s").expect("written");
    let output = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", NAME, "--nocapture"])
        .env(INSIDE, &folder)
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{errors}");
    assert!(said.contains(DONE), "{said}\n{errors}");
    let left: Vec<_> = fs::read_dir(&folder).expect("there").collect();
    assert_eq!(left.len(), 1, "nothing was written");
    fs::remove_dir_all(&folder).expect("removed");
}

fn inside(folder: &std::path::Path) {
    resources(LIMITS).expect("limits");
    prctl::set_dumpable(false).expect("a flag");
    let landlock = files().expect("Landlock or none");
    if landlock == RulesetStatus::NotEnforced {
        say("this kernel has no Landlock: files are tried with seccomp alone");
    } else {
        files_are_refused(folder);
        assert!(prctl::get_no_new_privs().expect("a flag"));
    }
    system_calls().expect("seccomp");
    assert!(prctl::get_no_new_privs().expect("a flag"));
    files_are_refused(folder);
    the_network_is_refused();
    other_processes_are_refused();
    what_a_parser_needs_is_there();
    say(DONE);
}

fn files_are_refused(folder: &std::path::Path) {
    refused("a file of the system", File::open("/etc/passwd"));
    refused("a file of the service", File::open(folder.join("secret")));
    refused("a new file", fs::write(folder.join("new"), "n"));
    refused("a removal", fs::remove_file(folder.join("secret")));
    let environment = format!("/proc/{}/environ", parent_id());
    refused("the environment of the parent", fs::read(environment));
    let memory = format!("/proc/{}/mem", parent_id());
    refused("the memory of the parent", File::open(memory));
}

fn the_network_is_refused() {
    refused("a socket", UdpSocket::bind(("127.0.0.1", 0)));
    refused("a connection", TcpStream::connect(("127.0.0.1", 9)));
}

fn other_processes_are_refused() {
    refused("a program", Command::new("/bin/true").spawn());
    let parent = Pid::from_raw(parent_id().cast_signed());
    refused(
        "a signal",
        kill(parent, None::<Signal>).map_err(io::Error::from),
    );
    kill(Pid::this(), None::<Signal>).expect("a signal to itself");
}

fn what_a_parser_needs_is_there() {
    let sum = thread::spawn(|| {
        vec![1_u8; 1 << 20]
            .iter()
            .map(|b| u64::from(*b))
            .sum::<u64>()
    });
    assert_eq!(sum.join().expect("a thread"), 1 << 20);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let blocking = tokio::task::spawn_blocking(|| 1);
        assert_eq!(blocking.await.expect("another thread"), 1);
    });
}

/// It fails, and for want of permission: not because there is no such file or nobody listens.
fn refused<T>(what: &str, tried: io::Result<T>) {
    match tried {
        Ok(_) => panic!("{what} is not refused"),
        Err(error) => assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{what}: {error}"),
    }
}

/// Past the test's own capture of output.
fn say(line: &str) {
    writeln!(io::stdout(), "{line}").expect("written");
}
