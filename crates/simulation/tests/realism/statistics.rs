//! Estimators.

/// The mean.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The standard deviation.
pub fn deviation(values: &[f64]) -> f64 {
    let mean = mean(values);
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    (squares / (values.len() - 1) as f64).sqrt()
}

/// The standard deviation of the logarithm of counts. Zeros are left out.
pub fn log_deviation(counts: &[u64]) -> f64 {
    let logarithms = counts.iter().filter(|&&count| count > 0).map(|&count| (count as f64).ln());
    deviation(&logarithms.collect::<Vec<_>>())
}

/// The share of the largest parts in the total.
pub fn top_share(counts: &[u64], largest: usize) -> f64 {
    let counts = descending(counts);
    counts.iter().take(largest).sum::<u64>() as f64 / counts.iter().sum::<u64>() as f64
}

/// The least-squares slope of the logarithm of the largest counts over the logarithm of their rank.
pub fn rank_slope(counts: &[u64], largest: usize) -> f64 {
    let ranked = (1..=largest).zip(descending(counts));
    let points: Vec<(f64, f64)> = ranked.map(|(rank, count)| ((rank as f64).ln(), (count as f64).ln())).collect();
    let (ranks, sizes): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
    let (rank, size) = (mean(&ranks), mean(&sizes));
    let products: f64 = points.iter().map(|(x, y)| (x - rank) * (y - size)).sum();
    let squares: f64 = ranks.iter().map(|x| (x - rank).powi(2)).sum();
    products / squares
}

fn descending(counts: &[u64]) -> Vec<u64> {
    let mut counts = counts.to_vec();
    counts.sort_unstable_by(|left, right| right.cmp(left));
    counts
}

/// The shape of a Weibull distribution, by maximum likelihood. All values must be above zero.
pub fn weibull_shape(values: &[f64]) -> f64 {
    let mean_logarithm = mean(&values.iter().map(|value| value.ln()).collect::<Vec<_>>());
    root(0.1, 10.0, |shape| {
        let (mut powers, mut products) = (0.0, 0.0);
        for value in values {
            let power = value.powf(shape);
            powers += power;
            products += power * value.ln();
        }
        products / powers - 1.0 / shape - mean_logarithm
    })
}

/// The Kolmogorov-Smirnov distance to an exponential distribution with mean one.
pub fn distance_to_exponential(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let count = sorted.len() as f64;
    let distance = |(rank, value): (usize, &f64)| {
        let expected = -(-value).exp_m1();
        // The share of values jumps here. The largest distance may be on either side of the jump.
        (expected - rank as f64 / count).abs().max((expected - (rank + 1) as f64 / count).abs())
    };
    sorted.iter().enumerate().map(distance).fold(0.0, f64::max)
}

/// The exponent of a zeta distribution by maximum likelihood.
pub fn zeta_exponent(counts: &[u64]) -> f64 {
    let logarithms: Vec<f64> = counts.iter().map(|&count| (count as f64).ln()).collect();
    let mean_logarithm = mean(&logarithms);
    root(1.2, 10.0, |exponent| mean_logarithm - zeta_mean_logarithm(exponent))
}

/// The mean logarithm of a zeta distribution: the first terms of its sums, and integrals for the other terms.
fn zeta_mean_logarithm(exponent: f64) -> f64 {
    const TERMS: u32 = 2000;
    let (mut powers, mut products) = (0.0, 0.0);
    for number in (1..=TERMS).map(f64::from) {
        let power = number.powf(-exponent);
        powers += power;
        products += power * number.ln();
    }
    let last = f64::from(TERMS) + 0.5;
    let rest = last.powf(1.0 - exponent) / (exponent - 1.0);
    (products + rest * (last.ln() + 1.0 / (exponent - 1.0))) / (powers + rest)
}

/// The zero of an increasing function, by bisection.
fn root(low: f64, high: f64, function: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (low, high);
    for _ in 0..50 {
        let middle = (low + high) / 2.0;
        if function(middle) < 0.0 { low = middle } else { high = middle }
    }
    (low + high) / 2.0
}

#[test]
fn estimators_give_back_what_was_put_in() {
    let exponential: Vec<f64> = (0..10_000).map(|at| -(1.0 - (f64::from(at) + 0.5) / 10_000.0).ln()).collect();
    assert!((distance_to_exponential(&exponential) - 0.00005).abs() < 1e-9);
    let weibull: Vec<f64> = exponential.iter().map(|value| 2.0 * value.powf(1.0 / 1.3)).collect();
    assert!((weibull_shape(&weibull) - 1.3).abs() < 0.002);
    // Both values lie at the median, so the distance there is one half.
    assert!((distance_to_exponential(&[2f64.ln(), 2f64.ln()]) - 0.5).abs() < 1e-12);

    let zeta: Vec<u64> = (1..=1000).flat_map(|n: u64| vec![n; (1e6 * (n as f64).powf(-2.5)) as usize]).collect();
    assert!((zeta_exponent(&zeta) - 2.5).abs() < 0.01);

    let ranked: Vec<u64> = (1..=100).map(|rank| (1e9 * f64::from(rank).powf(-0.78)) as u64).collect();
    assert!((rank_slope(&ranked, 100) + 0.78).abs() < 1e-6);
    assert_eq!(top_share(&[1, 5, 3, 1], 2), 0.8);
    assert!((log_deviation(&[1, 0, 100]) - 100f64.ln() / 2f64.sqrt()).abs() < 1e-12);
}
