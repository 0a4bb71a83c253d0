//! A proxy that is the only way out, as strict as real ones: it opens tunnels, and else is asked for whole addresses.
//! Behind it are names that lead to fakes, or pages, and nothing else.

use std::{
    collections::HashMap,
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

/// What stands at an address.
#[derive(Debug, Clone)]
pub enum Page {
    /// This text.
    Text(&'static str),
    /// Nothing: it is somewhere else.
    Moved(String),
}

/// A running proxy. Stops when it is dropped.
pub struct Proxy {
    /// Its address.
    pub url: String,
    asked: Asked,
    _server: Server,
}

/// What it was asked for, in order: the method, and the target.
type Asked = Arc<Mutex<Vec<(String, String)>>>;

/// What is behind it.
#[derive(Default)]
struct Behind {
    /// Where a name leads.
    fakes: HashMap<String, SocketAddr>,
    /// Pages, by their whole addresses.
    pages: HashMap<String, Page>,
}

impl Proxy {
    /// Starts one behind which these names lead to these fakes, `http://127.0.0.1:…`.
    pub fn to_fakes(fakes: &[(&str, &str)]) -> Self {
        let fakes = fakes.iter().map(|(name, url)| {
            let address = url.trim_start_matches("http://").parse();
            ((*name).to_owned(), address.expect("the address of a fake"))
        });
        Self::start(Behind {
            fakes: fakes.collect(),
            ..Behind::default()
        })
    }

    /// Starts one behind which are the pages at these addresses.
    pub fn to_pages(pages: impl IntoIterator<Item = (&'static str, Page)>) -> Self {
        let pages = pages
            .into_iter()
            .map(|(address, page)| (address.to_owned(), page));
        Self::start(Behind {
            pages: pages.collect(),
            ..Behind::default()
        })
    }

    fn start(behind: Behind) -> Self {
        let (server, listener) = Server::listen(0);
        let asked = Asked::default();
        server.spawn(serve(listener, Arc::new(behind), Arc::clone(&asked)));
        Self {
            url: format!("http://{}", server.address),
            asked,
            _server: server,
        }
    }

    /// What it was asked for, in order: addresses, and of tunnels the host and the port. Of what comes over one connection
    /// to a fake, only the first.
    pub fn asked(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.iter().map(|(_, target)| target.clone()).collect()
    }

    /// The same as the method, and the host.
    pub fn passed(&self) -> Vec<(String, String)> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked
            .iter()
            .map(|(method, target)| (method.clone(), host(target).to_owned()))
            .collect()
    }
}

async fn serve(listener: TcpListener, behind: Arc<Behind>, asked: Asked) {
    while let Ok((stream, _)) = listener.accept().await {
        let (behind, asked) = (Arc::clone(&behind), Arc::clone(&asked));
        // Who is killed breaks a connection off.
        tokio::spawn(async move {
            let _ = pass(stream, &behind, &asked).await;
        });
    }
}

/// Answers the first request of a connection, or passes the connection on to where it goes.
async fn pass(mut stream: TcpStream, behind: &Behind, asked: &Asked) -> std::io::Result<()> {
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
    asked
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push((method.to_owned(), target.to_owned()));
    let tunnel = method == "CONNECT";
    if !tunnel && !target.starts_with("http://") {
        return answer(
            &mut stream,
            "400 Bad Request",
            "",
            "ask for a whole address",
        )
        .await;
    }
    let Some(fake) = behind.fakes.get(host(target)) else {
        return behind.show(&mut stream, method, target).await;
    };
    let mut fake = TcpStream::connect(fake).await?;
    if tunnel {
        let opened = b"HTTP/1.1 200 Connection established\r\n\r\n";
        stream.write_all(opened).await?;
    } else {
        fake.write_all(&head).await?;
    }
    copy_bidirectional(&mut stream, &mut fake).await?;
    Ok(())
}

impl Behind {
    /// Shows the page at an address.
    async fn show(
        &self,
        stream: &mut TcpStream,
        method: &str,
        target: &str,
    ) -> std::io::Result<()> {
        let known = self.pages.keys().any(|page| host(page) == host(target));
        match self.pages.get(target) {
            Some(_) if method != "GET" => {
                answer(stream, "405 Method Not Allowed", "", "pages are read").await
            }
            Some(Page::Text(text)) => answer(stream, "200 OK", "", text).await,
            Some(Page::Moved(to)) => {
                answer(stream, "302 Found", &format!("Location: {to}\r\n"), "").await
            }
            None if known => answer(stream, "404 Not Found", "", "there is no such page").await,
            None => answer(stream, "502 Bad Gateway", "", "no way leads there").await,
        }
    }
}

/// The host of an address, or of `host:port`.
fn host(target: &str) -> &str {
    let rest = target.trim_start_matches("http://");
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let authority = rest.get(..end).unwrap_or_default();
    // In brackets, an address of IPv6 has colons of its own.
    let from = authority.rfind(']').unwrap_or_default();
    let port = authority.get(from..).and_then(|rest| rest.find(':'));
    let end = port.map_or(authority.len(), |port| from + port);
    authority.get(..end).unwrap_or_default()
}

async fn answer(
    stream: &mut TcpStream,
    status: &str,
    headers: &str,
    text: &str,
) -> std::io::Result<()> {
    let length = text.len();
    let whole = format!(
        "HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n{text}"
    );
    stream.write_all(whole.as_bytes()).await?;
    stream.shutdown().await
}
