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
        let mut parts = locator.split(|&unit| unit == u16::from(b':'));
        let (Some(platform_version), Some(cluster), Some(instance_id), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return None;
        };
        Some(Self {
            platform_version: platform_version.to_vec(),
            cluster: cluster.to_vec(),
            instance_id: instance_id.to_vec(),
        })
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
