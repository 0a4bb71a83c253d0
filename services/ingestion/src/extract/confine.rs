//! What the parser's process can no longer do once it reads a document.
//!
//! Whoever finds a fault in a parser has a process without network, files, other programs or signals to others: it can
//! read its input and write its answer. All of it is set before the document's first byte is read and before there is
//! a second thread, for both Landlock and seccomp hold for the calling thread and those that it starts.

use std::{collections::BTreeMap, io};

use landlock::{
    ABI, Access, AccessFs, AccessNet, Ruleset, RulesetAttr, RulesetError, RulesetStatus, Scope,
};
use nix::{
    libc::{self, c_long},
    sys::prctl,
};
use rlimit::Resource;
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule,
};

use super::{Limits, calls};

/// Threads of the parser need room of their own beside the document.
const OVERHEAD_MIB: u64 = 512;

/// Restricts this process for the rest of its life. What the kernel cannot do is returned, a line each: documents are
/// read without it.
///
/// # Errors
///
/// When the limits on memory and time cannot be set: without those nothing is read.
pub(super) fn confine(limits: Limits) -> io::Result<Vec<String>> {
    resources(limits)?;
    // Another parser, which runs as the same user, does not look into this one.
    prctl::set_dumpable(false)?;
    prctl::set_no_new_privs()?;
    let mut missing = Vec::new();
    match files() {
        Ok(RulesetStatus::NotEnforced) => {
            missing.push("Landlock is not in this kernel, or not enabled".to_owned());
        }
        Ok(RulesetStatus::FullyEnforced | RulesetStatus::PartiallyEnforced) => {}
        Err(error) => missing.push(format!("Landlock: {error}")),
    }
    if let Err(error) = system_calls() {
        missing.push(format!("seccomp: {error}"));
    }
    Ok(missing)
}

fn resources(limits: Limits) -> io::Result<()> {
    let memory = (limits.memory_mib + OVERHEAD_MIB) << 20;
    Resource::AS.set(memory, memory)?;
    Resource::CPU.set(limits.seconds, limits.seconds)?;
    // It writes to a pipe and to nothing else.
    Resource::FSIZE.set(0, 0)?;
    Resource::CORE.set(0, 0)
}

/// No file, no port, and no signal to a process outside. The loader has read what it needs when this program runs.
fn files() -> Result<RulesetStatus, RulesetError> {
    // The newest that is known here. Older kernels take what they know of it, and the status says how much.
    let abi = ABI::V6;
    let status = Ruleset::default()
        .handle_access(AccessFs::from_all(abi))?
        .handle_access(AccessNet::from_all(abi))?
        .scope(Scope::from_all(abi))?
        .create()?
        .restrict_self()?;
    Ok(status.ruleset)
}

/// Refuses the calls of `calls`, and lets through all others.
///
/// A list of what is allowed would be tighter, and would break with the next C library or allocator, in documents that
/// take a rare path. What is refused here is whatever reaches beyond the process. It fails like a lack of permission,
/// so that a library which only tries, say, to read how many cores there are, goes on without.
fn system_calls() -> Result<(), seccompiler::Error> {
    let refused = filter(refused_calls()?, libc::EPERM)?;
    // Its arguments are in memory, where no filter looks, so `clone` is used instead: C libraries do that by
    // themselves where they are told that there is no such call.
    let unknown = filter(numbers(&[libc::SYS_clone3]), libc::ENOSYS)?;
    seccompiler::apply_filter(&unknown)?;
    seccompiler::apply_filter(&refused)
}

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

fn refused_calls() -> Result<Rules, seccompiler::Error> {
    let by_argument = [libc::SYS_prlimit64, libc::SYS_clone];
    let all = [calls::REFUSED, calls::TO_A_PROCESS, &by_argument].concat();
    let mut rules = numbers(&all);
    // Signals and limits are for the process itself. Threads are begun, and processes are not: those would outlive the
    // limit on time.
    let own = u64::from(std::process::id());
    let other_than =
        |value| SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, value);
    for call in calls::TO_A_PROCESS {
        rules.insert(*call, vec![SeccompRule::new(vec![other_than(own)?])?]);
    }
    // The process itself is 0 here.
    rules.insert(
        libc::SYS_prlimit64,
        vec![SeccompRule::new(vec![other_than(0)?])?],
    );
    let thread = u64::from(libc::CLONE_THREAD.unsigned_abs());
    let no_thread = SeccompCondition::new(
        0,
        SeccompCmpArgLen::Dword,
        SeccompCmpOp::MaskedEq(thread),
        0,
    )?;
    rules.insert(libc::SYS_clone, vec![SeccompRule::new(vec![no_thread])?]);
    Ok(rules)
}

/// Calls whatever their arguments are, under all numbers that the kernel knows them by.
fn numbers(calls: &[c_long]) -> Rules {
    let mut rules: Rules = calls.iter().map(|call| (*call, Vec::new())).collect();
    if cfg!(target_arch = "x86_64") {
        // A kernel may take the calls of x32 too: the same numbers with a bit set, and some of its own.
        const X32: c_long = 0x4000_0000;
        const OWN: std::ops::RangeInclusive<c_long> = 512..=547;
        let same = calls.iter().copied();
        rules.extend(same.chain(OWN).map(|call| (X32 | call, Vec::new())));
    }
    rules
}

fn filter(rules: Rules, error: libc::c_int) -> Result<BpfProgram, seccompiler::Error> {
    let filter = SeccompFilter::new(
        rules,
        SeccompAction::Allow,
        SeccompAction::Errno(error.unsigned_abs()),
        std::env::consts::ARCH.try_into()?,
    )?;
    Ok(filter.try_into()?)
}

#[cfg(test)]
mod tests;
