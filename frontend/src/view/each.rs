//! A list that follows signals: what stays keeps its nodes, and as few as can be are moved, because a moved node loses
//! focus and scroll position.

use super::{
    IntoView, View, effect,
    live::{Mark, comment, remove},
    put,
};
use leptos::prelude::{Owner, document, untrack};
use web_sys::Node;

/// The nodes of an item and what lives as long as they do.
struct Row {
    /// A fragment is between two marks, since its nodes may change.
    first: Node,
    last: Node,
    owner: Owner,
}

impl Row {
    fn new(parent: &Owner, make: impl FnOnce() -> View) -> Self {
        let owner = parent.with(Owner::new);
        let view = owner.with(|| untrack(make));
        let (first, last) = match view.0 {
            Some(node) if node.node_type() != Node::DOCUMENT_FRAGMENT_NODE => (node.clone(), node),
            content => {
                let (first, last) = (Node::from(comment()), Node::from(comment()));
                let holder = Node::from(document().create_document_fragment());
                put(&holder, &first, None);
                if let Some(content) = content {
                    put(&holder, &content, None);
                }
                put(&holder, &last, None);
                (first, last)
            }
        };
        Self { first, last, owner }
    }

    fn place(&self, parent: &Node, before: &Node) {
        let mut node = Some(self.first.clone());
        while let Some(now) = node {
            let next = now.next_sibling();
            put(parent, &now, Some(before));
            node = (!now.is_same_node(Some(&self.last)))
                .then_some(next)
                .flatten();
        }
    }

    fn remove(self) {
        self.owner.cleanup();
        let mut node = Some(self.first);
        while let Some(now) = node {
            let next = now.next_sibling();
            remove(&now);
            node = (!now.is_same_node(Some(&self.last)))
                .then_some(next)
                .flatten();
        }
    }
}

/// A view for each item; items are the same when their keys are. Keys do not repeat.
pub(crate) fn each<I, T, K, V>(
    items: impl Fn() -> I + 'static,
    key: impl Fn(&T) -> K + 'static,
    draw: impl Fn(T) -> V + 'static,
) -> View
where
    I: IntoIterator<Item = T>,
    T: 'static,
    K: PartialEq + 'static,
    V: IntoView,
{
    let (mark, view) = Mark::new(None);
    let parent = Owner::current().unwrap_or_default();
    let mut keys = Vec::<K>::new();
    let mut rows = Vec::<Row>::new();
    effect::now(Box::new(move || {
        let mut items: Vec<Option<T>> = items().into_iter().map(Some).collect();
        let new: Vec<K> = items.iter().flatten().map(&key).collect();
        let from = origins(&keys, &new);
        let old = std::mem::take(&mut rows);
        rows = arrange(old, &from, mark.node(), &mut |index| {
            let item = items[index].take();
            Row::new(&parent, || item.map(&draw).into_view())
        });
        keys = new;
    }));
    view
}

/// Where each of the new keys stood before.
fn origins<K: PartialEq>(old: &[K], new: &[K]) -> Vec<Option<usize>> {
    let mut free = vec![true; old.len()];
    // What follows its old neighbour is found at once.
    let mut next = 0;
    new.iter()
        .map(|key| {
            let found = (next..old.len())
                .chain(0..next)
                .find(|&at| free[at] && old[at] == *key)?;
            free[found] = false;
            next = found + 1;
            Some(found)
        })
        .collect()
}

/// Brings the rows into a new order: `from` says where each stood; `make` makes those that are new.
fn arrange(
    old: Vec<Row>,
    from: &[Option<usize>],
    end: &Node,
    make: &mut dyn FnMut(usize) -> Row,
) -> Vec<Row> {
    let mut old: Vec<Option<Row>> = old.into_iter().map(Some).collect();
    let kept: Vec<Option<Row>> = from
        .iter()
        .map(|from| from.and_then(|from| old[from].take()))
        .collect();
    old.into_iter().flatten().for_each(Row::remove);
    let rows: Vec<Row> = kept
        .into_iter()
        .enumerate()
        .map(|(index, row)| row.unwrap_or_else(|| make(index)))
        .collect();
    if let Some(parent) = end.parent_node() {
        let stays = staying(from);
        let mut before = end.clone();
        for (row, stays) in rows.iter().zip(stays).rev() {
            if !stays {
                row.place(&parent, &before);
            }
            before = row.first.clone();
        }
    }
    rows
}

/// Which rows need not move: a longest run of them that is in order already (patience sorting).
fn staying(from: &[Option<usize>]) -> Vec<bool> {
    // The last row of the best run of each length, and before each row the one that precedes it in its run.
    let mut ends = Vec::<(usize, usize)>::new();
    let mut before = vec![None; from.len()];
    for (index, from) in from.iter().enumerate() {
        let Some(from) = *from else { continue };
        let length = ends.partition_point(|(other, _)| *other < from);
        before[index] = length.checked_sub(1).map(|length| ends[length].1);
        match ends.get_mut(length) {
            Some(end) => *end = (from, index),
            None => ends.push((from, index)),
        }
    }
    let mut stays = vec![false; from.len()];
    let mut at = ends.last().map(|(_, index)| *index);
    while let Some(index) = at {
        stays[index] = true;
        at = before[index];
    }
    stays
}

#[cfg(test)]
mod tests {
    use super::{origins, staying};

    #[test]
    fn a_key_is_found_where_it_stood() {
        assert_eq!(
            origins(&["a", "b", "c"], &["c", "x", "a"]),
            [Some(2), None, Some(0)]
        );
    }

    #[test]
    fn a_repeated_key_is_a_new_row() {
        assert_eq!(origins(&["a"], &["a", "a"]), [Some(0), None]);
    }

    #[test]
    fn what_comes_to_the_front_moves_alone() {
        assert_eq!(
            staying(&[Some(3), Some(0), Some(1), None, Some(2)]),
            [false, true, true, false, true]
        );
    }

    #[test]
    fn what_goes_to_the_end_moves_alone() {
        assert_eq!(staying(&[Some(1), Some(2), Some(0)]), [true, true, false]);
    }
}
