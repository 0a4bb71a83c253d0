//! An authority, and the certificates that it signs for the servers and clients of a test.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use tempfile::TempDir;

use crate::write;

/// Signs certificates. Its files go with it.
pub struct Authority {
    folder: TempDir,
    issuer: Issuer<'static, KeyPair>,
    /// PEM file of its own certificate.
    pub ca: String,
}

/// PEM files of a certificate and its key.
pub struct Certificate {
    /// The certificate.
    pub cert: String,
    /// Its key.
    pub key: String,
}

impl Authority {
    /// A new one, which nobody knows.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("temporary folder");
        let mut params = CertificateParams::new(Vec::<String>::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let name = &mut params.distinguished_name;
        name.push(DnType::CommonName, "authority of a test");
        let key = KeyPair::generate().expect("a key");
        let own = params.self_signed(&key).expect("signed");
        Self {
            ca: write(folder.path(), "ca.pem", own.pem()),
            issuer: Issuer::new(params, key),
            folder,
        }
    }

    /// A certificate for this machine, or for a client on it, in somebody's name, which comes first: it says who calls.
    pub fn issue(&self, name: &str) -> Certificate {
        let names = [name, "localhost", "127.0.0.1"].map(str::to_owned);
        let mut params = CertificateParams::new(names.to_vec()).expect("names");
        params.extended_key_usages = vec![
            ExtendedKeyUsagePurpose::ServerAuth,
            ExtendedKeyUsagePurpose::ClientAuth,
        ];
        let common = &mut params.distinguished_name;
        common.push(DnType::CommonName, name);
        let key = KeyPair::generate().expect("a key");
        let cert = params.signed_by(&key, &self.issuer).expect("signed");
        let folder = self.folder.path();
        Certificate {
            cert: write(folder, &format!("{name}.pem"), cert.pem()),
            key: write(folder, &format!("{name}.key"), key.serialize_pem()),
        }
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}
