//! Instance locators: `version:cluster:id`, as the dashboard gives them.

/// Where an instance lives.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Locator {
    /// Version of the platform, `v1`.
    pub platform_version: Vec<u16>,
    /// Cluster, `us1`: the first label of the host's name.
    pub cluster: Vec<u16>,
    /// Identity of the instance.
    pub instance_id: Vec<u16>,
}

impl Locator {
    /// Three parts between two colons. Any of them may be empty, as in the original.
    pub fn parse(locator: &[u16]) -> Option<Self> {
        let [first, second] = Self::colons(locator)?;
        Some(Self {
            platform_version: locator[..first].to_vec(),
            cluster: locator[first + 1..second].to_vec(),
            instance_id: locator[second + 1..].to_vec(),
        })
    }

    /// Where the colons of a good locator are.
    pub fn colons(locator: &[u16]) -> Option<[usize; 2]> {
        let mut colons = (0..locator.len()).filter(|&at| locator[at] == u16::from(b':'));
        match (colons.next(), colons.next(), colons.next()) {
            (Some(first), Some(second), None) => Some([first, second]),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(locator: &str) -> Option<[String; 3]> {
        let units: Vec<u16> = locator.encode_utf16().collect();
        let locator = Locator::parse(&units)?;
        Some(
            [
                locator.platform_version,
                locator.cluster,
                locator.instance_id,
            ]
            .map(|units| String::from_utf16_lossy(&units)),
        )
    }

    #[test]
    fn has_three_parts() {
        assert_eq!(
            parts("v1:us1:abc"),
            Some(["v1", "us1", "abc"].map(String::from))
        );
        assert_eq!(parts("::"), Some(["", "", ""].map(String::from)));
        assert_eq!(parts("v1:us1"), None);
        assert_eq!(parts("v1:us1:abc:d"), None);
    }
}
