//! Values cross from the nodes' crate into the checker's, which knows nothing of nodes.

use chaos_checker as checker;
use chaos_node as node;

/// A node's value, as the checker has it.
pub fn to_checker(value: &node::Value) -> checker::Value {
    match value {
        node::Value::Nil => checker::Value::Nil,
        node::Value::Bool(yes) => checker::Value::Bool(*yes),
        node::Value::Int(number) => checker::Value::Int(*number),
        node::Value::Text(text) => checker::Value::Text(text.as_str().into()),
        node::Value::List(values) => checker::Value::list(values.iter().map(to_checker)),
    }
}

/// A checker's value, as nodes have it.
pub fn to_node(value: &checker::Value) -> node::Value {
    match value {
        checker::Value::Nil => node::Value::Nil,
        checker::Value::Bool(yes) => node::Value::Bool(*yes),
        checker::Value::Int(number) => node::Value::Int(*number),
        checker::Value::Text(text) => node::Value::Text(text.to_string()),
        checker::Value::List(values) => node::Value::List(values.iter().map(to_node).collect()),
    }
}
