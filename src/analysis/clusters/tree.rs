//! [`Tree`]: classes merged two by two, those that are confused most first, and the cuts through it.

use kodama::{Method, linkage};

use super::{ClusterMerge, Distances};
use crate::stats::ConfusionMatrix;

/// An agglomerative tree of `classes` leaves.
pub(super) struct Tree {
    pub(super) classes: usize,
    pub(super) merges: Vec<ClusterMerge>,
}

impl Tree {
    /// Average linkage (UPGMA): the distance of two clusters is the mean over their pairs of classes.
    pub(super) fn grow(distances: &Distances) -> Self {
        let classes = distances.classes;
        let dendrogram = linkage(&mut distances.condensed(), classes, Method::Average);
        let merges = dendrogram.steps().iter().map(|step| ClusterMerge {
            left: step.cluster1,
            right: step.cluster2,
            distance: step.dissimilarity,
            classes: step.size,
        });
        Self {
            classes,
            merges: merges.collect(),
        }
    }

    /// Both parts of a cluster; `None` for a class.
    pub(super) fn parts(&self, cluster: usize) -> Option<(usize, usize)> {
        let merge = self.merges.get(cluster.checked_sub(self.classes)?)?;
        Some((merge.left, merge.right))
    }

    /// The number of the cluster that holds all classes.
    pub(super) fn root(&self) -> usize {
        self.classes + self.merges.len() - 1
    }

    /// The cut with the highest modularity of the graph whose edges are mistakes (Newman 2004, *Fast algorithm
    /// for detecting community structure in networks*): Σ over groups of in/m − (d/2m)², with the m mistakes, those
    /// `in` the group, and the ends `d` of mistakes at its classes. Among equals the one with the fewest groups.
    /// No groups where all classes are one, or each is its own.
    pub(super) fn best_cut(&self, matrix: &ConfusionMatrix) -> (Vec<Vec<usize>>, f64) {
        let mut groups: Vec<Vec<usize>> = (0..self.classes).map(|class| vec![class]).collect();
        let mut best = (modularity(matrix, &groups), groups.clone());
        for merge in &self.merges {
            let right = std::mem::take(&mut groups[merge.right]);
            let mut both = std::mem::take(&mut groups[merge.left]);
            both.extend(right);
            groups.push(both);
            let found = modularity(matrix, &groups);
            if found >= best.0 {
                best = (found, groups.clone());
            }
        }
        let (found, groups) = best;
        let groups: Vec<Vec<usize>> = groups
            .into_iter()
            .filter(|group| !group.is_empty())
            .collect();
        if groups.len() < 2 || groups.len() == self.classes {
            return (Vec::new(), 0.0);
        }
        (groups, found)
    }
}

fn modularity(matrix: &ConfusionMatrix, groups: &[Vec<usize>]) -> f64 {
    let mistakes = (matrix.total() - matrix.correct()) as f64;
    if mistakes == 0.0 {
        return 0.0;
    }
    let ends = |class: usize| {
        matrix.support(class) + matrix.predicted(class) - 2 * matrix.count(class, class)
    };
    let of = |group: &Vec<usize>| {
        let within: u64 = group
            .iter()
            .flat_map(|&a| {
                group
                    .iter()
                    .filter(move |&&b| a != b)
                    .map(move |&b| matrix.count(a, b))
            })
            .sum();
        let ends: u64 = group.iter().map(|&class| ends(class)).sum();
        within as f64 / mistakes - (ends as f64 / (2.0 * mistakes)).powi(2)
    };
    groups.iter().map(of).sum()
}
