/**
 * Ethernet between a card and a host backend. The core stands between them: it holds frames in both directions while
 * either side is replaced, segments and checksums for a side that cannot, shapes and captures.
 */
@Version("0.1.0")
package dev.backplane.api.net;

import org.osgi.annotation.versioning.Version;
