/**
 * A bench for device authors: it stands for the machine around one card, in plain Java, so that a device is tested with
 * no OSGi and no VM. Start at {@link dev.backplane.testkit.TestBench}.
 */
@Version("0.1.0")
package dev.backplane.testkit;

import org.osgi.annotation.versioning.Version;
