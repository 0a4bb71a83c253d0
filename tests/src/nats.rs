//! Real servers of NATS: one, or a cluster of three.

use std::path::PathBuf;

use serde_json::{Value, json};
use stoa_kit::Config;
use tempfile::TempDir;

use crate::{
    certificates::Authority,
    program::{Program, free_ports, mortal},
    write,
};

/// A server that is killed when it is dropped.
pub struct Server {
    _program: Program,
    _folder: TempDir,
    /// Its port on this machine.
    pub port: u16,
}

impl Server {
    /// Starts one with what its configuration says besides.
    pub fn start(config: &str) -> Self {
        let [port] = free_ports();
        Self::on(port, config)
    }

    fn on(port: u16, config: &str) -> Self {
        let folder = tempfile::tempdir().expect("temporary folder");
        let store = folder.path().join("store");
        let config = format!(
            "listen: \"127.0.0.1:{port}\"\nserver_name: \"n{port}\"\n\
             jetstream {{ store_dir: {store:?}, max_mem: 64MB, max_file: 4GB }}\n{config}\n",
        );
        let path = write(folder.path(), "nats.conf", config);
        let mut command = mortal(&program());
        command.args(["-c", &path]);
        let mut program = Program::start(command, folder.path().join("log"));
        program.listens(port);
        Self {
            _program: program,
            _folder: folder,
            port,
        }
    }

    /// Starts three that are one cluster.
    pub fn cluster() -> [Self; 3] {
        let ports: [u16; 6] = free_ports();
        let (clients, routes) = ports.split_at(3);
        let each: Vec<String> = routes
            .iter()
            .map(|port| format!("\"nats://127.0.0.1:{port}\""))
            .collect();
        std::array::from_fn(|number| {
            let config = format!(
                "cluster {{ name: \"test\", listen: \"127.0.0.1:{}\", routes: [{}] }}",
                routes[number],
                each.join(", ")
            );
            Self::on(clients[number], &config)
        })
    }
}

/// What a server's configuration says of TLS that wants a certificate of the authority from everybody.
pub fn tls(authority: &Authority) -> String {
    let own = authority.issue("nats");
    format!(
        "tls {{ cert_file: {:?}, key_file: {:?}, ca_file: {:?}, verify: true }}",
        own.cert, own.key, authority.ca
    )
}

/// Who may use a server, as an operator's tools set it up: accounts by JWT, and a user's `.creds` file.
pub struct Credentials {
    /// What the server's configuration says.
    pub config: String,
    /// The text of the `.creds` file.
    pub creds: String,
}

impl Credentials {
    /// An operator with an account for Stoa and a user in it.
    pub fn new() -> Self {
        let operator = nkeys::KeyPair::new_operator();
        let (system, account) = (nkeys::KeyPair::new_account(), nkeys::KeyPair::new_account());
        let user = nkeys::KeyPair::new_user();
        let limits = |storage: i64| {
            json!({
                "subs": -1, "data": -1, "payload": -1, "imports": -1, "exports": -1, "wildcards": true, "conn": -1,
                "leaf": -1, "mem_storage": storage, "disk_storage": storage, "streams": storage, "consumer": storage,
            })
        };
        let of_account =
            |storage| json!({ "type": "account", "version": 2, "limits": limits(storage) });
        let of_user =
            json!({ "type": "user", "version": 2, "subs": -1, "data": -1, "payload": -1 });
        let of_operator = json!({ "type": "operator", "version": 2 });
        let (system_key, account_key) = (system.public_key(), account.public_key());
        let config = format!(
            "operator: {:?}\nsystem_account: {system_key:?}\nresolver: MEMORY\n\
             resolver_preload: {{ {system_key}: {:?}, {account_key}: {:?} }}",
            jwt(&operator, &operator.public_key(), &of_operator),
            jwt(&operator, &system_key, &of_account(0)),
            jwt(&operator, &account_key, &of_account(-1)),
        );
        let creds = format!(
            "-----BEGIN NATS USER JWT-----\n{}\n------END NATS USER JWT------\n\n\
             -----BEGIN USER NKEY SEED-----\n{}\n------END USER NKEY SEED------\n",
            jwt(&account, &user.public_key(), &of_user),
            user.seed().expect("it was made here"),
        );
        Self { config, creds }
    }
}

impl Default for Credentials {
    fn default() -> Self {
        Self::new()
    }
}

/// What an issuer says of somebody.
fn jwt(issuer: &nkeys::KeyPair, subject: &str, says: &Value) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

    let encoded = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = json!({ "typ": "JWT", "alg": "ed25519-nkey" });
    let claims = json!({
        "jti": "STOATEST", "iat": 1, "iss": issuer.public_key(), "name": "stoa", "sub": subject, "nats": says,
    });
    let signed = format!("{}.{}", encoded(&header), encoded(&claims));
    let signature = issuer.sign(signed.as_bytes()).expect("it has a key");
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn program() -> PathBuf {
    assets().join("bin/nats-server")
}

/// Where setting up put the programs.
pub(crate) fn assets() -> PathBuf {
    std::env::var_os("STOA_ASSETS_DIR").map_or_else(|| Config::default().assets.dir, PathBuf::from)
}
