//! Why something did not work, in words for the person in front of it.

use crate::words;
use model::Failure;
use shared::ErrorCode;

/// One sentence for the whole form or the toast: what happened and what to do.
pub(crate) fn in_words(failure: &Failure) -> String {
    match failure {
        Failure::Offline => words::OFFLINE.to_owned(),
        Failure::Refused(refusal) => match refusal.code {
            ErrorCode::RateLimited => words::too_many_tries(refusal.retry_after_ms),
            ErrorCode::Internal => words::BROKE.to_owned(),
            ErrorCode::Overloaded | ErrorCode::Unavailable | ErrorCode::Timeout => {
                words::BUSY.to_owned()
            }
            _ if refusal.detail.is_empty() => words::BROKE.to_owned(),
            _ => refusal.detail.clone(),
        },
    }
}

/// What is wrong with one field, if that is why.
pub(crate) fn of_field(failure: &Failure, name: &str) -> Option<String> {
    failure.field(name).map(|field| field.message.clone())
}

/// [`in_words`], unless one of these fields says it already.
pub(crate) fn of_form(failure: &Failure, fields: &[&str]) -> Option<String> {
    let said = fields.iter().any(|name| failure.field(name).is_some());
    (!said).then(|| in_words(failure))
}
