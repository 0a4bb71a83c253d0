//! The database of a cluster: brought up to date once, and services that wait for it.

use std::{path::Path, process::Stdio};

use serde_json::Value;
use stoa_tests::{Home, postgres::Postgres, program::Program, wait_until};

/// A home whose services do not change the database themselves.
fn home(postgres: &Postgres) -> Home {
    Home::new()
        .env("STOA_DATABASE_URL", &postgres.url(""))
        .env("STOA_DATABASE_MIGRATE", "false")
        .env("STOA_TOKEN", "a-token-of-the-tests")
}

/// Starts the generation service, which needs nothing but the database to start.
fn generation(home: &Home, log: &Path) -> Program {
    let mut command = home.command(&["generation"]);
    command.args(["--set", "server.listen=127.0.0.1:0"]);
    command.args(["--set", "admin.listen=127.0.0.1:0"]);
    Program::start(command, log.to_owned())
}

fn json(output: &[u8]) -> Value {
    let text = String::from_utf8_lossy(output);
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn two_who_migrate_at_once_do_it_once_and_a_service_waits_for_it() {
    let postgres = Postgres::start();
    let home = home(&postgres);
    let folder = tempfile::tempdir().expect("temporary folder");
    let waiting = generation(&home, &folder.path().join("generation"));
    waiting.says("waits until `stoa migrate`");
    assert_eq!(postgres.run("SELECT to_regnamespace('generation')"), "");
    let report = home.command(&["doctor", "--json"]).output().expect("runs");
    let report = json(&report.stdout).to_string();
    assert!(report.contains("run `stoa migrate`"), "{report}");

    let migrating = || {
        let mut command = home.command(&["migrate", "--json"]);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        command.spawn().expect("runs")
    };
    let both = [migrating(), migrating()].map(|child| {
        let output = child.wait_with_output().expect("it ends");
        assert!(output.status.success());
        json(&output.stdout)
    });
    for schema in 0..2_usize {
        let of = |report: &Value, key: &str| report["schemas"][schema][key].as_i64();
        let made = both.iter().filter(|&report| of(report, "from") == Some(0));
        assert_eq!(made.count(), 1, "{both:?}");
        let to = of(&both[0], "to");
        assert!(to > Some(0) && to == of(&both[1], "to"), "{both:?}");
    }
    waiting.says("generation is ready");
    let report = home.command(&["doctor", "--json"]).output().expect("runs");
    let report = json(&report.stdout).to_string();
    assert!(!report.contains("run `stoa migrate`"), "{report}");
}

#[test]
fn a_service_that_meets_a_newer_schema_says_so_and_waits() {
    let postgres = Postgres::start();
    let home = home(&postgres);
    let made = home.command(&["migrate"]).output().expect("runs");
    assert!(made.status.success());
    let folder = tempfile::tempdir().expect("temporary folder");
    let before = generation(&home, &folder.path().join("before"));
    before.says("generation is ready");
    postgres.run(
        "INSERT INTO generation._sqlx_migrations (version, description, success, checksum, execution_time) \
         VALUES (9999, 'of a newer version', true, '\\x00', 0)",
    );
    let waiting = generation(&home, &folder.path().join("waiting"));
    waiting.says("which is newer than");
    let output = home.command(&["migrate"]).output().expect("runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("9999"), "{said}");
    // One that waits can be stopped.
    let stopped = generation(&home, &folder.path().join("stopped"));
    stopped.says("which is newer than");
    stopped.stop();
    assert!(!waiting.log().contains("generation is ready"));
    postgres.run("DELETE FROM generation._sqlx_migrations WHERE version = 9999");
    waiting.says("generation is ready");
    assert!(before.stop().success(), "it goes on meanwhile");
}

#[test]
fn a_migration_gives_way_to_who_uses_the_tables_and_is_done_when_they_are_free() {
    let postgres = Postgres::start();
    let home = home(&postgres);
    let folder = tempfile::tempdir().expect("temporary folder");
    let migrate = |name: &str| {
        let command = home.command(&["migrate"]);
        Program::start(command, folder.path().join(name))
    };
    migrate("first").says("generation: made");
    // As the version before had it.
    postgres.run(
        "DELETE FROM generation._sqlx_migrations WHERE version = 3; ALTER TABLE generation.personas DROP COLUMN style",
    );
    let using = postgres.session(
        "BEGIN; LOCK TABLE generation.personas IN ACCESS SHARE MODE; SELECT pg_sleep(3600)",
    );
    let _using = Program::start(using, folder.path().join("using"));
    wait_until("the table is in use", || {
        let sleeping = "SELECT count(*) FROM pg_stat_activity \
                        WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()";
        postgres.run(sleeping) == "1"
    });
    let migrating = migrate("second");
    migrating.says("a table is in use");
    postgres.run(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()",
    );
    migrating.says("generation: brought from 2");
    let style = "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'generation' \
                 AND table_name = 'personas' AND column_name = 'style'";
    assert_eq!(postgres.run(style), "1");
}
