use std::{collections::BTreeSet, fmt::Write, fs, path::Path};

use super::*;

/// The document, from the declarations.
fn document() -> String {
    let mut text = String::from(
        "# Metrics\n\n\
         What every process of Stoa says at `/metrics` of its admin port, in Prometheus' format. Metrics of services that \
         a process does not run stay at zero.\n\
         This list is made from the declarations in `crates/kit/src/metrics.rs`, and a test keeps it so: \
         `STOA_TEST_RENEW=1 cargo test -p stoa-kit metrics` writes it.\n\n\
         | metric | kind | labels | meaning |\n|---|---|---|---|\n",
    );
    for Declared {
        name,
        kind,
        labels,
        help,
    } in declared()
    {
        let labels: Vec<String> = labels
            .into_iter()
            .map(|(label, values)| {
                if values.is_empty() {
                    format!("`{label}`")
                } else {
                    format!("`{label}`: {}", values.join(", "))
                }
            })
            .collect();
        let labels = labels.join("; ");
        writeln!(text, "| `{name}` | {kind} | {labels} | {help} |").expect("memory");
    }
    text
}

#[test]
fn the_document_lists_what_is_declared() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/metrics.md");
    let document = document();
    if std::env::var_os("STOA_TEST_RENEW").is_some() {
        fs::write(&path, &document).expect("writable");
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, document, "renew {}", path.display());
}

#[test]
fn every_metric_has_a_name_of_its_own_and_says_what_it_means() {
    let mut names = BTreeSet::new();
    for Declared { name, help, .. } in declared() {
        assert!(help.len() > 15 && !help.ends_with('.'), "{name}: {help}");
        assert!(names.insert(name.clone()), "{name} is there twice");
        let plain = |c: char| c.is_ascii_lowercase() || c == '_';
        assert!(name.chars().all(plain), "{name}");
    }
}

#[test]
fn what_is_declared_is_told_from_the_start_and_whoever_reads_sees_it_as_it_is() {
    on_read(|metrics| {
        metrics.needs_missing.of([]).set(3.0);
    });
    let text = text().expect("memory");
    let kinds: BTreeSet<(&str, &str)> = text
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '))
        .collect();
    for Declared {
        name, kind, labels, ..
    } in declared()
    {
        let family = name.strip_suffix("_total").unwrap_or(&name);
        // Those whose labels are not known beforehand come with the first that is counted.
        if labels.iter().all(|(_, values)| !values.is_empty()) {
            assert!(kinds.contains(&(family, kind)), "{family} {kind}");
        }
    }
    let sent = r#"stoa_deliveries_total{platform="telegram",outcome="sent"} 0"#;
    assert!(text.lines().any(|line| line == sent), "{text}");
    assert!(text.contains("\nstoa_needs_missing{} 3") || text.contains("\nstoa_needs_missing 3"));
    assert!(text.ends_with("# EOF\n"), "{text}");
}

#[cfg(target_os = "linux")]
#[test]
fn the_process_is_seen() {
    text().expect("memory");
    let metrics = metrics();
    for gauge in [
        &metrics.process_resident_memory_bytes,
        &metrics.process_threads,
        &metrics.process_open_fds,
    ] {
        assert!(gauge.of([]).get() > 0.0, "{gauge:?}");
    }
}
