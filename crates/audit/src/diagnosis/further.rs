//! Names further figures that would separate possible rules.

use tollgate_catalogue::{Form, LossCondition, Rule};

use super::words::Words;

impl Words<'_> {
    /// Further figures that would separate possible rules.
    pub(crate) fn further(&self, held: &[&Rule]) -> Vec<String> {
        if held.len() < 2 {
            return Vec::new();
        }
        if self.judged == 0 {
            return vec![
                "figures from a time in which TLS is preferred by default: before that, all rules count alike".into(),
            ];
        }
        let names = |is_chosen: &dyn Fn(Form) -> bool| -> Vec<&str> {
            held.iter().filter(|rule| is_chosen(rule.form())).map(|rule| rule.name.as_str()).collect()
        };
        let lossy = |condition| names(&|form| matches!(form, Form::Lossy(lost) if lost.when == condition));
        let every = names(&|form| form == Form::Every);
        let tried = names(&|form| matches!(form, Form::AfterFailure(_)));
        let (busy, known) = (lossy(LossCondition::Busy), lossy(LossCondition::Known));
        let mut further = Vec::new();
        if !self.evidence.is_detailed() && held.len() > tried.len().max(1) {
            further.push("details by domain (table 29), in short intervals".into());
        }
        if self.judged == 1 && held.len() > tried.len().max(1) {
            further.push("exports of several hours, all of them after TLS was set to Preferred".into());
        }
        if tried.len() > 1 {
            let refused = "figures from a time in which destinations offered STARTTLS, TLS failed, and they refused the second connection";
            further.push(format!("{refused}: only then do {} differ", tried.join(" and ")));
        }
        if !busy.is_empty() && !tried.is_empty() {
            further.push(format!(
                "figures from a quiet hour: all connections are then counted under {}, but not under {}",
                busy.join(" and "),
                tried.join(" and ")
            ));
        }
        if !busy.is_empty() && !every.is_empty() {
            further.push(format!(
                "figures from a busier hour: connections are then left out under {}",
                busy.join(" and ")
            ));
        }
        if !known.is_empty() && !every.is_empty() {
            further.push(format!(
                "figures from a time with more messages to single domains: connections are then left out under {}",
                known.join(" and ")
            ));
        }
        further
    }
}
