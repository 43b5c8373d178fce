/** The machine's time: a clock that stops while the machine is paused, and timers on it. */
@Version("0.1.0")
package dev.backplane.api.time;

import org.osgi.annotation.versioning.Version;
