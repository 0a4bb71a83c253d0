use std::{fs, path::Path};

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

use crate::{Config, config::Tls};

/// A CA, whose certificates are accepted by those who trust it.
pub(super) struct Ca {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Ca {
    pub(super) fn new() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::new(Vec::<String>::new()).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).expect("signed").pem();
        let issuer = Issuer::new(params, key);
        Self { pem, issuer }
    }

    /// Writes a certificate of this CA for `owner` into a folder, with the CA that its owner trusts.
    pub(super) fn write(&self, folder: &Path, owner: &str, trusted: &Self) {
        let names = vec![format!("stoa-{owner}.chat.svc"), "127.0.0.1".to_owned()];
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new(names).expect("names");
        let certificate = params.signed_by(&key, &self.issuer).expect("signed");
        let write = |name: &str, text: &str| fs::write(folder.join(name), text).expect("written");
        write("tls.crt", &certificate.pem());
        write("tls.key", &key.serialize_pem());
        write("ca.crt", &trusted.pem);
    }

    pub(super) fn pem(&self) -> &str {
        &self.pem
    }
}

/// The configuration of one whose files are in a folder.
pub(super) fn in_folder(config: Config, folder: &Path) -> Config {
    Config {
        tls: Tls {
            cert: Some(folder.join("tls.crt")),
            key: Some(folder.join("tls.key")),
            ca: Some(folder.join("ca.crt")),
        },
        ..config
    }
}
