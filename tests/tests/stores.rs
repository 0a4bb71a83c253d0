//! Stoa on servers that somebody else runs: with TLS, certificates, keys, and more than one address.

use stoa_kit::{
    Config,
    nats::{self, NatsError},
};
use stoa_tests::{
    Home,
    certificates::Authority,
    nats::{Credentials, Server, tls},
    postgres::Postgres,
    program::free_ports,
    write,
};
use tokio::runtime::Runtime;

/// A home whose database wants a certificate, and is shown one where there is one.
fn home(postgres: &Postgres, ca: &str, shown: Option<(&str, &str)>) -> Home {
    let home = Home::new()
        .env("STOA_DATABASE_URL", &postgres.url(""))
        .env("STOA_DATABASE_CA", ca);
    match shown {
        Some((cert, key)) => home
            .env("STOA_DATABASE_CERT", cert)
            .env("STOA_DATABASE_KEY", key),
        None => home,
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

fn refused(home: &Home, arguments: &[&str]) -> String {
    let output = home.command(arguments).output().expect("runs");
    assert!(!output.status.success(), "{arguments:?}");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn everything_works_on_servers_that_want_certificates() {
    let authority = Authority::new();
    let shown = authority.issue("stoa");
    let postgres = Postgres::with_tls(&authority);
    let user = nkeys::KeyPair::new_user();
    let server = Server::start(&format!(
        "{}\nauthorization {{ users: [{{ nkey: \"{}\" }}] }}",
        tls(&authority),
        user.public_key()
    ));
    // Nobody is at the first address.
    let [dead] = free_ports();
    let addresses = format!("nats://localhost:{dead},nats://localhost:{}", server.port);
    let home = home(&postgres, &authority.ca, Some((&shown.cert, &shown.key)))
        .env("STOA_NATS_URL", &addresses)
        .env("STOA_NATS_NKEY", &user.seed().expect("it was made here"))
        .env("STOA_NATS_CA", &authority.ca)
        .env("STOA_NATS_CERT", &shown.cert)
        .env("STOA_NATS_KEY", &shown.key);
    let stoa = home.up(&[]).expect("it starts");
    stoa.teach("default");
    let answer = stoa.good(&["ask", "How many days of vacation do I get?"]);
    assert!(answer.to_string().contains("27 days"), "{answer}");
    let report = stoa.good(&["doctor"]).to_string();
    for found in [
        "TLSv1.3",
        "schema ingestion is at",
        "schema generation is at",
        addresses.as_str(),
    ] {
        assert!(report.contains(found), "{found}: {report}");
    }
    let seed = user.seed().expect("it was made here");
    assert!(!home.log().contains(&seed) && !report.contains(&seed));
    assert!(stoa.interrupt());
}

#[test]
fn a_server_that_cannot_be_trusted_is_refused_at_once_and_a_client_that_shows_nothing_too() {
    let authority = Authority::new();
    let shown = authority.issue("stoa");
    let shown = Some((shown.cert.as_str(), shown.key.as_str()));
    let postgres = Postgres::with_tls(&authority);
    let foreign = Authority::new();
    let said = refused(&home(&postgres, &foreign.ca, shown), &["migrate"]);
    assert!(
        said.contains("PostgreSQL at localhost") && said.contains("certificate"),
        "{said}"
    );
    let said = refused(&home(&postgres, &authority.ca, None), &["migrate"]);
    assert!(said.contains("valid client certificate"), "{said}");
    let said = refused(&home(&postgres, "/nowhere/ca.pem", shown), &["migrate"]);
    assert!(
        said.contains("`database.ca` names /nowhere/ca.pem"),
        "{said}"
    );
    let trusted = home(&postgres, &authority.ca, shown);
    let made = trusted.command(&["migrate"]).output().expect("runs");
    assert!(made.status.success());
}

#[test]
fn who_signs_in_to_nats_is_read_from_a_file_or_from_the_address() {
    let credentials = Credentials::new();
    let folder = tempfile::tempdir().expect("temporary folder");
    let file = write(folder.path(), "stoa.creds", &credentials.creds);
    let server = Server::start(&credentials.config);
    let mut config = Config::default();
    config.nats.url = Some(format!("nats://127.0.0.1:{}", server.port).into());
    config.nats.credentials = Some(file.into());
    let runtime = runtime();
    let signs_in = |config: &Config| runtime.block_on(nats::connect(config, "test"));
    signs_in(&config).expect("it has the file");
    config.nats.credentials = None;
    let error = signs_in(&config).expect_err("it has none");
    assert!(matches!(error, NatsError::Connect { .. }), "{error}");

    let server = Server::start("authorization { user: bot, password: \"hun/ter2\" }");
    let address = |password: &str| format!("nats://bot:{password}@127.0.0.1:{}", server.port);
    config.nats.url = Some(address("hun%2Fter2").into());
    signs_in(&config).expect("the password is right");
    config.nats.url = Some(address("hunter3").into());
    let error = signs_in(&config).expect_err("it is not").to_string();
    assert!(
        error.contains("127.0.0.1") && !error.contains("hunter3"),
        "{error}"
    );
}
