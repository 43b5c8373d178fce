/**
 * Registers that are declared once. From the declaration come decoding of accesses of any size, access modes, reset,
 * saved state, counting and logging of what hits no register, a trace, and a table for people. Start with
 * {@link dev.backplane.api.register.Registers}.
 */
@Version("0.1.0")
package dev.backplane.api.register;

import org.osgi.annotation.versioning.Version;
