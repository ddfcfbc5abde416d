//! Classes by what they are taken for: a tree of the classes, an order in which those that are confused stand
//! side by side, and the super-classes between which few mistakes are made. The noun is [`ClassClusters`].

mod leaf_order;
mod tree;

use serde::Serialize;

use self::tree::Tree;
use crate::stats::{ConfusionMatrix, Proportion};

/// The classes, ordered and grouped by their confusions.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ClassClusters {
    /// Every class once: neighbours are confused as often as one line of classes allows. The numerical order
    /// where there are no mistakes.
    pub order: Vec<usize>,
    /// The agglomerative tree, step by step. Empty where there are no mistakes, or fewer than two classes.
    pub merges: Vec<ClusterMerge>,
    /// The super-classes, each in the order of `order`: the cut of the tree with the highest modularity. Empty
    /// where no cut is better than none.
    pub groups: Vec<Vec<usize>>,
    /// Modularity of that cut, in [−0.5, 1): the share of mistakes within groups less what classes of
    /// these mistakes would have by chance.
    pub modularity: Option<f64>,
    /// Share of all mistakes whose truth and prediction lie in one group.
    pub within: Option<Proportion>,
    /// The same, with groups found on one half of the samples and counted on the other, both ways: groups are
    /// made to hold mistakes, so that only mistakes they were not made from prove anything.
    pub within_held_out: Option<Proportion>,
    /// The share of the held-out mistakes that would fall within these groups if each class were taken for any other
    /// equally often.
    pub within_by_chance: Option<f64>,
}

/// Two clusters that become one. Numbers below the number of classes are classes, others the steps before
/// (`classes + step`), as in `scipy.cluster.hierarchy.linkage`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ClusterMerge {
    pub left: usize,
    pub right: usize,
    /// Mean over pairs of classes of `1 − rate`, in [0, 1].
    pub distance: f64,
    /// Classes of both.
    pub classes: usize,
}

/// Clusters of the classes of a matrix. `pairs` are truth and prediction of every sample, in order.
pub(super) fn clusters(matrix: &ConfusionMatrix, pairs: &[(usize, usize)]) -> ClassClusters {
    let classes = matrix.classes();
    let mistakes = matrix.total() - matrix.correct();
    if classes < 2 || mistakes == 0 {
        return ClassClusters {
            order: (0..classes).collect(),
            ..ClassClusters::default()
        };
    }
    let distances = Distances::of(matrix);
    let tree = Tree::grow(&distances);
    let order = leaf_order::leaf_order(&tree, &distances);
    let (groups, modularity) = in_order(tree.best_cut(matrix), &order);
    let (within_held_out, within_by_chance) = held_out(classes, pairs);
    ClassClusters {
        within: (!groups.is_empty())
            .then(|| Proportion::new(mistakes_within(matrix, &groups), mistakes))
            .flatten(),
        merges: tree.merges,
        order,
        modularity: (!groups.is_empty()).then_some(modularity),
        within_held_out: within_held_out.filter(|_| !groups.is_empty()),
        within_by_chance: within_by_chance.filter(|_| !groups.is_empty()),
        groups,
    }
}

/// Groups and their classes in the order of the leaves.
fn in_order(
    (mut groups, modularity): (Vec<Vec<usize>>, f64),
    order: &[usize],
) -> (Vec<Vec<usize>>, f64) {
    let mut place = vec![0; order.len()];
    for (at, &class) in order.iter().enumerate() {
        place[class] = at;
    }
    for group in &mut groups {
        group.sort_by_key(|&class| place[class]);
    }
    groups.sort_by_key(|group| group.first().map(|&class| place[class]));
    (groups, modularity)
}

fn mistakes_within(matrix: &ConfusionMatrix, groups: &[Vec<usize>]) -> u64 {
    let within = |group: &Vec<usize>| -> u64 {
        let rows = group.iter().flat_map(|&truth| {
            let others = group.iter().filter(move |&&prediction| prediction != truth);
            others.map(move |&prediction| matrix.count(truth, prediction))
        });
        rows.sum()
    };
    groups.iter().map(within).sum()
}

/// Mistakes within the groups of the other half, and the share expected by chance.
fn held_out(classes: usize, pairs: &[(usize, usize)]) -> (Option<Proportion>, Option<f64>) {
    let half = |parity: usize| {
        let mut matrix = ConfusionMatrix::new(classes);
        let samples = pairs.iter().skip(parity).step_by(2);
        samples.for_each(|&(truth, prediction)| matrix.add(truth, prediction));
        matrix
    };
    let halves = [half(0), half(1)];
    let (mut within, mut all, mut chance) = (0, 0, 0.0);
    for (found_on, counted_on) in [(0, 1), (1, 0)] {
        let groups = Tree::grow(&Distances::of(&halves[found_on]))
            .best_cut(&halves[found_on])
            .0;
        let counted = &halves[counted_on];
        within += mistakes_within(counted, &groups);
        all += counted.total() - counted.correct();
        chance += by_chance(counted, &groups);
    }
    let chance = (all > 0).then(|| chance / all as f64);
    (Proportion::new(within, all), chance)
}

/// Mistakes expected within groups if every other class were equally likely.
fn by_chance(matrix: &ConfusionMatrix, groups: &[Vec<usize>]) -> f64 {
    let others = (matrix.classes() - 1) as f64;
    let members = groups.iter().flat_map(|group| {
        let neighbours = (group.len() - 1) as f64;
        group.iter().map(move |&class| (class, neighbours / others))
    });
    members
        .map(|(class, share)| (matrix.support(class) - matrix.count(class, class)) as f64 * share)
        .sum()
}

/// How far apart classes are: `1 − (p(b|a) + p(a|b)) / 2`, where p(b|a) is the share of the samples of a that
/// were taken for b; 0 for a class without samples.
struct Distances {
    classes: usize,
    values: Vec<f64>,
}

impl Distances {
    fn of(matrix: &ConfusionMatrix) -> Self {
        let classes = matrix.classes();
        let rate = |truth: usize, prediction: usize| match matrix.support(truth) {
            0 => 0.0,
            support => matrix.count(truth, prediction) as f64 / support as f64,
        };
        let mut values = vec![0.0; classes * classes];
        for a in 0..classes {
            for b in a + 1..classes {
                let distance = 1.0 - f64::midpoint(rate(a, b), rate(b, a));
                values[a * classes + b] = distance;
                values[b * classes + a] = distance;
            }
        }
        Self { classes, values }
    }

    fn between(&self, a: usize, b: usize) -> f64 {
        self.values[a * self.classes + b]
    }

    /// The upper triangle row by row, as linkages read it.
    fn condensed(&self) -> Vec<f64> {
        (0..self.classes)
            .flat_map(|a| (a + 1..self.classes).map(move |b| self.between(a, b)))
            .collect()
    }
}

#[cfg(test)]
mod tests;
