//! Reading in a process of its own.

use std::{convert::Infallible, io::Read, process::Stdio, sync::Once, time::Duration};

use tokio::{
    io::AsyncWriteExt,
    process::{Child, ChildStdin, Command},
    time::timeout,
};

use super::{
    ExtractError, Extracted, Limits,
    confine::confine,
    wire::{Answer, Task, Unreadable},
};

/// The hidden sub-command that a child is started with.
pub const CHILD_COMMAND: &str = "extract-document";

/// Reads a document in a child.
pub(super) async fn extract(
    name: &str,
    bytes: &[u8],
    limits: Limits,
) -> Result<Extracted, ExtractError> {
    // The program that runs, also when its file was replaced by an upgrade meanwhile: both sides must speak the same
    // version.
    let mut child = Command::new("/proc/self/exe")
        .arg(CHILD_COMMAND)
        // Nothing of the service's secrets is a parser's business.
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(broken)?;
    let conversation = timeout(
        Duration::from_secs(limits.seconds),
        converse(&mut child, name, bytes, limits),
    );
    let answer = conversation.await.map_err(|_| ExtractError::TooSlow {
        seconds: limits.seconds,
    })??;
    say_once(&answer.unconfined);
    answer.result
}

/// Hands the document over and takes the answer.
async fn converse(
    child: &mut Child,
    name: &str,
    bytes: &[u8],
    limits: Limits,
) -> Result<Answer, ExtractError> {
    let task = Task {
        name: name.to_owned(),
        size: bytes.len() as u64,
        limits,
    };
    let head = task.to_bytes().map_err(broken)?;
    let (Some(input), Some(mut output)) = (child.stdin.take(), child.stdout.take()) else {
        return Err(broken("it has no input or no output"));
    };
    // Both at once: a child that answers before it has read everything would otherwise wait on a full pipe, and we on
    // it.
    let answer = tokio::select! {
        answer = Answer::read(&mut output, limits) => answer,
        never = feed(input, &head, bytes) => match never {},
    };
    // Whatever it still does, nobody waits for it.
    let ended = match answer {
        Err(Unreadable::Ended(_)) => child.wait().await,
        _ => child.kill().await.and(child.wait().await),
    };
    answer.map_err(|error| ExtractError::Crashed {
        how: match (error, ended) {
            (Unreadable::Ended(_), Ok(status)) => status.to_string(),
            (error, _) => error.to_string(),
        },
        memory_mib: limits.memory_mib,
    })
}

/// Writes the document and closes the input; a child that ends before it has read it answers by how it ended.
async fn feed(mut input: ChildStdin, head: &[u8], bytes: &[u8]) -> Infallible {
    let _ = input.write_all(head).await;
    let _ = input.write_all(bytes).await;
    drop(input);
    std::future::pending().await
}

fn broken(reason: impl ToString) -> ExtractError {
    ExtractError::Broken {
        reason: reason.to_string(),
    }
}

/// Tells the operator, once, what the kernel does not refuse to the children.
fn say_once(unconfined: &[String]) {
    static SAID: Once = Once::new();
    if !unconfined.is_empty() {
        SAID.call_once(|| {
            tracing::warn!(
                missing = unconfined.join("; "),
                "documents are read in processes that this kernel does not shut in completely: a Linux with Landlock \
                 and seccomp does"
            );
        });
    }
}

/// Runs as the child: reads a document from standard input and writes what it found to standard output.
///
/// # Errors
///
/// When what comes is no task, when this process cannot be given its limits, or when nobody takes the answer.
pub fn run_child() -> std::io::Result<()> {
    let mut input = std::io::stdin().lock();
    let task = Task::read(&mut input)?;
    // After the task is read, which sets the limits, and before the first byte of the document.
    let unconfined = confine(task.limits)?;
    let mut bytes = Vec::with_capacity(usize::try_from(task.size).unwrap_or_default());
    input.take(task.size).read_to_end(&mut bytes)?;
    let answer = Answer {
        unconfined,
        result: super::parse(&task.name, bytes, task.limits),
    };
    answer.write(&mut std::io::stdout().lock())
}
