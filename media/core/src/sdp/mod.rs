//! Reading offers and finishing answers. str0m negotiates; what it does not say or says otherwise than we need it
//! (candidates, SSRCs, msids, the order of codecs, sections without a codec) is put right here, line by line.

mod answer;
mod codec;
mod fragment;
mod offer;
mod section;

pub use answer::{AnswerPlan, OwnSsrcs, finish, settle};
pub use codec::Codec;
pub use fragment::{Fragment, restarted};
pub use offer::{Offer, OfferError, read_offer};
pub use section::{ExtensionIds, Media, Payload, Section, sections};
