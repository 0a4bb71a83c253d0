//! Whether a process says that it is ready when it is, and only then.

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use stoa_kit::grpc;
use stoa_tests::{Home, wait_until};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

/// Whether the server as a whole says by gRPC that it serves.
async fn serves(channel: &grpc::Client) -> bool {
    let asked = HealthCheckRequest {
        service: String::new(),
    };
    let answer = HealthClient::new(channel.clone()).check(asked).await;
    answer.is_ok_and(|answer| answer.into_inner().status() == ServingStatus::Serving)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Runtime::new().expect("a runtime")
}

#[test]
fn a_system_that_goes_away_makes_it_unready_until_it_is_back() {
    let home = Home::new();
    let stoa = home.up(&[]).expect("it starts");
    let (admin, runtime) = (stoa.admin(), runtime());
    let channel = runtime.block_on(async { stoa.channel() });
    admin.wait_until_ready();
    assert!(runtime.block_on(serves(&channel)));
    for (program, need) in [("nats-server", "nats"), ("postgres", "database")] {
        let frozen = stoa.freeze(program);
        admin.wait_until_it_needs(need);
        wait_until("gRPC says so too", || !runtime.block_on(serves(&channel)));
        assert_eq!(admin.get("/livez").0, 200, "it lives without {program}");
        drop(frozen);
        admin.wait_until_ready();
        wait_until("gRPC says so too", || runtime.block_on(serves(&channel)));
    }
    assert!(stoa.interrupt());
}

#[test]
fn retrieval_is_not_ready_before_its_index_is_open() {
    let home = Home::new();
    let stoa = home.up(&[]).expect("it starts");
    let everything = Pid::from_raw(stoa.pid());
    // Who embeds is there, and does not answer.
    kill(everything, Signal::SIGSTOP).expect("it runs");
    let retrieval = stoa.beside("retrieval", &[]).expect("it starts");
    let admin = retrieval.admin();
    admin.wait_until_it_needs("index");
    admin.wait_until_it_needs("embedding");
    let runtime = runtime();
    let channel = runtime.block_on(async { retrieval.channel(&stoa) });
    assert!(!runtime.block_on(serves(&channel)));
    kill(everything, Signal::SIGCONT).expect("it runs");
    admin.wait_until_ready();
    wait_until("gRPC says so too", || runtime.block_on(serves(&channel)));
    kill(Pid::from_raw(retrieval.pid()), Signal::SIGTERM).expect("it runs");
    wait_until("it has gone", || admin.get("/livez").0 == 0);
}
