//! gRPC servers and clients as every service has them.

mod client;
mod credentials;
mod deadline;
mod health;
mod measure;
mod methods;
mod role;
mod server;
mod tls;

pub use client::{Client, ConnectError, connect, read_out};
pub use credentials::Credentials;
pub use health::need;
pub use role::Role;
pub use server::{ServeError, Server, bind};
pub use tls::TlsError;

/// Names the TLS implementation of this process: ring, as everywhere in Stoa. Calling it again changes nothing.
pub fn install_tls() {
    // An error means that it was named before.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

#[cfg(test)]
mod tests;
