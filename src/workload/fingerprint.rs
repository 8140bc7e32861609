//! Whether two plans are the same, in sixteen digits.

use super::plan::Plan;
use chaos_node::fnv1a;

impl Plan {
    /// Sixteen hexadecimal digits that another plan hardly has too: a hash of the plan as it is
    /// written.
    pub fn fingerprint(&self) -> String {
        let text = serde_json::to_vec(self).expect("a plan can be written");
        format!("{:016x}", fnv1a(&text))
    }
}

#[cfg(test)]
mod tests {
    use crate::check::testing::plan;

    #[test]
    fn another_plan_has_another() {
        let (one, mut other) = (plan(), plan());
        assert_eq!(one.fingerprint(), other.fingerprint());
        other.seed += 1;
        assert_ne!(one.fingerprint(), other.fingerprint());
    }
}
