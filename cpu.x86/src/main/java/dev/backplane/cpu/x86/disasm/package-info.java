/** Instructions as text: a disassembler over the decoder, in the syntax of the Intel SDM as GNU binutils write it. */
@Version("0.1.0")
package dev.backplane.cpu.x86.disasm;

import org.osgi.annotation.versioning.Version;
