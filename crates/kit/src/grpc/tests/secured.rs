use std::path::Path;

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;
use tonic::Code;

use super::{
    certificates::{Ca, in_folder},
    *,
};
use crate::grpc::{ConnectError, Credentials};

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

async fn secured(ca: &Ca, folder: &Path, age: Duration) -> Served {
    ca.write(folder, "embedding", ca);
    Served::aged(&in_folder(config(), folder), Fake::default(), age).await
}

/// A caller with the certificate of a folder.
fn known(served: &Served, folder: &Path) -> Caller {
    let credentials = Credentials::of(&in_folder(config(), folder)).expect("a token");
    let address = format!("https://{}", served.address);
    EmbeddingServiceClient::new(connect(&address, &credentials).expect("certificates"))
}

const LONG: Duration = Duration::from_secs(600);

#[tokio::test]
async fn who_calls_is_known_by_the_certificate_and_does_what_that_one_may() {
    let (ca, files) = (Ca::new(), folder());
    let served = secured(&ca, files.path(), LONG).await;
    for (owner, expected) in [
        ("generation", Ok(Role::Generation)),
        ("operator", Ok(Role::Operator)),
        ("discord", Err(Code::PermissionDenied)),
        ("web", Err(Code::Unauthenticated)),
    ] {
        let own = folder();
        ca.write(own.path(), owner, &ca);
        let answer = known(&served, own.path()).embed(texts("now")).await;
        let found = answer.map(|_| served.seen.last_role().expect("a role"));
        let found = found.map_err(|status| status.code());
        assert_eq!(found, expected, "{owner}");
    }
    assert_eq!(served.seen.calls(), 2);
}

#[tokio::test]
async fn nobody_comes_in_without_a_certificate() {
    let (ca, files) = (Ca::new(), folder());
    let served = secured(&ca, files.path(), LONG).await;
    let mut plain = caller(&[&served]);
    let refused = plain.embed(within("now", 5_000)).await;
    refused.expect_err("it does not speak TLS");

    let mut roots = RootCertStore::empty();
    let root = CertificateDer::from_pem_slice(ca.pem().as_bytes()).expect("a certificate");
    roots.add(root).expect("a root");
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let stream = TcpStream::connect(served.address).await.expect("connected");
    let name = ServerName::try_from("127.0.0.1").expect("a name");
    let shaken = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await;
    // With TLS 1.3 the client has done its part before it hears that it is refused.
    if let Ok(mut stream) = shaken {
        let _ = stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
        let mut answer = [0];
        let read = stream.read(&mut answer).await;
        assert!(!matches!(read, Ok(1..)), "nothing is said to it");
    }
    assert_eq!(served.seen.calls(), 0);
}

#[tokio::test]
async fn certificates_of_another_ca_are_refused_on_both_sides() {
    let (ca, other, files) = (Ca::new(), Ca::new(), folder());
    let served = secured(&ca, files.path(), LONG).await;
    let stranger = folder();
    other.write(stranger.path(), "generation", &ca);
    let refused = known(&served, stranger.path()).embed(texts("now")).await;
    let refused = refused.expect_err("the server does not take it");
    assert!(refused.message().contains("tls.cert"), "{refused:?}");

    let mistrusts = folder();
    ca.write(mistrusts.path(), "generation", &other);
    let refused = known(&served, mistrusts.path()).embed(texts("now")).await;
    let refused = refused.expect_err("the client does not take the server's");
    assert_eq!(refused.code(), Code::Unavailable);
    assert!(refused.message().contains("TLS"), "{refused:?}");
    assert_eq!(served.seen.calls(), 0);
}

#[tokio::test]
async fn a_certificate_that_is_exchanged_on_the_disk_is_used_for_the_next_connection() {
    let (ca, files, own) = (Ca::new(), folder(), folder());
    let served = secured(&ca, files.path(), Duration::from_millis(50)).await;
    ca.write(own.path(), "generation", &ca);
    let mut client = known(&served, own.path());
    client.embed(texts("now")).await.expect("answered");
    assert_eq!(served.seen.last_role(), Some(Role::Generation));

    ca.write(own.path(), "retrieval", &ca);
    let exchanged = async {
        while served.seen.last_role() != Some(Role::Retrieval) {
            client.embed(texts("now")).await.expect("no call notices");
        }
    };
    let exchanged = tokio::time::timeout(PATIENCE, exchanged).await;
    assert!(exchanged.is_ok(), "the client shows the new one");

    // Half of what is written is of no use, and changes nothing.
    std::fs::write(files.path().join("tls.key"), "-----BEGIN").expect("written");
    let another = folder();
    ca.write(another.path(), "ingestion", &ca);
    let answer = known(&served, another.path()).embed(texts("now")).await;
    answer.expect("with the certificate from before");

    let next = Ca::new();
    next.write(files.path(), "embedding", &next);
    next.write(another.path(), "ingestion", &next);
    let answer = known(&served, another.path()).embed(texts("now")).await;
    answer.expect("the server has the new CA and its own new certificate");
}

#[tokio::test]
async fn what_is_wrong_with_certificates_is_said_at_the_start() {
    let credentials = Credentials::of(&config()).expect("a token");
    let refused = connect("https://embedding:7700", &credentials);
    let refused = refused.expect_err("no certificates").to_string();
    assert!(
        refused.contains("set tls.cert, tls.key and tls.ca"),
        "{refused}"
    );

    let files = folder();
    let own = in_folder(config(), files.path());
    let refused = connect("https://a:1", Credentials::of(&own).expect("a token"));
    let refused = refused.expect_err("no files");
    assert!(matches!(refused, ConnectError::Tls(_)));
    assert!(refused.to_string().starts_with("`tls.cert`: cannot read"));

    let ca = Ca::new();
    ca.write(files.path(), "embedding", &ca);
    std::fs::write(files.path().join("ca.crt"), "not a certificate").expect("written");
    let (listener, _) = bind("127.0.0.1:0").await.expect("a free port");
    let server = Server::of(&own).expect("a token");
    let refused = server.serve(listener, &Shutdown::new()).await;
    let refused = refused.expect_err("no CA").to_string();
    assert!(refused.starts_with("`tls.ca`"), "{refused}");
}
