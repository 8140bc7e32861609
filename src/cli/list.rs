//! `chaos list`: everything that a workload can name.

use super::exit::{ExitCode, Failure};
use super::say::say;
use crate::targets::Targets;
use crate::workload::fault::Shape;
use crate::workload::plan::{NO_MODEL, Property};
use chaos_checker::Kind;
use std::fmt::{Result as Written, Write};

pub(super) fn list(targets: &Targets) -> Result<ExitCode, Failure> {
    let mut text = String::new();
    write(&mut text, targets).expect("a text takes all that is written to it");
    say(&text)?;
    Ok(ExitCode::Valid)
}

fn write(out: &mut String, targets: &Targets) -> Written {
    writeln!(out, "targets")?;
    let mutants = targets.iter().flat_map(|target| target.mutants());
    let width = mutants.map(|mutant| mutant.name.len()).max().unwrap_or(0);
    for target in targets.iter() {
        writeln!(out, "  {:<26}{}", target.name(), target.about())?;
        for mutant in target.mutants() {
            writeln!(out, "    --mutant {:<width$}  {}", mutant.name, mutant.about)?;
        }
    }
    writeln!(out, "\nfaults")?;
    writeln!(out, "  kill, pause, partition, links; in the simulator also clock, disk, slow")?;
    let shapes: Vec<String> = Shape::ALL.iter().map(Shape::to_string).collect();
    writeln!(out, "  shapes of partitions: {}", shapes.join(", "))?;
    writeln!(out, "  node specs: one, minority, majority, all, leader, n1, n2, …")?;
    writeln!(out, "\nmodels\n  {}, {NO_MODEL}", Kind::ALL.map(Kind::name).join(", "))?;
    writeln!(out, "\nproperties")?;
    for property in Property::ALL {
        writeln!(out, "  {:<26}{}", property.name(), property.about())?;
    }
    Ok(())
}
