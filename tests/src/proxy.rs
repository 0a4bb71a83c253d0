//! A proxy that is the only way out: behind it are names that lead to fakes, and nothing else.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
};

use crate::server::Server;

/// Most bytes of the head of a request.
const MAX_HEAD: usize = 16 << 10;

/// A running proxy. Stops when it is dropped.
pub struct Proxy {
    /// Its address.
    pub url: String,
    shared: Arc<Shared>,
    _server: Server,
}

struct Shared {
    /// Where a name leads.
    behind: BTreeMap<String, SocketAddr>,
    /// What came by, in order: the method, and the host.
    passed: Mutex<Vec<(String, String)>>,
}

impl Proxy {
    /// Starts one on a free port, behind which these names lead to these addresses, `http://127.0.0.1:…`.
    pub fn start(behind: &[(&str, &str)]) -> Self {
        let (server, listener) = Server::listen(0);
        let address = |url: &str| {
            let address = url.trim_start_matches("http://").parse();
            address.expect("the address of a fake")
        };
        let behind = behind
            .iter()
            .map(|(name, url)| ((*name).to_owned(), address(url)))
            .collect();
        let shared = Arc::new(Shared {
            behind,
            passed: Mutex::default(),
        });
        server.spawn(serve(listener, Arc::clone(&shared)));
        Self {
            url: format!("http://{}", server.address),
            shared,
            _server: server,
        }
    }

    /// What came by: the method, and the host.
    pub fn passed(&self) -> Vec<(String, String)> {
        let passed = &self.shared.passed;
        let passed = passed.lock().unwrap_or_else(PoisonError::into_inner);
        passed.clone()
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    while let Ok((stream, _)) = listener.accept().await {
        let shared = Arc::clone(&shared);
        // Who is killed breaks a connection off.
        tokio::spawn(async move {
            let _ = pass(stream, &shared).await;
        });
    }
}

/// Passes a connection on to where its first request goes.
async fn pass(mut stream: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < MAX_HEAD {
        head.push(stream.read_u8().await?);
    }
    let text = String::from_utf8_lossy(&head);
    let mut words = text.split(' ');
    let (method, target) = (
        words.next().unwrap_or_default(),
        words.next().unwrap_or_default(),
    );
    let host = target.trim_start_matches("http://");
    let host = host.split(['/', ':', '?']).next().unwrap_or_default();
    shared
        .passed
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push((method.to_owned(), host.to_owned()));
    let Some(address) = shared.behind.get(host) else {
        let refusal = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        return stream.write_all(refusal).await;
    };
    let mut behind = TcpStream::connect(address).await?;
    if method == "CONNECT" {
        let opened = b"HTTP/1.1 200 Connection established\r\n\r\n";
        stream.write_all(opened).await?;
    } else {
        behind.write_all(&head).await?;
    }
    copy_bidirectional(&mut stream, &mut behind).await?;
    Ok(())
}
