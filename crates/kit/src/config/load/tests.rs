use secrecy::ExposeSecret;

use super::*;

fn sources(environment: &[(&str, &str)], flags: &[&str]) -> Sources {
    Sources {
        file: None,
        environment: environment
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect(),
        flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
    }
}

fn file(name: &str, text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("stoa-config-{}-{name}", std::process::id()));
    fs::write(&path, text).expect("temporary folder is writable");
    path
}

#[test]
fn flags_win_over_environment_over_file() {
    let path = file(
        "order.toml",
        "[ingestion]\nworkers = 1\nmax_pages = 7\n[log]\nformat = \"json\"\n",
    );
    let mut sources = sources(&[("STOA_INGESTION_WORKERS", "2")], &["ingestion.workers=3"]);
    sources.file = Some(path);
    let config = sources.load().expect("valid");
    assert_eq!(config.ingestion.workers, 3);
    assert_eq!(config.ingestion.max_pages, 7);
    assert_eq!(config.log.format, super::super::LogFormat::Json);
    sources.flags.clear();
    assert_eq!(sources.load().expect("valid").ingestion.workers, 2);
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_one() {
    let error = sources(&[("STOA_INGESTION_WORKER", "2")], &[])
        .load()
        .expect_err("unknown");
    assert_eq!(
        error.to_string(),
        "environment: there is no key `ingestion.worker`; did you mean `ingestion.workers`?"
    );
    let mut other = sources(&[], &[]);
    other.file = Some(file("unknown.toml", "[databse]\nurl = \"x\"\n"));
    let error = other.load().expect_err("unknown").to_string();
    assert!(
        error.ends_with("there is no key `databse`; did you mean `database`?"),
        "{error}"
    );
}

#[test]
fn a_wrong_type_names_source_and_key() {
    let error = sources(&[], &["ingestion.workers=many"])
        .load()
        .expect_err("not a number")
        .to_string();
    assert!(
        error.starts_with("command line: `ingestion.workers` takes"),
        "{error}"
    );
    let error = sources(&[("STOA_LOG_FORMAT", "xml")], &[])
        .load()
        .expect_err("no such format")
        .to_string();
    assert_eq!(
        error,
        "environment: `log.format` takes human or json, not \"xml\""
    );
}

#[test]
fn secrets_come_from_files_and_never_from_flags() {
    const TOKEN: &str = "0042004200420042";
    let path = file("token", "0042004200420042\n");
    let config = sources(&[("STOA_TOKEN_FILE", path.to_str().expect("utf-8"))], &[])
        .load()
        .expect("valid");
    assert_eq!(config.token.expect("set").expose_secret(), TOKEN);
    for given in ["0042004200420042", "0042004200420042\n"] {
        let config = sources(&[("STOA_TOKEN", given)], &[])
            .load()
            .expect("valid");
        assert_eq!(config.token.expect("set").expose_secret(), TOKEN);
    }
    let error = sources(&[], &["database.url=postgres://x"])
        .load()
        .expect_err("secret")
        .to_string();
    assert!(error.contains("STOA_DATABASE_URL"), "{error}");
}

#[test]
fn a_token_that_keeps_nobody_out_is_refused_at_start() {
    let empty = file("empty", "\n");
    for variable in [
        ("STOA_TOKEN", ""),
        ("STOA_TOKEN", " \t"),
        ("STOA_TOKEN", "short"),
        ("STOA_TOKEN_FILE", empty.to_str().expect("utf-8")),
    ] {
        let error = sources(&[variable], &[]).load().expect_err("refused");
        let error = error.to_string();
        assert!(
            error.starts_with("`token` is") && error.contains("STOA_TOKEN"),
            "{error}"
        );
    }
}

#[test]
fn an_address_with_a_password_is_given_as_a_secret_is() {
    let path = file("nats", "nats://bot:hunter2@nats:4222\n");
    let path = path.to_str().expect("utf-8");
    for variable in [
        ("STOA_NATS_URL_FILE", path),
        ("STOA_NATS_URL", "nats://bot:hunter2@nats:4222"),
    ] {
        let config = sources(&[variable], &[]).load().expect("valid");
        let url = config.nats.url.expect("set");
        assert_eq!(url.expose(), "nats://bot:hunter2@nats:4222");
        assert_eq!(url.to_string(), "nats://nats:4222");
    }
    let refused = sources(&[], &["nats.url=nats://bot:hunter2@nats:4222"]).load();
    let refused = refused.expect_err("for all to read").to_string();
    assert!(refused.contains("STOA_NATS_URL_FILE") && !refused.contains("hunter2"));
    let config = sources(&[], &["nats.url=nats://nats:4222"]).load();
    assert!(config.expect("valid").nats.url.is_some());
}

#[test]
fn no_error_shows_a_secret() {
    let secret = "12345678901234567";
    for text in [
        format!("token = {secret}\n"),
        format!("token = \"{secret}\n"),
        format!("[database]\nurl = {secret}\n"),
        format!("[log]\nformat = \"http://bot:{secret}@host\"\n"),
    ] {
        let mut sources = sources(&[], &[]);
        sources.file = Some(file("secret.toml", &text));
        let error = sources.load().expect_err("refused").to_string();
        assert!(!error.contains(secret), "{error}");
    }
}

#[test]
fn no_key_is_taken_for_a_variable_of_kubernetes() {
    for key in every_key() {
        let variable = variable_of(&key);
        for value in ["7700", "tcp://10.96.7.20:7700"] {
            assert_eq!(key_of(&variable, value).as_deref(), Some(key.as_str()));
        }
    }
}

#[test]
fn a_service_of_kubernetes_stops_no_pod_and_a_misspelt_key_does() {
    let links = [
        ("STOA_GENERATION_PORT", "tcp://10.96.7.20:50051"),
        ("STOA_GENERATION_SERVICE_HOST", "10.96.7.20"),
        ("STOA_GENERATION_SERVICE_PORT_GRPC", "50051"),
        ("STOA_GENERATION_PORT_50051_TCP_ADDR", "10.96.7.20"),
        ("STOA_BENCH_DATA", "data"),
    ];
    assert!(sources(&links, &[]).load().is_ok());
    let misspelt = [&links[..], &[("STOA_GENERATION_MODLE", "x")]].concat();
    let error = sources(&misspelt, &[])
        .load()
        .expect_err("unknown")
        .to_string();
    assert!(
        error.contains("did you mean `generation.model`?"),
        "{error}"
    );
}

/// The keys of the configuration, as its own errors list them.
fn every_key() -> Vec<String> {
    let known = |path: &str| {
        let mut layer = Layer::new("test");
        layer.put(&format!("{path}no_such_key"), Value::from("x"));
        let extracted = Figment::new().merge(layer).extract::<Config>();
        match extracted.expect_err("no such key").kind {
            Kind::UnknownField(_, known) => known.to_vec(),
            _ => Vec::new(),
        }
    };
    let mut keys = Vec::new();
    for section in known("") {
        let within = known(&format!("{section}."));
        if within.is_empty() {
            keys.push(section.to_owned());
        }
        keys.extend(within.into_iter().map(|key| format!("{section}.{key}")));
    }
    assert!(keys.len() > 50, "{keys:?}");
    keys
}

#[test]
fn values_out_of_range_are_refused_at_start() {
    let error = sources(&[], &["ingestion.workers=0"])
        .load()
        .expect_err("zero")
        .to_string();
    assert_eq!(error, "`ingestion.workers` must be at least 1");
    assert!(
        sources(&[], &["generation.context_tokens=300"])
            .load()
            .is_err()
    );
}
