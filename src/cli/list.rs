//! `chaos list`: everything that a workload can name.

use super::exit::ExitCode;
use crate::targets::Targets;
use crate::workload::fault::Shape;
use crate::workload::plan::Property;

pub(super) fn list(targets: &Targets) -> ExitCode {
    println!("targets");
    for target in targets.iter() {
        println!("  {:<26}{}", target.name(), target.about());
        for mutant in target.mutants() {
            println!("    --mutant {:<24}{}", mutant.name, mutant.about);
        }
    }
    println!("\nfaults");
    println!("  kill, pause, partition, links");
    let shapes: Vec<String> = Shape::ALL.iter().map(Shape::to_string).collect();
    println!("  shapes of partitions: {}", shapes.join(", "));
    println!("  node specs: one, minority, majority, all, leader, n1, n2, …");
    println!("\nproperties");
    for property in Property::ALL {
        println!("  {:<26}{}", property.name(), property.about());
    }
    ExitCode::Valid
}
