//! Which environment variables are keys of the configuration.

/// Environment variables that are not keys of the configuration.
const NOT_KEYS: [&str; 3] = ["STOA_CONFIG", "STOA_SERVER", "STOA_SPACE"];

/// How variables begin that are for the tests and the benchmarks.
const NOT_OURS: [&str; 2] = ["STOA_TEST_", "STOA_BENCH_"];

/// Keys that are in no section and of two words.
const WITHOUT_SECTION: [&str; 2] = ["TOKEN_PREVIOUS", "TOKEN_PREVIOUS_FILE"];

/// Variables that people know from the platforms, beside their `STOA_` names.
const PLATFORM_VARIABLES: [&str; 6] = [
    "DISCORD_TOKEN",
    "DISCORD_TOKEN_FILE",
    "DISCORD_API_URL",
    "TELEGRAM_TOKEN",
    "TELEGRAM_TOKEN_FILE",
    "TELEGRAM_API_URL",
];

/// The key that a variable sets: `STOA_DATABASE_MAX_CONNECTIONS` → `database.max_connections`, as sections are single
/// words. `None` for a variable that is none of Stoa's.
pub(super) fn key_of(variable: &str, value: &str) -> Option<String> {
    let known = PLATFORM_VARIABLES.contains(&variable);
    let name = variable
        .strip_prefix("STOA_")
        .or_else(|| known.then_some(variable))?;
    let passed_over = NOT_KEYS.contains(&variable)
        || NOT_OURS.iter().any(|begin| variable.starts_with(begin))
        || is_service_link(name, value);
    let words = usize::from(!WITHOUT_SECTION.contains(&name));
    (!passed_over).then(|| name.to_lowercase().replacen('_', ".", words))
}

/// The variable that sets a key.
pub(super) fn variable_of(key: &str) -> String {
    format!("STOA_{}", key.replace('.', "_").to_uppercase())
}

/// Whether Kubernetes made this variable of a Service in the same namespace. For one that is called `stoa-generation`
/// there are `STOA_GENERATION_SERVICE_HOST`, `…_SERVICE_PORT`, `…_SERVICE_PORT_<NAME>`, `…_PORT`, `…_PORT_<N>_TCP` and
/// `…_PORT_<N>_TCP_{PROTO,PORT,ADDR}`; for one that is called `stoa` the same without a name between.
///
/// No key of the configuration has such a name, and a test keeps it so.
fn is_service_link(name: &str, value: &str) -> bool {
    // A Service's name may be empty here, as that of `stoa` is, so that the underscore before the form is, too.
    let name = format!("_{name}");
    let of_service = name.ends_with("_SERVICE_HOST")
        || name.ends_with("_SERVICE_PORT")
        || name.contains("_SERVICE_PORT_");
    // Who sets STOA_SERVER_PORT=8080 means a key that is not there, and is told so.
    let whole = name.ends_with("_PORT") && value.contains("://");
    let of_port = name.rsplit_once("_PORT_");
    of_service || whole || of_port.is_some_and(|(_, port)| is_port(port))
}

/// `50051_TCP`, and that with `_PROTO`, `_PORT` or `_ADDR` after it.
fn is_port(text: &str) -> bool {
    let Some((number, rest)) = text.split_once('_') else {
        return false;
    };
    let protocol = rest.split('_').next().unwrap_or_default();
    let after = rest.strip_prefix(protocol).unwrap_or_default();
    number.parse::<u16>().is_ok()
        && matches!(protocol, "TCP" | "UDP" | "SCTP")
        && matches!(after, "" | "_PROTO" | "_PORT" | "_ADDR")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Variables that a pod gets for Services called `stoa-generation`, `stoa` and `stoa-web-ui`.
    const OF_KUBERNETES: [(&str, &str); 14] = [
        ("STOA_GENERATION_SERVICE_HOST", "10.96.7.20"),
        ("STOA_GENERATION_SERVICE_PORT", "50051"),
        ("STOA_GENERATION_SERVICE_PORT_GRPC", "50051"),
        ("STOA_GENERATION_SERVICE_PORT_HTTP_METRICS", "9090"),
        ("STOA_GENERATION_PORT", "tcp://10.96.7.20:50051"),
        ("STOA_GENERATION_PORT_50051_TCP", "tcp://10.96.7.20:50051"),
        ("STOA_GENERATION_PORT_50051_TCP_PROTO", "tcp"),
        ("STOA_GENERATION_PORT_50051_TCP_PORT", "50051"),
        ("STOA_GENERATION_PORT_50051_TCP_ADDR", "10.96.7.20"),
        ("STOA_SERVICE_HOST", "10.96.7.21"),
        ("STOA_PORT", "tcp://10.96.7.21:7700"),
        ("STOA_PORT_7700_TCP_ADDR", "10.96.7.21"),
        ("STOA_WEB_UI_PORT_53_UDP", "udp://[fd00::7]:53"),
        ("STOA_WEB_UI_SERVICE_PORT", "53"),
    ];

    #[test]
    fn what_kubernetes_makes_of_services_is_passed_over() {
        for (variable, value) in OF_KUBERNETES {
            assert_eq!(key_of(variable, value), None, "{variable}");
        }
    }

    #[test]
    fn what_is_for_tests_and_benchmarks_is_passed_over() {
        for variable in ["STOA_BENCH_DATA", "STOA_TEST_SEED", "STOA_SPACE", "HOME"] {
            assert_eq!(key_of(variable, "x"), None, "{variable}");
        }
    }

    #[test]
    fn what_is_misspelt_is_still_a_key_and_so_refused() {
        for (variable, value, key) in [
            ("STOA_SERVER_PORT", "8080", "server.port"),
            ("STOA_GENERATION_PORTS", "x", "generation.ports"),
            ("STOA_GENERATION_PORT_X_TCP", "x", "generation.port_x_tcp"),
            (
                "STOA_GENERATION_PORT_1_TCP_X",
                "x",
                "generation.port_1_tcp_x",
            ),
            ("STOA_NATS_SERVICE", "x", "nats.service"),
            ("STOA_TOKENS", "x", "tokens"),
            ("DISCORD_TOKEN", "x", "discord.token"),
        ] {
            assert_eq!(key_of(variable, value).as_deref(), Some(key));
        }
    }

    #[test]
    fn a_key_and_its_variable_lead_to_each_other() {
        for key in ["database.max_connections", "token", "token_previous"] {
            assert_eq!(key_of(&variable_of(key), "7").as_deref(), Some(key));
        }
    }
}
