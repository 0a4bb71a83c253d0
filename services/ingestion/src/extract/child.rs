//! Parsing in a process of its own.

use std::{
    io::{Read, Write},
    process::Stdio,
    time::Duration,
};

use rlimit::Resource;
use serde::{Deserialize, Serialize};
use tokio::{io::AsyncWriteExt, process::Command, time::timeout};

use super::{ExtractError, Extracted, Limits};

/// The hidden sub-command that a child is started with.
pub const CHILD_COMMAND: &str = "extract-document";
/// Threads of the parser need room of their own beside the document.
const OVERHEAD_MIB: u64 = 512;

#[derive(Serialize, Deserialize)]
struct Task {
    name: String,
    limits: Limits,
}

/// Reads a document in a child.
pub(super) async fn extract(
    name: &str,
    bytes: &[u8],
    limits: Limits,
) -> Result<Extracted, ExtractError> {
    let broken = |reason: String| ExtractError::Broken { reason };
    let task = Task {
        name: name.to_owned(),
        limits,
    };
    let task = serde_json::to_vec(&task).map_err(|error| broken(error.to_string()))?;
    let mut child = Command::new("/proc/self/exe")
        .arg(CHILD_COMMAND)
        // Nothing of the service's secrets is a parser's business.
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .map_err(|error| broken(error.to_string()))?;
    let mut input = child
        .stdin
        .take()
        .ok_or_else(|| broken("it has no input".to_owned()))?;
    let feed = async move {
        // A child that ends early answers by how it ended.
        let header = u32::try_from(task.len()).unwrap_or(u32::MAX).to_le_bytes();
        let _ = input.write_all(&header).await;
        let _ = input.write_all(&task).await;
        let _ = input.write_all(bytes).await;
    };
    let both = async { tokio::join!(feed, child.wait_with_output()).1 };
    let output = timeout(Duration::from_secs(limits.seconds), both)
        .await
        .map_err(|_| ExtractError::TooSlow {
            seconds: limits.seconds,
        })?
        .map_err(|error| broken(error.to_string()))?;
    let crashed = || ExtractError::Crashed {
        how: output.status.to_string(),
        memory_mib: limits.memory_mib,
    };
    if !output.status.success() {
        return Err(crashed());
    }
    serde_json::from_slice::<Result<Extracted, ExtractError>>(&output.stdout)
        .map_err(|_| crashed())?
}

/// Runs as the child: reads a document from standard input and writes what it found to standard output.
pub fn run_child() -> std::io::Result<()> {
    let mut input = std::io::stdin().lock();
    let mut header = [0; 4];
    input.read_exact(&mut header)?;
    let mut task = vec![0; u32::from_le_bytes(header) as usize];
    input.read_exact(&mut task)?;
    let task: Task = serde_json::from_slice(&task)?;
    restrict(task.limits)?;
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes)?;
    let result = super::parse(&task.name, bytes, task.limits);
    std::io::stdout().write_all(&serde_json::to_vec(&result)?)
}

fn restrict(limits: Limits) -> std::io::Result<()> {
    let memory = (limits.memory_mib + OVERHEAD_MIB) << 20;
    Resource::AS.set(memory, memory)?;
    Resource::CPU.set(limits.seconds, limits.seconds)?;
    // It writes to a pipe and to nothing else.
    Resource::FSIZE.set(0, 0)?;
    Resource::CORE.set(0, 0)
}
