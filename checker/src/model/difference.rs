//! How a long state differs from another that was found instead: what a person would look for who sees
//! only the ends of both. The words come after "which".

use std::collections::BTreeSet;

use crate::history::{Brief, Value, is_long_list, is_long_text};

/// Of more things than this the first are named.
const NAMED: usize = 3;

/// A difference so near the beginning is seen.
const SEEN: usize = 6;

/// Of two values, if they are long.
pub(super) fn of_values(possible: &Value, found: &Value) -> Option<String> {
    match (possible, found) {
        (Value::Text(possible), Value::Text(found)) => of_texts(possible, found),
        (Value::List(possible), Value::List(found)) => of_lists(possible, found),
        _ => None,
    }
}

/// How far apart two values are: how much of either is not in the other from the beginning.
pub(super) fn between_values(one: &Value, other: &Value) -> usize {
    match (one, other) {
        (Value::Text(one), Value::Text(other)) => apart(one.as_bytes(), other.as_bytes()),
        (Value::List(one), Value::List(other)) => apart(one, other),
        (one, other) => usize::from(one != other),
    }
}

/// The same of two lists.
pub(super) fn apart<T: PartialEq>(one: &[T], other: &[T]) -> usize {
    let alike = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    one.len() + other.len() - 2 * alike
}

/// Of two lists, if they are long.
pub(super) fn of_lists(possible: &[Value], found: &[Value]) -> Option<String> {
    let alike = possible.iter().zip(found).take_while(|(one, other)| one == other).count();
    if !is_long_list(possible.len().max(found.len())) || alike < SEEN {
        return None;
    }
    Some(match (possible.get(alike), found.get(alike)) {
        (None, _) => format!("ends after {alike} elements alike"),
        (Some(next), None) => format!("goes on with {} after {alike} elements alike", Brief(next)),
        (Some(next), Some(other)) => {
            format!("has {} instead of {} after {alike} elements alike", Brief(next), Brief(other))
        }
    })
}

/// Of two sets, if they are long.
pub(super) fn of_sets(possible: &BTreeSet<Value>, found: &BTreeSet<Value>) -> Option<String> {
    if !is_long_list(possible.len().max(found.len())) {
        return None;
    }
    let (more, less) = (named(possible.difference(found)), named(found.difference(possible)));
    match (more, less) {
        (Some(more), Some(less)) => Some(format!("also has {more}, and lacks {less}")),
        (Some(more), None) => Some(format!("also has {more}")),
        (None, less) => less.map(|less| format!("lacks {less}")),
    }
}

fn of_texts(possible: &str, found: &str) -> Option<String> {
    let both = possible.char_indices().zip(found.chars());
    let alike = both.take_while(|((_, one), other)| one == other);
    let (count, end) =
        alike.fold((0, 0), |(count, _), ((at, c), _)| (count + 1, at + c.len_utf8()));
    if !(is_long_text(possible) || is_long_text(found)) || count < SEEN {
        return None;
    }
    Some(match &possible[end..] {
        "" => format!("ends after {count} characters alike"),
        rest => format!("goes on with {} after {count} characters alike", Brief(&rest.into())),
    })
}

fn named<'a>(elements: impl Iterator<Item = &'a Value>) -> Option<String> {
    let all: Vec<String> = elements.map(|element| Brief(element).to_string()).collect();
    match &all[..] {
        [] => None,
        [one] => Some(one.clone()),
        [some @ .., last] if some.len() < NAMED => Some(format!("{} and {last}", some.join(", "))),
        all => Some(format!("{} and {} more", all[..NAMED].join(", "), all.len() - NAMED)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(numbers: impl IntoIterator<Item = i64>) -> Vec<Value> {
        numbers.into_iter().map(Value::Int).collect()
    }

    #[test]
    fn a_set_has_more_or_less() {
        let told = |possible: &[i64], found: &[i64]| {
            let set = |some: &[i64]| numbers((100..120).chain(some.iter().copied()));
            of_sets(&set(possible).into_iter().collect(), &set(found).into_iter().collect())
        };
        assert_eq!(told(&[7], &[]).as_deref(), Some("also has 7"));
        assert_eq!(told(&[7], &[1, 2]).as_deref(), Some("also has 7, and lacks 1 and 2"));
        assert_eq!(told(&[], &[1, 2, 3, 4, 5]).as_deref(), Some("lacks 1, 2, 3 and 2 more"));
        assert_eq!(told(&[], &[]), None);
        assert_eq!(of_sets(&[Value::Nil].into(), &[].into()), None);
    }

    #[test]
    fn a_list_is_alike_up_to_somewhere() {
        let told = |possible: i64, found: i64| {
            of_lists(&numbers((0..14).chain([possible])), &numbers((0..14).chain([found])))
        };
        assert_eq!(told(20, 21).as_deref(), Some("has 20 instead of 21 after 14 elements alike"));
        let (long, short) = (numbers(0..14), numbers(0..9));
        assert_eq!(of_lists(&short, &long).as_deref(), Some("ends after 9 elements alike"));
        let more = of_lists(&long, &short);
        assert_eq!(more.as_deref(), Some("goes on with 9 after 9 elements alike"));
        assert_eq!(of_lists(&short, &short), None);
    }

    #[test]
    fn a_text_is_alike_up_to_somewhere() {
        let told = |possible: &str, found: &str| {
            let long = "ä1;".repeat(40);
            of_values(&[&long, possible].concat().into(), &[&long, found].concat().into())
        };
        let goes_on = Some("goes on with \"2;\" after 120 characters alike");
        assert_eq!((told("2;", "").as_deref(), told("2;", "3;").as_deref()), (goes_on, goes_on));
        assert_eq!(told("", "3;").as_deref(), Some("ends after 120 characters alike"));
        let long = Value::from("ä1;".repeat(40));
        assert_eq!(
            (of_values(&"a".into(), &"b".into()), of_values(&long, &"b".into())),
            (None, None)
        );
    }
}
