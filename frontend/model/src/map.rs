//! Maps and sets as sorted vectors: as ordered as a B-tree and, for what a client keeps, as fast, at a fraction of the code
//! that every type of entry costs in the page. What arrives is mostly newer than what is there and goes to the end.

/// Values by their keys, in the keys' order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Map<K, V>(Vec<(K, V)>);

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord, V> Map<K, V> {
    /// An empty one.
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Where a key stands, or would.
    fn find(&self, key: &K) -> Result<usize, usize> {
        match self.0.last() {
            Some((last, _)) if last < key => Err(self.0.len()),
            _ => self.0.binary_search_by(|(it, _)| it.cmp(key)),
        }
    }

    /// Whether the key is there.
    pub fn contains_key(&self, key: &K) -> bool {
        self.find(key).is_ok()
    }

    /// The value of a key.
    pub fn get(&self, key: &K) -> Option<&V> {
        self.find(key).ok().map(|at| &self.0[at].1)
    }

    /// The value of a key.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        self.find(key).ok().map(|at| &mut self.0[at].1)
    }

    /// The value of a key, which is made when there is none.
    pub fn get_or_insert_with(&mut self, key: K, make: impl FnOnce() -> V) -> &mut V {
        let at = match self.find(&key) {
            Ok(at) => at,
            Err(at) => {
                self.0.insert(at, (key, make()));
                at
            }
        };
        &mut self.0[at].1
    }

    /// Sets the value of a key; gives back the one of before.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.find(&key) {
            Ok(at) => Some(std::mem::replace(&mut self.0[at].1, value)),
            Err(at) => {
                self.0.insert(at, (key, value));
                None
            }
        }
    }

    /// Takes a key out.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        self.find(key).ok().map(|at| self.0.remove(at).1)
    }

    /// Entries with this key and those behind it.
    pub fn onward(&self, key: &K) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        let (Ok(at) | Err(at)) = self.find(key);
        self.0[at..].iter().map(|(key, value)| (key, value))
    }

    /// Takes out what comes before this key.
    pub fn remove_before(&mut self, key: &K) {
        let (Ok(at) | Err(at)) = self.find(key);
        self.0.drain(..at);
    }
}

impl<K, V> Map<K, V> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes all out.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// The first entry.
    pub fn first(&self) -> Option<(&K, &V)> {
        self.0.first().map(|(key, value)| (key, value))
    }

    /// The last entry.
    pub fn last(&self) -> Option<(&K, &V)> {
        self.0.last().map(|(key, value)| (key, value))
    }

    /// Takes the first entry out.
    pub fn pop_first(&mut self) -> Option<(K, V)> {
        (!self.0.is_empty()).then(|| self.0.remove(0))
    }

    /// Takes the last entry out.
    pub fn pop_last(&mut self) -> Option<(K, V)> {
        self.0.pop()
    }

    /// Leaves only the first so many.
    pub fn keep_first(&mut self, count: usize) {
        self.0.truncate(count);
    }

    /// Leaves only the last so many.
    pub fn keep_last(&mut self, count: usize) {
        self.0.drain(..self.0.len().saturating_sub(count));
    }

    /// Leaves only what fits.
    pub fn retain(&mut self, mut fits: impl FnMut(&K, &mut V) -> bool) {
        self.0.retain_mut(|(key, value)| fits(key, value));
    }

    /// All entries.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> + ExactSizeIterator + Clone {
        self.0.iter().map(|(key, value)| (key, value))
    }

    /// All entries.
    pub fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = (&K, &mut V)> {
        self.0.iter_mut().map(|(key, value)| (&*key, value))
    }

    /// All keys.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> + ExactSizeIterator + Clone {
        self.0.iter().map(|(key, _)| key)
    }

    /// All values.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> + ExactSizeIterator + Clone {
        self.0.iter().map(|(_, value)| value)
    }

    /// All values.
    pub fn values_mut(&mut self) -> impl DoubleEndedIterator<Item = &mut V> {
        self.0.iter_mut().map(|(_, value)| value)
    }
}

impl<K, V> IntoIterator for Map<K, V> {
    type Item = (K, V);
    type IntoIter = std::vec::IntoIter<(K, V)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<K: Ord, V> Extend<(K, V)> for Map<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

/// Keys in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set<K>(Map<K, ()>);

impl<K> Default for Set<K> {
    fn default() -> Self {
        Self(Map::default())
    }
}

impl<K: Ord> Set<K> {
    /// An empty one.
    pub const fn new() -> Self {
        Self(Map::new())
    }

    /// Whether it is there.
    pub fn contains(&self, key: &K) -> bool {
        self.0.contains_key(key)
    }

    /// Puts it in; false when it was there.
    pub fn insert(&mut self, key: K) -> bool {
        self.0.insert(key, ()).is_none()
    }

    /// Takes it out; false when it was not there.
    pub fn remove(&mut self, key: &K) -> bool {
        self.0.remove(key).is_some()
    }
}

impl<K> Set<K> {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes all out.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// All of them.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &K> + ExactSizeIterator + Clone {
        self.0.keys()
    }
}

impl<K> IntoIterator for Set<K> {
    type Item = K;
    type IntoIter = std::iter::Map<std::vec::IntoIter<(K, ())>, fn((K, ())) -> K>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter().map(|(key, ())| key)
    }
}

impl<K: Ord> Extend<K> for Set<K> {
    fn extend<I: IntoIterator<Item = K>>(&mut self, keys: I) {
        for key in keys {
            self.insert(key);
        }
    }
}

impl<K: Ord> FromIterator<K> for Set<K> {
    fn from_iter<I: IntoIterator<Item = K>>(keys: I) -> Self {
        let mut set = Self::new();
        set.extend(keys);
        set
    }
}

#[cfg(test)]
mod tests {
    use super::{Map, Set};
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    #[derive(Clone, Debug)]
    enum Deed {
        Insert(u8, u8),
        Remove(u8),
        GetOrInsert(u8, u8),
        RemoveBefore(u8),
        KeepFirst(usize),
        KeepLast(usize),
        PopFirst,
        PopLast,
    }

    fn deeds() -> impl Strategy<Value = Vec<Deed>> {
        let key = 0..24_u8;
        let deed = prop_oneof![
            4 => (key.clone(), any::<u8>()).prop_map(|(key, value)| Deed::Insert(key, value)),
            2 => key.clone().prop_map(Deed::Remove),
            2 => (key.clone(), any::<u8>()).prop_map(|(key, value)| Deed::GetOrInsert(key, value)),
            1 => key.prop_map(Deed::RemoveBefore),
            1 => (0..24_usize).prop_map(Deed::KeepFirst),
            1 => (0..24_usize).prop_map(Deed::KeepLast),
            1 => Just(Deed::PopFirst),
            1 => Just(Deed::PopLast),
        ];
        proptest::collection::vec(deed, 0..60)
    }

    proptest! {
        #[test]
        fn a_map_does_what_a_b_tree_does(deeds in deeds()) {
            let (mut map, mut tree) = (Map::new(), BTreeMap::new());
            for deed in deeds {
                match deed {
                    Deed::Insert(key, value) => {
                        prop_assert_eq!(map.insert(key, value), tree.insert(key, value));
                    }
                    Deed::Remove(key) => prop_assert_eq!(map.remove(&key), tree.remove(&key)),
                    Deed::GetOrInsert(key, value) => prop_assert_eq!(
                        map.get_or_insert_with(key, || value),
                        tree.entry(key).or_insert(value)
                    ),
                    Deed::RemoveBefore(key) => {
                        map.remove_before(&key);
                        tree = tree.split_off(&key);
                    }
                    Deed::KeepFirst(count) => {
                        map.keep_first(count);
                        while tree.len() > count { tree.pop_last(); }
                    }
                    Deed::KeepLast(count) => {
                        map.keep_last(count);
                        while tree.len() > count { tree.pop_first(); }
                    }
                    Deed::PopFirst => prop_assert_eq!(map.pop_first(), tree.pop_first()),
                    Deed::PopLast => prop_assert_eq!(map.pop_last(), tree.pop_last()),
                }
                prop_assert!(map.iter().eq(tree.iter()));
                prop_assert_eq!(map.first(), tree.first_key_value());
                prop_assert_eq!(map.last(), tree.last_key_value());
                for key in 0..24 {
                    prop_assert_eq!(map.get(&key), tree.get(&key));
                    prop_assert!(map.onward(&key).eq(tree.range(key..)));
                }
            }
        }

        #[test]
        fn a_set_does_what_a_b_tree_does(keys in proptest::collection::vec(0..24_u8, 0..40)) {
            let (set, tree): (Set<u8>, BTreeSet<u8>) = (keys.iter().copied().collect(), keys.into_iter().collect());
            prop_assert!(set.iter().eq(tree.iter()));
        }
    }
}
