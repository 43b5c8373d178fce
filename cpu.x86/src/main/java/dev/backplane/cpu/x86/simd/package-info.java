/** MMX and SSE to SSE4.2, AES and PCLMULQDQ: semantics and opcode tables. */
@Version("0.1.0")
package dev.backplane.cpu.x86.simd;

import org.osgi.annotation.versioning.Version;
