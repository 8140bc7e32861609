//! Sorts the operations of a history by objects.
//!
//! On one thread each is understood as it comes. On several, what belongs to an object is only
//! gathered; then each thread makes sense of some objects.

use rustc_hash::FxHashMap;

use crate::history::{History, Moment, Outcome, Value};
use crate::model::{Model, NotInModel};

/// Whether time is up.
pub(crate) type Expired<'e> = &'e (dyn Fn() -> bool + Sync);

/// What belongs to one object.
pub(super) trait Bin {
    /// Takes the call of an operation, by its place in the history; gives its place here, unless it
    /// is of no interest.
    fn call(&mut self, number: u32) -> Result<Option<u32>, NotInModel>;

    /// Takes the return of the operation that has this place here.
    fn ret(&mut self, place: u32);
}

/// How many events are looked at between two looks at the clock.
const OFTEN: usize = 1024;

/// The room that a bin but the first has at first, in operations.
const ROOM: usize = 64;

/// An operation that is in no bin.
const NOWHERE: (u32, u32) = (u32::MAX, u32::MAX);

/// Fills a bin for each object, in the order of their first operations; `None` if time is up before.
/// A bin is made for a key and with room for so many operations.
pub(super) fn sort<M: Model, B: Bin>(
    model: &M,
    history: &History,
    expired: Expired<'_>,
    new: impl Fn(Option<Value>, usize) -> B,
) -> Result<Option<Vec<B>>, NotInModel> {
    let (mut bins, mut keys) = (Vec::<B>::new(), Keys::default());
    let mut places = vec![NOWHERE; history.len()];
    for (at, moment) in history.moments().iter().enumerate() {
        if at.is_multiple_of(OFTEN) && expired() {
            return Ok(None);
        }
        let number = moment.operation();
        if moment.is_return() {
            let (bin, place) = places[number];
            if let Some(bin) = bins.get_mut(bin as usize) {
                bin.ret(place);
            }
            continue;
        }
        let operation = &history.operations()[number];
        if operation.outcome == Outcome::Fail {
            continue;
        }
        let key = model.partition(operation);
        let bin = keys.place(&key);
        if bin as usize == bins.len() {
            // Often it is the only one, and room that is not used costs no memory before it is
            // touched.
            let room = if bins.is_empty() { history.len() } else { ROOM.min(history.len()) };
            bins.push(new(key, room));
        }
        if let Some(place) = bins[bin as usize].call(number as u32)? {
            places[number] = (bin, place);
        }
    }
    Ok(Some(bins))
}

/// The places of keys, in the order in which they came.
#[derive(Default)]
struct Keys {
    places: FxHashMap<Option<Value>, u32>,
    last: Option<(Option<Value>, u32)>,
}

impl Keys {
    fn place(&mut self, key: &Option<Value>) -> u32 {
        if let Some((last, place)) = &self.last
            && last == key
        {
            return *place;
        }
        let next = self.places.len() as u32;
        let place = match self.places.get(key) {
            Some(place) => *place,
            None => *self.places.entry(key.clone()).or_insert(next),
        };
        self.last = Some((key.clone(), place));
        place
    }
}

/// What belongs to one object, before anybody asks what it means.
pub(super) struct Raw {
    key: Option<Value>,
    operations: Vec<u32>,
    /// Their calls and returns, numbered as they are here.
    moments: Vec<Moment>,
}

impl Bin for Raw {
    fn call(&mut self, number: u32) -> Result<Option<u32>, NotInModel> {
        let place = self.operations.len();
        self.operations.push(number);
        self.moments.push(Moment::call(place));
        Ok(Some(place as u32))
    }

    fn ret(&mut self, place: u32) {
        self.moments.push(Moment::ret(place as usize));
    }
}

impl Raw {
    pub(super) fn new(key: Option<Value>, room: usize) -> Raw {
        let (operations, moments) = (Vec::with_capacity(room), Vec::with_capacity(2 * room));
        Raw { key, operations, moments }
    }

    /// The same in another bin; `None` if time is up before.
    pub(super) fn understood<B: Bin>(
        self,
        new: impl Fn(Option<Value>, usize) -> B,
        expired: Expired<'_>,
    ) -> Result<Option<B>, NotInModel> {
        let mut bin = new(self.key, self.operations.len());
        let mut places = vec![None; self.operations.len()];
        for (at, moment) in self.moments.iter().enumerate() {
            if at.is_multiple_of(OFTEN) && expired() {
                return Ok(None);
            }
            let place = moment.operation();
            if !moment.is_return() {
                places[place] = bin.call(self.operations[place])?;
            } else if let Some(place) = places[place] {
                bin.ret(place);
            }
        }
        Ok(Some(bin))
    }
}
