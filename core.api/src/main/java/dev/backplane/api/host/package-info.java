/**
 * Host backends: what a card talks to on the host's side. A bundle offers one as a {@link
 * dev.backplane.api.host.HostBackend} service; a card names the kind it wants in its options and gets an endpoint from
 * its context. Packages {@code net}, {@code audio} and {@code page} have the kinds.
 */
@Version("0.1.0")
package dev.backplane.api.host;

import org.osgi.annotation.versioning.Version;
