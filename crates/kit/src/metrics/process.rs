//! Processor time, memory and files of the process itself.

use std::{
    sync::LazyLock,
    time::{SystemTime, UNIX_EPOCH},
};

use procfs::{
    WithCurrentSystemInfo,
    process::{LimitValue, Process},
};

use super::Metrics;

/// About when the process was started: this is first read at its start.
static STARTED: LazyLock<f64> = LazyLock::new(|| {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.map_or(0.0, |now| now.as_secs_f64())
});

/// Reads what the kernel knows of this process. A figure that it does not give stays as it was.
pub(super) fn read(metrics: &Metrics) {
    metrics.process_start_time_seconds.of([]).set(*STARTED);
    let Ok(process) = Process::myself() else {
        return;
    };
    if let Ok(stat) = process.stat() {
        let ticks = procfs::ticks_per_second().max(1) as f64;
        let cpu = (stat.utime + stat.stime) as f64 / ticks;
        let total = metrics.process_cpu_seconds.of([]);
        // A counter cannot be set.
        total.inc_by((cpu - total.get()).max(0.0));
        let memory = stat.rss_bytes().get();
        metrics
            .process_resident_memory_bytes
            .of([])
            .set(memory as f64);
        metrics.process_threads.of([]).set(stat.num_threads as f64);
    }
    if let Ok(open) = process.fd_count() {
        metrics.process_open_fds.of([]).set(open as f64);
    }
    if let Ok(limits) = process.limits()
        && let LimitValue::Value(most) = limits.max_open_files.soft_limit
    {
        metrics.process_max_fds.of([]).set(most as f64);
    }
}
