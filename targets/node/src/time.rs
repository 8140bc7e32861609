//! Time, in nanoseconds.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Div, Mul, Sub};
use std::str::FromStr;
use std::time::Duration;

/// A point in time since some start, or a span of time, in nanoseconds.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Nanos(pub u64);

impl Nanos {
    /// The start, or no time at all.
    pub const ZERO: Nanos = Nanos(0);
    /// Further away than any run lasts: 584 years.
    pub const MAX: Nanos = Nanos(u64::MAX);

    /// So many microseconds.
    pub const fn from_micros(micros: u64) -> Nanos {
        Nanos(micros * 1_000)
    }

    /// So many milliseconds.
    pub const fn from_millis(millis: u64) -> Nanos {
        Nanos(millis * 1_000_000)
    }

    /// So many seconds.
    pub const fn from_secs(secs: u64) -> Nanos {
        Nanos(secs * 1_000_000_000)
    }

    /// Whole milliseconds, rounded down.
    pub const fn as_millis(self) -> u64 {
        self.0 / 1_000_000
    }

    /// Seconds, for printing: never for deciding.
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// The time from `earlier` to `self`, or zero if `earlier` is later.
    pub const fn saturating_sub(self, earlier: Nanos) -> Nanos {
        Nanos(self.0.saturating_sub(earlier.0))
    }
}

impl Add for Nanos {
    type Output = Nanos;
    fn add(self, other: Nanos) -> Nanos {
        Nanos(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Nanos {
    fn add_assign(&mut self, other: Nanos) {
        *self = *self + other;
    }
}

impl Sub for Nanos {
    type Output = Nanos;
    fn sub(self, other: Nanos) -> Nanos {
        assert!(self >= other, "time ran backwards: {self} - {other}");
        Nanos(self.0 - other.0)
    }
}

impl Mul<u64> for Nanos {
    type Output = Nanos;
    fn mul(self, times: u64) -> Nanos {
        Nanos(self.0.saturating_mul(times))
    }
}

impl Div<u64> for Nanos {
    type Output = Nanos;
    fn div(self, parts: u64) -> Nanos {
        Nanos(self.0 / parts)
    }
}

impl Sum for Nanos {
    fn sum<I: Iterator<Item = Nanos>>(all: I) -> Nanos {
        all.fold(Nanos::ZERO, Add::add)
    }
}

impl From<Duration> for Nanos {
    fn from(duration: Duration) -> Nanos {
        Nanos(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
    }
}

impl From<Nanos> for Duration {
    fn from(nanos: Nanos) -> Duration {
        Duration::from_nanos(nanos.0)
    }
}

impl fmt::Display for Nanos {
    /// In the largest unit that needs no fraction, as a workload would write it: `200ms`, `5s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u64, &str); 3] = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")];
        let unit = UNITS.iter().find(|(size, _)| self.0 >= *size && self.0.is_multiple_of(*size));
        match unit {
            Some((size, name)) => write!(f, "{}{name}", self.0 / size),
            None if self.0 == 0 => write!(f, "0s"),
            None => write!(f, "{}ns", self.0),
        }
    }
}

/// A text that is no span of time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected a time with its unit, such as 200ms, 1.5s or 2m, found `{0}`")]
pub struct BadTime(pub String);

impl FromStr for Nanos {
    type Err = BadTime;

    /// Reads a whole or decimal number and one of the units ns, us, ms, s, m and h.
    fn from_str(text: &str) -> Result<Nanos, BadTime> {
        parse(text).ok_or_else(|| BadTime(text.to_owned()))
    }
}

fn parse(text: &str) -> Option<Nanos> {
    let unit_at = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (number, unit) = text.split_at(unit_at);
    let size: u64 = match unit {
        "ns" => 1,
        "us" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    };
    let (whole, fraction) = number.trim_end().split_once('.').unwrap_or((number.trim_end(), "0"));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if fraction.len() > 9 || !digits(whole) || !digits(fraction) {
        return None;
    }
    let part = fraction.parse::<u64>().ok()?;
    let scale = 10u64.pow(u32::try_from(fraction.len()).ok()?);
    let part = u64::try_from(u128::from(part) * u128::from(size) / u128::from(scale)).ok()?;
    whole.parse::<u64>().ok()?.checked_mul(size)?.checked_add(part).map(Nanos)
}

#[cfg(test)]
mod tests {
    use super::Nanos;

    #[test]
    fn reads_what_people_write_and_nothing_else() {
        let good = [("200ms", 200_000_000), ("1.5s", 1_500_000_000), ("2m", 120_000_000_000)];
        for (text, nanos) in good {
            assert_eq!(text.parse(), Ok(Nanos(nanos)), "{text}");
        }
        for text in ["", "5", "s", "-1s", "1e3s", "1.s2", "5 parsecs", "99999999999h", "1..5s"] {
            assert!(text.parse::<Nanos>().is_err(), "{text}");
        }
    }

    #[test]
    fn prints_in_the_largest_whole_unit() {
        assert_eq!(Nanos::from_millis(1500).to_string(), "1500ms");
        assert_eq!(Nanos::from_secs(5).to_string(), "5s");
        assert_eq!(Nanos(1_001).to_string(), "1001ns");
        assert_eq!(Nanos::ZERO.to_string(), "0s");
    }

    #[test]
    #[should_panic(expected = "time ran backwards")]
    fn never_runs_backwards_silently() {
        let _ = Nanos(1) - Nanos(2);
    }
}
