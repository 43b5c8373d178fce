/**
 * The contract between the machine core and CPU backends: a backend executes guest instructions, everything else
 * (local APIC, timers, devices, memory map) belongs to the core. The shape follows what a backend over hardware
 * virtualization offers, so that such a backend can implement it without loss.
 */
@Version("0.1.0")
package dev.backplane.api.cpu;

import org.osgi.annotation.versioning.Version;
