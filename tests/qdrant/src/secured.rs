//! TLS, with a certificate that vouches for itself.

use std::path::Path;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tonic::transport::{Identity, Server, ServerTlsConfig};

/// Name of the certificate's file.
pub(crate) const CERTIFICATE: &str = "certificate.pem";

/// A server that speaks TLS, and whose certificate is in the folder.
pub(crate) fn server(folder: &Path) -> Server {
    // An error means that somebody named it before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let names = ["localhost", "127.0.0.1"].map(str::to_owned);
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(names).expect("a certificate");
    std::fs::write(folder.join(CERTIFICATE), cert.pem()).expect("temporary folder is writable");
    let identity = Identity::from_pem(cert.pem(), signing_key.serialize_pem());
    let tls = ServerTlsConfig::new().identity(identity);
    Server::builder().tls_config(tls).expect("its own key")
}
