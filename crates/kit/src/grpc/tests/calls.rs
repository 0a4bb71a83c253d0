use tonic::Code;

use super::*;

#[tokio::test]
async fn calls_are_spread_over_all_processes_of_a_service() {
    let servers = [
        Served::plain().await,
        Served::plain().await,
        Served::plain().await,
    ];
    let listed = caller(&[&servers[0], &servers[1], &servers[2]]);
    let addresses = servers.iter().map(|served| served.address).collect();
    let named = caller_of_name(&Arc::new(Mutex::new(addresses)));
    for client in [listed, named] {
        let before: Vec<usize> = servers.iter().map(|served| served.seen.calls()).collect();
        for _ in 0..10 {
            let calls = (0..15).map(|_| {
                let mut client = client.clone();
                async move { client.embed(texts("now")).await }
            });
            for answer in futures::future::join_all(calls).await {
                answer.expect("answered");
            }
            for _ in 0..15 {
                client.clone().embed(texts("now")).await.expect("answered");
            }
        }
        for (served, before) in servers.iter().zip(before) {
            let calls = served.seen.calls() - before;
            assert!(calls < 150, "one has {calls} of 300");
        }
    }
}

#[tokio::test]
async fn a_process_that_is_busy_gets_fewer_calls() {
    let (busy, idle) = (Served::plain().await, Served::plain().await);
    let client = caller(&[&busy, &idle]);
    let mut waiting = Vec::new();
    for sent in 1..=8 {
        let mut client = client.clone();
        let call = tokio::spawn(async move { client.embed(texts("wait")).await });
        waiting.push(call);
        until("a call", || busy.seen.calls() + idle.seen.calls() == sent).await;
    }
    assert_eq!((busy.seen.calls(), idle.seen.calls()), (4, 4));
    idle.seen.go_on.add_permits(4);
    until("the idle one is idle", || {
        waiting.iter().filter(|call| call.is_finished()).count() == 4
    })
    .await;
    for _ in 0..50 {
        client.clone().embed(texts("now")).await.expect("answered");
    }
    assert_eq!(busy.seen.calls(), 4, "it has four in hand");
    for call in waiting {
        call.abort();
    }
}

#[tokio::test]
async fn a_process_that_dies_is_left_alone_and_no_call_fails() {
    let (mut dead, mut alive) = (Served::plain().await, Served::plain().await);
    let mut client = caller(&[&dead, &alive]);
    for _ in 0..4 {
        client.embed(texts("now")).await.expect("answered");
    }
    assert!(dead.seen.calls() > 0 && alive.seen.calls() > 0);
    dead.die().await;
    for _ in 0..100 {
        let answer = client.embed(texts("now")).await;
        answer.expect("answered by the other");
    }
    alive.die().await;
    let refused = async {
        // A call on a connection that is about to close may still be answered.
        loop {
            if let Err(refused) = client.embed(within("now", 5_000)).await {
                break refused;
            }
        }
    };
    let refused = tokio::time::timeout(PATIENCE, refused).await;
    let refused = refused.expect("nobody is left");
    assert_eq!(refused.code(), Code::Unavailable, "{refused:?}");
}

#[tokio::test]
async fn a_name_is_resolved_again_when_who_it_stood_for_is_gone() {
    let (mut before, after) = (Served::plain().await, Served::plain().await);
    let addresses = Arc::new(Mutex::new(vec![before.address]));
    let mut client = caller_of_name(&addresses);
    client.embed(texts("now")).await.expect("answered");
    *addresses.lock().expect("no panic") = vec![after.address];
    before.die().await;
    let moved = async {
        // A name is not resolved more than once in a second, and until then a call may fail.
        while after.seen.calls() == 0 {
            let _ = client.embed(within("now", 5_000)).await;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let moved = tokio::time::timeout(PATIENCE, moved).await;
    assert!(moved.is_ok(), "calls go to the new address");
    client.embed(texts("now")).await.expect("answered");
}

#[tokio::test]
async fn a_name_that_stands_for_nobody_is_said() {
    let mut client = caller_of_name(&Arc::default());
    let refused = client.embed(texts("now")).await.expect_err("nobody");
    assert_eq!(refused.code(), Code::Unavailable);
    assert!(
        refused.message().contains("http://embedding:7700"),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_safe_call_that_one_refuses_is_answered_by_another() {
    let fake = Fake {
        refuses: true,
        ..Fake::default()
    };
    let (refuses, answers) = (Served::by(&config(), fake).await, Served::plain().await);
    let mut client = caller(&[&refuses, &answers]);
    for _ in 0..20 {
        client.embed(texts("now")).await.expect("by the other");
    }
    assert!(refuses.seen.calls() > 0, "it is asked, as it is not dead");
    assert_eq!(answers.seen.calls(), 20);
    let before = refuses.seen.calls();
    let mut alone = caller(&[&refuses]);
    let refused = alone.embed(texts("now")).await.expect_err("refused");
    assert_eq!(refused.message(), "not now");
    assert_eq!(refuses.seen.calls(), before + 1, "there is nobody else");
}

#[tokio::test]
async fn calls_are_not_made_again_without_end() {
    let (one, other) = (Served::plain().await, Served::plain().await);
    let client = caller(&[&one, &other]);
    for _ in 0..1_000 {
        let refused = client.clone().embed(texts("refuse")).await;
        refused.expect_err("refused");
    }
    let again = one.seen.calls() + other.seen.calls() - 1_000;
    assert!(
        (50..700).contains(&again),
        "{again} of 1,000 were made again"
    );
}

#[tokio::test]
async fn a_deadline_travels_and_cuts_the_call_off() {
    let last = Served::plain().await;
    let fake = Fake {
        next: Some(caller(&[&last])),
        ..Fake::default()
    };
    let first = Served::by(&config(), fake).await;
    let mut client = caller(&[&first]);
    let late = client.embed(within("pass on", 500)).await;
    assert_eq!(late.expect_err("late").code(), Code::DeadlineExceeded);
    until("the last one is cut off", || {
        last.seen.dropped.load(Ordering::SeqCst) == 1
    })
    .await;
    let deadlines = last.seen.deadlines.lock().expect("no panic").clone();
    let [Some(deadline)] = &deadlines[..] else {
        panic!("{deadlines:?}");
    };
    let millis: u64 = deadline
        .trim_end_matches('m')
        .parse()
        .expect("milliseconds");
    assert!(millis <= 500, "what is left of it: {deadline}");
}

#[tokio::test]
async fn a_deadline_cuts_off_a_stream_and_without_one_it_goes_on() {
    let served = Served::plain().await;
    let mut client = caller(&[&served]);
    let mut request = Request::new(GetTokenizerRequest {});
    request.set_timeout(Duration::from_millis(300));
    let mut stream = client
        .get_tokenizer(request)
        .await
        .expect("begun")
        .into_inner();
    let late = stream.message().await.expect_err("cut off");
    assert_eq!(late.code(), Code::DeadlineExceeded);
    let request = Request::new(GetTokenizerRequest {});
    let mut stream = client
        .get_tokenizer(request)
        .await
        .expect("begun")
        .into_inner();
    let waited = tokio::time::timeout(Duration::from_millis(100), stream.message()).await;
    assert!(waited.is_err(), "it goes on");
}

#[tokio::test]
async fn an_end_that_does_not_come_is_not_waited_for() {
    let served = Served::plain().await;
    let mut client = caller(&[&served]);
    let begun = client.get_tokenizer(GetTokenizerRequest {}).await;
    let stream = begun.expect("begun").into_inner();
    let left = tokio::time::timeout(PATIENCE, read_out(stream)).await;
    assert!(left.is_ok(), "it is left");
}

#[tokio::test]
async fn what_a_service_cannot_take_is_turned_away() {
    let mut config = config();
    config.server.at_once = 1;
    config.server.queue = 1;
    let served = Served::by(&config, Fake::default()).await;
    let client = caller(&[&served]);
    let ask = |first: &'static str| {
        let mut client = client.clone();
        tokio::spawn(async move { client.embed(within(first, 20_000)).await })
    };
    let first = ask("wait");
    until("the first is worked on", || served.seen.calls() == 1).await;
    let second = ask("now");
    let third = ask("now");
    // One of the two may wait. The other is told when to come again, and does.
    served.seen.go_on.add_permits(1);
    for call in [first, second, third] {
        call.await.expect("no panic").expect("answered in the end");
    }
}

#[tokio::test]
async fn who_is_turned_away_hears_why_and_when_to_ask_again() {
    let mut config = config();
    config.server.at_once = 1;
    config.server.queue = 0;
    let served = Served::by(&config, Fake::default()).await;
    let client = caller(&[&served]);
    let mut holder = client.clone();
    let first = tokio::spawn(async move { holder.embed(texts("wait")).await });
    until("the first is worked on", || served.seen.calls() == 1).await;
    // It waits for less than what it is told to wait.
    let refused = client.clone().embed(within("now", 500)).await;
    let refused = refused.expect_err("turned away");
    assert_eq!(refused.code(), Code::Unavailable);
    assert!(refused.message().contains("server.queue"), "{refused:?}");
    assert!(!refused.details().is_empty(), "a RetryInfo");
    assert!(refused.metadata().contains_key("grpc-retry-pushback-ms"));
    assert_eq!(served.seen.calls(), 1, "it was not let in");
    served.seen.go_on.add_permits(1);
    first.await.expect("no panic").expect("answered");
}

#[tokio::test]
async fn calls_in_hand_are_answered_when_the_server_stops() {
    let mut served = Served::plain().await;
    let client = caller(&[&served]);
    let call = || {
        let mut client = client.clone();
        tokio::spawn(async move { client.embed(texts("wait")).await })
    };
    let before = call();
    until("it is worked on", || served.seen.calls() == 1).await;
    let shutdown = served.shutdown.clone();
    shutdown.trigger();
    let drained = tokio::spawn(async move { shutdown.drain(Duration::from_secs(60)).await });
    let later = call();
    until("the later one is, too", || served.seen.calls() == 2).await;
    assert!(!drained.is_finished(), "what was called before is a task");
    served.seen.go_on.add_permits(1);
    before.await.expect("no panic").expect("answered");
    // Nothing else holds the process, and the later one is answered all the same.
    assert!(drained.await.expect("no panic"));
    served.seen.go_on.add_permits(1);
    later.await.expect("no panic").expect("answered");
    let ended = tokio::time::timeout(PATIENCE, &mut served.serving).await;
    ended.expect("it ends").expect("in order");
}

#[tokio::test]
async fn a_connection_has_an_age_and_no_call_notices() {
    let age = Duration::from_millis(30);
    let served = Served::aged(&config(), Fake::default(), age).await;
    let mut client = caller(&[&served]);
    let waiting = tokio::spawn({
        let mut client = client.clone();
        async move { client.embed(texts("wait")).await }
    });
    let until = tokio::time::Instant::now() + age * 10;
    while tokio::time::Instant::now() < until {
        client.embed(texts("now")).await.expect("answered");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    served.seen.go_on.add_permits(1);
    let answer = waiting.await.expect("no panic");
    answer.expect("what had begun was finished");
}

#[tokio::test]
async fn a_token_is_exchanged_without_a_refused_call() {
    let mut rotating = config();
    rotating.token = Some("fedcba9876543210".into());
    rotating.token_previous = Some(TOKEN.into());
    let served = Served::by(&rotating, Fake::default()).await;
    let mut client = caller(&[&served]);
    client.embed(texts("now")).await.expect("the one before");
    let address = format!("http://{}", served.address);
    for (token, taken) in [("fedcba9876543210", true), ("0000000000000000", false)] {
        let client = connect(&address, &SecretString::from(token)).expect("an address");
        let answer = EmbeddingServiceClient::new(client)
            .embed(texts("now"))
            .await;
        match answer {
            Ok(_) => assert!(taken),
            Err(status) => {
                assert!(!taken);
                assert_eq!(status.code(), Code::Unauthenticated);
            }
        }
    }
    assert_eq!(served.seen.last_role(), Some(Role::Operator));
}
