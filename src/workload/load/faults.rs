//! What can go wrong, as a workload file has it.

use super::{Loader, links};
use crate::network::{LinkParams, Ppm};
use crate::workload::Diagnostic;
use crate::workload::fault::{NodeSpec, Shape};
use crate::workload::file::{
    ClockFile, DegradeFile, DiskFile, FaultFile, LinksFile, PartitionFile, SkewKind, TroubleKind,
    Victims,
};
use crate::workload::trouble::{DiskTrouble, MOST_SKEW, Skew};
use crate::workload::units::{Percent, Time};
use crate::workload::{FaultKind, FaultSource, When};
use chaos_node::Nanos;
use serde_saphyr::Spanned;

/// Whom a kill strikes where the workload does not say: a power cut takes all at once.
const KILLED: [NodeSpec; 5] =
    [NodeSpec::One, NodeSpec::Minority, NodeSpec::Majority, NodeSpec::All, NodeSpec::Leader];
/// Whom clocks that go wrong strike where the workload does not say: a time server is everybody's.
const SKEWED: [NodeSpec; 4] =
    [NodeSpec::One, NodeSpec::Minority, NodeSpec::Majority, NodeSpec::Leader];
/// Whom all else strikes where the workload does not say.
const STRUCK: [NodeSpec; 3] = [NodeSpec::One, NodeSpec::Minority, NodeSpec::Leader];

impl Loader<'_> {
    pub(super) fn faults(
        &self,
        written: Option<Vec<FaultFile>>,
        nodes: u16,
    ) -> Result<Vec<FaultSource>, Diagnostic> {
        match written {
            None => Ok(default_faults(nodes)),
            Some(faults) => faults.into_iter().map(|fault| self.fault(fault, nodes)).collect(),
        }
    }

    fn fault(&self, raw: FaultFile, nodes: u16) -> Result<FaultSource, Diagnostic> {
        Ok(match raw {
            FaultFile::Kill(raw) => {
                let kind = FaultKind::Kill(self.victims(raw.victims, &KILLED, nodes)?);
                source(kind, (raw.every, raw.lasts, raw.when), 300)
            }
            FaultFile::Pause(raw) => {
                let kind = FaultKind::Pause(self.victims(raw.victims, &STRUCK, nodes)?);
                source(kind, (raw.every, raw.lasts, raw.when), 300)
            }
            FaultFile::Partition(raw) => {
                let kind = FaultKind::Partition(self.shapes(&raw, nodes)?);
                source(kind, (raw.every, raw.lasts, raw.when), 500)
            }
            FaultFile::Links(raw) => {
                source(FaultKind::Links(degrade(&raw)), (raw.every, raw.lasts, raw.when), 500)
            }
            FaultFile::Clock(raw) => self.clock(raw, nodes)?,
            FaultFile::Disk(raw) => self.disk(raw, nodes)?,
            FaultFile::Slow(raw) => {
                let victims = self.victims(raw.victims, &STRUCK, nodes)?;
                let step = raw.step.map_or(Nanos::from_millis(2), |time| time.0);
                source(FaultKind::Slow(victims, step), (raw.every, raw.lasts, raw.when), 500)
            }
        })
    }

    fn clock(&self, raw: ClockFile, nodes: u16) -> Result<FaultSource, Diagnostic> {
        let all = vec![SkewKind::Fast, SkewKind::Slow, SkewKind::Jump, SkewKind::Strobe];
        let kinds = self.kinds(raw.kinds, all)?;
        let ppm = self.skew(raw.rate)?;
        let by = raw.jump.map_or(Nanos::from_millis(500), |time| time.0);
        let period = raw.period.as_ref().map_or(Nanos::from_millis(20), |time| time.value.0);
        let skew = |kind: &SkewKind| match kind {
            SkewKind::Fast => Skew::Rate { ppm },
            SkewKind::Slow => Skew::Rate { ppm: -ppm },
            SkewKind::Jump => Skew::Jump { by },
            SkewKind::Strobe => Skew::Strobe { ppm, period },
        };
        let skews: Vec<Skew> = kinds.iter().map(skew).collect();
        if let Some(period) = raw.period.filter(|_| !skews.iter().all(|skew| skew.is_possible())) {
            let message = format!("expected a period of at least 100us, found {}", period.value.0);
            return Err(self.mistake(period.referenced, message));
        }
        let kind = FaultKind::Clock(self.victims(raw.victims, &SKEWED, nodes)?, skews);
        Ok(source(kind, (raw.every, raw.lasts, raw.when), 500))
    }

    /// How far off its rate a clock is, in millionths.
    fn skew(&self, written: Option<Spanned<Percent>>) -> Result<i32, Diagnostic> {
        let Some(written) = written else { return Ok(200_000) };
        let ppm = i32::try_from(written.value.0.0).unwrap_or(i32::MAX);
        match ppm <= MOST_SKEW {
            true => Ok(ppm),
            false => {
                let message = format!("expected at most 90%, found {}", written.value.0);
                Err(self.mistake(written.referenced, message))
            }
        }
    }

    fn disk(&self, raw: DiskFile, nodes: u16) -> Result<FaultSource, Diagnostic> {
        let usual = vec![TroubleKind::Slow, TroubleKind::Full, TroubleKind::Broken];
        let kinds = self.kinds(raw.kinds, usual)?;
        let sync = raw.sync.map_or(Nanos::from_millis(20), |time| time.0);
        let trouble = |kind: &TroubleKind| match kind {
            TroubleKind::Slow => DiskTrouble::Slow { sync },
            TroubleKind::Full => DiskTrouble::Full,
            TroubleKind::Broken => DiskTrouble::Broken,
            TroubleKind::BitFlip => DiskTrouble::BitFlip,
        };
        let troubles = kinds.iter().map(trouble).collect();
        let kind = FaultKind::Disk(self.victims(raw.victims, &STRUCK, nodes)?, troubles);
        Ok(source(kind, (raw.every, raw.lasts, raw.when), 300))
    }

    fn kinds<T>(
        &self,
        written: Option<Spanned<Vec<T>>>,
        usual: Vec<T>,
    ) -> Result<Vec<T>, Diagnostic> {
        match written {
            None => Ok(usual),
            Some(kinds) if kinds.value.is_empty() => {
                let message = "a fault of no kind: leave the fault out instead".to_owned();
                Err(self.mistake(kinds.referenced, message))
            }
            Some(kinds) => Ok(kinds.value),
        }
    }

    fn victims(
        &self,
        written: Option<Victims>,
        default: &[NodeSpec],
        nodes: u16,
    ) -> Result<Vec<NodeSpec>, Diagnostic> {
        let Some(victims) = written else {
            return Ok(possible(default, nodes));
        };
        for spec in &victims.value {
            if spec.value.count(nodes) == 0 {
                let message = format!("`{}` of {nodes} nodes is nobody", spec.value);
                return Err(self.mistake(spec.referenced, message));
            }
        }
        match victims.value.is_empty() {
            true => {
                let message = "a fault with no victims: leave the fault out instead".to_owned();
                Err(self.mistake(victims.referenced, message))
            }
            false => Ok(victims.value.iter().map(|spec| spec.value).collect()),
        }
    }

    fn shapes(&self, raw: &PartitionFile, nodes: u16) -> Result<Vec<Shape>, Diagnostic> {
        let Some(shapes) = &raw.shapes else {
            return Ok(default_shapes(nodes));
        };
        for shape in &shapes.value {
            let least = shape.value.least_nodes();
            if least > nodes {
                let shape_needs = format!("a partition `{}` needs {least} nodes", shape.value);
                let message = format!("{shape_needs}, the workload has {nodes}");
                return Err(self.mistake(shape.referenced, message));
            }
        }
        match shapes.value.is_empty() {
            true => {
                let message = "a partition with no shapes: leave the fault out instead".to_owned();
                Err(self.mistake(shapes.referenced, message))
            }
            false => Ok(shapes.value.iter().map(|shape| shape.value).collect()),
        }
    }
}

type Timing = (Option<Time>, Option<Time>, Option<When>);

fn source(kind: FaultKind, (every, lasts, when): Timing, millis: u64) -> FaultSource {
    let or = |time: Option<Time>, default| time.map_or(Nanos::from_millis(default), |time| time.0);
    FaultSource { kind, every: or(every, 800), lasts: or(lasts, millis), when }
}

fn degrade(raw: &DegradeFile) -> LinkParams {
    let nothing_said = [raw.delay, raw.jitter].iter().all(Option::is_none)
        && [raw.loss, raw.duplicate, raw.reorder].iter().all(Option::is_none);
    if nothing_said {
        return worse_links();
    }
    links(&LinksFile {
        delay: raw.delay,
        jitter: raw.jitter,
        loss: raw.loss,
        duplicate: raw.duplicate,
        reorder: raw.reorder,
        hold: raw.hold,
    })
}

fn worse_links() -> LinkParams {
    LinkParams {
        delay: Nanos::from_millis(5),
        jitter: Nanos::from_millis(30),
        loss: Ppm(20_000),
        duplicate: Ppm(50_000),
        reorder: Ppm(50_000),
        hold: Nanos::from_millis(60),
    }
}

fn possible(specs: &[NodeSpec], nodes: u16) -> Vec<NodeSpec> {
    specs.iter().copied().filter(|spec| spec.count(nodes) > 0).collect()
}

fn default_shapes(nodes: u16) -> Vec<Shape> {
    Shape::ALL.into_iter().filter(|shape| shape.least_nodes() <= nodes).collect()
}

/// Everything that can be done, in every world, to a cluster of this size.
fn default_faults(nodes: u16) -> Vec<FaultSource> {
    let mut kinds = vec![
        (FaultKind::Kill(possible(&KILLED, nodes)), 300),
        (FaultKind::Pause(possible(&STRUCK, nodes)), 300),
        (FaultKind::Links(worse_links()), 500),
    ];
    let shapes = default_shapes(nodes);
    if !shapes.is_empty() {
        kinds.push((FaultKind::Partition(shapes), 500));
    }
    kinds.into_iter().map(|(kind, millis)| source(kind, (None, None, None), millis)).collect()
}
