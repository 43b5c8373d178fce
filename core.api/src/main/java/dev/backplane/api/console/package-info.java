/** Character streams between a device and whoever looks at them: the console of a machine. */
@Version("0.1.0")
package dev.backplane.api.console;

import org.osgi.annotation.versioning.Version;
