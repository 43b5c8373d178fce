/**
 * The system side of the processor: control and debug registers, MSRs, CPUID, descriptor loading, far transfers, gates
 * and tasks, delivery of interrupts and exceptions, port I/O, extended state.
 */
@Version("0.1.0")
package dev.backplane.cpu.x86.system;

import org.osgi.annotation.versioning.Version;
