//! A proxy of the web, as strict as real ones: it is asked for whole addresses. Behind it are the pages it is given.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use http_body_util::Full;
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::LOCATION,
};
use tokio::net::TcpListener;

use crate::server::{Server, converse};

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
    asked: Arc<Mutex<Vec<String>>>,
    _server: Server,
}

#[derive(Clone)]
struct Web {
    pages: Arc<HashMap<String, Page>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// Serves the pages at these addresses.
    pub fn start(pages: impl IntoIterator<Item = (&'static str, Page)>) -> Self {
        let (server, listener) = Server::listen(0);
        let pages = pages
            .into_iter()
            .map(|(address, page)| (address.to_owned(), page));
        let web = Web {
            pages: Arc::new(pages.collect()),
            asked: Arc::default(),
        };
        let asked = Arc::clone(&web.asked);
        server.spawn(serve(listener, web));
        Self {
            url: format!("http://{}", server.address),
            asked,
            _server: server,
        }
    }

    /// What it was asked for, in order.
    pub fn asked(&self) -> Vec<String> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.clone()
    }
}

async fn serve(listener: TcpListener, web: Web) {
    while let Ok((stream, _)) = listener.accept().await {
        let web = web.clone();
        tokio::spawn(converse(stream, move |request| {
            let web = web.clone();
            async move { web.answer(&request) }
        }));
    }
}

impl Web {
    fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        let address = request.uri().to_string();
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.push(address.clone());
        if request.method() != Method::GET || request.uri().host().is_none() {
            return plain(StatusCode::BAD_REQUEST, "ask for a whole address");
        }
        match self.pages.get(&address) {
            Some(Page::Text(text)) => plain(StatusCode::OK, text),
            Some(Page::Moved(to)) => {
                let mut answer = plain(StatusCode::FOUND, "");
                let headers = answer.headers_mut();
                headers.insert(LOCATION, to.parse().expect("a header"));
                answer
            }
            None => plain(StatusCode::NOT_FOUND, "there is no such page"),
        }
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    let mut answer = Response::new(Full::new(Bytes::from_static(text.as_bytes())));
    *answer.status_mut() = status;
    answer
}
