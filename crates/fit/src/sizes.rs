//! The sizes of accepted mail, over time.

use crate::evidence::{self as counts, Evidence};
use crate::means::{AcceptedMail, LeastSquares};

/// The sizes of clean mail, if they change over time: two classes of mail with their own sizes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct CleanSizes {
    /// The share of large messages in each step.
    pub(crate) large: Vec<f64>,
    /// The mean bytes of small and of large messages.
    pub(crate) bytes: [f64; 2],
}

/// The sizes of clean mail in each step, if they change more than chance explains. `bytes` are the means of clean mail and of other mail.
pub(crate) fn clean_sizes(
    evidence: &Evidence<'_>,
    mail: &AcceptedMail,
    recipients: [f64; 2],
    bytes: Option<[f64; 2]>,
) -> Option<CleanSizes> {
    let (all_bytes, all_messages) = (evidence.series(counts::BYTES_IN)?, evidence.series(counts::MESSAGES_IN)?);
    let [mean, of_others] = bytes?;
    // The clean messages of each step, and their mean size.
    let of_step = |place: usize| {
        let clean = mail.clean[place] / recipients[0];
        let others = (mail.spam[place] + mail.virus[place]) / recipients[1];
        let messages = all_messages[place] * clean / (clean + others).max(f64::MIN_POSITIVE);
        let rest = all_bytes[place] - of_others * (all_messages[place] - messages);
        (messages, if messages > 0.0 { (rest / messages).max(0.0) } else { mean })
    };
    split(&(0..mail.clean.len()).map(of_step).collect::<Vec<_>>(), mean)
}

/// Divides messages into small and large ones such that each step has its mean size. `steps` are the messages of each step and their size.
fn split(steps: &[(f64, f64)], mean: f64) -> Option<CleanSizes> {
    /// With fewer steps, nothing is known about changes.
    const LEAST: usize = 12;
    /// The standard deviation of a size over its mean: a little more than that of published sizes.
    const SPREAD: f64 = 2.0;
    /// A sum of squares that is so many times that of chance.
    const SURELY: f64 = 3.0;
    let used: Vec<(f64, f64)> = steps.iter().copied().filter(|(messages, _)| *messages >= 1.0).collect();
    let off = |(messages, size): &(f64, f64)| (size - mean).powi(2) * messages / (SPREAD * mean).powi(2);
    if used.len() < LEAST || used.iter().map(off).sum::<f64>() < SURELY * used.len() as f64 {
        return None;
    }
    let mut sizes: Vec<f64> = used.iter().map(|(_, size)| *size).collect();
    sizes.sort_by(f64::total_cmp);
    let [low, high] = [0.05, 0.95].map(|share| sizes[((sizes.len() - 1) as f64 * share).round() as usize].max(100.0));
    if high < 1.2 * low {
        return None;
    }
    let large: Vec<f64> = steps.iter().map(|(_, size)| ((size - low) / (high - low)).clamp(0.0, 1.0)).collect();
    // Sizes beyond the two are lost. All sizes together stay as they are.
    let modelled: f64 = steps.iter().zip(&large).map(|((count, _), part)| count * (low + part * (high - low))).sum();
    let wanted = mean * steps.iter().map(|(count, _)| count).sum::<f64>();
    Some(CleanSizes { large, bytes: [low, high].map(|size| size * wanted / modelled) })
}

/// The mean bytes of a message of clean mail and of other mail, in the same way. `recipients` are the mean recipients of a message of each.
pub(crate) fn mean_sizes(evidence: &Evidence<'_>, mail: &AcceptedMail, recipients: [f64; 2]) -> Option<[f64; 2]> {
    let (bytes, messages) = (evidence.series(counts::BYTES_IN)?, evidence.series(counts::MESSAGES_IN)?);
    let (all_bytes, all_messages): (f64, f64) = (bytes.iter().sum(), messages.iter().sum());
    if all_bytes <= 0.0 || all_messages <= 0.0 {
        return None;
    }
    let mean = all_bytes / all_messages;
    let mut fit = LeastSquares::default();
    for (place, (&bytes, &messages)) in bytes.iter().zip(&messages).enumerate() {
        let clean = mail.clean[place] / recipients[0];
        let others = (mail.spam[place] + mail.virus[place]) / recipients[1];
        if messages > 0.0 && clean + others > 0.0 {
            // The variance of a sum of bytes grows with the number of messages.
            let scale = messages / (clean + others);
            fit.add(clean * scale, others * scale, bytes, messages);
        }
    }
    let [all_clean, all_others] = fit.sums;
    if all_clean <= 0.0 || all_others <= 0.0 {
        return Some([mean; 2]);
    }
    let Some([_, others]) = fit.solve() else { return Some([mean; 2]) };
    // Few intervals leave large errors. The sum of all bytes stays as it is.
    let others = others.clamp(0.1 * mean, 3.0 * mean).min(0.9 * all_bytes / all_others);
    Some([((all_bytes - others * all_others) / all_clean).max(100.0), others])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_mail_is_divided_if_its_size_changes() {
        let steps: Vec<(f64, f64)> =
            (0..48).map(|hour| (500.0, if (8..18).contains(&(hour % 24)) { 50_000.0 } else { 20_000.0 })).collect();
        let mean = steps.iter().map(|(_, size)| size).sum::<f64>() / 48.0;
        let CleanSizes { large, bytes } =
            split(&steps, mean).unwrap_or(CleanSizes { large: Vec::new(), bytes: [0.0; 2] });
        assert_eq!(bytes.map(f64::round), [20_000.0, 50_000.0]);
        assert_eq!(large[..9], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
        // Few messages differ by chance alone.
        assert_eq!(split(&steps.iter().map(|(_, size)| (5.0, *size)).collect::<Vec<_>>(), mean), None);
    }
}
