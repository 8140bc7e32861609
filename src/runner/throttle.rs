//! How many runs may be under way at once.
//!
//! Additive increase, multiplicative decrease (Chiu & Jain 1989) on the one thing that matters: how
//! late the tester was for what it had planned. Pure: it is told, and answers.

use chaos_node::Nanos;

/// A run that was this late says that the machine has more to do than it can.
const TOO_LATE: Nanos = Nanos::from_millis(400);
/// As long as runs are this punctual, there may be more of them.
const PUNCTUAL: Nanos = Nanos::from_millis(200);

/// How many runs may be under way at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Throttle {
    allowed: usize,
    most: usize,
    least: usize,
    fixed: bool,
    /// Runs that end before this many more have ended began under the old number.
    settling: usize,
}

impl Throttle {
    /// Always this many.
    ///
    /// # Panics
    /// If it is none.
    pub fn fixed(jobs: usize) -> Throttle {
        assert!(jobs > 0, "a campaign needs at least one run at a time");
        Throttle { allowed: jobs, most: jobs, least: jobs, fixed: true, settling: 0 }
    }

    /// As many as a machine with so many processors bears, and at most as there are places: each
    /// runs clusters that mostly wait.
    pub fn adaptive(processors: usize, places: usize) -> Throttle {
        let most = (processors * 12).clamp(2, places.max(2));
        let least = (processors * 4).min(most);
        Throttle { allowed: most * 5 / 6, most, least, fixed: false, settling: 0 }
    }

    /// How many runs may be under way now.
    pub fn allowed(&self) -> usize {
        self.allowed
    }

    /// The most that it will ever allow.
    pub fn most(&self) -> usize {
        self.most
    }

    /// A run is over, in which the tester was at most so late.
    pub fn ended(&mut self, lag: Nanos) {
        if self.fixed {
            return;
        }
        self.settling = self.settling.saturating_sub(1);
        if lag > TOO_LATE && self.settling == 0 {
            self.allowed = (self.allowed * 3 / 4).max(self.least);
            self.settling = self.allowed;
        } else if lag < PUNCTUAL && self.settling == 0 && self.allowed < self.most {
            self.allowed += 1;
            self.settling = self.allowed / 4;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Throttle;
    use chaos_node::Nanos;

    #[test]
    fn gives_way_to_a_busy_machine_and_comes_back() {
        let mut throttle = Throttle::adaptive(2, 256);
        let start = throttle.allowed();
        for _ in 0..200 {
            throttle.ended(Nanos::from_millis(500));
        }
        assert_eq!(throttle.allowed(), 8);
        for _ in 0..1000 {
            throttle.ended(Nanos::from_millis(1));
        }
        assert_eq!(throttle.allowed(), throttle.most());
        assert!(start < throttle.most());
    }

    #[test]
    fn a_large_machine_gets_no_more_than_there_are_places() {
        assert_eq!(Throttle::adaptive(512, 256).most(), 256);
    }

    #[test]
    fn what_the_user_fixed_stays() {
        let mut throttle = Throttle::fixed(7);
        throttle.ended(Nanos::from_secs(9));
        assert_eq!(throttle.allowed(), 7);
    }
}
