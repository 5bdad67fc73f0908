//! Shares trust stores between clients: clients with equal sources use the same handle for as long as any of them is alive.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError, Weak};

use super::stores::{TrustSources, TrustStore};

/// A handle to the trust store of one `TrustSources`. Two handles are equal if their sources are equal.
#[derive(Clone, Debug)]
pub struct Trust(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    sources: Arc<TrustSources>,
    store: OnceLock<Arc<TrustStore>>,
}

/// The handles that are alive. The table holds weak references, so that a trust store is freed with its last client.
static ALIVE: LazyLock<Mutex<HashMap<Arc<TrustSources>, Weak<Shared>>>> =
    LazyLock::new(Mutex::default);

impl Trust {
    /// Returns the handle to the trust store of `sources`, which are read when a connection first needs them.
    pub fn new(sources: TrustSources) -> Self {
        let mut alive = ALIVE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shared) = alive.get(&sources).and_then(Weak::upgrade) {
            return Self(shared);
        }
        let sources = Arc::new(sources);
        let shared = Arc::new(Shared {
            sources: sources.clone(),
            store: OnceLock::new(),
        });
        alive.insert(sources, Arc::downgrade(&shared));
        Self(shared)
    }

    /// Returns the handle to a trust store with the certificates in `pem` only.
    pub fn only(pem: String) -> Self {
        Self::new(TrustSources {
            roots: Some(pem),
            extra: None,
            system: false,
        })
    }

    /// Returns the trust store, which the first call reads.
    pub fn store(&self) -> Arc<TrustStore> {
        let Shared { sources, store } = &*self.0;
        store
            .get_or_init(|| Arc::new(TrustStore::read(sources)))
            .clone()
    }
}

impl Default for Trust {
    fn default() -> Self {
        Self::new(TrustSources::default())
    }
}

impl PartialEq for Trust {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Trust {}

impl Hash for Trust {
    fn hash<H: Hasher>(&self, state: &mut H) {
        Arc::as_ptr(&self.0).hash(state);
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        let mut alive = ALIVE.lock().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have inserted a new handle for the same sources after the last reference to this one was dropped.
        if alive
            .get(&self.sources)
            .is_some_and(|shared| shared.strong_count() == 0)
        {
            alive.remove(&self.sources);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_alive(pem: &str) -> bool {
        let sources = TrustSources {
            roots: Some(pem.to_owned()),
            ..TrustSources::default()
        };
        ALIVE.lock().unwrap().contains_key(&sources)
    }

    #[test]
    fn equal_sources_share_one_handle_while_any_is_alive() {
        let first = Trust::only("shared".into());
        let second = Trust::only("shared".into());
        assert_eq!(first, second);
        assert!(Arc::ptr_eq(&first.store(), &second.store()));
        assert_ne!(first, Trust::only("another".into()));
        drop(first);
        assert_eq!(second, Trust::only("shared".into()));
        drop(second);
        assert!(!is_alive("shared"));
    }

    #[test]
    fn what_nobody_holds_is_forgotten() {
        let held = Trust::only("held".into());
        for number in 0..10_000 {
            Trust::only(format!("passing {number}"));
        }
        assert!((0..10_000).all(|number| !is_alive(&format!("passing {number}"))));
        assert!(is_alive("held"));
        assert_eq!(held, Trust::only("held".into()));
    }

    #[test]
    fn a_handle_made_while_another_is_dropped_stays() {
        let make = || {
            for _ in 0..2_000 {
                let trust = Trust::only("contended".into());
                assert_eq!(trust, Trust::only("contended".into()));
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(make);
            }
        });
        assert!(!is_alive("contended"));
    }
}
