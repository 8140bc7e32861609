//! A name in a file system's namespace: `create`, `delete`, `stat`, each about one name.
//!
//! * `create` gives the number of the new file, or `false` where there is one already. A number is
//!   never given twice.
//! * `delete` gives whether there was a file.
//! * `stat` gives the file's number, nil where there is none.

use super::{Hint, Makes, Model, Needs, NotInModel, result_of};
use crate::history::{Operation, Value};

/// The model of a name without a file at first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Namespace;

/// The file of a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum NameState {
    /// There is none.
    #[default]
    Missing,
    /// There is one, whose number nobody was told.
    Unnamed,
    /// There is this one.
    File(i64),
}

/// Something done to a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum NameAction {
    /// Made a file of this number, or found one.
    Create(Result<i64, ()>),
    /// Made a file if there was none.
    MayCreate,
    /// Deleted the file, if there was one; whether there was, if known.
    Delete(Option<bool>),
    /// Found this file, or none.
    Stat(Option<i64>),
    /// Asked, but what was found is not known.
    Nothing,
}

impl Model for Namespace {
    type State = NameState;
    type Action = NameAction;

    fn name(&self) -> &'static str {
        "namespace"
    }

    fn initial(&self) -> NameState {
        NameState::Missing
    }

    fn action(&self, operation: &Operation) -> Result<NameAction, NotInModel> {
        let refuse = |reason: &str| Err(NotInModel::new("namespace", operation, reason));
        match (operation.f.as_str(), result_of(operation)) {
            ("create", Some(Value::Int(file))) => Ok(NameAction::Create(Ok(*file))),
            ("create", Some(Value::Bool(false))) => Ok(NameAction::Create(Err(()))),
            ("create", Some(_)) => refuse("create gives a number or false"),
            ("create", None) => Ok(NameAction::MayCreate),
            ("delete", Some(Value::Bool(was))) => Ok(NameAction::Delete(Some(*was))),
            ("delete", Some(_)) => refuse("delete gives a boolean"),
            ("delete", None) => Ok(NameAction::Delete(None)),
            ("stat", Some(Value::Int(file))) => Ok(NameAction::Stat(Some(*file))),
            ("stat", Some(Value::Nil)) => Ok(NameAction::Stat(None)),
            ("stat", Some(_)) => refuse("stat gives a number or nil"),
            ("stat", None) => Ok(NameAction::Nothing),
            _ => refuse("expected create, delete or stat"),
        }
    }

    fn step(&self, state: &NameState, action: &NameAction) -> Vec<NameState> {
        use NameState::{File, Missing, Unnamed};
        let next = match (action, state) {
            (NameAction::Create(Ok(file)), Missing) => Some(File(*file)),
            (NameAction::Create(Ok(_)), _) => None,
            (NameAction::Create(Err(())), Missing) => None,
            (NameAction::Create(Err(())), there) => Some(*there),
            (NameAction::MayCreate, Missing) => Some(Unnamed),
            (NameAction::MayCreate | NameAction::Nothing, there) => Some(*there),
            (NameAction::Delete(was), there) => {
                was.is_none_or(|was| was == (*there != Missing)).then_some(Missing)
            }
            (NameAction::Stat(None), there) => (*there == Missing).then_some(Missing),
            (NameAction::Stat(Some(_)), Missing) => None,
            (NameAction::Stat(Some(found)), Unnamed) => Some(File(*found)),
            (NameAction::Stat(Some(found)), File(file)) => (found == file).then_some(*state),
        };
        next.into_iter().collect()
    }

    fn hint(&self, action: &NameAction) -> Hint<NameState> {
        match action {
            NameAction::Delete(None) => {
                Hint { needs: Needs::Any, makes: Makes::Is(NameState::Missing) }
            }
            NameAction::Nothing => Hint { needs: Needs::Any, makes: Makes::Same },
            NameAction::MayCreate => Hint { needs: Needs::Any, makes: Makes::Unsaid },
            NameAction::Delete(Some(false)) | NameAction::Stat(None) => {
                Hint { needs: Needs::Is(NameState::Missing), makes: Makes::Same }
            }
            NameAction::Create(Err(())) => {
                Hint { needs: Needs::Not(NameState::Missing), makes: Makes::Same }
            }
            NameAction::Create(Ok(_))
            | NameAction::Delete(Some(true))
            | NameAction::Stat(Some(_)) => Hint::default(),
        }
    }

    fn describe(&self, state: &NameState) -> String {
        match state {
            NameState::Missing => "no file".to_owned(),
            NameState::Unnamed => "some file".to_owned(),
            NameState::File(file) => format!("file {file}"),
        }
    }
}
