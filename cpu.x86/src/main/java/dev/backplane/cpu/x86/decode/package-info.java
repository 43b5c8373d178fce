/** From bytes to ops: prefixes, opcode maps, ModRM, immediates, and the whole opcode table. */
@Version("0.1.0")
package dev.backplane.cpu.x86.decode;

import org.osgi.annotation.versioning.Version;
