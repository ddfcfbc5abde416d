//! The order of a tree's leaves in which neighbours are closest.

use super::Distances;
use super::tree::Tree;

/// Up to this many classes the best order is found; its cost grows with the third power.
const MOST: usize = 256;

/// Leaves in the order that keeps every cluster together and makes the sum of the distances between neighbours
/// smallest (Bar-Joseph, Gifford, Jaakkola 2001, *Fast optimal leaf ordering for hierarchical clustering*), from
/// the end with the lower class on. With more than 256 classes, as the tree lists them.
pub(super) fn leaf_order(tree: &Tree, distances: &Distances) -> Vec<usize> {
    if tree.classes > MOST {
        return leaves(tree, tree.root());
    }
    let ordering = Ordering::new(tree, distances);
    let root = tree.root();
    let Some((left, right)) = tree.parts(root) else {
        return leaves(tree, root);
    };
    let mut best: Option<(f64, usize, usize)> = None;
    for first in leaves(tree, left) {
        for last in leaves(tree, right) {
            // Both directions cost the same.
            let ends = (ordering.cost(first, last), first.min(last), first.max(last));
            if best.is_none_or(|best| ends < best) {
                best = Some(ends);
            }
        }
    }
    best.map_or_else(Vec::new, |(_, first, last)| {
        ordering.unroll(root, first, last)
    })
}

/// Leaves of a cluster, the left part first.
fn leaves(tree: &Tree, cluster: usize) -> Vec<usize> {
    let mut found = Vec::new();
    let mut open = vec![cluster];
    while let Some(cluster) = open.pop() {
        match tree.parts(cluster) {
            None => found.push(cluster),
            Some((left, right)) => open.extend([right, left]),
        }
    }
    found
}

/// The cheapest orders of every cluster, by their ends.
struct Ordering<'a> {
    tree: &'a Tree,
    classes: usize,
    /// For the ends `(first, last)`: the cost of the cheapest order of the smallest cluster that holds both, and the
    /// inner ends where its parts meet. Infinite for a pair that cannot be ends of it.
    cheapest: Vec<(f64, usize, usize)>,
}

impl<'a> Ordering<'a> {
    fn new(tree: &'a Tree, distances: &Distances) -> Self {
        let classes = tree.classes;
        let mut ordering = Self {
            tree,
            classes,
            cheapest: vec![(f64::INFINITY, 0, 0); classes * classes],
        };
        for class in 0..classes {
            ordering.cheapest[class * classes + class] = (0.0, class, class);
        }
        for cluster in classes..=tree.root() {
            if let Some((left, right)) = tree.parts(cluster) {
                ordering.join(left, right, distances);
            }
        }
        ordering
    }

    fn cost(&self, first: usize, last: usize) -> f64 {
        self.cheapest[first * self.classes + last].0
    }

    /// Leaves that can stand at the inner end of a cluster whose outer end is `outer`: those of the other part.
    fn inner_ends(&self, cluster: usize, outer: usize) -> Vec<usize> {
        let Some((left, right)) = self.tree.parts(cluster) else {
            return vec![outer];
        };
        let left = leaves(self.tree, left);
        if left.contains(&outer) {
            leaves(self.tree, right)
        } else {
            left
        }
    }

    /// All orders of two parts side by side. The inner end of the left part is chosen first, for every inner
    /// end of the right one, so that a pair of ends costs the sum and not the product of the choices.
    fn join(&mut self, left: usize, right: usize, distances: &Distances) {
        let (all_left, all_right) = (leaves(self.tree, left), leaves(self.tree, right));
        for &first in &all_left {
            let inner_left = self.inner_ends(left, first);
            let reach: Vec<(f64, usize)> = all_right
                .iter()
                .map(|&n| {
                    let ways = inner_left
                        .iter()
                        .map(|&m| (self.cost(first, m) + distances.between(m, n), m));
                    ways.min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)))
                        .unwrap_or((f64::INFINITY, first))
                })
                .collect();
            for &last in &all_right {
                let inner_right = self.inner_ends(right, last);
                let ways = all_right
                    .iter()
                    .zip(&reach)
                    .filter(|(n, _)| inner_right.contains(n));
                let best = ways
                    .map(|(&n, &(cost, m))| (cost + self.cost(n, last), m, n))
                    .min_by(|a, b| a.0.total_cmp(&b.0).then((a.1, a.2).cmp(&(b.1, b.2))));
                if let Some((cost, m, n)) = best {
                    self.cheapest[first * self.classes + last] = (cost, m, n);
                    self.cheapest[last * self.classes + first] = (cost, n, m);
                }
            }
        }
    }

    /// The cheapest order of a cluster with these ends.
    fn unroll(&self, cluster: usize, first: usize, last: usize) -> Vec<usize> {
        let Some((left, right)) = self.tree.parts(cluster) else {
            return vec![first];
        };
        let (_, m, n) = self.cheapest[first * self.classes + last];
        let (of_first, of_last) = if leaves(self.tree, left).contains(&first) {
            (left, right)
        } else {
            (right, left)
        };
        let mut order = self.unroll(of_first, first, m);
        order.extend(self.unroll(of_last, n, last));
        order
    }
}
