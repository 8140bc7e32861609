//! The laws that every network keeps.

use super::Links;
use crate::network::{Cause, Effect, Endpoint, Fate, LinkParams, Ppm};
use chaos_node::Nanos;
use proptest::prelude::*;

const A: Endpoint = Endpoint(0);
const B: Endpoint = Endpoint(1);
const ALWAYS: Ppm = Ppm(1_000_000);

/// The fates of messages sent every 10 µs over one link.
fn fates(links: &mut Links, from: Endpoint, to: Endpoint, count: u64) -> Vec<Fate> {
    (0..count).map(|i| links.judge(from, to, Nanos::from_micros(10 * i))).collect()
}

fn arrivals(fates: &[Fate]) -> Vec<Nanos> {
    let arrival = |fate: &Fate| match fate {
        Fate::Deliver { at, .. } => Some(*at),
        Fate::Drop(_) => None,
    };
    fates.iter().filter_map(arrival).collect()
}

fn ppm() -> impl Strategy<Value = Ppm> {
    prop_oneof![Just(Ppm(0)), (0..=1_000_000u32).prop_map(Ppm)]
}

fn millis() -> impl Strategy<Value = Nanos> {
    (0..50u64).prop_map(Nanos::from_millis)
}

fn params() -> impl Strategy<Value = LinkParams> {
    (millis(), millis(), ppm(), ppm(), ppm(), millis()).prop_map(
        |(delay, jitter, loss, duplicate, reorder, hold)| LinkParams {
            delay,
            jitter,
            loss,
            duplicate,
            reorder,
            hold,
        },
    )
}

proptest! {
    #[test]
    fn a_cut_drops_all_one_way_and_nothing_else(base in params(), seed: u64) {
        let base = LinkParams { loss: Ppm(0), ..base };
        let mut links = Links::new(4, base, seed);
        links.cut(7, A, B);
        prop_assert!(fates(&mut links, A, B, 50).iter().all(|f| *f == Fate::Drop(Cause::Fault(7))));
        prop_assert_eq!(arrivals(&fates(&mut links, B, A, 50)).len(), 50);
        prop_assert_eq!(links.effect(7), Effect { dropped: 50, ..Effect::default() });
    }

    #[test]
    fn the_same_seed_draws_the_same(base in params(), fault in params(), seed: u64) {
        let run = || {
            let mut links = Links::new(3, base, seed);
            links.degrade(0, A, B, fault);
            fates(&mut links, A, B, 100)
        };
        prop_assert_eq!(run(), run());
    }

    #[test]
    fn what_other_links_carry_changes_nothing(base in params(), seed: u64, noise in 0..20u64) {
        let mut quiet = Links::new(4, base, seed);
        let mut noisy = quiet.clone();
        fates(&mut noisy, B, A, noise);
        prop_assert_eq!(fates(&mut quiet, A, B, 50), fates(&mut noisy, A, B, 50));
    }

    #[test]
    fn a_lifted_fault_leaves_no_trace(base in params(), fault in params(), seed: u64) {
        let mut never = Links::new(3, base, seed);
        let mut lifted = never.clone();
        lifted.degrade(0, A, B, fault);
        lifted.cut(1, A, B);
        for links in [&mut never, &mut lifted] {
            fates(links, A, B, 30);
            links.lift(0);
            links.lift(1);
        }
        let later = Nanos::from_secs(9);
        for _ in 0..50 {
            prop_assert_eq!(never.judge(A, B, later), lifted.judge(A, B, later));
        }
    }

    #[test]
    fn order_is_kept_unless_drawn_for_reorder(base in params(), fault in params(), seed: u64) {
        let calm = |params| LinkParams { reorder: Ppm(0), ..params };
        let mut links = Links::new(3, calm(base), seed);
        links.degrade(0, A, B, calm(fault));
        let fates = fates(&mut links, A, B, 100);
        prop_assert!(arrivals(&fates).is_sorted());
    }

    #[test]
    fn nothing_arrives_early_and_no_copy_before_its_message(base in params(), seed: u64) {
        let mut links = Links::new(3, base, seed);
        for (i, fate) in fates(&mut links, A, B, 100).into_iter().enumerate() {
            if let Fate::Deliver { at, copy } = fate {
                prop_assert!(at >= Nanos::from_micros(10 * i as u64) + base.delay);
                prop_assert!(copy.is_none_or(|copy| copy >= at));
            }
        }
    }

    #[test]
    fn nothing_arrives_later_than_its_link_can_explain(base in params(), seed: u64) {
        let mut links = Links::new(3, base, seed);
        let most = base.delay + base.jitter * 2 + base.hold;
        for (i, fate) in fates(&mut links, A, B, 1000).into_iter().enumerate() {
            if let Fate::Deliver { at, copy } = fate {
                let sent = Nanos::from_micros(10 * i as u64);
                prop_assert!(copy.unwrap_or(at) <= sent + most);
            }
        }
    }

    #[test]
    fn every_message_is_counted(base in params(), seed: u64) {
        let mut links = Links::new(3, base, seed);
        let fates = fates(&mut links, A, B, 100);
        let totals = links.totals();
        prop_assert_eq!(totals.dropped + totals.delivered - totals.duplicated, 100);
        prop_assert_eq!(totals.dropped, 100 - arrivals(&fates).len() as u64);
    }
}

#[test]
fn a_perfect_link_delivers_now() {
    let mut links = Links::new(3, LinkParams::default(), 1);
    let now = Nanos::from_secs(1);
    assert_eq!(links.judge(A, B, now), Fate::Deliver { at: now, copy: None });
}

#[test]
fn the_clients_are_spared_by_the_base_and_not_counted() {
    let base = LinkParams { loss: ALWAYS, ..LinkParams::default() };
    let mut links = Links::new(3, base, 1);
    let clients = links.clients();
    assert_eq!(arrivals(&fates(&mut links, clients, A, 10)).len(), 10);
    assert_eq!(links.totals(), Default::default());
    assert_eq!(links.judge(A, B, Nanos::ZERO), Fate::Drop(Cause::Base));
}

#[test]
fn delays_add() {
    let delay = |millis| LinkParams { delay: Nanos::from_millis(millis), ..LinkParams::default() };
    let mut links = Links::new(3, delay(2), 1);
    links.degrade(0, A, B, delay(3));
    let at = Nanos::from_millis(5);
    assert_eq!(links.judge(A, B, Nanos::ZERO), Fate::Deliver { at, copy: None });
}

#[test]
fn later_messages_overtake_one_that_is_held_back() {
    let held =
        LinkParams { reorder: Ppm(500_000), hold: Nanos::from_millis(9), ..LinkParams::default() };
    let mut links = Links::new(3, held, 1);
    let arrivals = arrivals(&fates(&mut links, A, B, 100));
    assert!(!arrivals.is_sorted());
    assert_eq!(arrivals.len(), 100);
    assert!((30..70).contains(&links.totals().reordered));
}

#[test]
fn loss_is_as_likely_as_told() {
    let lossy = LinkParams { loss: Ppm(250_000), ..LinkParams::default() };
    let mut links = Links::new(3, lossy, 1);
    fates(&mut links, A, B, 100_000);
    assert!((24_000..26_000).contains(&links.totals().dropped), "{:?}", links.totals());
}
