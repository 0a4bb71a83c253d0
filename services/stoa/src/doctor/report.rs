//! How checks are printed. The JSON form is a contract: scripts read it.

use std::process::ExitCode;

use anyhow::Result;
use serde::Serialize;
use stoa_proto::doctor::Check;

use crate::{
    args::Output,
    client::output::{BAD, GOOD, print_json, say},
};

#[derive(Serialize)]
struct ReportJson {
    ok: bool,
    checks: Vec<CheckJson>,
}

#[derive(Serialize)]
struct CheckJson {
    name: String,
    ok: bool,
    detail: String,
    fix: Option<String>,
}

pub(super) fn good(name: &str, detail: String) -> Check {
    Check {
        name: name.to_owned(),
        ok: true,
        detail,
        fix: String::new(),
    }
}

pub(super) fn bad(name: &str, detail: String, fix: &str) -> Check {
    Check {
        name: name.to_owned(),
        ok: false,
        detail,
        fix: fix.to_owned(),
    }
}

pub(super) fn show(checks: Vec<Check>, output: &Output) -> Result<ExitCode> {
    let ok = checks.iter().all(|check| check.ok);
    if output.json {
        print_json(&ReportJson {
            ok,
            checks: checks.into_iter().map(json).collect(),
        })?;
    } else {
        for Check {
            name,
            ok,
            detail,
            fix,
        } in &checks
        {
            let (style, mark) = if *ok { (GOOD, "✓") } else { (BAD, "✗") };
            say!("{style}{mark}{style:#} {name}: {detail}");
            if !fix.is_empty() {
                say!("    {fix}");
            }
        }
    }
    Ok(if ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn json(check: Check) -> CheckJson {
    CheckJson {
        name: check.name,
        ok: check.ok,
        detail: check.detail,
        fix: (!check.fix.is_empty()).then_some(check.fix),
    }
}
