//! The best one-to-one matching of outputs and classes: the Hungarian method, with shortest augmenting paths
//! (Jonker, Volgenant 1987), O(n³).

/// For each column the row matched to it, so that the sum of `gain[row][column]` is greatest; `gain` is square.
pub(super) fn best(gain: &[Vec<u32>]) -> Vec<usize> {
    let size = gain.len();
    let cost = |row: usize, column: usize| -i64::from(gain[row][column]);
    // Rows and columns count from 1; 0 stands for none.
    let (mut row_price, mut column_price) = (vec![0_i64; size + 1], vec![0_i64; size + 1]);
    let mut matched = vec![0_usize; size + 1];
    for row in 1..=size {
        matched[0] = row;
        let mut column = 0;
        let mut way = vec![0_usize; size + 1];
        let mut slack = vec![i64::MAX; size + 1];
        let mut visited = vec![false; size + 1];
        while matched[column] != 0 {
            visited[column] = true;
            let from = matched[column];
            let (mut least, mut next) = (i64::MAX, 0);
            for to in 1..=size {
                if visited[to] {
                    continue;
                }
                let reduced = cost(from - 1, to - 1) - row_price[from] - column_price[to];
                if reduced < slack[to] {
                    slack[to] = reduced;
                    way[to] = column;
                }
                if slack[to] < least {
                    least = slack[to];
                    next = to;
                }
            }
            for to in 0..=size {
                if visited[to] {
                    row_price[matched[to]] += least;
                    column_price[to] -= least;
                } else if slack[to] != i64::MAX {
                    slack[to] -= least;
                }
            }
            column = next;
        }
        while column != 0 {
            let before = way[column];
            matched[column] = matched[before];
            column = before;
        }
    }
    matched[1..].iter().map(|row| row - 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn permutations(items: &[usize]) -> Vec<Vec<usize>> {
        if items.is_empty() {
            return vec![Vec::new()];
        }
        let mut all = Vec::new();
        for (place, first) in items.iter().enumerate() {
            let rest = [&items[..place], &items[place + 1..]].concat();
            for mut tail in permutations(&rest) {
                tail.insert(0, *first);
                all.push(tail);
            }
        }
        all
    }

    proptest! {
        #[test]
        fn no_permutation_is_better(size in 1usize..6, seed in proptest::collection::vec(0u32..50, 36)) {
            let gain: Vec<Vec<u32>> = (0..size).map(|row| seed[row * 6..row * 6 + size].to_vec()).collect();
            let sum = |rows: &[usize]| rows.iter().enumerate().map(|(column, &row)| gain[row][column]).sum::<u32>();
            let found = best(&gain);
            let numbers: Vec<usize> = (0..size).collect();
            let greatest = permutations(&numbers).iter().map(|rows| sum(rows)).max();
            prop_assert_eq!(Some(sum(&found)), greatest);
            let mut sorted = found;
            sorted.sort_unstable();
            prop_assert_eq!(sorted, numbers);
        }
    }
}
