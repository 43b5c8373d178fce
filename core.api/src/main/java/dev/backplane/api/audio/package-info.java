/**
 * PCM sound between a sound card and a host backend. The card keeps the time (the machine's clock); the backend follows
 * it.
 */
@Version("0.1.0")
package dev.backplane.api.audio;

import org.osgi.annotation.versioning.Version;
