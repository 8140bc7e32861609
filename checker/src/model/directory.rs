//! A file system's namespace whose files can be renamed: `create`, `delete` and `stat` as of
//! [`Namespace`], and `rename` of one name to another, which is given as its input.
//!
//! `rename` gives `true` where there was a file and none of the other name, which has it from then on,
//! and `false` where it changed nothing. Both names change at one instant, so that all names are one
//! object.

use super::namespace::{NameAction, NameState, Namespace};
use super::{Hint, Makes, Model, Needs, NotInModel, result_of};
use crate::history::{Brief, Operation, Value};
use std::collections::BTreeMap;

/// The model of a namespace without files at first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Directory;

/// Something done to a namespace.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum DirectoryAction {
    /// To one name.
    Name(Value, NameAction),
    /// The file was renamed, or could not be; or nobody knows which.
    Rename {
        /// What it was called.
        from: Value,
        /// What it is called then.
        to: Value,
        /// Whether it was done.
        done: Option<bool>,
    },
}

impl Model for Directory {
    /// The names that have a file.
    type State = BTreeMap<Value, NameState>;
    type Action = DirectoryAction;

    fn name(&self) -> &'static str {
        "namespace"
    }

    fn initial(&self) -> Self::State {
        BTreeMap::new()
    }

    fn action(&self, operation: &Operation) -> Result<DirectoryAction, NotInModel> {
        let name = operation.key.clone().unwrap_or_default();
        if operation.f != "rename" {
            return Ok(DirectoryAction::Name(name, Namespace.action(operation)?));
        }
        let done = match result_of(operation) {
            Some(Value::Bool(done)) => Some(*done),
            None => None,
            Some(_) => {
                return Err(NotInModel::new("namespace", operation, "rename gives a boolean"));
            }
        };
        Ok(DirectoryAction::Rename { from: name, to: operation.input.clone(), done })
    }

    fn step(&self, state: &Self::State, action: &DirectoryAction) -> Vec<Self::State> {
        match action {
            DirectoryAction::Name(name, action) => {
                let here = state.get(name).copied().unwrap_or_default();
                let next = Namespace.step(&here, action).into_iter();
                next.map(|next| with(state, name, next)).collect()
            }
            DirectoryAction::Rename { from, to, done } => {
                let file = state.get(from).filter(|_| !state.contains_key(to));
                if done.is_some_and(|done| done != file.is_some()) {
                    return Vec::new();
                }
                vec![file.map_or_else(
                    || state.clone(),
                    |file| with(&with(state, from, NameState::Missing), to, *file),
                )]
            }
        }
    }

    /// All names are one object.
    fn partition(&self, _operation: &Operation) -> Option<Value> {
        None
    }

    fn hint(&self, action: &DirectoryAction) -> Hint<Self::State> {
        use NameAction::{Create, Delete, MayCreate, Nothing, Stat};
        match action {
            DirectoryAction::Name(_, Nothing) => Hint { needs: Needs::Any, makes: Makes::Same },
            DirectoryAction::Name(_, Delete(None) | MayCreate)
            | DirectoryAction::Rename { done: None, .. } => {
                Hint { needs: Needs::Any, makes: Makes::Unsaid }
            }
            DirectoryAction::Name(_, Create(Err(())) | Delete(Some(false)) | Stat(None))
            | DirectoryAction::Rename { done: Some(false), .. } => {
                Hint { needs: Needs::Unsaid, makes: Makes::Same }
            }
            DirectoryAction::Name(..) | DirectoryAction::Rename { .. } => Hint::default(),
        }
    }

    fn heap(&self, state: &Self::State) -> usize {
        // A node of the tree has room for eleven names and holds six at least; some have edges.
        const NODE: usize = 11 * size_of::<(Value, NameState)>() + 2 * size_of::<usize>();
        (state.len() / 6 + 1) * NODE * 5 / 4
    }

    fn describe(&self, state: &Self::State) -> String {
        const SHOWN: usize = 12;
        let told = |(name, file): (&Value, &NameState)| {
            format!("{}: {}", Brief(name), Namespace.describe(file))
        };
        let shown: Vec<String> = state.iter().take(SHOWN).map(told).collect();
        match state.len() - shown.len() {
            0 if state.is_empty() => "no files".to_owned(),
            0 => shown.join(", "),
            more => format!("{} and {more} more", shown.join(", ")),
        }
    }
}

/// The names with that one as it is now.
fn with(
    state: &BTreeMap<Value, NameState>,
    name: &Value,
    file: NameState,
) -> BTreeMap<Value, NameState> {
    let mut state = state.clone();
    match file {
        NameState::Missing => state.remove(name),
        NameState::Unnamed | NameState::File(_) => state.insert(name.clone(), file),
    };
    state
}

#[cfg(test)]
mod tests {
    use super::Directory;
    use crate::{Budget, check, read_jsonl};

    fn is_valid(lines: &[(&str, &str, &str)]) -> bool {
        let mut log = String::new();
        for (n, (f, key, value)) in lines.iter().enumerate() {
            let (at, done) = (2 * n, 2 * n + 1);
            let input = if *f == "rename" { r#","value":"b""# } else { "" };
            log += &format!(
                r#"{{"index":{at},"time":{at},"process":0,"type":"invoke","f":"{f}","key":"{key}"{input}}}
{{"index":{done},"time":{done},"process":0,"type":"ok","f":"{f}","key":"{key}","value":{value}}}
"#
            );
        }
        let history = read_jsonl(log.as_bytes()).unwrap();
        check(&Directory, &history, &Budget::default()).unwrap().is_valid()
    }

    #[test]
    fn a_file_goes_from_name_to_name_and_takes_no_other_ones() {
        let renamed = [
            ("create", "a", "1"),
            ("rename", "a", "true"),
            ("stat", "a", "null"),
            ("stat", "b", "1"),
        ];
        assert!(is_valid(&renamed));
        let both = [renamed[0], renamed[1], ("stat", "a", "1")];
        assert!(!is_valid(&both));
        let neither = [renamed[0], renamed[1], ("stat", "b", "null")];
        assert!(!is_valid(&neither));
        let taken = [("create", "a", "1"), ("create", "b", "2"), ("rename", "a", "false")];
        assert!(is_valid(&taken));
        assert!(!is_valid(&[taken[0], taken[1], ("rename", "a", "true")]));
        assert!(!is_valid(&[("rename", "a", "true")]));
    }
}
