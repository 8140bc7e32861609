//! Quantities as people write them: `200ms`, `50/s`, `0.1%`.

use crate::network::Ppm;
use chaos_node::Nanos;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::str::FromStr;

/// A span of time: `200ms`, `1.5s`, `2m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Time(pub(crate) Nanos);

/// So many a second: `50/s`, `3000/m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rate {
    /// The mean time between two.
    pub(crate) every: Nanos,
}

/// A share: `0.1%`, `50%`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Percent(pub(crate) Ppm);

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Time, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Time).map_err(D::Error::custom)
    }
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Rate, String> {
        parse_rate(text)
            .ok_or_else(|| format!("expected a rate such as 50/s or 600/m, found `{text}`"))
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Percent, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_percent(&text).map(Percent).ok_or_else(|| {
            D::Error::custom(format!(
                "expected a share between 0% and 100%, such as 0.1%, found `{text}`"
            ))
        })
    }
}

fn parse_rate(text: &str) -> Option<Rate> {
    let (count, unit) = text.split_once('/')?;
    let count: u64 = count.trim().parse().ok().filter(|count| (1..=1_000_000).contains(count))?;
    let span: Nanos = format!("1{}", unit.trim()).parse().ok()?;
    Some(Rate { every: span / count })
}

fn parse_percent(text: &str) -> Option<Ppm> {
    let number = text.strip_suffix('%')?.trim();
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 3 || fraction.len() > 4 || !digits(whole) {
        return None;
    }
    let fraction: u32 = format!("{fraction:0<4}").parse().ok().filter(|_| digits(fraction))?;
    let parts = whole.parse::<u32>().ok()? * 10_000 + fraction;
    (parts <= 1_000_000).then_some(Ppm(parts))
}

impl JsonSchema for Time {
    fn schema_name() -> Cow<'static, str> {
        "Time".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": r"^[0-9]+(\.[0-9]+)?(ns|us|ms|s|m|h)$",
            "description": "a span of time: 200ms, 1.5s, 2m"
        })
    }
}

impl JsonSchema for Rate {
    fn schema_name() -> Cow<'static, str> {
        "Rate".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": r"^[0-9]+/(ms|s|m|h)$",
            "description": "so many in a span of time: 50/s"
        })
    }
}

impl JsonSchema for Percent {
    fn schema_name() -> Cow<'static, str> {
        "Percent".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": r"^[0-9]{1,3}(\.[0-9]{1,4})?%$",
            "description": "a share: 0.1%, 50%"
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{parse_percent, parse_rate};
    use crate::network::Ppm;
    use chaos_node::Nanos;

    #[test]
    fn shares() {
        let good = [("0.1%", 1_000), ("50%", 500_000), ("100%", 1_000_000), ("0.0001%", 1)];
        for (text, parts) in good {
            assert_eq!(parse_percent(text), Some(Ppm(parts)), "{text}");
        }
        for text in ["", "%", "5", "-1%", "101%", "1e1%", "0.00001%", ".5%", "1.+2%"] {
            assert_eq!(parse_percent(text), None, "{text}");
        }
    }

    #[test]
    fn rates() {
        assert_eq!(parse_rate("50/s").map(|rate| rate.every), Some(Nanos::from_millis(20)));
        assert_eq!(parse_rate("600/m").map(|rate| rate.every), Some(Nanos::from_millis(100)));
        for text in ["", "50", "0/s", "50/", "/s", "-1/s", "50/parsec", "1.5/s"] {
            assert_eq!(parse_rate(text), None, "{text}");
        }
    }
}
