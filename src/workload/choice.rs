//! Settings of which each seed draws one: a workload that is a *swarm of configurations*.
//!
//! A bug that three impatient nodes show in a second may hide from five patient ones for ever, and
//! the other way round. So what a workload sets can be a list, and each run is of one configuration;
//! a campaign is of many (Groce et al., *Swarm Testing*, ISSTA 2012).

use super::Workload;
use chaos_node::{Nanos, Operation, Rng, Value};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

/// What each seed has a choice of. Where there is none, the workload itself says what is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Choices {
    /// How many nodes.
    pub nodes: Vec<u16>,
    /// How many clients.
    pub clients: Vec<u16>,
    /// How many keys.
    pub keys: Vec<u16>,
    /// The mean times between the starts of two operations.
    pub every: Vec<Nanos>,
    /// The operations with their weights.
    pub operations: Vec<Vec<(&'static Operation, u32)>>,
    /// The target's settings.
    pub options: Vec<(String, Vec<Value>)>,
}

impl Workload {
    /// The workload of a seed: the same without any choice.
    pub(super) fn chosen(&self, seed: u64) -> Workload {
        let rng = &mut Rng::stream(seed, "configuration");
        let choices = &self.choices;
        let mut chosen = Workload { choices: Choices::default(), ..self.clone() };
        pick(&choices.nodes, &mut chosen.nodes, rng);
        pick(&choices.clients, &mut chosen.clients, rng);
        pick(&choices.keys, &mut chosen.keys, rng);
        pick(&choices.every, &mut chosen.every, rng);
        pick(&choices.operations, &mut chosen.operations, rng);
        for (name, values) in &choices.options {
            let value = chosen.target.options.0.entry(name.clone()).or_default();
            pick(values, value, rng);
        }
        chosen
    }

    /// How many nodes its runs may have.
    pub fn sizes(&self) -> Vec<u16> {
        match self.choices.nodes.is_empty() {
            true => vec![self.nodes],
            false => self.choices.nodes.clone(),
        }
    }
}

fn pick<T: Clone>(from: &[T], to: &mut T, rng: &mut Rng) {
    if let Some(picked) = rng.pick(from) {
        *to = picked.clone();
    }
}

/// A value, or several of which each seed draws one.
#[derive(Debug)]
pub(super) struct OneOf<T>(pub(super) Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOf<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<OneOf<T>, D::Error> {
        deserializer.deserialize_any(OneOrMore(PhantomData))
    }
}

/// Tells one from several without an untagged enum, which would lose what was expected.
struct OneOrMore<T>(PhantomData<T>);

macro_rules! scalars {
    ($($visit:ident $type:ty),*) => {
        $(fn $visit<E: Error>(self, value: $type) -> Result<OneOf<T>, E> {
            // As text: whoever takes it knows what it should have been, and where it is.
            T::deserialize(value.to_string().into_deserializer()).map(|one| OneOf(vec![one]))
        })*
    };
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for OneOrMore<T> {
    type Value = OneOf<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value, or a list of values of which each seed draws one")
    }

    scalars!(visit_bool bool, visit_i64 i64, visit_u64 u64, visit_f64 f64, visit_str &str);

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<OneOf<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(|one| OneOf(vec![one]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<OneOf<T>, A::Error> {
        let mut all = Vec::new();
        while let Some(one) = list.next_element()? {
            all.push(one);
        }
        match all.is_empty() {
            true => Err(A::Error::custom("a list of nothing: expected at least one value")),
            false => Ok(OneOf(all)),
        }
    }
}

impl<T: JsonSchema> JsonSchema for OneOf<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("OneOf_{}", T::schema_name()).into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({
            "anyOf": [one, { "type": "array", "items": one, "minItems": 1 }]
        })
    }
}

#[cfg(test)]
mod tests {
    use crate::targets::Targets;
    use crate::workload::plan::Plan;
    use crate::workload::{Workload, draw, load};
    use chaos_node::Value;
    use std::collections::BTreeSet;

    fn workload(text: &str) -> Result<Workload, String> {
        load("w.yaml", text, &Targets::builtin()).map_err(|error| error.to_string())
    }

    const SWARM: &str = "\
target: { name: raft, options: { pre_vote: [true, false], snapshot_every: 7 } }
nodes: [3, 5]
clients: [2, 4]
keys: [1, 9]
rate: [50/s, 100/s]
operations: [{ get: 1 }, { put: 1, append: 2 }]
";

    fn plans(text: &str) -> Vec<Plan> {
        let workload = workload(text).unwrap();
        (0..64).map(|seed| draw::plan(&workload, seed)).collect()
    }

    fn seen<T: Ord>(of: impl Fn(&Plan) -> T) -> BTreeSet<T> {
        plans(SWARM).iter().map(of).collect()
    }

    #[test]
    fn each_seed_draws_one_of_each_and_all_are_drawn() {
        assert_eq!(seen(|plan| plan.nodes), BTreeSet::from([3, 5]));
        assert_eq!(seen(|plan| plan.clients.len()), BTreeSet::from([2, 4]));
        assert_eq!(seen(|plan| plan.final_reads.len()), BTreeSet::from([1, 9]));
        let option =
            |name: &'static str| move |plan: &Plan| plan.target.options.0[name].to_string();
        assert_eq!(seen(option("pre_vote")).len(), 2);
        assert_eq!(seen(option("snapshot_every")).len(), 1);
        assert_eq!(seen(|plan| (plan.nodes, plan.clients.len(), plan.final_reads.len())).len(), 8);
    }

    #[test]
    fn a_run_has_the_operations_of_one_choice_alone() {
        for plan in plans(SWARM) {
            let operations = plan.clients.iter().flat_map(|client| &client.operations);
            let kinds: BTreeSet<&str> = operations.map(|operation| &*operation.op.f).collect();
            assert!(!kinds.contains("get") || kinds.len() == 1, "{kinds:?}");
        }
    }

    #[test]
    fn a_list_of_one_is_that_one() {
        let one = "target: { name: raft, options: { pre_vote: false } }\nnodes: 3\nkeys: 2\n";
        let listed =
            "target: { name: raft, options: { pre_vote: [false] } }\nnodes: [3]\nkeys: [2]\n";
        assert_eq!(plans(one), plans(listed));
        let value = &plans(listed)[0].target.options.0["pre_vote"];
        assert_eq!(*value, Value::Bool(false));
    }

    #[test]
    fn each_choice_must_make_sense() {
        let mistakes = [
            ("target: raft\nnodes: [3, 10]", "expected 1 to 9 nodes, found 10"),
            ("target: raft\nnodes: []", "at least one value"),
            ("target: raft\nclients: [5, x]", "found `x`"),
            ("target: raft\noperations: [{ get: 1 }, { gett: 1 }]", "unknown operation `gett`"),
            ("target: { name: raft, options: { pre_vote: [true, 7] } }", "pre_vote"),
            ("target: { name: raft, options: { pre_vote: [] } }", "at least one value"),
            ("target: raft\nnodes: [1, 5]\nfaults: [kill: { victims: [minority] }]", "is nobody"),
        ];
        for (text, wanted) in mistakes {
            let said = workload(text).expect_err(text);
            assert!(said.contains(wanted), "{text}: {said}");
        }
    }
}
