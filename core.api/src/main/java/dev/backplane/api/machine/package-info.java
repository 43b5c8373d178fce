/**
 * Machines as users see them: specifications, life cycle, what is in which slot and who serves it. The core registers
 * one {@link dev.backplane.api.machine.MachineManager} service and one {@link dev.backplane.api.machine.Machine}
 * service per machine.
 */
@Version("0.1.0")
package dev.backplane.api.machine;

import org.osgi.annotation.versioning.Version;
