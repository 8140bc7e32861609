//! `chaos doctor`: what this machine has and lacks.

use super::exit::ExitCode;
use crate::world::process::diagnose;

pub(super) fn doctor() -> ExitCode {
    let findings = diagnose();
    for finding in &findings {
        let mark = if finding.ok { "ok     " } else { "missing" };
        println!("{mark}  {:<24}{}", finding.name, finding.detail);
        if let Some(remedy) = &finding.remedy {
            println!("{:<33}to do: {remedy}", "");
        }
    }
    match findings.iter().all(|finding| finding.ok) {
        true => ExitCode::Valid,
        false => ExitCode::Unavailable,
    }
}
