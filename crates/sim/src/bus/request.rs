//! What a program sends with a call.

use crate::hardware::BusName;

/// Why a call fails, as the board's programs see it in `OSError`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// EIO: the device on the bus failed.
    Failed,
    /// ENODEV: nobody acknowledged the address.
    NoDevice,
    /// EINVAL: the request makes no sense.
    Invalid,
}

impl Refusal {
    pub(crate) fn number(self) -> u8 {
        match self {
            Self::Failed => 5,
            Self::NoDevice => 19,
            Self::Invalid => 22,
        }
    }
}

/// The fields of a request, to be taken in their order.
#[derive(Debug)]
pub(crate) struct Request<'a>(&'a [u8]);

impl<'a> Request<'a> {
    pub(crate) fn new(fields: &'a [u8]) -> Self {
        Self(fields)
    }

    /// A whole number that fits its use.
    pub(crate) fn number<T: TryFrom<i64>>(&mut self) -> Result<T, Refusal> {
        let (number, rest) = self.0.split_first_chunk().ok_or(Refusal::Invalid)?;
        self.0 = rest;
        T::try_from(i64::from_le_bytes(*number)).map_err(|_| Refusal::Invalid)
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], Refusal> {
        let (length, rest) = self.0.split_first_chunk().ok_or(Refusal::Invalid)?;
        let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
        let (bytes, rest) = rest.split_at_checked(length).ok_or(Refusal::Invalid)?;
        self.0 = rest;
        Ok(bytes)
    }

    /// The names of a bus.
    pub(crate) fn bus(&mut self) -> Result<BusName, Refusal> {
        Ok(BusName {
            number: self.text()?,
            lines: self.text()?,
        })
    }

    pub(crate) fn text(&mut self) -> Result<String, Refusal> {
        Ok(String::from_utf8_lossy(self.bytes()?).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::{Refusal, Request};

    #[test]
    fn fields_are_taken_in_order() {
        let mut bytes = 7i64.to_le_bytes().to_vec();
        bytes.extend_from_slice(b"\x02\0\0\0ab");
        bytes.extend_from_slice(&(-1i64).to_le_bytes());
        let mut request = Request::new(&bytes);
        assert_eq!(request.number::<u8>(), Ok(7));
        assert_eq!(request.text().as_deref(), Ok("ab"));
        assert_eq!(request.number::<u8>(), Err(Refusal::Invalid));
        assert_eq!(request.bytes(), Err(Refusal::Invalid));
        assert_eq!(Request::new(b"\x05\0\0\0ab").bytes(), Err(Refusal::Invalid));
    }
}
