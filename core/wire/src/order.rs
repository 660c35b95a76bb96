//! Lists in order. The sorts of the standard library are quick and large: those that our few short lists need were a
//! sixteenth of the filter, and Envoy compiles and keeps all of it. A heap is small and never worse than n log n.

use core::cmp::Ordering;
use std::collections::BinaryHeap;

/// The least first.
pub fn sorted<T: Ord>(items: Vec<T>) -> Vec<T> {
    if items.len() < 2 { items } else { BinaryHeap::from(items).into_sorted_vec() }
}

/// The one with the least key first; of equal keys the one that was first.
pub fn sorted_by_key<T, K: Ord>(items: Vec<T>, key: impl Fn(&T) -> K) -> Vec<T> {
    if items.len() < 2 {
        return items;
    }
    let keyed = |(place, item)| Keyed { order: (key(&item), place), item };
    let keyed: Vec<Keyed<T, K>> = items.into_iter().enumerate().map(keyed).collect();
    sorted(keyed).into_iter().map(|keyed| keyed.item).collect()
}

struct Keyed<T, K> {
    order: (K, usize),
    item: T,
}

impl<T, K: Ord> Ord for Keyed<T, K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order.cmp(&other.order)
    }
}

impl<T, K: Ord> PartialOrd for Keyed<T, K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T, K: Ord> PartialEq for Keyed<T, K> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl<T, K: Ord> Eq for Keyed<T, K> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_is_first() {
        assert_eq!(sorted(vec![3, 1, 2, 1]), [1, 1, 2, 3]);
        assert_eq!(sorted(Vec::<u8>::new()), []);
    }

    #[test]
    fn equal_keys_stay_as_they_were() {
        let items = vec![(2, 'a'), (1, 'b'), (2, 'c'), (1, 'd'), (2, 'e')];
        let in_order = [(1, 'b'), (1, 'd'), (2, 'a'), (2, 'c'), (2, 'e')];
        assert_eq!(sorted_by_key(items, |(key, _)| *key), in_order);
    }
}
