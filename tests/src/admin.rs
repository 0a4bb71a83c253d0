//! What a process says on its second port.

use std::{
    io::{Read, Write},
    net::TcpStream,
    path::Path,
};

use crate::{Service, Stoa, wait_until_or};

/// The second port of a process.
pub struct Admin(String);

impl Admin {
    /// Asks; returns the status and the body. A process that does not answer has status 0.
    pub fn get(&self, path: &str) -> (u16, String) {
        let asked = || -> std::io::Result<String> {
            let mut stream = TcpStream::connect(&self.0)?;
            let host = &self.0;
            write!(
                stream,
                "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
            )?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(answer)
        };
        let answer = asked().unwrap_or_default();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
        (status.unwrap_or(0), body.to_owned())
    }

    /// Waits until it is ready.
    pub fn wait_until_ready(&self) {
        wait_until_or(
            || format!("it is ready: {}", self.get("/readyz").1),
            || self.get("/readyz").0 == 200,
        );
    }

    /// Waits until it is not ready, and says that it needs this.
    pub fn wait_until_it_needs(&self, need: &str) {
        let named = format!("\"need\":\"{need}\"");
        wait_until_or(
            || format!("it lacks {need}: {}", self.get("/readyz").1),
            || {
                let (status, body) = self.get("/readyz");
                status == 503 && body.contains(&named)
            },
        );
    }
}

impl Stoa<'_> {
    /// Its second port.
    pub fn admin(&self) -> Admin {
        let address = std::fs::read_to_string(self.home.data().join("admin"));
        let address = address.expect("it says where its health is");
        Admin(address.trim_start_matches("http://").to_owned())
    }
}

impl Service {
    /// Its second port.
    pub fn admin(&self) -> Admin {
        let log = self.folder.path().join("log");
        let address = || address_in(&log);
        wait_until_or(
            || "it says where its health is".to_owned(),
            || address().is_some(),
        );
        Admin(address().expect("it was there"))
    }
}

fn address_in(log: &Path) -> Option<String> {
    let log = std::fs::read_to_string(log).ok()?;
    let line = log
        .lines()
        .find(|line| line.contains("health and metrics") && line.contains("address="))?;
    let (_, address) = line.split_once("address=")?;
    Some(address.split_whitespace().next()?.to_owned())
}
