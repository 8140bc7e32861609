//! The elements of a simple history, each with all that was done to it.

use rustc_hash::FxHashMap;

use super::super::case::Span;
use super::slots::Zone;
use super::{Clock, CollectionAction, Judged};
use crate::history::Value;

/// A place among the moments. The slot of the same number begins there.
pub(super) type Place = u32;

/// Never.
pub(super) const NEVER: Place = Place::MAX;

/// An operation on a collection.
pub(super) struct Operated<'a> {
    pub(super) action: &'a CollectionAction,
    pub(super) span: Span,
}

/// What is known about an element.
#[derive(Clone)]
pub(super) struct Element<'a> {
    pub(super) value: &'a Value,
    pub(super) put: Span,
    /// Where it was taken out; `NEVER` if it was not.
    pub(super) take: Span,
    /// From the first return to the last call of its operations.
    pub(super) zone: Zone,
    /// Putting, taking, the first to return and the last to be called.
    telling: [usize; 4],
}

/// A history of operations on distinct elements, of all of which it is known what they did.
#[derive(Clone)]
pub(super) struct Elements<'a> {
    pub(super) all: Vec<Element<'a>>,
    /// Who saw an element as the next to be taken: the element and the operation.
    pub(super) looks: Vec<(usize, usize)>,
    /// Who found nothing.
    pub(super) empties: Vec<usize>,
    /// All operations.
    pub(super) operations: &'a [Operated<'a>],
}

impl Element<'_> {
    pub(super) fn is_taken(&self) -> bool {
        self.take.ret != NEVER
    }

    /// The operation that put it in.
    pub(super) fn putter(&self) -> usize {
        self.telling[0]
    }

    /// The operation that took it out.
    pub(super) fn taker(&self) -> Option<usize> {
        self.is_taken().then_some(self.telling[1])
    }

    /// The operations that show that the element was there throughout its zone.
    pub(super) fn telling(&self) -> impl Iterator<Item = usize> + use<> {
        self.telling.into_iter()
    }

    /// The operation with this number took it out.
    pub(super) fn take_out(&mut self, number: usize, span: Span) {
        (self.take, self.telling[1]) = (span, number);
        self.done(number, span);
    }

    fn done(&mut self, number: usize, span: Span) {
        if span.ret < self.zone.start {
            (self.zone.start, self.telling[2]) = (span.ret, number);
        }
        if span.call > self.zone.end || self.telling[3] == usize::MAX {
            (self.zone.end, self.telling[3]) = (span.call, number);
        }
    }
}

impl<'a> Elements<'a> {
    /// Sorts the operations by element; what no collection of any discipline does is wrong at once. Of
    /// whom it is not known what they took, they took nothing.
    pub(super) fn of(
        operations: &'a [Operated<'a>],
        clock: &Clock<'_>,
    ) -> Result<Elements<'a>, Judged> {
        let mut elements = Elements {
            all: Vec::with_capacity(operations.len()),
            looks: Vec::new(),
            empties: Vec::new(),
            operations,
        };
        let places = elements.take_puts(clock)?;
        for number in 0..operations.len() {
            clock.check(number)?;
            elements.take_out(&places, number)?;
        }
        elements.looks.sort_unstable();
        Ok(elements)
    }

    fn take_puts(&mut self, clock: &Clock<'_>) -> Result<FxHashMap<&'a Value, usize>, Judged> {
        let mut places = FxHashMap::default();
        for (number, done) in self.operations.iter().enumerate() {
            clock.check(number)?;
            let CollectionAction::Put(value) = done.action else { continue };
            if value.is_nil() || places.insert(value, self.all.len()).is_some() {
                return Err(Judged::NotSimple);
            }
            let mut element = Element {
                value,
                put: done.span,
                take: Span { call: NEVER, ret: NEVER },
                zone: Zone { start: NEVER, end: 0 },
                telling: [number, number, usize::MAX, usize::MAX],
            };
            element.done(number, done.span);
            self.all.push(element);
        }
        Ok(places)
    }

    fn take_out(
        &mut self,
        places: &FxHashMap<&'a Value, usize>,
        number: usize,
    ) -> Result<(), Judged> {
        let Operated { action, span } = &self.operations[number];
        let (value, takes) = match action {
            CollectionAction::Take(Some(value)) => (value, true),
            CollectionAction::Peek(value) => (value, false),
            CollectionAction::Put(_) | CollectionAction::Take(None) | CollectionAction::Nothing => {
                return Ok(());
            }
        };
        if value.is_nil() {
            self.empties.push(number);
            return Ok(());
        }
        let Some(place) = places.get(value) else { return Err(Judged::Wrong(vec![vec![number]])) };
        let element = &mut self.all[*place];
        if !takes {
            element.done(number, *span);
            self.looks.push((*place, number));
        } else if element.is_taken() {
            let twice = [element.telling[0], element.telling[1], number];
            return Err(Judged::Wrong(vec![twice.into()]));
        } else {
            element.take_out(number, *span);
        }
        Ok(())
    }

    /// Refuses what was seen before it was put in or after it was taken out, and leaves what was never
    /// taken out where it is.
    pub(super) fn close(mut self) -> Result<Elements<'a>, Judged> {
        for element in &mut self.all {
            let early = element.zone.start < element.put.call;
            if early || element.take.ret < element.zone.end {
                return Err(Judged::Wrong(vec![element.telling().collect()]));
            }
            if !element.is_taken() {
                element.zone.end = NEVER;
            }
        }
        Ok(self)
    }

    /// Those who looked at an element.
    pub(super) fn looks_at(&self, element: usize) -> &[(usize, usize)] {
        let from = self.looks.partition_point(|look| look.0 < element);
        let to = self.looks.partition_point(|look| look.0 <= element);
        &self.looks[from..to]
    }

    /// All that was done to an element.
    pub(super) fn done_to(&self, element: usize) -> impl Iterator<Item = usize> {
        let looks = self.looks_at(element).iter().map(|look| look.1);
        self.all[element].telling().chain(looks)
    }

    /// The slots in which the operation can take effect, as far as its own element is concerned.
    pub(super) fn window(&self, element: &Element<'_>, operation: usize) -> Zone {
        let span = self.operations[operation].span;
        let (start, end) = (span.call.max(element.put.call), span.ret.min(element.take.ret));
        Zone { start, end }
    }

    /// The end: the last return of all.
    pub(super) fn end(&self) -> Place {
        self.operations.iter().map(|done| done.span.ret).max().unwrap_or(0)
    }

    /// How many slots there are.
    pub(super) fn slots(&self) -> usize {
        self.end() as usize + 1
    }
}
