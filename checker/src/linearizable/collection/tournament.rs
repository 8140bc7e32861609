//! A tournament: the least of many numbers, in any stretch of them, while they change.

use super::elements::Place;

/// Some numbers in a row. Those that are out of the game are [`OUT`].
pub(super) struct Tournament {
    /// The leaves are the second half; every other node is the lesser of its two children.
    nodes: Vec<Place>,
}

/// What loses against every number.
pub(super) const OUT: Place = Place::MAX;

impl Tournament {
    pub(super) fn of(numbers: impl ExactSizeIterator<Item = Place>) -> Tournament {
        let half = numbers.len().next_power_of_two();
        let mut nodes = vec![OUT; half];
        nodes.extend(numbers);
        nodes.resize(2 * half, OUT);
        for node in (1..half).rev() {
            nodes[node] = nodes[2 * node].min(nodes[2 * node + 1]);
        }
        Tournament { nodes }
    }

    pub(super) fn set(&mut self, at: usize, number: Place) {
        let mut node = at + self.nodes.len() / 2;
        self.nodes[node] = number;
        while node > 1 {
            node /= 2;
            let least = self.nodes[2 * node].min(self.nodes[2 * node + 1]);
            if self.nodes[node] == least {
                return;
            }
            self.nodes[node] = least;
        }
    }

    /// Somebody in the stretch whose number is below the bound.
    pub(super) fn below(&self, from: usize, to: usize, bound: Place) -> Option<usize> {
        let half = self.nodes.len() / 2;
        let (mut left, mut right) = (from + half, to + half);
        while left < right {
            if left & 1 == 1 {
                if self.nodes[left] < bound {
                    return Some(self.descend(left, bound));
                }
                left += 1;
            }
            if right & 1 == 1 {
                right -= 1;
                if self.nodes[right] < bound {
                    return Some(self.descend(right, bound));
                }
            }
            (left, right) = (left / 2, right / 2);
        }
        None
    }

    fn descend(&self, mut node: usize, bound: Place) -> usize {
        let half = self.nodes.len() / 2;
        while node < half {
            node = 2 * node + usize::from(self.nodes[2 * node] >= bound);
        }
        node - half
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn somebody_below_a_bound_is_found_wherever_he_is() {
        for length in 0..20 {
            for at in 0..length {
                let mut numbers = Tournament::of(vec![7; length].into_iter());
                numbers.set(at, 3);
                assert_eq!(numbers.below(0, length, 7), Some(at));
                assert_eq!(numbers.below(at, at + 1, 4), Some(at));
                assert_eq!(
                    (numbers.below(0, at, 7), numbers.below(at + 1, length, 7)),
                    (None, None)
                );
                numbers.set(at, OUT);
                assert_eq!(numbers.below(0, length, 7), None);
            }
        }
    }
}
