/**
 * The x86-64 architecture as a library: the state of one vCPU, the decoded instruction and its executable form, memory
 * access through a software TLB, flags and faults. Instruction groups live in the packages below this one.
 */
@Version("0.1.0")
package dev.backplane.cpu.x86;

import org.osgi.annotation.versioning.Version;
