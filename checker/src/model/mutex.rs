//! Locks: a mutex, a semaphore, and a lock with fencing tokens.
//!
//! * [`Mutex`]: `acquire` needs it free, `release` needs it held, by whomever.
//! * [`Semaphore`]: the same with several permits; the input says how many, nil is one.
//! * [`FencedLock`]: `acquire` gives a token greater than all before it (Kleppmann, *How to do
//!   distributed locking*, 2016); `release` may name the token it believes to hold; `holder` gives
//!   the holder's token, or nil where the lock is free.

use super::{Hint, Makes, Model, Needs, NotInModel, result_of};
use crate::history::{Operation, Value};

/// The model of a mutex that is free at first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mutex;

/// Something done to a mutex or a semaphore: permits taken, or given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LockAction {
    /// Took this many permits.
    Acquire(i64),
    /// Gave this many permits back.
    Release(i64),
}

impl Model for Mutex {
    type State = bool;
    type Action = LockAction;

    fn name(&self) -> &'static str {
        "mutex"
    }

    fn initial(&self) -> bool {
        false
    }

    fn action(&self, operation: &Operation) -> Result<LockAction, NotInModel> {
        match operation.f.as_str() {
            "acquire" | "lock" => Ok(LockAction::Acquire(1)),
            "release" | "unlock" => Ok(LockAction::Release(1)),
            _ => Err(NotInModel::new("mutex", operation, "expected acquire or release")),
        }
    }

    fn step(&self, held: &bool, action: &LockAction) -> Vec<bool> {
        match (action, held) {
            (LockAction::Acquire(_), false) => vec![true],
            (LockAction::Release(_), true) => vec![false],
            (LockAction::Acquire(_), true) | (LockAction::Release(_), false) => vec![],
        }
    }

    fn hint(&self, action: &LockAction) -> Hint<bool> {
        let acquires = matches!(action, LockAction::Acquire(_));
        Hint { needs: Needs::Is(!acquires), makes: Makes::Is(acquires) }
    }

    fn describe(&self, held: &bool) -> String {
        (if *held { "a held lock" } else { "a free lock" }).to_owned()
    }
}

/// The model of a semaphore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Semaphore {
    permits: i64,
}

impl Semaphore {
    /// A semaphore with this many permits, all free at first.
    #[must_use]
    pub fn new(permits: u32) -> Semaphore {
        Semaphore { permits: i64::from(permits) }
    }
}

impl Model for Semaphore {
    /// The free permits.
    type State = i64;
    type Action = LockAction;

    fn name(&self) -> &'static str {
        "semaphore"
    }

    fn initial(&self) -> i64 {
        self.permits
    }

    fn action(&self, operation: &Operation) -> Result<LockAction, NotInModel> {
        let refuse = |reason: &str| Err(NotInModel::new("semaphore", operation, reason));
        let count = match operation.input {
            Value::Nil => 1,
            Value::Int(count) if (1..=self.permits).contains(&count) => count,
            _ => return refuse("the input is how many permits, at most all there are"),
        };
        match operation.f.as_str() {
            "acquire" => Ok(LockAction::Acquire(count)),
            "release" => Ok(LockAction::Release(count)),
            _ => refuse("expected acquire or release"),
        }
    }

    fn step(&self, free: &i64, action: &LockAction) -> Vec<i64> {
        let next = match action {
            LockAction::Acquire(count) => free - count,
            LockAction::Release(count) => free + count,
        };
        (0..=self.permits).contains(&next).then_some(next).into_iter().collect()
    }

    fn describe(&self, free: &i64) -> String {
        format!("{free} free permits")
    }
}

/// The model of a lock with fencing tokens that is free at first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FencedLock;

/// The state of a fenced lock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Fence {
    /// The greatest token that may have been given.
    pub greatest: i64,
    /// Whether somebody holds the lock.
    pub held: bool,
    /// The holder's token, if known.
    pub token: Option<i64>,
}

/// Something done to a fenced lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FenceAction {
    /// Took the lock and got this token, if known.
    Acquire(Option<i64>),
    /// Gave the lock back, naming this token, if any.
    Release(Option<i64>),
    /// Saw it held with this token, or free.
    Saw(Option<i64>),
    /// Says nothing.
    Nothing,
}

impl Model for FencedLock {
    type State = Fence;
    type Action = FenceAction;

    fn name(&self) -> &'static str {
        "fenced-lock"
    }

    fn initial(&self) -> Fence {
        Fence::default()
    }

    fn action(&self, operation: &Operation) -> Result<FenceAction, NotInModel> {
        let refuse = |reason: &str| Err(NotInModel::new("fenced-lock", operation, reason));
        match (operation.f.as_str(), result_of(operation), &operation.input) {
            ("acquire", None, _) => Ok(FenceAction::Acquire(None)),
            ("acquire", Some(Value::Int(token)), _) => Ok(FenceAction::Acquire(Some(*token))),
            ("acquire", Some(_), _) => refuse("acquire gives a token"),
            ("release", _, Value::Int(token)) => Ok(FenceAction::Release(Some(*token))),
            ("release", _, Value::Nil) => Ok(FenceAction::Release(None)),
            ("release", _, _) => refuse("release takes a token or nil"),
            ("holder", None, _) => Ok(FenceAction::Nothing),
            ("holder", Some(Value::Int(token)), _) => Ok(FenceAction::Saw(Some(*token))),
            ("holder", Some(Value::Nil), _) => Ok(FenceAction::Saw(None)),
            ("holder", Some(_), _) => refuse("holder gives a token or nil"),
            _ => refuse("expected acquire, release or holder"),
        }
    }

    fn step(&self, fence: &Fence, action: &FenceAction) -> Vec<Fence> {
        let Fence { greatest, held, token } = *fence;
        let next = match action {
            FenceAction::Acquire(Some(new)) if !held && *new > greatest => {
                Some(Fence { greatest: *new, held: true, token: Some(*new) })
            }
            // The least token it can have been allows most of what may follow.
            FenceAction::Acquire(None) if !held && greatest < i64::MAX => {
                Some(Fence { greatest: greatest + 1, held: true, token: None })
            }
            FenceAction::Release(named) if held && may_be(token, *named) => Some(Fence {
                greatest: greatest.max(named.unwrap_or(greatest)),
                held: false,
                token: None,
            }),
            FenceAction::Saw(Some(seen))
                if held && may_be(token, Some(*seen)) && *seen >= greatest =>
            {
                Some(Fence { greatest: *seen, held: true, token: Some(*seen) })
            }
            FenceAction::Saw(None) if !held => Some(*fence),
            FenceAction::Nothing => Some(*fence),
            FenceAction::Acquire(_) | FenceAction::Release(_) | FenceAction::Saw(_) => None,
        };
        next.into_iter().collect()
    }

    fn describe(&self, fence: &Fence) -> String {
        let held = if fence.held { "a held lock" } else { "a free lock" };
        format!("{held} (greatest token {})", fence.greatest)
    }
}

fn may_be(held: Option<i64>, named: Option<i64>) -> bool {
    held.is_none() || named.is_none() || held == named
}

#[cfg(test)]
mod tests {
    use super::{Fence, FenceAction, FencedLock};
    use crate::model::Model;

    #[test]
    fn who_looks_sees_the_token_of_the_holder_or_that_it_is_free() {
        let step = |fence: &Fence, action| FencedLock.step(fence, &action).pop();
        let free = FencedLock.initial();
        assert_eq!(step(&free, FenceAction::Saw(None)), Some(free));
        assert_eq!(step(&free, FenceAction::Saw(Some(1))), None);
        let held = step(&free, FenceAction::Acquire(Some(3))).expect("it was free");
        assert_eq!(step(&held, FenceAction::Saw(Some(3))), Some(held));
        assert_eq!(step(&held, FenceAction::Saw(Some(4))), None);
        assert_eq!(step(&held, FenceAction::Saw(None)), None);
        let unknown = step(&held, FenceAction::Release(None))
            .and_then(|fence| step(&fence, FenceAction::Acquire(None)))
            .expect("it was free again");
        assert_eq!(step(&unknown, FenceAction::Saw(Some(3))), None);
        assert!(step(&unknown, FenceAction::Saw(Some(9))).is_some());
    }
}
