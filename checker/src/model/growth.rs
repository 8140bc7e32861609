//! What sets and logs share: they only grow, as long as nobody removes anything, and whoever reads all of
//! it tells which elements came before the others.

use std::collections::BTreeSet;

use crate::history::Value;

/// Something done to an object that only grows, apart from reading all of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Growth<'a> {
    /// Put the element in, as the one of this number if that is known; the first is 0.
    Put(&'a Value, Option<i64>),
    /// Found this to be the element of this number; nil, if there was none yet.
    At(i64, &'a Value),
    /// Found the element there, or not there.
    Has(&'a Value, bool),
}

impl<'a> Growth<'a> {
    /// The element that it is about.
    #[must_use]
    pub fn element(self) -> &'a Value {
        match self {
            Growth::Put(element, _) | Growth::At(_, element) | Growth::Has(element, _) => element,
        }
    }
}

/// All elements that an object has in some state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grown<'a> {
    /// In the order in which they came.
    List(&'a [Value]),
    /// In no order that means anything.
    Members(&'a BTreeSet<Value>),
}

impl Grown<'_> {
    /// How many there are.
    #[must_use]
    pub fn len(self) -> usize {
        match self {
            Grown::List(all) => all.len(),
            Grown::Members(all) => all.len(),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
}
