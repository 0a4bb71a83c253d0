//! gRPC servers and clients as every service has them.

mod client;
mod health;
mod measure;
mod server;

pub use client::{Client, ConnectError, connect};
pub use health::need;
pub use server::{ServeError, Server, bind};

/// Names the TLS implementation of this process: ring, as everywhere in Stoa. Calling it again changes nothing.
pub fn install_tls() {
    // An error means that it was named before.
    let _ = rustls::crypto::ring::default_provider().install_default();
}
