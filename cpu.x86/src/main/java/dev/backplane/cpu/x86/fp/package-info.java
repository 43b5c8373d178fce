/** Floating point by x86 rules (32, 64 and 80 bits) and the x87 instructions with their opcode tables. */
@Version("0.1.0")
package dev.backplane.cpu.x86.fp;

import org.osgi.annotation.versioning.Version;
