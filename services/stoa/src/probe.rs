//! `stoa probe`: what a container's health check runs, since the image has no other program that could ask.

use std::{net::SocketAddr, process::ExitCode, time::Duration};

use anyhow::{Context, Result, bail};
use stoa_kit::{Config, admin};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpStream, lookup_host},
    time::timeout,
};

use crate::client::output::say;

/// A service that takes longer to say how it is, is not well.
const PATIENCE: Duration = Duration::from_secs(4);

/// Longest answer that is read, in bytes: a few words for each thing that is missing.
const LONGEST: u64 = 64 << 10;

/// Asks the service on this machine whether it is ready, and says what it lacks when it is not.
pub(crate) async fn run(config: &Config) -> Result<ExitCode> {
    let listen = config.admin.listen.as_deref().unwrap_or(admin::LISTEN);
    let answer = timeout(PATIENCE, ask(listen))
        .await
        .with_context(|| format!("{listen} does not answer"))??;
    let (ready, said) = read(&answer)?;
    say!("{said}");
    Ok(if ready {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The whole answer to a request for `/readyz`.
async fn ask(listen: &str) -> Result<String> {
    let address = lookup_host(listen)
        .await
        .with_context(|| format!("{listen} is no HOST:PORT"))?
        .next()
        .with_context(|| format!("{listen} is no address"))?;
    let mut stream = TcpStream::connect(reachable(address))
        .await
        .with_context(|| {
            format!("nothing listens on {listen}: is the service running, with this admin.listen?")
        })?;
    // 1.0, so that the answer comes in one piece and its end is that of the connection.
    stream
        .write_all(b"GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n")
        .await?;
    let mut answer = Vec::new();
    stream.take(LONGEST).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// An address at which a server that listens on all of them is reached.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address {
        // Not every system can connect to 0.0.0.0.
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => std::net::Ipv4Addr::LOCALHOST.into(),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => std::net::Ipv6Addr::LOCALHOST.into(),
        other => other.ip(),
    };
    SocketAddr::new(ip, address.port())
}

/// Whether it is ready, and what it said.
fn read(answer: &str) -> Result<(bool, &str)> {
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
    let mut status = head.split_whitespace();
    let (Some(version), Some(code)) = (status.next(), status.next()) else {
        bail!("the answer is not HTTP");
    };
    if !version.starts_with("HTTP/1") {
        bail!("the answer is not HTTP");
    }
    let ready = code == "200";
    let said = match body.trim() {
        "" if ready => "ready",
        "" => "not ready",
        said => said,
    };
    Ok((ready, said))
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// Answers one connection, once its request is there.
    async fn answering(answer: &'static str) -> (String, tokio::task::JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let served = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a caller");
            let mut request = vec![0; 1_024];
            let read = stream.read(&mut request).await.expect("a request");
            stream
                .write_all(answer.as_bytes())
                .await
                .expect("it listens");
            String::from_utf8_lossy(&request[..read]).into_owned()
        });
        (format!("0.0.0.0:{port}"), served)
    }

    #[tokio::test]
    async fn a_service_that_listens_everywhere_is_asked_on_this_machine() {
        let (listen, served) = answering("HTTP/1.1 200 OK\r\n\r\nready\n").await;
        let answer = ask(&listen).await.expect("an answer");
        assert_eq!(read(&answer).expect("HTTP"), (true, "ready"));
        let request = served.await.expect("served");
        assert!(request.starts_with("GET /readyz HTTP/1.0\r\n"), "{request}");
    }

    #[test]
    fn what_is_missing_is_said() {
        let answer =
            "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 20\r\n\r\nnats: does not answer\n";
        assert_eq!(
            read(answer).expect("HTTP"),
            (false, "nats: does not answer")
        );
        assert_eq!(
            read("HTTP/1.1 503 -\r\n\r\n").expect("HTTP"),
            (false, "not ready")
        );
    }

    #[test]
    fn what_is_not_http_is_no_answer() {
        for answer in ["", "SSH-2.0-x 200", "HTTP/1.1"] {
            assert!(read(answer).is_err(), "{answer:?}");
        }
    }

    #[tokio::test]
    async fn who_does_not_run_is_named() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("bound").to_string();
        drop(listener);
        let error = ask(&address).await.expect_err("nobody is there");
        assert!(error.to_string().contains(&address), "{error}");
    }
}
