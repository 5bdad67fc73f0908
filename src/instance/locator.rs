//! Parses instance locators: `version:cluster:instanceId`, as the dashboard shows them.

/// The parts of an instance locator, as UTF-16.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Locator {
    /// The version of the platform, for example `v1`.
    pub platform_version: Vec<u16>,
    /// The cluster, for example `us1`: the first label of the platform's host name.
    pub cluster: Vec<u16>,
    /// The identifier of the instance.
    pub instance_id: Vec<u16>,
}

impl Locator {
    /// Parses three parts that are separated by two colons. As in the original, each part may be empty.
    pub fn parse(locator: &[u16]) -> Option<Self> {
        let [first, second] = Self::colons(locator)?;
        Some(Self {
            platform_version: locator[..first].to_vec(),
            cluster: locator[first + 1..second].to_vec(),
            instance_id: locator[second + 1..].to_vec(),
        })
    }

    /// Returns the positions of the two colons if `locator` is valid.
    pub fn colons(locator: &[u16]) -> Option<[usize; 2]> {
        let mut colons = (0..locator.len()).filter(|&at| locator[at] == u16::from(b':'));
        match (colons.next(), colons.next(), colons.next()) {
            (Some(first), Some(second), None) => Some([first, second]),
            _ => None,
        }
    }
}
