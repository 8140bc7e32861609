//! The systems under test that the tool knows.

use chaos_node::Target;

/// The systems under test that the tool knows, in the order in which they are listed.
#[derive(Clone)]
pub struct Targets(Vec<&'static dyn Target>);

impl Targets {
    /// Those that come with the tool.
    pub fn builtin() -> Targets {
        Targets(vec![
            &chaos_raft::Raft,
            &chaos_bully::Bully,
            &chaos_ring::Ring,
            &chaos_gfs_lease::Gfs,
        ])
    }

    /// These as well; one of the same name as an earlier one takes its place.
    #[must_use]
    pub fn with(mut self, more: &[&'static dyn Target]) -> Targets {
        self.0.retain(|known| more.iter().all(|target| target.name() != known.name()));
        self.0.extend_from_slice(more);
        self
    }

    /// The target of that name.
    pub fn find(&self, name: &str) -> Option<&'static dyn Target> {
        self.0.iter().copied().find(|target| target.name() == name)
    }

    /// Their names.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|target| target.name())
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &'static dyn Target> {
        self.0.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::Targets;
    use crate::workload::plan::Property;
    use chaos_checker::Kind;

    #[test]
    fn profiles_name_what_there_is() {
        for target in Targets::builtin().iter() {
            let (name, profile) = (target.name(), target.profile());
            assert!(profile.operation(profile.read).is_some(), "{name}");
            assert!(profile.operations.iter().any(|operation| operation.weight > 0), "{name}");
            assert!(profile.model.is_none_or(|model| model.parse::<Kind>().is_ok()), "{name}");
            for check in profile.checks {
                assert!(Property::named(check).is_some(), "{name}: {check}");
            }
        }
    }
}
