/**
 * Guest-physical memory, as devices reach it ({@link dev.backplane.api.memory.GuestMemory}) and as CPU backends do
 * ({@link dev.backplane.api.memory.GuestRam}).
 */
@Version("0.1.0")
package dev.backplane.api.memory;

import org.osgi.annotation.versioning.Version;
