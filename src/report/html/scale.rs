//! From times to places on a figure, in percent of its width.

use chaos_node::Nanos;

/// A time axis: between its knots time is spread evenly.
#[derive(Clone, Debug)]
pub(super) struct Scale {
    knots: Vec<(Nanos, f64)>,
}

impl Scale {
    /// An axis true to scale.
    pub(super) fn linear(from: Nanos, to: Nanos) -> Scale {
        let to = to.max(from + Nanos(1));
        Scale { knots: vec![(from, 0.0), (to, 100.0)] }
    }

    /// An axis on which these times are equally far from each other, in order: for a story in
    /// which only the order counts.
    pub(super) fn ordinal(times: &[Nanos]) -> Scale {
        let mut times = times.to_vec();
        times.sort_unstable();
        times.dedup();
        let step = 100.0 / (times.len() + 1) as f64;
        let place = |(number, time): (usize, Nanos)| (time, step * (number + 1) as f64);
        let mut knots: Vec<_> = times.into_iter().enumerate().map(place).collect();
        if knots.is_empty() {
            knots.push((Nanos::ZERO, 0.0));
        }
        Scale { knots }
    }

    /// The place of a time; the nearest end of the axis where it lies beyond.
    pub(super) fn at(&self, time: Nanos) -> f64 {
        let after = self.knots.partition_point(|(knot, _)| *knot <= time);
        let Some((t1, p1)) = self.knots.get(after).copied() else { return self.end(time) };
        let Some(before) = after.checked_sub(1) else { return self.start(time) };
        let (t0, p0) = self.knots[before];
        let part = time.saturating_sub(t0).0 as f64 / t1.saturating_sub(t0).0.max(1) as f64;
        p0 + (p1 - p0) * part
    }

    /// Where a bar from here to there begins and how long it is; `None` means without end. Nothing
    /// if it lies beyond the axis.
    pub(super) fn bar(&self, from: Nanos, to: Option<Nanos>) -> Option<(f64, f64)> {
        let (first, last) = (self.knots[0].0, self.knots[self.knots.len() - 1].0);
        if from > last || to.is_some_and(|to| to < first) {
            return None;
        }
        let start = self.at(from);
        let end = to.map_or(100.0, |to| self.at(to));
        Some((start, (end - start).max(0.0)))
    }

    /// Round times to mark on the axis, about so many.
    pub(super) fn ticks(&self, about: u64) -> Vec<Nanos> {
        let (first, last) = (self.knots[0].0, self.knots[self.knots.len() - 1].0);
        let step = round_step(last.saturating_sub(first).0 / about.max(1));
        let from = first.0.div_ceil(step);
        (from..=last.0 / step).map(|number| Nanos(number * step)).collect()
    }

    /// On an axis of order alone, what lies before its first knot lies at its edge.
    fn start(&self, time: Nanos) -> f64 {
        let (first, place) = self.knots[0];
        if time < first { 0.0 } else { place }
    }

    fn end(&self, time: Nanos) -> f64 {
        let (last, place) = self.knots[self.knots.len() - 1];
        if time > last { 100.0 } else { place }
    }
}

/// The smallest of 1, 2, 5, 10, 20, 50, … that is at least this.
fn round_step(least: u64) -> u64 {
    let mut unit = 1;
    loop {
        for step in [1, 2, 5] {
            if step * unit >= least || unit > u64::MAX / 50 {
                return step * unit;
            }
        }
        unit *= 10;
    }
}

/// A place as an attribute has it.
pub(super) fn percent(place: f64) -> String {
    let text = format!("{place:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text}%")
}

#[cfg(test)]
mod tests {
    use super::{Scale, percent};
    use chaos_node::Nanos;

    #[test]
    fn a_linear_axis_is_true_to_scale_and_has_round_ticks() {
        let scale = Scale::linear(Nanos(1000), Nanos(3000));
        assert_eq!(scale.at(Nanos(1500)), 25.0);
        assert_eq!((scale.at(Nanos(0)), scale.at(Nanos(9999))), (0.0, 100.0));
        assert_eq!(scale.ticks(4), [1000, 1500, 2000, 2500, 3000].map(Nanos));
        assert_eq!(scale.bar(Nanos(0), Some(Nanos(2000))), Some((0.0, 50.0)));
        assert_eq!(scale.bar(Nanos(2000), None), Some((50.0, 50.0)));
        assert_eq!(scale.bar(Nanos(0), Some(Nanos(999))), None);
    }

    #[test]
    fn an_ordinal_axis_keeps_order_and_gives_each_moment_its_room() {
        let scale = Scale::ordinal(&[Nanos(1_000_000), Nanos(1), Nanos(2)]);
        let places = [1, 2, 1_000_000].map(|time| scale.at(Nanos(time)));
        assert_eq!(places, [25.0, 50.0, 75.0]);
        assert_eq!(Scale::ordinal(&[]).at(Nanos(7)), 100.0);
    }

    #[test]
    fn odd_axes_do_no_harm() {
        let scale = Scale::linear(Nanos::MAX, Nanos::MAX);
        let _ = (scale.at(Nanos::MAX), scale.ticks(10).len());
        let _ = Scale::linear(Nanos::ZERO, Nanos::MAX).ticks(3);
        assert_eq!([percent(25.0), percent(33.333), percent(0.0)], ["25%", "33.33%", "0%"]);
    }
}
