//! Mutual TLS between services. Files are read at each new connection, so that a certificate that is exchanged on the disk
//! is used without a restart; connections have an age, so that none goes on for long with the one before.

use std::{
    fmt, fs, io,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::{Stream, StreamExt};
use rustls::{
    ClientConfig, RootCertStore, ServerConfig,
    crypto::{CryptoProvider, ring},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
    server::WebPkiClientVerifier,
    version::TLS13,
};
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector, client, server};
use tonic::transport::server::TcpIncoming;

use crate::config;

/// How long a handshake may take, and how many there may be at once; who comes then waits.
const HANDSHAKE: Duration = Duration::from_secs(5);
const HANDSHAKES: usize = 128;

/// The one protocol that is spoken.
const HTTP2: &[u8] = b"h2";

/// Certificates cannot be used.
#[derive(Debug, Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("`{key}`: cannot read {path}: {source}")]
    Read {
        /// The key of the configuration that names it.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file holds something else.
    #[error("`{key}`: {path} is of no use: {problem}")]
    Content {
        /// The key of the configuration that names it.
        key: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

/// A file that the configuration names.
struct PemFile {
    key: &'static str,
    path: PathBuf,
}

impl PemFile {
    fn read(&self) -> Result<Vec<u8>, TlsError> {
        fs::read(&self.path).map_err(|source| TlsError::Read {
            key: self.key,
            path: self.path.clone(),
            source,
        })
    }

    fn refuse(&self, problem: impl fmt::Display) -> TlsError {
        TlsError::Content {
            key: self.key,
            path: self.path.clone(),
            problem: problem.to_string(),
        }
    }

    fn certificates(&self, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
        let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
        let certificates = read.map_err(|error| self.refuse(error))?;
        if certificates.is_empty() {
            return Err(self.refuse("it holds no certificate in PEM form"));
        }
        Ok(certificates)
    }
}

/// What the files hold.
#[derive(Clone, PartialEq, Eq)]
struct Pem {
    cert: Vec<u8>,
    key: Vec<u8>,
    ca: Vec<u8>,
}

/// What was made of files, and what they held then.
struct Loaded<T> {
    pem: Pem,
    made: Arc<T>,
}

type Known<T> = Mutex<Option<Loaded<T>>>;

/// A process's certificates.
pub(super) struct Tls {
    cert: PemFile,
    key: PemFile,
    ca: PemFile,
    server: Known<ServerConfig>,
    client: Known<ClientConfig>,
}

impl Tls {
    /// The files that are configured.
    pub(super) fn of(config: &config::Tls) -> Option<Self> {
        let file = |key, path: &Option<PathBuf>| {
            let path = path.clone()?;
            Some(PemFile { key, path })
        };
        Some(Self {
            cert: file("tls.cert", &config.cert)?,
            key: file("tls.key", &config.key)?,
            ca: file("tls.ca", &config.ca)?,
            server: Mutex::default(),
            client: Mutex::default(),
        })
    }

    /// How connections are taken now.
    pub(super) fn server(&self) -> Result<Arc<ServerConfig>, TlsError> {
        self.current(&self.server, Self::server_of)
    }

    /// How connections are made now.
    pub(super) fn client(&self) -> Result<Arc<ClientConfig>, TlsError> {
        self.current(&self.client, Self::client_of)
    }

    /// The contents of the files. Files that cannot be used, such as a certificate whose key is about to be written, change
    /// nothing where there were good ones before.
    fn current<T>(
        &self,
        known: &Known<T>,
        make: fn(&Self, &Pem) -> Result<T, TlsError>,
    ) -> Result<Arc<T>, TlsError> {
        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
        // By what the files hold and not by their times: Kubernetes exchanges them behind a link, with times of its
        // own.
        let fresh = self.read().and_then(|pem| match &*known {
            Some(loaded) if loaded.pem == pem => Ok(None),
            _ => make(self, &pem).map(|made| Some((pem, Arc::new(made)))),
        });
        match fresh {
            Ok(Some((pem, made))) => {
                *known = Some(Loaded {
                    pem,
                    made: Arc::clone(&made),
                });
                return Ok(made);
            }
            Ok(None) => {}
            Err(error) if known.is_none() => return Err(error),
            Err(error) => {
                tracing::warn!("the certificates stay those that were read before: {error}");
            }
        }
        match &*known {
            Some(loaded) => Ok(Arc::clone(&loaded.made)),
            None => Err(self.cert.refuse("it was not read")),
        }
    }

    fn read(&self) -> Result<Pem, TlsError> {
        Ok(Pem {
            cert: self.cert.read()?,
            key: self.key.read()?,
            ca: self.ca.read()?,
        })
    }

    /// Only 1.3, and no session is resumed: a certificate that is not valid any more opens no connection.
    fn server_of(&self, pem: &Pem) -> Result<ServerConfig, TlsError> {
        let roots = Arc::new(self.roots(pem)?);
        let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider())
            .build()
            .map_err(|error| self.ca.refuse(error))?;
        let (chain, key) = self.identity(pem)?;
        let mut config = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&TLS13])
            .map_err(|error| self.cert.refuse(error))?
            .with_client_cert_verifier(verifier)
            .with_single_cert(chain, key)
            .map_err(|error| self.cert.refuse(error))?;
        config.alpn_protocols = vec![HTTP2.to_vec()];
        config.send_tls13_tickets = 0;
        Ok(config)
    }

    fn client_of(&self, pem: &Pem) -> Result<ClientConfig, TlsError> {
        let (chain, key) = self.identity(pem)?;
        let mut config = ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(&[&TLS13])
            .map_err(|error| self.cert.refuse(error))?
            .with_root_certificates(self.roots(pem)?)
            .with_client_auth_cert(chain, key)
            .map_err(|error| self.cert.refuse(error))?;
        config.alpn_protocols = vec![HTTP2.to_vec()];
        Ok(config)
    }

    fn roots(&self, pem: &Pem) -> Result<RootCertStore, TlsError> {
        let mut roots = RootCertStore::empty();
        for certificate in self.ca.certificates(&pem.ca)? {
            let added = roots.add(certificate);
            added.map_err(|error| self.ca.refuse(error))?;
        }
        Ok(roots)
    }

    fn identity(
        &self,
        pem: &Pem,
    ) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), TlsError> {
        let chain = self.cert.certificates(&pem.cert)?;
        let key = PrivateKeyDer::from_pem_slice(&pem.key);
        Ok((chain, key.map_err(|error| self.key.refuse(error))?))
    }

    /// Secures a connection to `host`, which the other side's certificate must be for.
    pub(super) async fn connect(
        &self,
        host: &str,
        stream: TcpStream,
    ) -> Result<client::TlsStream<TcpStream>, io::Error> {
        let config = self.client().map_err(io::Error::other)?;
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        TlsConnector::from(config).connect(name, stream).await
    }

    /// Secures a connection that was taken.
    async fn accept(
        &self,
        accepted: io::Result<TcpStream>,
    ) -> io::Result<server::TlsStream<TcpStream>> {
        let stream = accepted?;
        let from = stream.peer_addr()?;
        let config = self.server().map_err(io::Error::other)?;
        let handshake = TlsAcceptor::from(config).accept(stream);
        let shaken = tokio::time::timeout(HANDSHAKE, handshake).await;
        let shaken = shaken.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        if let Err(error) = &shaken {
            tracing::info!(%from, "a connection was refused: {error}");
        }
        shaken
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("cert", &self.cert.path)
            .field("key", &self.key.path)
            .field("ca", &self.ca.path)
            .finish_non_exhaustive()
    }
}

/// The connections that come, secured. Many shake hands at once, so that one that is slow holds up no other.
pub(super) fn incoming(
    listener: TcpListener,
    tls: Arc<Tls>,
) -> impl Stream<Item = io::Result<server::TlsStream<TcpStream>>> + Send {
    TcpIncoming::from(listener)
        .with_nodelay(Some(true))
        .map(move |accepted| {
            let tls = Arc::clone(&tls);
            async move { tls.accept(accepted).await }
        })
        .buffer_unordered(HANDSHAKES)
}

fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}
