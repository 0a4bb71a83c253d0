//! Two processes of each service: whatever is killed, stopped or restarted, each message is answered once and in order, each
//! document is searchable in full or says why not, and nothing crosses spaces.

use std::time::Duration;

use stoa_tests::chaos::{Plan, run};

/// A run that `make test` has time for.
const SHORT: Plan = Plan {
    seed: 14,
    faults: 8,
    messages: 48,
    documents: 8,
    conversations: 6,
};
/// How soon there must be an answer after a kill, at worst, and a job must go on.
const ANSWERS: Duration = Duration::from_secs(10);
const JOBS: Duration = Duration::from_secs(30);

/// A number that `make chaos` gives.
fn given(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok().filter(|value| !value.is_empty())?;
    Some(
        value
            .parse()
            .unwrap_or_else(|_| panic!("{name} is a number, not {value}")),
    )
}

/// The plan of `make chaos SEED=… FAULTS=…`, or the short one.
fn plan() -> Plan {
    let Some(faults) = given("STOA_TEST_FAULTS") else {
        return SHORT;
    };
    let faults = usize::try_from(faults).expect("a number of faults").max(1);
    Plan {
        seed: given("STOA_TEST_SEED").unwrap_or(SHORT.seed),
        faults,
        messages: faults * 10,
        documents: (faults * 3).div_ceil(5),
        conversations: 24,
    }
}

#[test]
fn nothing_is_lost_or_doubled_whatever_happens_to_any_process() {
    let plan = plan();
    let again = format!(
        "seed {}: run it again with `make chaos SEED={} FAULTS={}`",
        plan.seed, plan.seed, plan.faults
    );
    eprintln!("{again}");
    let figures = run(&plan, true).expect("it runs");
    eprintln!("{figures}");
    assert!(figures.is_sound(), "{again}\n{figures}");
    let worst = |times: &[Duration]| times.iter().max().copied().unwrap_or_default();
    assert!(worst(&figures.answering) <= ANSWERS, "{again}\n{figures}");
    assert!(worst(&figures.jobs) <= JOBS, "{again}\n{figures}");
}
