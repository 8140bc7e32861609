//! `chaos doctor`: what this machine has and lacks.

use super::exit::{ExitCode, Failure};
use super::say::say;
use crate::world::process::{Finding, diagnose};

pub(super) fn doctor() -> Result<ExitCode, Failure> {
    let findings = diagnose();
    say(&findings.iter().map(told).collect::<String>())?;
    match findings.iter().all(|finding| finding.ok) {
        true => Ok(ExitCode::Valid),
        false => Ok(ExitCode::Unavailable),
    }
}

fn told(finding: &Finding) -> String {
    let mark = if finding.ok { "ok     " } else { "missing" };
    let found = format!("{mark}  {:<24}{}\n", finding.name, finding.detail);
    match &finding.remedy {
        Some(remedy) => format!("{found}{:<33}to do: {remedy}\n", ""),
        None => found,
    }
}
